//! Work: workers, sweeps over arrays, and what they need.

pub(crate) mod arranged;
pub(crate) mod completion;
pub(crate) mod crew;
pub(crate) mod in_place;
pub(crate) mod output;
#[cfg(feature = "rayon")]
pub(crate) mod pools;
pub(crate) mod scratch;
pub(crate) mod slices;
pub(crate) mod sweep;
pub(crate) mod volume;

pub use scratch::Scratch;
