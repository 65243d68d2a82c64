//! What is asked of a filter: its weights, axes, borders and arithmetic. No pixels.

#[macro_use]
mod parameters;

pub(crate) mod axes;
pub(crate) mod combination;
pub(crate) mod derived;
pub(crate) mod filter;
pub(crate) mod gaussian;
pub(crate) mod missing;
pub(crate) mod mode;
pub(crate) mod options;
pub(crate) mod per_axis;
pub(crate) mod precision;
pub(crate) mod progress;
pub(crate) mod separable;
pub(crate) mod store_policy;
pub(crate) mod threads;
pub(crate) mod tile_shape;
pub(crate) mod tuning;
pub(crate) mod weights;

pub use axes::{AxisNumber, IntoAxes};
pub use combination::{Combination, Term};
pub use derived::{GradientMagnitude, Laplace};
pub use filter::{Pass, Reach};
pub use gaussian::Gaussian;
pub use missing::Missing;
pub use mode::Mode;
pub use options::Options;
pub use per_axis::{IntoPerAxis, PerAxis};
pub use precision::Precision;
pub use progress::Progress;
pub use separable::Separable;
pub use store_policy::StorePolicy;
pub use threads::Threads;
pub use tile_shape::TileShape;
pub use tuning::Tuning;
pub use weights::{Derivatives, Weights};
