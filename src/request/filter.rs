//! What a filter is made of: one pass per axis, and terms of passes.

use gausstack_kernels::Combine;

use crate::error::Error;
use crate::request::mode::Mode;
use crate::request::progress::Waiting;
use crate::request::weights::Weights;

/// A filter seen by the planner: it makes weights for axes.
pub(crate) trait WeightSource {
    /// The terms along `axes`, with one mode per axis.
    ///
    /// # Errors
    /// Every [`Error`] about a parameter of the weights, naming the value and the axis.
    fn terms(&self, axes: &[usize], modes: &[Mode], waiting: &Waiting<'_>) -> Result<Terms, Error>;
}

/// One filtered image, or several that are combined pixel by pixel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Terms {
    /// How the terms are combined; `None` for a single filtered image.
    pub(crate) combine: Option<Combine>,
    /// The passes of each term, in scipy's order.
    pub(crate) passes: Vec<Vec<Pass>>,
}

impl Terms {
    /// A single filtered image.
    pub(crate) fn one(passes: Vec<Pass>) -> Self {
        Self { combine: None, passes: vec![passes] }
    }
}

/// One filtered axis of a [`Plan`](crate::Plan): its mode and its weights.
/// [`Plan::passes`](crate::Plan::passes) lists them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Pass {
    /// The axis of the array.
    pub axis: usize,
    /// The boundary mode.
    pub mode: Mode,
    /// The derivative order of a Gaussian; 0 for other weights.
    pub order: usize,
    /// The weights; [`Weights::radius`] is their radius. Of an ideal Gaussian they reach as far as
    /// the tolerance asks, whether the pass sums with them or takes another way to the same result.
    pub weights: Weights,
}
