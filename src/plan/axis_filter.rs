//! The filter along one axis, and how filtered terms are joined.

use gausstack_kernels::{Arithmetic, Combine, Taps};

use crate::error::Error;
use crate::request::weights::Form;
use crate::request::{Mode, Pass};

/// The filter along one axis, its weights rounded to the arithmetic.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AxisFilter<A> {
    pub(crate) axis: usize,
    pub(crate) mode: Mode,
    pub(crate) weights: Form<A>,
}

impl<A: Arithmetic> AxisFilter<A> {
    /// Rounds the weights of a pass to the arithmetic.
    pub(crate) fn new(pass: &Pass) -> Result<Self, Error> {
        let Pass { axis, mode, ref weights, .. } = *pass;
        // (An infinite weight of the caller's is infinite in any arithmetic.)
        let beyond = |weight: f64| weight.is_finite() && !A::from_f64(weight).is_finite();
        if weights.kept().iter().any(|&weight| beyond(weight)) {
            let reason = "exceed f32; Precision::Double holds them";
            return Err(Error::Weights { axis, reason });
        }
        Ok(Self { axis, mode, weights: weights.form().map(A::from_f64)? })
    }

    pub(crate) fn radius(&self) -> usize {
        self.weights.radius()
    }

    pub(crate) fn taps(&self) -> Taps<'_, A> {
        self.weights.taps()
    }
}

/// What becomes of two terms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Join {
    Combine(Combine),
    /// The second is the validity of the first, which is divided by it.
    Ratio {
        fill: f64,
    },
}
