//! Checked entry points for rows that leave beside sums.

use std::ops::Range;
use std::ptr;

use super::{Kernels, fits, streams, within};
use crate::buffer::CACHE_LINE;
use crate::element::Arithmetic;
use crate::leaving::{LeaveArgs, Leaving, LeavingLines, Rows};
use crate::plane::PlaneMut;

impl<A: Arithmetic> Kernels<A> {
    /// Whether rows of so many columns can [`leave`](Self::leave) for a plane: its rows are
    /// contiguous in memory, of the arithmetic's own type, and two cache lines long at least, so that
    /// each has a whole one.
    #[must_use]
    pub fn leaves_while_summing(&self, dst: &PlaneMut<'_>, columns: usize) -> bool {
        let len = columns.saturating_mul(dst.extent().inner);
        streams(dst) && dst.element_type() == A::TYPE && len >= 2 * CACHE_LINE / size_of::<A>()
    }

    /// Makes `finished` rows leave for rows and columns of a plane: their ends that are parts of
    /// cache lines at once, whole lines beside the sums that are given `leaving`. What is left of
    /// the rows before leaves now. Returns the buffer of those.
    ///
    /// # Panics
    /// When a range does not lie in the plane, or a row not in `finished`; when
    /// [`leaves_while_summing`](Self::leaves_while_summing) is false.
    pub fn leave<'x, 'p: 'x>(
        &self,
        leaving: &mut Leaving<'x, A>,
        (finished, pitch): (&'x mut [A], usize),
        (plane, rows, columns): (&mut PlaneMut<'p>, Range<usize>, Range<usize>),
    ) -> &'x mut [A] {
        assert!(self.leaves_while_summing(plane, columns.len()), "contiguous rows of lines");
        let extent = plane.extent();
        let inside = within(&rows, extent.rows) && within(&columns, extent.columns);
        assert!(inside, "a block of the plane");
        let len = columns.len() * extent.inner;
        assert!(fits(rows.len(), pitch, len, finished.len()), "rows in their slice");
        self.leave_all(leaving);
        let (dst, stride) = (plane.at(rows.start, columns.start).cast::<A>(), plane.strides().row);
        let finished: *mut [A] = finished;
        let rows = Rows { src: finished.cast(), pitch, dst, stride, len, count: rows.len() };
        for row in 0..rows.count {
            let src = rows.src.wrapping_add(row * pitch);
            let dst = dst.wrapping_offset((row as isize).wrapping_mul(stride));
            let head = Rows::head(dst);
            let lines = (len - head) / (CACHE_LINE / size_of::<A>());
            let tail = head + lines * (CACHE_LINE / size_of::<A>());
            // SAFETY: the row was just asserted to be in its slice and in the plane, and is
            // longer than its head, which is shorter than a line.
            unsafe {
                ptr::copy_nonoverlapping(src, dst, head);
                ptr::copy_nonoverlapping(src.add(tail), dst.add(tail), len - tail);
            }
        }
        leaving.lines = LeavingLines::new(rows, leaving.fourths);
        leaving.unfenced = true;
        let before = std::mem::replace(&mut leaving.held, finished);
        // SAFETY: a slice that was lent for `'x`, whose rows have left: nothing refers to it.
        unsafe { &mut *before }
    }

    /// Stores what is left of the rows that leave.
    pub fn leave_all(&self, leaving: &mut Leaving<'_, A>) {
        let args = LeaveArgs { lines: std::mem::replace(&mut leaving.lines, LeavingLines::NONE) };
        // SAFETY: `level` proves the instructions. The rows were asserted when they began to leave:
        // their slice and their plane's memory are lent for longer than `leaving` lives.
        unsafe { (self.sums.leave)(&args) }
    }
}
