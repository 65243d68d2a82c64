//! Progress of a run, and the observer that receives it.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::error::Error;

/// The progress of a run, as an [`observer`](crate::Gaussian::observer) receives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Slices whose output is complete. Stays 0 until the last sweep over the data. Slices that are
    /// interleaved in memory complete together; above 1024 slices that are each computed in several
    /// parts, neighbours complete in groups.
    pub slices_done: usize,
    /// All slices of the run: the product of the lengths of the axes that are not filtered.
    pub slices: usize,
    /// Pixels completed, counted once per sweep over the data. Grows within a slice too.
    pub pixels_done: u64,
    /// All pixels of the run, counted once per sweep. While a plan is made and its sweeps are not
    /// yet known, the pixels of one sweep.
    pub pixels: u64,
}

pub(crate) type Observer = Arc<dyn Fn(Progress) -> ControlFlow<()> + Send + Sync>;

/// Polls an observer during work that completes no pixel, such as computing a hundred million
/// weights.
#[derive(Clone, Copy)]
pub(crate) struct Waiting<'o> {
    observer: Option<&'o Observer>,
    progress: Progress,
}

impl<'o> Waiting<'o> {
    /// Steps between two polls: a few nanoseconds each, some milliseconds together.
    pub(crate) const STEPS: usize = 1 << 20;

    /// Polls for a plan of `slices` and `pixels`.
    pub(crate) fn new(observer: Option<&'o Observer>, slices: usize, pixels: u64) -> Self {
        let progress = Progress { slices_done: 0, slices, pixels_done: 0, pixels };
        Self { observer, progress }
    }

    /// Polls nobody.
    pub(crate) fn unobserved() -> Self {
        Self::new(None, 0, 0)
    }

    /// [`go_on`](Self::go_on) if `steps` are worth a poll.
    pub(crate) fn go_on_after(&self, steps: usize) -> Result<(), Error> {
        if steps < Self::STEPS { Ok(()) } else { self.go_on() }
    }

    /// Polls the observer; [`Error::Stopped`] if it breaks.
    pub(crate) fn go_on(&self) -> Result<(), Error> {
        match self.observer.map(|observer| observer(self.progress)) {
            Some(ControlFlow::Break(())) => {
                Err(Error::Stopped { done: 0, total: self.progress.slices })
            }
            _ => Ok(()),
        }
    }
}
