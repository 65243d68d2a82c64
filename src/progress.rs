//! What an observer of a run is told.

use std::ops::ControlFlow;
use std::sync::Arc;

/// How far a run has come, as told to the observer of [`Gaussian::observer`](crate::Gaussian::observer).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Slices whose output is finished, every pixel of it. With more than two axes to filter none is before
    /// the last pass over the data. Slices that are interleaved in memory finish together. Of more
    /// than 1024 slices that are each made in several parts, neighbours count together too.
    pub slices_done: usize,
    /// Slices of the run: the product of the lengths of the axes that are not filtered.
    pub slices: usize,
    /// Pixels completed, counted once per pass over the data; grows within a slice too.
    pub pixels_done: u64,
    /// Pixels of the run, counted the same way.
    pub pixels: u64,
}

pub(crate) type Observer = Arc<dyn Fn(Progress) -> ControlFlow<()> + Send + Sync>;
