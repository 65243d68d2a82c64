//! The slices of a stack, in order.
//!
//! ndarray's `exact_chunks` would do, but multiplies strides as unsigned numbers: with overflow checks
//! on, as in every debug build, it panics on a reversed axis.

use ndarray::{ArrayView3, ArrayViewD, ArrayViewMut3, ArrayViewMutD, Axis};

/// A view of (loops, row, column, inner) that falls apart along its first axis.
pub(crate) trait Stack: Sized {
    /// A view of (row, column, inner).
    type Slice;

    /// The first entry of the first axis, and the others if there are any; nothing without loops.
    fn split_first(self) -> Option<(Self, Option<Self>)>;

    /// The slice of a view without loops.
    fn into_slice(self) -> Option<Self::Slice>;

    fn loops(&self) -> usize;
}

macro_rules! stack {
    ($view:ident, $slice:ident) => {
        impl<'a, T> Stack for $view<'a, T> {
            type Slice = $slice<'a, T>;

            fn split_first(self) -> Option<(Self, Option<Self>)> {
                if self.is_empty() {
                    return None;
                }
                let (first, rest) = self.split_at(Axis(0), 1);
                Some((
                    first.index_axis_move(Axis(0), 0),
                    Some(rest).filter(|rest| !rest.is_empty()),
                ))
            }

            fn into_slice(self) -> Option<Self::Slice> {
                self.into_dimensionality().ok()
            }

            fn loops(&self) -> usize {
                self.ndim().saturating_sub(3)
            }
        }
    };
}
stack!(ArrayViewD, ArrayView3);
stack!(ArrayViewMutD, ArrayViewMut3);

/// The slices of a view of (loops, row, column, inner), in the order of nested loops.
pub(crate) fn slices<S: Stack>(view: S) -> impl Iterator<Item = S::Slice> {
    // What is left of each loop, the innermost last: never more entries than loops. The first view is not
    // among them, so that a single slice takes no memory.
    let (mut first, mut rest) = (Some(view), Vec::new());
    std::iter::from_fn(move || {
        let mut view = first.take().or_else(|| rest.pop())?;
        while view.loops() > 0 {
            let (first, others) = view.split_first()?;
            rest.extend(others);
            view = first;
        }
        view.into_slice()
    })
}
