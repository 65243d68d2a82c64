//! Arrays in .npy files, read in place.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use clap::ValueEnum;
use memmap2::Mmap;
use ndarray::{Array, ArrayView, CowArray, IxDyn, ShapeBuilder};
use ndarray_npy::npy::header::{Header, ReadHeaderError};
use ndarray_npy::{ReadDataError, ViewDataError};

use crate::element::{ElementType, Pixel};
use crate::mapping;

/// Elements that are copied at a time.
const PIECE: usize = 1 << 16;

/// A .npy file, open and mapped, its header understood.
pub(crate) struct NpyFile {
    path: PathBuf,
    map: Mmap,
    header: Header,
    /// Where the data begin.
    start: usize,
    pub(crate) element_type: ElementType,
}

impl NpyFile {
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let name = path.display();
        let file = File::open(path).with_context(|| format!("could not open '{name}'"))?;
        let metadata = file.metadata().with_context(|| format!("could not read '{name}'"))?;
        if !metadata.is_file() {
            bail!("'{name}' is not a regular file");
        }
        let map = mapping::map(&file).with_context(|| format!("could not map '{name}'"))?;
        let mut rest = &map[..];
        let header = Header::from_reader(&mut rest)
            .map_err(|error| anyhow!("'{name}' is not a .npy file: {}", header_fault(&error)))?;
        let start = map.len() - rest.len();
        let element_type = element_type(&header).map_err(|fault| {
            anyhow!("'{name}' holds {fault}; {} are supported", ElementType::listed())
        })?;
        Ok(Self { path: path.to_owned(), map, header, start, element_type })
    }

    pub(crate) fn shape(&self) -> &[usize] {
        &self.header.shape
    }

    /// The array: the file's own memory, or a copy where its data do not start on an element's
    /// boundary and of bools.
    pub(crate) fn array<T: Pixel>(&self) -> anyhow::Result<CowArray<'_, T, IxDyn>> {
        let data = self.data(size_of::<T>())?;
        let (descriptor, len) = (&self.header.type_descriptor, data.len() / size_of::<T>());
        // A byte of the file's memory may change after it was looked at: a bool must have its own.
        let viewed = match T::INTEGER_BITS {
            1 => Err(ViewDataError::Misaligned),
            _ => T::bytes_as_slice(data, descriptor, len),
        };
        let shape = IxDyn(&self.header.shape).set_f(self.header.layout.is_fortran());
        // Shapes such as (0, 2^60, 2^60) hold nothing and are refused all the same.
        match viewed {
            Ok(elements) => {
                let view = ArrayView::from_shape(shape, elements).map_err(|_| self.too_large())?;
                Ok(CowArray::from(view))
            }
            Err(ViewDataError::Misaligned) => {
                let elements = self.copied::<T>(data, len)?;
                let array = Array::from_shape_vec(shape, elements).map_err(|_| self.too_large())?;
                Ok(CowArray::from(array))
            }
            Err(error) => Err(anyhow!("could not read '{}': {error}", self.path.display())),
        }
    }

    /// The bytes of all elements, neither fewer nor more than the shape says.
    fn data(&self, element_bytes: usize) -> anyhow::Result<&[u8]> {
        let name = self.path.display();
        let shape = &self.header.shape;
        let bytes = shape.iter().try_fold(element_bytes, |bytes, &len| bytes.checked_mul(len));
        let bytes = bytes.filter(|&bytes| isize::try_from(bytes).is_ok());
        let bytes = bytes.ok_or_else(|| self.too_large())?;
        let data = &self.map[self.start..];
        if data.len() < bytes {
            let missing = bytes - data.len();
            bail!("'{name}' is truncated: {missing} of {bytes} bytes of data are missing");
        }
        if data.len() > bytes {
            let extra = data.len() - bytes;
            bail!("'{name}' is corrupt: {extra} bytes follow the {bytes} bytes of data");
        }
        Ok(data)
    }

    /// The elements in memory of their own, piece by piece: of all at once the reader would abort
    /// where there is no memory for them.
    fn copied<T: Pixel>(&self, data: &[u8], len: usize) -> anyhow::Result<Vec<T>> {
        let name = self.path.display();
        let mut elements = Vec::new();
        elements.try_reserve_exact(len).with_context(|| format!("no memory to read '{name}'"))?;
        for piece in data.chunks(PIECE * size_of::<T>()) {
            let len = piece.len() / size_of::<T>();
            let piece = T::read_to_end_exact_vec(piece, &self.header.type_descriptor, len)
                .map_err(|error| match error {
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

/// The element type of a header, or what it is instead.
fn element_type(header: &Header) -> Result<ElementType, String> {
    let found = header.type_descriptor.to_string();
    let known = |descriptor: &str| {
        ElementType::value_variants().iter().find(|element| element.descriptor() == descriptor)
    };
    if let Some(&element) = known(&found) {
        return Ok(element);
    }
    let swapped = found.chars().map(|letter| match letter {
        '<' => '>',
        '>' => '<',
        other => other,
    });
    let foreign = known(&swapped.collect::<String>()).is_some();
    let fault = if foreign { ", which is not this machine's byte order" } else { "" };
    Err(format!("elements of type {}{fault}", found.trim_matches('\'')))
}

/// What is wrong with a header, in one line.
fn header_fault(error: &ReadHeaderError) -> String {
    match error {
        ReadHeaderError::Io(_) => "it ends within the header".to_owned(),
        // The parser's message draws the place over several lines.
        ReadHeaderError::Parse(fault) => {
            let text = fault.to_string();
            let line = text.lines().next().unwrap_or_default();
            line.split(" --> ").next().unwrap_or_default().trim_end_matches([' ', ':']).to_owned()
        }
    }
}
