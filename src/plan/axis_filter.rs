//! The filter along one axis, and how filtered terms are joined.

use gausstack_kernels::{Arithmetic, Combine, Taps};

use crate::request::Mode;
use crate::request::weights::Form;

/// The filter along one axis, its weights rounded to the arithmetic.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AxisFilter<A> {
    pub(crate) axis: usize,
    pub(crate) mode: Mode,
    pub(crate) weights: Form<A>,
}

impl<A: Arithmetic> AxisFilter<A> {
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
