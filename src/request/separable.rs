//! Correlation and convolution with the caller's weights.

use crate::error::Error;
use crate::request::filter::{Pass, Terms, WeightSource};
use crate::request::mode::Mode;
use crate::request::options::Settings;
use crate::request::per_axis::{IntoPerAxis, PerAxis};
use crate::request::progress::Waiting;
use crate::request::weights::Weights;

/// A filter with the caller's weights along each axis: [`scipy.ndimage.correlate1d`][scipy] along
/// several axes at once.
///
/// | parameter | default | meaning |
/// |---|---|---|
/// | `weights` | | one list for all filtered axes, or one for each |
/// | [`origin`](Self::origin) | 0 | shift of the weights towards the start of the axis, in samples, per axis |
/// | [`convolve`](Self::convolve) | | weights and origins are those of `scipy.ndimage.convolve1d` |
///
/// and the parameters that all filters have, from [`mode`](Self::mode) to
/// [`observer`](Self::observer), with the defaults of a [`Gaussian`](crate::Gaussian).
///
/// A list may have even or odd length and hold any numbers; see [`Weights::correlation`]. f64
/// images, and f32 images with [`Precision::Double`](crate::Precision::Double), have scipy's bits.
///
/// ```
/// use gausstack::Separable;
/// use ndarray::Array2;
///
/// // Sobel's estimate of the slope along the last axis.
/// let image = Array2::<f32>::from_shape_fn((30, 40), |(_, x)| 3.0 * x as f32);
/// let sobel = Separable::new([vec![1.0, 2.0, 1.0], vec![-1.0, 0.0, 1.0]]);
/// assert_eq!(sobel.apply(&image)?[[15, 20]], 24.0);
/// # Ok::<(), gausstack::Error>(())
/// ```
///
/// A pixel costs one multiply-add per weight. Symmetric and antisymmetric lists take half the
/// multiplications. Memory is that of a Gaussian whose radius is the distance of the furthest
/// weight.
///
/// [scipy]: https://docs.scipy.org/doc/scipy/reference/generated/scipy.ndimage.correlate1d.html
#[derive(Clone, Debug)]
#[must_use = "a filter does nothing until it is applied or planned"]
pub struct Separable {
    weights: PerAxis<Vec<f64>>,
    origin: PerAxis<isize>,
    convolves: bool,
    pub(crate) settings: Settings,
}

impl Separable {
    /// A filter with one list of weights for all filtered axes, or one for each, in the order of
    /// `scipy.ndimage.correlate1d`.
    pub fn new(weights: impl IntoPerAxis<Vec<f64>>) -> Self {
        Self {
            weights: weights.into_per_axis(),
            origin: PerAxis::All(0),
            convolves: false,
            settings: Settings::default(),
        }
    }

    /// The placement of the weights per filtered axis. With 0, the weight in the middle (the right
    /// one of two) multiplies the pixel's own sample; with 1, it multiplies the sample before it.
    ///
    /// An origin that leaves no weight for the pixel's own sample is an [`Error::Origin`].
    pub fn origin(mut self, origin: impl IntoPerAxis<isize>) -> Self {
        self.origin = origin.into_per_axis();
        self
    }

    /// Reads weights and origins as those of a convolution, as in `scipy.ndimage.convolve1d`: both
    /// are reversed.
    pub fn convolve(mut self) -> Self {
        self.convolves = true;
        self
    }
}

filter_parameters!(Separable);

impl WeightSource for Separable {
    fn terms(&self, axes: &[usize], modes: &[Mode], _: &Waiting<'_>) -> Result<Terms, Error> {
        let lists = self.weights.each("weights", axes.len())?;
        let origins = self.origin.expand("origin", axes.len())?;
        let mut passes = Vec::with_capacity(axes.len());
        for (i, &axis) in axes.iter().enumerate() {
            let made = if self.convolves { Weights::convolution } else { Weights::correlation };
            let weights = made(lists[i], origins[i], axis)?;
            passes.push(Pass { axis, mode: modes[i], order: 0, weights });
        }
        Ok(Terms::one(passes))
    }
}
