//! The tile that a caller may force.

use crate::error::Error;

/// The tile of the fused loop over one slice. It changes the speed and the scratch, never a bit.
///
/// By default it is computed from the cache sizes of the machine; [`Gaussian::tile`] forces it.
///
/// [`Gaussian::tile`]: crate::Gaussian::tile
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TileShape {
    /// Columns of a panel: its ring of row-filtered rows stays in half of the level-2 cache.
    pub panel: usize,
    /// Columns of a piece of the row pass: they and their sums stay in a quarter of the level-2 cache.
    pub chunk: usize,
    /// Output rows made together by the column pass.
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
