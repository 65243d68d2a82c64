//! One panel of one stage that resamples: rows of sums of rows.
//!
//! ```text
//! source --load--> ring of rows --fir--> sums --store--> rows, or columns
//! rows of the stage before ------fir--> sums --store--> rows, or columns
//! ```
//!
//! Rows are those of the axis that the stage runs along, so that every sum is of whole vectors.
//! What the next stage runs along may be the columns: sums are then stored transposed.

use std::ops::{ControlFlow, Range};

use gausstack_kernels::{
    AlignedBuffer, Arithmetic, InRows, Kernels, OutRows, PlaneMut, Prefetch, RowTable,
};

use crate::panel::band::{Band, MAX_LANES};
use crate::panel::poll::Poll;
use crate::panel::row_loader::RowLoader;
use crate::panel::source::{Source, Target};
use crate::plan::ideal::stage::Stage;
use crate::plan::ideal::step::{BATCH, Cut};
use crate::plan::sizes::Rows;
use crate::plan::terms::TermFilter;

/// A stage as it runs over every panel.
#[derive(Clone, Copy)]
pub(crate) struct StageFilter<'p, A> {
    /// From what the stage reads to what it writes.
    pub(crate) kernels: &'p Kernels<A>,
    pub(crate) stage: &'p Stage<A>,
    pub(crate) cut: Cut,
    /// Elements from one row of sums to the next, before they are stored.
    pub(crate) pitch: usize,
    /// The value beyond a constant border.
    pub(crate) cval: A,
    /// What is done to sums along axes of one sample: of the last stage.
    pub(crate) ends: &'p [TermFilter<'p, A>],
    /// The output leaves past the caches.
    pub(crate) streaming: bool,
}

/// What a panel of a stage works in.
pub(crate) struct StageMemory<'s, A> {
    pub(crate) ring: &'s mut AlignedBuffer<A>,
    pub(crate) sums: &'s mut AlignedBuffer<A>,
    pub(crate) tiles: &'s mut AlignedBuffer<A>,
    pub(crate) table: &'s mut RowTable,
}

/// Rows of the stage before, as long as a panel is wide.
#[derive(Clone, Copy)]
pub(crate) struct StageRows<'v, A> {
    pub(crate) values: &'v [A],
    pub(crate) pitch: usize,
}

