//! The choice of derivative weights.

use crate::error::Error;
use crate::request::progress::Waiting;
use crate::request::weights::axis_weights::Weights;
use crate::request::weights::gaussian::GaussianKernel;

/// The weights of derivatives of a Gaussian. Order 0 has the same weights either way.
///
/// ```
/// use gausstack::{Derivatives, Laplace};
/// use ndarray::Array2;
///
/// let flat = Array2::<f64>::from_elem((60, 60), 1000.0);
/// let scipys = Laplace::new(2.0);
/// assert!(scipys.apply(&flat)?[[30, 30]].abs() > 0.01);
/// let exact = scipys.derivatives(Derivatives::Exact);
/// assert!(exact.apply(&flat)?[[30, 30]].abs() < 1e-9);
/// # Ok::<(), gausstack::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Derivatives {
    /// Samples of the derivative of a Gaussian, truncated at the radius, as in scipy. Because of
    /// the truncation the second derivative of a constant is not 0. [`Weights::gaussian`] computes
    /// them.
    #[default]
    Truncated,
    /// Weights that give the derivative of order n of every polynomial up to degree n exactly, up
    /// to rounding: 0 for constants, the slope of a line, the curvature of a parabola.
    /// [`Weights::exact_derivative`] computes them.
    Exact,
}

impl Derivatives {
    pub(crate) fn weights(
        self,
        kernel: GaussianKernel,
        waiting: &Waiting<'_>,
    ) -> Result<Weights, Error> {
        match self {
            Self::Exact if kernel.order > 0 => Weights::exact(kernel, waiting),
            _ => Weights::sampled(kernel, waiting),
        }
    }
}
