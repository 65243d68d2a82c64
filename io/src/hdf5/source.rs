//! HDF5 data sets that are read part by part.

use std::fmt;
use std::fs::{self, Metadata};
use std::sync::Mutex;

use gausstack::ElementType;
use rust_hdf5::{FilterPipeline, Hdf5Error};

use super::attributes::Attributes;
use super::chunks::Chunks;
use super::element::element_of;
use super::faults::fault;
use super::filters::{self, Decoding};
use super::handle::Handle;
use super::name::DataSet;
use super::stored::{Checksums, Stored, Target};
use crate::block::BlockMut;
use crate::ends::{Source, pages};
use crate::error::Error;
use crate::file;
use crate::layout::{Layout, Order};
use crate::region::Region;
use crate::workers::Workers;

/// The most that single chunks in work take, if they are several.
const IN_WORK: usize = 128 << 20;
/// Chunks that the library keeps of those that were read in part, in bytes.
const KEPT: usize = 1 << 20;
/// More than a chunk takes in the library's index, in bytes.
const IN_INDEX: usize = 96;

/// A data set of an HDF5 file that is read part by part, chunk by chunk where it has chunks.
///
/// ```
/// use gausstack::ElementType;
/// use gausstack_io::hdf5::{DataSet, Hdf5Sink, Hdf5Source};
/// use gausstack_io::{Block, BlockMut, Layout, Order, Region, Sink, Source};
///
/// let folder = tempfile::tempdir()?;
/// let data = DataSet { file: folder.path().join("a.h5"), name: "entry/data".to_owned() };
/// let layout = Layout { shape: vec![2, 3], element: ElementType::U8, order: Order::C };
/// let whole = Region::whole(&layout.shape);
/// let mut sink = Box::new(Hdf5Sink::create(&data, &layout)?);
/// sink.write(Block::new(&whole, ElementType::U8, Order::C, &[1, 2, 3, 4, 5, 6])?)?;
/// sink.finish()?;
///
/// let mut source = Hdf5Source::open(&data)?;
/// assert_eq!(source.layout(), &layout);
/// let (column, mut bytes) = (whole.along(1, 1..2), [0; 2]);
/// source.read(BlockMut::new(&column, ElementType::U8, Order::C, &mut bytes)?)?;
/// assert_eq!(bytes, [2, 5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Hdf5Source {
    found: Metadata,
    stored: Stored,
    decoding: Decoding,
    /// The file, opened once for each worker that had a piece to read.
    handles: Vec<Handle>,
    /// This process has locked the file itself.
    is_own: bool,
    workers: Workers,
}

impl Hdf5Source {
    /// Opens a data set.
    ///
    /// # Errors
    /// [`Error::Open`], [`Error::NotRegular`], [`Error::Format`], [`Error::NoDataSet`],
    /// [`Error::Elements`] and [`Error::DataSet`].
    pub fn open(data: &DataSet) -> Result<Self, Error> {
        Self::open_with(data, false)
    }

    /// Opens a data set of a file that this process has locked itself.
    pub(crate) fn open_own(data: &DataSet) -> Result<Self, Error> {
        Self::open_with(data, true)
    }

    fn open_with(data: &DataSet, is_own: bool) -> Result<Self, Error> {
        let found = file::open(&data.file)?.metadata();
        let found = found.map_err(|source| Error::Read { path: data.file.clone(), source })?;
        let handle = Handle::open(data, is_own)?;
        let set = &handle.set;
        let wrong = |error: Hdf5Error| fault(data, &error);
        let unusable = |fault| Error::DataSet { name: data.to_string(), fault };
        let datatype = set.datatype().map_err(wrong)?;
        let element = element_of(&datatype).map_err(|found| Error::Elements {
            path: data.to_string().into(),
            found: found.to_owned(),
        })?;
        let shape = set.shape();
        let bytes = shape.iter().filter(|&&len| len > 0);
        let bytes = bytes.clone().try_fold(element.size(), |bytes, &len| bytes.checked_mul(len));
        if bytes.is_none_or(|bytes| isize::try_from(bytes).is_err()) {
            return Err(Error::Shape { path: data.to_string().into(), shape });
        }
        let chunks = set.chunk_dims().map(|chunks| Chunks::new(chunks, &shape, element.size()));
        let chunks = chunks.transpose().map_err(unusable)?;
        let filters = FilterPipeline { filters: set.filters().map_err(wrong)? };
        if let Some(chunks) = &chunks {
            filters::check(&filters, element.size(), chunks.bytes()).map_err(unusable)?;
        }
        let decoding = Decoding::through(&filters);
        let checksums = Checksums::of(filters, &datatype).map_err(unusable)?;
        let layout = Layout { shape, element, order: Order::C };
        let stored = Stored { data: data.clone(), layout, chunks, checksums };
        let (handles, workers) = (vec![handle], Workers::default());
        Ok(Self { found, stored, decoding, handles, is_own, workers })
    }

