//! Which samples are valid, and the fill value where they are not.

use std::ops::ControlFlow;

use gausstack_kernels::Element;
use ndarray::{ArrayD, ArrayViewD, ArrayViewMutD, Zip};

use crate::error::Error;
use crate::request::missing::MissingData;
use crate::run::crew::Crew;
use crate::run::output::shared_axis;
use crate::run::output::zeros_like;
use crate::run::scratch::ScratchKind;

/// The mask of the valid samples, one byte each; `None` where the caller's mask alone decides.
pub(crate) fn valid_samples<T: Element>(
    missing: MissingData,
    samples: &ArrayViewD<'_, T>,
    mask: Option<&ArrayViewD<'_, bool>>,
) -> Result<Option<ArrayD<bool>>, Error> {
    if !missing.nan {
        return Ok(None);
    }
    let mut validity: ArrayD<bool> = zeros_like(samples.shape(), samples.strides())?;
    Zip::from(&mut validity)
        .and(samples)
        .for_each(|valid, &sample| *valid = !sample.to_f64().is_nan());
    if let Some(mask) = mask {
        validity.zip_mut_with(mask, |valid, &there| *valid &= there);
    }
    Ok(Some(validity))
}

/// Writes the fill value to invalid samples, in parts that the workers share.
pub(crate) fn fill_invalid<T: Element>(
    missing: MissingData,
    mut output: ArrayViewMutD<'_, T>,
    valid: &ArrayViewD<'_, bool>,
    crew: &Crew,
    scratches: &mut [ScratchKind],
) {
    let fill = T::from_f64(missing.fill);
    let change = |out: &mut T, &valid: &bool| {
        if !valid {
            *out = fill;
        }
    };
    if output.ndim() == 0 {
        return Zip::from(&mut output).and(valid).for_each(change);
    }
    let (axis, len) = shared_axis(output.shape(), output.strides(), scratches.len());
    let parts = output.axis_chunks_iter_mut(axis, len).zip(valid.axis_chunks_iter(axis, len));
    crew.drive(scratches, parts, |(mut output, valid), _| {
        Zip::from(&mut output).and(&valid).for_each(change);
        ControlFlow::Continue(())
    });
}
