//! The front door: plans that run, and the verbs of filters.

pub(crate) mod plan;
pub(crate) mod typed;

pub use plan::AnyPlan;
pub use typed::Plan;
