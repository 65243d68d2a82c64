//! Views of arrays whose element type is a value: the boundary between ndarray and the kernels.
//!
//! A view holds ndarray's view of the elements' [`Head`]s, the first byte of each, and their
//! [`ElementType`]. Whatever moves pixels about is compiled once for these views, not once for every
//! pair of types. (measured: a program that filtered from each of eleven types to each other took
//! eight minutes to build when sweeps were generic over both.)
#![expect(unsafe_code, reason = "slices and foreign memory become views")]

use std::fmt;
use std::mem::MaybeUninit;
use std::ops::Range;

use gausstack_kernels::{Element, ElementType};
use ndarray::{
    Array, ArrayRef, ArrayView, ArrayViewD, ArrayViewMut, ArrayViewMutD, Axis, Dimension, Slice,
};

use crate::array::heads::{Head, heads, heads_mut, raw_heads, raw_heads_mut};
use crate::array::memory_order::{MemoryOrder, Order};
use crate::array::strided::Strided;
use crate::array::words::{Words, words};
use crate::error::Error;

/// A read-only view of an array whose element type is known when the program runs.
///
/// It is made from any view of ndarray by `From`, from a slice with a shape and strides by
/// [`from_slice`](Self::from_slice), and from foreign memory by
/// [`from_raw_parts`](Self::from_raw_parts). [`AnyPlan`](crate::AnyPlan) filters it.
///
/// ```
/// use gausstack::{AnyView, ElementType};
/// use ndarray::Array2;
///
/// let image = Array2::<u16>::zeros((30, 40));
/// let view = AnyView::from(&image);
/// assert_eq!((view.element_type(), view.shape()), (ElementType::U16, &[30, 40][..]));
/// ```
#[derive(Clone)]
pub struct AnyView<'a> {
    pub(crate) heads: ArrayViewD<'a, Head>,
    pub(crate) element: ElementType,
}

/// A view to read and write of an array whose element type is known when the program runs.
///
/// It is made as an [`AnyView`] is, from mutable views and slices.
pub struct AnyViewMut<'a> {
    pub(crate) heads: ArrayViewMutD<'a, Head>,
    pub(crate) element: ElementType,
}

impl<'a> AnyView<'a> {
    /// Takes a slice as an array of a shape and strides, both in elements.
    ///
    /// The slice starts with the element of the lowest address: with a negative stride that is the
    /// last one along its axis. This takes arrays of other versions of ndarray, and of other
    /// libraries, without a copy.
    ///
    /// ```
    /// use gausstack::AnyView;
    ///
    /// // Every second column of 3 rows of 8 numbers.
    /// let numbers = [0.0_f32; 24];
    /// let view = AnyView::from_slice(&numbers, &[3, 4], &[8, 2])?;
    /// assert_eq!(view.shape(), [3, 4]);
    /// # Ok::<(), gausstack::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Strides`] if an element would lie outside the slice.
    pub fn from_slice<T: Element>(
        values: &'a [T],
        shape: &[usize],
        strides: &[isize],
    ) -> Result<Self, Error> {
        let strided = Strided { shape, strides };
        let first = strided.check(values.len(), false)?;
        let ptr = values.as_ptr().wrapping_add(first).cast();
        let bytes = strided.in_bytes(size_of::<T>());
        // SAFETY: every element of that shape lies in the slice, as was just checked.
        Ok(unsafe { Self::from_raw_parts(ptr, shape, &bytes, T::TYPE) })
    }

    /// Takes foreign memory as an array: the address of its first element, its shape, and its
    /// strides in bytes, of any sign.
    ///
    /// # Panics
    /// When there are not as many strides as axes.
    ///
    /// # Safety
    /// For the lifetime `'a`, every element of the shape is readable, initialised, aligned and
    /// written by nobody. Of [`ElementType::Bool`], bytes are 0 or 1. The array's extent in bytes
    /// is at most `isize::MAX`.
    #[must_use]
    pub unsafe fn from_raw_parts(
        ptr: *const u8,
        shape: &[usize],
        strides: &[isize],
        element: ElementType,
    ) -> Self {
        // SAFETY: the caller's.
        Self { heads: unsafe { raw_heads(ptr, shape, strides) }, element }
    }

