//! TIFF files of every kind, made here byte by byte.

use std::io::Write;

use gausstack::ElementType;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use tiff::encoder::compression::{CompressionAlgorithm, Deflate, Lzw, Packbits};

/// How a file is made.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    pub(crate) big_endian: bool,
    pub(crate) is_big: bool,
    /// 1, 5, 8, 32773 or 50000.
    pub(crate) method: u16,
    pub(crate) predictor: u16,
    /// Rows of strips, or rows and columns of tiles.
    pub(crate) chunk: Chunk,
    pub(crate) description: Option<String>,
    /// Pages behind the first have no directories, and lie behind it.
    pub(crate) is_single: bool,
    /// Tags that replace others, or come on top.
    pub(crate) tags: Vec<(u16, u64)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Chunk {
    Strip(usize),
    Tile(usize, usize),
}

impl Kind {
    pub(crate) fn plain() -> Self {
        Self {
            big_endian: false,
            is_big: false,
            method: 1,
            predictor: 1,
            chunk: Chunk::Strip(usize::MAX),
            description: None,
            is_single: false,
            tags: Vec::new(),
        }
    }
}

/// A tag's values, and whether they are numbers of the size of offsets.
struct Tag {
    number: u16,
    values: Vec<u64>,
    size: usize,
}

/// A file of pages of `[rows, columns, samples]`, whose elements are in this machine's order.
pub(crate) fn file(kind: &Kind, element: ElementType, form: [usize; 3], bytes: &[u8]) -> Vec<u8> {
    let [rows, columns, samples] = form;
    let of_page = rows * columns * samples * element.size();
    let offset = if kind.is_big { 8 } else { 4 };
    let mut file = if kind.big_endian { b"MM".to_vec() } else { b"II".to_vec() };
    put(&mut file, kind, if kind.is_big { 43 } else { 42 }, 2);
    if kind.is_big {
        put(&mut file, kind, 8, 2);
        put(&mut file, kind, 0, 2);
    }
    // Where the next directory is to be named.
    let mut link = file.len();
    put(&mut file, kind, 0, offset);
    let pages = bytes.chunks(if kind.is_single { bytes.len() } else { of_page });
    for (page, bytes) in pages.enumerate() {
        let (mut places, mut sizes) = (Vec::new(), Vec::new());
        let chunks = chunks(kind, element, form, &bytes[..of_page]);
        for chunk in chunks {
            let stored = packed(kind.method, &chunk);
            places.push(file.len() as u64);
            sizes.push(stored.len() as u64);
            file.extend(stored);
        }
        let behind = kind_order(kind, element, &bytes[of_page..]);
        file.extend(behind);
        file.resize(file.len().next_multiple_of(2), 0);
        let format = match element.name().as_bytes()[0] {
            b'i' => 2,
            b'f' => 3,
            _ => 1,
        };
        let mut tags = vec![
            (256, vec![columns as u64], 4),
            (257, vec![rows as u64], 4),
            (258, vec![8 * element.size() as u64; samples], 2),
            (259, vec![kind.method.into()], 2),
            (262, vec![if samples == 3 { 2 } else { 1 }], 2),
            (277, vec![samples as u64], 2),
            (284, vec![1], 2),
            (317, vec![kind.predictor.into()], 2),
            (339, vec![format; samples], 2),
        ];
        match kind.chunk {
            Chunk::Strip(of_strip) => {
                tags.push((273, places, offset));
                tags.push((278, vec![of_strip.min(rows) as u64], 4));
                tags.push((279, sizes, offset));
            }
            Chunk::Tile(down, across) => {
                tags.push((322, vec![across as u64], 4));
                tags.push((323, vec![down as u64], 4));
                tags.push((324, places, offset));
                tags.push((325, sizes, offset));
            }
        }
        for &(number, value) in &kind.tags {
            tags.retain(|&(other, ..)| other != number);
            tags.push((number, vec![value], 4));
        }
        if let Some(text) = kind.description.as_ref().filter(|_| page == 0) {
            tags.push((270, text.bytes().chain([0]).map(u64::from).collect(), 1));
        }
        tags.sort_by_key(|&(number, ..)| number);
        let tags: Vec<Tag> =
            tags.into_iter().map(|(number, values, size)| Tag { number, values, size }).collect();
        link = put_directory(&mut file, kind, &tags, link);
    }
    file
}

