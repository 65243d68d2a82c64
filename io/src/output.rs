//! Files that are written, by their formats.

use std::path::{Path, PathBuf};

use gausstack::ElementType;

use crate::ends::{Sink, Source, pages};
use crate::error::Error;
use crate::file;
#[cfg(feature = "hdf5")]
use crate::hdf5::{Attributes, DataSet, Existing, Hdf5Sink, Hdf5Source, chunk_memory};
#[cfg(feature = "tiff")]
use crate::input;
use crate::layout::Layout;
#[cfg(any(feature = "hdf5", feature = "tiff"))]
use crate::layout::Order;
use crate::npy::{NpySink, NpySource};
use crate::slabs::Ends;
use crate::storage::Storage;
use crate::target::Target;
#[cfg(feature = "tiff")]
use crate::tiff::{self, Compression, Pages, TiffFolderSink, TiffSink, TiffSource};

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
}

/// A file that is begun or gone on with, and whether it replaces one.
pub(crate) type Targets<'a> = &'a mut dyn FnMut(&Path, bool) -> Result<Target, Error>;

/// An array that is gone on with.
pub(crate) struct Unfinished {
    pub(crate) sink: Box<dyn Sink>,
    /// The same, to read what was written.
    pub(crate) written: Box<dyn Source>,
}

impl Output {
    /// What the name of a file says: one without an ending is a .npy file.
    pub(crate) fn of(path: &Path, storage: &Storage) -> Result<Self, Error> {
        #[cfg(feature = "hdf5")]
        if let Some(data) = DataSet::of(path) {
            return Ok(Self::Hdf5(data, storage.clone()));
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
        };
        Layout { shape: from.shape.clone(), element: element.unwrap_or(from.element), order }
    }

    /// What slabs follow from.
    pub(crate) fn ends(&self, layout: Layout) -> Result<Ends, Error> {
        #[cfg(feature = "hdf5")]
        if let Self::Hdf5(data, storage) = self {
            let chunks = storage.chunks_of(&layout);
            let path = || data.to_string().into();
            if let Some(chunks) = chunks.map_err(|fault| Error::Storage { path: path(), fault })? {
                let memory_bytes = chunk_memory(&chunks, &layout);
                return Ok(Ends { layout, chunks, memory_bytes });
            }
        }
        #[cfg(feature = "tiff")]
        if let Self::Tiff(path, compression) | Self::TiffFolder(path, compression) = self {
            let (chunks, memory_bytes) = tiff::ends(path, &layout, *compression)?;
            return Ok(Ends { layout, chunks, memory_bytes });
        }
        Ok(Ends { chunks: pages(&layout), layout, memory_bytes: 0 })
    }

    /// The attributes of an input that are not copied, though both formats have attributes.
    pub(crate) fn left_out(&self, input: &Path) -> Result<Vec<String>, Error> {
        #[cfg(feature = "hdf5")]
        if let (Self::Hdf5(..), Some(input)) = (self, DataSet::of(input)) {
            return Ok(Hdf5Source::open(&input)?.attributes().left_out);
        }
        let _ = input;
        Ok(Vec::new())
    }

    /// Whether an unfinished one can be gone on with.
    pub(crate) fn is_resumable(&self) -> bool {
        match self {
            Self::Npy(_) => true,
            #[cfg(feature = "hdf5")]
            Self::Hdf5(_, storage) => *storage == Storage::default(),
            #[cfg(feature = "tiff")]
            Self::Tiff(_, compression) => *compression == Compression::None,
            #[cfg(feature = "tiff")]
            Self::TiffFolder(..) => false,
        }
    }

    /// Begins the array. What an input has beside its elements is copied where both formats have it.
    pub(crate) fn begin(
        &self,
        layout: &Layout,
        input: &Path,
        replace: bool,
        target: Option<Targets<'_>>,
    ) -> Result<Box<dyn Sink>, Error> {
        #[cfg(not(feature = "hdf5"))]
        let _ = input;
        match self {
            Self::Npy(path) => {
                let target = match target {
                    Some(target) => target(path, replace)?,
                    None => Target::create(path, replace)?,
                };
                Ok(Box::new(NpySink::begin(target, layout)?))
            }
            #[cfg(feature = "hdf5")]
            Self::Hdf5(data, storage) => {
                let existing = Existing::of(data, replace)?;
                let attributes = match DataSet::of(input) {
                    Some(input) => Hdf5Source::open(&input)?.attributes(),
                    None => Attributes::default(),
                };
                let target = match target {
                    Some(target) => target(&data.file, existing.is_some())?,
                    None => Target::create_named(&data.file, existing.is_some())?,
                };
                let how = (storage, &attributes);
                Ok(Box::new(Hdf5Sink::begin(target, data, layout, how, existing)?))
            }
            #[cfg(feature = "tiff")]
            Self::Tiff(path, compression) => {
                let target = match target {
                    Some(target) => target(path, replace)?,
                    None => Target::create(path, replace)?,
                };
                Ok(Box::new(TiffSink::begin(target, layout, *compression)?))
            }
            #[cfg(feature = "tiff")]
            Self::TiffFolder(path, compression) => {
                Ok(Box::new(TiffFolderSink::create(path, layout, *compression, replace)?))
            }
        }
    }

    /// Goes on with the array that is in a file of an earlier run, and opens that to be read.
    pub(crate) fn resume(
        &self,
        layout: &Layout,
        replace: bool,
        target: Targets<'_>,
        part: &Path,
    ) -> Result<Unfinished, Error> {
        Ok(match self {
            Self::Npy(path) => {
                let sink = NpySink::resume(target(path, replace)?, layout)?;
                Unfinished { sink: Box::new(sink), written: Box::new(NpySource::open(part)?) }
            }
            #[cfg(feature = "hdf5")]
            Self::Hdf5(data, _) => {
                let existing = Existing::of(data, replace)?;
                let target = target(&data.file, existing.is_some())?;
                let sink = Hdf5Sink::resume(target, data, layout, existing)?;
                let written = DataSet { file: part.to_owned(), name: data.name.clone() };
                let written = Box::new(Hdf5Source::open_own(&written)?);
                Unfinished { sink: Box::new(sink), written }
            }
            #[cfg(feature = "tiff")]
            Self::Tiff(path, _) | Self::TiffFolder(path, _) => {
                let sink = TiffSink::resume(target(path, replace)?, layout)?;
                let written = TiffSource::open(&Pages::File(part.to_owned()))?;
                Unfinished { sink: Box::new(sink), written: Box::new(written) }
            }
        })
    }
}
