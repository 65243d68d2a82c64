//! What a plan decides where the request leaves it open.

use gausstack_kernels::Level;

use crate::error::Error;
use crate::plan::environment;
use crate::request::Tuning;
use crate::request::filter::Pass;

/// Multiply-adds below which a run stays on the calling thread: waking a pool costs about as much.
const SMALL_JOB: usize = 1 << 20;

/// Multiply-adds that are worth one worker more: they take about as long as it takes to wake up.
const LEAST_SHARE: usize = 1 << 16;

/// Workers that there is work for.
pub(crate) fn worthwhile_workers(shape: &[usize], passes: &[Pass]) -> usize {
    let pixels = shape.iter().fold(1, |pixels: usize, &len| pixels.saturating_mul(len));
    let taps = passes.iter().fold(0, |taps: usize, pass| taps + pass.weights.radius() + 2);
    let products = pixels.saturating_mul(taps);
    if products < SMALL_JOB { 1 } else { products / LEAST_SHARE }
}

/// The variable that forces a level.
const LEVEL_VARIABLE: &str = "GAUSSTACK_LEVEL";

/// The level asked for in code, else in the environment, else the best.
pub(crate) fn choose_level(forced: Option<Level>) -> Result<Level, Error> {
    if let Some(level) = forced {
        return Ok(level);
    }
    let Some(name) = environment::value(LEVEL_VARIABLE)? else { return Ok(Level::detect()) };
    Level::from_name(&name)
        .map_err(|e| Error::Environment { variable: LEVEL_VARIABLE, reason: e.to_string() })
}

/// The variable that forces a tuning.
const TUNING_VARIABLE: &str = "GAUSSTACK_TUNING";

impl Tuning {
    /// The tuning of plans that force none: that of `GAUSSTACK_TUNING` in the environment, or else
    /// that of this CPU.
    ///
    /// # Errors
    /// [`Error::Environment`] when the variable names no tuning.
    pub fn chosen() -> Result<Self, Error> {
        let Some(name) = environment::value(TUNING_VARIABLE)? else { return Ok(Self::detect()) };
        Self::from_name(&name)
            .map_err(|e| Error::Environment { variable: TUNING_VARIABLE, reason: e.to_string() })
    }
}

/// The tuning asked for in code, else the one of plans that force none.
pub(crate) fn choose_tuning(forced: Option<Tuning>) -> Result<Tuning, Error> {
    forced.map_or_else(Tuning::chosen, Ok)
}
