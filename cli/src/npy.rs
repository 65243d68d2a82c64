//! Arrays in .npy files, read in place.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use memmap2::Mmap;
use ndarray::{Array, ArrayView, CowArray, IxDyn, ShapeBuilder};
use ndarray_npy::npy::header::{Header, ReadHeaderError};
use ndarray_npy::{ReadableElement, ViewDataError, ViewElement};

use crate::mapping;

/// The element types that can be filtered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ElementType {
    F32,
    F64,
}

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
        let element_type = element_type(&header)
            .map_err(|fault| anyhow!("'{name}' holds {fault}; f32 and f64 are supported"))?;
        Ok(Self { path: path.to_owned(), map, header, start, element_type })
    }

    pub(crate) fn shape(&self) -> &[usize] {
        &self.header.shape
    }

    /// The array: the file's own memory, or a copy where its data do not start on an element's
    /// boundary.
    pub(crate) fn array<T: ViewElement + ReadableElement>(
        &self,
    ) -> anyhow::Result<CowArray<'_, T, IxDyn>> {
        let (name, header) = (self.path.display(), &self.header);
        let too_large = || anyhow!("'{name}' is corrupt: no memory holds shape {:?}", header.shape);
        let bytes = header.shape.iter().try_fold(size_of::<T>(), |n, &len| n.checked_mul(len));
        let bytes = bytes.filter(|&n| isize::try_from(n).is_ok()).ok_or_else(too_large)?;
        let len = bytes / size_of::<T>();
        let data = &self.map[self.start..];
        let shape = IxDyn(&header.shape).set_f(header.layout.is_fortran());
        // Shapes such as (0, 2^60, 2^60) hold nothing and are refused all the same.
        match T::bytes_as_slice(data, &header.type_descriptor, len) {
            Ok(data) => {
                let view = ArrayView::from_shape(shape, data).map_err(|_| too_large())?;
                Ok(CowArray::from(view))
            }
            Err(ViewDataError::Misaligned) => {
                let data = T::read_to_end_exact_vec(data, &header.type_descriptor, len)
                    .with_context(|| format!("could not read '{name}'"))?;
                let array = Array::from_shape_vec(shape, data).map_err(|_| too_large())?;
                Ok(CowArray::from(array))
            }
            Err(ViewDataError::MissingBytes(missing)) => {
                bail!("'{name}' is truncated: {missing} of {bytes} bytes of data are missing")
            }
            Err(ViewDataError::ExtraBytes(extra)) => {
                bail!("'{name}' is corrupt: {extra} bytes follow the {bytes} bytes of data")
            }
            Err(error) => Err(anyhow!("could not read '{name}': {error}")),
        }
    }
}

/// The element type of a header, or what it is instead.
fn element_type(header: &Header) -> Result<ElementType, String> {
    let descriptor = header.type_descriptor.to_string();
    let descriptor = descriptor.trim_matches('\'');
    let (native, foreign) = if cfg!(target_endian = "little") { ('<', '>') } else { ('>', '<') };
    match (descriptor.strip_prefix(native), descriptor.strip_prefix(foreign)) {
        (Some("f4"), _) => Ok(ElementType::F32),
        (Some("f8"), _) => Ok(ElementType::F64),
        (_, Some("f4" | "f8")) => {
            Err(format!("elements of type {descriptor}, which is not this machine's byte order"))
        }
        _ => Err(format!("elements of type {descriptor}")),
    }
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
