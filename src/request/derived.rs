//! Filters that combine derivatives of Gaussians: the magnitude of the gradient and the Laplacian.

use gausstack_kernels::Combine;

use crate::error::Error;
use crate::request::filter::{Terms, WeightSource};
use crate::request::gaussian::Sigmas;
use crate::request::mode::Mode;
use crate::request::options::Settings;
use crate::request::per_axis::IntoPerAxis;
use crate::request::progress::Waiting;
use crate::request::weights::SIGMA_IDENTITY;

/// The magnitude of the gradient of a smoothed image, as in
/// [`scipy.ndimage.gaussian_gradient_magnitude`][scipy]: the root of the sum of the squares of the
/// first derivatives along the filtered axes, each smoothed along the other filtered axes.
///
/// | parameter | default | meaning |
/// |---|---|---|
/// | `sigma` | | standard deviation in samples, for all filtered axes or for each |
/// | [`truncate`](Self::truncate) | 4 | radius in sigmas, rounded half up |
/// | [`radius`](Self::radius) | from `truncate` | radius in samples per axis |
/// | [`derivatives`](Self::derivatives) | `Truncated` | derivative weights: scipy's, or exact for polynomials |
///
/// and the parameters that all filters have, from [`mode`](Self::mode) to
/// [`observer`](Self::observer), with the defaults of a [`Gaussian`](crate::Gaussian).
///
/// # Differences from scipy
///
/// scipy departs from its documentation in three places, and this filter follows the documentation:
/// [`axes`](Self::axes) leaves the other axes alone (scipy smooths along them), sigmas pair up with
/// the filtered axes, and an array can be filtered in place. A list of modes has one for each
/// filtered axis (scipy applies it per derivative).
///
/// Integers are rounded once, at the end ([`Rounding::Nearest`](crate::Rounding::Nearest)). With
/// [`Rounding::Scipy`](crate::Rounding::Scipy), squares and sums wrap in the output's type as in
/// scipy; convert to f32 first.
///
/// ```
/// use gausstack::GradientMagnitude;
/// use ndarray::Array2;
///
/// // A ramp of 3 per row and 4 per column.
/// let ramp = Array2::<f64>::from_shape_fn((60, 70), |(y, x)| (3 * y + 4 * x) as f64);
/// let slope = GradientMagnitude::new(2.0).apply(&ramp)?;
/// assert!((slope[[30, 35]] - 5.0).abs() < 0.01);
/// # Ok::<(), gausstack::Error>(())
/// ```
///
/// # Memory
///
/// Two filtered axes take one sweep over the image and no extra array, with these exceptions:
///
/// * f32 images with [`Precision::Double`](crate::Precision::Double),
/// * integers with [`Rounding::Scipy`](crate::Rounding::Scipy),
/// * a radius of 0 along one of the axes.
///
/// In these cases, and with any other number of axes, the derivatives are computed one after the
/// other: those after the first go through one temporary array of the output's shape. Integers that
/// are rounded once need a second one (both are arrays of f32 or f64 sums), and filtering in place
/// needs one more. [`Plan::memory_bytes`](crate::Plan::memory_bytes) counts them.
///
/// [scipy]: https://docs.scipy.org/doc/scipy/reference/generated/scipy.ndimage.gaussian_gradient_magnitude.html
#[derive(Clone, Debug)]
#[must_use = "a filter does nothing until it is applied or planned"]
pub struct GradientMagnitude {
    sigmas: Sigmas,
    pub(crate) settings: Settings,
}

/// The Laplacian of a smoothed image, as in [`scipy.ndimage.gaussian_laplace`][scipy]: the sum of
/// the second derivatives along the filtered axes, each smoothed along the other filtered axes.
///
/// Parameters, memory and differences from scipy are those of [`GradientMagnitude`].
///
/// As in scipy, the Laplacian of a constant image is not 0, because the kernel truncates the
/// weights: at the default `truncate` of 4, a flat image of 1000 becomes -1120 at sigma 0.5, -0.14
/// at sigma 1 and -0.17 at sigma 2. [`derivatives(Derivatives::Exact)`](Self::derivatives) makes it
/// 0.
///
/// ```
/// use gausstack::Laplace;
/// use ndarray::Array2;
///
/// // The Laplacian of a bowl y^2 + x^2 is 4.
/// let bowl = Array2::<f64>::from_shape_fn((61, 71), |(y, x)| {
///     (y as f64 - 30.0).powi(2) + (x as f64 - 35.0).powi(2)
/// });
/// let found = Laplace::new(2.0).apply(&bowl)?[[30, 35]];
/// assert!((found - 4.0).abs() < 0.05, "{found}");
/// # Ok::<(), gausstack::Error>(())
/// ```
///
/// [scipy]: https://docs.scipy.org/doc/scipy/reference/generated/scipy.ndimage.gaussian_laplace.html
#[derive(Clone, Debug)]
#[must_use = "a filter does nothing until it is applied or planned"]
pub struct Laplace {
    sigmas: Sigmas,
    pub(crate) settings: Settings,
}

macro_rules! derived {
    ($filter:ident, $order:literal, $combine:expr) => {
        impl $filter {
            /// A filter with the standard deviation `sigma` in samples, for all filtered axes or
            /// for each.
            ///
            /// When the filter is planned or applied, a sigma up to 1e-15 is an
            /// [`Error::SigmaOfDerivative`], and a negative, NaN or infinite one an
            /// [`Error::Sigma`].
            pub fn new(sigma: impl IntoPerAxis<f64>) -> Self {
                Self { sigmas: Sigmas::new(sigma.into_per_axis()), settings: Settings::default() }
            }
        }

        sigma_parameters!($filter);
        filter_parameters!($filter);

        impl WeightSource for $filter {
            fn terms(
                &self,
                axes: &[usize],
                modes: &[Mode],
                waiting: &Waiting<'_>,
            ) -> Result<Terms, Error> {
                self.sigmas.each_derivative($order, $combine, axes, modes, waiting)
            }
        }
    };
}

derived!(GradientMagnitude, 1, Combine::Magnitude);
derived!(Laplace, 2, Combine::Sum);

impl Sigmas {
    /// One term per axis: the derivative along it, smoothed along the others. Without axes, a copy.
    fn each_derivative(
        &self,
        order: usize,
        combine: Combine,
        axes: &[usize],
        modes: &[Mode],
        waiting: &Waiting<'_>,
    ) -> Result<Terms, Error> {
        if axes.is_empty() {
            return Ok(Terms::one(self.passes(&[], axes, modes, waiting)?));
        }
        let term = |along: usize| {
            let orders: Vec<usize> =
                (0..axes.len()).map(|i| if i == along { order } else { 0 }).collect();
            let mut passes = self.passes(&orders, axes, modes, waiting)?;
            // As in scipy, the listed order applies to the terms, not to the passes of a term.
            passes.sort_by_key(|pass| pass.axis);
            Ok::<_, Error>(passes)
        };
        let passes = (0..axes.len()).map(term).collect::<Result<Vec<_>, Error>>()?;
        for (&axis, &sigma) in axes.iter().zip(&self.sigma.expand("sigma", axes.len())?) {
            if sigma <= SIGMA_IDENTITY {
                return Err(Error::SigmaOfDerivative { axis, value: sigma });
            }
        }
        Ok(Terms { combine: Some(combine), passes })
    }
}
