//! From views to the kernels' planes, and memory for elements of any type.
#![expect(unsafe_code, reason = "kernels reach arrays through raw planes")]

use gausstack_kernels::{Arithmetic, ElementType, Extent, Plane, PlaneMut, Strides};
use ndarray::{
    ArrayBase, ArrayView, ArrayView3, ArrayViewMut, ArrayViewMut3, Ix3, RawData, ShapeBuilder,
    StrideShape,
};

use crate::array::heads::Head;
use crate::array::words::{Words, words};

/// Numbers of scratch as (rows, columns, interleaved elements), to read.
pub(crate) fn plane_of_sums<'a, A: Arithmetic>(view: &ArrayView3<'a, A>) -> Plane<'a> {
    let (extent, strides) = geometry(view.dim(), view.strides(), 1);
    // SAFETY: a view's elements are readable for its lifetime, and shared.
    unsafe { Plane::new(view.as_ptr(), extent, strides) }
}

/// A row of numbers of scratch to read, so many interleaved at each column.
pub(crate) fn row_of_sums<A: Arithmetic>(row: &[A], inner: usize) -> Plane<'_> {
    let shape = (1, row.len() / inner, inner);
    let view = ArrayView3::from_shape(shape, row).expect("a row of whole columns");
    plane_of_sums(&view)
}

/// A view of (rows, columns, interleaved elements) to read.
pub(crate) fn plane<'a>(view: &ArrayView3<'a, Head>, element: ElementType) -> Plane<'a> {
    let (extent, strides) = geometry(view.dim(), view.strides(), element.size());
    // SAFETY: the elements of a view of their heads are readable for its lifetime, and shared;
    // views of heads go about with their element type.
    unsafe { Plane::of_type(view.as_ptr().cast(), element, extent, strides) }
}

/// A view of (rows, columns, interleaved elements) to read and write.
pub(crate) fn plane_mut<'a>(
    mut view: ArrayViewMut3<'a, Head>,
    element: ElementType,
) -> PlaneMut<'a> {
    let (extent, strides) = geometry(view.dim(), view.strides(), element.size());
    // SAFETY: the elements of a mutable view of their heads are writable for its lifetime,
    // distinct, and reached through nothing else; the view is consumed; views of heads go about
    // with their element type. Steps of a run read no element of a new array before they wrote it.
    unsafe { PlaneMut::of_type(view.as_mut_ptr().cast(), element, extent, strides) }
}

/// Whether the elements of a view of (rows, columns, 1) are one run, row after row.
pub(crate) fn rows_are_a_run<S: RawData>(view: &ArrayBase<S, Ix3>) -> bool {
    let (&[row, column, _], (rows, columns, inner)) = (view.strides(), view.dim()) else {
        unreachable!("a view of three axes has three strides")
    };
    let spaced = column > 0 && row == column.wrapping_mul(columns as isize);
    inner == 1 && spaced && rows > 0
}

/// A run of rows as fewer rows that are longer by a factor.
pub(crate) fn longer_rows(view: ArrayView3<'_, Head>, factor: usize) -> ArrayView3<'_, Head> {
    let shape = longer(&view, factor);
    // SAFETY: the same elements, each once: they are evenly spaced, and as many.
    unsafe { ArrayView::from_shape_ptr(shape, view.as_ptr()) }
}

/// A run of rows to write as fewer rows that are longer by a factor.
pub(crate) fn longer_rows_mut(
    mut view: ArrayViewMut3<'_, Head>,
    factor: usize,
) -> ArrayViewMut3<'_, Head> {
    let shape = longer(&view, factor);
    // SAFETY: the same elements, each once: they are evenly spaced, and as many. The view is
    // consumed.
    unsafe { ArrayViewMut::from_shape_ptr(shape, view.as_mut_ptr()) }
}

fn longer<S: RawData>(view: &ArrayBase<S, Ix3>, factor: usize) -> StrideShape<Ix3> {
    let (rows, columns, _) = view.dim();
    assert!(rows_are_a_run(view) && rows.is_multiple_of(factor), "a run of whole longer rows");
    let (step, columns) = (view.strides()[1].unsigned_abs(), columns * factor);
    (rows / factor, columns, 1).strides((columns * step, step, step))
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

/// A block of elements at the start of some words, if they hold it.
pub(crate) fn block<'a>(
    words_of: &'a Words,
    dim: (usize, usize, usize),
    element: ElementType,
) -> Option<ArrayView3<'a, Head>> {
    let shape = block_shape(words_of.len(), dim, element)?;
    // SAFETY: a block without gaps that lies in the words, which any number can be read from.
    Some(unsafe { ArrayView::from_shape_ptr(shape, words_of.as_ptr().cast()) })
}

/// A block of elements at the start of some words to write, if they hold it.
pub(crate) fn block_mut<'a>(
    words_of: &'a mut Words,
    dim: (usize, usize, usize),
    element: ElementType,
) -> Option<ArrayViewMut3<'a, Head>> {
    let shape = block_shape(words_of.len(), dim, element)?;
    // SAFETY: a block without gaps that lies in the words, which are borrowed mutably.
    Some(unsafe { ArrayViewMut::from_shape_ptr(shape, words_of.as_mut_ptr().cast()) })
}

fn block_shape(
    held: usize,
    dim: (usize, usize, usize),
    element: ElementType,
) -> Option<StrideShape<Ix3>> {
    let (rows, columns, inner) = dim;
    let size = element.size();
    let fits = words(rows.checked_mul(columns)?.checked_mul(inner)?, size) <= held;
    fits.then(|| dim.strides((columns * inner * size, inner * size, size)))
}
