//! Correlation and convolution with weights of the caller's own.

use gausstack_kernels::Element;
use ndarray::{Array, ArrayRef, Dimension};

use crate::error::Error;
use crate::request::Filter;
use crate::request::IntoPerAxis;
use crate::request::Maker;
use crate::request::Mode;
use crate::request::Pass;
use crate::request::PerAxis;
use crate::request::Terms;
use crate::request::Weights;
use crate::request::filter::sealed::Sealed;
use crate::request::progress::Waiting;

/// A filter with weights of the caller's own along each axis: [`scipy.ndimage.correlate1d`][scipy] along several axes at once.
///
/// | parameter | default | meaning |
/// |---|---|---|
/// | `weights` | | one list for all filtered axes, or one per filtered axis |
/// | [`origin`](Filter::origin) | 0 | samples that the weights are shifted towards the start of the axis, per axis |
/// | [`convolve`](Filter::convolve) | | takes the weights in the order of `scipy.ndimage.convolve1d` |
///
/// and of what lies outside, axes, arithmetic, rounding and threads all that a [`Gaussian`](crate::Gaussian) has, with the same
/// defaults.
///
/// Lists may be even or odd in length, and hold any numbers; see [`Weights::correlation`]. Symmetric and antisymmetric ones cost half
/// the multiplications of others. Sums are those of the arithmetic: with [`Precision::Double`](crate::Precision::Double), or f64,
/// results have scipy's bits.
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
/// A pixel costs one multiply-add per weight, a symmetric list half of that; memory is as for a Gaussian whose radius is the
/// distance of the furthest weight.
///
/// [scipy]: https://docs.scipy.org/doc/scipy/reference/generated/scipy.ndimage.correlate1d.html
pub type Separable = Filter<Lists>;

/// What the weights of a [`Separable`] filter are made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Lists {
    weights: PerAxis<Vec<f64>>,
    origin: PerAxis<isize>,
    convolves: bool,
}

impl Filter<Lists> {
    /// A filter with one list of weights for all filtered axes, or one per filtered axis, in the order of
    /// `scipy.ndimage.correlate1d`.
    pub fn new(weights: impl IntoPerAxis<Vec<f64>>) -> Self {
        let weights = weights.into_per_axis();
        Self::of(Lists { weights, origin: PerAxis::All(0), convolves: false })
    }

    /// Where the weights are placed, per filtered axis: with 0 the middle one, the right one of two, multiplies the pixel's own
    /// sample, with 1 the sample in front of it.
    ///
    /// Some weight must multiply the pixel's own sample, else it is an [`Error::Origin`].
    pub fn origin(mut self, origin: impl IntoPerAxis<isize>) -> Self {
        self.maker.origin = origin.into_per_axis();
        self
    }

    /// Takes weights and origins as those of a convolution, in the order of `scipy.ndimage.convolve1d`: turned round.
    pub fn convolve(mut self) -> Self {
        self.maker.convolves = true;
        self
    }
}

impl Sealed for Lists {}

impl Maker for Lists {
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

/// Correlates one axis of an array with weights: `scipy.ndimage.correlate1d(input, weights, axis)`. A negative axis counts from the
/// end.
///
/// ```
/// let line = ndarray::array![1.0_f64, 4.0, 9.0, 16.0];
/// let forward = gausstack::correlate1d(&line, &[-1.0, 1.0], 0)?; // x[i] - x[i - 1]
/// assert_eq!(forward, ndarray::array![0.0, 3.0, 5.0, 7.0]);
/// # Ok::<(), gausstack::Error>(())
/// ```
///
/// # Errors
/// As [`Separable::apply`](Filter::apply).
pub fn correlate1d<T: Element, D: Dimension>(
    data: &ArrayRef<T, D>,
    weights: &[f64],
    axis: isize,
) -> Result<Array<T, D>, Error> {
    Separable::new(weights.to_vec()).axes([axis]).apply(data)
}

/// Convolves one axis of an array with weights: `scipy.ndimage.convolve1d(input, weights, axis)`. A negative axis counts from the
/// end.
///
/// ```
/// let line = ndarray::array![0.0_f64, 1.0, 0.0, 0.0];
/// assert_eq!(gausstack::convolve1d(&line, &[3.0, 2.0, 1.0], 0)?, ndarray::array![3.0, 2.0, 1.0, 0.0]);
/// # Ok::<(), gausstack::Error>(())
/// ```
///
/// # Errors
/// As [`Separable::apply`](Filter::apply).
pub fn convolve1d<T: Element, D: Dimension>(
    data: &ArrayRef<T, D>,
    weights: &[f64],
    axis: isize,
) -> Result<Array<T, D>, Error> {
    Separable::new(weights.to_vec()).convolve().axes([axis]).apply(data)
}
