//! Source rows into the ring: row-filtered, or as they are.

use std::ops::Range;

use gausstack_kernels::{Ahead, Arithmetic, InRows, OutRows, Taps};

use crate::panel::pixels::Source;
use crate::panel::slice::Panel;
use crate::panel::slice::PanelFilter;
use crate::plan::axis_filter::AxisFilter;
use crate::plan::layout::PassOrder;
use crate::plan::window::Window;
use crate::run::scratch::Buffers;

/// Rows of pixels of several values are summed as they lie up to this radius; their samples are never in neighbouring vectors.
const MOST_RADIUS_INTERLEAVED: usize = 2;

/// Rows of a band: lanes of the widest vector.
pub(crate) const MOST_LANES: usize = 16;

/// Fewer vectors than this are not worth a call of their own.
const LEAST_VECTORS: usize = 4;

/// Products of a row between two looks at whether the run is stopped: some milliseconds.
const MOST_TAPS: usize = 1 << 27;

/// The row pass of a band, whose rows go to `offsets` in the ring.
pub(crate) struct RowPass<'a, A> {
    pub(crate) filter: &'a AxisFilter<A>,
    pub(crate) window: &'a Window,
    pub(crate) band: Range<usize>,
    pub(crate) offsets: &'a [usize],
}

impl<A: Arithmetic> Panel<'_, '_, A> {
    /// Row-filters a band of rows, or brings it in as it is, to its slots in the ring. `ahead` tells what to prefetch while
    /// columns of the band are summed.
    pub(crate) fn band(
        &self,
        band: Range<usize>,
        slot: impl Fn(usize) -> usize,
        pixels: &impl Source,
        ahead: impl Fn(Range<usize>, Range<usize>) -> Ahead,
        buffers: &mut Buffers<A>,
    ) {
        let offsets = &mut [0; MOST_LANES][..band.len()];
        for (lane, offset) in offsets.iter_mut().enumerate() {
            *offset = slot(lane) * self.ring_pitch();
        }
        let PanelFilter { along_columns, order, .. } = *self.filter;
        let row_pass = along_columns.filter(|_| order == PassOrder::RowPassFirst);
        if let (Some(filter), Some(window)) = (row_pass, self.column_window) {
            let pass = RowPass { filter, window, band, offsets };
            self.row_pass(&pass, pixels, ahead, buffers);
        } else {
            let second = self.ring_second();
            let (sums, ring) = self.sums_and_ring(buffers);
            self.bring(band, pixels, sums, ring, offsets, second);
        }
    }

    /// The columns whose sums need no transposes: where the radius is small, rows of the source are runs in
    /// memory, and no border is near.
    fn as_they_lie(&self, filter: &AxisFilter<A>, pixels: &impl Source) -> Range<usize> {
        let kernels = &self.filter.kernels;
        let columns = &self.region.columns;
        let none = columns.end..columns.end;
        // (Rows parted one by one and summed as they lie took 1.4 times as long at radius 8, 1.0 times at 4.)
        if self.filter.parting.is_some() {
            return none;
        }
        let most =
            if self.inner == 1 { kernels.most_radius_along() } else { MOST_RADIUS_INTERLEAVED };
        // Turned, few rows leave lanes empty.
        if filter.radius() > most && 2 * self.region.rows.len() > kernels.lanes() {
            return none;
        }
        let (len, step) = (self.filter.extent.columns, kernels.lanes());
        let reach = kernels.row_reach(filter.taps(), self.inner).div_ceil(self.inner);
        if reach >= len {
            return none;
        }
        // Every source has the columns that the sums need, and perhaps no more.
        let held =
            columns.start.saturating_sub(filter.radius())..len.min(columns.end + filter.radius());
        // Whole vectors from the first column on.
        let before = (held.start + reach).saturating_sub(columns.start);
        let first = columns.start + before.next_multiple_of(step);
        let end = columns.end.min(held.end.saturating_sub(reach));
        if end < first + LEAST_VECTORS * step {
            return none;
        }
        let middle = first..end - (end - first) % step;
        let mut whole = false;
        pixels.source(middle.start - reach..middle.end + reach, |plane, part| {
            whole = part.len() == middle.len() + 2 * reach && kernels.sums_along(plane);
        });
        if whole { middle } else { none }
    }

