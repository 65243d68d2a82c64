//! HDF5 data sets that are read part by part.

use std::collections::HashSet;
use std::fmt;
use std::fs::{self, Metadata};

use gausstack::ElementType;
use rust_hdf5::{H5Dataset, H5File, H5FileOptions, Hdf5Error};

use super::attributes::Attributes;
use super::checksum::is_intact;
use super::chunks::Chunks;
use super::element::element_of;
use super::faults::fault;
use super::name::DataSet;
use crate::block::BlockMut;
use crate::ends::{Source, pages};
use crate::error::Error;
use crate::file;
use crate::layout::{Layout, Order};
use crate::memory::{Memory, elements_mut};
use crate::region::Region;
use crate::runs::Runs;

/// HDF5's number of the filter that adds checksums.
const FLETCHER32: u16 = 3;

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
    data: DataSet,
    found: Metadata,
    set: H5Dataset,
    layout: Layout,
    chunks: Option<Chunks>,
    /// The place of the checksum among the filters, and the chunks whose checksums were right.
    checksum: Option<(usize, HashSet<Vec<usize>>)>,
}

impl Hdf5Source {
    /// Opens a data set.
    ///
    /// # Errors
    /// [`Error::Open`], [`Error::NotRegular`], [`Error::Format`], [`Error::NoDataSet`],
    /// [`Error::Elements`] and [`Error::DataSet`].
    pub fn open(data: &DataSet) -> Result<Self, Error> {
        Self::open_with(data, H5File::options().best_effort_locking())
    }

    /// Opens a data set of a file that this process has locked itself.
    pub(crate) fn open_own(data: &DataSet) -> Result<Self, Error> {
        Self::open_with(data, H5File::options().no_locking())
    }

    fn open_with(data: &DataSet, options: H5FileOptions) -> Result<Self, Error> {
        let found = file::open(&data.file)?.metadata();
        let found = found.map_err(|source| Error::Read { path: data.file.clone(), source })?;
        let wrong = |error: Hdf5Error| fault(data, &error);
        let open = options.open(&data.file).map_err(wrong)?;
        let set = match open.dataset(&data.name) {
            Ok(set) => set,
            Err(Hdf5Error::NotFound(_)) => {
                let (path, name) = (data.file.clone(), data.name.clone());
                return Err(Error::NoDataSet { path, name, found: open.dataset_names() });
            }
            Err(error) => return Err(wrong(error)),
        };
        let unusable = |fault| Error::DataSet { name: data.to_string(), fault };
        let element = element_of(&set.datatype().map_err(wrong)?).map_err(|found| {
            Error::Elements { path: data.to_string().into(), found: found.to_owned() }
        })?;
        let shape = set.shape();
        let bytes = shape.iter().filter(|&&len| len > 0);
        let bytes = bytes.clone().try_fold(element.size(), |bytes, &len| bytes.checked_mul(len));
        if bytes.is_none_or(|bytes| isize::try_from(bytes).is_err()) {
            return Err(Error::Shape { path: data.to_string().into(), shape });
        }
        let chunks = set.chunk_dims().map(|chunks| Chunks::new(chunks, &shape, element.size()));
        let chunks = chunks.transpose().map_err(unusable)?;
        let filters = set.filters().map_err(wrong)?;
        let place = filters.iter().position(|filter| filter.id == FLETCHER32);
        if place.is_some_and(|place| place + 1 < filters.len()) {
            let fault = "its checksums are compressed, and cannot be verified".to_owned();
            return Err(unusable(fault));
        }
        let checksum = place.map(|place| (place, HashSet::new()));
        let layout = Layout { shape, element, order: Order::C };
        Ok(Self { data: data.clone(), found, set, layout, chunks, checksum })
    }

    /// The attributes of the data set.
    pub(crate) fn attributes(&self) -> Attributes {
        Attributes::of(&self.set)
    }

    /// The layout, and whether the data set has chunks.
    pub(super) fn layout_of(&self) -> (&Layout, bool) {
        (&self.layout, self.chunks.is_some())
    }

    /// Reads a part into bytes of its size.
    fn read_part(&self, part: &Region, bytes: &mut [u8]) -> Result<(), Hdf5Error> {
        let (start, counts) = (&part.start[..], &part.shape[..]);
        const ALIGNED: &str = "elements begin on their boundary";
        match self.layout.element.size() {
            1 => self.set.read_slice_into::<u8>(bytes, start, counts),
            2 => {
                let words = elements_mut::<u16>(bytes).expect(ALIGNED);
                self.set.read_slice_into(words, start, counts)
            }
            4 => {
                let words = elements_mut::<u32>(bytes).expect(ALIGNED);
                self.set.read_slice_into(words, start, counts)
            }
            _ => {
                let words = elements_mut::<u64>(bytes).expect(ALIGNED);
                self.set.read_slice_into(words, start, counts)
            }
        }
    }

