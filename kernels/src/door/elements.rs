//! Elements in memory to scratch, between the two shapes of scratch, and back.

use std::ops::Range;

use super::{Kernels, fits, streams, within};
use crate::between::BetweenArgs;
use crate::combine::{Combine, CombineArgs};
use crate::egress::{EgressArgs, Seams};
use crate::element::{Arithmetic, ElementType};
use crate::ingest::{IngestArgs, RowArgs};
use crate::plane::{Extent, Plane, PlaneMut, Strides};
use crate::retile::RetileArgs;
use crate::validity::{DivideArgs, ValidityArgs};

impl<A: Arithmetic> Kernels<A> {
    /// Columns of up to [`lanes`](Self::lanes) rows of a plane to columns of scratch, `inner` of them
    /// per column of the plane. Lanes above the last row hold copies of it, or zeros.
    ///
    /// `ahead` is how many rows further down the same columns are prefetched; 0 for none.
    ///
    /// # Panics
    /// When a range does not lie in the plane or the result not in `dst`.
    pub fn ingest_columns(
        &self,
        src: &Plane<'_>,
        rows: Range<usize>,
        columns: Range<usize>,
        dst: &mut [A],
        ahead: usize,
    ) {
        let (extent, strides) = (src.extent(), src.strides());
        assert_eq!(src.element_type(), self.input.element, "a plane of the input's elements");
        let inside = within(&rows, extent.rows) && within(&columns, extent.columns);
        assert!(inside && rows.len() <= self.lanes(), "a band of the plane");
        let (vectors, runs) =
            (columns.len() * extent.inner, Runs::of(extent, strides, columns.len()));
        assert!(dst.len() >= vectors * self.lanes(), "one vector per column");
        let mut args = IngestArgs {
            src: src.at(rows.start, columns.start),
            rows: rows.len(),
            row_stride: strides.row,
            columns: runs.len,
            column_stride: runs.stride,
            dst: dst.as_mut_ptr(),
            ahead: strides.row.wrapping_mul(ahead as isize),
        };
        let step = runs.bytes(src.element_type());
        for _ in 0..runs.count {
            // SAFETY: `level`; together the runs are the columns just asserted to be in the plane, and
            // their vectors are in `dst`.
            unsafe { (self.input.columns)(&args) }
            args.src = args.src.wrapping_offset(step);
            args.dst = args.dst.wrapping_add(runs.len * self.lanes());
        }
    }

    /// Columns `columns` of one row of a plane to a row of scratch.
    ///
    /// # Panics
    /// When the row does not lie in the plane or in `dst`.
    pub fn ingest_row(&self, src: &Plane<'_>, row: usize, columns: Range<usize>, dst: &mut [A]) {
        let (extent, strides) = (src.extent(), src.strides());
        assert_eq!(src.element_type(), self.input.element, "a plane of the input's elements");
        assert!(row < extent.rows && within(&columns, extent.columns), "a row of the plane");
        let len = columns.len() * extent.inner;
        assert!(dst.len() >= len, "a row of scratch");
        let runs = Runs::of(extent, strides, columns.len());
        let mut args = RowArgs {
            src: src.at(row, columns.start),
            columns: runs.len,
            column_stride: runs.stride,
            dst: dst.as_mut_ptr(),
        };
        let step = runs.bytes(src.element_type());
        for _ in 0..runs.count {
            // SAFETY: `level`; together the runs are the row just asserted to be in the plane and in `dst`.
            unsafe { (self.input.row)(&args) }
            args.src = args.src.wrapping_offset(step);
            args.dst = args.dst.wrapping_add(runs.len);
        }
    }

    /// Columns of scratch to rows of scratch at `offsets`. Columns are written in whole tiles of
    /// [`lanes`](Self::lanes).
    ///
    /// # Panics
    /// When a column does not lie in `src`, or a row not in `dst`.
    pub fn retile(&self, src: &[A], columns: usize, dst: &mut [A], offsets: &[usize]) {
        let lanes = self.lanes();
        let padded = columns.checked_next_multiple_of(lanes).unwrap_or(usize::MAX);
        let whole = padded.checked_mul(lanes).is_some_and(|len| len <= src.len());
        assert!(whole, "columns of whole tiles");
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
        unsafe { (self.sums.retile)(&args) }
    }

    /// Sums between two passes, rounded as if they had been stored in the output and read again: to its type, or of bool to
    /// bytes. In [`Rounding::Nearest`](crate::Rounding::Nearest) integers are rounded at the end alone, and
    /// sums stay what they are.
    pub fn between(&self, sums: &mut [A]) {
        if let Some(gate) = self.output.between {
            let args = BetweenArgs { values: sums.as_mut_ptr(), len: sums.len() };
            // SAFETY: `level`; the numbers of a slice.
            unsafe { gate(&args) }
        }
    }

