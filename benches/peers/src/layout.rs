//! The layout of a foreign array, checked before any pointer is made from it.

use ndarray::{Axis, IxDyn, ShapeBuilder, StrideShape};

use crate::job::Failure;

/// Where the elements of an array lie, seen from the lowest address: ndarray makes views from
/// strides that are not negative and turns axes round afterwards.
pub(crate) struct Layout {
    shape: Vec<usize>,
    /// In elements, one per axis; never negative.
    strides: Vec<usize>,
    /// Axes that run from high addresses to low ones.
    pub(crate) reversed: Vec<Axis>,
    /// Bytes from the lowest element to the one whose indices are all 0.
    pub(crate) below: usize,
    /// Bytes from the lowest element to behind the highest; fits isize.
    pub(crate) bytes: usize,
}

impl Layout {
    /// Checks strides in bytes, of any sign, for elements of `size` bytes.
    pub(crate) fn new(shape: &[usize], strides: &[isize], size: usize) -> Result<Self, Failure> {
        let too_large = || Failure::from("larger than memory");
        let mut layout = Self {
            shape: shape.to_vec(),
            strides: Vec::new(),
            reversed: Vec::new(),
            below: 0,
            bytes: size,
        };
        for (axis, (&len, &stride)) in shape.iter().zip(strides).enumerate() {
            let last = len.checked_sub(1).ok_or("without elements")?;
            // The stride of an axis of length 1 says nothing.
            let stride = if last == 0 { 0 } else { stride };
            if !stride.unsigned_abs().is_multiple_of(size) {
                return Err(format!("of stride {stride}, no whole number of elements").into());
            }
            let length = stride.unsigned_abs().checked_mul(last).ok_or_else(too_large)?;
            let bytes = layout.bytes.checked_add(length);
            layout.bytes =
                bytes.filter(|&all| isize::try_from(all).is_ok()).ok_or_else(too_large)?;
            if stride < 0 {
                layout.below += length;
                layout.reversed.push(Axis(axis));
            }
            layout.strides.push(stride.unsigned_abs() / size);
        }
        Ok(layout)
    }

    /// Whether no two indices lead to one element, by the rule of ndarray: every axis steps over
    /// all that faster axes reach.
    pub(crate) fn is_one_to_one(&self) -> bool {
        let steps = self.strides.iter().zip(&self.shape).filter(|&(_, &len)| len > 1);
        let mut steps: Vec<_> = steps.map(|(&stride, &len)| (stride, len)).collect();
        steps.sort_unstable();
        let mut reach = 0;
        steps.into_iter().all(|(stride, len)| {
            let steps_over = stride > reach;
            reach += stride * (len - 1);
            steps_over
        })
    }

    /// What ndarray makes a view from.
    pub(crate) fn ndarray_shape(&self) -> StrideShape<IxDyn> {
        IxDyn(&self.shape).strides(IxDyn(&self.strides))
    }
}
