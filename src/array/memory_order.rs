//! The order of an array's axes in memory.

use std::cmp::Reverse;

use ndarray::{Dimension, IxDyn};

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
}
