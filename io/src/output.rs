//! Files that are written, by their formats.

use std::path::{Path, PathBuf};

use gausstack::ElementType;

use crate::ends::{Sink, pages};
use crate::error::Error;
use crate::file;
#[cfg(feature = "hdf5")]
use crate::hdf5::{DataSet, Existing, Hdf5Sink, chunk_memory};
#[cfg(feature = "tiff")]
use crate::input;
use crate::input::Input;
use crate::layout::Layout;
#[cfg(any(feature = "hdf5", feature = "tiff", feature = "zarr"))]
use crate::layout::Order;
use crate::npy::NpySink;
use crate::resumable::{Resumable, Unfinished};
use crate::slabs::Ends;
use crate::storage::Storage;
#[cfg(feature = "zarr")]
use crate::target::FolderTarget;
#[cfg(feature = "hdf5")]
use crate::target::Target;
#[cfg(feature = "tiff")]
use crate::tiff::{self, Compression, Pages, TiffFolderSink, TiffSink};
use crate::workers::Workers;
#[cfg(feature = "zarr")]
use crate::zarr::{Destination, ZarrArray};

/// An array that is written to a file.
pub(crate) enum Output {
    /// A .npy file.
    Npy(PathBuf),
    /// A data set of an HDF5 file.
    #[cfg(feature = "hdf5")]
    Hdf5(DataSet, Storage),
    /// A TIFF file of all pages.
    #[cfg(feature = "tiff")]
    Tiff(PathBuf, Compression),
    /// A folder of pages.
    #[cfg(feature = "tiff")]
    TiffFolder(PathBuf, Compression),
    /// An array in a Zarr store.
    #[cfg(feature = "zarr")]
    Zarr(Box<Destination>),
}

