//! Who works.

#[cfg(feature = "rayon")]
use std::sync::Arc;

/// Which threads a run uses. Results have the same bits for every choice.
///
/// There is one level of parallelism: a run that is called on a rayon worker (inside somebody's
/// parallel iterator, `scope` or `install`) with [`Threads::Current`], or on a worker of the very pool it
/// should use, stays on that thread. With another pool the calling worker sleeps until the run is done.
/// Either way it cannot pick up its own pool's other tasks meanwhile, with their memory and their locks.
/// Small jobs stay on the calling thread whatever is asked.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Threads {
    /// Rayon's global pool when called from outside rayon; the calling thread alone when that is a
    /// rayon worker, or without the feature `rayon`.
    #[default]
    Current,
    /// Exactly this many workers, in a pool that the plan starts and keeps. 1 is the calling thread.
    #[cfg(feature = "rayon")]
    Fixed(usize),
    /// All workers of a pool of the caller's.
    #[cfg(feature = "rayon")]
    Pool(Arc<rayon::ThreadPool>),
}
