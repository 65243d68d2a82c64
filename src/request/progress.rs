//! How far a run has come, as its observer hears it.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::error::Error;

/// How far a run has come: what the observer of [`Gaussian::observer`](crate::Gaussian::observer) is called with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Slices whose output is finished, every pixel of it. When more than two axes are filtered this stays 0 until
    /// the last pass over the data. Slices that are interleaved in memory finish together. Of more
    /// than 1024 slices that are each made in several parts, neighbours count together too.
    pub slices_done: usize,
    /// Slices of the run: the product of the lengths of the axes that are not filtered.
    pub slices: usize,
    /// Pixels completed, counted once per pass over the data; grows within a slice too.
    pub pixels_done: u64,
    /// Pixels of the run, counted the same way. While a plan is made, whose passes are not known yet, those of one pass.
    pub pixels: u64,
}

pub(crate) type Observer = Arc<dyn Fn(Progress) -> ControlFlow<()> + Send + Sync>;

/// Asks an observer whether to go on during work that finishes no pixel, such as making a hundred million weights.
#[derive(Clone, Copy)]
pub(crate) struct Waiting<'o> {
    observer: Option<&'o Observer>,
    progress: Progress,
}

impl<'o> Waiting<'o> {
    /// Steps of a few nanoseconds between two questions: some milliseconds.
    pub(crate) const STEPS: usize = 1 << 20;

    /// Of a plan for so many slices and pixels.
    pub(crate) fn new(observer: Option<&'o Observer>, slices: usize, pixels: u64) -> Self {
        let progress = Progress { slices_done: 0, slices, pixels_done: 0, pixels };
        Self { observer, progress }
    }

    /// Where there is nobody to ask.
    pub(crate) fn unobserved() -> Self {
        Self::new(None, 0, 0)
    }

    /// The same if so many steps take long.
    pub(crate) fn go_on_after(&self, steps: usize) -> Result<(), Error> {
        if steps < Self::STEPS { Ok(()) } else { self.go_on() }
    }

    /// [`Error::Stopped`] if the observer says so.
    pub(crate) fn go_on(&self) -> Result<(), Error> {
        match self.observer.map(|observer| observer(self.progress)) {
            Some(ControlFlow::Break(())) => {
                Err(Error::Stopped { done: 0, total: self.progress.slices })
            }
            _ => Ok(()),
        }
    }
}
