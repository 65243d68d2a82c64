//! The front door: what turns a request into a plan and runs it.

mod functions;
mod plan;
mod typed;
mod verbs;

pub use functions::{
    convolve1d, correlate1d, gaussian_filter, gaussian_filter1d, gaussian_gradient_magnitude,
    gaussian_laplace,
};
pub use plan::AnyPlan;
pub use typed::Plan;
