//! The weights of one axis.

use std::sync::Arc;

use gausstack_kernels::Parity;

use crate::error::Error;
use crate::request::progress::Waiting;
use crate::request::weights::exact::exact_half;
use crate::request::weights::form::{Form, reserve};
use crate::request::weights::gaussian::{GaussianKernel, sampled_half};
use crate::request::weights::ideal::IdealKernel;

/// The correlation weights of one axis.
///
/// A pixel becomes `sum over j of w[j] x[i + j - before]`. If the weights are symmetric or
/// antisymmetric about their middle, one half and the centre are stored, and the two samples of a
/// weight are added or subtracted first.
///
/// ```
/// use gausstack::{Parity, Weights};
///
/// let smoothing = Weights::gaussian(1.0, 0, 4, 0)?;
/// assert_eq!((smoothing.radius(), smoothing.parity()), (4, Some(Parity::Even)));
/// let forward = Weights::correlation(&[-1.0, 1.0], -1, 0)?; // x[i + 1] - x[i]
/// assert_eq!((forward.before(), forward.after(), forward.parity()), (0, 1, None));
/// # Ok::<(), gausstack::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    form: Form<f64>,
    /// The ideal Gaussian that they stand for, to a tolerance.
    ideal: Option<IdealKernel>,
}

impl Weights {
    /// The weights of `d^order/dx^order` of a Gaussian, as in `scipy.ndimage.gaussian_filter1d`.
    ///
    /// `order` 0 is the Gaussian itself, normalised to sum 1 over `-radius..=radius`. Higher orders
    /// multiply it by the Hermite-type polynomial of that order and are not normalised again
    /// ([`Derivatives::Truncated`](crate::Derivatives::Truncated) names the consequence). Takes
    /// O(radius order + order^2) time.
    ///
    /// # Errors
    /// [`Error::Sigma`], [`Error::Order`], [`Error::Weights`] if a weight is not finite, and
    /// [`Error::OutOfMemory`]. Errors name `axis`.
    pub fn gaussian(sigma: f64, order: usize, radius: usize, axis: usize) -> Result<Self, Error> {
        Self::sampled(GaussianKernel { sigma, order, radius, axis }, &Waiting::unobserved())
    }

    pub(crate) fn sampled(kernel: GaussianKernel, waiting: &Waiting<'_>) -> Result<Self, Error> {
        Self::of_half(kernel, sampled_half(kernel, waiting)?)
    }

    /// Derivative weights that are exact for polynomials up to degree `order`.
    ///
    /// They are `order! p(x) g(x) / sum(p(x)^2 g(x))`, where `g` is the Gaussian over
    /// `-radius..=radius`, and `p` is the polynomial of degree `order` with leading coefficient 1
    /// that is orthogonal under `g` to all polynomials of lower degree. (With an integral in place
    /// of the sum, `p` is a Hermite polynomial and the weights are scipy's.) Takes O(radius
    /// order^2) time.
    ///
    /// # Errors
    /// [`Error::DerivativeRadius`] if `2 radius + 1` samples do not determine a polynomial of that
    /// degree; otherwise as [`gaussian`](Self::gaussian).
    pub fn exact_derivative(
        sigma: f64,
        order: usize,
        radius: usize,
        axis: usize,
    ) -> Result<Self, Error> {
        Self::exact(GaussianKernel { sigma, order, radius, axis }, &Waiting::unobserved())
    }

    pub(crate) fn exact(kernel: GaussianKernel, waiting: &Waiting<'_>) -> Result<Self, Error> {
        Self::of_half(kernel, exact_half(kernel, waiting)?)
    }

    /// Weights from their centre and one side: symmetric for even orders, antisymmetric for odd
    /// ones.
    fn of_half(kernel: GaussianKernel, half: Vec<f64>) -> Result<Self, Error> {
        let GaussianKernel { order, axis, .. } = kernel;
        if half.iter().any(|w| !w.is_finite()) {
            return Err(Error::Weights { axis, reason: "are not finite for this sigma and order" });
        }
        let parity = if order.is_multiple_of(2) { Parity::Even } else { Parity::Odd };
        Ok(Self { form: Form::centred(parity, half), ideal: None })
    }

