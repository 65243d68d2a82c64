//! Arrays in .npy files: read in place, or as copies where elements must be changed or looked at.

mod descriptor;
mod header;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use gausstack::{AnyView, AnyViewMut, ElementType};
use memmap2::Mmap;

use self::header::{Fault, Header};
use crate::element::listed;
use crate::memory::{self, Memory};
use crate::message::say;
use crate::{file, mapping};

/// A .npy file, open and mapped, its header understood.
pub(crate) struct NpyFile {
    path: PathBuf,
    map: Mmap,
    header: Header,
}

/// The elements of a file.
pub(crate) enum Elements<'f> {
    /// Where they lie in the file.
    InFile(&'f [u8]),
    /// In this machine's byte order, on their boundary; bools are 0 or 1.
    Copied(Memory),
}

/// An array as a .npy file holds it: elements one behind the other, in C or Fortran order.
#[derive(Clone, Debug)]
pub(crate) struct NpyArray {
    pub(crate) shape: Vec<usize>,
    pub(crate) element: ElementType,
    fortran: bool,
}

impl NpyFile {
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let name = path.display();
        let file = file::open(path)?;
        let map = mapping::map(&file).with_context(|| format!("could not map '{name}'"))?;
        let header = Header::read(&map).map_err(|fault| match fault {
            Fault::Format(fault) => anyhow!("'{name}' is not a .npy file: {fault}"),
            Fault::Elements(found) => {
                anyhow!("'{name}' holds {found}; {} are supported", listed())
            }
        })?;
        Ok(Self { path: path.to_owned(), map, header })
    }

    pub(crate) fn shape(&self) -> &[usize] {
        &self.header.shape
    }

    pub(crate) fn element_type(&self) -> ElementType {
        self.header.descriptor.element
    }

    /// What the file holds, apart from its elements.
    pub(crate) fn array(&self) -> NpyArray {
        NpyArray {
            shape: self.header.shape.clone(),
            element: self.element_type(),
            fortran: self.header.fortran,
        }
    }

    /// The elements: the file's own memory, or a copy where they do not start on an element's
    /// boundary, of bools and of elements in another byte order.
    pub(crate) fn elements(&self) -> anyhow::Result<Elements<'_>> {
        let bytes = self.bytes()?;
        let element = self.element_type();
        let is_aligned = bytes.as_ptr().addr().is_multiple_of(element.size());
        // A byte of the file's memory may change after it was looked at: a bool must have its own.
        let is_bool = element == ElementType::Bool;
        if is_aligned && !self.header.descriptor.swapped && !is_bool {
            return Ok(Elements::InFile(bytes));
        }
        let name = self.path.display();
        let mut copy = Memory::zeros(bytes.len())
            .with_context(|| format!("no memory for the {} bytes of '{name}'", bytes.len()))?;
        copy.bytes_mut().copy_from_slice(bytes);
        if self.header.descriptor.swapped {
            copy.bytes_mut().chunks_mut(element.size()).for_each(<[u8]>::reverse);
        }
        if let Some(odd) = copy.bytes().iter().find(|&&byte| is_bool && byte > 1) {
            bail!("'{name}' is corrupt: error parsing value 0x{odd:02x} as a bool");
        }
        Ok(Elements::Copied(copy))
    }

    /// The bytes of all elements. What follows them is reported and not read, for that is what a
    /// file of several arrays looks like.
    fn bytes(&self) -> anyhow::Result<&[u8]> {
        let name = self.path.display();
        // Shapes such as (0, 2^60, 2^60) are refused although they hold nothing.
        let lengths = self.header.shape.iter().filter(|&&len| len > 0);
        let size = self.element_type().size();
        let bytes = lengths.clone().try_fold(size, |bytes, &len| bytes.checked_mul(len));
        let bytes = bytes.filter(|&bytes| isize::try_from(bytes).is_ok());
        let bytes = bytes.with_context(|| {
            format!("'{name}' is corrupt: no memory holds shape {:?}", self.header.shape)
        })?;
        let bytes = if lengths.count() < self.header.shape.len() { 0 } else { bytes };
        let data = &self.map[self.header.start..];
        let Some((data, rest)) = data.split_at_checked(bytes) else {
            let missing = bytes - data.len();
            bail!("'{name}' is truncated: {missing} of {bytes} bytes of data are missing");
        };
        if !rest.is_empty() {
            say(&format!("'{name}': {} bytes after the array are not read", rest.len()));
        }
        Ok(data)
    }
}

impl Elements<'_> {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::InFile(bytes) => bytes,
            Self::Copied(memory) => memory.bytes(),
        }
    }
}

impl NpyArray {
    /// The array with elements of another type.
    pub(crate) fn of(self, element: ElementType) -> Self {
        Self { element, ..self }
    }

    /// Bytes of all elements; the largest number where they exceed it.
    pub(crate) fn bytes(&self) -> usize {
        self.shape.iter().fold(self.element.size(), |bytes, &len| bytes.saturating_mul(len))
    }

    /// The array in its elements' memory.
    pub(crate) fn view<'a>(&self, bytes: &'a [u8]) -> AnyView<'a> {
        memory::view(bytes, &self.shape, &self.strides(), self.element)
    }

    /// The array in its elements' memory, to write to.
    pub(crate) fn view_mut<'a>(&self, bytes: &'a mut [u8]) -> AnyViewMut<'a> {
        memory::view_mut(bytes, &self.shape, &self.strides(), self.element)
    }

    /// Strides in bytes.
    pub(crate) fn strides(&self) -> Vec<usize> {
        let mut strides = vec![0; self.shape.len()];
        let mut step = self.element.size();
        let mut place = |axis: usize| {
            strides[axis] = step;
            step = step.saturating_mul(self.shape[axis].max(1));
        };
        match self.fortran {
            true => (0..self.shape.len()).for_each(&mut place),
            false => (0..self.shape.len()).rev().for_each(&mut place),
        }
        strides
    }

    /// Writes the array as a file.
    pub(crate) fn write(&self, bytes: &[u8], mut to: impl Write) -> io::Result<()> {
        // An array that lies in both orders is written in C order.
        let has_order = self.shape.iter().filter(|&&len| len > 1).count() > 1;
        let fortran = self.fortran && has_order && !bytes.is_empty();
        to.write_all(&header::written(self.element, fortran, &self.shape))?;
        to.write_all(bytes)
    }
}
