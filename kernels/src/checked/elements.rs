//! Checked entry points for elements in memory and rows of scratch: packing, unpacking, rounding,
//! storing.

use std::ops::Range;

use super::{Kernels, fits, streams, within};
use crate::combine::{Combine, CombineArgs};
use crate::element::{Arithmetic, ElementType};
use crate::missing::{DivideArgs, SplitArgs};
use crate::pack::{LoadRowArgs, PackArgs};
use crate::plane::{Extent, Plane, PlaneMut, Strides};
use crate::round_intermediate::RoundArgs;
use crate::store::{SharedLines, StoreArgs};
use crate::unpack::UnpackArgs;

impl<A: Arithmetic> Kernels<A> {
    /// Packs columns of up to [`lanes`](Self::lanes) rows of a plane into columns of scratch,
    /// `inner` of them per column of the plane. Lanes above the last row become copies of it, or
    /// zeros.
    ///
    /// Meanwhile the columns are prefetched `rows_ahead` rows further down; 0 prefetches nothing.
    ///
    /// # Panics
    /// When a range does not lie in the plane, or the result not in `dst`.
    pub fn pack_columns(
        &self,
        src: &Plane<'_>,
        rows: Range<usize>,
        columns: Range<usize>,
        dst: &mut [A],
        rows_ahead: usize,
    ) {
        self.pack_columns_apart(src, rows, columns, (dst, self.lanes()), rows_ahead);
    }

    /// Packs columns as [`pack_columns`](Self::pack_columns) does, each a pitch of elements behind the
    /// one before it, so that those of several bands can lie side by side.
    ///
    /// # Panics
    /// As [`pack_columns`](Self::pack_columns); when columns would overlap.
    pub fn pack_columns_apart(
        &self,
        src: &Plane<'_>,
        rows: Range<usize>,
        columns: Range<usize>,
        (dst, pitch): (&mut [A], usize),
        rows_ahead: usize,
    ) {
        let (extent, strides) = (src.extent(), src.strides());
        assert_eq!(src.element_type(), self.input.element, "a plane of the input's elements");
        let inside = within(&rows, extent.rows) && within(&columns, extent.columns);
        assert!(inside && rows.len() <= self.lanes(), "a band of the plane");
        let (vectors, runs) =
            (columns.len() * extent.inner, Runs::of(extent, strides, columns.len()));
        assert!(pitch >= self.lanes(), "columns beside each other");
        assert!(fits(vectors, pitch, self.lanes(), dst.len()), "one vector per column");
        let mut args = PackArgs {
            src: src.at(rows.start, columns.start),
            rows: rows.len(),
            row_stride: strides.row,
            columns: runs.len,
            column_stride: runs.stride,
            dst: dst.as_mut_ptr(),
            pitch,
            prefetch: strides.row.wrapping_mul(rows_ahead as isize),
        };
        let step = runs.bytes(src.element_type());
        for _ in 0..runs.count {
            // SAFETY: `level` proves the instructions. Together the runs are the columns just
            // asserted to be in the plane, and their vectors are in `dst`.
            unsafe { (self.input.pack)(&args) }
            args.src = args.src.wrapping_offset(step);
            args.dst = args.dst.wrapping_add(runs.len * pitch);
        }
    }

    /// Loads columns of one row of a plane into a row of scratch.
    ///
    /// # Panics
    /// When the row does not lie in the plane or in `dst`.
    pub fn load_row(&self, src: &Plane<'_>, row: usize, columns: Range<usize>, dst: &mut [A]) {
        let (extent, strides) = (src.extent(), src.strides());
        assert_eq!(src.element_type(), self.input.element, "a plane of the input's elements");
        assert!(row < extent.rows && within(&columns, extent.columns), "a row of the plane");
        let len = columns.len() * extent.inner;
        assert!(dst.len() >= len, "a row of scratch");
        let runs = Runs::of(extent, strides, columns.len());
        let mut args = LoadRowArgs {
            src: src.at(row, columns.start),
            columns: runs.len,
            column_stride: runs.stride,
            dst: dst.as_mut_ptr(),
        };
        let step = runs.bytes(src.element_type());
        for _ in 0..runs.count {
            // SAFETY: `level`; together the runs are the row just asserted to be in the plane and
            // in `dst`.
            unsafe { (self.input.load_row)(&args) }
            args.src = args.src.wrapping_offset(step);
            args.dst = args.dst.wrapping_add(runs.len);
        }
    }

    /// Unpacks columns of scratch into rows of scratch at `offsets`. Whole tiles of
    /// [`lanes`](Self::lanes) columns are written.
    ///
    /// # Panics
    /// When a column does not lie in `src`, or a row not in `dst`.
    pub fn unpack(&self, src: &[A], columns: usize, dst: &mut [A], offsets: &[usize]) {
        let lanes = self.lanes();
        let padded = columns.checked_next_multiple_of(lanes).unwrap_or(usize::MAX);
        let whole = padded.checked_mul(lanes).is_some_and(|len| len <= src.len());
        assert!(whole, "columns of whole tiles");
        assert!((1..=lanes).contains(&offsets.len()), "one lane per row");
        let furthest = offsets.iter().copied().max().unwrap_or(0);
        assert!(dst.len() >= padded && furthest <= dst.len() - padded, "rows in their slice");
        let args = UnpackArgs {
            src: src.as_ptr(),
            columns,
            dst: dst.as_mut_ptr(),
            offsets: offsets.as_ptr(),
            rows: offsets.len(),
        };
        // SAFETY: `level`; both sides were just asserted.
        unsafe { (self.sums.unpack)(&args) }
    }

