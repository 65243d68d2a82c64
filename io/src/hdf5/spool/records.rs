//! Records of a spool: parts of chunks as they are stored, one behind the other in a file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rust_hdf5::format::messages::filter::reverse_filters_masked_into;

use crate::error::Error;
use crate::hdf5::encoder::Encoder;
use crate::memory::Memory;
use crate::region::Region;
use crate::runs;

/// What a spool begins with; the number is that of the format.
const TITLE: &[u8] = b"gausstack spool 1\n";

/// A spool. A record is the checksum of all that follows of it, the length of its bytes, where the
/// part begins along each axis and how long it is, and its bytes.
pub(super) struct Records {
    file: Mutex<File>,
    end: u64,
    encoder: Encoder,
    /// By the number of the chunk, in the order of the array.
    of_chunk: BTreeMap<usize, Vec<Record>>,
}

/// Where a record is.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// The part of the array; `None` for all of the chunk.
    part: Option<Region>,
    at: u64,
    bytes: u64,
}

/// Why a record cannot be used.
pub(super) enum Unusable {
    File(io::Error),
    /// It is not as it was written.
    Damaged,
    /// There is no memory for so many bytes.
    Memory(usize),
}

impl Unusable {
    /// What is wrong with a chunk of a spool.
    pub(super) fn of(self, path: PathBuf, chunk: Vec<usize>) -> Error {
        match self {
            Self::File(source) if source.kind() != io::ErrorKind::UnexpectedEof => {
                Error::Read { path, source }
            }
            Self::File(_) | Self::Damaged => {
                let fault = "it is not as it was written".to_owned();
                Error::Chunk { name: path.display().to_string(), chunk, fault }
            }
            Self::Memory(bytes) => Error::Buffers { bytes },
        }
    }
}

impl From<io::Error> for Unusable {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

impl Records {
    /// Begins a spool in an empty file.
    pub(super) fn begin(mut file: File, encoder: &Encoder) -> io::Result<Self> {
        file.write_all(TITLE)?;
        Ok(Self::new(file, encoder))
    }

    /// Opens a spool, and cuts off what is behind the last whole record. `None` if it is no spool.
    pub(super) fn open(mut file: File, encoder: &Encoder) -> io::Result<Option<Self>> {
        let len = file.metadata()?.len();
        file.rewind()?;
        let mut title = Vec::new();
        Read::by_ref(&mut file).take(TITLE.len() as u64).read_to_end(&mut title)?;
        if title != TITLE {
            return Ok(None);
        }
        let mut records = Self::new(file.try_clone()?, encoder);
        let mut read = BufReader::with_capacity(1 << 20, &file);
        while let Some((part, bytes)) = records.next(&mut read, len - records.end)? {
            records.note(&part, bytes);
        }
        file.set_len(records.end)?;
        Ok(Some(records))
    }

    fn new(file: File, encoder: &Encoder) -> Self {
        let (file, encoder) = (Mutex::new(file), encoder.clone());
        Self { file, end: TITLE.len() as u64, encoder, of_chunk: BTreeMap::new() }
    }

    /// The same spool, read through a file of its own.
    pub(super) fn reopened(&self, path: &Path) -> io::Result<Self> {
        let file = Mutex::new(File::open(path)?);
        let (encoder, of_chunk) = (self.encoder.clone(), self.of_chunk.clone());
        Ok(Self { file, end: self.end, encoder, of_chunk })
    }

    pub(super) fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// The next record, if it is whole: its part, and how many bytes it has.
    fn next(&self, read: &mut impl Read, rest: u64) -> io::Result<Option<(Region, u64)>> {
        let mut head = vec![0; self.head_bytes()];
        if rest < head.len() as u64 {
            return Ok(None);
        }
        read.read_exact(&mut head)?;
        let word = |place: usize| {
            let bytes = head[4 + 8 * place..][..8].try_into().expect("eight bytes");
            u64::from_le_bytes(bytes)
        };
        let axes = self.encoder.layout.shape.len();
        let lengths = |first: usize| -> Option<Vec<usize>> {
            (first..first + axes).map(|place| usize::try_from(word(place)).ok()).collect()
        };
        let (bytes, start, shape) = (word(0), lengths(1), lengths(1 + axes));
        let part = start.zip(shape).map(|(start, shape)| Region { start, shape });
        let Some(part) = part.filter(|part| part.is_in(&self.encoder.layout.shape)) else {
            return Ok(None);
        };
        if bytes > rest - head.len() as u64
            || part.shape.contains(&0)
            || self.encoder.chunks.single(&part).len() != 1
        {
            return Ok(None);
        }
        let mut sum = crc32fast::Hasher::new();
        sum.update(&head[4..]);
        let mut left = bytes as usize;
        let mut buffer = vec![0; left.min(1 << 16)];
        while left > 0 {
            let now = left.min(buffer.len());
            read.read_exact(&mut buffer[..now])?;
            sum.update(&buffer[..now]);
            left -= now;
        }
        let is_whole = head[..4] == sum.finalize().to_le_bytes();
        Ok(is_whole.then_some((part, bytes)))
    }

