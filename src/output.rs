//! New arrays for results.

use gausstack_kernels::{Element, zeroed_vec};
use ndarray::{Array, ArrayRef, Dimension, IxDyn};

use crate::Error;

/// Zeros of the same shape, contiguous, the axes in memory in the input's order of strides.
pub(crate) fn zeros_like<In, Out: Element, D: Dimension>(
    data: &ArrayRef<In, D>,
) -> Result<Array<Out, D>, Error> {
    let mut order: Vec<usize> = (0..data.ndim()).collect();
    order.sort_by_key(|&axis| std::cmp::Reverse(data.strides()[axis].unsigned_abs()));
    let shape: Vec<usize> = order.iter().map(|&axis| data.shape()[axis]).collect();
    let mut inverse = order.clone();
    for (place, &axis) in order.iter().enumerate() {
        inverse[axis] = place;
    }
    let zeros = zeroed_vec(data.len()).map_err(|e| Error::OutOfMemory { bytes: e.bytes })?;
    let wrong =
        || Error::Shape { what: "output", expected: data.shape().to_vec(), found: shape.clone() };
    let array = Array::from_shape_vec(IxDyn(&shape), zeros).map_err(|_| wrong())?;
    array.permuted_axes(IxDyn(&inverse)).into_dimensionality::<D>().map_err(|_| wrong())
}
