//! From ndarray's views to the kernels' planes: the only unsafe module of this crate.
#![expect(unsafe_code, reason = "kernels reach a caller's array through raw planes")]

use gausstack_kernels::{Element, Extent, Plane, PlaneMut, Strides};
use ndarray::{ArrayView3, ArrayViewMut3};

/// A view of (rows, columns, interleaved elements) to read.
pub(crate) fn plane<'a, T: Element>(view: &ArrayView3<'a, T>) -> Plane<'a> {
    let (extent, strides) = geometry(view.dim(), view.strides());
    // SAFETY: a view's elements are readable for its lifetime, and shared.
    unsafe { Plane::new(view.as_ptr(), extent, strides) }
}

/// A view of (rows, columns, interleaved elements) to read and write.
pub(crate) fn plane_mut<'a, T: Element>(mut view: ArrayViewMut3<'a, T>) -> PlaneMut<'a> {
    let (extent, strides) = geometry(view.dim(), view.strides());
    // SAFETY: a mutable view's elements are writable for its lifetime, distinct, and reached through
    // nothing else; the view is consumed.
    unsafe { PlaneMut::new(view.as_mut_ptr(), extent, strides) }
}

fn geometry((rows, columns, inner): (usize, usize, usize), strides: &[isize]) -> (Extent, Strides) {
    let extent = Extent { rows, columns, inner };
    (extent, Strides { row: strides[0], column: strides[1], inner: strides[2] })
}
