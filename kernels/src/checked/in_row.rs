//! Checked entry points for weighted sums of samples that lie in rows.

use std::ops::Range;

use super::{Kernels, within};
use crate::element::Arithmetic;
use crate::fir_in_row::{max_radius_of_two, reach};
use crate::leaving::LeavingLines;
use crate::operands::{Parity, Taps};
use crate::overlap::{Prefetch, Traffic};
use crate::pack::LoadRowArgs;
use crate::plane::Plane;
use crate::row_blocks::{InRowArgs, SecondKernel, TwoArgs};

/// The gate for one kernel in rows and its arguments.
type OneCall<A> = (unsafe fn(&InRowArgs<A>), InRowArgs<A>);

/// The gate for two kernels in rows and its arguments.
type BothCall<A> = (unsafe fn(&TwoArgs<A>), TwoArgs<A>);

/// The calls that sum rows with one kernel or two.
#[derive(Clone, Copy)]
enum Calls<A> {
    One(OneCall<A>),
    /// Two kernels, each by itself.
    Each(OneCall<A>, OneCall<A>),
    /// Two kernels that read the same samples together.
    Both(BothCall<A>),
}

impl<A> Calls<A> {
    /// Makes the calls, each with arguments changed by `change`, which is told whether the call is
    /// the first.
    ///
    /// # Safety
    /// The gates' instructions are there, and their contracts hold for the changed arguments.
    unsafe fn make(self, change: impl Fn(InRowArgs<A>, bool) -> InRowArgs<A>) {
        // SAFETY: the caller's.
        unsafe {
            match self {
                Self::One((gate, args)) => gate(&change(args, true)),
                Self::Each((first_gate, first), (second_gate, second)) => {
                    first_gate(&change(first, true));
                    second_gate(&change(second, false));
                }
                Self::Both((gate, args)) => {
                    gate(&TwoArgs { first: change(args.first, true), ..args });
                }
            }
        }
    }
}

impl<A: Arithmetic> Kernels<A> {
    /// Whether [`fir_in_row`](Self::fir_in_row) can read a plane: its rows are contiguous in
    /// memory.
    #[must_use]
    pub fn sums_in_row(&self, src: &Plane<'_>) -> bool {
        src.strides().run(src.extent()) == Some(1)
    }

