//! Missing data: pixels that are NaN or masked.

/// What becomes of pixels that are NaN.
///
/// Pixels that are missing can be left out. Each result is then made of those within the kernel that are there (normalised
/// convolution): the filtered image in which the missing ones are 0, over the same weights' share of those that are there. Of a
/// Gaussian, and of all weights that sum to 1, this is their weighted mean; other weights keep their gain.
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
/// // The same, but that gaps stay gaps.
/// let gaps = Gaussian::new(1.5).missing(Missing::Keep).apply(&image)?;
/// assert!(gaps[[10, 10]].is_nan() && gaps[[10, 11]] == smoothed[[10, 11]]);
/// # Ok::<(), gausstack::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Missing {
    /// NaN is a number like any other: every pixel within a kernel of it becomes NaN, as in scipy.
    #[default]
    Propagate,
    /// NaN is left out: where it was, the result is made of the neighbours that are there.
    Ignore,
    /// NaN is left out and stays: a pixel that is missing, by NaN or by a mask, becomes the [`fill`](crate::Gaussian::fill) value, which is
    /// NaN by default (integers 0). All others are as with `Ignore`.
    Keep,
}
