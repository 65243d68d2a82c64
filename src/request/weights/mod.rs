//! The weights of one axis.

mod correlation;
mod derivatives;
mod form;
mod gaussian;

pub use correlation::Weights;
pub use derivatives::Derivatives;
pub(crate) use form::Form;
pub(crate) use gaussian::{SIGMA_IDENTITY, checked_radius, radius_of};
