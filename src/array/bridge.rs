//! From ndarray's views to the kernels' planes: the only unsafe module of this crate.
//!
//! Sweeps do not know the types of a caller's arrays: they move views about whose elements are [`Head`]s, the first bytes of
//! the caller's, together with what the elements are. So they are compiled once, and not for every pair of types. (A program
//! that filtered from each of eleven types to each other took eight minutes to build.)
#![expect(unsafe_code, reason = "kernels reach a caller's array through raw planes")]

use std::ops::Range;

use gausstack_kernels::{Arithmetic, Element, Extent, Kind, Plane, PlaneMut, Strides};
use ndarray::{
    ArrayBase, ArrayView, ArrayView3, ArrayViewD, ArrayViewMut, ArrayViewMut3, ArrayViewMutD, Axis,
    Dimension, Ix3, IxDyn, RawData, ShapeBuilder, Slice, StrideShape,
};

/// The first byte of an element. A view of them has the strides of the array in bytes; it is made here alone, of a view of the
/// elements, and whoever has it has the right to the elements.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(crate) struct Head(u8);

/// A caller's array to read, and the type of its elements.
#[derive(Clone, Debug)]
pub(crate) struct Image<'a> {
    pub(crate) heads: ArrayViewD<'a, Head>,
    pub(crate) kind: Kind,
}

/// A caller's array to write, and the type of its elements.
#[derive(Debug)]
pub(crate) struct ImageMut<'a> {
    pub(crate) heads: ArrayViewMutD<'a, Head>,
    pub(crate) kind: Kind,
}

impl<'a> Image<'a> {
    pub(crate) fn new<T: Element>(mut view: ArrayViewD<'a, T>) -> Self {
        let (shape, backward) = heads_shape(&mut view);
        // SAFETY: one byte of each element of a view, for its lifetime.
        let mut heads = unsafe { ArrayView::from_shape_ptr(shape, view.as_ptr().cast()) };
        invert(&mut heads, &backward);
        Self { heads, kind: Kind::of::<T>() }
    }

    /// Some of what lies along the first axis.
    pub(crate) fn slices(&self, slices: Range<usize>) -> Image<'_> {
        let heads = self.heads.slice_axis(Axis(0), Slice::from(slices));
        Image { heads, kind: self.kind }
    }

    /// A mask, as bytes that are 1 or 0.
    pub(crate) fn mask(view: ArrayViewD<'a, bool>) -> Self {
        Self { kind: Kind::of::<u8>(), ..Self::new(view) }
    }
}

impl<'a> ImageMut<'a> {
    pub(crate) fn new<T: Element>(mut view: ArrayViewMutD<'a, T>) -> Self {
        let (shape, backward) = heads_shape(&mut view);
        // SAFETY: one byte of each element of a mutable view, for its lifetime, and distinct; the view is consumed.
        let mut heads = unsafe { ArrayViewMut::from_shape_ptr(shape, view.as_mut_ptr().cast()) };
        invert(&mut heads, &backward);
        Self { heads, kind: Kind::of::<T>() }
    }

    /// The same to use again.
    pub(crate) fn reborrow(&mut self) -> ImageMut<'_> {
        ImageMut { heads: self.heads.view_mut(), kind: self.kind }
    }

    /// The same to read.
    pub(crate) fn reader(&self) -> Image<'_> {
        Image { heads: self.heads.view(), kind: self.kind }
    }
}

/// Turns all axes of a view upward, since ndarray makes views of raw memory with positive strides alone: the shape of its heads,
/// and 1 for each axis to be turned back.
fn heads_shape<S: RawData>(view: &mut ArrayBase<S, IxDyn>) -> (StrideShape<IxDyn>, IxDyn) {
    let (mut backward, mut bytes) = (IxDyn::zeros(view.ndim()), IxDyn::zeros(view.ndim()));
    for (axis, &stride) in view.strides().iter().enumerate() {
        backward[axis] = usize::from(stride < 0);
        // The stride of an axis of length 1 may be anything.
        bytes[axis] = stride.unsigned_abs().wrapping_mul(size_of::<S::Elem>());
    }
    invert(view, &backward);
    (view.raw_dim().strides(bytes), backward)
}

