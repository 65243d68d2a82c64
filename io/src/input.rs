//! Files that are read, by their formats.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::ends::Source;
use crate::error::Error;
use crate::file;
#[cfg(feature = "hdf5")]
use crate::hdf5::{DataSet, Hdf5Source};
use crate::npy::NpySource;
#[cfg(feature = "tiff")]
use crate::tiff::{Pages, TiffSource};

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
    #[cfg(feature = "tiff")]
    if let Some(pages) = Pages::of(path) {
        return pages.files();
    }
    Ok(vec![path.to_owned()])
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
    #[cfg(feature = "hdf5")]
    if let Some(data) = DataSet::of(path) {
        return Ok(Box::new(Hdf5Source::open(&data)?));
    }
    #[cfg(feature = "tiff")]
    if let Some(pages) = Pages::of(path) {
        return Ok(Box::new(TiffSource::open(&pages)?));
    }
    let mut start = Vec::new();
    let read = file::open(path)?.take(HDF5.len() as u64).read_to_end(&mut start);
    read.map_err(|source| Error::Read { path: path.to_owned(), source })?;
    if start == HDF5 {
        #[cfg(feature = "hdf5")]
        {
            let data = DataSet { file: path.to_owned(), name: String::new() };
            return Ok(Box::new(Hdf5Source::open(&data)?));
        }
        #[cfg(not(feature = "hdf5"))]
        return Err(Error::Feature { path: path.to_owned(), feature: "hdf5" });
    }
    if TIFF.iter().any(|first| start.starts_with(first)) {
        #[cfg(feature = "tiff")]
        return Ok(Box::new(TiffSource::open(&Pages::File(path.to_owned()))?));
        #[cfg(not(feature = "tiff"))]
        return Err(Error::Feature { path: path.to_owned(), feature: "tiff" });
    }
    Ok(Box::new(NpySource::open(path)?))
}