impl<A: Arithmetic> StageFilter<'_, A> {
    /// Makes a panel from rows of the stage before; a constant is in the row behind the last.
    pub(crate) fn of_rows(
        &self,
        rows: StageRows<'_, A>,
        target: &mut PlaneMut<'_>,
        memory: StageMemory<'_, A>,
        poll: &mut Poll<'_>,
    ) -> ControlFlow<()> {
        let (stage, last) = (self.stage, self.stage.entries - 1);
        let width = target.extent().row_len();
        // (The kernels want an entry more than a sum of an even number of weights reads.)
        let entries = (0..=stage.entries).map(|entry| entry.min(last));
        let row = |entry| stage.source(entry).unwrap_or(stage.len);
        memory.table.fill_rows(rows.pitch, entries.map(row));
        for first in (0..stage.sums).step_by(BATCH) {
            let batch = first..stage.sums.min(first + BATCH);
            let input = (rows.values, &*memory.table, usize::MAX);
            self.sum(batch.clone(), width, input, memory.sums);
            self.store(batch.clone(), memory.sums, target);
            poll.after(self.products(batch.len(), width))?;
        }
        ControlFlow::Continue(())
    }

    /// Makes a panel from an array, whose rows go through a ring. (In place, a dense stage reads
    /// all rows before it stores one.)
    pub(crate) fn of_source<'a>(
        &self,
        loader: &RowLoader<'_, A>,
        pixels: &mut (impl Source + Target<'a>),
        memory: StageMemory<'_, A>,
        poll: &mut Poll<'_>,
    ) -> ControlFlow<()> {
        let StageMemory { ring, sums, tiles, table } = memory;
        let (stage, group) = (self.stage, self.cut.group);
        let slots = stage.reach(group);
        let entries = slots + stage.reach(BATCH) + 2;
        let width = pixels.output().extent().row_len();
        table.fill_rows(loader.target.pitch, (0..entries).map(|entry| entry % slots));
        let mut filled = 0;
        for first in (0..stage.sums).step_by(BATCH) {
            let batch = first..stage.sums.min(first + BATCH);
            for start in batch.clone().step_by(group) {
                let some = start..batch.end.min(start + group);
                let (entry, weights) = stage.sum(some.end - 1);
                let needed = (entry + weights.count()).max(filled);
                let loaded = Ring { loader, slots, cval: self.cval };
                loaded.load(stage, filled..needed, pixels, ring, tiles);
                filled = needed;
                let place = (start - first) * self.pitch;
                let input = (&ring[..], &*table, slots);
                self.sum(some, width, input, &mut sums[place..]);
            }
            self.store(batch.clone(), sums, pixels.output());
            poll.after(self.products(batch.len(), width))?;
        }
        ControlFlow::Continue(())
    }

    /// Sums a few rows, strip by strip: the entries of a sum are consecutive in a table that begins
    /// again after `slots`.
    fn sum(
        &self,
        rows: Range<usize>,
        width: usize,
        (values, table, slots): (&[A], &RowTable, usize),
        sums: &mut [A],
    ) {
        let width = width.next_multiple_of(self.kernels.lanes());
        for strip in (0..width).step_by(self.cut.strip) {
            let width = (width - strip).min(self.cut.strip);
            let mut first = rows.start;
            while first < rows.end {
                let together = self.stage.together(rows.end - first);
                let (entry, weights) = self.stage.sum(first);
                let entry = entry % slots;
                let source = InRows {
                    values: &values[strip..],
                    table,
                    rows: entry..entry + together,
                    width,
                };
                let start = (first - rows.start) * self.pitch + strip;
                let target = OutRows { values: &mut sums[start..], pitch: self.pitch };
                self.kernels.fir(weights.taps(), &source, target, Prefetch::NONE);
                first += together;
            }
        }
    }

    fn store(&self, rows: Range<usize>, sums: &mut [A], target: &mut PlaneMut<'_>) {
        let width = target.extent().row_len();
        for term in self.ends {
            let starts = (0..rows.len()).map(|row| row * self.pitch);
            term.finish(self.kernels, sums, (starts, width), false);
        }
        let columns = 0..target.extent().columns;
        self.kernels.store(sums, self.pitch, target, rows, columns, self.streaming);
    }

    fn products(&self, rows: usize, width: usize) -> usize {
        (rows * width).saturating_mul(self.stage.span())
    }
}

/// The ring of a stage that reads an array.
struct Ring<'r, A> {
    loader: &'r RowLoader<'r, A>,
    slots: usize,
    cval: A,
}

impl<A: Arithmetic> Ring<'_, A> {
    /// Brings entries into the ring: rows of the source that follow each other in bands.
    fn load(
        &self,
        stage: &Stage<A>,
        entries: Range<usize>,
        source: &impl Source,
        ring: &mut [A],
        tiles: &mut [A],
    ) {
        let Rows { pitch, .. } = self.loader.target;
        let lanes = self.loader.kernels.lanes();
        let mut first = entries.start;
        while first < entries.end {
            let place = first % self.slots * pitch;
            let Some(row) = stage.source(first) else {
                let width = self.loader.width();
                ring[place..place + width].fill(self.cval);
                first += 1;
                continue;
            };
            let most = lanes.min(entries.end - first);
            let follows = |&step: &usize| stage.source(first + step) == Some(row + step);
            let band = 1 + (1..most).take_while(follows).count();
            let offsets = &mut [0; MAX_LANES][..band];
            for (lane, offset) in offsets.iter_mut().enumerate() {
                *offset = (first + lane) % self.slots * pitch;
            }
            let band = Band { rows: row..row + band, values: &mut *ring, offsets };
            first += band.rows.len();
            self.loader.load(band, source, tiles);
        }
    }
}
