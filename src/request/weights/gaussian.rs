//! Weights from sigma: scipy's sampled, truncated and normalised Gaussian and its derivatives.

use crate::error::Error;
use crate::request::progress::Waiting;
use crate::request::weights::form::reserve;

/// Sigmas up to this value leave their axis alone (scipy's constant).
pub(crate) const SIGMA_IDENTITY: f64 = 1e-15;

/// Beyond this order the polynomial's coefficients leave the range of f64 for every sigma near 1.
pub(crate) const MAX_ORDER: usize = 256;

/// A Gaussian or a derivative of it, and how far it is sampled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GaussianKernel {
    pub(crate) sigma: f64,
    pub(crate) order: usize,
    pub(crate) radius: usize,
    /// The axis that errors name.
    pub(crate) axis: usize,
}

/// The centre and one side of sampled weights of a Gaussian or its derivative: scipy's.
pub(crate) fn sampled_half(
    kernel: GaussianKernel,
    waiting: &Waiting<'_>,
) -> Result<Vec<f64>, Error> {
    let GaussianKernel { sigma, order, .. } = kernel;
    let mut half = gaussian_half(kernel, waiting)?;
    if order > 0 {
        let polynomial = derivative_polynomial(order, sigma * sigma);
        for (x, weight) in half.iter_mut().enumerate() {
            // The left half of the reversed kernel is the kernel at +x, hence no change of
            // sign.
            *weight *= horner(&polynomial, x as f64);
        }
    }
    Ok(half)
}

/// The centre and one side of a Gaussian that sums to 1 over both sides. Checks sigma, order and radius.
pub(crate) fn gaussian_half(
    kernel: GaussianKernel,
    waiting: &Waiting<'_>,
) -> Result<Vec<f64>, Error> {
    let GaussianKernel { sigma, order, radius, axis } = kernel;
    if !sigma.is_finite() || sigma <= 0.0 {
        return Err(Error::Sigma { axis, value: sigma });
    }
    if order > MAX_ORDER {
        return Err(Error::Order { axis, value: order, max: MAX_ORDER });
    }
    let variance = sigma * sigma;
    let exponent = -0.5 / variance;
    let mut half = reserve(checked_radius(radius as f64, axis)? + 1)?;
    // At radius 0 the exponent may be infinite (sigma near 1e-160), and 0 * inf is NaN.
    half.push(1.0);
    for first in (1..=radius).step_by(Waiting::STEPS) {
        if first > 1 {
            waiting.go_on()?;
        }
        let some = first..=radius.min(first + (Waiting::STEPS - 1));
        half.extend(some.map(|x| (exponent * (x as f64 * x as f64)).exp()));
    }
    let sum = pairwise_sum(&|i| half[i.abs_diff(radius)], 0, 2 * radius + 1);
    for weight in &mut half {
        *weight /= sum;
    }
    Ok(half)
}

/// scipy's radius: `truncate * sigma` rounded half up.
pub(crate) fn radius_of(sigma: f64, truncate: f64, axis: usize) -> Result<usize, Error> {
    // scipy's int() truncates, so that -0.1 and 0.4 both give radius 0.
    let radius = (truncate * sigma + 0.5).trunc();
    if !radius.is_finite() || radius < 0.0 {
        return Err(Error::Truncate { axis, value: truncate, sigma });
    }
    checked_radius(radius, axis)
}

/// A radius whose `2 radius + 1` taps and table entries have a size in bytes.
pub(crate) fn checked_radius(radius: f64, axis: usize) -> Result<usize, Error> {
    const MAX: f64 = (isize::MAX / 1024) as f64;
    if radius > MAX {
        return Err(Error::Radius { axis, value: radius });
    }
    Ok(radius as usize)
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
