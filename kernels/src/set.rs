//! The one safe door: every length, shape and stride is asserted here, and nowhere else is a gate
//! called.

use std::ops::Range;

use crate::egress::EgressArgs;
use crate::element::{Arithmetic, Element};
use crate::fir::FirArgs;
use crate::gates::{ElementEntries, FirEntries};
use crate::ingest::{IngestArgs, RowArgs};
use crate::level::Level;
use crate::plane::{Plane, PlaneMut};
use crate::retile::RetileArgs;
use crate::table::RowTable;

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

/// How the two halves of a kernel relate, and so how the FIR folds its pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Parity {
    /// `w[-k] == w[k]`, folded as `x[-k] + x[k]`: smoothing and even derivatives.
    Even,
    /// `w[-k] == -w[k]`, folded as `x[-k] - x[k]`: odd derivatives.
    Odd,
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

    /// Weighted sums of rows: output row `y` of `dst` is the sum of the rows of `src` at the entries
    /// `rows.start + y ..= rows.start + y + 2 radius` of `table`, with `weights` the centre and the
    /// `radius` to one side of it. `rows` counts output rows.
    ///
    /// # Panics
    /// When a row does not lie in its slice, or `width` is not a multiple of the lanes.
    #[expect(clippy::too_many_arguments, reason = "two matrices and what relates them")]
    pub fn fir(
        &self,
        parity: Parity,
        weights: &[A],
        src: &[A],
        (table, rows): (&RowTable, Range<usize>),
        width: usize,
        dst: &mut [A],
        pitch: usize,
    ) {
        assert!(!weights.is_empty(), "weights have a centre");
        let radius = weights.len() - 1;
        let entries = rows.end.checked_add(2 * radius).filter(|_| rows.start < rows.end);
        assert!(entries.is_some_and(|end| end <= table.len()), "one entry per input row");
        let offsets = &table.offsets()[rows.start..];
        let rows = rows.len();
        assert!(width.is_multiple_of(self.lanes()), "rows of whole vectors");
        let inside = src.len() >= width && table.furthest() <= src.len() - width;
        assert!(inside, "input rows in their slice");
        assert!(fits(rows, pitch, width, dst.len()), "output rows in their slice");
        let args = FirArgs {
            src: src.as_ptr(),
            offsets: offsets.as_ptr(),
            rows,
            width,
            weights: weights.as_ptr(),
            radius,
            dst: dst.as_mut_ptr(),
            pitch,
        };
        let gate = match parity {
            Parity::Even => self.fir.even,
            Parity::Odd => self.fir.odd,
        };
        // SAFETY: `level` proves the instructions; all rows were just asserted, and `dst` is borrowed
        // mutably, so that nothing written is read.
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
        let (extent, strides) = (dst.extent(), dst.strides());
        let inside = within(&rows, extent.rows) && within(&columns, extent.columns);
        assert!(inside, "a block of the plane");
        let len = columns.len() * extent.inner;
        assert!(fits(rows.len(), pitch, len, src.len()), "rows in their slice");
        let mut args = EgressArgs {
            src: src.as_ptr(),
            pitch,
            rows: rows.len(),
            columns: len,
            dst: dst.at(rows.start, columns.start),
            row_stride: strides.row,
            column_stride: strides.column,
            streaming,
        };
        if let Some(stride) = strides.run(extent) {
            args.column_stride = stride;
            // SAFETY: `level`; the run is the columns just asserted to be in the plane, and their
            // elements are in `src`.
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
