//! Data sets in chunks that a later run can go on with: their chunks are written to a spool, and
//! become an HDF5 file when all are there.
//!
//! A chunk that slabs cut through is in the spool in parts. What a run that was killed wrote of a
//! record is cut off; which slabs are complete says the journal.

mod records;
mod source;

use std::fmt;
use std::fs;
use std::path::PathBuf;

use self::records::{Records, Unusable};
use self::source::SpoolSource;
use super::attributes::Attributes;
use super::encoder::Encoder;
use super::name::DataSet;
use super::sink::{Existing, Hdf5Sink};
use crate::block::Block;
use crate::ends::{Sink, Source};
use crate::error::Error;
use crate::layout::Layout;
use crate::region::Region;
use crate::storage::Storage;
use crate::target::Target;
use crate::workers::Workers;

/// More than a chunk takes in the list of records and in that of all chunks, in bytes.
const IN_LISTS: usize = 512;

/// A data set in chunks, first in a spool.
pub(crate) struct SpoolSink {
    records: Records,
    /// The spool, which stays when this is dropped.
    target: Target,
    data: DataSet,
    storage: Storage,
    attributes: Attributes,
    existing: Option<Existing>,
    workers: Workers,
}

/// What a spool becomes, apart from its elements.
pub(crate) struct Becomes<'a> {
    pub(crate) data: &'a DataSet,
    pub(crate) layout: &'a Layout,
    pub(crate) storage: &'a Storage,
    pub(crate) attributes: &'a Attributes,
    pub(crate) existing: Option<Existing>,
}

impl SpoolSink {
    /// Begins a spool.
    pub(crate) fn begin(target: Target, becomes: Becomes<'_>) -> Result<Self, Error> {
        let encoder = encoder(&becomes)?;
        let begun = target.file().try_clone().and_then(|file| Records::begin(file, &encoder));
        let records = begun.map_err(|source| target.could_not_write(source))?;
        Ok(Self::new(records, target, becomes))
    }

    /// Goes on with the spool of an earlier run.
    pub(crate) fn resume(target: Target, becomes: Becomes<'_>) -> Result<Self, Error> {
        let encoder = encoder(&becomes)?;
        let path = target.temporary_path().unwrap_or(target.path()).to_owned();
        let opened = target.file().try_clone().and_then(|file| Records::open(file, &encoder));
        match opened {
            Ok(Some(records)) => Ok(Self::new(records, target, becomes)),
            Ok(None) => Err(Error::Resume { path, fault: "it holds something else".to_owned() }),
            Err(source) => Err(Error::Read { path, source }),
        }
    }

    fn new(records: Records, target: Target, becomes: Becomes<'_>) -> Self {
        let Becomes { data, storage, attributes, existing, .. } = becomes;
        let (data, storage, attributes) = (data.clone(), storage.clone(), attributes.clone());
        let workers = Workers::default();
        Self { records, target, data, storage, attributes, existing, workers }
    }

    /// The same, to read what was written.
    pub(crate) fn written(&self) -> Result<Box<dyn Source>, Error> {
        let path = self.path();
        match self.records.reopened(&path) {
            Ok(records) => Ok(Box::new(SpoolSource::new(records, path))),
            Err(source) => Err(Error::Read { path, source }),
        }
    }

    /// The spool.
    fn path(&self) -> PathBuf {
        self.target.temporary_path().unwrap_or(self.target.path()).to_owned()
    }
}

/// How chunks are stored, which was found to suit the array.
fn encoder(becomes: &Becomes<'_>) -> Result<Encoder, Error> {
    let Becomes { data, layout, storage, .. } = becomes;
    let unsuitable = |fault| Error::Storage { path: data.to_string().into(), fault };
    let chunks = storage.chunks_of(layout).map_err(unsuitable)?;
    let chunks = chunks.ok_or_else(|| unsuitable("it has no chunks".to_owned()))?;
    Ok(Encoder::new(layout, &chunks, storage.gzip))
}

/// What a data set in chunks takes while it is written, through a spool or without one.
pub(crate) fn chunk_memory(
    layout: &Layout,
    chunks: &[usize],
    gzip: Option<u32>,
    workers: &Workers,
) -> usize {
    memory_bytes(&Encoder::new(layout, chunks, gzip), workers)
}

fn memory_bytes(encoder: &Encoder, workers: &Workers) -> usize {
    let lists = encoder.chunks.count(&encoder.layout.shape).saturating_mul(IN_LISTS);
    encoder.memory_bytes(workers).saturating_add(lists)
}

impl Sink for SpoolSink {
    fn name(&self) -> String {
        self.data.to_string()
    }

    fn layout(&self) -> &Layout {
        &self.records.encoder().layout
    }

    fn chunks(&self) -> Vec<usize> {
        self.records.encoder().chunks.shape.clone()
    }

    fn memory_bytes(&self) -> usize {
        memory_bytes(self.records.encoder(), &self.workers)
    }

    fn use_workers(&mut self, workers: &Workers) {
        self.workers = workers.clone();
    }

    fn write(&mut self, block: Block<'_>) -> Result<(), Error> {
        block.check(self.layout(), &self.name())?;
        let encoder = self.records.encoder().clone();
        let parts = encoder.chunks.single(block.region());
        encoder.encode_all(&parts, &block, &self.workers, &mut |part, stored| {
            self.records.add(part, stored).map_err(|source| self.target.could_not_write(source))
        })
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        let path = self.path();
        let Self { records, target, data, storage, attributes, existing, workers } = *self;
        let new = Target::create_named(&data.file, existing.is_some())?;
        let encoder = records.encoder();
        let how = (&storage, &attributes);
        let sink = Box::new(Hdf5Sink::begin(new, &data, &encoder.layout, how, existing)?);
        let parts = encoder.chunks.single(&Region::whole(&encoder.layout.shape));
        let take = &mut |part: &Region, stored: &[u8]| sink.write_stored(part, stored);
        encoder.in_batches(&parts, &workers, take, |part, image| {
            let chunk =
                |unusable: Unusable| unusable.of(path.clone(), encoder.chunks.chunk_of(part));
            records.chunk(part, image).map_err(chunk)
        })?;
        sink.finish()?;
        drop((records, target));
        // One that cannot be removed is an error of the next run.
        let _ = fs::remove_file(path);
        Ok(())
    }
}

impl fmt::Debug for SpoolSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SpoolSink");
        shown.field("data", &self.data).field("target", &self.target).finish_non_exhaustive()
    }
}
