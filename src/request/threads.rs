//! The threads that run a filter.

#[cfg(feature = "rayon")]
use std::sync::Arc;

use crate::error::Error;

/// The threads that run a filter. Results have the same bits for every choice.
///
/// A run has no more workers than it has work for: each worker gets at least 65 536 multiply-adds
/// and a part of the image of its own. A small image is filtered by the calling thread.
/// [`Plan::workers`](crate::Plan::workers) is the number of workers of a run.
///
/// There is one level of parallelism. A run that starts on a rayon worker (inside a parallel
/// iterator, `scope` or `install`) stays on that thread if it should use [`Threads::Current`] or
/// the pool of that worker. With another pool, the calling worker sleeps until the run is done. In
/// both cases the worker does not pick up other tasks of its own pool meanwhile, with their memory
/// and locks.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Threads {
    /// Rayon's global pool if the caller is outside rayon. The calling thread alone if that is a
    /// rayon worker, or without the feature `rayon`. The global pool has one thread per CPU that
    /// the process may use.
    #[default]
    Current,
    /// This many workers, but no more than the CPUs that the process may use (its affinity and, on
    /// Linux, the quota of its control group). 1 is the calling thread. 0 is an
    /// [`Error::NoThreads`], more than [`u32::MAX`] an [`Error::TooManyThreads`].
    ///
    /// The plan owns the pool. When the plan is dropped, the pool is kept for the next plan with as
    /// many workers.
    #[cfg(feature = "rayon")]
    Fixed(usize),
    /// All workers of the caller's pool.
    #[cfg(feature = "rayon")]
    Pool(Arc<rayon::ThreadPool>),
}

/// `threads(4)` is `threads(Threads::Fixed(4))`.
#[cfg(feature = "rayon")]
impl From<usize> for Threads {
    fn from(threads: usize) -> Self {
        Self::Fixed(threads)
    }
}

/// `threads(pool)` is `threads(Threads::Pool(pool))`.
#[cfg(feature = "rayon")]
impl From<Arc<rayon::ThreadPool>> for Threads {
    fn from(pool: Arc<rayon::ThreadPool>) -> Self {
        Self::Pool(pool)
    }
}

impl Threads {
    /// Refuses numbers of threads that cannot be.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match *self {
            #[cfg(feature = "rayon")]
            Self::Fixed(0) => Err(Error::NoThreads),
            #[cfg(feature = "rayon")]
            Self::Fixed(threads) if u32::try_from(threads).is_err() => {
                Err(Error::TooManyThreads { threads })
            }
            _ => Ok(()),
        }
    }

    /// The most workers of a run; and the number requested, if CPUs limit it.
    pub(crate) fn most(&self) -> (usize, Option<usize>) {
        match self {
            #[cfg(feature = "rayon")]
            Self::Current => (rayon::current_num_threads(), None),
            #[cfg(not(feature = "rayon"))]
            Self::Current => (1, None),
            // Reading the quota from files takes tens of microseconds.
            #[cfg(feature = "rayon")]
            Self::Fixed(1) => (1, None),
            #[cfg(feature = "rayon")]
            Self::Fixed(threads) => {
                let cpus = available_cpus();
                ((*threads).min(cpus), Some(*threads).filter(|&threads| threads > cpus))
            }
            #[cfg(feature = "rayon")]
            Self::Pool(pool) => (pool.current_num_threads(), None),
        }
    }
}

/// The CPUs that this process may use: its affinity and, on Linux, the quota of its control group.
/// 1 where the system does not report it.
pub(crate) fn available_cpus() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
