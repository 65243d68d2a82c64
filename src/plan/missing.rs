//! What a plan does about pixels that are missing.

use gausstack_kernels::{Arithmetic, ElementType, Kernels, Parity};

use crate::error::Error;
use crate::request::filter::Terms;
use crate::request::options::Settings;
use crate::request::{Missing, Pass};

/// Which pixels are missing, and what stands for them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct MissingPixels {
    /// NaN is missing, not only what a mask says.
    pub(crate) nan: bool,
    /// The value where no valid pixel is within the kernel.
    pub(crate) fill: f64,
    /// That value also stands wherever the pixel itself is missing.
    pub(crate) stays: bool,
}

/// How a sweep splits the samples it reads into numbers, 0 where they are missing, and their
/// validity, 1 or 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SampleSplit {
    /// NaN is missing.
    pub(crate) nan: bool,
    pub(crate) keep: Keep,
}

/// Which half of split samples is filtered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// The numbers, and as a second term their validity.
    Both,
    Numbers,
    Validity,
}

impl SampleSplit {
    /// Splits a row of samples; `validity` holds their mask if `masked`.
    pub(crate) fn part<A: Arithmetic>(
        self,
        kernels: &Kernels<A>,
        samples: &mut [A],
        validity: &mut [A],
        masked: bool,
    ) {
        kernels.split_mask(samples, validity, masked, self.nan);
        if self.keep == Keep::Validity {
            samples.copy_from_slice(validity);
        }
    }
}

impl MissingPixels {
    /// Checks what a request says; `None` where no pixel can be missing.
    pub(crate) fn of(
        request: &Settings,
        masked: bool,
        terms: &Terms,
        [from, to]: [ElementType; 2],
    ) -> Result<Option<Self>, Error> {
        let ignored = request.missing != Missing::Propagate;
        if !ignored && !masked {
            return Ok(None);
        }
        for pass in terms.passes.iter().flatten() {
            check(pass)?;
        }
        if terms.passes.len() > 1 || terms.combine.is_some() {
            return Err(Error::MissingTerms { terms: terms.passes.len() });
        }
        let fill = match request.fill {
            Some(value) if !to.holds(value) => {
                return Err(Error::Fill { element: to.name(), value });
            }
            Some(value) => value,
            None if to.is_float() => f64::NAN,
            None => 0.0,
        };
        let nan = ignored && from.is_float();
        let stays = request.missing == Missing::Keep;
        Ok((nan || masked).then_some(Self { nan, fill, stays }))
    }
}

/// Whether the weights of the valid samples can stand for all.
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