    /// The weights of the ideal Gaussian, which is truncated nowhere, or of its derivative, to a
    /// tolerance along this axis: see [`Gaussian::ideal`](crate::Gaussian::ideal). They reach as
    /// far as the tolerance asks; a plan may take another way to the same result.
    ///
    /// # Errors
    /// [`Error::Tolerance`] unless the tolerance is above 0 and below 1, [`Error::IdealOrder`]
    /// above order 2; otherwise as [`gaussian`](Self::gaussian).
    pub fn ideal(sigma: f64, order: usize, tolerance: f64, axis: usize) -> Result<Self, Error> {
        let kernel = IdealKernel::new((sigma, order), tolerance, 1, axis)?;
        Self::of_ideal(kernel, order, axis, &Waiting::unobserved())
    }

    /// The caller's weights, as in `scipy.ndimage.correlate1d`: any number of them, with any
    /// values, NaN and infinities included. The weight in the middle (the right one of two)
    /// multiplies the sample at distance `-origin` from the pixel's own.
    ///
    /// Weights count as symmetric (antisymmetric) if the difference (sum) of every two opposite
    /// ones is at most 2^-52, or, where all are less than 1, 2^-52 of the largest; their left half
    /// is then used for both sides. scipy's tolerance is 2^-52 throughout, so that it takes any
    /// weights below 2.2e-16 for symmetric. As in scipy, comparisons with NaN never fail: NaN on
    /// the right side alone may be lost.
    ///
    /// # Errors
    /// [`Error::Weights`] if the list is empty, [`Error::Origin`] if the origin leaves all weights
    /// on one side of the pixel's own sample, and [`Error::OutOfMemory`]. Errors name `axis`.
    pub fn correlation(weights: &[f64], origin: isize, axis: usize) -> Result<Self, Error> {
        Self::listed(weights.iter().copied(), origin, axis)
    }

    /// The caller's weights, as in `scipy.ndimage.convolve1d`: weights and origin are reversed.
    ///
    /// # Errors
    /// As [`correlation`](Self::correlation).
    pub fn convolution(weights: &[f64], origin: isize, axis: usize) -> Result<Self, Error> {
        let last = isize::from(weights.len().is_multiple_of(2));
        let reversed = origin.checked_neg().and_then(|origin| origin.checked_sub(last));
        // The error names the caller's origin.
        let wrong = |error| match error {
            Error::Origin { axis, taps, .. } => Error::Origin { axis, value: origin, taps },
            other => other,
        };
        let weights = weights.iter().rev().copied();
        Self::listed(weights, reversed.unwrap_or(isize::MIN), axis).map_err(wrong)
    }

    fn listed(
        weights: impl ExactSizeIterator<Item = f64>,
        origin: isize,
        axis: usize,
    ) -> Result<Self, Error> {
        let count = weights.len();
        if count == 0 {
            return Err(Error::Weights { axis, reason: "are none" });
        }
        let before = (count / 2).checked_add_signed(origin).filter(|&before| before < count);
        let before = before.ok_or(Error::Origin { axis, value: origin, taps: count })?;
        let mut all = reserve(count)?;
        all.extend(weights);
        let form = match symmetry(&all) {
            Some(parity) => {
                all.truncate(count / 2 + 1);
                all.reverse();
                Form::Folded { parity, half: Arc::new(all), before }
            }
            None => Form::Listed { weights: Arc::new(all), before },
        };
        Ok(Self { form, ideal: None })
    }

    /// The distance of the furthest sample from the pixel's own.
    #[must_use]
    pub fn radius(&self) -> usize {
        self.form.radius()
    }

    /// The number of weights for samples before the pixel's own.
    #[must_use]
    pub fn before(&self) -> usize {
        self.form.before()
    }

    /// The number of weights for samples after the pixel's own.
    #[must_use]
    pub fn after(&self) -> usize {
        self.form.after()
    }

    /// The symmetry of the weights about their middle; `None` if they have none.
    #[must_use]
    pub fn parity(&self) -> Option<Parity> {
        match self.form {
            Form::Folded { parity, .. } => Some(parity),
            Form::Listed { .. } => None,
        }
    }

