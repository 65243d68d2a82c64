//! The ideal Gaussian: sampled, normalised, and cut nowhere; known to a tolerance.

use crate::error::Error;
use crate::request::weights::gaussian::checked_radius;
use crate::request::weights::tails::{cut, least_reach};

/// The highest derivative of an ideal Gaussian.
const MAX_ORDER: usize = 2;

/// An ideal Gaussian along one axis, or a derivative of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct IdealKernel {
    pub(crate) sigma: f64,
    pub(crate) order: usize,
    /// At most this share of the largest sample, divided by the order's power of sigma, is the
    /// error along the axis.
    pub(crate) tolerance: f64,
    /// What was asked for, of all axes together.
    pub(crate) asked: f64,
}

impl IdealKernel {
    /// Checks what is asked of one of so many filtered axes, whose errors add up.
    pub(crate) fn new(
        (sigma, order): (f64, usize),
        asked: f64,
        axes: usize,
        axis: usize,
    ) -> Result<Self, Error> {
        if !(asked > 0.0 && asked < 1.0) {
            return Err(Error::Tolerance { axis, value: asked });
        }
        if order > MAX_ORDER {
            return Err(Error::IdealOrder { axis, value: order, max: MAX_ORDER });
        }
        // As much of each axis as multiplies up to the whole.
        let tolerance = (asked.ln_1p() / axes as f64).exp_m1();
        Ok(Self { sigma, order, tolerance, asked })
    }

    /// The least radius of weights that are within the tolerance, and would be as derivatives of the
    /// order `widest` or its own.
    pub(crate) fn radius(&self, widest: usize, axis: usize) -> Result<usize, Error> {
        let order = self.order.max(widest.min(MAX_ORDER));
        let t = least_reach(self.tolerance, |t| cut(order, t));
        // (Halves of narrow Gaussians are steeper than what the bound takes them for.)
        checked_radius((t * self.sigma - 0.5).ceil().max(1.0), axis)
    }
}

/// Where the weights of a Gaussian end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum KernelEnd {
    /// At a multiple of sigma, rounded half up: scipy's.
    Truncated(f64),
    /// Nowhere: the result is within a tolerance of it.
    Ideal(f64),
}
