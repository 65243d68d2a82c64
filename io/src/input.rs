//! Files that are read, by their formats.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::ends::Source;
use crate::error::Error;
use crate::file;
#[cfg(feature = "hdf5")]
use crate::hdf5::{Attributes, DataSet, Hdf5Source};
use crate::npy::NpySource;
#[cfg(feature = "tiff")]
use crate::tiff::{Pages, TiffSource};
#[cfg(feature = "zarr")]
use crate::zarr::{self, ZarrArray, ZarrSource};

/// The first bytes of an HDF5 file.
const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";
/// The first bytes of TIFF and BigTIFF files in either byte order.
const TIFF: [&[u8]; 4] = [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"];

/// The files of a name, such as `a.h5` of `a.h5:/entry/data`, or all pages of a folder.
pub(crate) fn files_of(path: &Path) -> Result<Vec<PathBuf>, Error> {
    #[cfg(feature = "hdf5")]
    if let Some(data) = DataSet::of(path) {
        return Ok(vec![data.file]);
    }
    #[cfg(feature = "zarr")]
    if let Some(array) = ZarrArray::of(path) {
        return zarr::files_of(&array);
    }
    #[cfg(feature = "tiff")]
    if let Some(pages) = Pages::of(path) {
        return pages.files();
    }
    Ok(vec![path.to_owned()])
}

/// An array that is read, and what its file says of it.
pub(crate) struct Input {
    pub(crate) source: Box<dyn Source>,
    #[cfg(feature = "hdf5")]
    pub(crate) attributes: Attributes,
}

impl<S: Source + 'static> From<S> for Input {
    /// An array without attributes.
    fn from(source: S) -> Self {
        Self {
            source: Box::new(source),
            #[cfg(feature = "hdf5")]
            attributes: Attributes::default(),
        }
    }
}

/// Opens an array of a file by the file's name, such as `a.npy`, `a.h5:/entry/data`, `a.tif`, `pages/`
/// or `a_*.tif`, or where that says nothing by its first bytes.
///
/// ```
/// use gausstack_io::{Layout, Order, npy};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("a.npy");
/// let element = gausstack::ElementType::U8;
/// let layout = Layout { shape: vec![2, 3], element, order: Order::C };
/// npy::write(&layout, &[0; 6], std::fs::File::create(&path)?)?;
/// assert_eq!(gausstack_io::open(&path)?.layout(), &layout);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of the format, and [`Error::Feature`] if this build does not have it.
pub fn open(path: &Path) -> Result<Box<dyn Source>, Error> {
    Ok(of(path)?.source)
}

/// As [`open`], with what the file says of the array.
pub(crate) fn of(path: &Path) -> Result<Input, Error> {
    #[cfg(feature = "hdf5")]
    let of_data = |data: &DataSet| {
        let source = Hdf5Source::open(data)?;
        Ok(Input { attributes: source.attributes(), source: Box::new(source) })
    };
    #[cfg(feature = "hdf5")]
    if let Some(data) = DataSet::of(path) {
        return of_data(&data);
    }
    #[cfg(feature = "zarr")]
    if let Some(array) = ZarrArray::of(path) {
        return Ok(ZarrSource::open(&array)?.into());
    }
    #[cfg(feature = "tiff")]
    if let Some(pages) = Pages::of(path) {
        return Ok(TiffSource::open(&pages)?.into());
    }
    let mut start = Vec::new();
    let read = file::open(path)?.take(HDF5.len() as u64).read_to_end(&mut start);
    read.map_err(|source| Error::Read { path: path.to_owned(), source })?;
    if start == HDF5 {
        #[cfg(feature = "hdf5")]
        {
            let data = DataSet { file: path.to_owned(), name: String::new() };
            return of_data(&data);
        }
        #[cfg(not(feature = "hdf5"))]
        return Err(Error::Feature { path: path.to_owned(), feature: "hdf5" });
    }
    if TIFF.iter().any(|first| start.starts_with(first)) {
        #[cfg(feature = "tiff")]
        return Ok(TiffSource::open(&Pages::File(path.to_owned()))?.into());
        #[cfg(not(feature = "tiff"))]
        return Err(Error::Feature { path: path.to_owned(), feature: "tiff" });
    }
    Ok(NpySource::open(path)?.into())
}
