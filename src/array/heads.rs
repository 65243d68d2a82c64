//! Views of elements' first bytes: ndarray's views, their strides in bytes.
#![expect(unsafe_code, reason = "views of elements become views of their first bytes")]

use std::mem::MaybeUninit;

use ndarray::{
    ArrayBase, ArrayView, ArrayViewD, ArrayViewMut, ArrayViewMutD, Axis, Dimension, IxDyn, RawData,
    ShapeBuilder, StrideShape,
};

/// The first byte of an element, which may have no value yet. A view of heads has the strides of the
/// array in bytes; only `src/array/` makes one, and its holder has the right to the elements.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(crate) struct Head(MaybeUninit<u8>);

/// The heads of a view's elements.
pub(super) fn heads<T, D: Dimension>(view: ArrayView<'_, T, D>) -> ArrayViewD<'_, Head> {
    let mut view = view.into_dyn();
    let (shape, backward) = heads_shape(&mut view);
    // SAFETY: one byte of each element of a view, for its lifetime.
    let mut heads = unsafe { ArrayView::from_shape_ptr(shape, view.as_ptr().cast()) };
    invert(&mut heads, &backward);
    heads
}

/// The heads of a mutable view's elements.
pub(super) fn heads_mut<T, D: Dimension>(view: ArrayViewMut<'_, T, D>) -> ArrayViewMutD<'_, Head> {
    let mut view = view.into_dyn();
    let (shape, backward) = heads_shape(&mut view);
    // SAFETY: one byte of each element of a mutable view, for its lifetime, and distinct; the view
    // is consumed.
    let mut heads = unsafe { ArrayViewMut::from_shape_ptr(shape, view.as_mut_ptr().cast()) };
    invert(&mut heads, &backward);
    heads
}

/// The heads of elements in foreign memory; strides are in bytes.
///
/// # Safety
/// As for [`AnyView::from_raw_parts`](crate::AnyView::from_raw_parts).
pub(super) unsafe fn raw_heads<'a>(
    ptr: *const u8,
    shape: &[usize],
    strides: &[isize],
) -> ArrayViewD<'a, Head> {
    let (start, shape, backward) = raw_shape(ptr, shape, strides);
    // SAFETY: the caller's; of each element the first byte.
    let mut heads = unsafe { ArrayView::from_shape_ptr(shape, start.cast::<Head>()) };
    invert(&mut heads, &backward);
    heads
}

/// The heads of elements in foreign memory, to write; strides are in bytes.
///
/// # Safety
/// As for [`AnyViewMut::from_raw_parts`](crate::AnyViewMut::from_raw_parts).
pub(super) unsafe fn raw_heads_mut<'a>(
    ptr: *mut u8,
    shape: &[usize],
    strides: &[isize],
) -> ArrayViewMutD<'a, Head> {
    let (start, shape, backward) = raw_shape(ptr, shape, strides);
    let start = start.cast_mut().cast::<Head>();
    // SAFETY: the caller's; of each element the first byte.
    let mut heads = unsafe { ArrayViewMut::from_shape_ptr(shape, start) };
    invert(&mut heads, &backward);
    heads
}

/// ndarray makes views of raw memory with positive strides alone: the address of the lowest
/// element, the shape with the sizes of the strides, and 1 for each axis that is to be turned back.
fn raw_shape(
    ptr: *const u8,
    shape: &[usize],
    strides: &[isize],
) -> (*const u8, StrideShape<IxDyn>, IxDyn) {
    assert_eq!(shape.len(), strides.len(), "a stride for every axis");
    let (mut start, mut backward, mut sizes) =
        (ptr, IxDyn::zeros(shape.len()), IxDyn::zeros(shape.len()));
    if shape.contains(&0) {
        return (start, IxDyn(shape).strides(strides_of_nothing(shape)), backward);
    }
    for (axis, (&len, &stride)) in shape.iter().zip(strides).enumerate() {
        // The stride of an axis of length 0 or 1 leads nowhere, and may be anything.
        if len > 1 {
            sizes[axis] = stride.unsigned_abs();
        }
        if stride < 0 && len > 1 {
            backward[axis] = 1;
            start = start.wrapping_offset(stride.wrapping_mul(len as isize - 1));
        }
    }
    (start, IxDyn(shape).strides(sizes), backward)
}

/// Turns all axes of a view upward: the shape of its heads, and 1 for each axis that is to be
/// turned back.
fn heads_shape<S: RawData>(view: &mut ArrayBase<S, IxDyn>) -> (StrideShape<IxDyn>, IxDyn) {
    let (mut backward, mut bytes) = (IxDyn::zeros(view.ndim()), IxDyn::zeros(view.ndim()));
    if view.is_empty() {
        return (view.raw_dim().strides(strides_of_nothing(view.shape())), backward);
    }
    for (axis, &stride) in view.strides().iter().enumerate() {
        backward[axis] = usize::from(stride < 0);
        // The stride of an axis of length 1 may be anything.
        bytes[axis] = stride.unsigned_abs().wrapping_mul(size_of::<S::Elem>());
    }
    invert(view, &backward);
    (view.raw_dim().strides(bytes), backward)
}

/// Strides of an array without elements. Its own may be anything, but ndarray asserts that they
/// overlap nowhere.
fn strides_of_nothing(shape: &[usize]) -> IxDyn {
    let mut strides = IxDyn::zeros(shape.len());
    let mut next = 1_usize;
    for axis in (0..shape.len()).rev() {
        strides[axis] = next;
        next = next.saturating_mul(shape[axis].max(1)).min(isize::MAX as usize);
    }
    strides
}

/// Turns the axes whose entry is 1.
fn invert<S: RawData>(view: &mut ArrayBase<S, IxDyn>, axes: &IxDyn) {
    for axis in (0..axes.ndim()).filter(|&axis| axes[axis] == 1) {
        view.invert_axis(Axis(axis));
    }
}
