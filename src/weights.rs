//! Sigma to weights: scipy's sampled, truncated and normalised Gaussian and its derivatives.

use gausstack_kernels::Parity;

use crate::Error;

/// Sigmas up to this value leave their axis alone (scipy's constant).
pub(crate) const SIGMA_IDENTITY: f64 = 1e-15;

/// Beyond this order the polynomial's coefficients leave the range of f64 for every sigma near 1.
pub(crate) const MAX_ORDER: usize = 256;

/// The correlation weights of one axis, of which the left half and the centre are kept.
///
/// A pixel becomes `w[0] x[i] + sum over k = 1..=radius of w[k] (x[i-k] + x[i+k])` for an even
/// kernel, with a minus between the two samples for an odd one.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// `half[k]` multiplies the samples at distance `k`; `half[0]` is the centre.
    half: Vec<f64>,
    parity: Parity,
}

impl Weights {
    /// Weights of `d^order/dx^order` of a Gaussian, as `scipy.ndimage.gaussian_filter1d` has them.
    ///
    /// `order` 0 is the Gaussian itself, normalised to sum 1 over `-radius..=radius`. Higher orders
    /// multiply it by the Hermite-type polynomial of that order; they are not normalised again, so
    /// below sigma 1 they are visibly off (at sigma 0.5 the second derivative's weights sum to
    /// -0.56). O(radius + order^2) time.
    ///
    /// # Errors
    /// [`Error::Sigma`], [`Error::Order`], [`Error::Weights`] when a weight is not finite, and
    /// [`Error::OutOfMemory`]; `axis` is only named in the error.
    pub fn gaussian(sigma: f64, order: usize, radius: usize, axis: usize) -> Result<Self, Error> {
        if !sigma.is_finite() || sigma <= 0.0 {
            return Err(Error::Sigma { axis, value: sigma });
        }
        if order > MAX_ORDER {
            return Err(Error::Order { axis, value: order, max: MAX_ORDER });
        }
        let variance = sigma * sigma;
        let exponent = -0.5 / variance;
        let mut half = reserve(radius, axis)?;
        // At radius 0 the exponent may be infinite (sigma near 1e-160), and 0 * inf is NaN.
        half.push(1.0);
        half.extend((1..=radius).map(|x| (exponent * (x as f64 * x as f64)).exp()));
        let sum = pairwise_sum(&|i| half[i.abs_diff(radius)], 0, 2 * radius + 1);
        for weight in &mut half {
            *weight /= sum;
        }
        if order > 0 {
            let polynomial = derivative_polynomial(order, variance);
            for (x, weight) in half.iter_mut().enumerate() {
                // The reversed kernel's left half is the kernel at +x, hence no sign flip here.
                *weight *= horner(&polynomial, x as f64);
            }
        }
        if half.iter().any(|w| !w.is_finite()) {
            return Err(Error::Weights { axis, reason: "are not finite for this sigma and order" });
        }
        let parity = if order.is_multiple_of(2) { Parity::Even } else { Parity::Odd };
        Ok(Self { half, parity })
    }

    /// Weights of the caller's own, in the order `scipy.ndimage.correlate1d` takes them: an odd
    /// number of them, the centre in the middle, even or odd about it.
    ///
    /// # Errors
    /// [`Error::Weights`] for an even length, for weights that are neither symmetric nor
    /// antisymmetric to 2^-52 of the largest, and for weights that are not finite;
    /// [`Error::OutOfMemory`]. `axis` is only named in the error.
    pub fn from_slice(weights: &[f64], axis: usize) -> Result<Self, Error> {
        if weights.len().is_multiple_of(2) {
            return Err(Error::Weights { axis, reason: "must be an odd number" });
        }
        if weights.iter().any(|w| !w.is_finite()) {
            return Err(Error::Weights { axis, reason: "are not finite" });
        }
        let radius = weights.len() / 2;
        let (left, right) = (&weights[..radius], &weights[radius + 1..]);
        // scipy's tolerance is absolute, which takes any weights below 2.2e-16 for symmetric.
        let tolerance = f64::EPSILON * weights.iter().fold(0.0, |m: f64, w| m.max(w.abs()));
        let mirrored = |sign: f64| {
            left.iter().zip(right.iter().rev()).all(|(l, r)| (l - sign * r).abs() <= tolerance)
        };
        let parity = if mirrored(1.0) {
            Parity::Even
        } else if mirrored(-1.0) {
            Parity::Odd
        } else {
            return Err(Error::Weights { axis, reason: "are neither symmetric nor antisymmetric" });
        };
        let mut half = reserve(radius, axis)?;
        half.extend(weights[..=radius].iter().rev());
        Ok(Self { half, parity })
    }