    /// Bytes of a record in front of those of its part.
    fn head_bytes(&self) -> usize {
        4 + 8 + 16 * self.encoder.layout.shape.len()
    }

    /// Notes a record at the end.
    fn note(&mut self, part: &Region, bytes: u64) {
        let number = self.number(part);
        let whole = self.encoder.is_whole(part);
        let record = Record { part: (!whole).then(|| part.clone()), at: self.end, bytes };
        self.end += self.head_bytes() as u64 + bytes;
        let records = self.of_chunk.entry(number).or_insert_with(|| Vec::with_capacity(1));
        // A part that is written again is the later one.
        match records.iter_mut().find(|other| other.part == record.part) {
            Some(other) => *other = record,
            None => records.push(record),
        }
    }

    /// The number of the chunk that a part is in.
    fn number(&self, part: &Region) -> usize {
        let Encoder { layout, chunks, .. } = &self.encoder;
        let along = layout.shape.iter().zip(&chunks.shape).map(|(len, chunk)| len.div_ceil(*chunk));
        let places = chunks.chunk_of(part);
        along.zip(places).fold(0, |number, (count, place)| number * count + place)
    }

    /// Adds what is stored of a part.
    pub(super) fn add(&mut self, part: &Region, stored: &[u8]) -> io::Result<()> {
        let words = [stored.len()].into_iter().chain(part.start.clone()).chain(part.shape.clone());
        let mut head = vec![0; 4];
        words.for_each(|word| head.extend((word as u64).to_le_bytes()));
        let sum = sum(&head[4..], stored);
        head[..4].copy_from_slice(&sum.to_le_bytes());
        {
            let mut file = held(&self.file);
            file.seek(SeekFrom::Start(self.end))?;
            file.write_all(&head)?;
            file.write_all(stored)?;
        }
        self.note(part, stored.len() as u64);
        Ok(())
    }

    /// The bytes of a record, which are those that were written.
    fn bytes(&self, record: &Record) -> Result<Vec<u8>, Unusable> {
        let len = record.bytes as usize + self.head_bytes();
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(len).map_err(|_| Unusable::Memory(len))?;
        bytes.resize(len, 0);
        {
            let mut file = held(&self.file);
            file.seek(SeekFrom::Start(record.at))?;
            file.read_exact(&mut bytes)?;
        }
        let (head, stored) = bytes.split_at(self.head_bytes());
        if head[..4] != sum(&head[4..], stored).to_le_bytes() {
            return Err(Unusable::Damaged);
        }
        bytes.drain(..self.head_bytes());
        Ok(bytes)
    }

    /// What is stored of a whole chunk, by its part of the array.
    pub(super) fn chunk(&self, part: &Region, image: &mut Memory) -> Result<Vec<u8>, Unusable> {
        let records = self.of_chunk.get(&self.number(part)).map_or(&[][..], Vec::as_slice);
        if let Some(whole) = records.iter().find(|record| record.part.is_none()) {
            return self.bytes(whole);
        }
        // Of parts that slabs cut it into.
        let bytes = self.encoder.chunks.bytes();
        if image.bytes().len() < bytes {
            *image = Memory::zeros(bytes).ok_or(Unusable::Memory(bytes))?;
        }
        let image = &mut image.bytes_mut()[..bytes];
        image.fill(0);
        self.copy(part, (&self.encoder.chunks.box_of(part), image))?;
        Ok(self.encoder.stored(image))
    }

    /// Copies a part that is within one chunk to a box that holds it, from all of its records.
    pub(super) fn copy(
        &self,
        part: &Region,
        (to, bytes): (&Region, &mut [u8]),
    ) -> Result<(), Unusable> {
        let layout = |region: &Region| crate::layout::Layout {
            shape: region.shape.clone(),
            ..self.encoder.layout
        };
        let chunks = &self.encoder.chunks;
        let mut found = 0;
        for record in self.of_chunk.get(&self.number(part)).into_iter().flatten() {
            let held = record.part.clone().unwrap_or_else(|| chunks.box_of(part));
            let Some(common) = held.common(part) else { continue };
            let from = layout(&held);
            let len = from.bytes();
            let mut image = Memory::zeros(len).ok_or(Unusable::Memory(len))?;
            let stored = self.bytes(record)?;
            let filters = &self.encoder.filters;
            reverse_filters_masked_into(filters, &stored, 0, image.bytes_mut())
                .map_err(|_| Unusable::Damaged)?;
            let source = (&from, &common.within(&held), image.bytes());
            runs::copy(source, (&layout(to), &common.within(to), bytes));
            found += common.shape.iter().product::<usize>();
        }
        // Records of a chunk are whole, or of slabs that have nothing in common.
        if found == part.shape.iter().product::<usize>() { Ok(()) } else { Err(Unusable::Damaged) }
    }
}

fn sum(head: &[u8], stored: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(head);
    sum.update(stored);
    sum.finalize()
}

/// What a thread that panics leaves is dropped with the panic.
fn held(file: &Mutex<File>) -> MutexGuard<'_, File> {
    file.lock().unwrap_or_else(PoisonError::into_inner)
}
