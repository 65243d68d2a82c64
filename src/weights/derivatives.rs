//! Weights of derivatives: scipy's, and those that are exact for polynomials.

use super::Weights;
use super::gaussian::gaussian_half;
use crate::Error;
use crate::progress::Waiting;

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
    /// of the sum `p` is a Hermite polynomial, and these are scipy's weights.) O(radius order) time.
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
        // In units of sigma, so that powers stay in range. The polynomials of a symmetric weight obey
        // p[n + 1] = x p[n] - b p[n - 1], with b the ratio of their norms (Stieltjes' procedure).
        let place = |x: usize| x as f64 / sigma;
        let (mut before, mut last) =
            (super::reserve(gaussian.len())?, super::reserve(gaussian.len())?);
        before.resize(gaussian.len(), 0.0);
        last.resize(gaussian.len(), 1.0);
        let mut norm = norm(&last, &gaussian);
        let mut factor = 1.0;
        let mut ratio = 0.0;
        for degree in 1..=order {
            waiting.go_on_after(gaussian.len())?;
            for (x, (before, last)) in before.iter_mut().zip(&mut last).enumerate() {
                let next = place(x) * *last - ratio * *before;
                *before = std::mem::replace(last, next);
            }
            let next = self::norm(&last, &gaussian);
            ratio = next / norm;
            norm = next;
            factor *= degree as f64 / sigma;
        }
        // The side that is kept is that of negative places.
        let sign = if order.is_multiple_of(2) { 1.0 } else { -1.0 };
        for (weight, gaussian) in last.iter_mut().zip(&gaussian) {
            *weight *= sign * factor * gaussian / norm;
        }
        Self::of_order(order, last, axis)
    }
}

/// The sum over both sides of the squares of an even or odd polynomial, weighted; the smallest first.
fn norm(polynomial: &[f64], gaussian: &[f64]) -> f64 {
    let squares = polynomial.iter().zip(gaussian).map(|(p, g)| p * p * g);
    let sides: f64 = squares.clone().skip(1).rev().sum();
    2.0 * sides + squares.take(1).sum::<f64>()
}
