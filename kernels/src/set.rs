//! The one safe door: every length, shape and stride is asserted here, and nowhere else is a gate
//! called.

use std::any::TypeId;
use std::ops::Range;

use crate::chores::{Ahead, Finished, MOST_FINISHED_ROWS};
use crate::egress::{EgressArgs, Seams, line_elements};
use crate::element::{Arithmetic, Element};
use crate::fir::FirArgs;
use crate::gates::{ElementEntries, FirEntries};
use crate::ingest::{IngestArgs, RowArgs};
use crate::level::Level;
use crate::operands::{InRows, OutRows, Parity, Taps};
use crate::plane::{Plane, PlaneMut};
use crate::retile::RetileArgs;

/// The kernels of one level for input elements `In`, sums in `A` and output elements `Out`.
///
/// Scratch is in elements of `A`, in two shapes: *columns*, each one vector of [`lanes`] rows, and
/// *rows*, of whole vectors.
///
/// [`lanes`]: Self::lanes
#[derive(Clone, Copy, Debug)]
pub struct Kernels<In, A, Out> {
    level: Level,
    fir: FirEntries<A>,
    input: ElementEntries<In, A>,
    output: ElementEntries<Out, A>,
}

impl<In: Element, A: Arithmetic, Out: Element> Kernels<In, A, Out> {
    /// The kernels, or `None` where `A` cannot hold the elements.
    #[must_use]
    pub fn new(level: Level) -> Option<Self> {
        Some(Self {
            level,
            fir: A::fir_entries(level),
            input: A::element_entries::<In>(level)?,
            output: A::element_entries::<Out>(level)?,
        })
    }

    /// The kernels that read what these have written.
    #[must_use]
    pub fn following(&self) -> Kernels<Out, A, Out> {
        Kernels { level: self.level, fir: self.fir, input: self.output, output: self.output }
    }