    /// The type of the elements.
    #[must_use]
    pub fn element_type(&self) -> ElementType {
        self.element
    }

    /// The length of each axis.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        self.heads.shape()
    }

    /// The distance of neighbours along each axis, in bytes.
    #[must_use]
    pub fn strides(&self) -> &[isize] {
        self.heads.strides()
    }

    /// The array with one axis more, of length 1.
    pub(crate) fn insert_axis(self, axis: Axis) -> Self {
        Self { heads: self.heads.insert_axis(axis), ..self }
    }

    /// Part of what lies along the first axis.
    pub(crate) fn slices(&self, slices: Range<usize>) -> AnyView<'_> {
        let heads = self.heads.slice_axis(Axis(0), Slice::from(slices));
        AnyView { heads, element: self.element }
    }

    /// Another view of the same array.
    pub(crate) fn view(&self) -> AnyView<'_> {
        AnyView { heads: self.heads.view(), element: self.element }
    }

    /// A mask of `bool` as bytes of 1 and 0.
    pub(crate) fn as_bytes(&self) -> AnyView<'_> {
        assert_eq!(self.element, ElementType::Bool, "a mask is of bool");
        AnyView { heads: self.heads.view(), element: ElementType::U8 }
    }
}

impl<'a> AnyViewMut<'a> {
    /// Takes a mutable slice as an array of a shape and strides, both in elements: see
    /// [`AnyView::from_slice`].
    ///
    /// # Errors
    /// [`Error::Strides`] if an element would lie outside the slice, or two elements could be the
    /// same.
    pub fn from_slice<T: Element>(
        values: &'a mut [T],
        shape: &[usize],
        strides: &[isize],
    ) -> Result<Self, Error> {
        let strided = Strided { shape, strides };
        let first = strided.check(values.len(), true)?;
        let ptr = values.as_mut_ptr().wrapping_add(first).cast();
        let bytes = strided.in_bytes(size_of::<T>());
        // SAFETY: every element of that shape lies in the slice, and no two are the same, as was
        // just checked.
        Ok(unsafe { Self::from_raw_parts(ptr, shape, &bytes, T::TYPE) })
    }

    /// Takes foreign memory as an array to write: see [`AnyView::from_raw_parts`].
    ///
    /// # Panics
    /// When there are not as many strides as axes.
    ///
    /// # Safety
    /// As for [`AnyView::from_raw_parts`]; and for the lifetime `'a` every element is writable,
    /// reached through nothing else, and no two elements overlap.
    #[must_use]
    pub unsafe fn from_raw_parts(
        ptr: *mut u8,
        shape: &[usize],
        strides: &[isize],
        element: ElementType,
    ) -> Self {
        // SAFETY: the caller's.
        Self { heads: unsafe { raw_heads_mut(ptr, shape, strides) }, element }
    }

    /// A view of elements that have no value yet, for a run, which reads none that it did not write.
    pub(crate) fn unwritten<T: Element, D: Dimension>(
        view: ArrayViewMut<'a, MaybeUninit<T>, D>,
    ) -> Self {
        Self { heads: heads_mut(view), element: T::TYPE }
    }

    /// The type of the elements.
    #[must_use]
    pub fn element_type(&self) -> ElementType {
        self.element
    }