    /// Sums in rows of a plane: each of the given columns becomes the weighted sum of those up to a
    /// radius before and behind it. The rows of sums go to `offsets` in `dst`. Meanwhile
    /// lines are prefetched and rows leave as `traffic` says.
    ///
    /// One or two kernels sum the same samples. The number beside a kernel's taps is added to the
    /// offsets of its rows of sums.
    ///
    /// Rows of other types than the arithmetic's are converted one by one in `line`, which holds a
    /// row and its reach on both sides.
    ///
    /// # Panics
    /// When [`sums_in_row`](Self::sums_in_row) is false; when the rows, or the columns with their
    /// [reach](Self::row_reach) on both sides, do not lie in the plane; when a row of another type
    /// does not lie in `line`, or a row of sums not in `dst`; and when the columns are not whole
    /// vectors.
    pub fn fir_in_row<'t, 'x>(
        &self,
        kernels: &[(Taps<'_, A>, usize)],
        (plane, rows, columns): (&Plane<'_>, Range<usize>, Range<usize>),
        line: &mut [A],
        dst: &mut [A],
        offsets: &[usize],
        traffic: impl Into<Traffic<'t, 'x, A>>,
    ) where
        A: 'x,
        'x: 't,
    {
        let Traffic { prefetch, leaving } = traffic.into();
        let mut none = LeavingLines::NONE;
        assert!((1..=2).contains(&kernels.len()), "one or two kernels");
        assert_eq!(plane.element_type(), self.input.element, "a plane of the input's elements");
        assert!(self.sums_in_row(plane), "contiguous rows");
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
        let sums = InRowArgs {
            src: src.cast::<A>(),
            pitch: plane.strides().row,
            step,
            rows: rows.len(),
            width,
            weights: std::ptr::null(),
            last_tap: 0,
            opaque_one: A::from_f64(1.0),
            dst: dst.as_mut_ptr(),
            offsets: offsets.as_ptr(),
            prefetch,
            leaving: leaving.map_or(&mut none, |leaving| &mut leaving.lines),
        };
        if plane.element_type() == A::TYPE {
            // SAFETY: `level` proves the instructions. Samples and sums were just asserted, and
            // `dst` is borrowed mutably, so that nothing written is read. Rows that leave were
            // asserted when they began to, and are lent for longer than this.
            unsafe { self.calls(kernels, sums).make(|args, _| args) }
            return;
        }
        let held = width + 2 * reach;
        assert!(line.len() >= held, "a row and its reach in their line");
        let line = line.as_mut_ptr();
        let sums = InRowArgs { src: line.wrapping_add(reach), rows: 1, ..sums };
        let calls = self.calls(kernels, sums);
        for (row, offset) in (0..rows.len()).zip(offsets) {
            let first = row as isize * plane.strides().row - reach as isize;
            let source = LoadRowArgs {
                src: src.wrapping_offset(first * plane.element_type().size() as isize),
                columns: held,
                column_stride: 1,
                dst: line,
            };
            // SAFETY: `level`; the row with its reach was just asserted to be in the plane, and to
            // fit the line.
            unsafe { (self.input.load_row)(&source) }
            let own = |args: InRowArgs<A>, first: bool| {
                let prefetch = if first { prefetch.part(row, rows.len()) } else { Prefetch::NONE };
                InRowArgs { offsets: offset, prefetch, ..args }
            };
            // SAFETY: `level`; the samples are in the line, and this row's sums were just asserted.
            unsafe { calls.make(own) }
        }
    }

    /// The calls for one or two kernels, one call for both where a gate sums both. `sums` has all
    /// arguments but the weights; its source is at the outputs' own samples.
    fn calls(&self, kernels: &[(Taps<'_, A>, usize)], sums: InRowArgs<A>) -> Calls<A> {
        let (first, second) = match *kernels {
            [only] => return Calls::One(self.one_call(only, sums)),
            [first, second] => (first, second),
            _ => unreachable!("one or two kernels"),
        };
        match self.both_call(first, second, sums) {
            Some(both) => Calls::Both(both),
            None => Calls::Each(self.one_call(first, sums), self.one_call(second, sums)),
        }
    }

    fn one_call(&self, (taps, added): (Taps<'_, A>, usize), sums: InRowArgs<A>) -> OneCall<A> {
        // `place`: the sample of the centre, or of the first tap, counted from an output's own
        // sample.
        let (gate, weights, place) = match taps {
            Taps::Folded { parity, half, before } => {
                let gate = match parity {
                    Parity::Even => self.sums.in_row_even,
                    Parity::Odd => self.sums.in_row_odd,
                };
                (gate, half, half.len() as isize - 1 - before as isize)
            }
            Taps::Listed { weights, before } => {
                (self.sums.in_row_listed, weights, -(before as isize))
            }
        };
        let args = InRowArgs {
            src: sums.src.wrapping_offset(place * sums.step as isize),
            weights: weights.as_ptr(),
            last_tap: weights.len() - 1,
            dst: sums.dst.wrapping_add(added),
            ..sums
        };
        (gate, args)
    }

    /// The call that sums two kernels together, if they are centred, of one radius that is not too
    /// large, not both odd, and the samples are neighbours.
    fn both_call(
        &self,
        (a, a_added): (Taps<'_, A>, usize),
        (b, b_added): (Taps<'_, A>, usize),
        sums: InRowArgs<A>,
    ) -> Option<BothCall<A>> {
        let ((a, a_odd), (b, b_odd)) = (a.centred_half()?, b.centred_half()?);
        let alike = a.len() == b.len() && a.len() - 1 <= max_radius_of_two(self.lanes());
        if !alike || sums.step > 1 || (a_odd && b_odd) {
            return None;
        }
        // The even kernel comes first.
        let (even, even_added, other, other_added) =
            if a_odd { (b, b_added, a, a_added) } else { (a, a_added, b, b_added) };
        let gate = match a_odd || b_odd {
            true => self.sums.in_row_even_odd,
            false => self.sums.in_row_even_even,
        };
        let first = InRowArgs {
            weights: even.as_ptr(),
            last_tap: even.len() - 1,
            dst: sums.dst.wrapping_add(even_added),
            ..sums
        };
        let offset = other_added as isize - even_added as isize;
        Some((gate, TwoArgs { first, second: SecondKernel { weights: other.as_ptr(), offset } }))
    }

    /// Elements that [`fir_in_row`](Self::fir_in_row) reads on both sides of a row's samples: those
    /// of the radius, in whole vectors, and for folded weights that are not centred those of their
    /// shift too.
    ///
    /// # Panics
    /// When no weight multiplies the output's own sample.
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
}
