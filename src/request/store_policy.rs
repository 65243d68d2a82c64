//! How outputs are stored: through the caches, or past them.

/// How the last sweep stores the output. It changes the speed, but no bit.
///
/// By default it follows from the sizes of the output and of the caches; [`Gaussian::stores`]
/// forces it. A sweep in place has just read the lines that it writes, and always stores through
/// the caches.
///
/// [`Gaussian::stores`]: crate::Gaussian::stores
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StorePolicy {
    /// Through the caches, where the next reader finds an output that fits. Chosen for elements of
    /// 8 and 16 bits, for outputs up to an eighth of the last-level cache, and, if a slice fills at
    /// most half of the L2 cache, for outputs up to half of the last-level cache. A
    /// [`Tuning`](crate::Tuning) may rely on a part of that cache only.
    Cached,
    /// Past the caches with non-temporal stores of whole lines, which need not be read first. Falls
    /// back to the caches where neither rows nor columns of a slice are contiguous, and on levels
    /// without such stores.
    Streamed,
}
