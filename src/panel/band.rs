//! A band: as many rows as a vector has lanes, on their way into rows of scratch.

use std::ops::Range;

/// Lanes of the widest vector: rows of a band at most.
pub(crate) const MAX_LANES: usize = 16;

/// A band of rows and where they go.
pub(crate) struct Band<'b, A> {
    /// The rows of the source.
    pub(crate) rows: Range<usize>,
    pub(crate) values: &'b mut [A],
    /// Where in `values` each row starts.
    pub(crate) offsets: &'b [usize],
}
