//! Filters that combine derivatives of Gaussians: the magnitude of the gradient and the Laplacian.

use gausstack_kernels::Combine;

use crate::error::Error;
use crate::request::filter::{Terms, WeightSource};
use crate::request::gaussian::Sigmas;
use crate::request::mode::Mode;
use crate::request::options::Settings;
use crate::request::per_axis::IntoPerAxis;
use crate::request::progress::Waiting;
use crate::request::weights::{Derivatives, SIGMA_IDENTITY};

/// The magnitude of the gradient of a smoothed image, as [`scipy.ndimage.gaussian_gradient_magnitude`][scipy] defines it: the square
/// root of the sum, over the filtered axes, of the squares of the image's first derivative along that axis, smoothed along the
/// others.
///
/// | parameter | default | meaning |
/// |---|---|---|
/// | `sigma` | | standard deviation in samples, one or one per filtered axis |
/// | [`truncate`](Self::truncate) | 4 | radius in sigmas, rounded half up |
/// | [`radius`](Self::radius) | from `truncate` | radius in samples per axis |
/// | [`derivatives`](Self::derivatives) | `Truncated` | scipy's weights of derivatives, or weights exact for polynomials |
///
/// and all other parameters of a [`Gaussian`](crate::Gaussian), with the same defaults.
///
/// Where scipy is not what its documentation says, this is: with [`axes`](Self::axes) the other axes are left alone (scipy smooths
/// along them), sigmas are those of the filtered axes, and an array may be filtered in place. A list of modes has one for each
/// filtered axis (scipy takes it for one per derivative).
///
/// Integers of [`Rounding::Nearest`](crate::Rounding::Nearest) are rounded once, at the end. With
/// [`Rounding::Scipy`](crate::Rounding::Scipy) squares and sums wrap round as in scipy, in the type of the output: convert to f32
/// instead.
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
/// Two filtered axes are one sweep over the image: both derivatives of a tile are made from the same samples, and no array is needed
/// between them, but where f32 images are summed as scipy does ([`Precision::Double`](crate::Precision::Double)), integers are, or a
/// radius is 0. There, and with another number of axes, derivatives are made one after the other, all but the first in an array of
/// the output's shape; integers that are rounded once take one more, both of f32 or f64, and filtering in place takes one more.
/// [`Plan::memory_bytes`](crate::Plan::memory_bytes) counts them.
///
/// [scipy]: https://docs.scipy.org/doc/scipy/reference/generated/scipy.ndimage.gaussian_gradient_magnitude.html
#[derive(Clone, Debug)]
#[must_use = "a filter does nothing until it is applied or planned"]
pub struct GradientMagnitude {
    sigmas: Sigmas,
    pub(crate) settings: Settings,
}

/// The Laplacian of a smoothed image, as [`scipy.ndimage.gaussian_laplace`][scipy] defines it: the sum, over the filtered axes, of the
/// image's second derivative along that axis, smoothed along the others.
///
/// Parameters, memory, and the differences from scipy's documentation are those of [`GradientMagnitude`]. As in scipy the Laplacian
/// of a constant image is not 0, since the kernel cuts the weights off: at the default `truncate` of 4 a flat image of 1000 becomes
/// -0.14 at sigma 1 and -0.17 at sigma 2, and at sigma 0.5 -1120. [`derivatives(Derivatives::Exact)`](Self::derivatives) makes it 0.
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
            /// A filter of the given standard deviation in samples: one for all filtered axes, or one per filtered axis.
            ///
            /// Sigmas up to 1e-15 are an [`Error::SigmaOfDerivative`], negative, NaN and infinite ones an [`Error::Sigma`] when
            /// the filter is planned or applied.
            pub fn new(sigma: impl IntoPerAxis<f64>) -> Self {
                Self { sigmas: Sigmas::new(sigma.into_per_axis()), settings: Settings::default() }
            }

            /// Where the kernel ends, in sigmas: radius = `floor(truncate * sigma + 0.5)`.
            pub fn truncate(mut self, truncate: f64) -> Self {
                self.sigmas.truncate = truncate;
                self
            }

            /// The radius in samples per filtered axis; `None` takes it from [`truncate`](Self::truncate).
            pub fn radius(mut self, radius: impl IntoPerAxis<Option<usize>>) -> Self {
                self.sigmas.radius = radius.into_per_axis();
                self
            }

            /// Which weights derivatives have: scipy's (the default), or those that are exact for polynomials.
            pub fn derivatives(mut self, derivatives: Derivatives) -> Self {
                self.sigmas.derivatives = derivatives;
                self
            }
        }

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
    /// A term for each axis: its derivative along it, smoothed along the others. Of no axis the image as it is.
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
            // As in scipy, only the terms come in the order listed.
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