    /// The stored weights. With a [`parity`](Self::parity): the weight in the middle, then those
    /// before it, nearest first. Without: all of them in order.
    #[must_use]
    pub fn kept(&self) -> &[f64] {
        self.form.kept()
    }

    /// The sum of all weights.
    #[must_use]
    pub fn sum(&self) -> f64 {
        match &self.form {
            Form::Folded { parity: Parity::Even, half, .. } => {
                2.0 * half[1..].iter().rev().sum::<f64>() + half[0]
            }
            Form::Folded { parity: Parity::Odd, half, .. } => half[0],
            Form::Listed { weights, .. } => weights.iter().sum(),
        }
    }

    /// The sum of the weights' magnitudes, which is a factor of the error bound.
    #[must_use]
    pub fn magnitude(&self) -> f64 {
        match &self.form {
            Form::Folded { half, .. } => {
                2.0 * half[1..].iter().rev().map(|w| w.abs()).sum::<f64>() + half[0].abs()
            }
            Form::Listed { weights, .. } => weights.iter().map(|w| w.abs()).sum(),
        }
    }

    /// Whether they sum to 1 up to rounding, as a Gaussian's do.
    pub(crate) fn sum_to_one(&self) -> bool {
        (self.sum() - 1.0).abs() <= 1e-12
    }

    /// These weights, divided by their sum.
    pub(crate) fn normalised(&self) -> Result<Self, Error> {
        let sum = if self.sum_to_one() { 1.0 } else { self.sum() };
        // (Those of an ideal Gaussian sum to 1.)
        Ok(Self { form: self.form.map(|weight| weight / sum)?, ideal: self.ideal })
    }

    /// These weights, multiplied by `factor`.
    pub(crate) fn scaled(&self, factor: f64) -> Result<Self, Error> {
        Ok(Self { form: self.form.map(|weight| weight * factor)?, ideal: None })
    }

    /// Weights that are within the tolerance of an ideal Gaussian, and stand for it; of the radius
    /// that derivatives of the order `widest` have.
    pub(crate) fn of_ideal(
        kernel: IdealKernel,
        widest: usize,
        axis: usize,
        waiting: &Waiting<'_>,
    ) -> Result<Self, Error> {
        let IdealKernel { sigma, order, .. } = kernel;
        let radius = kernel.radius(widest, axis)?;
        let weights = Self::sampled(GaussianKernel { sigma, order, radius, axis }, waiting)?;
        Ok(Self { ideal: Some(kernel), ..weights })
    }

    /// The ideal Gaussian that they stand for, if one was asked for.
    pub(crate) fn ideal_kernel(&self) -> Option<&IdealKernel> {
        self.ideal.as_ref()
    }

    pub(crate) fn form(&self) -> &Form<f64> {
        &self.form
    }

    /// Whether the pass is `x -> x`, so that it can be left out.
    pub(crate) fn is_identity(&self) -> bool {
        self.form.count() == 1 && self.form.kept() == [1.0]
    }
}

/// The symmetry of weights about their middle. As in scipy, NaN equals everything, and so does an
/// infinity of the same sign.
fn symmetry(weights: &[f64]) -> Option<Parity> {
    if weights.len().is_multiple_of(2) {
        return None;
    }
    let radius = weights.len() / 2;
    let (left, right) = (&weights[..radius], &weights[radius + 1..]);
    let finite = weights.iter().filter(|weight| weight.is_finite());
    // scipy's tolerance is 2^-52 throughout; here it shrinks with weights that are all less than 1.
    let most = finite.fold(0.0, |most: f64, weight| most.max(weight.abs()));
    let tolerance = f64::EPSILON * most.min(1.0);
    let mirrored = |sign: f64| {
        !left.iter().zip(right.iter().rev()).any(|(l, r)| (l - sign * r).abs() > tolerance)
    };
    if mirrored(1.0) {
        Some(Parity::Even)
    } else if mirrored(-1.0) {
        Some(Parity::Odd)
    } else {
        None
    }
}
