//! One run of a plan: workers, the steps over whole arrays, and the memory they take.

pub(crate) mod arranged;
pub(crate) mod completion;
pub(crate) mod context;
pub(crate) mod elementwise;
pub(crate) mod executor;
pub(crate) mod in_place;
pub(crate) mod lanes;
pub(crate) mod memory;
#[cfg(feature = "rayon")]
pub(crate) mod pools;
pub(crate) mod reporter;
pub(crate) mod resample;
pub(crate) mod runner;
pub(crate) mod scratch;
pub(crate) mod slices;
pub(crate) mod source_slice;
pub(crate) mod sweep;
pub(crate) mod volume;
pub(crate) mod workers;

pub use executor::Scratch;
