//! New arrays for results.

use std::any::Any;

use gausstack_kernels::{Element, Rounding, zeroed_vec};
use ndarray::{Array, Axis, Dimension, IxDyn};

use crate::error::Error;

/// The order of an array's axes in memory.
pub(crate) struct MemoryOrder {
    /// The axes, the largest stride first.
    axes: Vec<usize>,
    /// The place of each axis among them.
    pub(crate) inverse: Vec<usize>,
}

impl MemoryOrder {
    pub(crate) fn of(strides: &[isize]) -> Self {
        let mut axes: Vec<usize> = (0..strides.len()).collect();
        axes.sort_by_key(|&axis| std::cmp::Reverse(strides[axis].unsigned_abs()));
        let mut inverse = axes.clone();
        for (place, &axis) in axes.iter().enumerate() {
            inverse[axis] = place;
        }
        Self { axes, inverse }
    }

    /// The shape with the axes in this order: that of a contiguous array in C order.
    pub(crate) fn memory_shape(&self, shape: &[usize]) -> Vec<usize> {
        self.axes.iter().map(|&axis| shape[axis]).collect()
    }
}

/// Zeros of the shape of an array, contiguous, the axes in memory in its order of strides.
pub(crate) fn zeros_like<Out: Element, D: Dimension>(
    like: &[usize],
    strides: &[isize],
) -> Result<Array<Out, D>, Error> {
    let order = MemoryOrder::of(strides);
    let shape = order.memory_shape(like);
    let len = like.iter().product();
    let zeros = zeroed_vec(len).map_err(|e| Error::OutOfMemory { bytes: e.bytes })?;
    let wrong = || Error::Shape { what: "output", expected: like.to_vec(), found: shape.clone() };
    let array = Array::from_shape_vec(IxDyn(&shape), zeros).map_err(|_| wrong())?;
    array.permuted_axes(IxDyn(&order.inverse)).into_dimensionality::<D>().map_err(|_| wrong())
}

/// The axis that is outermost in memory, and the length of a part along it: more parts than workers, for who is late.
pub(crate) fn shared_axis(shape: &[usize], strides: &[isize], workers: usize) -> (Axis, usize) {
    let outermost = (0..shape.len()).max_by_key(|&axis| strides[axis].unsigned_abs());
    let axis = outermost.expect("a filtered array has an axis");
    (Axis(axis), shape[axis].div_ceil(4 * workers.max(1)).max(1))
}

/// One pixel of a copy: as it is where the type is the same, else rounded, or converted as C and numpy do.
pub(crate) fn converted<In: Element, Out: Element>(x: In, rounding: Rounding) -> Out {
    let same: &dyn Any = &x;
    if let Some(&same) = same.downcast_ref::<Out>() {
        return same;
    }
    match (rounding, Out::INTEGER_BITS, x.integer_bits()) {
        (Rounding::Scipy, 1, None) => Out::from_integer_bits(i64::from(x.to_f64() != 0.0)),
        (Rounding::Scipy, 1.., Some(bits)) => Out::from_integer_bits(bits),
        (Rounding::Scipy, ..) => Out::from_f64_toward_zero(x.to_f64()),
        // Through f64 the low bits of large integers would be lost.
        (_, 64, Some(bits)) if holds_integer::<Out>(x.to_f64(), bits) => {
            Out::from_integer_bits(bits)
        }
        _ => Out::from_f64(x.to_f64()),
    }
}

/// Whether an integer type of 64 bits holds an integer with these low bits: if it has the same sign in that type.
fn holds_integer<T: Element>(value: f64, bits: i64) -> bool {
    let held = T::from_integer_bits(bits).to_f64();
    (value < 0.0) == (held < 0.0)
}
