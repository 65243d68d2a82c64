//! Blosc: blocks that are shuffled and compressed by one of several methods.

use std::io::Read;

use flate2::read::ZlibDecoder;

use crate::zstd;

/// Bytes of the header.
const HEADER: usize = 16;
/// Elements of more bytes are not split into streams.
const MAX_SPLITS: usize = 16;
/// Streams of fewer bytes are not split either.
const MIN_STREAM: usize = 128;

/// Decodes a frame of so many bytes.
pub(super) fn unpack(stored: &[u8], expected: usize) -> Result<Vec<u8>, String> {
    let word = |at: usize| number(stored, at).map(|number| number as usize);
    let (Some(&[_, _, flags, element]), Some(bytes), Some(block), Some(all)) =
        (stored.first_chunk::<4>(), word(4), word(8), word(12))
    else {
        return Err("its header is cut off".to_owned());
    };
    if bytes != expected {
        return Err(format!("it holds {bytes} bytes, not {expected}"));
    }
    if all != stored.len() {
        return Err(format!("it has {} of {all} bytes", stored.len()));
    }
    if bytes == 0 {
        return Ok(Vec::new());
    }
    let mut out = zeros(bytes)?;
    if flags & 2 != 0 {
        out.copy_from_slice(stored.get(HEADER..HEADER + bytes).ok_or_else(damaged)?);
        return Ok(out);
    }
    if block == 0 {
        return Err(damaged());
    }
    let element = usize::from(element).max(1);
    let mut plain = zeros(block.min(bytes))?;
    for (place, out) in out.chunks_mut(block).enumerate() {
        let start = word(HEADER + 4 * place).ok_or_else(damaged)?;
        let plain = &mut plain[..out.len()];
        let may_split = flags & 16 == 0 && element <= MAX_SPLITS && block / element >= MIN_STREAM;
        let streams = if may_split && out.len() == block { element } else { 1 };
        unpack_block(stored, start, (flags >> 5, streams), plain)?;
        match (flags & 1 != 0 && element > 1, flags & 4 != 0) {
            (true, _) => unshuffle(plain, element, out),
            (false, true) => unshuffle_bits(plain, element, out),
            (false, false) => out.copy_from_slice(plain),
        }
    }
    Ok(out)
}

/// Decodes the streams of a block.
fn unpack_block(
    stored: &[u8],
    mut at: usize,
    (method, streams): (u8, usize),
    out: &mut [u8],
) -> Result<(), String> {
    if !out.len().is_multiple_of(streams) {
        return Err(damaged());
    }
    for out in out.chunks_exact_mut((out.len() / streams).max(1)) {
        let len = number(stored, at).ok_or_else(damaged)? as usize;
        let stream = stored.get(at + 4..).and_then(|rest| rest.get(..len)).ok_or_else(damaged)?;
        at += 4 + len;
        if len == out.len() {
            out.copy_from_slice(stream);
            continue;
        }
        let found = match method {
            0 => unpack_blosclz(stream, out),
            1 => lz4_flex::block::decompress_into(stream, out).ok(),
            3 => ZlibDecoder::new(stream).read_exact(out).ok().map(|()| out.len()),
            4 => zstd::unpack(stream, out).ok().map(|()| out.len()),
            2 => return Err("blocks by Snappy are not read".to_owned()),
            other => return Err(format!("method {other} is not defined")),
        };
        if found != Some(out.len()) {
            return Err(damaged());
        }
    }
    Ok(())
}

/// Decodes BloscLZ; how many bytes were there.
fn unpack_blosclz(stream: &[u8], out: &mut [u8]) -> Option<usize> {
    /// Matches that are further away say so in two bytes more.
    const NEAR: usize = 8191;
    let (mut read, mut written) = (1_usize, 0_usize);
    let mut control = usize::from(*stream.first()? & 31);
    loop {
        if control >= 32 {
            let mut len = (control >> 5) - 1;
            let high = (control & 31) << 8;
            let mut next = || {
                let byte = stream.get(read).copied().map(usize::from);
                read += 1;
                byte
            };
            if len == 6 {
                loop {
                    let more = next()?;
                    len += more;
                    if more != 255 {
                        break;
                    }
                }
            }
            let low = next()?;
            let distance = if low == 255 && high == 31 << 8 {
                (next()? << 8) + next()? + NEAR + 1
            } else {
                high + low + 1
            };
            let from = written.checked_sub(distance)?;
            let end = written.checked_add(len + 3).filter(|&end| end <= out.len())?;
            for place in 0..end - written {
                out[written + place] = out[from + place];
            }
            written = end;
        } else {
            let len = control + 1;
            let literals = stream.get(read..read + len)?;
            out.get_mut(written..written + len)?.copy_from_slice(literals);
            (read, written) = (read + len, written + len);
        }
        match stream.get(read) {
            Some(&byte) => control = usize::from(byte),
            None => return Some(written),
        }
        read += 1;
    }
}

