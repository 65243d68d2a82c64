//! The slices of a stack, in order, and their parts.
//!
//! ndarray's `exact_chunks` would do, but multiplies strides as unsigned numbers: with overflow
//! checks on, as in every debug build, it panics on a reversed axis.

use std::ops::Range;

use ndarray::{
    ArrayView3, ArrayViewD, ArrayViewMut, ArrayViewMut3, ArrayViewMutD, Axis, Dimension,
};

use crate::panel::stages::Region;
use crate::plan::tile::Tiling;

/// A view of (loops, row, column, inner) that falls apart along its first axis.
pub(crate) trait Stack: Sized {
    /// A view of (row, column, inner).
    type Slice;

    /// The first entry of the first axis, and the others if there are any; `None` without elements.
    fn split_first(self) -> Option<(Self, Option<Self>)>;

    /// The slice of a view without loops.
    fn into_slice(self) -> Self::Slice;

    /// The number of its axes.
    fn axes(&self) -> usize;
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

            fn into_slice(self) -> Self::Slice {
                self.into_dimensionality().expect("a view without loops has three axes")
            }

            fn axes(&self) -> usize {
                self.ndim()
            }
        }
    };
}
stack!(ArrayViewD, ArrayView3);
stack!(ArrayViewMutD, ArrayViewMut3);

/// The slices of a view of (loops, row, column, inner), in the order of nested loops.
pub(crate) fn slices<S: Stack>(view: S) -> impl Iterator<Item = S::Slice> {
    entries(view, 3).map(Stack::into_slice)
}

/// What lies at each position of the loops of a view, in their order: views of the last `axes` axes.
pub(crate) fn entries<S: Stack>(view: S, axes: usize) -> impl Iterator<Item = S> {
    // What is left of each loop, the innermost last: never more entries than loops. The first view
    // is not among them, so that a single slice takes no memory.
    let (mut first, mut rest) = (Some(view), Vec::new());
    std::iter::from_fn(move || {
        let mut view = first.take().or_else(|| rest.pop())?;
        while view.axes() > axes {
            let (first, others) = view.split_first()?;
            rest.extend(others);
            view = first;
        }
        Some(view)
    })
}

/// The panels of a slice, with their parts of the output.
pub(crate) fn panels<T>(
    output: ArrayViewMut3<'_, T>,
    tiling: Tiling,
) -> impl Iterator<Item = (Region, ArrayViewMut3<'_, T>)> {
    parts(output, Axis(2), tiling.inner).flat_map(move |(inner, output)| {
        parts(output, Axis(1), tiling.panel).flat_map(move |(columns, output)| {
            let inner = inner.clone();
            parts(output, Axis(0), tiling.panel_rows).map(move |(rows, output)| {
                (Region { rows, columns: columns.clone(), inner: inner.clone() }, output)
            })
        })
    })
}

/// Consecutive parts of a view along an axis, and where they are.
pub(crate) fn parts<T, D: Dimension>(
    view: ArrayViewMut<'_, T, D>,
    axis: Axis,
    len: usize,
) -> impl Iterator<Item = (Range<usize>, ArrayViewMut<'_, T, D>)> {
    let mut start = 0;
    let mut rest = Some(view);
    std::iter::from_fn(move || {
        let view = rest.take()?;
        let len = len.min(view.len_of(axis));
        let (part, after) = view.split_at(axis, len);
        if after.len_of(axis) > 0 {
            rest = Some(after);
        }
        let range = start..start + len;
        start += len;
        Some((range, part))
    })
}
