//! What is done to the bytes of a chunk, one step after the other.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use flate2::write::GzEncoder;

use super::blosc;
use super::crc32c::crc32c;
use crate::zstd;

/// A step from bytes to bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    /// At a level, if it is written.
    Gzip(u32),
    Zlib,
    Zstd,
    /// LZ4 behind the number of bytes.
    Lz4,
    Blosc,
    /// Bytes of elements of so many, sorted by their places.
    Shuffle(usize),
    /// A checksum behind the bytes.
    Crc32c,
}

/// Bytes that an encoded chunk may have beside as many as a decoded one.
pub(super) const fn slack(bytes: usize) -> usize {
    bytes / 64 + 4096
}

impl Codec {
    /// What metadata of either version call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gzip(_) => "gzip",
            Self::Zlib => "zlib",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
            Self::Blosc => "blosc",
            Self::Shuffle(_) => "shuffle",
            Self::Crc32c => "crc32c",
        }
    }

    /// The step of a name; `None` if it is not known.
    pub(super) fn named(name: &str, element: Option<usize>, level: Option<u32>) -> Option<Self> {
        Some(match name.strip_prefix("numcodecs.").unwrap_or(name) {
            "gzip" => Self::Gzip(level.unwrap_or(1)),
            "zlib" => Self::Zlib,
            "zstd" => Self::Zstd,
            "lz4" => Self::Lz4,
            "blosc" => Self::Blosc,
            "shuffle" => Self::Shuffle(element.unwrap_or(4).max(1)),
            "crc32c" => Self::Crc32c,
            _ => return None,
        })
    }

    /// What has been encoded, of `bytes` bytes if all is well.
    fn decode(self, mut stored: Vec<u8>, bytes: usize) -> Result<Vec<u8>, String> {
        let all = |reader: &mut dyn Read| {
            let mut out = Vec::new();
            out.try_reserve_exact(bytes + 1).map_err(|error| error.to_string())?;
            // One byte more tells that there is more.
            let most = bytes as u64 + slack(bytes) as u64;
            let read = reader.take(most).read_to_end(&mut out);
            read.map_err(|error| error.to_string())?;
            Ok(out)
        };
        let failed = |fault: String| format!("{}: {fault}", self.name());
        let decoded: Result<Vec<u8>, String> = match self {
            Self::Gzip(_) => all(&mut MultiGzDecoder::new(&stored[..])),
            Self::Zlib => all(&mut ZlibDecoder::new(&stored[..])),
            Self::Zstd => zstd::frame(&stored).and_then(|mut decoder| all(&mut decoder)),
            Self::Lz4 => unpack_lz4(&stored, bytes),
            Self::Blosc => blosc::unpack(&stored, bytes),
            Self::Shuffle(element) => {
                let mut out = stored.clone();
                blosc::unshuffle(&stored, element, &mut out);
                Ok(out)
            }
            Self::Crc32c => match stored.split_last_chunk::<4>() {
                Some((plain, sum)) if crc32c(plain) == u32::from_le_bytes(*sum) => {
                    stored.truncate(stored.len() - 4);
                    Ok(stored)
                }
                Some(_) => Err("the checksum is wrong".to_owned()),
                None => Err("it has no checksum".to_owned()),
            },
        };
        decoded.map_err(failed)
    }

    /// Encodes bytes, if it is a step that is written.
    fn encode(self, plain: Vec<u8>) -> io::Result<Vec<u8>> {
        match self {
            Self::Gzip(level) => {
                let out = Vec::with_capacity(plain.len() / 2);
                let mut encoder = GzEncoder::new(out, Compression::new(level));
                encoder.write_all(&plain)?;
                encoder.finish()
            }
            Self::Crc32c => {
                let sum = crc32c(&plain);
                let mut plain = plain;
                plain.extend(sum.to_le_bytes());
                Ok(plain)
            }
            other => {
                let fault = format!("the codec {} is not written", other.name());
                Err(io::Error::new(io::ErrorKind::Unsupported, fault))
            }
        }
    }
}

/// Undoes all steps; the result has `bytes` bytes.
pub(super) fn decode(codecs: &[Codec], stored: Vec<u8>, bytes: usize) -> Result<Vec<u8>, String> {
    let mut found = stored;
    for (place, codec) in codecs.iter().enumerate().rev() {
        // What later steps have added.
        let sums = codecs[..place].iter().filter(|&&codec| codec == Codec::Crc32c).count();
        found = codec.decode(found, bytes + 4 * sums)?;
    }
    match found.len() {
        len if len == bytes => Ok(found),
        len => Err(format!("it has {len} bytes, not {bytes}")),
    }
}

/// Does all steps.
pub(super) fn encode(codecs: &[Codec], plain: Vec<u8>) -> io::Result<Vec<u8>> {
    codecs.iter().try_fold(plain, |plain, codec| codec.encode(plain))
}

fn unpack_lz4(stored: &[u8], bytes: usize) -> Result<Vec<u8>, String> {
    let Some((head, block)) = stored.split_first_chunk::<4>() else {
        return Err("it is cut off".to_owned());
    };
    let len = u32::from_le_bytes(*head) as usize;
    if len != bytes {
        return Err(format!("it holds {len} bytes, not {bytes}"));
    }
    let mut out = Vec::new();
    out.try_reserve_exact(bytes).map_err(|error| error.to_string())?;
    out.resize(bytes, 0);
    match lz4_flex::block::decompress_into(block, &mut out) {
        Ok(found) if found == bytes => Ok(out),
        Ok(found) => Err(format!("it holds {found} bytes, not {bytes}")),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let plain: Vec<u8> = (0..10_000_u32).map(|n| (n / 7 % 256) as u8).collect();
        for codecs in [&[][..], &[Codec::Gzip(2)], &[Codec::Crc32c, Codec::Gzip(9), Codec::Crc32c]]
        {
            let stored = encode(codecs, plain.clone()).unwrap();
            assert_eq!(decode(codecs, stored.clone(), plain.len()).unwrap(), plain);
            assert!(decode(codecs, stored.clone(), plain.len() - 1).is_err());
            assert!(decode(codecs, stored, plain.len() + 1).is_err());
        }
        let mut stored = encode(&[Codec::Crc32c], plain.clone()).unwrap();
        stored[7] ^= 1;
        let error = decode(&[Codec::Crc32c], stored, plain.len()).unwrap_err();
        assert_eq!(error, "crc32c: the checksum is wrong");
        assert!(encode(&[Codec::Blosc], plain).is_err());
    }

    #[test]
    fn more_than_a_chunk_is_an_error_and_no_bomb() {
        let bomb = encode(&[Codec::Gzip(9)], vec![0; 50 << 20]).unwrap();
        let error = decode(&[Codec::Gzip(9)], bomb, 1000).unwrap_err();
        assert!(error.contains("not 1000"), "{error}");
    }
}