    /// The length of each axis.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        self.heads.shape()
    }

    /// The distance of neighbours along each axis, in bytes.
    #[must_use]
    pub fn strides(&self) -> &[isize] {
        self.heads.strides()
    }

    /// A read-only view of the same array.
    #[must_use]
    pub fn view(&self) -> AnyView<'_> {
        AnyView { heads: self.heads.view(), element: self.element }
    }

    /// Another view of the same array, for as long as it is borrowed.
    #[must_use]
    pub fn view_mut(&mut self) -> AnyViewMut<'_> {
        AnyViewMut { heads: self.heads.view_mut(), element: self.element }
    }

    /// The array with one axis more, of length 1.
    pub(crate) fn insert_axis(self, axis: Axis) -> Self {
        Self { heads: self.heads.insert_axis(axis), ..self }
    }

    /// Whether the elements lie in C order.
    pub(crate) fn order(&self) -> Order {
        Order::of(self.shape(), self.strides(), self.element.size())
    }

    /// All elements in the order of memory; `None` where there are gaps or the type is another.
    pub(crate) fn contiguous<T: Element>(&mut self) -> Option<&mut [T]> {
        let (order, len) = (MemoryOrder::of(self.strides()), self.heads.len());
        let mut next = self.element.size() as isize;
        for &axis in order.axes.slice().iter().rev().filter(|&&axis| self.shape()[axis] != 1) {
            if self.strides()[axis] != next {
                return None;
            }
            next = next.wrapping_mul(self.shape()[axis] as isize);
        }
        let ptr = self.heads.as_mut_ptr().cast();
        // SAFETY: elements of that type, one behind the other, borrowed mutably with the view.
        (self.element == T::TYPE).then(|| unsafe { std::slice::from_raw_parts_mut(ptr, len) })
    }

    /// The start of `words` as an array in C order.
    ///
    /// # Panics
    /// When the words hold fewer elements. (Of bools every word is 0 or made of bools.)
    pub(crate) fn in_words(words_of: &'a mut Words, shape: &[usize], element: ElementType) -> Self {
        let len = shape.iter().product();
        assert!(words(len, element.size()) <= words_of.len(), "words for every element");
        let mut strides = vec![element.size() as isize; shape.len()];
        for axis in (1..shape.len()).rev() {
            strides[axis - 1] = strides[axis] * shape[axis] as isize;
        }
        let ptr = words_of.as_mut_ptr().cast();
        // SAFETY: a block without gaps in words that are borrowed mutably; every pattern is a
        // number, and bools are bytes that were 0 or written as bools.
        unsafe { Self::from_raw_parts(ptr, shape, &strides, element) }
    }
}

impl<'a, T: Element, D: Dimension> From<ArrayView<'a, T, D>> for AnyView<'a> {
    fn from(view: ArrayView<'a, T, D>) -> Self {
        Self { heads: heads(view), element: T::TYPE }
    }
}

impl<'a, T: Element, D: Dimension> From<ArrayViewMut<'a, T, D>> for AnyViewMut<'a> {
    fn from(view: ArrayViewMut<'a, T, D>) -> Self {
        Self { heads: heads_mut(view), element: T::TYPE }
    }
}

impl<'a, T: Element, D: Dimension> From<&'a ArrayRef<T, D>> for AnyView<'a> {
    fn from(array: &'a ArrayRef<T, D>) -> Self {
        array.view().into()
    }
}

impl<'a, T: Element, D: Dimension> From<&'a mut ArrayRef<T, D>> for AnyViewMut<'a> {
    fn from(array: &'a mut ArrayRef<T, D>) -> Self {
        array.view_mut().into()
    }
}

impl<'a, T: Element, D: Dimension> From<&'a Array<T, D>> for AnyView<'a> {
    fn from(array: &'a Array<T, D>) -> Self {
        array.view().into()
    }
}

impl<'a, T: Element, D: Dimension> From<&'a mut Array<T, D>> for AnyViewMut<'a> {
    fn from(array: &'a mut Array<T, D>) -> Self {
        array.view_mut().into()
    }
}

impl fmt::Debug for AnyView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(f, "AnyView", self.element, self.shape(), self.strides())
    }
}

impl fmt::Debug for AnyViewMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(f, "AnyViewMut", self.element, self.shape(), self.strides())
    }
}

fn debug(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    element: ElementType,
    shape: &[usize],
    strides: &[isize],
) -> fmt::Result {
    f.debug_struct(name)
        .field("element_type", &element)
        .field("shape", &shape)
        .field("strides", &strides)
        .finish()
}
