//! Derivative weights that are exact for polynomials.

use crate::error::Error;
use crate::request::progress::Waiting;
use crate::request::weights::form::reserve;
use crate::request::weights::gaussian::{GaussianKernel, gaussian_half};

/// The centre and one side of derivative weights that are exact for polynomials up to degree
/// `order`.
pub(crate) fn exact_half(kernel: GaussianKernel, waiting: &Waiting<'_>) -> Result<Vec<f64>, Error> {
    let GaussianKernel { sigma, order, radius, axis } = kernel;
    let gaussian = gaussian_half(kernel, waiting)?;
    if order > radius.saturating_mul(2) {
        return Err(Error::DerivativeRadius { axis, order, radius });
    }
    // Gram-Schmidt over the polynomials of the order's parity, in units of sigma so that powers
    // stay in range; each is orthogonalised twice, the second time against what rounding left.
    // The basis is Newton's polynomials, which are 0 at the first places, where a narrow
    // Gaussian has nearly all its weight, and so lose no digits. (Stieltjes' recurrence left
    // moments of 64 instead of 0 at sigma 0.3, order 5.)
    let place = |x: usize| x as f64 / sigma;
    let odd = usize::from(!order.is_multiple_of(2));
    let mut newton = reserve(gaussian.len())?;
    newton.extend((0..gaussian.len()).map(|x| if odd == 1 { place(x) } else { 1.0 }));
    let mut orthogonal: Vec<Vec<f64>> = Vec::new();
    for degree in 0..=order / 2 {
        let mut next = reserve(gaussian.len())?;
        next.extend_from_slice(&newton);
        for lower in orthogonal.iter().chain(&orthogonal) {
            waiting.go_on_after(gaussian.len())?;
            let share = inner(&next, lower, &gaussian) / inner(lower, lower, &gaussian);
            next.iter_mut().zip(lower).for_each(|(next, lower)| *next -= share * lower);
        }
        orthogonal.push(next);
        // Odd polynomials are 0 at place 0 from the start.
        let root = place(degree + odd).powi(2);
        newton.iter_mut().enumerate().for_each(|(x, y)| *y *= place(x).powi(2) - root);
    }
    let mut weights = orthogonal.pop().expect("the loop pushes at least degree 0");
    let mut power = newton;
    power.iter_mut().enumerate().for_each(|(x, y)| *y = place(x).powi(order as i32));
    let scale = (1..=order).fold(1.0, |scale, n| scale * n as f64 / sigma);
    // The stored side is that of negative places.
    let sign = if odd == 1 { -1.0 } else { 1.0 };
    let scale = sign * scale / inner(&weights, &power, &gaussian);
    weights.iter_mut().zip(&gaussian).for_each(|(weight, gaussian)| *weight *= scale * gaussian);
    Ok(weights)
}

/// The inner product of `a` and `b` under the Gaussian, summed over both sides, smallest terms
/// first.
fn inner(a: &[f64], b: &[f64], gaussian: &[f64]) -> f64 {
    let products = a.iter().zip(b).zip(gaussian).map(|((a, b), g)| a * b * g);
    let side: f64 = products.clone().skip(1).rev().sum();
    2.0 * side + products.take(1).sum::<f64>()
}
