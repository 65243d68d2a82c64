//! Workers, their tasks, and what an observer hears of them.

use std::ops::ControlFlow;
#[cfg(feature = "rayon")]
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::error::Error;
use crate::panel::poll::Watch;
use crate::request::Progress;
use crate::request::Threads;
use crate::request::progress::Observer;
use crate::run::completion::{Completion, SliceGroup, SliceGroups};
#[cfg(feature = "rayon")]
use crate::run::pools::PoolOfPlan;

/// What a vector unit does in about a millisecond. (An observer that looks at the clock, asked after every band and group of rows, took
/// 7 % of the time of the tutorial's slice.)
const PRODUCTS_BETWEEN_POLLS: usize = 1 << 24;

/// The workers of a run.
#[derive(Clone, Debug)]
pub(crate) enum Crew {
    /// The calling thread.
    Caller,
    /// Rayon's global pool.
    #[cfg(feature = "rayon")]
    Global,
    /// All workers of a pool of the plan's own.
    #[cfg(feature = "rayon")]
    Own(Arc<PoolOfPlan>),
    /// All workers of a pool of the caller's.
    #[cfg(feature = "rayon")]
    Pool(Arc<rayon::ThreadPool>),
}

impl Crew {
    /// The crew that was asked for, with so many workers at most. A pool is only started where there is work for two.
    pub(crate) fn new(threads: &Threads, most: usize) -> Result<Self, Error> {
        Ok(match threads {
            _ if most <= 1 => Self::Caller,
            #[cfg(feature = "rayon")]
            Threads::Current => Self::Global,
            #[cfg(not(feature = "rayon"))]
            Threads::Current => Self::Caller,
            #[cfg(feature = "rayon")]
            Threads::Fixed(threads) => Self::Own(Arc::new(PoolOfPlan::of(most.min(*threads))?)),
            #[cfg(feature = "rayon")]
            Threads::Pool(pool) => Self::Pool(Arc::clone(pool)),
        })
    }

    /// Workers, as seen from the calling thread: a rayon worker works alone, so that one level of
    /// parallelism stays one. (Waiting for helpers inside rayon picks up the caller's other tasks, and
    /// with them their memory.)
    pub(crate) fn workers(&self) -> usize {
        match self {
            Self::Caller => 1,
            #[cfg(feature = "rayon")]
            Self::Global if rayon::current_thread_index().is_some() => 1,
            #[cfg(feature = "rayon")]
            Self::Global => rayon::current_num_threads(),
            #[cfg(feature = "rayon")]
            Self::Own(own) => available(own.pool()),
            #[cfg(feature = "rayon")]
            Self::Pool(pool) => available(pool),
        }
    }

    /// Runs every task, on as many workers as there are scratches. Workers take the next task when
    /// they have finished one, so that slow ones do not hold up the rest.
    pub(crate) fn drive<T: Send, S: Send>(
        &self,
        scratches: &mut [S],
        tasks: impl Iterator<Item = T> + Send,
        run: impl Fn(T, &mut S) -> ControlFlow<()> + Sync,
    ) {
        match scratches {
            [] => {}
            [scratch] => {
                let _ = { tasks }.try_for_each(|task| run(task, scratch));
            }
            scratches => self.share(scratches, tasks, &run),
        }
    }

    fn share<T: Send, S: Send>(
        &self,
        scratches: &mut [S],
        tasks: impl Iterator<Item = T> + Send,
        run: &(impl Fn(T, &mut S) -> ControlFlow<()> + Sync),
    ) {
        let tasks = Mutex::new(tasks);
        let work = |scratch: &mut S| {
            loop {
                let next = tasks.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some(task) = next else { return };
                if run(task, scratch).is_break() {
                    return;
                }
            }
        };
        match self {
            Self::Caller => scratches.iter_mut().for_each(work),
            #[cfg(feature = "rayon")]
            Self::Global => spread(scratches, &work),
            #[cfg(feature = "rayon")]
            Self::Own(own) => enter(own.pool(), scratches, &work),
            #[cfg(feature = "rayon")]
            Self::Pool(pool) => enter(pool, scratches, &work),
        }
    }
}

/// Workers of a pool, as seen from the calling thread.
#[cfg(feature = "rayon")]
fn available(pool: &rayon::ThreadPool) -> usize {
    if pool.current_thread_index().is_some() { 1 } else { pool.current_num_threads() }
}

/// Runs on a pool's workers and waits. A worker of another pool would spend the wait on that pool's
/// tasks, which may want a lock that the caller holds, so there a thread of its own waits for it.
#[cfg(feature = "rayon")]
fn enter<S: Send>(pool: &rayon::ThreadPool, scratches: &mut [S], work: &(impl Fn(&mut S) + Sync)) {
    let mut run = || pool.install(|| spread(scratches, work));
    if rayon::current_thread_index().is_none() {
        return run();
    }
    let name = "gausstack-wait".to_owned();
    let waited = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name(name).spawn_scoped(scope, &mut run);
        thread.map(|thread| thread.join())
    });
    match waited {
        Ok(Ok(())) => {}
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        // No thread to be had: the caller's tasks may be picked up after all.
        Err(_) => run(),
    }
}

#[cfg(feature = "rayon")]
fn spread<S: Send>(scratches: &mut [S], work: &(impl Fn(&mut S) + Sync)) {
    rayon::scope(|scope| {
        for scratch in scratches {
            scope.spawn(move |_| work(scratch));
        }
    });
}

/// Counts what is done and tells the observer.
pub(crate) struct Reporter<'o> {
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

impl<'o> Reporter<'o> {
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
impl Watch for Reporter<'_> {
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
