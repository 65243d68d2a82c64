//! One TIFF file: its header, and its bytes by their place.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::file;

/// Why a page cannot be used.
pub(super) enum Fault {
    /// The page is damaged, or of a kind that is not read.
    Page(String),
    /// The file cannot be read.
    Read(io::Error),
}

impl Fault {
    pub(super) fn of_page(self, path: &Path, page: usize) -> Error {
        let path = path.to_owned();
        match self {
            Self::Page(fault) => Error::Page { path, page, fault },
            Self::Read(source) => Error::Read { path, source },
        }
    }
}

impl From<String> for Fault {
    fn from(fault: String) -> Self {
        Self::Page(fault)
    }
}

impl From<&str> for Fault {
    fn from(fault: &str) -> Self {
        Self::Page(fault.to_owned())
    }
}

/// A TIFF file that is open.
#[derive(Debug)]
pub(super) struct TiffFile {
    file: File,
    pub(super) path: PathBuf,
    pub(super) found: Metadata,
    /// The most significant byte of a number comes first.
    pub(super) big_endian: bool,
    /// Offsets have 64 bits.
    pub(super) is_big: bool,
    /// Where the first directory is.
    pub(super) first: u64,
}

impl TiffFile {
    /// Opens a file and reads its header.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let mut file = file::open(path)?;
        let could_not_read = |source| Error::Read { path: path.to_owned(), source };
        let found = file.metadata().map_err(could_not_read)?;
        let mut start = Vec::new();
        file.by_ref().take(16).read_to_end(&mut start).map_err(could_not_read)?;
        let (big_endian, is_big, first) = header(&start).map_err(|fault| {
            let path = path.to_owned();
            Error::Format { path, format: "TIFF", fault: fault.to_owned() }
        })?;
        Ok(Self { file, path: path.to_owned(), found, big_endian, is_big, first })
    }

    /// Reads bytes that lie in the file.
    pub(super) fn read(&mut self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(at))?;
        self.file.read_exact(bytes)
    }

    /// Whether so many bytes at a place lie in the file.
    pub(super) fn holds(&self, at: u64, bytes: u64) -> bool {
        at.checked_add(bytes).is_some_and(|end| end <= self.found.len())
    }

    /// An unsigned number of up to eight bytes.
    pub(super) fn number(&self, bytes: &[u8]) -> u64 {
        number(bytes, self.big_endian)
    }
}

/// An unsigned number of up to eight bytes.
fn number(bytes: &[u8], big_endian: bool) -> u64 {
    let push = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
    if big_endian { bytes.iter().fold(0, push) } else { bytes.iter().rev().fold(0, push) }
}

/// The byte order, whether offsets have 64 bits, and where the first directory is.
fn header(start: &[u8]) -> Result<(bool, bool, u64), &'static str> {
    let big_endian = match start.get(..2) {
        Some(b"II") => false,
        Some(b"MM") => true,
        _ => return Err("it begins with neither II nor MM"),
    };
    let part = |first: usize, len: usize| {
        let bytes = start.get(first..first + len).ok_or("it ends within its header")?;
        Ok::<_, &'static str>(number(bytes, big_endian))
    };
    let (is_big, first) = match part(2, 2)? {
        42 => (false, part(4, 4)?),
        43 if part(4, 2)? == 8 && part(6, 2)? == 0 => (true, part(8, 8)?),
        43 => return Err("its offsets have not 8 bytes"),
        _ => return Err("its version is neither 42 nor 43"),
    };
    if first == 0 { Err("it has no page") } else { Ok((big_endian, is_big, first)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_both_orders_and_sizes_are_read() {
        assert_eq!(header(b"II*\0\x08\x01\0\0"), Ok((false, false, 0x108)));
        assert_eq!(header(b"MM\0*\0\0\x01\x08"), Ok((true, false, 0x108)));
        let big = b"MM\0+\0\x08\0\0\x01\0\0\0\0\0\0\x02";
        assert_eq!(header(big), Ok((true, true, (1 << 56) + 2)));
        for wrong in [&b""[..], b"II", b"IM*\0\x08\0\0\0", b"II+\0\x04\0\0\0", b"II*\0\0\0\0\0"] {
            assert!(header(wrong).is_err(), "{wrong:?}");
        }
    }
}
