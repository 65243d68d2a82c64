//! What an entry is asked for. Everything in here has been checked and is safe to use.

use std::error::Error;

use gausstack::{
    Element, Gaussian, Level, Mode, Options, Plan, Precision, Rounding, Separable, Threads,
};
use ndarray::{ArrayViewD, ArrayViewMutD};

/// Why a job could not be done: a text for whoever started the race.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// One run: pixels in, a filter, pixels out.
pub(crate) struct Job<'a> {
    pub(crate) source: Source<'a>,
    pub(crate) target: Target<'a>,
    pub(crate) filter: Filter,
}

/// An input by its element type. One more type is a variant here, in [`Target`] and in the
/// boundary's `ElementType` with its letter, and the arms that the compiler then misses.
pub(crate) enum Source<'a> {
    F32(ArrayViewD<'a, f32>),
    F64(ArrayViewD<'a, f64>),
    U8(ArrayViewD<'a, u8>),
    U16(ArrayViewD<'a, u16>),
}

/// An output by its element type.
pub(crate) enum Target<'a> {
    F32(ArrayViewMutD<'a, f32>),
    F64(ArrayViewMutD<'a, f64>),
    U8(ArrayViewMutD<'a, u8>),
    U16(ArrayViewMutD<'a, u16>),
}

/// The request without the pixels; two that are equal share a plan.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Filter {
    pub(crate) shape: Vec<usize>,
    /// One per axis of the array; an axis with 0 is not filtered, it loops over slices.
    pub(crate) sigma: Vec<f64>,
    /// One per axis of the array.
    pub(crate) order: Vec<usize>,
    /// Weights of the caller's own, one vector per filtered axis.
    pub(crate) weights: Option<Vec<Vec<f64>>>,
    pub(crate) mode: Mode,
    pub(crate) level: Option<Level>,
    pub(crate) precision: Precision,
    pub(crate) rounding: Rounding,
    pub(crate) threads: usize,
}

impl Filter {
    /// The axes that are filtered.
    pub(crate) fn axes(&self) -> Vec<usize> {
        (0..self.sigma.len()).filter(|&axis| self.sigma[axis] != 0.0).collect()
    }

    /// The filter as gausstack's own plan.
    pub(crate) fn plan<In: Element, Out: Element>(
        &self,
    ) -> Result<Plan<In, Out>, gausstack::Error> {
        if let Some(weights) = &self.weights {
            return Separable::new(weights.clone()).options(self.options()).plan(&self.shape);
        }
        let each = |axis: &usize| (self.sigma[*axis], self.order[*axis]);
        let (sigma, order): (Vec<f64>, Vec<usize>) = self.axes().iter().map(each).unzip();
        Gaussian::new(sigma).order(order).options(self.options()).plan(&self.shape)
    }

    /// The parameters that do not depend on the kind of weights.
    fn options(&self) -> Options {
        let options = Options::new()
            .axes(self.axes())
            .mode(self.mode)
            .precision(self.precision)
            .rounding(self.rounding)
            .threads(Threads::Fixed(self.threads));
        match self.level {
            Some(level) => options.level(level),
            None => options,
        }
    }
}
