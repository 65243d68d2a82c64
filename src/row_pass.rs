//! Source rows into the ring: row-filtered, or as they are.

use std::ops::Range;

use gausstack_kernels::{Ahead, Arithmetic, Element, InRows, OutRows};

use crate::Mode;
use crate::layout::PassOrder;
use crate::pixels::Source;
use crate::scratch::Buffers;
use crate::slice::{AxisFilter, Panel, PanelFilter};
use crate::window::Window;

impl<In: Element, A: Arithmetic, Out: Element> Panel<'_, '_, In, A, Out> {
    /// Row-filters a band of rows, or brings it in as it is. `ahead` tells what to prefetch while columns of
    /// the band are summed.
    pub(crate) fn band(
        &self,
        band: Range<usize>,
        slot: impl Fn(usize) -> usize,
        pixels: &impl Source<In>,
        ahead: impl Fn(Range<usize>, Range<usize>) -> Ahead,
        buffers: &mut Buffers<A>,
    ) {
        // As many as the widest vector has lanes.
        let mut offsets = [0; 16];
        let offsets = &mut offsets[..band.len()];
        for (lane, offset) in offsets.iter_mut().enumerate() {
            *offset = slot(lane) * self.ring_pitch();
        }
        let row_pass =
            self.filter.along_columns.filter(|_| self.filter.order == PassOrder::RowPassFirst);
        match (row_pass, self.column_window) {
            (Some(filter), _) if self.row_by_row() => {
                self.single_rows(filter, band, offsets, pixels, buffers);
            }
            (Some(filter), Some(window)) => {
                self.row_pass(filter, window, band, offsets, pixels, ahead, buffers);
            }
            _ if self.filter.source_turned => self.turn(band, offsets, pixels, buffers),
            _ => self.copy(band, offsets, pixels, buffers),
        }
    }

    /// Rows are filtered one by one where they are runs in memory and the tiling says so.
    pub(crate) fn row_by_row(&self) -> bool {
        let PanelFilter { tiling, order, source_turned, .. } = self.filter;
        // After the column pass they are always runs.
        tiling.piece > 0 && (*order == PassOrder::ColumnPassFirst || !source_turned)
    }

    /// The row pass without transposes: the same kernel on one row, its input rows being that row
    /// itself, a column further each.
    fn single_rows(
        &self,
        filter: &AxisFilter<A>,
        band: Range<usize>,
        offsets: &[usize],
        pixels: &impl Source<In>,
        buffers: &mut Buffers<A>,
    ) {
        let kernels = &self.filter.kernels;
        let columns = &self.region.columns;
        for (row, &offset) in band.zip(offsets) {
            for first in columns.clone().step_by(self.filter.tiling.piece) {
                let piece = first..columns.end.min(first + self.filter.tiling.piece);
                let width = (piece.len() * self.inner).next_multiple_of(kernels.lanes());
                let start = offset + (first - columns.start) * self.inner;
                self.extend(filter, row, piece, pixels, &mut buffers.line);
                let Buffers { line, taps, rows, .. } = &mut *buffers;
                let source = InRows { values: line, table: taps, rows: 0..1, width };
                let target = OutRows { values: &mut rows[start..], pitch: width };
                kernels.fir(filter.taps(), &source, target, Ahead::NONE);
            }
        }
    }

    /// Brings a piece of one row into `line`, with a radius of what lies at both ends.
    fn extend(
        &self,
        filter: &AxisFilter<A>,
        row: usize,
        piece: Range<usize>,
        pixels: &impl Source<In>,
        line: &mut [A],
    ) {
        let (radius, len) = (filter.radius(), self.filter.extent.columns);
        let inside = piece.start.saturating_sub(radius)..len.min(piece.end + radius);
        let first = piece.start as isize - radius as isize;
        let place = |position: isize| (position - first) as usize * self.inner;
        let mut bring = |columns: Range<usize>, position: isize| {
            let mut start = place(position);
            pixels.source(columns, |plane, part| {
                let len = part.len() * self.inner;
                self.filter.kernels.ingest_row(plane, row, part, &mut line[start..]);
                start += len;
            });
        };
        bring(inside.clone(), inside.start as isize);
        let beyond = first..inside.start as isize;
        let behind = inside.end as isize..(piece.end + radius) as isize;
        for position in beyond.clone().chain(behind.clone()) {
            if let Some(column) = filter.mode.source(position, len) {
                bring(column..column + 1, position);
            }
        }
        if filter.mode == Mode::Constant {
            for position in beyond.chain(behind) {
                let start = place(position);
                line[start..start + self.inner].fill(self.filter.cval);
            }
        }
    }