    /// The level.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// Elements of a vector: rows of a band.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.fir.lanes
    }

    /// Output rows that the FIR sums together; any other number works, a multiple is fastest.
    #[must_use]
    pub fn register_rows(&self) -> usize {
        self.fir.register_rows
    }

    /// Weighted sums of rows: output row `y` is the sum of the rows at the entries `rows.start + y ..=
    /// rows.start + y + 2 radius` of the table. `ahead` is prefetched meanwhile.
    ///
    /// # Panics
    /// When a row does not lie in its slice, or the width is not a multiple of the lanes.
    pub fn fir(&self, taps: Taps<'_, A>, src: &InRows<'_, A>, dst: OutRows<'_, A>, ahead: Ahead) {
        self.sum(taps, src, dst, ahead, Finished::NONE);
    }

    /// Whether [`fir_storing`](Self::fir_storing) can store so many rows to this plane: they are runs in
    /// memory of the numbers that are summed, and at most 48.
    #[must_use]
    pub fn stores_while_summing(&self, dst: &PlaneMut<'_, Out>, rows: usize) -> bool {
        streams(dst) && TypeId::of::<Out>() == TypeId::of::<A>() && rows <= MOST_FINISHED_ROWS
    }

    /// As [`fir`](Self::fir) for a strip of rows, while the strip on its left is stored past the caches: rows
    /// `rows` and columns `columns` of a plane. Both strips have the same rows and pitch, and
    /// [`strip_margin`](Self::strip_margin) elements in front of each row, so that row `r` starts at `margin + r
    /// pitch`.
    ///
    /// Whole cache lines are stored. The first of them begins in the margin of the finished strip; what is
    /// left of its rows behind the last goes to the margin of the strip that is summed.
    ///
    /// # Panics
    /// As [`fir`](Self::fir); when the finished strip does not lie in the plane, a margin to the left of it
    /// included, or is no multiple of the margin wide; and where
    /// [`stores_while_summing`](Self::stores_while_summing) says no.
    pub fn fir_storing(
        &self,
        taps: Taps<'_, A>,
        src: &InRows<'_, A>,
        dst: OutRows<'_, A>,
        finished: &[A],
        (plane, rows, columns): (&mut PlaneMut<'_, Out>, Range<usize>, Range<usize>),
        ahead: Ahead,
    ) {
        assert!(
            self.stores_while_summing(plane, rows.len()),
            "runs of the numbers that are summed"
        );
        let (extent, margin) = (plane.extent(), Self::strip_margin());
        let inside = within(&rows, extent.rows) && within(&columns, extent.columns);
        assert!(inside && columns.start * extent.inner >= margin, "a block of the plane");
        let width = columns.len() * extent.inner;
        let whole = width.is_multiple_of(margin) && width.is_multiple_of(self.lanes());
        assert!(whole, "a strip of whole lines");
        assert_eq!(rows.len(), src.rows.len(), "as many rows finished as summed");
        let OutRows { values, pitch } = dst;
        assert!(fits(rows.len(), pitch, margin + width, finished.len()), "rows in their slice");
        assert!(values.len() >= margin, "a margin");
        plane.streamed();
        let place = (plane.at(rows.start, columns.start).cast(), plane.strides().row);
        let src_rows = finished[margin..].as_ptr();
        let places = Finished::places((src_rows, pitch), place);
        let finished = Finished { src: src_rows, width, rows: places.as_ptr() };
        self.sum(taps, src, OutRows { values, pitch }, ahead, finished);
    }

    /// `finished` is as its gate wants it; if it is not empty, `dst` starts with a margin.
    fn sum(
        &self,
        taps: Taps<'_, A>,
        src: &InRows<'_, A>,
        dst: OutRows<'_, A>,
        ahead: Ahead,
        finished: Finished<A>,
    ) {
        let Taps { parity, weights } = taps;
        let (InRows { values, table, rows, width }, OutRows { values: sums, pitch }) = (src, dst);
        assert!(!weights.is_empty(), "weights have a centre");
        let radius = weights.len() - 1;
        let entries = rows.end.checked_add(2 * radius).filter(|_| rows.start < rows.end);
        assert!(entries.is_some_and(|end| end <= table.len()), "one entry per input row");
        assert!(width.is_multiple_of(self.lanes()), "rows of whole vectors");
        let inside = values.len() >= *width && table.furthest() <= values.len() - width;
        assert!(inside, "input rows in their slice");
        let margin = if finished.width > 0 { Self::strip_margin() } else { 0 };
        assert!(fits(rows.len(), pitch, margin + width, sums.len()), "output rows in their slice");
        // Blocks of the finished rows, and turns of asking.
        let chores =
            if finished.width > 0 { usize::MAX } else { ahead.turns(self.fir.register_rows) };
        let args = FirArgs {
            src: values.as_ptr(),
            offsets: table.offsets()[rows.start..].as_ptr(),
            rows: rows.len(),
            width: *width,
            weights: weights.as_ptr(),
            radius,
            one: A::from_f64(1.0),
            dst: sums[margin..].as_mut_ptr(),
            pitch,
            ahead,
            chores,
            finished,
        };
        let gate = match parity {
            Parity::Even => self.fir.even,
            Parity::Odd => self.fir.odd,
        };
        // SAFETY: `level` proves the instructions; all rows were just asserted, and `dst` is borrowed
        // mutably, so that nothing written is read. What is finished was asserted by the caller.
        unsafe { gate(&args) }
    }

    /// Columns of up to [`lanes`](Self::lanes) rows of a plane to columns of scratch, `inner` of them
    /// per column of the plane. Lanes above the last row hold copies of it, or zeros.
    ///
    /// `ahead` is how many rows further down the same columns are prefetched; 0 for none.
    ///
    /// # Panics
    /// When a range does not lie in the plane or the result not in `dst`.
    pub fn ingest_columns(
        &self,
        src: &Plane<'_, In>,
        rows: Range<usize>,
        columns: Range<usize>,
        dst: &mut [A],
        ahead: usize,
    ) {
        let (extent, strides) = (src.extent(), src.strides());
        let inside = within(&rows, extent.rows) && within(&columns, extent.columns);
        assert!(inside && rows.len() <= self.lanes(), "a band of the plane");
        let vectors = columns.len() * extent.inner;
        assert!(dst.len() >= vectors * self.lanes(), "one vector per column");
        let mut args = IngestArgs {
            src: src.at(rows.start, columns.start),
            rows: rows.len(),
            row_stride: strides.row,
            columns: vectors,
            column_stride: strides.column,
            dst: dst.as_mut_ptr(),
            ahead: strides.row.wrapping_mul(ahead as isize),
        };
        if let Some(stride) = strides.run(extent) {
            args.column_stride = stride;
            // SAFETY: `level`; the run is the columns just asserted to be in the plane, and their
            // vectors are in `dst`.
            unsafe { (self.input.columns)(&args) }
        } else {
            (args.columns, args.column_stride) = (extent.inner, strides.inner);
            for _ in columns {
                // SAFETY: as above, for one column's interleaved elements.
                unsafe { (self.input.columns)(&args) }
                args.src = args.src.wrapping_offset(strides.column);
                args.dst = args.dst.wrapping_add(extent.inner * self.lanes());
            }
        }
    }

    /// Columns `columns` of one row of a plane to a row of scratch.
    ///
    /// # Panics
    /// When the row does not lie in the plane or in `dst`.
    pub fn ingest_row(
        &self,
        src: &Plane<'_, In>,
        row: usize,
        columns: Range<usize>,
        dst: &mut [A],
    ) {
        let (extent, strides) = (src.extent(), src.strides());
        assert!(row < extent.rows && within(&columns, extent.columns), "a row of the plane");
        let len = columns.len() * extent.inner;
        assert!(dst.len() >= len, "a row of scratch");
        let mut args = RowArgs {
            src: src.at(row, columns.start),
            columns: len,
            column_stride: strides.column,
            dst: dst.as_mut_ptr(),
        };
        if let Some(stride) = strides.run(extent) {
            args.column_stride = stride;
            // SAFETY: `level`; the run is the row just asserted to be in the plane and in `dst`.
            unsafe { (self.input.row)(&args) }
        } else {
            (args.columns, args.column_stride) = (extent.inner, strides.inner);
            for _ in columns {
                // SAFETY: as above, for one column's interleaved elements.
                unsafe { (self.input.row)(&args) }
                args.src = args.src.wrapping_offset(strides.column);
                args.dst = args.dst.wrapping_add(extent.inner);
            }
        }
    }

    /// Row-filtered columns of scratch to rows of scratch at `offsets`, each value rounded to `Out` on
    /// its way: the store between two passes. Columns are written in whole tiles of
    /// [`lanes`](Self::lanes).
    ///
    /// # Panics
    /// When a column does not lie in `src`, or a row not in `dst`.
    pub fn retile(&self, src: &[A], columns: usize, dst: &mut [A], offsets: &[usize]) {
        self.retile_by(self.output.retile, src, columns, dst, offsets);
    }

    /// As [`retile`](Self::retile) for columns as they were ingested: every value stays what it is.
    ///
    /// # Panics
    /// When a column does not lie in `src`, or a row not in `dst`.
    pub fn retile_source(&self, src: &[A], columns: usize, dst: &mut [A], offsets: &[usize]) {
        self.retile_by(self.input.retile, src, columns, dst, offsets);
    }

    fn retile_by(
        &self,
        gate: unsafe fn(&RetileArgs<A>),
        src: &[A],
        columns: usize,
        dst: &mut [A],
        offsets: &[usize],
    ) {
        let lanes = self.lanes();
        let padded = columns.next_multiple_of(lanes);
        assert!(src.len() >= padded * lanes, "columns of whole tiles");
        assert!((1..=lanes).contains(&offsets.len()), "one lane per row");
        let furthest = offsets.iter().copied().max().unwrap_or(0);
        assert!(dst.len() >= padded && furthest <= dst.len() - padded, "rows in their slice");
        let args = RetileArgs {
            src: src.as_ptr(),
            columns,
            dst: dst.as_mut_ptr(),
            offsets: offsets.as_ptr(),
            rows: offsets.len(),
        };
        // SAFETY: `level`; both sides were just asserted.
        unsafe { gate(&args) }
    }

    /// Rows of scratch to rows and columns of a plane; `streaming` stores go past the caches where
    /// the plane's rows are runs in memory.
    ///
    /// # Panics
    /// When a range does not lie in the plane, or a row not in `src`.
    pub fn egress(
        &self,
        src: &[A],
        pitch: usize,
        dst: &mut PlaneMut<'_, Out>,
        rows: Range<usize>,
        columns: Range<usize>,
        streaming: bool,
    ) {
        let len = columns.len() * dst.extent().inner;
        assert!(fits(rows.len(), pitch, len, src.len()), "rows in their slice");
        let stream = (streaming && streams(dst)).then(Seams::default);
        self.store(src, pitch, dst, rows, columns, stream);
    }

    /// Elements in front of each row of a strip: a cache line of `Out`.
    #[must_use]
    pub fn strip_margin() -> usize {
        line_elements::<Out>()
    }

    /// As [`egress`](Self::egress), streaming, for an end of the rows that
    /// [`fir_storing`](Self::fir_storing) stores the middle of. Row `r` starts at `margin + r pitch`.
    ///
    /// # Panics
    /// As [`egress`](Self::egress); when a block beyond whose right end rows go on is shorter than the
    /// margin, or there is no margin on the left of one before whose left end they do.
    pub fn egress_end(
        &self,
        src: &[A],
        pitch: usize,
        dst: &mut PlaneMut<'_, Out>,
        rows: Range<usize>,
        columns: Range<usize>,
        seams: Seams,
    ) {
        let (margin, inner) = (Self::strip_margin(), dst.extent().inner);
        let len = columns.len() * inner;
        assert!(fits(rows.len(), pitch, margin + len, src.len()), "rows in their slice");
        assert!(!seams.right || len >= margin, "a block of whole lines");
        assert!(!seams.left || columns.start * inner >= margin, "a neighbour on the left");
        self.store(&src[margin..], pitch, dst, rows, columns, streams(dst).then_some(seams));
    }

    /// `src` holds the rows, and the margins where `stream` has a seam on the left.
    fn store(
        &self,
        src: &[A],
        pitch: usize,
        dst: &mut PlaneMut<'_, Out>,
        rows: Range<usize>,
        columns: Range<usize>,
        stream: Option<Seams>,
    ) {
        let (extent, strides) = (dst.extent(), dst.strides());
        let inside = within(&rows, extent.rows) && within(&columns, extent.columns);
        assert!(inside, "a block of the plane");
        if stream.is_some() {
            dst.streamed();
        }
        let mut args = EgressArgs {
            src: src.as_ptr(),
            pitch,
            rows: rows.len(),
            columns: columns.len() * extent.inner,
            dst: dst.at(rows.start, columns.start),
            row_stride: strides.row,
            column_stride: strides.column,
            stream,
        };
        if let Some(stride) = strides.run(extent) {
            args.column_stride = stride;
            // SAFETY: `level`; the run is the columns just asserted to be in the plane, and their
            // elements are in `src`. Streamed runs have stride 1; what a seam on the left adds are
            // elements of the same rows of the plane.
            unsafe { (self.output.egress)(&args) }
        } else {
            (args.columns, args.column_stride) = (extent.inner, strides.inner);
            for _ in columns {
                // SAFETY: as above, for one column's interleaved elements.
                unsafe { (self.output.egress)(&args) }
                args.src = args.src.wrapping_add(extent.inner);
                args.dst = args.dst.wrapping_offset(strides.column);
            }
        }
    }
}

/// Whether rows are runs in memory, upwards: what non-temporal stores are for.
fn streams<T>(dst: &PlaneMut<'_, T>) -> bool {
    dst.strides().run(dst.extent()) == Some(1)
}

fn within(range: &Range<usize>, len: usize) -> bool {
    range.start < range.end && range.end <= len
}

/// Whether `rows` rows of `width`, `pitch` apart, lie in `len` elements.
fn fits(rows: usize, pitch: usize, width: usize, len: usize) -> bool {
    rows.checked_sub(1)
        .and_then(|last| last.checked_mul(pitch))
        .and_then(|start| start.checked_add(width))
        .is_some_and(|end| end <= len)
}
