//! The column pass: groups of rows are made from a ring of rows, a strip of columns at a time.
//!
//! ```text
//! rows --fir--> strip --store--> output
//! (ring)
//! ```
//!
//! A strip is stored past the caches while the next is summed, the last strip of a group while the
//! first of the next group is; or a whole group leaves beside the sums of later passes. If the row
//! pass comes second, column-filtered rows are held for it instead ([`hold`](super::hold)).

use std::ops::{ControlFlow, Range};

use gausstack_kernels::{
    AlignedBuffer, Arithmetic, InRows, Kernels, OutRows, PlaneMut, Prefetch, RowTable, SharedLines,
    Traffic,
};

use crate::error::Error;
use crate::panel::join::join_rows;
use crate::panel::outgoing::{Outgoing, Pending};
use crate::panel::reserve::{buffer, table};
use crate::panel::source::Target;
use crate::plan::axis_filter::Join;
use crate::plan::sizes::Rows;
use crate::plan::terms::{PassFilters, TermFilter};
use crate::plan::window::Window;

/// What the column pass works in.
#[derive(Debug)]
pub(crate) struct ColumnScratch<A> {
    pub(crate) table: RowTable,
    /// The strip at work, and the strip on its left, on its way out.
    pub(crate) strips: [AlignedBuffer<A>; 2],
}

impl<A: Arithmetic> ColumnScratch<A> {
    /// Scratch for a table of `rows` entries and strips of `strip` elements.
    pub(crate) fn new(rows: usize, strip: usize) -> Result<Self, Error> {
        Ok(Self { table: table(rows)?, strips: [buffer(strip)?, buffer(strip)?] })
    }
}

/// A strip of a group: rows and columns of the panel.
#[derive(Clone)]
struct Strip {
    rows: Range<usize>,
    columns: Range<usize>,
}

/// The column pass of a panel.
#[derive(Clone, Debug)]
pub(crate) struct ColumnPass<'p, A> {
    pub(crate) kernels: &'p Kernels<A>,
    pub(crate) filters: PassFilters<'p, A>,
    /// How two terms are joined before they are stored; `None` if there is one, or a pass follows.
    pub(crate) join: Option<Join>,
    /// The rows that the panel's rows need.
    pub(crate) window: Window,
    /// Columns of the panel.
    pub(crate) columns: usize,
    pub(crate) inner: usize,
    pub(crate) ring: Rows,
    /// Columns of a strip.
    pub(crate) strip_columns: usize,
    pub(crate) strip: Rows,
    /// Rows of a group.
    pub(crate) group: usize,
    /// The output leaves past the caches.
    pub(crate) streaming: bool,
    /// Elements from one row of the source to the next, if its rows are summed as they lie there
    /// and there is no ring.
    pub(crate) source_pitch: Option<usize>,
}

/// What the table and the constant row are made from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ColumnKey {
    window: Window,
    ring: Rows,
    cvals: [u64; 2],
    source_pitch: Option<usize>,
}

