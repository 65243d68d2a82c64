//! Weighted sums of rows of scratch.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::{Kernels, fits, streams, within};
use crate::along::{AlongArgs, most_radius_of_two, reach};
use crate::buffer::CACHE_LINE;
use crate::chores::{Ahead, Finished, MOST_FINISHED_ROWS};
use crate::element::Arithmetic;
use crate::ingest::RowArgs;
use crate::operands::{InRows, OutRows, Parity, Taps};
use crate::plane::{Plane, PlaneMut};
use crate::walk::FirArgs;

/// A gate for sums along rows and what it is called with.
type AlongCall<A> = (unsafe fn(&AlongArgs<A>), AlongArgs<A>);

impl<A: Arithmetic> Kernels<A> {
    /// Weighted sums of rows: output row `y` is the sum of the rows at the entries `rows.start + y ..=
    /// rows.start + y + 2 radius` of the table. `ahead` is prefetched meanwhile.
    ///
    /// # Panics
    /// When a row does not lie in its slice, or the width is not a multiple of the lanes.
    pub fn fir(&self, taps: Taps<'_, A>, src: &InRows<'_, A>, dst: OutRows<'_, A>, ahead: Ahead) {
        self.sum(taps, src, dst, ahead, Finished::NONE);
    }

    /// Whether [`fir_storing`](Self::fir_storing) can store so many rows to this plane: they are runs in
    /// memory of the numbers that are summed, and at most 192.
    #[must_use]
    pub fn stores_while_summing(&self, dst: &PlaneMut<'_>, rows: usize) -> bool {
        streams(dst) && dst.element_type() == A::TYPE && rows <= MOST_FINISHED_ROWS
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
        (plane, rows, columns): (&mut PlaneMut<'_>, Range<usize>, Range<usize>),
        ahead: Ahead,
    ) {
        assert!(
            self.stores_while_summing(plane, rows.len()),
            "runs of the numbers that are summed"
        );
        let (extent, margin) = (plane.extent(), self.strip_margin());
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
        let mut places = [const { MaybeUninit::uninit() }; MOST_FINISHED_ROWS];
        let rows = Finished::place(&mut places[..rows.len()], (src_rows, pitch), place);
        let finished = Finished { src: src_rows, width, rows };
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
        let (InRows { values, table, rows, width }, OutRows { values: sums, pitch }) = (src, dst);
        let radius = taps.radius();
        let entries = rows.end.checked_add(2 * radius).filter(|_| rows.start < rows.end);
        assert!(entries.is_some_and(|end| end <= table.len()), "one entry per input row");
        assert!(width.is_multiple_of(self.lanes()), "rows of whole vectors");
        let inside = values.len() >= *width && table.furthest() <= values.len() - width;
        assert!(inside, "input rows in their slice");
        let margin = if finished.width > 0 { self.strip_margin() } else { 0 };
        assert!(fits(rows.len(), pitch, margin + width, sums.len()), "output rows in their slice");
        let (gate, weights) = match taps {
            Taps::Folded { parity: Parity::Even, half, .. } => (self.sums.fir_even, half),
            Taps::Folded { parity: Parity::Odd, half, .. } => (self.sums.fir_odd, half),
            Taps::Listed { weights, .. } => (self.sums.fir_listed, weights),
        };
        let args = FirArgs {
            src: values.as_ptr(),
            offsets: table.offsets()[rows.start + taps.first()..].as_ptr(),
            rows: rows.len(),
            width: *width,
            weights: weights.as_ptr(),
            radius: weights.len() - 1,
            one: A::from_f64(1.0),
            dst: sums[margin..].as_mut_ptr(),
            pitch,
            ahead,
            finished,
        };
        // SAFETY: `level` proves the instructions; all rows were just asserted, and `dst` is borrowed
        // mutably, so that nothing written is read. What is finished was asserted by the caller.
        unsafe { gate(&args) }
    }

    /// Whether [`fir_along`](Self::fir_along) can read this plane: its rows are runs in memory.
    #[must_use]
    pub fn sums_along(&self, src: &Plane<'_>) -> bool {
        src.strides().run(src.extent()) == Some(1)
    }

    /// Weighted sums along rows of a plane: of columns `columns`, from the columns up to a radius
    /// before and behind. The rows go to `offsets` in `dst`. `ahead` is prefetched meanwhile.
    ///
    /// One or two kernels of one radius sum the same samples; the rows of each go that many elements behind the offsets.
    ///
    /// Rows of other numbers than are summed go through `line` one by one, which holds a row and its reach.
    ///
    /// # Panics
    /// Where [`sums_along`](Self::sums_along) says no; when the rows, or the columns with their
    /// [reach](Self::row_reach) on both sides, do not lie in the plane, a row of other numbers not in `line`, or a row of
    /// sums not in `dst`; and when the columns are not whole vectors.
    pub fn fir_along(
        &self,
        kernels: &[(Taps<'_, A>, usize)],
        (plane, rows, columns): (&Plane<'_>, Range<usize>, Range<usize>),
        line: &mut [A],
        dst: &mut [A],
        offsets: &[usize],
        ahead: Ahead,
    ) {
        assert!((1..=2).contains(&kernels.len()), "one or two kernels");
        assert_eq!(plane.element_type(), self.input.element, "a plane of the input's elements");
        assert!(self.sums_along(plane), "rows that are runs");
        let extent = plane.extent();
        let (step, width) = (extent.inner, columns.len() * extent.inner);
        assert!(width.is_multiple_of(self.lanes()), "rows of whole vectors");
        let reaches = kernels.iter().map(|&(taps, _)| self.row_reach(taps, step));
        let reach = reaches.max().unwrap_or(0);
        let right = (columns.end * step).checked_add(reach);
        let inside = within(&rows, extent.rows)
            && within(&columns, extent.columns)
            && columns.start * step >= reach
            && right.is_some_and(|right| right <= extent.columns * step);
        assert!(inside, "a block of the plane, and the reach on both sides");
        assert_eq!(rows.len(), offsets.len(), "a place for every row");
        let furthest = offsets.iter().copied().max().unwrap_or(0);
        let second = kernels.iter().map(|&(_, second)| second).max().unwrap_or(0);
        let last = dst.len().checked_sub(width).and_then(|last| last.checked_sub(second));
        assert!(last.is_some_and(|last| furthest <= last), "rows of sums in their slice");
        let src = plane.at(rows.start, columns.start);
        let sums = AlongArgs {
            src: src.cast::<A>(),
            pitch: plane.strides().row,
            step,
            rows: rows.len(),
            width,
            weights: std::ptr::null(),
            radius: 0,
            also: std::ptr::null(),
            second: 0,
            one: A::from_f64(1.0),
            dst: dst.as_mut_ptr(),
            offsets: offsets.as_ptr(),
            ahead,
        };
        if plane.element_type() == A::TYPE {
            for (gate, args) in self.along(kernels, sums).into_iter().flatten() {
                // SAFETY: `level` proves the instructions; samples and sums were just asserted, and `dst` is borrowed
                // mutably, so that nothing written is read.
                unsafe { gate(&args) }
            }
            return;
        }
        let held = width + 2 * reach;
        assert!(line.len() >= held, "a row and its reach in their line");
        let line = line.as_mut_ptr();
        let sums = AlongArgs { src: line.wrapping_add(reach), rows: 1, ..sums };
        let all = self.along(kernels, sums);
        for (row, offset) in (0..rows.len()).zip(offsets) {
            let first = row as isize * plane.strides().row - reach as isize;
            let source = RowArgs {
                src: src.wrapping_offset(first * plane.element_type().size() as isize),
                columns: held,
                column_stride: 1,
                dst: line,
            };
            // SAFETY: `level`; the row with its reach was just asserted to be in the plane, and to fit the line.
            unsafe { (self.input.row)(&source) }
            for (number, &(gate, args)) in all.iter().flatten().enumerate() {
                let soon = if number == 0 { ahead.part(row, rows.len()) } else { Ahead::NONE };
                let args = AlongArgs { offsets: offset, ahead: soon, ..args };
                // SAFETY: `level`; as above, of one row.
                unsafe { gate(&args) }
            }
        }
    }

    /// The gates for one or two kernels, one for both where there is one: `sums` has all but the weights, its source is at the
    /// outputs' own samples.
    fn along(
        &self,
        kernels: &[(Taps<'_, A>, usize)],
        sums: AlongArgs<A>,
    ) -> [Option<AlongCall<A>>; 2] {
        let one = |&(taps, second): &(Taps<'_, A>, usize)| {
            // The place of the centre, or of the first tap, from an output's own sample on.
            let (gate, weights, place) = match taps {
                Taps::Folded { parity, half, before } => {
                    let gate = match parity {
                        Parity::Even => self.sums.along_even,
                        Parity::Odd => self.sums.along_odd,
                    };
                    (gate, half, half.len() as isize - 1 - before as isize)
                }
                Taps::Listed { weights, before } => {
                    (self.sums.along_listed, weights, -(before as isize))
                }
            };
            let args = AlongArgs {
                src: sums.src.wrapping_offset(place * sums.step as isize),
                weights: weights.as_ptr(),
                radius: weights.len() - 1,
                dst: sums.dst.wrapping_add(second),
                ..sums
            };
            (gate, args)
        };
        match kernels {
            [only] => [Some(one(only)), None],
            [first, second] => {
                let (a, b) = (first.0.centred_half(), second.0.centred_half());
                let (Some((a, a_odd)), Some((b, b_odd))) = (a, b) else {
                    return [Some(one(first)), Some(one(second))];
                };
                let most = most_radius_of_two(self.lanes());
                let alike = a.len() == b.len() && a.len() - 1 <= most;
                if !alike || sums.step > 1 || (a_odd && b_odd) {
                    return [Some(one(first)), Some(one(second))];
                }
                // The first of the two is the even one.
                let (start, other, a, b) =
                    if a_odd { (second.1, first.1, b, a) } else { (first.1, second.1, a, b) };
                let gate = match a_odd || b_odd {
                    true => self.sums.along_even_odd,
                    false => self.sums.along_even_even,
                };
                let args = AlongArgs {
                    weights: a.as_ptr(),
                    radius: a.len() - 1,
                    also: b.as_ptr(),
                    second: other as isize - start as isize,
                    dst: sums.dst.wrapping_add(start),
                    ..sums
                };
                [Some((gate, args)), None]
            }
            _ => [None, None],
        }
    }

    /// Elements that [`fir_along`](Self::fir_along) wants on both sides of the samples of a row: those of the radius, in
    /// whole vectors, and of folded weights that are not centred, one more.
    ///
    /// # Panics
    /// When no weight is that of the output's own sample.
    #[must_use]
    pub fn row_reach(&self, taps: Taps<'_, A>, step: usize) -> usize {
        let radius = taps.radius();
        let folded = match taps {
            Taps::Folded { half, .. } => half.len() - 1,
            Taps::Listed { .. } => radius,
        };
        let whole = |radius: usize| reach(radius, step, self.lanes());
        whole(folded).saturating_add(whole(radius - folded))
    }

    /// The greatest radius at which [`fir_along`](Self::fir_along) is faster than columns and transposes, for samples that are
    /// neighbours.
    #[must_use]
    pub fn most_radius_along(&self) -> usize {
        self.sums.max_radius_along
    }

    /// Elements in front of each row of a strip: those of the output in a cache line.
    #[must_use]
    pub fn strip_margin(&self) -> usize {
        CACHE_LINE / self.output.element.size()
    }
}
