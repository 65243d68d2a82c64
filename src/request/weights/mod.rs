//! Weights along an axis: a Gaussian's, its derivatives', or the caller's.

pub(crate) mod axis_weights;
pub(crate) mod derivatives;
pub(crate) mod exact;
pub(crate) mod form;
pub(crate) mod gaussian;
pub(crate) mod ideal;
pub(crate) mod tails;

pub use axis_weights::Weights;
pub use derivatives::Derivatives;
pub(crate) use form::Form;
pub(crate) use gaussian::{GaussianKernel, SIGMA_IDENTITY, checked_radius, radius_of};
