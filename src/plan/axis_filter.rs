//! The filter along one axis, and how filtered terms are joined.

use std::sync::Arc;

use gausstack_kernels::{Arithmetic, Combine, Taps};

use crate::error::Error;
use crate::plan::ideal::resampling::Resampling;
use crate::plan::point_filter::PointFilter;
use crate::plan::rounded_weights::rounded;
use crate::request::weights::Form;
use crate::request::{Mode, Pass};

/// The filter along one axis, its weights rounded to the arithmetic.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AxisFilter<A> {
    /// The axis, of those that are kept.
    pub(crate) axis: usize,
    /// The axis of the caller's arrays.
    pub(crate) number: usize,
    pub(crate) mode: Mode,
    /// The derivative order of a Gaussian.
    pub(crate) order: usize,
    pub(crate) weights: Form<A>,
    /// How the axis is resampled, if it is not filtered with the weights.
    pub(crate) resampling: Option<Arc<Resampling<A>>>,
    /// Filters along axes of one sample that come first: of the first pass of all.
    pub(crate) before: Vec<PointFilter<A>>,
    /// Those between this pass and the next.
    pub(crate) after: Vec<PointFilter<A>>,
}

impl<A: Arithmetic> AxisFilter<A> {
    /// Rounds the weights of a pass along the kept axis `axis`, of `len` samples, to the
    /// arithmetic.
    pub(crate) fn new(pass: &Pass, axis: usize, len: usize) -> Result<Self, Error> {
        let (weights, before, after) = (rounded(pass)?, Vec::new(), Vec::new());
        let Pass { axis: number, mode, order, .. } = *pass;
        let order = pass.weights.ideal_kernel().map_or(order, |kernel| kernel.order);
        let resampling = Resampling::new(pass, (axis, len)).map(Arc::new);
        Ok(Self { axis, number, mode, order, weights, resampling, before, after })
    }

    pub(crate) fn radius(&self) -> usize {
        self.weights.radius()
    }

    pub(crate) fn taps(&self) -> Taps<'_, A> {
        self.weights.taps()
    }

    /// The filters along axes of one sample, in their order.
    pub(crate) fn points(&self) -> impl Iterator<Item = &PointFilter<A>> {
        self.before.iter().chain(&self.after)
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
