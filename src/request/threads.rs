//! Which threads run a filter, and how many of them.

#[cfg(feature = "rayon")]
use std::sync::Arc;

use crate::error::Error;

/// Which threads run a filter. Results have the same bits for every choice.
///
/// A run never has more workers than there is work for: each gets 65 536 multiply-adds at least, and a part of the image of
/// its own; and a small image is filtered by the calling thread, whatever is asked. [`Plan::workers`](crate::Plan::workers) is the
/// number that a run has.
///
/// There is one level of parallelism: a run that is called on a rayon worker (inside somebody's
/// parallel iterator, `scope` or `install`) with [`Threads::Current`], or on a worker of the very pool it
/// should use, stays on that thread. With another pool the calling worker sleeps until the run is done.
/// Either way it cannot pick up its own pool's other tasks meanwhile, with their memory and their locks.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Threads {
    /// Rayon's global pool when called from outside rayon; the calling thread alone when that is a
    /// rayon worker, or without the feature `rayon`. Rayon starts as many threads as the process may use CPUs.
    #[default]
    Current,
    /// This many workers, but no more than the process may use CPUs (its affinity and, on Linux, the quota of its control group).
    /// 1 is the calling thread. 0 is an [`Error::NoThreads`], more than [`u32::MAX`] an [`Error::TooManyThreads`].
    ///
    /// The pool is the plan's own while the plan lives. Then it is kept for the next plan that asks for as many.
    #[cfg(feature = "rayon")]
    Fixed(usize),
    /// All workers of a pool of the caller's.
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
    /// Refuses numbers that are no number of threads.
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

    /// The most workers that a run can have; and how many were asked for, if they are fewer because of the CPUs.
    pub(crate) fn most(&self) -> (usize, Option<usize>) {
        match self {
            #[cfg(feature = "rayon")]
            Self::Current => (rayon::current_num_threads(), None),
            #[cfg(not(feature = "rayon"))]
            Self::Current => (1, None),
            // (The quota is read from files, for tens of microseconds.)
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

/// CPUs that this process may use: its affinity and, on Linux, the quota of its control group. 1 where the system does not say.
pub(crate) fn available_cpus() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
