//! The memory of a run beside the caller's arrays: scratch of the workers, and arrays between
//! steps.

use std::sync::{Arc, Mutex, PoisonError};

use gausstack_kernels::{Arithmetic, ElementType};

use crate::array::words::{Words, words};
use crate::error::Error;
use crate::plan::schedule::{Place, Schedule};
use crate::plan::sizes::ScratchSizes;
use crate::run::scratch::{WorkerScratch, reserve};

/// Memory that a plan and its clones keep for their next runs.
pub(crate) type Spare<A> = Arc<Mutex<RunMemory<A>>>;

/// Places that a run makes arrays for.
const PLACES: [Place; 4] = [Place::Sums, Place::Term, Place::Result, Place::Validity];

/// What one run works in.
#[derive(Debug)]
pub(crate) struct RunMemory<A> {
    /// One for each worker.
    pub(crate) scratches: Vec<WorkerScratch<A>>,
    /// The arrays of [`PLACES`], in words.
    arrays: [Vec<u64>; PLACES.len()],
}

impl<A> Default for RunMemory<A> {
    fn default() -> Self {
        Self { scratches: Vec::new(), arrays: [const { Vec::new() }; PLACES.len()] }
    }
}

impl<A: Arithmetic> RunMemory<A> {
    /// Takes what a plan keeps, and leaves nothing.
    pub(crate) fn take(spare: &Spare<A>) -> Self {
        std::mem::take(&mut spare.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Gives it to the plan for the next run. Of runs that overlapped, the plan keeps one's memory.
    pub(crate) fn keep(self, spare: &Spare<A>) {
        let mut kept = spare.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.scratches.len() < self.scratches.len() {
            *kept = self;
        }
    }

    /// Makes scratch for so many workers, and lets go of more.
    pub(crate) fn reserve_scratches(
        &mut self,
        needs: ScratchSizes,
        workers: usize,
    ) -> Result<(), Error> {
        self.scratches.truncate(workers);
        while self.scratches.len() < workers {
            self.scratches.push(WorkerScratch::new(needs, self.scratches.len())?);
        }
        Ok(())
    }

    /// Makes room for the pixels that are saved where a sweep runs in place: the first worker may
    /// have to hold more than the others.
    pub(crate) fn reserve_edges(&mut self, needs: ScratchSizes) -> Result<(), Error> {
        let workers = self.scratches.len();
        for (worker, scratch) in self.scratches.iter_mut().enumerate() {
            scratch.reserve_edges(needs.edges.of(worker, workers))?;
        }
        Ok(())
    }

    /// Makes the arrays of a schedule, of so many elements each.
    pub(crate) fn reserve_arrays(
        &mut self,
        schedule: &Schedule<A>,
        elements: usize,
    ) -> Result<(), Error> {
        self.reserve_those(schedule, elements, |_| true)
    }

    /// Makes those arrays of a schedule that stay from run to run.
    pub(crate) fn reserve_kept_arrays(
        &mut self,
        schedule: &Schedule<A>,
        elements: usize,
    ) -> Result<(), Error> {
        self.reserve_those(schedule, elements, |place| is_kept(place, schedule))
    }

    fn reserve_those(
        &mut self,
        schedule: &Schedule<A>,
        elements: usize,
        which: impl Fn(Place) -> bool,
    ) -> Result<(), Error> {
        for (place, words_of) in PLACES.iter().zip(&mut self.arrays) {
            let array = schedule.arrays.iter().find(|(made, _)| made == place);
            if let Some(&(place, element)) = array.filter(|(place, _)| which(*place)) {
                debug_assert!(words_of.is_empty() || is_kept(place, schedule), "released");
                reserve(words_of, words(elements, element.size()))?;
            }
        }
        Ok(())
    }

    /// Lets go of the arrays that do not stay.
    pub(crate) fn release_arrays(&mut self, schedule: &Schedule<A>) {
        for (place, words_of) in PLACES.iter().zip(&mut self.arrays) {
            if !is_kept(*place, schedule) {
                *words_of = Vec::new();
            }
        }
    }

    /// The scratches, and each array of a schedule.
    pub(crate) fn parts<'m>(
        &'m mut self,
        schedule: &'m Schedule<A>,
    ) -> (&'m mut [WorkerScratch<A>], impl Iterator<Item = RunArray<'m>>) {
        let arrays = PLACES.iter().zip(&mut self.arrays).filter_map(|(place, words)| {
            let made = schedule.arrays.iter().find(|(made, _)| made == place);
            made.map(|&(place, element)| RunArray { place, element, words })
        });
        (&mut self.scratches, arrays)
    }
}

/// An array that a run makes.
pub(crate) struct RunArray<'m> {
    pub(crate) place: Place,
    pub(crate) element: ElementType,
    pub(crate) words: &'m mut Words,
}

/// Whether an array stays from run to run: the sums between two sweeps of one term do, which a run
/// would zero anew each time.
fn is_kept<A>(place: Place, schedule: &Schedule<A>) -> bool {
    place == Place::Sums && !schedule.together
}
