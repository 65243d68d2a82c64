//! The files of an array's chunks.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::codec::{self, slack};
use super::copy::{Place, copy};
use super::json::is_absent;
use super::metadata::{Coding, Metadata, Shards};
use crate::error::Error;
use crate::file;
use crate::region::Region;
use crate::workers::Workers;

/// The most bytes that chunks in work take together, if they are several.
const MOST: usize = 64 << 20;

/// An array in a folder.
#[derive(Debug)]
pub(super) struct Files {
    /// What messages call the array.
    pub(super) name: String,
    pub(super) folder: PathBuf,
    pub(super) meta: Metadata,
    pub(super) workers: Workers,
}

/// An open file of one chunk or of several.
pub(super) struct ChunkFile {
    file: File,
    len: u64,
    index: Option<Vec<Option<(u64, u64)>>>,
}

impl Files {
    /// The file of a chunk, or of a shard.
    pub(super) fn path(&self, chunk: &[usize]) -> PathBuf {
        self.folder.join(self.meta.keys.of(chunk))
    }

    /// Opens a file of chunks; `None` if it was never written.
    pub(super) fn open(&self, chunk: &[usize]) -> Result<Option<ChunkFile>, Error> {
        let path = self.path(chunk);
        let file = match file::open(&path) {
            Err(Error::Open { source, .. }) if is_absent(&source) => return Ok(None),
            opened => opened?,
        };
        let could_not_read = |source| Error::Read { path: path.clone(), source };
        let len = file.metadata().map_err(could_not_read)?.len();
        let mut open = ChunkFile { file, len, index: None };
        if let Some(shards) = &self.meta.shards {
            let bytes = shards.index_bytes() as u64;
            let damaged = |fault| self.damaged(self.first_in(chunk), &path, fault);
            let Some(behind) = len.checked_sub(bytes) else {
                return Err(damaged(format!("the shard has {len} bytes, its index {bytes}")));
            };
            let at = if shards.index_first { 0 } else { behind };
            let index = open.read(at, bytes as usize).map_err(could_not_read)?;
            open.index = Some(shards.read_index(&index).map_err(damaged)?);
        }
        Ok(Some(open))
    }

    /// The first chunk in a file.
    fn first_in(&self, file: &[usize]) -> Vec<usize> {
        let each = self.meta.shards.as_ref().map(|shards| &shards.chunks);
        let first = |(axis, &at): (usize, &usize)| at * each.map_or(1, |each| each[axis]);
        file.iter().enumerate().map(first).collect()
    }

    /// The bytes of a chunk as they are stored; `None` if it was never written.
    pub(super) fn stored(
        &self,
        (open, file): (&mut ChunkFile, &[usize]),
        chunk: &[usize],
    ) -> Result<Option<Vec<u8>>, Error> {
        let path = self.path(file);
        let (at, len) = match (&open.index, &self.meta.shards) {
            (Some(index), Some(shards)) => {
                match index.get(shards.place(chunk)).copied().flatten() {
                    None => return Ok(None),
                    Some(entry) => entry,
                }
            }
            _ => (0, open.len),
        };
        let damaged = |fault| Err(self.damaged(chunk.to_vec(), &path, fault));
        if at.checked_add(len).is_none_or(|end| end > open.len) {
            return damaged(format!("it lies at bytes {at} to {at} + {len} of {}", open.len));
        }
        let most = self.most_stored();
        let Some(len) = usize::try_from(len).ok().filter(|&len| len <= most) else {
            return damaged(format!("{len} bytes are stored, and {most} the most it can have"));
        };
        open.read(at, len).map(Some).map_err(|source| Error::Read { path, source })
    }

    /// The most bytes that a chunk has as it is stored.
    fn most_stored(&self) -> usize {
        let bytes = self.meta.chunks.bytes();
        bytes.saturating_add(slack(bytes))
    }

    /// The elements of a chunk, in the order in which they are stored, as this machine has them.
    pub(super) fn decode(
        &self,
        stored: Vec<u8>,
        (chunk, file): (&[usize], &[usize]),
    ) -> Result<Vec<u8>, Error> {
        let Coding { descriptor, codecs, .. } = &self.meta.coding;
        let decoded = codec::decode(codecs, stored, self.meta.chunks.bytes());
        let native = decoded.and_then(|mut bytes| {
            let made = descriptor.make_native(&mut bytes);
            made.map(|()| bytes).map_err(|odd| format!("0x{odd:02x} is no bool"))
        });
        native.map_err(|fault| self.damaged(chunk.to_vec(), &self.path(file), fault))
    }

    /// The error of a chunk that cannot be read.
    fn damaged(&self, chunk: Vec<usize>, path: &Path, fault: String) -> Error {
        let file = path.strip_prefix(&self.folder).unwrap_or(path);
        let fault = format!("'{}': {fault}", file.display());
        Error::Chunk { name: self.name.clone(), chunk, fault }
    }

