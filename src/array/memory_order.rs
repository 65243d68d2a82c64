//! The order of an array's axes in memory.

use std::cmp::Reverse;

use gausstack_kernels::ReserveError;
use ndarray::{Array, Dimension, IxDyn};

use crate::error::Error;

/// Whether an array lies in C order, as far as schedules differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Each element follows the one before it.
    C,
    /// Each axis lies within every entry of the axes before it, with gaps.
    Gaps,
    Other,
}

impl Order {
    /// The order of an array of elements of so many bytes.
    pub(crate) fn of(shape: &[usize], strides: &[isize], size: usize) -> Self {
        if shape.contains(&0) {
            return Self::C;
        }
        let (mut order, mut next) = (Self::C, size);
        for (&len, &stride) in shape.iter().zip(strides).rev().filter(|&(&len, _)| len != 1) {
            if stride.unsigned_abs() < next {
                return Self::Other;
            }
            if stride != next as isize {
                order = Self::Gaps;
            }
            next = stride.unsigned_abs().saturating_mul(len);
        }
        order
    }
}

/// The order of an array's axes in memory. Of up to four axes it takes no memory itself.
pub(crate) struct MemoryOrder {
    /// The axes, the largest stride first.
    pub(crate) axes: IxDyn,
    /// The place of each axis among them.
    pub(crate) inverse: IxDyn,
}

impl MemoryOrder {
    pub(crate) fn of(strides: &[isize]) -> Self {
        let (mut axes, mut inverse) = (IxDyn::zeros(strides.len()), IxDyn::zeros(strides.len()));
        for axis in 0..strides.len() {
            axes[axis] = axis;
        }
        axes.slice_mut().sort_by_key(|&axis| Reverse(strides[axis].unsigned_abs()));
        for place in 0..strides.len() {
            inverse[axes[place]] = place;
        }
        Self { axes, inverse }
    }

    /// The shape with the axes in this order: that of a contiguous array in C order.
    pub(crate) fn memory_shape(&self, shape: &[usize]) -> IxDyn {
        let mut lengths = IxDyn::zeros(shape.len());
        for place in 0..shape.len() {
            lengths[place] = shape[self.axes[place]];
        }
        lengths
    }

    /// A contiguous array of the shape, its axes in memory in this order, with the elements that
    /// `elements` makes of their number.
    pub(crate) fn new_array<T, D: Dimension>(
        self,
        shape: &[usize],
        elements: impl FnOnce(usize) -> Result<Vec<T>, ReserveError>,
    ) -> Result<Array<T, D>, Error> {
        let len = shape.iter().try_fold(1_usize, |len, &axis| len.checked_mul(axis));
        let len = if shape.contains(&0) { Some(0) } else { len };
        let len = len.ok_or(Error::OutOfMemory { bytes: usize::MAX })?;
        let elements = elements(len).map_err(|e| Error::OutOfMemory { bytes: e.bytes })?;
        let array = Array::from_shape_vec(self.memory_shape(shape), elements)
            .expect("as many elements as the shape has")
            .permuted_axes(self.inverse)
            .into_dimensionality()
            .expect("the dimension type is that of an array of this shape");
        Ok(array)
    }
}
