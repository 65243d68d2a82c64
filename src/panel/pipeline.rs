//! One panel of one slice: the fused loop of both passes.
//!
//! Bands of rows, one row per vector lane, go through the first stage into a ring of rows. As soon
//! as the ring holds what a group of output rows needs, the second stage makes the group and stores
//! it. So a pixel is read once and written once, and everything between stays in the caches.
//!
//! ```text
//! source --row pass--> ring --column pass--> output
//! source --load--> ring of source rows --column pass--> held rows --row pass--> rows --> output
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

use gausstack_kernels::{Ahead, Arithmetic};

use crate::panel::band::{Band, MAX_LANES};
use crate::panel::column_pass::Pending;
use crate::panel::join::join_rows;
use crate::panel::poll::{Poll, Watch};
use crate::panel::scratch::PanelScratch;
use crate::panel::source::{Held, Lookahead, Source, Target, lines};
use crate::panel::stages::{PanelFilter, Region, Stages};
use crate::plan::window::Window;

/// The products that cost as much as a quarter of a million entries of a table.
pub(crate) const PRODUCTS_OF_ENTRIES: usize = 1 << 24;

/// A panel with its stages.
pub(crate) struct Panel<'r, A> {
    filter: &'r PanelFilter<'r, A>,
    stages: Stages<'r, A>,
    /// The panel's columns in the slice.
    columns: Range<usize>,
    inner: usize,
    lookahead: Lookahead,
}

impl<'r, A: Arithmetic> Panel<'r, A> {
    /// The panel of a region.
    pub(crate) fn new(filter: &'r PanelFilter<'r, A>, region: &Region) -> Self {
        Self {
            filter,
            stages: filter.stages(region),
            columns: region.columns.clone(),
            inner: region.inner.len(),
            lookahead: filter.lookahead(),
        }
    }

    /// Filters the panel, unless the run is stopped meanwhile.
    pub(crate) fn run<'a>(
        &self,
        pixels: &mut (impl Source + Target<'a>),
        scratch: &mut PanelScratch<A>,
        watch: &dyn Watch,
    ) -> ControlFlow<()> {
        self.prepare(scratch, watch)?;
        let window = self.window();
        for end in [0, 1] {
            self.fill(window.pinned[end].clone(), window.pinned_slot(end), pixels, scratch, watch)?;
        }
        let lanes = self.filter.kernels.lanes();
        let mut filled = window.stream.start;
        let mut pending = None;
        for first in window.outputs.clone().step_by(self.filter.tiling.group) {
            let group = first..window.outputs.end.min(first + self.filter.tiling.group);
            let needed = window.needed(group.end);
            while filled < needed {
                let band = filled..window.stream.end.min(filled + lanes);
                filled = band.end;
                // One division for the band instead of one per row.
                let (start, run) = (window.slot(band.start), window.run(band.start));
                let slot = |lane| if lane < run { start + lane } else { lane - run };
                self.load(band, slot, pixels, scratch, watch)?;
                watch.poll(&mut scratch.unasked, 0)?;
            }
            self.emit(group.clone(), filled, pixels, &mut pending, scratch, watch)?;
            watch.poll(&mut scratch.unasked, self.products(group.len()))?;
        }
        if let Some(column) = self.stages.storing_column_pass() {
            column.store_pending(pixels.output(), &mut pending, &scratch.column);
        }
        ControlFlow::Continue(())
    }