impl Output {
    /// What the name of a file says: one without an ending is a .npy file. An input has what its
    /// output gets too.
    pub(crate) fn of(path: &Path, storage: &Storage, input: &Path) -> Result<Self, Error> {
        #[cfg(not(feature = "zarr"))]
        let _ = input;
        #[cfg(feature = "hdf5")]
        if let Some(data) = DataSet::of(path) {
            return Ok(Self::Hdf5(data, storage.clone()));
        }
        #[cfg(feature = "zarr")]
        if let Some(array) = ZarrArray::of(path) {
            return Ok(Self::Zarr(Box::new(Destination::of(array, storage, Some(input))?)));
        }
        #[cfg(feature = "tiff")]
        if let Some(pages) = Pages::of(path) {
            let compression = Compression::of(storage)
                .map_err(|fault| Error::Storage { path: path.to_owned(), fault })?;
            return Ok(match pages {
                Pages::Folder(path) => Self::TiffFolder(path, compression),
                _ => Self::Tiff(path.to_owned(), compression),
            });
        }
        if path.extension().is_some_and(|end| !end.eq_ignore_ascii_case("npy")) {
            return Err(Error::UnknownFormat { path: path.into() });
        }
        if *storage != Storage::default() {
            let fault = "a .npy file has no chunks, and is not compressed".to_owned();
            return Err(Error::Storage { path: path.to_owned(), fault });
        }
        Ok(Self::Npy(path.to_owned()))
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Npy(path) => path,
            #[cfg(feature = "hdf5")]
            Self::Hdf5(data, _) => &data.file,
            #[cfg(feature = "tiff")]
            Self::Tiff(path, _) | Self::TiffFolder(path, _) => path,
            #[cfg(feature = "zarr")]
            Self::Zarr(array) => &array.top,
        }
    }

    /// The file whose other arrays are kept.
    pub(crate) fn keeps(&self) -> Option<&Path> {
        match self {
            #[cfg(feature = "hdf5")]
            Self::Hdf5(data, _) => data.file.exists().then_some(&data.file),
            _ => None,
        }
    }

    /// How the array lies in its file, where there are several ways.
    pub(crate) fn storage(&self) -> String {
        match self {
            #[cfg(feature = "hdf5")]
            Self::Hdf5(_, Storage { chunks: Some(chunks), gzip, .. }) => {
                format!("chunks {chunks:?} {}", level(*gzip))
            }
            #[cfg(feature = "hdf5")]
            Self::Hdf5(_, Storage { chunks: None, gzip, .. }) => level(*gzip),
            #[cfg(feature = "zarr")]
            Self::Zarr(array) => array.stored(),
            _ => level(None),
        }
    }

    /// An error if this is the array that is read.
    pub(crate) fn check_apart(&self, input: &Path) -> Result<(), Error> {
        let is_input = match self {
            Self::Npy(path) => file::are_same_file(path, input),
            // Another data set of one file is another array.
            #[cfg(feature = "hdf5")]
            Self::Hdf5(data, _) => DataSet::of(input).is_some_and(|input| {
                input.name == data.name && file::are_same_file(&input.file, &data.file)
            }),
            #[cfg(feature = "tiff")]
            Self::Tiff(path, _) => {
                input::files_of(input)?.iter().any(|input| file::are_same_file(path, input))
            }
            // Pages beside those that are read would be read the next time.
            #[cfg(feature = "tiff")]
            Self::TiffFolder(path, _) => input::files_of(input)?
                .iter()
                .any(|input| file::are_same_file(path, file::folder_of(input))),
            #[cfg(feature = "zarr")]
            Self::Zarr(array) => array.is(input),
        };
        if is_input { Err(Error::SameFile { path: self.path().to_owned() }) } else { Ok(()) }
    }

    /// What is written of an input: its shape, a type, and an order that the format has.
    pub(crate) fn layout(&self, from: &Layout, element: Option<ElementType>) -> Layout {
        let order = match self {
            Self::Npy(_) => from.order,
            #[cfg(feature = "hdf5")]
            Self::Hdf5(..) => Order::C,
            #[cfg(feature = "tiff")]
            Self::Tiff(..) | Self::TiffFolder(..) => Order::C,
            #[cfg(feature = "zarr")]
            Self::Zarr(..) => Order::C,
        };
        Layout { shape: from.shape.clone(), element: element.unwrap_or(from.element), order }
    }

    /// What slabs follow from.
    pub(crate) fn ends(&self, layout: Layout, workers: &Workers) -> Result<Ends, Error> {
        let _ = workers;
        #[cfg(feature = "hdf5")]
        if let Self::Hdf5(data, storage) = self {
            let chunks = storage.chunks_of(&layout);
            let path = || data.to_string().into();
            if let Some(chunks) = chunks.map_err(|fault| Error::Storage { path: path(), fault })? {
                let memory_bytes = chunk_memory(&layout, &chunks, storage.gzip, workers);
                return Ok(Ends { layout, chunks, memory_bytes });
            }
        }
        #[cfg(feature = "tiff")]
        if let Self::Tiff(path, compression) | Self::TiffFolder(path, compression) = self {
            let (chunks, memory_bytes) = tiff::ends(path, &layout, *compression, workers)?;
            return Ok(Ends { layout, chunks, memory_bytes });
        }
        #[cfg(feature = "zarr")]
        if let Self::Zarr(array) = self {
            return array.ends(layout, workers);
        }
        Ok(Ends { chunks: pages(&layout), layout, memory_bytes: 0 })
    }

    /// The attributes of an input that are not copied, though both formats have attributes.
    pub(crate) fn left_out(&self, input: &Input) -> Vec<String> {
        #[cfg(feature = "hdf5")]
        if let Self::Hdf5(..) = self {
            return input.attributes.left_out.clone();
        }
        let _ = input;
        Vec::new()
    }

    /// It as one that a later run can go on with, if it is one.
    pub(crate) fn resumable(&self) -> Option<Resumable<'_>> {
        match self {
            Self::Npy(path) => Some(Resumable::Npy(path)),
            #[cfg(feature = "hdf5")]
            Self::Hdf5(data, storage) if *storage == Storage::default() => {
                Some(Resumable::Hdf5(data))
            }
            #[cfg(feature = "hdf5")]
            Self::Hdf5(data, storage) => Some(Resumable::Spool(data, storage)),
            #[cfg(feature = "tiff")]
            Self::Tiff(path, Compression::None) => Some(Resumable::Tiff(path)),
            #[cfg(feature = "tiff")]
            Self::Tiff(..) | Self::TiffFolder(..) => None,
            #[cfg(feature = "zarr")]
            Self::Zarr(array) => Some(Resumable::Zarr(array)),
        }
    }

    /// Begins the array. What an input has beside its elements is copied where both formats have it.
    pub(crate) fn begin(
        &self,
        layout: &Layout,
        input: &Input,
        replace: bool,
    ) -> Result<Box<dyn Sink>, Error> {
        let _ = input;
        match self {
            Self::Npy(path) => Ok(Box::new(NpySink::create(path, layout, replace)?)),
            #[cfg(feature = "hdf5")]
            Self::Hdf5(data, storage) => {
                let existing = Existing::of(data, replace)?;
                let target = Target::create_named(&data.file, existing.is_some())?;
                let how = (storage, &input.attributes);
                Ok(Box::new(Hdf5Sink::begin(target, data, layout, how, existing)?))
            }
            #[cfg(feature = "tiff")]
            Self::Tiff(path, compression) => {
                Ok(Box::new(TiffSink::create(path, layout, *compression, replace)?))
            }
            #[cfg(feature = "tiff")]
            Self::TiffFolder(path, compression) => {
                Ok(Box::new(TiffFolderSink::create(path, layout, *compression, replace)?))
            }
            #[cfg(feature = "zarr")]
            Self::Zarr(array) => {
                let target = FolderTarget::create_whole(&array.top, replace)?;
                Ok(Box::new(array.begin(target, layout)?))
            }
        }
    }

    /// An error if several processes cannot write it together.
    pub(crate) fn check_shares(&self) -> Result<(), Error> {
        match self {
            #[cfg(feature = "zarr")]
            Self::Zarr(_) => Ok(()),
            _ => Err(self.without_shares()),
        }
    }

    fn without_shares(&self) -> Error {
        let fault = "several processes write arrays of Zarr alone".to_owned();
        Error::Storage { path: self.path().to_owned(), fault }
    }

    /// Begins the array with other processes, or joins them; and the same, to read what was written.
    pub(crate) fn join(&self, layout: &Layout, replace: bool) -> Result<Unfinished, Error> {
        match self {
            #[cfg(feature = "zarr")]
            Self::Zarr(array) => {
                let (sink, written) = array.join(layout, replace)?;
                Ok(Unfinished { sink: Box::new(sink), written: Box::new(written) })
            }
            _ => {
                let _ = (layout, replace);
                Err(self.without_shares())
            }
        }
    }

    /// Gives an array its name that several processes have written.
    pub(crate) fn publish(&self, replace: bool) -> Result<(), Error> {
        match self {
            #[cfg(feature = "zarr")]
            Self::Zarr(array) => FolderTarget::publish_shared(&array.top, replace),
            _ => {
                let _ = replace;
                Err(self.without_shares())
            }
        }
    }
}

fn level(gzip: Option<u32>) -> String {
    gzip.map_or("plain".to_owned(), |level| format!("gzip {level}"))
}
