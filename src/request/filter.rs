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

    /// The reach along each axis of an array.
    pub(crate) fn reach(&self, shape: &[usize]) -> Vec<Reach> {
        let mut reach = vec![Reach::default(); shape.len()];
        for pass in self.passes.iter().flatten() {
            // (Which way an ideal Gaussian takes, and where its sums lie, follows from the length
            // of the axis: a part has other bits.)
            let radius = match pass.weights.ideal_kernel() {
                Some(_) => shape[pass.axis],
                None => pass.weights.radius(),
            };
            let reach = &mut reach[pass.axis];
            reach.radius = reach.radius.max(radius);
            reach.wraps |= pass.mode == Mode::Wrap;
        }
        reach
    }
}

/// How far along an axis the samples lie that a pixel is made of, over all terms of a filter.
/// [`AnyPlan::reach`](crate::AnyPlan::reach) returns it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reach {
    /// The distance of the furthest sample from the pixel's own; the length of the axis for an
    /// ideal Gaussian, whose bits depend on it.
    pub radius: usize,
    /// Whether the far end of the axis borders on the near one: [`Mode::Wrap`].
    pub wraps: bool,
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
