//! One panel of one slice: the fused loop of both passes.
//!
//! Bands of rows, one row per vector lane, go through the first stage into a ring of rows. As soon
//! as the ring holds what a group of output rows needs, the second stage makes the group and stores
//! it. So a pixel is read once and written once, and everything between stays in the caches.
//!
//! ```text
//! source --row pass--> ring --column pass--> output
//! source --load--> ring of source rows --column pass--> held rows --row pass--> rows --> output
//! source --column pass--> held rows --row pass--> rows --> output
//! source --row pass--> ring --> output
//! source --load--> ring --column pass--> output
//! ```
//!
//! "Rows" and "columns" are those of the plane that the axes were arranged into; which of them is
//! longer, contiguous or first in memory changes only how pixels enter and leave. Both passes of
//! the second form run along the memory's own axes. (measured: the first form gives the same sums
//! of the transposed image, but reads and writes one vector per row; 2048 x 2048 of f64 took 1.7
//! times as long.)

use std::ops::{ControlFlow, Range};

use gausstack_kernels::{AlignedBuffer, Arithmetic};

use crate::panel::band::{Band, MAX_LANES};
use crate::panel::outgoing::Outgoing;
use crate::panel::poll::{Poll, Watch};
use crate::panel::row_pass::Beside;
use crate::panel::scratch::{PanelScratch, StageScratch};
use crate::panel::source::{Lookahead, Source, Target, lines};
use crate::panel::stages::{PanelFilter, Region, Stages};
use crate::plan::leaving::LeavingRows;

/// The products that cost as much as a quarter of a million entries of a table.
pub(crate) const PRODUCTS_OF_ENTRIES: usize = 1 << 24;

/// A panel with its stages.
pub(crate) struct Panel<'p, A> {
    stages: Stages<'p, A>,
    /// The panel's columns in the slice.
    columns: Range<usize>,
    inner: usize,
    /// Rows of a group.
    group: usize,
    lookahead: Lookahead,
    /// How rows leave beside the sums of any pass, if they do.
    leaving: Option<LeavingRows>,
}

impl<'p, A: Arithmetic> Panel<'p, A> {
    pub(crate) fn new(filter: &'p PanelFilter<'_, A>, region: &Region) -> Self {
        Self {
            stages: filter.stages(region),
            columns: region.columns.clone(),
            inner: region.inner.len(),
            group: filter.tiling.group,
            lookahead: filter.lookahead(),
            leaving: filter.leaving(),
        }
    }

    /// Filters the panel, unless the run is stopped meanwhile.
    pub(crate) fn run<'a>(
        &self,
        pixels: &mut (impl Source + Target<'a>),
        PanelScratch { stages: scratch, leaving }: &mut PanelScratch<A>,
        watch: &dyn Watch,
    ) -> ControlFlow<()> {
        self.prepare(scratch, watch)?;
        let outgoing = &mut self.outgoing(pixels, leaving);
        let window = self.stages.window();
        for end in [0, 1] {
            let (rows, slot) = (window.pinned[end].clone(), window.pinned_slot(end));
            self.fill(rows, slot, pixels, (scratch, outgoing), watch)?;
        }
        let lanes = self.lookahead.lanes;
        let mut filled = window.stream.start;
        for first in window.outputs.clone().step_by(self.group) {
            let group = first..window.outputs.end.min(first + self.group);
            let needed = window.needed(group.end);
            while filled < needed {
                let band = filled..window.stream.end.min(filled + lanes);
                filled = band.end;
                // One division for the band instead of one per row.
                let (start, run) = (window.slot(band.start), window.run(band.start));
                let slot = |lane| if lane < run { start + lane } else { lane - run };
                self.load(band, slot, pixels, (scratch, outgoing), watch)?;
                watch.poll(&mut scratch.unasked, 0)?;
            }
            self.emit(group.clone(), filled, pixels, (scratch, outgoing), watch)?;
            watch.poll(&mut scratch.unasked, self.products(group.len()))?;
        }
        if let Some(column) = self.stages.storing_column_pass() {
            column.store_pending(pixels.output(), &mut outgoing.pending, &scratch.column);
        }
        self.stages.kernels().leave_all(&mut outgoing.leaving);
        ControlFlow::Continue(())
    }

