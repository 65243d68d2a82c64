//! One-line forms: functions named as scipy names them.

use gausstack_kernels::Element;
use ndarray::{Array, ArrayRef, Dimension};

use crate::error::Error;
use crate::request::{Gaussian, GradientMagnitude, IntoPerAxis, Laplace, Separable};

/// Filters every axis of an array with one sigma or one sigma per axis: the one-line form of
/// [`Gaussian`], as `scipy.ndimage.gaussian_filter(input, sigma)`.
///
/// ```
/// let image = ndarray::array![[0.0_f64, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]];
/// let smoothed = gausstack::gaussian_filter(&image, 1.0)?;
/// assert!((smoothed.sum() - 1.0).abs() < 1e-12);
/// # Ok::<(), gausstack::Error>(())
/// ```
///
/// # Errors
/// As [`Gaussian::apply`].
pub fn gaussian_filter<T: Element, D: Dimension>(
    data: &ArrayRef<T, D>,
    sigma: impl IntoPerAxis<f64>,
) -> Result<Array<T, D>, Error> {
    Gaussian::new(sigma).apply(data)
}

/// Filters one axis of an array; a negative axis counts from the end.
///
/// As `scipy.ndimage.gaussian_filter1d(input, sigma, axis)`, except that a sigma of 0 leaves the
/// data alone instead of dividing by zero.
///
/// ```
/// let line = ndarray::array![1.0_f64, 2.0, 3.0, 4.0, 5.0];
/// let smoothed = gausstack::gaussian_filter1d(&line, 1.0, -1)?;
/// assert!((smoothed[0] - 1.427040950391).abs() < 1e-9);
/// # Ok::<(), gausstack::Error>(())
/// ```
///
/// # Errors
/// As [`Gaussian::apply`].
pub fn gaussian_filter1d<T: Element, D: Dimension>(
    data: &ArrayRef<T, D>,
    sigma: f64,
    axis: isize,
) -> Result<Array<T, D>, Error> {
    Gaussian::new(sigma).axes([axis]).apply(data)
}

/// Correlates one axis of an array with weights: `scipy.ndimage.correlate1d(input, weights, axis)`.
/// A negative axis counts from the end.
///
/// ```
/// let line = ndarray::array![1.0_f64, 4.0, 9.0, 16.0];
/// let forward = gausstack::correlate1d(&line, &[-1.0, 1.0], 0)?; // x[i] - x[i - 1]
/// assert_eq!(forward, ndarray::array![0.0, 3.0, 5.0, 7.0]);
/// # Ok::<(), gausstack::Error>(())
/// ```
///
/// # Errors
/// As [`Separable::apply`].
pub fn correlate1d<T: Element, D: Dimension>(
    data: &ArrayRef<T, D>,
    weights: &[f64],
    axis: isize,
) -> Result<Array<T, D>, Error> {
    Separable::new(weights.to_vec()).axes([axis]).apply(data)
}

/// Convolves one axis of an array with weights: `scipy.ndimage.convolve1d(input, weights, axis)`. A
/// negative axis counts from the end.
///
/// ```
/// let line = ndarray::array![0.0_f64, 1.0, 0.0, 0.0];
/// let found = gausstack::convolve1d(&line, &[3.0, 2.0, 1.0], 0)?;
/// assert_eq!(found, ndarray::array![3.0, 2.0, 1.0, 0.0]);
/// # Ok::<(), gausstack::Error>(())
/// ```
///
/// # Errors
/// As [`Separable::apply`].
pub fn convolve1d<T: Element, D: Dimension>(
    data: &ArrayRef<T, D>,
    weights: &[f64],
    axis: isize,
) -> Result<Array<T, D>, Error> {
    Separable::new(weights.to_vec()).convolve().axes([axis]).apply(data)
}

/// The magnitude of an image's gradient: `scipy.ndimage.gaussian_gradient_magnitude(input, sigma)`,
/// the one-line form of [`GradientMagnitude`].
///
/// ```
/// let image = ndarray::array![[0.0_f64, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]];
/// assert!(gausstack::gaussian_gradient_magnitude(&image, 1.0)?[[1, 1]] < 1e-12);
/// # Ok::<(), gausstack::Error>(())
/// ```
///
/// # Errors
/// As [`GradientMagnitude::apply`].
pub fn gaussian_gradient_magnitude<T: Element, D: Dimension>(
    data: &ArrayRef<T, D>,
    sigma: impl IntoPerAxis<f64>,
) -> Result<Array<T, D>, Error> {
    GradientMagnitude::new(sigma).apply(data)
}

/// The Laplacian of a smoothed image: `scipy.ndimage.gaussian_laplace(input, sigma)`, the one-line
/// form of [`Laplace`].
///
/// ```
/// let image = ndarray::array![[0.0_f64, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]];
/// assert!(gausstack::gaussian_laplace(&image, 1.0)?[[1, 1]] < 0.0);
/// # Ok::<(), gausstack::Error>(())
/// ```
///
/// # Errors
/// As [`Laplace::apply`].
pub fn gaussian_laplace<T: Element, D: Dimension>(
    data: &ArrayRef<T, D>,
    sigma: impl IntoPerAxis<f64>,
) -> Result<Array<T, D>, Error> {
    Laplace::new(sigma).apply(data)
}
