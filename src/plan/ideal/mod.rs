//! The ideal Gaussian to a tolerance: which way along an axis, and the stages of that way.
//!
//! An axis is filtered by weights that are long enough, by one row of weights for each sample of a
//! short axis, or by samples of a narrow Gaussian that lie `spacing` apart:
//!
//! ```text
//! x --analysis--> u (one for `spacing` samples) --middle--> v --synthesis--> y
//! ```
//!
//! All three are sums with Gaussians, and together they are the Gaussian that was asked for: a
//! product of Gaussians is one, and the sum over samples of it differs from its integral by the
//! aliasing that [`multirate`] bounds.

pub(crate) mod method;
pub(crate) mod multirate;
pub(crate) mod resampling;
pub(crate) mod stage;
pub(crate) mod step;
