//! Arrays in .npy files, read in place.

mod descriptor;
mod header;

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use memmap2::Mmap;
use ndarray::{Array, ArrayView, CowArray, IxDyn, ShapeBuilder};
use ndarray_npy::{ReadDataError, ViewDataError};

use self::header::{Fault, Header};
use crate::element::{ElementType, Pixel};
use crate::{file, mapping};

/// Elements that are copied at a time.
const PIECE: usize = 1 << 16;

/// A .npy file, open and mapped, its header understood.
pub(crate) struct NpyFile {
    path: PathBuf,
    map: Mmap,
    header: Header,
}

impl NpyFile {
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let name = path.display();
        let file = file::open(path)?;
        let map = mapping::map(&file).with_context(|| format!("could not map '{name}'"))?;
        let header = Header::read(&map).map_err(|fault| match fault {
            Fault::Format(fault) => anyhow!("'{name}' is not a .npy file: {fault}"),
            Fault::Elements(found) => {
                anyhow!("'{name}' holds {found}; {} are supported", ElementType::listed())
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

    /// The array: the file's own memory, or a copy where its data do not start on an element's
    /// boundary, of bools and of elements in another byte order.
    pub(crate) fn array<T: Pixel>(&self) -> anyhow::Result<CowArray<'_, T, IxDyn>> {
        let data = self.data(size_of::<T>())?;
        let len = data.len() / size_of::<T>();
        // A byte of the file's memory may change after it was looked at: a bool must have its own.
        let viewed = match T::INTEGER_BITS {
            1 => Err(ViewDataError::Misaligned),
            _ => T::bytes_as_slice(data, &self.header.descriptor.value(), len),
        };
        let shape = self.header.dim().set_f(self.header.fortran);
        // Shapes such as (0, 2^60, 2^60) hold nothing and are refused all the same.
        match viewed {
            Ok(elements) => {
                let view = ArrayView::from_shape(shape, elements).map_err(|_| self.too_large())?;
                Ok(CowArray::from(view))
            }
            Err(ViewDataError::Misaligned | ViewDataError::NonNativeEndian) => {
                let elements = self.copied::<T>(data, len)?;
                let array = Array::from_shape_vec(shape, elements).map_err(|_| self.too_large())?;
                Ok(CowArray::from(array))
            }
            Err(error) => Err(anyhow!("could not read '{}': {error}", self.path.display())),
        }
    }

    /// The bytes of all elements. What follows them is told and not read, for that is what a file of several arrays looks like.
    fn data(&self, element_bytes: usize) -> anyhow::Result<&[u8]> {
        let name = self.path.display();
        let shape = &self.header.shape;
        let bytes = shape.iter().try_fold(element_bytes, |bytes, &len| bytes.checked_mul(len));
        let bytes = bytes.filter(|&bytes| isize::try_from(bytes).is_ok());
        let bytes = bytes.ok_or_else(|| self.too_large())?;
        let data = &self.map[self.header.start..];
        let Some((data, rest)) = data.split_at_checked(bytes) else {
            let missing = bytes - data.len();
            bail!("'{name}' is truncated: {missing} of {bytes} bytes of data are missing");
        };
        if !rest.is_empty() {
            crate::message::say(&format!(
                "'{name}': {} bytes after the array are not read",
                rest.len()
            ));
        }
        Ok(data)
    }

    /// The elements in memory of their own, piece by piece: of all at once the reader would abort
    /// where there is no memory for them.
    fn copied<T: Pixel>(&self, data: &[u8], len: usize) -> anyhow::Result<Vec<T>> {
        let name = self.path.display();
        let mut elements = Vec::new();
        if elements.try_reserve_exact(len).is_err() {
            bail!("no memory for the {} bytes of '{name}'", data.len());
        }
        let descriptor = self.header.descriptor.value();
        for piece in data.chunks(PIECE * size_of::<T>()) {
            let len = piece.len() / size_of::<T>();
            let piece =
                T::read_to_end_exact_vec(piece, &descriptor, len).map_err(|error| match error {
                    ReadDataError::ParseData(fault) => anyhow!("'{name}' is corrupt: {fault}"),
                    error => anyhow!("could not read '{name}': {error}"),
                })?;
            elements.extend(piece);
        }
        Ok(elements)
    }

    fn too_large(&self) -> anyhow::Error {
        let (name, shape) = (self.path.display(), &self.header.shape);
        anyhow!("'{name}' is corrupt: no memory holds shape {shape:?}")
    }
}