/// Undoes a byte shuffle: all first bytes of the elements, all second ones, and so on.
pub(super) fn unshuffle(from: &[u8], element: usize, to: &mut [u8]) {
    let count = from.len() / element;
    match element {
        2 => gather::<2>(from, count, to),
        4 => gather::<4>(from, count, to),
        8 => gather::<8>(from, count, to),
        _ => {
            for (place, element) in to.chunks_exact_mut(element).enumerate() {
                for (byte, to) in element.iter_mut().enumerate() {
                    *to = from[byte * count + place];
                }
            }
        }
    }
    let whole = count * element;
    to[whole..].copy_from_slice(&from[whole..]);
}

fn gather<const SIZE: usize>(from: &[u8], count: usize, to: &mut [u8]) {
    let bytes: [&[u8]; SIZE] = std::array::from_fn(|byte| &from[byte * count..][..count]);
    for (place, element) in to.chunks_exact_mut(SIZE).enumerate() {
        for byte in 0..SIZE {
            element[byte] = bytes[byte][place];
        }
    }
}

/// Undoes a bit shuffle: all first bits of the elements' first bytes, all second ones, and so on.
fn unshuffle_bits(from: &[u8], element: usize, to: &mut [u8]) {
    let count = from.len() / element;
    if !count.is_multiple_of(8) {
        to.copy_from_slice(from);
        return;
    }
    let row = count / 8;
    for byte in 0..element {
        for column in 0..row {
            let bits: [u8; 8] = std::array::from_fn(|bit| from[(8 * byte + bit) * row + column]);
            let turned = transpose(u64::from_le_bytes(bits)).to_le_bytes();
            for (place, turned) in turned.into_iter().enumerate() {
                to[(8 * column + place) * element + byte] = turned;
            }
        }
    }
    let whole = count * element;
    to[whole..].copy_from_slice(&from[whole..]);
}

/// Transposes a matrix of 8 by 8 bits, in which each byte is a row.
fn transpose(mut bits: u64) -> u64 {
    for (step, mask) in
        [(7, 0x00aa_00aa_00aa_00aa), (14, 0x0000_cccc_0000_cccc), (28, 0x0000_0000_f0f0_f0f0)]
    {
        let swapped = (bits ^ bits >> step) & mask;
        bits ^= swapped ^ swapped << step;
    }
    bits
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn zeros(bytes: usize) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    out.try_reserve_exact(bytes).map_err(|_| format!("no memory for {bytes} bytes"))?;
    out.resize(bytes, 0);
    Ok(out)
}

fn damaged() -> String {
    "a block is damaged".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_transposed() {
        for row in 0..8 {
            for column in 0..8 {
                let bit = |row: u32, column: u32| 1_u64 << (8 * row + column);
                assert_eq!(transpose(bit(row, column)), bit(column, row));
            }
        }
    }

    #[test]
    fn shuffles_are_undone() {
        for element in [1, 2, 3, 4, 8] {
            let plain: Vec<u8> = (0..16 * element + 1).map(|n| (n * 37 % 251) as u8).collect();
            let mut shuffled = plain.clone();
            for (place, bytes) in plain.chunks_exact(element).enumerate() {
                for (byte, &value) in bytes.iter().enumerate() {
                    shuffled[byte * (plain.len() / element) + place] = value;
                }
            }
            let mut found = vec![0; plain.len()];
            unshuffle(&shuffled, element, &mut found);
            assert_eq!(found, plain, "{element}");
        }
    }

    #[test]
    fn frames_that_are_cut_or_lie_are_errors() {
        // Eight bytes as they are.
        let mut frame = vec![2, 1, 2, 1, 8, 0, 0, 0, 8, 0, 0, 0, 24, 0, 0, 0];
        frame.extend(1..=8);
        assert_eq!(unpack(&frame, 8).unwrap(), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert!(unpack(&frame, 9).unwrap_err().contains("8 bytes, not 9"));
        for len in 0..frame.len() {
            assert!(unpack(&frame[..len], 8).is_err());
        }
        // A match before the first byte.
        assert_eq!(unpack_blosclz(&[0, 7, 64, 5], &mut [0; 9]), None);
        assert_eq!(unpack_blosclz(&[0, 7, 64, 0], &mut [0; 5]), Some(5));
    }
}