    /// What to prefetch of a band that starts at row `first`.
    pub(crate) fn below(
        &self,
        pixels: &impl Source<In>,
        first: usize,
        columns: Range<usize>,
    ) -> Ahead {
        let kernels = &self.filter.kernels;
        let all = self.filter.extent.rows;
        let next = self.filter.next_slice.filter(|_| first >= all);
        let first = if next.is_some() { first - all } else { first };
        let rows = first..all.min(first + kernels.lanes());
        let mut ahead = Ahead::NONE;
        if !rows.is_empty() && !columns.is_empty() {
            pixels.source(columns, |plane, part| ahead = Ahead::of(plane, rows.clone(), part));
        }
        ahead.shifted(next.unwrap_or(0))
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "both ends of the pass and what is done meanwhile"
    )]
    fn row_pass(
        &self,
        filter: &AxisFilter<A>,
        window: &Window,
        band: Range<usize>,
        offsets: &[usize],
        pixels: &impl Source<In>,
        ahead: impl Fn(Range<usize>, Range<usize>) -> Ahead,
        buffers: &mut Buffers<A>,
    ) {
        let PanelFilter { kernels, tiling, .. } = self.filter;
        let column = self.inner * kernels.lanes();
        for end in [0, 1] {
            let pinned = window.pinned[end].clone();
            self.ingest(band.clone(), pinned, window.pinned_slot(end), pixels, buffers);
        }
        let columns = &self.region.columns;
        let mut filled = window.stream.start;
        for first in columns.clone().step_by(self.filter.tiling.chunk) {
            let chunk = first..columns.end.min(first + self.filter.tiling.chunk);
            let needed = window.needed(chunk.end);
            let fresh = filled..needed;
            while filled < needed {
                let run = filled..needed.min(filled + window.run(filled));
                let slot = window.slot(filled);
                filled = run.end;
                self.ingest(band.clone(), run, slot, pixels, buffers);
            }
            let ahead = ahead(band.clone(), fresh);
            let start = first - columns.start;
            let Buffers { columns: source, sums, rows, column_table: table, .. } = &mut *buffers;
            let centre = source[window.slot(first) * column..].as_ptr().addr();
            let radius = filter.radius();
            let offset = tiling.sums_offset(kernels.lanes(), radius, centre, sums.as_ptr().addr());
            let sums = &mut sums[offset..];
            let outputs = start..start + chunk.len();
            let source = InRows { values: source, table, rows: outputs, width: column };
            let target = OutRows { values: sums, pitch: column };
            kernels.fir(filter.taps(), &source, target, ahead);
            let rows = &mut rows[start * self.inner..];
            kernels.retile(sums, chunk.len() * self.inner, rows, offsets);
        }
    }

    /// The columns that the ring of the column pass holds, in order: those of the panel, and if the row pass
    /// follows, all that it needs.
    pub(crate) fn ring_columns(&self) -> [Range<usize>; 3] {
        match (self.filter.order, self.column_window) {
            (PassOrder::ColumnPassFirst, Some(window)) => {
                let [before, after] = window.pinned.clone();
                [window.stream.clone(), before, after]
            }
            _ => [self.region.columns.clone(), 0..0, 0..0],
        }
    }

    /// No row pass yet, and columns are runs in memory: rows are made in tiles.
    fn turn(
        &self,
        band: Range<usize>,
        offsets: &[usize],
        pixels: &impl Source<In>,
        buffers: &mut Buffers<A>,
    ) {
        let kernels = &self.filter.kernels;
        let lanes = kernels.lanes();
        let mut start = 0;
        for columns in self.ring_columns() {
            for first in columns.clone().step_by(self.filter.tiling.chunk) {
                let chunk = first..columns.end.min(first + self.filter.tiling.chunk);
                let len = chunk.len() * self.inner;
                let mut done = 0;
                let (sums, ring) = self.sums_and_ring(buffers);
                pixels.source(chunk, |plane, part| {
                    let vectors = part.len() * self.inner;
                    let sums = &mut sums[done * lanes..];
                    kernels.ingest_columns(plane, band.clone(), part, sums, lanes);
                    done += vectors;
                });
                kernels.retile_source(sums, len, &mut ring[start..], offsets);
                start += len;
            }
        }
    }

    /// No row pass yet, and rows are runs in memory.
    fn copy(
        &self,
        band: Range<usize>,
        offsets: &[usize],
        pixels: &impl Source<In>,
        buffers: &mut Buffers<A>,
    ) {
        let ring = self.ring(buffers);
        for (row, &offset) in band.zip(offsets) {
            let mut start = offset;
            for columns in self.ring_columns().into_iter().filter(|columns| !columns.is_empty()) {
                pixels.source(columns, |plane, part| {
                    let len = part.len() * self.inner;
                    self.filter.kernels.ingest_row(plane, row, part, &mut ring[start..]);
                    start += len;
                });
            }
        }
    }

    /// Brings columns of a band into consecutive slots.
    fn ingest(
        &self,
        band: Range<usize>,
        columns: Range<usize>,
        slot: usize,
        pixels: &impl Source<In>,
        buffers: &mut Buffers<A>,
    ) {
        if columns.is_empty() {
            return;
        }
        let lanes = self.filter.kernels.lanes();
        let column = self.inner * lanes;
        let mut start = slot * column;
        pixels.source(columns, |plane, part| {
            let len = part.len() * column;
            let target = &mut buffers.columns[start..start + len];
            self.filter.kernels.ingest_columns(plane, band.clone(), part, target, 0);
            start += len;
        });
    }
}
