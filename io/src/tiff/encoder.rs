//! Files of pages that are written by the TIFF library, one page behind the other.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};

use ::tiff::encoder::{TiffEncoder, TiffKind, TiffKindBig, TiffKindStandard};
use ::tiff::{TiffError, TiffResult};
use flate2::Compression as Level;
use flate2::write::ZlibEncoder;
use rayon::iter::ParallelIterator;
use rayon::slice::ParallelSlice;

use super::written::{Strips, Written};

/// Bytes of a strip before it is compressed: so few that strips are compressed side by side.
const STRIP: usize = 256 << 10;
/// Where pixels begin in a file is a multiple of this.
const ALIGNMENT: u64 = 64;
/// More than the tags of a page take, without its strips.
const TAGS: u64 = 512;
/// The numbers of methods in a file.
const PLAIN: u16 = 1;
const DEFLATE: u16 = 8;

/// A file whose pages are compressed.
pub(super) struct Packed {
    encoder: Encoder,
    level: Level,
}

enum Encoder {
    Standard(TiffEncoder<File, TiffKindStandard>),
    Big(TiffEncoder<File, TiffKindBig>),
}

impl Packed {
    /// Begins a file for some pages, which are compressed at a level: a BigTIFF where 32 bits may not
    /// hold its offsets.
    pub(super) fn begin(
        file: File,
        written: &Written,
        (pages, level): (usize, u32),
    ) -> io::Result<Self> {
        // Deflate adds at most five bytes to each 16 KiB, and little to a strip.
        let bytes = (written.form.bytes() as u64).saturating_mul(pages as u64);
        let strips = rows_per_strip(written);
        let strips = written.form.rows.div_ceil(strips) as u64 * pages as u64;
        let tags = (pages as u64).saturating_mul(TAGS) + strips.saturating_mul(64);
        let most = bytes.saturating_add(bytes >> 10).saturating_add(tags);
        let encoder = if u32::try_from(most).is_ok() {
            TiffEncoder::new(file).map(Encoder::Standard)
        } else {
            TiffEncoder::new_big(file).map(Encoder::Big)
        };
        let encoder = encoder.map_err(io_error)?;
        Ok(Self { encoder, level: Level::new(level.clamp(1, 9)) })
    }

    /// Compresses a page and writes it behind the others.
    pub(super) fn add(
        &mut self,
        written: &Written,
        description: Option<&str>,
        page: &[u8],
    ) -> io::Result<()> {
        let (rows, level) = (rows_per_strip(written), self.level);
        let strips = page.par_chunks(rows * written.form.row_bytes());
        let strips: io::Result<Vec<Vec<u8>>> =
            strips.map(|strip| compressed(strip, level)).collect();
        let strips = strips?;
        let added = match &mut self.encoder {
            Encoder::Standard(encoder) => add(encoder, written, description, (rows, &strips)),
            Encoder::Big(encoder) => add(encoder, written, description, (rows, &strips)),
        };
        added.map_err(io_error)
    }

    /// Bytes that compressing a page takes at most.
    pub(super) fn memory_bytes(written: &Written) -> usize {
        let bytes = written.form.bytes();
        // What is compressed, and a table for each strip in work.
        bytes.saturating_add(bytes >> 10).saturating_add(rayon::current_num_threads() << 19)
    }
}

fn add<K: TiffKind>(
    encoder: &mut TiffEncoder<File, K>,
    written: &Written,
    description: Option<&str>,
    (rows, strips): (usize, &[Vec<u8>]),
) -> TiffResult<()> {
    let mut directory = encoder.image_directory()?;
    let mut stored = Vec::with_capacity(strips.len());
    for strip in strips {
        stored.push((directory.write_data(&strip[..])?, strip.len() as u64));
    }
    let strips = Strips { stored: &stored, rows, method: DEFLATE };
    written.write_tags(&mut directory, description, &strips)?;
    directory.finish()
}

fn rows_per_strip(written: &Written) -> usize {
    (STRIP / written.form.row_bytes().max(1)).clamp(1, written.form.rows)
}

fn compressed(strip: &[u8], level: Level) -> io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), level);
    encoder.write_all(strip)?;
    encoder.finish()
}

/// Writes the directories of some pages whose pixels lie one behind the other, behind all
/// directories; returns where they begin.
pub(super) fn write_head(
    file: impl Write + Seek,
    written: &Written,
    pages: usize,
    description: Option<&str>,
) -> io::Result<u64> {
    let bytes = (written.form.bytes() as u64).saturating_mul(pages as u64);
    let text = description.map_or(0, str::len) as u64;
    let most = bytes.saturating_add((pages as u64).saturating_mul(TAGS)).saturating_add(text);
    if u32::try_from(most).is_ok() {
        head::<TiffKindStandard>(file, written, pages, description).map_err(io_error)
    } else {
        head::<TiffKindBig>(file, written, pages, description).map_err(io_error)
    }
}

fn head<K: TiffKind>(
    file: impl Write + Seek,
    written: &Written,
    pages: usize,
    description: Option<&str>,
) -> TiffResult<u64> {
    // Written twice: at first it is not known how long they are.
    let mut length = Length::default();
    directories::<K>(&mut length, written, pages, (description, 0))?;
    let start = length.end.next_multiple_of(ALIGNMENT);
    let mut file = BufWriter::new(file);
    directories::<K>(&mut file, written, pages, (description, start))?;
    file.flush()?;
    Ok(start)
}

fn directories<K: TiffKind>(
    file: impl Write + Seek,
    written: &Written,
    pages: usize,
    (description, start): (Option<&str>, u64),
) -> TiffResult<()> {
    let mut encoder = TiffEncoder::<_, K>::new_generic(file)?;
    let bytes = written.form.bytes() as u64;
    for page in 0..pages as u64 {
        let mut directory = encoder.image_directory()?;
        let stored = [(start + page * bytes, bytes)];
        let strips = Strips { stored: &stored, rows: written.form.rows, method: PLAIN };
        written.write_tags(&mut directory, description.filter(|_| page == 0), &strips)?;
        directory.finish()?;
    }
    Ok(())
}

/// The library's error in writing, as the system's.
fn io_error(error: TiffError) -> io::Error {
    match error {
        TiffError::IoError(error) => error,
        error => io::Error::other(error),
    }
}

/// Where a file would end that is written.
#[derive(Default)]
struct Length {
    at: u64,
    end: u64,
}

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.at += bytes.len() as u64;
        self.end = self.end.max(self.at);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Length {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let SeekFrom::Start(at) = to else { return Err(io::ErrorKind::Unsupported.into()) };
        self.at = at;
        Ok(at)
    }
}