    /// Fills tables and constant lines, which are the same for every panel with the same key.
    fn prepare(&self, scratch: &mut PanelScratch<A>, watch: &dyn Watch) -> ControlFlow<()> {
        let key = self.stages.key();
        if scratch.prepared.as_ref() == Some(&key) {
            return ControlFlow::Continue(());
        }
        scratch.prepared = None;
        let PanelScratch { row, column, ring, source_ring, unasked, .. } = scratch;
        let mut go_on = || watch.poll(unasked, PRODUCTS_OF_ENTRIES);
        match &self.stages {
            Stages::RowPassFirst { row: row_pass, column: column_pass } => {
                row_pass.prepare(row, &mut go_on)?;
                column_pass.prepare(ring, &mut column.table, &mut go_on)?;
            }
            Stages::ColumnPassFirst { column: column_pass, rows, .. } => {
                rows.first.prepare(row, &mut go_on)?;
                column_pass.prepare(source_ring, &mut column.table, &mut go_on)?;
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
        scratch: &mut PanelScratch<A>,
        watch: &dyn Watch,
    ) -> ControlFlow<()> {
        let lanes = self.filter.kernels.lanes();
        for first in rows.clone().step_by(lanes) {
            let band = first..rows.end.min(first + lanes);
            let slots = slot + (first - rows.start);
            self.load(band, |lane| slots + lane, source, scratch, watch)?;
            watch.poll(&mut scratch.unasked, 0)?;
        }
        ControlFlow::Continue(())
    }

    /// Brings a band of source rows into the slots of its lanes.
    fn load(
        &self,
        rows: Range<usize>,
        slot: impl Fn(usize) -> usize,
        source: &impl Source,
        scratch: &mut PanelScratch<A>,
        watch: &dyn Watch,
    ) -> ControlFlow<()> {
        let tiling = &self.filter.tiling;
        let PanelScratch { row, ring, source_ring, unasked, .. } = scratch;
        let (values, pitch) = match self.stages {
            Stages::ColumnPassFirst { .. } => (source_ring, tiling.source_ring.pitch),
            _ => (ring, tiling.ring.pitch),
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
                row_pass.filter(band, source, ahead, row, Poll { watch, unasked })?;
            }
            Stages::ColumnPassFirst { loader, .. } | Stages::ColumnPassAlone { loader, .. } => {
                loader.load(band, source, &mut row.sums);
            }
        }
        ControlFlow::Continue(())
    }

    /// Makes a group of output rows from the ring, which source rows from `next` on are not yet in.
    fn emit<'a>(
        &self,
        group: Range<usize>,
        next: usize,
        pixels: &mut (impl Source + Target<'a>),
        pending: &mut Option<Pending>,
        scratch: &mut PanelScratch<A>,
        watch: &dyn Watch,
    ) -> ControlFlow<()> {
        let PanelScratch { column, ring, .. } = scratch;
        match &self.stages {
            // The row pass prefetches what it needs.
            Stages::RowPassFirst { column: pass, .. } => {
                pass.store(group, ring, pixels, |_, _| None, pending, column);
            }
            Stages::ColumnPassAlone { column: pass, .. } => {
                let soon = pass.window.needed(group.end + self.filter.tiling.group).max(next);
                let first = self.columns.start;
                let ahead = |pixels: &_, strip: Range<usize>| {
                    let columns = first + strip.start..first + strip.end;
                    (next < soon).then(|| lines(pixels, next..soon, columns))
                };
                pass.store(group, ring, pixels, ahead, pending, column);
            }
            Stages::ColumnPassFirst { .. } => {
                return self.emit_held(group, next, pixels, scratch, watch);
            }
            Stages::RowPassAlone { window, .. } => self.emit_ring(group, window, pixels, ring),
        }
        ControlFlow::Continue(())
    }

    /// Column-filters a group of rows over all columns that the row pass needs, then row-filters
    /// and stores them band by band.
    fn emit_held<'a>(
        &self,
        group: Range<usize>,
        next: usize,
        pixels: &mut (impl Source + Target<'a>),
        scratch: &mut PanelScratch<A>,
        watch: &dyn Watch,
    ) -> ControlFlow<()> {
        let Stages::ColumnPassFirst { loader, column, rows: row_passes } = &self.stages else {
            unreachable!("rows are held where the column pass comes first")
        };
        let tiling = &self.filter.tiling;
        let PanelScratch { row, column: column_scratch, ring, source_ring, held, unasked, .. } =
            scratch;
        let width = loader.width() / self.inner;
        let table = &column_scratch.table;
        column.hold(group.clone(), width, source_ring, (&mut *held, tiling.held), table);
        let top = column.window.outputs.start;
        let lanes = self.filter.kernels.lanes();
        for first in (0..group.len()).step_by(lanes) {
            let band = first..group.len().min(first + lanes);
            let place = group.start - top + band.start..group.start - top + band.end;
            if self.filter.streaming {
                self.prefetch_ends(place.clone(), pixels);
            }
            let offsets = &mut [0; MAX_LANES][..band.len()];
            for (lane, offset) in offsets.iter_mut().enumerate() {
                *offset = lane * tiling.ring.pitch;
            }
            for (number, row_pass) in row_passes.iter() {
                let values = &held[tiling.held.start(number)..];
                let rows = (group.len(), tiling.held.pitch);
                let source = Held::new(values, rows, &loader.columns, self.inner);
                if row_passes.second.is_some() {
                    // Both terms go through the same columns.
                    row_pass.fill_constants(row);
                }
                let values = &mut ring[tiling.ring.start(number)..];
                let target = Band { rows: band.clone(), values, offsets };
                let ahead = |columns| match number {
                    0 => self.lookahead.band(pixels, next + band.start, columns),
                    _ => Ahead::NONE,
                };
                let poll = Poll { watch, unasked: &mut *unasked };
                row_pass.filter(target, &source, ahead, row, poll)?;
            }
            self.store_rows(ring, place, pixels);
        }
        ControlFlow::Continue(())
    }

    /// Prefetches the lines at both ends of some rows of the output, which are written in parts.
    fn prefetch_ends<'a>(&self, rows: Range<usize>, target: &mut impl Target<'a>) {
        let plane = target.output().reader();
        for column in [0, self.columns.len() - 1] {
            Ahead::down(&plane, rows.clone(), column).ask();
        }
    }

    /// Stores a group of rows from the ring as they are.
    fn emit_ring<'a>(
        &self,
        group: Range<usize>,
        window: &Window,
        target: &mut impl Target<'a>,
        ring: &mut [A],
    ) {
        let (pitch, top) = (self.filter.tiling.ring.pitch, window.outputs.start);
        let mut first = group.start;
        while first < group.end {
            let run = first..group.end.min(first + window.run(first));
            let values = &mut ring[window.slot(first) * pitch..];
            self.store_rows(values, run.start - top..run.end - top, target);
            first = run.end;
        }
    }

    /// Stores consecutive row-filtered rows, both terms joined.
    fn store_rows<'a>(&self, values: &mut [A], rows: Range<usize>, target: &mut impl Target<'a>) {
        let PanelFilter { kernels, tiling, join, streaming, .. } = self.filter;
        let columns = 0..self.columns.len();
        if let Some(join) = *join {
            let len = (columns.len() * self.inner).next_multiple_of(kernels.lanes());
            join_rows(join, kernels, values, tiling.ring, (rows.len(), len));
        }
        kernels.egress(values, tiling.ring.pitch, target.output(), rows, columns, *streaming);
    }

    /// The rows that the panel's rows need.
    fn window(&self) -> &Window {
        match &self.stages {
            Stages::RowPassFirst { column, .. }
            | Stages::ColumnPassFirst { column, .. }
            | Stages::ColumnPassAlone { column, .. } => &column.window,
            Stages::RowPassAlone { window, .. } => window,
        }
    }

    /// Products of the column pass over so many rows.
    fn products(&self, rows: usize) -> usize {
        let weights = self.filter.passes.column.as_ref().map_or(1, |column| column.weights());
        (rows * self.columns.len() * self.inner).saturating_mul(weights)
    }
}
