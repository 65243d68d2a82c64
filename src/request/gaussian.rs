//! The Gaussian and its derivatives: weights from sigmas.

use crate::error::Error;
use crate::request::filter::{Pass, Terms, WeightSource};
use crate::request::mode::Mode;
use crate::request::options::Settings;
use crate::request::per_axis::{IntoPerAxis, PerAxis};
use crate::request::progress::Waiting;
use crate::request::weights::ideal::{IdealKernel, KernelEnd};
use crate::request::weights::{
    Derivatives, GaussianKernel, SIGMA_IDENTITY, Weights, checked_radius, radius_of,
};

/// A Gaussian filter or a derivative of one: a builder with the parameters and defaults of
/// [`scipy.ndimage.gaussian_filter`][scipy].
///
/// | parameter | default | meaning |
/// |---|---|---|
/// | `sigma` | | standard deviation in samples, for all filtered axes or for each; up to 1e-15 the axis is left alone |
/// | [`order`](Self::order) | 0 | derivative order per axis |
/// | [`derivatives`](Self::derivatives) | `Truncated` | derivative weights: scipy's, or exact for polynomials |
/// | [`truncate`](Self::truncate) | 4 | radius in sigmas, rounded half up |
/// | [`radius`](Self::radius) | from `truncate` | radius in samples per axis |
/// | [`ideal`](Self::ideal) | | the Gaussian that is not truncated, to a tolerance |
/// | [`mode`](Self::mode) | `Reflect` | how the image continues beyond its borders, per axis |
/// | [`cval`](Self::cval) | 0 | the constant of [`Mode::Constant`] |
/// | [`axes`](Self::axes) | all | the filtered axes; all others are loops |
/// | [`precision`](Self::precision) | `Native` | f32 sums, or scipy's f64 sums |
/// | [`rounding`](Self::rounding) | `Nearest` | integer outputs rounded once, or as scipy does |
/// | [`missing`](Self::missing) | `Propagate` | whether NaN spreads, is filled in, or stays |
/// | [`fill`](Self::fill) | NaN, integers 0 | value of pixels with nothing valid within their kernel |
/// | [`threads`](Self::threads) | `Current` | which threads run the filter |
///
/// Axes that are not filtered are loops: `axes([0, 2])` on an array of shape `(3000, 16, 5000)`
/// filters sixteen images of 3000 x 5000 where they lie.
///
/// ```
/// use gausstack::Gaussian;
/// use ndarray::Array3;
///
/// let stack = Array3::<f32>::from_shape_fn((30, 4, 50), |(y, i, x)| (x + y * i) as f32);
/// let smoothed = Gaussian::new([3.0, 5.0]).axes([0, 2]).apply(&stack)?;
/// assert_eq!(smoothed.shape(), stack.shape());
/// # Ok::<(), gausstack::Error>(())
/// ```
///
/// A pixel costs 2 radius + 1 taps per filtered axis; symmetry halves the multiplications. Memory
/// is the input, the output and a small scratch per thread;
/// [`Plan::memory_bytes`](crate::Plan::memory_bytes) counts it and names the exceptions.
///
/// [scipy]: https://docs.scipy.org/doc/scipy/reference/generated/scipy.ndimage.gaussian_filter.html
#[derive(Clone, Debug)]
#[must_use = "a filter does nothing until it is applied or planned"]
pub struct Gaussian {
    sigmas: Sigmas,
    pub(crate) settings: Settings,
}

impl Gaussian {
    /// A filter with the standard deviation `sigma` in samples, for all filtered axes or for each.
    ///
    /// A sigma up to 1e-15 leaves its axis alone, whatever its order. A negative, NaN or infinite
    /// sigma is an [`Error::Sigma`] when the filter is planned or applied.
    pub fn new(sigma: impl IntoPerAxis<f64>) -> Self {
        Self { sigmas: Sigmas::new(sigma.into_per_axis()), settings: Settings::default() }
    }

    /// The derivative order per filtered axis: 0 smooths, 1 is the slope per sample, 2 the
    /// curvature.
    ///
    /// By default the weights are scipy's: samples of the derivative of a Gaussian, truncated at
    /// the radius. [`Derivatives`] says what truncation costs, and offers exact weights.
    pub fn order(mut self, order: impl IntoPerAxis<usize>) -> Self {
        self.sigmas.order = order.into_per_axis();
        self
    }
}

sigma_parameters!(Gaussian);
filter_parameters!(Gaussian);

impl WeightSource for Gaussian {
    fn terms(&self, axes: &[usize], modes: &[Mode], waiting: &Waiting<'_>) -> Result<Terms, Error> {
        let order = self.sigmas.order.expand("order", axes.len())?;
        Ok(Terms::one(self.sigmas.passes(&order, axes, modes, waiting)?))
    }
}

/// The parameters from which weights of a Gaussian or its derivatives are computed.
#[derive(Clone, Debug)]
pub(crate) struct Sigmas {
    pub(crate) sigma: PerAxis<f64>,
    order: PerAxis<usize>,
    pub(crate) end: KernelEnd,
    pub(crate) radius: PerAxis<Option<usize>>,
    pub(crate) derivatives: Derivatives,
}

impl Sigmas {
    pub(crate) fn new(sigma: PerAxis<f64>) -> Self {
        let (order, radius) = (PerAxis::All(0), PerAxis::All(None));
        let (end, derivatives) = (KernelEnd::Truncated(4.0), Derivatives::default());
        Self { sigma, order, end, radius, derivatives }
    }

    /// One pass per axis, of the derivative orders `order`.
    pub(crate) fn passes(
        &self,
        order: &[usize],
        axes: &[usize],
        modes: &[Mode],
        waiting: &Waiting<'_>,
    ) -> Result<Vec<Pass>, Error> {
        let n = axes.len();
        // (Terms of one radius along each axis can be summed together.)
        let widest = order.iter().copied().max().unwrap_or(0);
        let sigma = self.sigma.expand("sigma", n)?;
        let radius = self.radius.expand("radius", n)?;
        let mut passes = Vec::with_capacity(n);
        for (i, &axis) in axes.iter().enumerate() {
            if !sigma[i].is_finite() || sigma[i] < 0.0 {
                return Err(Error::Sigma { axis, value: sigma[i] });
            }
            if sigma[i] <= SIGMA_IDENTITY {
                continue;
            }
            let (sigma, order) = (sigma[i], order[i]);
            let weights = match (radius[i], self.end) {
                (Some(_), KernelEnd::Ideal(_)) => return Err(Error::IdealRadius { axis }),
                (None, KernelEnd::Ideal(tolerance)) => {
                    if order > 0 && self.derivatives == Derivatives::Exact {
                        return Err(Error::IdealDerivative { axis, order });
                    }
                    let kernel = IdealKernel::new((sigma, order), tolerance, n, axis)?;
                    Weights::of_ideal(kernel, widest, axis, waiting)?
                }
                (radius, KernelEnd::Truncated(truncate)) => {
                    let radius = match radius {
                        Some(radius) => checked_radius(radius as f64, axis)?,
                        None => radius_of(sigma, truncate, axis)?,
                    };
                    let kernel = GaussianKernel { sigma, order, radius, axis };
                    self.derivatives.weights(kernel, waiting)?
                }
            };
            passes.push(Pass { axis, mode: modes[i], order, weights });
        }
        Ok(passes)
    }
}