    /// Taps to each side of the centre.
    #[must_use]
    pub fn radius(&self) -> usize {
        self.half.len() - 1
    }

    /// Whether the two halves are equal or opposite.
    #[must_use]
    pub fn parity(&self) -> Parity {
        self.parity
    }

    /// The centre followed by the weights of the samples before it, nearest first.
    #[must_use]
    pub fn half(&self) -> &[f64] {
        &self.half
    }

    /// Sum of all weights.
    #[must_use]
    pub fn sum(&self) -> f64 {
        match self.parity {
            Parity::Even => 2.0 * self.half[1..].iter().rev().sum::<f64>() + self.half[0],
            Parity::Odd => self.half[0],
        }
    }

    /// Sum of the weights' magnitudes: the factor of the error bound.
    #[must_use]
    pub fn magnitude(&self) -> f64 {
        2.0 * self.half[1..].iter().rev().map(|w| w.abs()).sum::<f64>() + self.half[0].abs()
    }

    /// Whether the pass is `x -> x`, so that it can be left out.
    pub(crate) fn is_identity(&self) -> bool {
        self.half == [1.0]
    }
}

/// scipy's radius: `truncate * sigma` rounded half up.
pub(crate) fn radius_of(sigma: f64, truncate: f64, axis: usize) -> Result<usize, Error> {
    // scipy's int() cuts toward zero, so -0.1 and 0.4 are both radius 0.
    let radius = (truncate * sigma + 0.5).trunc();
    if !radius.is_finite() || radius < 0.0 {
        return Err(Error::Truncate { axis, value: truncate, sigma });
    }
    checked_radius(radius, axis)
}

/// `2 radius + 1` taps and as many table entries must stay countable in bytes.
pub(crate) fn checked_radius(radius: f64, axis: usize) -> Result<usize, Error> {
    const MAX: f64 = (isize::MAX / 1024) as f64;
    if radius > MAX {
        return Err(Error::Radius { axis, value: radius });
    }
    Ok(radius as usize)
}

fn reserve(radius: usize, axis: usize) -> Result<Vec<f64>, Error> {
    let len = checked_radius(radius as f64, axis)? + 1;
    let mut weights = Vec::new();
    weights.try_reserve_exact(len).map_err(|_| Error::OutOfMemory { bytes: len * 8 })?;
    Ok(weights)
}

/// numpy's pairwise summation: eight partial sums from eight elements on, halves above 128. Another
/// order changes the sum's last bit for about three sigmas in four, and with it every weight.
fn pairwise_sum(value: &impl Fn(usize) -> f64, start: usize, len: usize) -> f64 {
    const BLOCK: usize = 128;
    if len < 8 {
        return (start..start + len).fold(0.0, |sum, i| sum + value(i));
    }
    if len > BLOCK {
        let half = len / 2 - (len / 2) % 8;
        return pairwise_sum(value, start, half) + pairwise_sum(value, start + half, len - half);
    }
    let mut partial: [f64; 8] = std::array::from_fn(|lane| value(start + lane));
    let body = len - len % 8;
    for i in (8..body).step_by(8) {
        for (lane, sum) in partial.iter_mut().enumerate() {
            *sum += value(start + i + lane);
        }
    }
    let [a, b, c, d, e, f, g, h] = partial;
    let sum = ((a + b) + (c + d)) + ((e + f) + (g + h));
    (start + body..start + len).fold(sum, |sum, i| sum + value(i))
}

/// Coefficients of q in `d^n/dx^n exp(-x^2 / 2 variance) = q(x) exp(..)`, by `q' - q x / variance`.
fn derivative_polynomial(order: usize, variance: f64) -> Vec<f64> {
    let mut q = vec![0.0; order + 1];
    q[0] = 1.0;
    for _ in 0..order {
        q = (0..=order)
            .map(|k| {
                let derived = if k < order { (k + 1) as f64 * q[k + 1] } else { 0.0 };
                let shifted = if k > 0 { q[k - 1] / variance } else { 0.0 };
                derived - shifted
            })
            .collect();
    }
    q
}

fn horner(polynomial: &[f64], x: f64) -> f64 {
    polynomial.iter().rev().fold(0.0, |value, coefficient| value * x + coefficient)
}
