//! Derivative weights: scipy's, and weights that are exact for polynomials.

use crate::error::Error;
use crate::request::progress::Waiting;
use crate::request::weights::correlation::Weights;
use crate::request::weights::form::reserve;
use crate::request::weights::gaussian::gaussian_half;

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
        sigma: f64,
        order: usize,
        radius: usize,
        axis: usize,
        waiting: &Waiting<'_>,
    ) -> Result<Weights, Error> {
        match self {
            Self::Exact if order > 0 => Weights::orthogonal(sigma, order, radius, axis, waiting),
            _ => Weights::sampled(sigma, order, radius, axis, waiting),
        }
    }
}

impl Weights {
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
        Self::orthogonal(sigma, order, radius, axis, &Waiting::unobserved())
    }

    fn orthogonal(
        sigma: f64,
        order: usize,
        radius: usize,
        axis: usize,
        waiting: &Waiting<'_>,
    ) -> Result<Self, Error> {
        let gaussian = gaussian_half(sigma, order, radius, axis, waiting)?;
        if order > radius.saturating_mul(2) {
            return Err(Error::DerivativeRadius { axis, order, radius });
        }
        // Gram-Schmidt over the polynomials of the order's parity, in units of sigma so that powers
        // stay in range; each is orthogonalised twice, the second time against what rounding left.
        // The basis is Newton's polynomials, which are 0 at the first places, where a narrow
        // Gaussian has nearly all its weight, and so lose no digits. (Stieltjes' recurrence, x p -
        // b p', left moments of 64 instead of 0 at sigma 0.3, order 5.)
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
        weights
            .iter_mut()
            .zip(&gaussian)
            .for_each(|(weight, gaussian)| *weight *= scale * gaussian);
        Self::of_order(order, weights, axis)
    }
}

/// The inner product of `a` and `b` under the Gaussian, summed over both sides, smallest terms
/// first.
fn inner(a: &[f64], b: &[f64], gaussian: &[f64]) -> f64 {
    let products = a.iter().zip(b).zip(gaussian).map(|((a, b), g)| a * b * g);
    let side: f64 = products.clone().skip(1).rev().sum();
    2.0 * side + products.take(1).sum::<f64>()
}
