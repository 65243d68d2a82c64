//! A .npy file as memory, for arrays that are read or written whole.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use gausstack::ElementType;
use memmap2::Mmap;

use super::header::{self, Fault, Header};
use crate::error::Error;
use crate::layout::{Layout, Order};
use crate::memory::Memory;
use crate::{file, mapping};

/// A .npy file, open and mapped, its header understood. It must not change while it is open: the
/// result would have other pixels, or the process would get a bus error.
///
/// ```
/// use gausstack::ElementType;
/// use gausstack_io::npy::{self, NpyFile};
/// use gausstack_io::{Layout, Order};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("a.npy");
/// let layout = Layout { shape: vec![2, 3], element: ElementType::U8, order: Order::C };
/// npy::write(&layout, &[1, 2, 3, 4, 5, 6], std::fs::File::create(&path)?)?;
/// let file = NpyFile::open(&path)?;
/// assert_eq!(file.layout(), layout);
/// assert_eq!(file.elements()?.bytes(), [1, 2, 3, 4, 5, 6]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct NpyFile {
    path: PathBuf,
    map: Mmap,
    header: Header,
}

/// The elements of a file.
#[derive(Debug)]
pub enum Elements<'f> {
    /// Where they lie in the file.
    InFile(&'f [u8]),
    /// In this machine's byte order, on their boundary; bools are 0 or 1.
    Copied(Memory),
}

impl NpyFile {
    /// Opens and maps a file, and reads its header.
    ///
    /// # Errors
    /// [`Error::Open`], [`Error::NotRegular`], [`Error::Map`], [`Error::Format`] and
    /// [`Error::Elements`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = file::open(path)?;
        let path = path.to_owned();
        let map = match mapping::map(&file) {
            Ok(map) => map,
            Err(source) => return Err(Error::Map { path, source }),
        };
        match Header::read(&map) {
            Ok(header) => Ok(Self { path, map, header }),
            Err(fault) => Err(fault.of(path)),
        }
    }

    /// What the file holds, apart from its elements.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.header.layout()
    }

    /// The elements: the file's own memory, or a copy where they do not start on an element's
    /// boundary, of bools and of elements in another byte order.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::Shape`], [`Error::OutOfMemory`] and [`Error::Bool`].
    pub fn elements(&self) -> Result<Elements<'_>, Error> {
        let (bytes, _) = self.bytes()?;
        let Header { descriptor, .. } = self.header;
        let is_aligned = bytes.as_ptr().addr().is_multiple_of(descriptor.element.size());
        // A byte of the file's memory may change after it was looked at: a bool must have its own.
        let is_bool = descriptor.element == ElementType::Bool;
        if is_aligned && !descriptor.swapped && !is_bool {
            return Ok(Elements::InFile(bytes));
        }
        let path = || self.path.clone();
        let mut copy = Memory::zeros(bytes.len())
            .ok_or_else(|| Error::OutOfMemory { path: path(), bytes: bytes.len() })?;
        copy.bytes_mut().copy_from_slice(bytes);
        match descriptor.make_native(copy.bytes_mut()) {
            Ok(()) => Ok(Elements::Copied(copy)),
            Err(value) => Err(Error::Bool { path: path(), value }),
        }
    }

    /// How many bytes follow the elements. They are not read: a file of several arrays looks like
    /// that.
    ///
    /// # Errors
    /// [`Error::Truncated`] and [`Error::Shape`].
    pub fn bytes_behind(&self) -> Result<usize, Error> {
        Ok(self.bytes()?.1)
    }

    /// The bytes of all elements, and how many follow them.
    fn bytes(&self) -> Result<(&[u8], usize), Error> {
        let bytes = self.header.bytes_of(self.map.len() as u64, &self.path)?;
        // The file is at least as long, and mapped whole.
        let (data, rest) = self.map[self.header.start..].split_at(bytes);
        Ok((data, rest.len()))
    }
}

impl Elements<'_> {
    /// Their bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::InFile(bytes) => bytes,
            Self::Copied(memory) => memory.bytes(),
        }
    }
}

/// Writes a whole array as a file. An array that lies in both orders is written in C order.
///
/// # Errors
/// The writer's.
pub fn write(layout: &Layout, bytes: &[u8], mut to: impl Write) -> io::Result<()> {
    let fortran = is_fortran(layout);
    to.write_all(&header::written(layout.element, fortran, &layout.shape))?;
    to.write_all(bytes)
}

/// Whether a header says Fortran order: not where the array lies in both orders.
pub(super) fn is_fortran(layout: &Layout) -> bool {
    let has_order = layout.shape.iter().filter(|&&len| len > 1).count() > 1;
    layout.order == Order::Fortran && has_order && layout.bytes() > 0
}

impl Fault {
    /// The error of a file.
    pub(super) fn of(self, path: PathBuf) -> Error {
        match self {
            Self::Format(fault) => Error::Format { path, format: ".npy", fault },
            Self::Elements(found) => Error::Elements { path, found },
        }
    }
}

impl Header {
    /// What the file holds, apart from its elements.
    pub(super) fn layout(&self) -> Layout {
        let order = if self.fortran { Order::Fortran } else { Order::C };
        Layout { shape: self.shape.clone(), element: self.descriptor.element, order }
    }

    /// The bytes of all elements, in a file of `len` bytes.
    pub(super) fn bytes_of(&self, len: u64, path: &Path) -> Result<usize, Error> {
        // Shapes such as (0, 2^60, 2^60) are refused although they hold nothing.
        let lengths = self.shape.iter().filter(|&&len| len > 0);
        let size = self.descriptor.element.size();
        let bytes = lengths.clone().try_fold(size, |bytes, &len| bytes.checked_mul(len));
        let bytes = bytes.filter(|&bytes| isize::try_from(bytes).is_ok());
        let bytes = bytes
            .ok_or_else(|| Error::Shape { path: path.to_owned(), shape: self.shape.clone() })?;
        let bytes = if lengths.count() < self.shape.len() { 0 } else { bytes };
        let missing = (bytes as u64).saturating_sub(len - self.start as u64);
        if missing > 0 {
            return Err(Error::Truncated { path: path.to_owned(), missing, bytes: bytes as u64 });
        }
        Ok(bytes)
    }
}
