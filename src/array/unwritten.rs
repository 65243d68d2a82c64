//! A new array before a run has written it.
#![expect(unsafe_code, reason = "elements have no value until they are written")]

use std::mem::MaybeUninit;

use gausstack_kernels::{Element, unwritten_vec};
use ndarray::{Array, Dimension};

use crate::array::AnyViewMut;
use crate::array::memory_order::MemoryOrder;
use crate::error::Error;

/// A new array whose elements have no value yet. Dropped, it frees its memory unread.
pub(crate) struct Unwritten<T, D>(Array<MaybeUninit<T>, D>);

impl<T: Element, D: Dimension> Unwritten<T, D> {
    /// An array of the shape of another, contiguous, the axes in memory in its order of strides.
    pub(crate) fn like(shape: &[usize], strides: &[isize]) -> Result<Self, Error> {
        let order = MemoryOrder::of(strides);
        order.new_array(shape, unwritten_vec::<T>).map(Self)
    }

    /// A view to write to; nothing is read through it that was not written before.
    pub(crate) fn view_mut(&mut self) -> AnyViewMut<'_> {
        AnyViewMut::unwritten(self.0.view_mut())
    }

    /// The array.
    ///
    /// # Safety
    /// Every element was written.
    pub(crate) unsafe fn assume_written(self) -> Array<T, D> {
        // SAFETY: the caller's.
        unsafe { self.0.assume_init() }
    }
}