    /// What to prefetch of a band that starts at row `first`.
    pub(crate) fn below(&self, pixels: &impl Source, first: usize, columns: Range<usize>) -> Ahead {
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

    /// The same of the mask, if there is one, within its slice.
    fn mask_below(&self, pixels: &impl Source, first: usize, columns: Range<usize>) -> Ahead {
        let rows = first..self.filter.extent.rows.min(first + self.filter.kernels.lanes());
        match pixels.mask().filter(|_| !rows.is_empty() && !columns.is_empty()) {
            Some(mask) => Ahead::of(&mask.plane, rows, columns),
            None => Ahead::NONE,
        }
    }

    pub(crate) fn row_pass(
        &self,
        pass: &RowPass<'_, A>,
        pixels: &impl Source,
        ahead: impl Fn(Range<usize>, Range<usize>) -> Ahead,
        buffers: &mut Buffers<A>,
    ) {
        let RowPass { filter, window, band, offsets } = pass;
        for end in [0, 1] {
            let pinned = window.pinned[end].clone();
            self.ingest(band.clone(), pinned, window.pinned_slot(end), pixels, buffers);
        }
        let columns = &self.region.columns;
        let middle = self.as_they_lie(filter, pixels);
        let alone = middle.is_empty();
        let mut filled = window.stream.start;
        // From the left to the right: whole vectors are written, and those behind a part put right what they find.
        let left = columns.start..middle.start;
        let soon = |columns| if alone { ahead(band.clone(), columns) } else { Ahead::NONE };
        self.turned(pass, left, &mut filled, pixels, soon, buffers);
        if !alone {
            let soon = ahead(band.clone(), middle.clone());
            let (start, len) =
                ((middle.start - columns.start) * self.inner, middle.len() * self.inner);
            let Buffers { rows, line, unasked, .. } = &mut *buffers;
            let rows = &mut rows[start..];
            let also = self.also_along_columns();
            let (one, two);
            let kernels: &[_] = match also {
                None => {
                    one = [(filter.taps(), 0)];
                    &one
                }
                Some((also, second)) => {
                    two = [(filter.taps(), 0), (also.taps(), second)];
                    &two
                }
            };
            let step = (MOST_TAPS / filter.weights.count()).max(1).next_multiple_of(MOST_LANES);
            let mut soon = Some(soon);
            for first in middle.clone().step_by(step) {
                let piece = first..middle.end.min(first + step);
                let products = self.products(band.len() * piece.len(), Some(filter));
                let rows = &mut rows[(first - middle.start) * self.inner..];
                pixels.source(piece, |plane, part| {
                    let source = (plane, band.clone(), part);
                    let soon = soon.take().unwrap_or(Ahead::NONE);
                    self.filter.kernels.fir_along(kernels, source, line, rows, offsets, soon);
                });
                if self.filter.reporter.pulse(unasked, products).is_break() {
                    return;
                }
            }
            for &(_, second) in kernels {
                self.round(&mut rows[second..], len, offsets);
            }
            filled = filled.max(middle.end - filter.radius());
            let right = middle.end..columns.end;
            self.turned(pass, right, &mut filled, pixels, |_| Ahead::NONE, buffers);
        }
    }

    /// The row pass of some columns by transposes, `filled` of those it reads being there.
    fn turned(
        &self,
        pass: &RowPass<'_, A>,
        columns: Range<usize>,
        filled: &mut usize,
        pixels: &impl Source,
        ahead: impl Fn(Range<usize>) -> Ahead,
        buffers: &mut Buffers<A>,
    ) {
        let RowPass { filter, window, band, offsets } = pass;
        let PanelFilter { kernels, tiling, .. } = self.filter;
        let (radius, column) = (filter.radius(), self.inner * kernels.lanes());
        for first in columns.clone().step_by(tiling.chunk) {
            let chunk = first..columns.end.min(first + tiling.chunk);
            let needed = window.needed(chunk.end);
            let fresh = *filled..needed;
            while *filled < needed {
                let run = *filled..needed.min(*filled + window.run(*filled));
                let slot = window.slot(*filled);
                *filled = run.end;
                self.ingest(band.clone(), run, slot, pixels, buffers);
            }
            let start = first - self.region.columns.start;
            let Buffers { columns: source, sums, rows, column_table: table, .. } = &mut *buffers;
            let soon = [ahead(fresh.clone()), self.mask_below(pixels, band.end, fresh)];
            let terms = self.row_terms(filter, source.len());
            for ((taps, from, second), soon) in terms.zip(soon) {
                let source = &source[from..];
                let centre = source[window.slot(first) * column..].as_ptr().addr();
                let offset =
                    tiling.sums_offset(kernels.lanes(), radius, centre, sums.as_ptr().addr());
                let sums = &mut sums[offset..];
                let outputs = start..start + chunk.len();
                let source = InRows { values: source, table, rows: outputs, width: column };
                let target = OutRows { values: &mut *sums, pitch: column };
                kernels.fir(taps, &source, target, soon);
                let rows = &mut rows[start * self.inner + second..];
                kernels.retile(sums, chunk.len() * self.inner, rows, offsets);
                self.round(rows, chunk.len() * self.inner, offsets);
            }
            // (What is left out of a run that was stopped is not looked at.)
            let products = self.products(band.len() * chunk.len(), Some(filter));
            if self.filter.reporter.pulse(&mut buffers.unasked, products).is_break() {
                return;
            }
        }
    }

    /// The weights of each term, where of so many numbers its columns start, and where in a row of the ring its sums do.
    fn row_terms<'s>(
        &'s self,
        filter: &'s AxisFilter<A>,
        columns: usize,
    ) -> impl Iterator<Item = (Taps<'s, A>, usize, usize)> {
        let from = if self.parts_columns() { columns / 2 } else { 0 };
        let also = self.also_along_columns().map(|(also, second)| (also.taps(), from, second));
        [(filter.taps(), 0, 0)].into_iter().chain(also)
    }