    /// The attributes of the data set.
    pub(crate) fn attributes(&self) -> Attributes {
        Attributes::of(&self.handles[0].set)
    }

    /// The layout, and whether the data set has chunks.
    pub(super) fn layout_of(&self) -> (&Layout, bool) {
        (&self.stored.layout, self.stored.chunks.is_some())
    }

    /// How many pieces are read at once: where workers are many, pieces are single chunks.
    fn at_once(&self) -> usize {
        let of_one = |chunks: &Chunks| self.of_worker(chunks, chunks.bytes().saturating_mul(2));
        let most = |chunks| IN_WORK / of_one(chunks).max(1);
        self.stored.chunks.as_ref().map_or(1, most).clamp(1, self.workers.count())
    }

    /// What a worker takes: a piece, a chunk as it is stored and on its way to its place, what the
    /// library keeps of chunks that were read in part, and where all chunks are.
    fn of_worker(&self, chunks: &Chunks, piece: usize) -> usize {
        let index = chunks.count(&self.stored.layout.shape).saturating_mul(IN_INDEX);
        let of_chunks = self.decoding.of(chunks.bytes()).saturating_add(KEPT);
        piece.saturating_add(of_chunks).saturating_add(index)
    }

    /// The pieces in which a region is read, in boxes.
    fn pieces(&self, region: &Region) -> Vec<(Region, Vec<Region>)> {
        match &self.stored.chunks {
            Some(chunks) if !chunks.shape.is_empty() => {
                let workers = self.at_once();
                // Checksums are those of single chunks.
                let single = |(part, _): (Region, _)| (part.clone(), chunks.single(&part));
                let pieces = chunks.pieces(region, workers);
                match self.stored.checksums {
                    Some(_) => pieces.into_iter().map(single).collect(),
                    None => pieces,
                }
            }
            _ => vec![(region.clone(), vec![region.clone()])],
        }
    }

    /// Reads a region into its bytes.
    fn read_region(&mut self, region: &Region, mut bytes: &mut [u8]) -> Result<(), Error> {
        let (mut targets, mut pieces) = (Vec::new(), Vec::new());
        for (part, pieces_of_part) in self.pieces(region) {
            let len = Layout { shape: part.shape.clone(), ..self.stored.layout }.bytes();
            let (first, rest) = std::mem::take(&mut bytes).split_at_mut(len);
            pieces.extend(pieces_of_part.into_iter().map(|piece| (piece, targets.len())));
            targets.push(Target { part, bytes: Mutex::new(first) });
            bytes = rest;
        }
        let workers = self.at_once().min(pieces.len());
        while self.handles.len() < workers {
            self.handles.push(Handle::open(&self.stored.data, self.is_own)?);
        }
        let (stored, handles) = (&self.stored, &mut self.handles[..workers]);
        self.workers.for_each(handles, pieces.into_iter(), |(piece, target), handle| {
            stored.read(&piece, &targets[target], handle)
        })
    }
}

impl Source for Hdf5Source {
    fn name(&self) -> String {
        self.stored.data.to_string()
    }

    fn layout(&self) -> &Layout {
        &self.stored.layout
    }

    fn chunks(&self) -> Vec<usize> {
        let chunks = self.stored.chunks.as_ref();
        chunks.map_or_else(|| pages(self.layout()), |chunks| chunks.shape.clone())
    }

    fn memory_bytes(&self) -> usize {
        let Some(chunks) = &self.stored.chunks else { return 0 };
        let workers = self.at_once();
        let piece = chunks.most_of_piece(&self.stored.layout.shape, workers);
        self.of_worker(chunks, piece).saturating_mul(workers)
    }

    fn use_workers(&mut self, workers: &Workers) {
        self.workers = workers.clone();
    }

    fn read(&mut self, mut block: BlockMut<'_>) -> Result<(), Error> {
        block.check(self.layout(), &self.name())?;
        let region = block.region().clone();
        if region.shape.contains(&0) {
            return Ok(());
        }
        let bytes = block.bytes_mut();
        self.read_region(&region, bytes).inspect_err(|_| bytes.fill(0))?;
        let is_bool = self.layout().element == ElementType::Bool;
        if let Some(&value) = bytes.iter().find(|&&byte| is_bool && byte > 1) {
            bytes.fill(0);
            return Err(Error::Bool { path: self.name().into(), value });
        }
        Ok(())
    }

    fn check_unchanged(&self) -> Result<(), Error> {
        let path = &self.stored.data.file;
        let now =
            fs::metadata(path).map_err(|source| Error::Look { path: path.clone(), source })?;
        file::check_unchanged(&self.found, &now, || self.name())
    }
}

impl fmt::Debug for Hdf5Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Hdf5Source");
        shown.field("stored", &self.stored).finish_non_exhaustive()
    }
}