/// Turns the axes of which each is 1.
fn invert<S: RawData>(view: &mut ArrayBase<S, IxDyn>, axes: &IxDyn) {
    for axis in (0..axes.ndim()).filter(|&axis| axes[axis] == 1) {
        view.invert_axis(Axis(axis));
    }
}

/// Numbers of scratch as (rows, columns, interleaved elements), to read.
pub(crate) fn plane_of_sums<'a, A: Arithmetic>(view: &ArrayView3<'a, A>) -> Plane<'a> {
    let (extent, strides) = geometry(view.dim(), view.strides(), 1);
    // SAFETY: a view's elements are readable for its lifetime, and shared.
    unsafe { Plane::new(view.as_ptr(), extent, strides) }
}

/// A view of (rows, columns, interleaved elements) to read.
pub(crate) fn plane<'a>(view: &ArrayView3<'a, Head>, kind: Kind) -> Plane<'a> {
    let (extent, strides) = geometry(view.dim(), view.strides(), kind.size());
    // SAFETY: the elements of a view of their heads are readable for its lifetime, and shared; views of heads go about with
    // the kind that they were made of.
    unsafe { Plane::of_kind(view.as_ptr().cast(), kind, extent, strides) }
}

/// A view of (rows, columns, interleaved elements) to read and write.
pub(crate) fn plane_mut<'a>(mut view: ArrayViewMut3<'a, Head>, kind: Kind) -> PlaneMut<'a> {
    let (extent, strides) = geometry(view.dim(), view.strides(), kind.size());
    // SAFETY: the elements of a mutable view of their heads are writable for its lifetime, distinct, and reached through
    // nothing else; the view is consumed; views of heads go about with the kind that they were made of.
    unsafe { PlaneMut::of_kind(view.as_mut_ptr().cast(), kind, extent, strides) }
}

/// In elements, of strides in which neighbours are `one` apart.
fn geometry(
    (rows, columns, inner): (usize, usize, usize),
    strides: &[isize],
    one: usize,
) -> (Extent, Strides) {
    let extent = Extent { rows, columns, inner };
    let [row, column, inner] = [0, 1, 2].map(|axis| strides[axis] / one as isize);
    (extent, Strides { row, column, inner })
}

/// Memory for elements of any type.
pub(crate) type Words = [u64];

/// Words that hold so many elements.
pub(crate) fn words(elements: usize, size: usize) -> usize {
    elements.saturating_mul(size).div_ceil(size_of::<u64>())
}

/// A block of elements at the start of some words, if they hold it.
pub(crate) fn block<'a>(
    words_of: &'a Words,
    dim: (usize, usize, usize),
    kind: Kind,
) -> Option<ArrayView3<'a, Head>> {
    let shape = block_shape(words_of.len(), dim, kind)?;
    // SAFETY: a block without gaps that lies in the words, which any number can be read from.
    Some(unsafe { ArrayView::from_shape_ptr(shape, words_of.as_ptr().cast()) })
}

/// The same to write.
pub(crate) fn block_mut<'a>(
    words_of: &'a mut Words,
    dim: (usize, usize, usize),
    kind: Kind,
) -> Option<ArrayViewMut3<'a, Head>> {
    let shape = block_shape(words_of.len(), dim, kind)?;
    // SAFETY: as in `block`, and the words are borrowed mutably.
    Some(unsafe { ArrayViewMut::from_shape_ptr(shape, words_of.as_mut_ptr().cast()) })
}

fn block_shape(held: usize, dim: (usize, usize, usize), kind: Kind) -> Option<StrideShape<Ix3>> {
    let (rows, columns, inner) = dim;
    let size = kind.size();
    let fits = words(rows.checked_mul(columns)?.checked_mul(inner)?, size) <= held;
    fits.then(|| dim.strides((columns * inner * size, inner * size, size)))
}