    /// The filter of the second term, and where in a row of the ring its sums start.
    fn also_along_columns(&self) -> Option<(&AxisFilter<A>, usize)> {
        Some((self.filter.also?.along_columns?, self.filter.tiling.second))
    }

    /// Rounds rows of sums at `offsets` if another pass follows; the last is rounded where it is stored.
    fn round(&self, rows: &mut [A], len: usize, offsets: &[usize]) {
        let kernels = &self.filter.kernels;
        if self.filter.along_rows.is_some() && kernels.rounds_between() {
            for &offset in offsets {
                kernels.between(&mut rows[offset..offset + len]);
            }
        }
    }

    /// Brings columns of a band into consecutive slots.
    fn ingest(
        &self,
        band: Range<usize>,
        columns: Range<usize>,
        slot: usize,
        pixels: &impl Source,
        buffers: &mut Buffers<A>,
    ) {
        if columns.is_empty() {
            return;
        }
        let kernels = &self.filter.kernels;
        let column = self.inner * kernels.lanes();
        let mut start = slot * column;
        pixels.source(columns.clone(), |plane, part| {
            let len = part.len() * column;
            let target = &mut buffers.columns[start..start + len];
            kernels.ingest_columns(plane, band.clone(), part, target, 0);
            start += len;
        });
        let Some(parting) = self.filter.parting else { return };
        let half = buffers.columns.len() / 2;
        let (samples, validity) = buffers.columns.split_at_mut(half);
        let place = slot * column..start;
        let (samples, validity) = (&mut samples[place.clone()], &mut validity[place]);
        let mask = pixels.mask();
        if let Some(mask) = mask {
            kernels.masks().ingest_columns(&mask.plane, band, columns, validity, 0);
        }
        parting.part(kernels, samples, validity, mask.is_some());
    }
}
