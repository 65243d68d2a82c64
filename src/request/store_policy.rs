//! How outputs are stored: through the caches or past them.

/// How the sweep that writes the output stores it. It changes the speed, never a bit.
///
/// By default it follows from the sizes of the output and of the caches; [`Gaussian::stores`] forces it. A
/// sweep that runs in place has just read the lines that it writes, and stores through the caches always.
///
/// [`Gaussian::stores`]: crate::Gaussian::stores
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StorePolicy {
    /// Through the caches, where the next reader finds the output if it fits: what is chosen up to an eighth of the
    /// last cache, for slices of at most half of the level-2 cache up to half of it, and for elements of 8 and 16 bits
    /// always.
    Cached,
    /// Past the caches in whole lines, which need not be read before they are written. (Where neither rows
    /// nor columns of a slice are runs in memory, and where a level has no such stores, through the caches.)
    Streamed,
}
