//! The shape of a tile.

use crate::error::Error;

/// The tile of the loop over one slice. It changes the speed and the scratch, but no bit.
///
/// By default it follows from the cache sizes of the machine; [`Gaussian::tile`] forces it.
///
/// [`Gaussian::tile`]: crate::Gaussian::tile
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TileShape {
    /// Columns of a panel. By default its ring of row-filtered rows fits in half of the level-2
    /// cache.
    pub panel: usize,
    /// Columns of a chunk of the row pass. By default they and their sums fit in a quarter of the
    /// level-2 cache, or with [`Tuning::GoldenCove`](crate::Tuning::GoldenCove) in the level-1 cache.
    pub chunk: usize,
    /// Output rows that the column pass computes together.
    pub group: usize,
}

impl TileShape {
    pub(crate) fn check(self) -> Result<Self, Error> {
        for (dimension, value) in
            [("panel", self.panel), ("chunk", self.chunk), ("group", self.group)]
        {
            if value == 0 {
                return Err(Error::Tile { dimension });
            }
        }
        Ok(self)
    }
}