    /// Reads a piece of a region into the region's bytes.
    fn read_piece(
        &mut self,
        piece: &Region,
        region: &Region,
        bytes: &mut [u8],
    ) -> Result<(), Error> {
        self.verify(piece)?;
        let place = Region {
            start: piece.start.iter().zip(&region.start).map(|(at, first)| at - first).collect(),
            shape: piece.shape.clone(),
        };
        let layout = Layout { shape: region.shape.clone(), ..self.layout };
        let runs = Runs::new(&layout, &place);
        if runs.count <= 1 {
            let at = runs.start(0) as usize;
            let read = self.read_part(piece, &mut bytes[at..at + runs.count * runs.bytes]);
            return read.map_err(|error| self.name_chunk(piece, &error));
        }
        let len = runs.count * runs.bytes;
        let mut together = Memory::zeros(len).ok_or(Error::Buffers { bytes: len })?;
        let read = self.read_part(piece, together.bytes_mut());
        read.map_err(|error| self.name_chunk(piece, &error))?;
        for (run, from) in together.bytes().chunks_exact(runs.bytes).enumerate() {
            let at = runs.start(run) as usize;
            bytes[at..at + runs.bytes].copy_from_slice(from);
        }
        Ok(())
    }

    /// The error of a piece, with the chunk that cannot be read.
    fn name_chunk(&self, piece: &Region, error: &Hdf5Error) -> Error {
        let Some(chunks) = &self.chunks else { return fault(&self.data, error) };
        for part in chunks.single(piece) {
            let size = self.layout.element.size();
            let Some(mut memory) = Memory::zeros(part.shape.iter().product::<usize>() * size)
            else {
                break;
            };
            if let Err(error) = self.read_part(&part, memory.bytes_mut()) {
                let fault = match fault(&self.data, &error) {
                    Error::DataSet { fault, .. } => fault,
                    other => return other,
                };
                return self.damaged(chunks.chunk_of(&part), fault);
            }
        }
        fault(&self.data, error)
    }

    fn damaged(&self, chunk: Vec<usize>, fault: String) -> Error {
        Error::Chunk { name: self.data.to_string(), chunk, fault }
    }

    /// Verifies the checksums of the chunks that a piece is in.
    fn verify(&mut self, piece: &Region) -> Result<(), Error> {
        let (Some(chunks), Some((place, verified))) = (&self.chunks, &mut self.checksum) else {
            return Ok(());
        };
        for part in chunks.single(piece) {
            let chunk = chunks.chunk_of(&part);
            if verified.contains(&chunk) {
                continue;
            }
            // A chunk that was never written has no bytes; of another error the read tells.
            if let Ok((stored, skipped)) = self.set.read_chunk_raw_at(&chunk)
                && skipped >> *place & 1 == 0
                && !is_intact(&stored)
            {
                return Err(self.damaged(chunk, "its checksum is wrong".to_owned()));
            }
            verified.insert(chunk);
        }
        Ok(())
    }
}

impl Source for Hdf5Source {
    fn name(&self) -> String {
        self.data.to_string()
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn chunks(&self) -> Vec<usize> {
        self.chunks.as_ref().map_or_else(|| pages(&self.layout), |chunks| chunks.shape.clone())
    }

    fn memory_bytes(&self) -> usize {
        // A piece, decoded; a chunk as it is stored and on its way to its place.
        let of_chunks = |chunks: &Chunks| {
            let piece = chunks.most_of_piece(&self.layout.shape);
            piece.saturating_add(2 * chunks.bytes())
        };
        self.chunks.as_ref().map_or(0, of_chunks)
    }

    fn read(&mut self, mut block: BlockMut<'_>) -> Result<(), Error> {
        block.check(&self.layout, &self.name())?;
        let region = block.region().clone();
        if region.shape.contains(&0) {
            return Ok(());
        }
        let pieces = match &self.chunks {
            Some(chunks) if !chunks.shape.is_empty() => chunks.pieces(&region),
            _ => vec![region.clone()],
        };
        let bytes = block.bytes_mut();
        for piece in &pieces {
            self.read_piece(piece, &region, bytes).inspect_err(|_| bytes.fill(0))?;
        }
        let is_bool = self.layout.element == ElementType::Bool;
        if let Some(&value) = bytes.iter().find(|&&byte| is_bool && byte > 1) {
            bytes.fill(0);
            return Err(Error::Bool { path: self.data.to_string().into(), value });
        }
        Ok(())
    }

    fn check_unchanged(&self) -> Result<(), Error> {
        let path = &self.data.file;
        let now =
            fs::metadata(path).map_err(|source| Error::Look { path: path.clone(), source })?;
        file::check_unchanged(&self.found, &now, || self.name())
    }
}

impl fmt::Debug for Hdf5Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Hdf5Source");
        shown.field("data", &self.data).field("layout", &self.layout);
        shown.field("chunks", &self.chunks).finish_non_exhaustive()
    }
}