    /// Strides of a chunk's elements in bytes.
    pub(super) fn strides(&self) -> Vec<usize> {
        let shape = self.meta.chunks.shape();
        let mut strides = vec![0; shape.len()];
        let mut step = self.meta.layout.element.size();
        for &axis in self.meta.coding.axes.iter().rev() {
            strides[axis] = step;
            step *= shape[axis];
        }
        strides
    }

    /// Copies elements from a chunk to the region that they are read for.
    pub(super) fn take(
        &self,
        (elements, chunk): (&[u8], &[usize]),
        part: &Region,
        (bytes, region): (&mut [u8], &Region),
    ) {
        let (own, others) = (self.strides(), self.strides_of(region));
        let from = Place { at: at(part, &self.meta.chunks.chunk(chunk), &own), strides: &own };
        let to = Place { at: at(part, region, &others), strides: &others };
        copy(&part.shape, self.meta.layout.element.size(), (elements, from), (bytes, to));
    }

    /// Copies elements of a region to a chunk.
    pub(super) fn put(
        &self,
        (elements, chunk): (&mut [u8], &[usize]),
        part: &Region,
        (bytes, region): (&[u8], &Region),
    ) {
        let (own, others) = (self.strides(), self.strides_of(region));
        let from = Place { at: at(part, region, &others), strides: &others };
        let to = Place { at: at(part, &self.meta.chunks.chunk(chunk), &own), strides: &own };
        copy(&part.shape, self.meta.layout.element.size(), (bytes, from), (elements, to));
    }

    /// Fills a part of a region with the fill value.
    pub(super) fn fill(&self, part: &Region, (bytes, region): (&mut [u8], &Region)) {
        let others = self.strides_of(region);
        let from = Place { at: 0, strides: &vec![0; part.shape.len()] };
        let to = Place { at: at(part, region, &others), strides: &others };
        copy(&part.shape, self.meta.layout.element.size(), (&self.meta.fill, from), (bytes, to));
    }

    /// Strides of a region's elements, in C order.
    fn strides_of(&self, region: &Region) -> Vec<usize> {
        crate::layout::Layout { shape: region.shape.clone(), ..self.meta.layout }.strides()
    }

    /// Writes the file of a chunk or of a shard, which is complete when it has its name.
    pub(super) fn write(&self, file: &[usize], bytes: &[u8]) -> io::Result<()> {
        let path = self.path(file);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let part = path.with_file_name(format!(".{name}.part"));
        let mut new = match File::create(&part) {
            // Chunks of a row share a folder.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(file::folder_of(&path))?;
                File::create(&part)?
            }
            created => created?,
        };
        let written = new.write_all(bytes).and_then(|()| fs::rename(&part, &path));
        written.inspect_err(|_| drop(fs::remove_file(&part)))
    }

    /// How many chunks or files are in work at once, each of which takes so many bytes.
    pub(super) fn at_once(of_one: usize, workers: &Workers) -> usize {
        (MOST / of_one.max(1)).clamp(1, workers.count().max(1))
    }

    /// Does something to each of a few, side by side.
    pub(super) fn for_each<T: Send>(
        &self,
        tasks: Vec<T>,
        run: impl Fn(T) -> Result<(), Error> + Sync,
    ) -> Result<(), Error> {
        let mut states = vec![(); tasks.len().clamp(1, self.workers.count().max(1))];
        self.workers.for_each(&mut states, tasks.into_iter(), |task, ()| run(task))
    }

    /// What one chunk takes: as it is stored, while it is decoded, and decoded.
    pub(super) fn chunk_bytes(meta: &Metadata) -> usize {
        let bytes = meta.chunks.bytes();
        bytes.saturating_add(slack(bytes)).saturating_mul(3)
    }

    /// What is decoded at once takes, with an open index.
    pub(super) fn reading_bytes(&self) -> usize {
        let of_one = Self::chunk_bytes(&self.meta);
        let index = self.meta.shards.as_ref().map_or(0, Shards::index_bytes);
        let chunks = of_one.saturating_mul(Self::at_once(of_one, &self.workers));
        chunks.saturating_add(index.saturating_mul(3))
    }
}

impl ChunkFile {
    fn read(&mut self, at: u64, len: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(len)?;
        self.file.seek(SeekFrom::Start(at))?;
        (&self.file).take(len as u64).read_to_end(&mut bytes)?;
        if bytes.len() == len { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

/// Where a part begins in the bytes of a box around it.
fn at(part: &Region, around: &Region, strides: &[usize]) -> usize {
    let starts = part.start.iter().zip(&around.start);
    starts.zip(strides).map(|((at, first), step)| (at - first) * step).sum()
}
