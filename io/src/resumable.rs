//! Outputs that a later run can go on with, by their formats.

use std::path::Path;

use crate::ends::{Sink, Source};
use crate::error::Error;
#[cfg(feature = "hdf5")]
use crate::hdf5::{Becomes, DataSet, Existing, Hdf5Sink, Hdf5Source, SpoolSink};
use crate::input::Input;
use crate::layout::Layout;
use crate::npy::{NpySink, NpySource};
#[cfg(feature = "hdf5")]
use crate::storage::Storage;
#[cfg(feature = "zarr")]
use crate::target::FolderTarget;
use crate::target::Target;
#[cfg(feature = "tiff")]
use crate::tiff::{Compression, Pages, TiffSink, TiffSource};
#[cfg(feature = "zarr")]
use crate::zarr::Destination;

/// An output that a later run can go on with.
pub(crate) enum Resumable<'o> {
    Npy(&'o Path),
    /// A contiguous data set.
    #[cfg(feature = "hdf5")]
    Hdf5(&'o DataSet),
    /// A data set in chunks.
    #[cfg(feature = "hdf5")]
    Spool(&'o DataSet, &'o Storage),
    /// A file that is not compressed.
    #[cfg(feature = "tiff")]
    Tiff(&'o Path),
    #[cfg(feature = "zarr")]
    Zarr(&'o Destination),
}

/// What is begun or gone on with under a name; a flag says whether it replaces what has that name.
pub(crate) trait Targets {
    fn file(&mut self, path: &Path, replace: bool) -> Result<Target, Error>;

    /// A folder that appears as a whole.
    #[cfg(feature = "zarr")]
    fn folder(&mut self, path: &Path, replace: bool) -> Result<FolderTarget, Error>;
}

/// An array that is gone on with.
pub(crate) struct Unfinished {
    pub(crate) sink: Box<dyn Sink>,
    /// The same, to read what was written.
    pub(crate) written: Box<dyn Source>,
}

impl Resumable<'_> {
    /// Begins the array in a target.
    pub(crate) fn begin(
        &self,
        layout: &Layout,
        input: &Input,
        replace: bool,
        targets: &mut dyn Targets,
    ) -> Result<Box<dyn Sink>, Error> {
        let _ = input;
        Ok(match self {
            Self::Npy(path) => Box::new(NpySink::begin(targets.file(path, replace)?, layout)?),
            #[cfg(feature = "hdf5")]
            Self::Hdf5(data) => {
                let existing = Existing::of(data, replace)?;
                let target = targets.file(&data.file, existing.is_some())?;
                let how = (&Storage::default(), &input.attributes);
                Box::new(Hdf5Sink::begin(target, data, layout, how, existing)?)
            }
            #[cfg(feature = "hdf5")]
            Self::Spool(data, storage) => {
                let existing = Existing::of(data, replace)?;
                let target = targets.file(&data.file, existing.is_some())?;
                let attributes = &input.attributes;
                let becomes = Becomes { data, layout, storage, attributes, existing };
                Box::new(SpoolSink::begin(target, becomes)?)
            }
            #[cfg(feature = "tiff")]
            Self::Tiff(path) => {
                Box::new(TiffSink::begin(targets.file(path, replace)?, layout, Compression::None)?)
            }
            #[cfg(feature = "zarr")]
            Self::Zarr(array) => {
                Box::new(array.begin(targets.folder(&array.top, replace)?, layout)?)
            }
        })
    }

    /// Goes on with the array that is in a file of an earlier run, and opens that to be read.
    pub(crate) fn resume(
        &self,
        layout: &Layout,
        input: &Input,
        replace: bool,
        (targets, part): (&mut dyn Targets, &Path),
    ) -> Result<Unfinished, Error> {
        let _ = input;
        Ok(match self {
            Self::Npy(path) => {
                let sink = NpySink::resume(targets.file(path, replace)?, layout)?;
                Unfinished { sink: Box::new(sink), written: Box::new(NpySource::open(part)?) }
            }
            #[cfg(feature = "hdf5")]
            Self::Hdf5(data) => {
                let existing = Existing::of(data, replace)?;
                let target = targets.file(&data.file, existing.is_some())?;
                let sink = Hdf5Sink::resume(target, data, layout, existing)?;
                let written = DataSet { file: part.to_owned(), name: data.name.clone() };
                let written = Box::new(Hdf5Source::open_own(&written)?);
                Unfinished { sink: Box::new(sink), written }
            }
            #[cfg(feature = "hdf5")]
            Self::Spool(data, storage) => {
                let existing = Existing::of(data, replace)?;
                let target = targets.file(&data.file, existing.is_some())?;
                let attributes = &input.attributes;
                let becomes = Becomes { data, layout, storage, attributes, existing };
                let sink = SpoolSink::resume(target, becomes)?;
                Unfinished { written: sink.written()?, sink: Box::new(sink) }
            }
            #[cfg(feature = "tiff")]
            Self::Tiff(path) => {
                let sink = TiffSink::resume(targets.file(path, replace)?, layout)?;
                let written = TiffSource::open(&Pages::File(part.to_owned()))?;
                Unfinished { sink: Box::new(sink), written: Box::new(written) }
            }
            #[cfg(feature = "zarr")]
            Self::Zarr(array) => {
                let target = targets.folder(&array.top, replace)?;
                let (sink, written) = array.resume(target, layout)?;
                Unfinished { sink: Box::new(sink), written: Box::new(written) }
            }
        })
    }
}