    /// Rounds sums between two passes as if they were stored in the output and read again: to its
    /// type, for `bool` to bytes. With [`Rounding::Nearest`](crate::Rounding::Nearest) integers are
    /// rounded at the end only, and sums stay as they are.
    pub fn round_intermediate(&self, sums: &mut [A]) {
        if let Some(gate) = self.output.intermediate {
            let args = RoundArgs { values: sums.as_mut_ptr(), len: sums.len() };
            // SAFETY: `level`; the numbers are those of a slice.
            unsafe { gate(&args) }
        }
    }

    /// Combines the numbers of two rows; the result replaces the first row.
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

    /// Splits a row of samples into numbers and their validity: sets invalid `samples` to 0, and
    /// `validity` to 1 where samples are valid and 0 where they are not. A sample is invalid if
    /// `masked` and its `validity` is 0 before, or if `nan` and it is NaN.
    ///
    /// # Panics
    /// When the rows are not equally long, or not whole vectors.
    pub fn split_mask(&self, samples: &mut [A], validity: &mut [A], masked: bool, nan: bool) {
        let len = samples.len();
        assert!(len == validity.len() && len.is_multiple_of(self.lanes()), "rows of whole vectors");
        let (samples, validity) = (samples.as_mut_ptr(), validity.as_mut_ptr());
        let args = SplitArgs { samples, validity, len, masked, nan, one: A::from_f64(1.0) };
        // SAFETY: `level`; both rows are slices, borrowed mutably.
        unsafe { (self.sums.split_mask)(&args) }
    }

    /// Divides filtered numbers by their filtered validity. Where that is less than the smallest
    /// normal number, the result is `fill`.
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

    /// Stores rows of scratch to rows and columns of a plane. `streaming` stores go past the caches
    /// where the plane's rows are contiguous in memory.
    ///
    /// # Panics
    /// When a range does not lie in the plane, or a row not in `src`.
    pub fn store(
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
        let stream = (streaming && streams(dst)).then(SharedLines::default);
        self.store_block(src, pitch, dst, rows, columns, stream);
    }

    /// Stores an end of the rows whose middle [`fir_storing`](Self::fir_storing) stores: as
    /// [`store`](Self::store), streaming, but row `r` starts at `margin + r pitch`.
    ///
    /// # Panics
    /// As [`store`](Self::store). Where a line is shared on the right, when the block is shorter
    /// than the margin; where one is shared on the left, when the plane has less than a margin
    /// there.
    pub fn store_end(
        &self,
        src: &[A],
        pitch: usize,
        dst: &mut PlaneMut<'_>,
        rows: Range<usize>,
        columns: Range<usize>,
        shared: SharedLines,
    ) {
        let (margin, inner) = (self.strip_margin(), dst.extent().inner);
        let len = columns.len() * inner;
        assert!(fits(rows.len(), pitch, margin + len, src.len()), "rows in their slice");
        assert!(!shared.right || len >= margin, "a block of whole lines");
        assert!(!shared.left || columns.start * inner >= margin, "a neighbour on the left");
        self.store_block(&src[margin..], pitch, dst, rows, columns, streams(dst).then_some(shared));
    }

    /// Stores rows whose place in `src` was asserted, with a margin in front of them where `stream`
    /// shares a line on the left.
    fn store_block(
        &self,
        src: &[A],
        pitch: usize,
        dst: &mut PlaneMut<'_>,
        rows: Range<usize>,
        columns: Range<usize>,
        stream: Option<SharedLines>,
    ) {
        let (extent, strides) = (dst.extent(), dst.strides());
        assert_eq!(dst.element_type(), self.output.element, "a plane of the output's elements");
        let inside = within(&rows, extent.rows) && within(&columns, extent.columns);
        assert!(inside, "a block of the plane");
        if stream.is_some() {
            dst.streamed();
        }
        let runs = Runs::of(extent, strides, columns.len());
        let mut args = StoreArgs {
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
            // SAFETY: `level`; together the runs are the columns just asserted to be in the plane,
            // and their elements are in `src`. Streamed rows are one run of stride 1; a line shared
            // on the left has elements of the same rows of the plane.
            unsafe { (self.output.store)(&args) }
            args.src = args.src.wrapping_add(runs.len);
            args.dst = args.dst.wrapping_offset(step);
        }
    }
}

/// The runs of evenly spaced elements that columns of a row consist of: one run, or one per column.
struct Runs {
    count: usize,
    /// Elements of a run.
    len: usize,
    /// Elements of the plane from one element of a run to the next.
    stride: isize,
    /// Elements of the plane from one run to the next.
    step: isize,
}

impl Runs {
    /// Bytes from one run to the next, in a plane of that type.
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
