//! Weights of derivatives: scipy's, and those that are exact for polynomials.

use super::Weights;
use super::gaussian::gaussian_half;
use crate::error::Error;
use crate::request::progress::Waiting;

/// Which weights the derivatives of a Gaussian have. Order 0 has the same either way.
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
    /// Samples of the derivative of a Gaussian within the radius, as in scipy. What lies beyond is missing, so that the second
    /// derivative of a constant is not 0. [`Weights::gaussian`] makes them.
    #[default]
    Truncated,
    /// Weights that give the derivative of order n of every polynomial up to degree n exactly, but for rounding: 0 of constants,
    /// the slope of a line, the curvature of a parabola. [`Weights::exact_derivative`] makes them.
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
    /// Weights of the derivative of a Gaussian that are exact for polynomials up to degree `order`.
    ///
    /// They are `order! p(x) g(x) / sum(p(x)^2 g(x))`, where `g` is the Gaussian over `-radius..=radius` and `p` the polynomial of
    /// degree `order`, with leading coefficient 1, that is orthogonal under `g` to all of lower degree. (With an integral in place
    /// of the sum `p` is a Hermite polynomial, and these are scipy's weights.) O(radius order^2) time.
    ///
    /// # Errors
    /// [`Error::DerivativeRadius`] where `2 radius + 1` samples do not determine a polynomial of that degree, else as
    /// [`gaussian`](Self::gaussian).
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
        // Polynomials of the order's parity, in units of sigma so that powers stay in range, are orthogonalised one after the
        // other, twice each (the second time takes away what rounding left). Newton's polynomials, which are 0 at the first
        // places, where a narrow Gaussian has nearly all its weight, lose nothing by it. (Stieltjes' recurrence, x p - b p', left
        // moments of 64 instead of 0 at sigma 0.3, order 5.)
        let place = |x: usize| x as f64 / sigma;
        let odd = usize::from(!order.is_multiple_of(2));
        let mut newton = super::reserve(gaussian.len())?;
        newton.extend((0..gaussian.len()).map(|x| if odd == 1 { place(x) } else { 1.0 }));
        let mut orthogonal: Vec<Vec<f64>> = Vec::new();
        for degree in 0..=order / 2 {
            let mut next = super::reserve(gaussian.len())?;
            next.extend_from_slice(&newton);
            for lower in orthogonal.iter().chain(&orthogonal) {
                waiting.go_on_after(gaussian.len())?;
                let share = inner(&next, lower, &gaussian) / inner(lower, lower, &gaussian);
                next.iter_mut().zip(lower).for_each(|(next, lower)| *next -= share * lower);
            }
            orthogonal.push(next);
            // (Odd ones are 0 at place 0 from the start.)
            let root = place(degree + odd).powi(2);
            newton.iter_mut().enumerate().for_each(|(x, y)| *y *= place(x).powi(2) - root);
        }
        let mut weights = orthogonal.pop().expect("degree 0 is always there");
        let mut power = newton;
        power.iter_mut().enumerate().for_each(|(x, y)| *y = place(x).powi(order as i32));
        let scale = (1..=order).fold(1.0, |scale, n| scale * n as f64 / sigma);
        // The side that is kept is that of negative places.
        let sign = if odd == 1 { -1.0 } else { 1.0 };
        let scale = sign * scale / inner(&weights, &power, &gaussian);
        weights
            .iter_mut()
            .zip(&gaussian)
            .for_each(|(weight, gaussian)| *weight *= scale * gaussian);
        Self::of_order(order, weights, axis)
    }
}

/// The sum over both sides of a product that is even, weighted; the smallest first.
fn inner(a: &[f64], b: &[f64], gaussian: &[f64]) -> f64 {
    let products = a.iter().zip(b).zip(gaussian).map(|((a, b), g)| a * b * g);
    let side: f64 = products.clone().skip(1).rev().sum();
    2.0 * side + products.take(1).sum::<f64>()
}
