//! What an observer hears of a run.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::error::Error;
use crate::panel::poll::Watch;
use crate::request::Progress;
use crate::request::progress::Observer;
use crate::run::completion::{Completion, SliceGroup, SliceGroups};

/// What a vector unit does in about a millisecond. (An observer that looks at the clock, asked
/// after every band and group of rows, took 7 % of the time of the tutorial's slice.)
const PRODUCTS_BETWEEN_POLLS: usize = 1 << 24;

/// Counts what is done and tells the observer.
pub(crate) struct ProgressReporter<'o> {
    observer: Option<&'o Observer>,
    /// The axes of a slice.
    slice_axes: &'o [usize],
    slice_pixels: usize,
    slices: usize,
    /// Slices are finished with the whole run.
    together: bool,
    counts: Mutex<Counts>,
    stopped: AtomicBool,
}

struct Counts {
    told: Progress,
    completion: Completion,
}

impl<'o> ProgressReporter<'o> {
    /// Slices have so many pixels along `slice_axes`, and are gone over `sweeps` times.
    pub(crate) fn new(
        observer: Option<&'o Observer>,
        slices: usize,
        (slice_axes, slice_pixels): (&'o [usize], usize),
        sweeps: usize,
    ) -> Self {
        let pixels = slices as u64 * slice_pixels as u64 * sweeps as u64;
        let told = Progress { slices_done: 0, slices, pixels_done: 0, pixels };
        let counts = Mutex::new(Counts { told, completion: Completion::default() });
        let stopped = AtomicBool::new(false);
        Self { observer, slice_axes, slice_pixels, slices, together: false, counts, stopped }
    }

    /// The same of a run that finishes no slice before the [end](Self::all_finished).
    pub(crate) fn together(self) -> Self {
        Self { together: true, ..self }
    }

    /// Starts the sweep that finishes slices, if anybody wants to hear of it. It is cut into the
    /// groups that are made from the axes of a slice.
    pub(crate) fn finish_slices(
        &self,
        groups: impl FnOnce(&[usize]) -> SliceGroups,
    ) -> Option<SliceGroups> {
        self.observer.filter(|_| !self.together)?;
        let groups = groups(self.slice_axes);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.completion = Completion::new(&groups, self.slice_pixels);
        Some(groups)
    }

    /// So many pixels are done: of the group, if slices are finished in this sweep.
    pub(crate) fn done(&self, pixels: usize, group: Option<SliceGroup>) -> ControlFlow<()> {
        self.tell(pixels, |completion| group.map_or(0, |group| completion.done(group, pixels)))
    }

    /// The whole run is done, in one go.
    pub(crate) fn all_done(&self, pixels: usize) {
        let slices = pixels / self.slice_pixels.max(1);
        let _ = self.tell(pixels, |_| slices);
    }

    /// All slices are finished, with no pixel more.
    pub(crate) fn all_finished(&self) {
        let _ = self.tell(0, |_| self.slices);
    }

    fn tell(
        &self,
        pixels: usize,
        finish: impl FnOnce(&mut Completion) -> usize,
    ) -> ControlFlow<()> {
        let Some(observer) = self.observer else { return ControlFlow::Continue(()) };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_stopped() {
            return ControlFlow::Break(());
        }
        let Counts { told, completion } = &mut *counts;
        told.pixels_done += pixels as u64;
        told.slices_done += finish(completion);
        let flow = observer(*told);
        if flow.is_break() && told.pixels_done < told.pixels {
            self.stopped.store(true, Ordering::Relaxed);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// The run's outcome.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let stopped = self.is_stopped();
        let Counts { told, .. } = self.counts.into_inner().unwrap_or_else(PoisonError::into_inner);
        if stopped {
            return Err(Error::Stopped { done: told.slices_done, total: told.slices });
        }
        Ok(())
    }
}

/// In the middle of a part nothing is new, but now and then the observer may stop the run.
impl Watch for ProgressReporter<'_> {
    fn poll(&self, unasked: &mut usize, products: usize) -> ControlFlow<()> {
        if self.observer.is_none() {
            return ControlFlow::Continue(());
        }
        if self.is_stopped() {
            return ControlFlow::Break(());
        }
        *unasked = unasked.saturating_add(products);
        if *unasked < PRODUCTS_BETWEEN_POLLS {
            return ControlFlow::Continue(());
        }
        *unasked = 0;
        self.tell(0, |_| 0)
    }
}