/// Writes a directory, and its place to where it is named; returns where the next one is named.
fn put_directory(file: &mut Vec<u8>, kind: &Kind, tags: &[Tag], link: usize) -> usize {
    let (offset, of_count) = if kind.is_big { (8, 8) } else { (4, 2) };
    let mut directory = Vec::new();
    put(&mut directory, kind, tags.len() as u64, of_count);
    for tag in tags {
        let mut values = Vec::new();
        tag.values.iter().for_each(|&value| put(&mut values, kind, value, tag.size));
        let is_text = tag.number == 270;
        let number = match tag.size {
            1 if is_text => 2,
            1 => 1,
            2 => 3,
            4 => 4,
            _ => 16,
        };
        put(&mut directory, kind, tag.number.into(), 2);
        put(&mut directory, kind, number, 2);
        put(&mut directory, kind, tag.values.len() as u64, offset);
        if values.len() <= offset {
            values.resize(offset, 0);
            directory.extend(values);
        } else {
            put(&mut directory, kind, file.len() as u64, offset);
            file.extend(values);
            file.resize(file.len().next_multiple_of(2), 0);
        }
    }
    let at = file.len();
    let mut place = Vec::new();
    put(&mut place, kind, at as u64, offset);
    file[link..link + offset].copy_from_slice(&place);
    let next = at + directory.len();
    file.extend(directory);
    put(file, kind, 0, offset);
    next
}

fn put(file: &mut Vec<u8>, kind: &Kind, number: u64, size: usize) {
    if kind.big_endian {
        file.extend(&number.to_be_bytes()[8 - size..]);
    } else {
        file.extend(&number.to_le_bytes()[..size]);
    }
}

/// Elements in the file's byte order.
fn kind_order(kind: &Kind, element: ElementType, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if kind.big_endian != cfg!(target_endian = "big") {
        bytes.chunks_mut(element.size()).for_each(<[u8]>::reverse);
    }
    bytes
}

/// The chunks of a page, as they are before they are compressed.
fn chunks(kind: &Kind, element: ElementType, form: [usize; 3], page: &[u8]) -> Vec<Vec<u8>> {
    let [rows, columns, samples] = form;
    let pixel = samples * element.size();
    let (down, across, is_tiled) = match kind.chunk {
        Chunk::Strip(down) => (down.min(rows), columns, false),
        Chunk::Tile(down, across) => (down, across, true),
    };
    let mut chunks = Vec::new();
    for first_row in (0..rows).step_by(down) {
        for first_column in (0..columns).step_by(across) {
            let mut chunk = Vec::new();
            for row in first_row..first_row + down {
                if row >= rows && !is_tiled {
                    break;
                }
                // Beyond the page tiles hold anything.
                let mut line = vec![0xab; across * pixel];
                if row < rows {
                    let have = across.min(columns - first_column) * pixel;
                    let from = (row * columns + first_column) * pixel;
                    line[..have].copy_from_slice(&page[from..from + have]);
                }
                chunk.extend(predicted(kind, element, samples, &line));
            }
            chunks.push(chunk);
        }
    }
    chunks
}

/// A row of a chunk through the predictor, in the file's byte order.
fn predicted(kind: &Kind, element: ElementType, samples: usize, line: &[u8]) -> Vec<u8> {
    let size = element.size();
    match kind.predictor {
        2 => {
            let number = |at: usize| {
                let mut word = [0; 8];
                word[..size].copy_from_slice(&line[at * size..][..size]);
                u64::from_le_bytes(word)
            };
            let mut out = Vec::new();
            for at in 0..line.len() / size {
                let before = if at < samples { 0 } else { number(at - samples) };
                let difference = number(at).wrapping_sub(before);
                out.extend(&difference.to_le_bytes()[..size]);
            }
            kind_order(kind, element, &out)
        }
        3 => {
            // The most significant bytes of all numbers first.
            let count = line.len() / size;
            let mut planes = vec![0; line.len()];
            for at in 0..count {
                for byte in 0..size {
                    planes[byte * count + at] = line[at * size + size - 1 - byte];
                }
            }
            for at in (samples..planes.len()).rev() {
                planes[at] = planes[at].wrapping_sub(planes[at - samples]);
            }
            planes
        }
        _ => kind_order(kind, element, line),
    }
}

fn packed(method: u16, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match method {
        5 => Lzw.write_to(&mut out, bytes).map(drop),
        8 => Deflate::default().write_to(&mut out, bytes).map(drop),
        32_773 => Packbits.write_to(&mut out, bytes).map(drop),
        50_000 => {
            out = compress_to_vec(bytes, CompressionLevel::Fastest);
            Ok(())
        }
        _ => out.write_all(bytes),
    }
    .unwrap();
    out
}
