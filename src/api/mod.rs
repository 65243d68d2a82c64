//! The front door: filters become plans, and plans run.

mod functions;
mod new_output;
mod plan;
mod runs;
mod text;
mod typed;
mod verbs;

pub use functions::{
    convolve1d, correlate1d, gaussian_filter, gaussian_filter1d, gaussian_gradient_magnitude,
    gaussian_laplace,
};
pub use plan::AnyPlan;
pub use typed::Plan;
