//! Chunks of pages that are read one after the other and decoded side by side.

use rayon::iter::{IntoParallelRefMutIterator, ParallelIterator};

use super::coding::{Coding, Form, HEAD};
use super::file::{Fault, TiffFile};
use super::page::{Chunk, Part};
use crate::memory::Memory;

/// The most bytes that chunks in work take together, if they are several.
const MOST: usize = 64 << 20;

/// What the largest chunk of all pages takes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Largest {
    pub(super) stored: usize,
    pub(super) decoded: usize,
    /// Beside these.
    pub(super) scratch: usize,
}

/// Memory for chunks in work.
pub(super) struct Batch {
    slots: Vec<Slot>,
    largest: Largest,
    used: usize,
}

/// A chunk in work.
struct Slot {
    work: Option<Work>,
    /// What is stored, behind room for a head.
    stored: Vec<u8>,
    decoded: Memory,
}

struct Work {
    page: usize,
    part: Part,
    chunk: Chunk,
    coding: Coding,
    result: Result<(), String>,
}

/// Why a chunk of a page could not be read.
pub(super) struct Wrong {
    pub(super) page: usize,
    pub(super) fault: Fault,
}

impl Batch {
    /// Memory for chunks up to the largest, as many as are decoded at once.
    pub(super) fn new(largest: Largest) -> Self {
        Self { slots: Vec::new(), largest, used: 0 }
    }

    /// How many chunks are decoded at once.
    fn at_once(&self) -> usize {
        (MOST / self.of_one().max(1)).clamp(1, rayon::current_num_threads().max(1))
    }

    fn of_one(&self) -> usize {
        let Largest { stored, decoded, scratch } = self.largest;
        stored.saturating_add(decoded).saturating_add(scratch).saturating_add(HEAD)
    }

    /// Bytes of all chunks in work.
    pub(super) fn memory_bytes(&self) -> usize {
        self.of_one().saturating_mul(self.at_once())
    }

    /// Reads a chunk of a page, which is decoded later; `None` without enough memory.
    pub(super) fn read(
        &mut self,
        file: &mut TiffFile,
        page: usize,
        (part, chunk, coding): (Part, Chunk, Coding),
    ) -> Result<Option<()>, Fault> {
        if self.used == self.slots.len() {
            let Some(decoded) = Memory::zeros(self.largest.decoded) else { return Ok(None) };
            let mut stored = Vec::new();
            if stored.try_reserve_exact(self.largest.stored + HEAD).is_err() {
                return Ok(None);
            }
            self.slots.push(Slot { work: None, stored, decoded });
        }
        let slot = &mut self.slots[self.used];
        slot.stored.resize(HEAD + chunk.bytes as usize, 0);
        file.read(chunk.at, &mut slot.stored[HEAD..]).map_err(Fault::Read)?;
        slot.work = Some(Work { page, part, chunk, coding, result: Ok(()) });
        self.used += 1;
        Ok(Some(()))
    }

    /// Whether as many chunks were read as are decoded at once.
    pub(super) fn is_full(&self) -> bool {
        self.used >= self.at_once()
    }

    /// Forgets what was read.
    pub(super) fn clear(&mut self) {
        self.used = 0;
    }

    /// Decodes what was read, and brings it to its place.
    pub(super) fn flush(&mut self, bytes: &mut [u8]) -> Result<(), Wrong> {
        let slots = &mut self.slots[..self.used];
        self.used = 0;
        match slots {
            [slot] => slot.decode(),
            _ => slots.par_iter_mut().for_each(Slot::decode),
        }
        for slot in slots {
            let Some(Work { page, part, chunk, result, .. }) = slot.work.take() else { continue };
            let told = |fault| format!("{} {} is damaged: {fault}", chunk.kind, chunk.number);
            result.map_err(|fault| Wrong { page, fault: told(fault).into() })?;
            place(slot.decoded.bytes(), &chunk, &part, bytes);
        }
        Ok(())
    }
}

impl Slot {
    fn decode(&mut self) {
        if let Some(Work { chunk, coding, result, .. }) = &mut self.work {
            let out = &mut self.decoded.bytes_mut()[..chunk.form.bytes()];
            *result = coding.decode(chunk.form, &mut self.stored, out);
        }
    }
}

/// Copies what a chunk has of a part to the part's place.
fn place(decoded: &[u8], chunk: &Chunk, part: &Part, bytes: &mut [u8]) {
    let Form { rows, columns, .. } = chunk.form;
    let common = |axis: usize, len: usize| {
        let first = part.start[axis].max(chunk.start[axis]);
        first..(part.start[axis] + part.shape[axis]).min(chunk.start[axis] + len)
    };
    let (rows, columns) = (common(0, rows), common(1, columns));
    let size = chunk.form.element.size();
    let [_, part_columns, part_samples] = part.shape;
    let (pixel, part_pixel) = (chunk.form.pixel_bytes(), part_samples * size);
    for row in rows {
        let from = (row - chunk.start[0]) * chunk.form.row_bytes()
            + (columns.start - chunk.start[1]) * pixel;
        let from = &decoded[from..][..columns.len() * pixel];
        let to =
            ((row - part.start[0]) * part_columns + columns.start - part.start[1]) * part_pixel;
        let to = &mut bytes[part.at + to..][..columns.len() * part_pixel];
        if part_pixel == pixel {
            to.copy_from_slice(from);
        } else {
            let first = part.start[2] * size;
            for (to, from) in to.chunks_exact_mut(part_pixel).zip(from.chunks_exact(pixel)) {
                to.copy_from_slice(&from[first..first + part_pixel]);
            }
        }
    }
}
