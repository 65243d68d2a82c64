//! Missing data: pixels that are NaN or masked.

use gausstack_kernels::{Arithmetic, Element, Kernels, Parity};

use crate::error::Error;
use crate::request::filter::{Pass, Terms};

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

/// How a plan treats missing samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct MissingData {
    /// NaN is missing.
    pub(crate) nan: bool,
    /// The value of pixels with nothing valid within their kernel.
    pub(crate) fill: f64,
    /// Every missing pixel becomes `fill`.
    pub(crate) stays: bool,
}

/// How a sweep splits the samples that it reads into values (0 where missing) and a mask (1 or 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parting {
    /// NaN is missing.
    pub(crate) nan: bool,
    pub(crate) keep: Keep,
}

/// Which part of split samples is filtered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// The values, and the mask as a second term.
    Both,
    /// The values alone.
    Numbers,
    /// The mask alone.
    Validity,
}

impl Parting {
    /// Splits a row of samples; `validity` holds their mask if `masked`.
    pub(crate) fn part<A: Arithmetic>(
        self,
        kernels: &Kernels<A>,
        samples: &mut [A],
        validity: &mut [A],
        masked: bool,
    ) {
        kernels.part(samples, validity, masked, self.nan);
        if self.keep == Keep::Validity {
            samples.copy_from_slice(validity);
        }
    }
}

impl MissingData {
    /// The checked treatment of a request; `None` where nothing can be missing.
    pub(crate) fn of<In: Element, Out: Element>(
        missing: Missing,
        fill: Option<f64>,
        masked: bool,
        terms: &Terms,
    ) -> Result<Option<Self>, Error> {
        let ignored = missing != Missing::Propagate;
        if !ignored && !masked {
            return Ok(None);
        }
        for pass in terms.passes.iter().flatten() {
            check(pass)?;
        }
        if terms.passes.len() > 1 || terms.combine.is_some() {
            return Err(Error::MissingTerms { terms: terms.passes.len() });
        }
        let fill = match fill {
            Some(value) if !holds::<Out>(value) => {
                return Err(Error::Fill { element: Out::NAME, value });
            }
            Some(value) => value,
            None if Out::INTEGER_BITS > 0 => 0.0,
            None => f64::NAN,
        };
        let nan = ignored && In::INTEGER_BITS == 0;
        let stays = missing == Missing::Keep;
        Ok((nan || masked).then_some(Self { nan, fill, stays }))
    }
}

/// Whether a type holds a value: integers exactly, floating-point types up to rounding.
fn holds<T: Element>(value: f64) -> bool {
    let held = T::from_f64(value).to_f64();
    if T::INTEGER_BITS > 0 { held == value } else { held.is_finite() || !value.is_finite() }
}

/// Checks that weights can be normalised by those of the valid samples.
fn check(pass: &Pass) -> Result<(), Error> {
    let Pass { axis, order, ref weights, .. } = *pass;
    if order > 0 {
        return Err(Error::MissingOrder { axis, order });
    }
    let odd = weights.parity() == Some(Parity::Odd);
    let opposite = weights.kept().iter().map(|weight| -weight).filter(|_| odd);
    let mut all = weights.kept().iter().copied().chain(opposite);
    let sum = weights.sum();
    let wrong = all.find(|weight| !(weight.is_finite() && *weight >= 0.0));
    match wrong.or((!(sum.is_finite() && sum > 0.0)).then_some(sum)) {
        Some(value) => Err(Error::MissingWeights { axis, value }),
        None => Ok(()),
    }
}
