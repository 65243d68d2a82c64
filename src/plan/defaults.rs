//! What a plan decides where the request leaves it open.

use gausstack_kernels::{Level, LevelError};

use crate::Error;
use crate::filter::Pass;

/// Multiply-adds below which a run stays on the calling thread: waking a pool costs about as much.
const SMALL_JOB: usize = 1 << 20;

/// Whether a run stays on the calling thread.
pub(super) fn is_small(shape: &[usize], passes: &[Pass]) -> bool {
    let pixels = shape.iter().fold(1, |pixels: usize, &len| pixels.saturating_mul(len));
    let taps = passes.iter().fold(0, |taps: usize, pass| taps + pass.weights.radius() + 2);
    pixels.saturating_mul(taps) < SMALL_JOB
}

/// The level asked for in code, else in the environment, else the best.
pub(super) fn choose_level(forced: Option<Level>) -> Result<Level, Error> {
    if let Some(level) = forced {
        return Ok(level);
    }
    match std::env::var("GAUSSTACK_LEVEL") {
        Ok(name) => Ok(Level::from_name(&name)?),
        Err(std::env::VarError::NotPresent) => Ok(Level::detect()),
        Err(std::env::VarError::NotUnicode(name)) => {
            Err(LevelError::Unknown { name: name.to_string_lossy().into_owned() }.into())
        }
    }
}