impl<A: Arithmetic> ColumnPass<'_, A> {
    pub(crate) fn key(&self) -> ColumnKey {
        let Self { window, ring, filters, source_pitch, .. } = self;
        // Of the source a table has the rows themselves.
        let in_ring = source_pitch.is_none();
        let window = if in_ring { window.table_key() } else { window.clone() };
        let (ring, source_pitch) = (*ring, *source_pitch);
        ColumnKey { window, ring, cvals: filters.cval_bits(), source_pitch }
    }

    /// Fills the table, and the constant row of the ring if there is one, unless `go_on` stops it.
    pub(crate) fn prepare(
        &self,
        ring: &mut [A],
        table: &mut RowTable,
        go_on: impl FnMut() -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if let Some(pitch) = self.source_pitch {
            return self.window.fill_line_table(pitch, table, go_on);
        }
        let pitch = self.ring.pitch;
        self.window.fill_table(pitch, table, go_on)?;
        if let Some(slot) = self.window.constant_line() {
            let row = &mut ring[slot * pitch..(slot + 1) * pitch];
            for (number, term) in self.filters.iter() {
                row[self.ring.start(number)..].fill(term.cval);
            }
        }
        ControlFlow::Continue(())
    }

    /// Makes a group of output rows, and stores what is outgoing of the group before. Meanwhile
    /// the lines are prefetched that `ahead` names for each strip, by default those that will be
    /// written.
    pub(crate) fn store<'x, 'a: 'x, T: Target<'a>>(
        &self,
        group: Range<usize>,
        ring: &[A],
        target: &mut T,
        ahead: impl Fn(&T, Range<usize>) -> Option<Prefetch>,
        outgoing: &mut Outgoing<'x, A>,
        scratch: &mut ColumnScratch<A>,
    ) {
        let rows = self.place(group);
        if outgoing.leaves {
            return self.leave(rows, (ring, &scratch.table), target, ahead, outgoing);
        }
        let pending = &mut outgoing.pending;
        if pending.as_ref().is_some_and(|pending| pending.rows.len() != rows.len()) {
            self.store_pending(target.output(), pending, scratch);
        }
        let deferred =
            self.streaming && self.kernels.stores_while_summing(target.output(), rows.len());
        for first in (0..self.columns).step_by(self.strip_columns) {
            let columns = first..self.columns.min(first + self.strip_columns);
            let ahead = ahead(target, columns.clone());
            let strip = Strip { rows: rows.clone(), columns };
            let plane = target.output();
            let ahead = ahead.unwrap_or_else(|| self.lines_to_write(plane, &strip));
            self.sum(ring, &strip, plane, pending.take(), ahead, scratch);
            if deferred {
                *pending = self.defer(plane, strip, scratch);
            } else {
                let Strip { rows, columns } = strip;
                let sums = &scratch.strips[0][self.kernels.strip_margin()..];
                self.kernels.store(sums, self.strip.pitch, plane, rows, columns, self.streaming);
            }
            let [summed, finished] = &mut scratch.strips;
            std::mem::swap(summed, finished);
        }
    }

    /// Makes a group of output rows that leave beside later sums.
    fn leave<'x, 'a: 'x, T: Target<'a>>(
        &self,
        rows: Range<usize>,
        (ring, table): (&[A], &RowTable),
        target: &mut T,
        ahead: impl Fn(&T, Range<usize>) -> Option<Prefetch>,
        outgoing: &mut Outgoing<'x, A>,
    ) {
        let (kernels, term) = (self.kernels, &self.filters.first);
        for first in (0..self.columns).step_by(self.strip_columns) {
            let columns = first..self.columns.min(first + self.strip_columns);
            let ahead = ahead(target, columns.clone());
            let strip = Strip { rows: rows.clone(), columns };
            let ahead = ahead.unwrap_or_else(|| self.lines_to_write(target.output(), &strip));
            let source = self.source(ring, table, &strip, 0);
            let Outgoing { room, pitch, leaving, .. } = &mut *outgoing;
            let (values, pitch) = (&mut room[first * self.inner..], *pitch);
            let traffic = Traffic::new(ahead, leaving);
            let sums = OutRows { values: &mut *values, pitch };
            kernels.fir(term.filter.taps(), &source, sums, traffic);
            self.finish(term, values, pitch, (rows.len(), source.width));
        }
        outgoing.leave(kernels, target.output(), rows, 0..self.columns);
    }

    /// Stores what is pending with no sums beside it.
    pub(crate) fn store_pending(
        &self,
        plane: &mut PlaneMut<'_>,
        pending: &mut Option<Pending>,
        scratch: &ColumnScratch<A>,
    ) {
        let Some(Pending { rows, columns, skipped }) = pending.take() else { return };
        let sums = &scratch.strips[1][skipped * self.inner..];
        let shared_lines = SharedLines { left: true, right: true };
        self.kernels.store_end(sums, self.strip.pitch, plane, rows, columns, shared_lines);
    }

    /// Sums a strip of all terms and joins them, and stores the strip that was pending.
    fn sum(
        &self,
        ring: &[A],
        strip: &Strip,
        plane: &mut PlaneMut<'_>,
        pending: Option<Pending>,
        ahead: Prefetch,
        ColumnScratch { table, strips: [summed, finished] }: &mut ColumnScratch<A>,
    ) {
        let (kernels, pitch) = (self.kernels, self.strip.pitch);
        let margin = kernels.strip_margin();
        let source = self.source(ring, table, strip, 0);
        let taps = self.filters.first.filter.taps();
        if let Some(Pending { rows, columns, skipped }) = pending {
            let target = OutRows { values: summed, pitch };
            let finished = &finished[skipped * self.inner..];
            kernels.fir_storing(taps, &source, target, finished, (plane, rows, columns), ahead);
        } else {
            let target = OutRows { values: &mut summed[margin..], pitch };
            kernels.fir(taps, &source, target, ahead);
        }
        let size = (strip.rows.len(), source.width);
        self.finish(&self.filters.first, &mut summed[margin..], pitch, size);
        if let Some(second) = &self.filters.second {
            let join = self.join.expect("two terms are joined where they are stored");
            let source = self.source(ring, table, strip, 1);
            let start = margin + self.strip.start(1);
            let target = OutRows { values: &mut summed[start..], pitch };
            kernels.fir(second.filter.taps(), &source, target, Prefetch::NONE);
            self.finish(second, &mut summed[start..], pitch, size);
            join_rows(join, kernels, &mut summed[margin..], self.strip, size);
        }
    }

    /// Applies the filters along axes of one sample to the rows of a summed strip.
    fn finish(
        &self,
        term: &TermFilter<'_, A>,
        sums: &mut [A],
        pitch: usize,
        (rows, width): (usize, usize),
    ) {
        let starts = (0..rows).map(|row| row * pitch);
        term.finish(self.kernels, sums, (starts, width), false);
    }

    /// Stores the ends of a summed strip that are parts of cache lines, and returns what lies
    /// between them, which is stored while the next strip is summed.
    fn defer(
        &self,
        plane: &mut PlaneMut<'_>,
        strip: Strip,
        scratch: &ColumnScratch<A>,
    ) -> Option<Pending> {
        let (kernels, pitch, summed) = (self.kernels, self.strip.pitch, &scratch.strips[0]);
        let (margin, shared_lines) = (kernels.strip_margin(), self.shared_lines(&strip));
        let Strip { rows, columns } = strip;
        let head = if shared_lines.left { 0 } else { margin };
        let tail = if shared_lines.right { 0 } else { margin + columns.len() % margin };
        let middle = columns.start + head..columns.end.saturating_sub(tail);
        if middle.is_empty() {
            kernels.store_end(summed, pitch, plane, rows, columns, shared_lines);
            return None;
        }
        if head > 0 {
            let shared_lines = SharedLines { right: true, ..shared_lines };
            kernels.store_end(summed, pitch, plane, rows.clone(), 0..head, shared_lines);
        }
        if tail > 0 {
            let sums = &summed[(middle.end - columns.start) * self.inner..];
            let (tail, shared_lines) =
                (middle.end..columns.end, SharedLines { left: true, ..shared_lines });
            kernels.store_end(sums, pitch, plane, rows.clone(), tail, shared_lines);
        }
        Some(Pending { rows, columns: middle, skipped: head })
    }

    /// The lines of the output that will be written: those of a strip, or past the caches those of
    /// the next group that are written in parts.
    fn lines_to_write(&self, plane: &PlaneMut<'_>, strip: &Strip) -> Prefetch {
        let Strip { rows, columns } = strip;
        let next = rows.end..self.window.outputs.len().min(rows.end + self.group);
        match (self.streaming, self.shared_lines(strip)) {
            (false, _) => Prefetch::of(&plane.reader(), rows.clone(), columns.clone()),
            (true, SharedLines { left: false, .. }) => Prefetch::down(&plane.reader(), next, 0),
            (true, SharedLines { right: false, .. }) => {
                Prefetch::down(&plane.reader(), next, self.columns - 1)
            }
            _ => Prefetch::NONE,
        }
    }

    /// The rows of the ring that a strip of a term is summed from.
    fn source<'s>(
        &self,
        ring: &'s [A],
        table: &'s RowTable,
        strip: &Strip,
        term: usize,
    ) -> InRows<'s, A> {
        InRows {
            values: &ring[strip.columns.start * self.inner + self.ring.start(term)..],
            table,
            rows: strip.rows.clone(),
            width: (strip.columns.len() * self.inner).next_multiple_of(self.kernels.lanes()),
        }
    }

    /// Whether the rows of a strip go on beyond its ends.
    fn shared_lines(&self, Strip { columns, .. }: &Strip) -> SharedLines {
        SharedLines { left: columns.start > 0, right: columns.end < self.columns }
    }

    /// Rows of the slice, as numbered in the panel.
    pub(crate) fn place(&self, rows: Range<usize>) -> Range<usize> {
        let first = self.window.outputs.start;
        rows.start - first..rows.end - first
    }
}
