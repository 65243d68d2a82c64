//! Missing data: pixels that are NaN or masked.

use gausstack_kernels::{Arithmetic, Element, Kernels, Parity};

use crate::error::Error;
use crate::request::filter::{Pass, Terms};

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

/// What is done where samples are missing, if they may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct MissingData {
    /// NaN is missing.
    pub(crate) nan: bool,
    /// What stands where nothing is there.
    pub(crate) fill: f64,
    /// Also where the pixel itself is missing.
    pub(crate) stays: bool,
}

/// How a sweep parts the samples that it reads into numbers, 0 where they are missing, and their validity, 1 or 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parting {
    /// NaN is missing.
    pub(crate) nan: bool,
    pub(crate) keep: Keep,
}

/// What is filtered of samples that are parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// The numbers, and as a second term their validity.
    Both,
    Numbers,
    Validity,
}

impl Parting {
    /// Parts a row of samples; `validity` holds their mask if there is one.
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
    /// What a request says, checked; `None` where nothing can be missing.
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

/// Whether a type holds a value, floating-point types but for rounding.
fn holds<T: Element>(value: f64) -> bool {
    let held = T::from_f64(value).to_f64();
    if T::INTEGER_BITS > 0 { held == value } else { held.is_finite() || !value.is_finite() }
}

/// Whether the weights of those samples that are there can stand for all.
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