    /// Makes of the numbers of two rows what they are combined to, where the first are.
    ///
    /// # Panics
    /// When the rows are not equally long, or not whole vectors.
    pub fn combine(&self, combine: Combine, first: &mut [A], second: &[A]) {
        let len = first.len();
        assert!(len == second.len() && len.is_multiple_of(self.lanes()), "rows of whole vectors");
        let args = CombineArgs { first: first.as_mut_ptr(), second: second.as_ptr(), len, combine };
        // SAFETY: `level`; both rows are slices.
        unsafe { (self.sums.combine)(&args) }
    }

    /// Parts a row of samples, some of which are missing, into numbers and their validity: of `samples` those that are not valid
    /// become 0, whatever they were, and `validity` becomes 1 where they are valid, 0 where they are not. Not valid are samples
    /// where `validity`, if it holds a mask, is 0, and if `nan` says so those that are NaN.
    ///
    /// # Panics
    /// When the rows are not equally long, or not whole vectors.
    pub fn part(&self, samples: &mut [A], validity: &mut [A], masked: bool, nan: bool) {
        let len = samples.len();
        assert!(len == validity.len() && len.is_multiple_of(self.lanes()), "rows of whole vectors");
        let (samples, validity) = (samples.as_mut_ptr(), validity.as_mut_ptr());
        let args = ValidityArgs { samples, validity, len, masked, nan, one: A::from_f64(1.0) };
        // SAFETY: `level`; both rows are slices, borrowed mutably.
        unsafe { (self.sums.validity)(&args) }
    }

    /// Divides filtered numbers by their filtered validity: `fill` where that is less than the smallest normal number.
    ///
    /// # Panics
    /// When the rows are not equally long, or not whole vectors.
    pub fn divide(&self, numbers: &mut [A], validity: &[A], fill: A) {
        let len = numbers.len();
        assert!(len == validity.len() && len.is_multiple_of(self.lanes()), "rows of whole vectors");
        let (numbers, validity) = (numbers.as_mut_ptr(), validity.as_ptr());
        let args = DivideArgs { numbers, validity, len, fill };
        // SAFETY: `level`; both rows are slices.
        unsafe { (self.sums.divide)(&args) }
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
        dst: &mut PlaneMut<'_>,
        rows: Range<usize>,
        columns: Range<usize>,
        streaming: bool,
    ) {
        let len = columns.len() * dst.extent().inner;
        assert!(fits(rows.len(), pitch, len, src.len()), "rows in their slice");
        let stream = (streaming && streams(dst)).then(Seams::default);
        self.store(src, pitch, dst, rows, columns, stream);
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
        dst: &mut PlaneMut<'_>,
        rows: Range<usize>,
        columns: Range<usize>,
        seams: Seams,
    ) {
        let (margin, inner) = (self.strip_margin(), dst.extent().inner);
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
        dst: &mut PlaneMut<'_>,
        rows: Range<usize>,
        columns: Range<usize>,
        stream: Option<Seams>,
    ) {
        let (extent, strides) = (dst.extent(), dst.strides());
        assert_eq!(dst.element_type(), self.output.element, "a plane of the output's elements");
        let inside = within(&rows, extent.rows) && within(&columns, extent.columns);
        assert!(inside, "a block of the plane");
        if stream.is_some() {
            dst.streamed();
        }
        let runs = Runs::of(extent, strides, columns.len());
        let mut args = EgressArgs {
            src: src.as_ptr(),
            pitch,
            rows: rows.len(),
            columns: runs.len,
            dst: dst.at(rows.start, columns.start),
            row_stride: strides.row,
            column_stride: runs.stride,
            stream,
        };
        let step = runs.bytes(dst.element_type());
        for _ in 0..runs.count {
            // SAFETY: `level`; together the runs are the columns just asserted to be in the plane, and
            // their elements are in `src`. Streamed rows are one run of stride 1; what a seam on the left
            // adds are elements of the same rows of the plane.
            unsafe { (self.output.egress)(&args) }
            args.src = args.src.wrapping_add(runs.len);
            args.dst = args.dst.wrapping_offset(step);
        }
    }
}

/// The evenly spaced elements that columns of a row consist of: all of them, or those of each column.
struct Runs {
    count: usize,
    /// Elements of a run, and the distance from one to the next.
    len: usize,
    stride: isize,
    /// Elements of the plane from one run to the next.
    step: isize,
}

impl Runs {
    /// Bytes of a plane of such elements from one run to the next.
    fn bytes(&self, element: ElementType) -> isize {
        self.step.wrapping_mul(element.size() as isize)
    }

    fn of(extent: Extent, strides: Strides, columns: usize) -> Self {
        match strides.run(extent) {
            Some(stride) => Self { count: 1, len: columns * extent.inner, stride, step: 0 },
            None => Self {
                count: columns,
                len: extent.inner,
                stride: strides.inner,
                step: strides.column,
            },
        }
    }
}
