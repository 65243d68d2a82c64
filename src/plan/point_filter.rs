//! The filter along an axis of one sample: a function of each pixel.
//!
//! Beyond its ends such an axis repeats its only sample, or continues with a constant. So the sum
//! reads no neighbour, and is formed wherever the pixel's numbers already are: behind the pass
//! before it, or in front of the first.

use gausstack_kernels::{Arithmetic, Kernels};

use crate::error::Error;
use crate::plan::rounded_weights::rounded;
use crate::request::weights::Form;
use crate::request::{Mode, Pass};

/// The filter along an axis of one sample, its weights rounded to the arithmetic.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PointFilter<A> {
    /// The axis of the caller's arrays.
    pub(crate) axis: usize,
    weights: Form<A>,
    /// A constant lies beyond the sample, and not the sample again.
    constant: bool,
}

impl<A: Arithmetic> PointFilter<A> {
    pub(crate) fn new(pass: &Pass) -> Result<Self, Error> {
        let constant = pass.mode == Mode::Constant;
        Ok(Self { axis: pass.axis, weights: rounded(pass)?, constant })
    }

    /// Weights of a sum.
    pub(crate) fn count(&self) -> usize {
        self.weights.count()
    }

    /// Replaces each number of a row by its sum, `cval` being what lies beyond a constant border.
    pub(crate) fn apply(&self, kernels: &Kernels<A>, cval: A, row: &mut [A]) {
        kernels.fir_pointwise(self.weights.taps(), self.constant.then_some(cval), row);
    }
}
