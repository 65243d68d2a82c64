//! Missing data: pixels that are NaN or masked.

/// What becomes of pixels that are NaN: they spread, or they are left out.
///
/// Leaving pixels out is normalised convolution: the image with missing pixels set to 0 is
/// filtered, and divided by the filtered mask of valid pixels. For a Gaussian, and for all weights
/// that sum to 1, the result is the weighted mean of the valid pixels within the kernel; other
/// weights keep their gain.
///
/// ```
/// use gausstack::{Gaussian, Missing};
/// use ndarray::Array2;
///
/// // A ramp with a dead pixel and a dead row.
/// let mut image = Array2::<f32>::from_shape_fn((40, 50), |(_, x)| x as f32);
/// image[[10, 10]] = f32::NAN;
/// image.row_mut(30).fill(f32::NAN);
/// let smoothed = Gaussian::new(1.5).missing(Missing::Ignore).apply(&image)?;
/// assert!(smoothed.iter().all(|pixel| pixel.is_finite()));
/// assert!((smoothed[[30, 25]] - 25.0).abs() < 1e-3);
///
/// // With `Keep`, gaps stay gaps.
/// let gaps = Gaussian::new(1.5).missing(Missing::Keep).apply(&image)?;
/// assert!(gaps[[10, 10]].is_nan() && gaps[[10, 11]] == smoothed[[10, 11]]);
/// # Ok::<(), gausstack::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Missing {
    /// NaN spreads, as in scipy: every pixel whose kernel reaches it becomes NaN.
    #[default]
    Propagate,
    /// NaN is left out and filled in: its pixel becomes the weighted mean of its valid neighbours.
    Ignore,
    /// NaN is left out and kept: a missing pixel (NaN or masked) becomes the
    /// [`fill`](crate::Gaussian::fill) value, by default NaN (integers 0). All other pixels are as
    /// with `Ignore`.
    Keep,
}
