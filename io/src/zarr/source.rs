//! Zarr arrays that are read part by part.

use std::fmt;
use std::fs::Metadata as Found;
use std::path::{Path, PathBuf};

use super::files::Files;
use super::metadata::Metadata;
use super::name::ZarrArray;
use super::node::{self, looked_at};
use crate::block::BlockMut;
use crate::ends::Source;
use crate::error::Error;
use crate::file;
use crate::layout::Layout;
use crate::region::Region;
use crate::workers::Workers;

/// An array in a Zarr store that is read part by part, chunk by chunk.
///
/// ```
/// use gausstack::ElementType;
/// use gausstack_io::zarr::{ZarrArray, ZarrSink, ZarrSource};
/// use gausstack_io::{Block, BlockMut, Layout, Order, Region, Sink, Source, Storage};
///
/// let folder = tempfile::tempdir()?;
/// let array = ZarrArray { store: folder.path().join("a.zarr"), name: "entry/data".to_owned() };
/// let layout = Layout { shape: vec![2, 3], element: ElementType::U8, order: Order::C };
/// let whole = Region::whole(&layout.shape);
/// let mut sink = Box::new(ZarrSink::create(&array, &layout, &Storage::default(), false)?);
/// sink.write(Block::new(&whole, ElementType::U8, Order::C, &[1, 2, 3, 4, 5, 6])?)?;
/// sink.finish()?;
///
/// let mut source = ZarrSource::open(&array)?;
/// assert_eq!(source.layout(), &layout);
/// let (column, mut bytes) = (whole.along(1, 1..2), [0; 2]);
/// source.read(BlockMut::new(&column, ElementType::U8, Order::C, &mut bytes)?)?;
/// assert_eq!(bytes, [2, 5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ZarrSource {
    files: Files,
    /// The file of the metadata, and what it was when it was read.
    described: (PathBuf, Found),
}

/// A chunk on its way from its file.
struct Work {
    file: Vec<usize>,
    chunk: Vec<usize>,
    part: Region,
    bytes: Vec<u8>,
}

impl ZarrSource {
    /// Opens an array.
    ///
    /// # Errors
    /// [`Error::Open`], [`Error::Format`], [`Error::NoDataSet`], [`Error::Elements`] and
    /// [`Error::DataSet`].
    pub fn open(array: &ZarrArray) -> Result<Self, Error> {
        let (meta, path) = node::read(array)?;
        Self::of(array.to_string(), array.folder(), meta, path)
    }

    /// An array in a folder, whatever its name is.
    pub(super) fn of(
        name: String,
        folder: PathBuf,
        meta: Metadata,
        path: PathBuf,
    ) -> Result<Self, Error> {
        let found = looked_at(&path)?;
        Ok(Self {
            files: Files { name, folder, meta, workers: Workers::default() },
            described: (path, found),
        })
    }

    pub(super) fn meta(&self) -> &Metadata {
        &self.files.meta
    }

    /// Brings the elements of chunks to their places.
    fn decode(
        &self,
        work: &mut Vec<Work>,
        (bytes, region): (&mut [u8], &Region),
    ) -> Result<(), Error> {
        self.files.for_each(work.iter_mut().collect(), |work: &mut Work| {
            let stored = std::mem::take(&mut work.bytes);
            work.bytes = self.files.decode(stored, (&work.chunk, &work.file))?;
            Ok(())
        })?;
        for Work { chunk, part, bytes: elements, .. } in work.drain(..) {
            self.files.take((&elements, &chunk), &part, (bytes, region));
        }
        Ok(())
    }

    fn read_region(&self, region: &Region, bytes: &mut [u8]) -> Result<(), Error> {
        let (files, meta) = (&self.files, self.meta());
        let at_once = Files::at_once(Files::chunk_bytes(meta), &files.workers);
        let mut work = Vec::new();
        for outer in meta.files().parts(region) {
            let Some(mut open) = files.open(&outer.chunk)? else {
                files.fill(&outer.region, (bytes, region));
                continue;
            };
            for part in meta.chunks.parts(&outer.region) {
                let stored = files.stored((&mut open, &outer.chunk), &part.chunk)?;
                let Some(stored) = stored else {
                    files.fill(&part.region, (bytes, region));
                    continue;
                };
                let (chunk, part) = (part.chunk, part.region);
                work.push(Work { file: outer.chunk.clone(), chunk, part, bytes: stored });
                if work.len() >= at_once {
                    self.decode(&mut work, (bytes, region))?;
                }
            }
        }
        self.decode(&mut work, (bytes, region))
    }
}

/// The files of an array: that of its metadata, and those of its chunks.
pub(crate) fn files_of(array: &ZarrArray) -> Result<Vec<PathBuf>, Error> {
    fn add(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                add(&entry.path(), found)?;
            } else {
                found.push(entry.path());
            }
        }
        Ok(())
    }
    let (_, described) = node::read(array)?;
    let folder = file::folder_of(&described).to_owned();
    let mut found = Vec::new();
    add(&folder, &mut found).map_err(|source| Error::Open { path: folder, source })?;
    found.sort();
    Ok(found)
}

impl Source for ZarrSource {
    fn name(&self) -> String {
        self.files.name.clone()
    }

    fn layout(&self) -> &Layout {
        &self.meta().layout
    }

    fn chunks(&self) -> Vec<usize> {
        self.meta().chunks.shape().to_vec()
    }

    fn memory_bytes(&self) -> usize {
        self.files.reading_bytes()
    }

    fn use_workers(&mut self, workers: &Workers) {
        self.files.workers = workers.clone();
    }

    fn read(&mut self, mut block: BlockMut<'_>) -> Result<(), Error> {
        block.check(&self.meta().layout, &self.name())?;
        let region = block.region().clone();
        let bytes = block.bytes_mut();
        self.read_region(&region, bytes).inspect_err(|_| bytes.fill(0))
    }

    fn check_unchanged(&self) -> Result<(), Error> {
        let (path, found) = &self.described;
        file::check_unchanged(found, &looked_at(path)?, || self.name())
    }
}

impl fmt::Debug for ZarrSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ZarrSource");
        shown.field("name", &self.files.name).field("layout", self.layout());
        shown.field("chunks", &self.chunks()).finish_non_exhaustive()
    }
}