    fn outgoing<'x, 'a: 'x>(
        &self,
        target: &mut impl Target<'a>,
        scratch: &'x mut [AlignedBuffer<A>; 2],
    ) -> Outgoing<'x, A> {
        let (kernels, columns) = (self.stages.kernels(), self.columns.len());
        let leaves =
            self.leaving.filter(|_| kernels.leaves_while_summing(target.output(), columns));
        Outgoing::new(scratch, leaves)
    }

    /// Fills tables and constant lines, which are the same for every panel with the same key.
    fn prepare(&self, scratch: &mut StageScratch<A>, watch: &dyn Watch) -> ControlFlow<()> {
        let key = self.stages.key();
        if scratch.prepared.as_ref() == Some(&key) {
            return ControlFlow::Continue(());
        }
        scratch.prepared = None;
        let StageScratch { row, column, ring, source_ring, unasked, .. } = scratch;
        let mut go_on = || watch.poll(unasked, PRODUCTS_OF_ENTRIES);
        match &self.stages {
            Stages::RowPassFirst { row: row_pass, column: column_pass } => {
                row_pass.prepare(row, &mut go_on)?;
                column_pass.prepare(ring, &mut column.table, &mut go_on)?;
            }
            Stages::ColumnPassFirst { passes, .. } => {
                passes.rows.first.prepare(row, &mut go_on)?;
                passes.column.prepare(source_ring, &mut column.table, &mut go_on)?;
            }
            Stages::RowPassAlone { row: row_pass, .. } => row_pass.prepare(row, &mut go_on)?,
            Stages::ColumnPassAlone { column: column_pass, .. } => {
                column_pass.prepare(ring, &mut column.table, &mut go_on)?;
            }
        }
        scratch.prepared = Some(key);
        ControlFlow::Continue(())
    }

    /// Fills consecutive slots of the ring.
    fn fill(
        &self,
        rows: Range<usize>,
        slot: usize,
        source: &impl Source,
        (scratch, outgoing): (&mut StageScratch<A>, &mut Outgoing<'_, A>),
        watch: &dyn Watch,
    ) -> ControlFlow<()> {
        let lanes = self.lookahead.lanes;
        for first in rows.clone().step_by(lanes) {
            let band = first..rows.end.min(first + lanes);
            let slots = slot + (first - rows.start);
            self.load(band, |lane| slots + lane, source, (scratch, outgoing), watch)?;
            watch.poll(&mut scratch.unasked, 0)?;
        }
        ControlFlow::Continue(())
    }

    /// Brings a band of source rows into the slots of its lanes, unless they are read where they
    /// lie.
    fn load(
        &self,
        rows: Range<usize>,
        slot: impl Fn(usize) -> usize,
        source: &impl Source,
        (scratch, outgoing): (&mut StageScratch<A>, &mut Outgoing<'_, A>),
        watch: &dyn Watch,
    ) -> ControlFlow<()> {
        if self.stages.column_pass().is_some_and(|column| column.source_pitch.is_some()) {
            return ControlFlow::Continue(());
        }
        let StageScratch { row, ring, source_ring, unasked, .. } = scratch;
        let (values, pitch) = match &self.stages {
            Stages::ColumnPassFirst { loader, .. } => (source_ring, loader.target.pitch),
            Stages::ColumnPassAlone { loader, .. } => (ring, loader.target.pitch),
            Stages::RowPassFirst { row, .. } | Stages::RowPassAlone { row, .. } => {
                (ring, row.target.pitch)
            }
        };
        let offsets = &mut [0; MAX_LANES][..rows.len()];
        for (lane, offset) in offsets.iter_mut().enumerate() {
            *offset = slot(lane) * pitch;
        }
        let end = rows.end;
        let band = Band { rows, values, offsets };
        match &self.stages {
            Stages::RowPassFirst { row: row_pass, .. }
            | Stages::RowPassAlone { row: row_pass, .. } => {
                let ahead = |columns| self.lookahead.band(source, end, columns);
                let beside = Beside { ahead: &ahead, leaving: &mut outgoing.leaving };
                row_pass.filter(band, source, beside, row, Poll { watch, unasked })?;
            }
            Stages::ColumnPassFirst { loader, .. } | Stages::ColumnPassAlone { loader, .. } => {
                loader.load(band, source, &mut row.sums);
            }
        }
        ControlFlow::Continue(())
    }

    /// Makes a group of output rows from the ring, which source rows from `next` on are not yet in.
    fn emit<'x, 'a: 'x>(
        &self,
        group: Range<usize>,
        next: usize,
        pixels: &mut (impl Source + Target<'a>),
        (scratch, outgoing): (&mut StageScratch<A>, &mut Outgoing<'x, A>),
        watch: &dyn Watch,
    ) -> ControlFlow<()> {
        let StageScratch { column, ring, .. } = scratch;
        match &self.stages {
            // The row pass prefetches what it needs.
            Stages::RowPassFirst { column: pass, .. } => {
                pass.store(group, ring, pixels, |_, _| None, outgoing, column);
            }
            Stages::ColumnPassAlone { column: pass, .. } => {
                let soon = pass.window.needed(group.end + self.group).max(next);
                let first = self.columns.start;
                let ahead = |pixels: &_, strip: Range<usize>| {
                    let columns = first + strip.start..first + strip.end;
                    (next < soon).then(|| lines(pixels, next..soon, columns))
                };
                pass.store(group, ring, pixels, ahead, outgoing, column);
            }
            Stages::ColumnPassFirst { passes, .. } => {
                return passes.emit(group, next, pixels, (scratch, outgoing), watch);
            }
            Stages::RowPassAlone { window, store, .. } => {
                store.store_ring(group, window, ring, pixels);
            }
        }
        ControlFlow::Continue(())
    }

    /// Products of the column pass over so many rows.
    fn products(&self, rows: usize) -> usize {
        let weights = self.stages.column_pass().map_or(1, |column| column.filters.weights());
        (rows * self.columns.len() * self.inner).saturating_mul(weights)
    }
}
