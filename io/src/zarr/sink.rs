//! Zarr arrays that are written part by part.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::codec;
use super::files::Files;
use super::grid::Part;
use super::metadata::Metadata;
use crate::block::Block;
use crate::ends::Sink;
use crate::error::Error;
use crate::layout::Layout;
use crate::region::Region;
use crate::target::FolderTarget;
use crate::workers::Workers;

/// An array of a Zarr store that is written part by part: a new store, or an array in a group of one
/// that exists. It appears under its name when it is complete; see
/// [`ZarrSource`](super::ZarrSource) for an example.
pub struct ZarrSink {
    files: Files,
    target: FolderTarget,
}

impl ZarrSink {
    pub(super) fn new(
        target: FolderTarget,
        (name, folder): (String, PathBuf),
        meta: Metadata,
    ) -> Self {
        Self { files: Files { name, folder, meta, workers: Workers::default() }, target }
    }

    /// What one file takes while it is written: its chunks as they are stored, once more as a
    /// whole, and one in work.
    fn of_one(meta: &Metadata) -> usize {
        let chunk = Files::chunk_bytes(meta);
        let Some(shards) = &meta.shards else { return chunk };
        let stored = shards.grid.bytes().saturating_add(shards.index_bytes());
        stored.saturating_add(stored / 32).saturating_mul(2).saturating_add(chunk)
    }

    /// What writing takes.
    pub(super) fn memory_of(meta: &Metadata, workers: &Workers) -> usize {
        let of_one = Self::of_one(meta);
        of_one.saturating_mul(Files::at_once(of_one, workers))
    }

    /// Writes what a block has of a file.
    fn write_file(&self, part: &Part, block: &Block<'_>) -> Result<(), Error> {
        let (files, meta) = (&self.files, &self.files.meta);
        let is_whole = part.region == self.inside(&meta.files().chunk(&part.chunk));
        // Slabs that cut through a file come one after the other.
        let mut open = if is_whole { None } else { readable(files.open(&part.chunk))? };
        let Some(shards) = &meta.shards else {
            let before = match &mut open {
                Some(open) => readable(files.stored((open, &part.chunk), &part.chunk))?,
                None => None,
            };
            let bytes = self.encoded(part, (&part.chunk, before), block)?;
            return self.put(&part.chunk, &bytes);
        };
        let mut chunks = vec![None; shards.chunks.iter().product()];
        if let Some(open) = &mut open {
            let all = self.inside(&meta.files().chunk(&part.chunk));
            for chunk in meta.chunks.parts(&all) {
                let place = shards.place(&chunk.chunk);
                chunks[place] = readable(files.stored((open, &part.chunk), &chunk.chunk))?;
            }
        }
        for chunk in meta.chunks.parts(&part.region) {
            let stored = &mut chunks[shards.place(&chunk.chunk)];
            *stored = Some(self.encoded(&chunk, (&part.chunk, stored.take()), block)?);
        }
        self.put(&part.chunk, &shards.assemble(&chunks))
    }

    /// What a box has in the array.
    fn inside(&self, chunk: &Region) -> Region {
        let mut inside = chunk.clone();
        for (axis, &len) in self.files.meta.layout.shape.iter().enumerate() {
            let positions = chunk.positions(axis);
            inside = inside.along(axis, positions.start..positions.end.min(len));
        }
        inside
    }

    /// A chunk as it is stored, with what a block has of it.
    fn encoded(
        &self,
        part: &Part,
        (file, before): (&[usize], Option<Vec<u8>>),
        block: &Block<'_>,
    ) -> Result<Vec<u8>, Error> {
        let (files, meta) = (&self.files, &self.files.meta);
        let is_whole = part.region == self.inside(&meta.chunks.chunk(&part.chunk));
        let before = before.filter(|_| !is_whole);
        let decoded = before.map(|stored| files.decode(stored, (&part.chunk, file)).map(Some));
        let mut elements = match decoded.map(readable).transpose()?.flatten() {
            Some(elements) => elements,
            None => {
                let bytes = meta.chunks.bytes();
                let mut elements = Vec::new();
                elements.try_reserve_exact(bytes).map_err(|_| Error::Buffers { bytes })?;
                elements.resize(bytes, 0);
                elements
            }
        };
        let chunk = (&mut elements[..], &part.chunk[..]);
        files.put(chunk, &part.region, (block.bytes(), block.region()));
        codec::encode(&meta.coding.codecs, elements).map_err(|source| self.could_not_write(source))
    }

    fn put(&self, file: &[usize], bytes: &[u8]) -> Result<(), Error> {
        self.files.write(file, bytes).map_err(|source| self.could_not_write(source))
    }

    fn could_not_write(&self, source: io::Error) -> Error {
        self.target.could_not_write(source)
    }
}

/// What a file has, or nothing where it is damaged: a run that was killed may leave such files, and
/// one that goes on with it writes all of their elements again.
fn readable<T>(found: Result<Option<T>, Error>) -> Result<Option<T>, Error> {
    match found {
        Err(Error::Chunk { .. }) => Ok(None),
        found => found,
    }
}

impl Sink for ZarrSink {
    fn name(&self) -> String {
        self.files.name.clone()
    }

    fn layout(&self) -> &Layout {
        &self.files.meta.layout
    }

    fn chunks(&self) -> Vec<usize> {
        self.files.meta.files().shape().to_vec()
    }

    fn memory_bytes(&self) -> usize {
        Self::memory_of(&self.files.meta, &self.files.workers)
    }

    fn use_workers(&mut self, workers: &Workers) {
        self.files.workers = workers.clone();
    }

    fn write(&mut self, block: Block<'_>) -> Result<(), Error> {
        block.check(&self.files.meta.layout, &self.name())?;
        let at_once = Files::at_once(Self::of_one(&self.files.meta), &self.files.workers);
        let mut parts = self.files.meta.files().parts(block.region());
        loop {
            let several: Vec<Part> = parts.by_ref().take(at_once).collect();
            if several.is_empty() {
                return Ok(());
            }
            self.files.for_each(several, |part| self.write_file(&part, &block))?;
        }
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        self.target.publish_whole()
    }
}

impl fmt::Debug for ZarrSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ZarrSink");
        shown.field("target", &self.target).field("layout", self.layout()).finish_non_exhaustive()
    }
}
