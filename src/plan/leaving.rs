//! Whether finished rows leave beside the sums of both passes.

use crate::plan::tuning::LeavingShare;

/// Finished rows of scratch that leave past the caches beside the sums of both passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LeavingRows {
    /// Rows that leave together: a group, or a band if the row pass comes second.
    pub(crate) rows: usize,
    /// Elements from one row to the next.
    pub(crate) pitch: usize,
    /// Fourths of the bytes of sums that leave behind them.
    pub(crate) fourths: usize,
}

impl LeavingRows {
    /// Rows that take a part of a level-2 cache of `l2` bytes, and that come from a column pass of
    /// this radius.
    pub(crate) fn choose(
        share: LeavingShare,
        (rows, pitch, size): (usize, usize, usize),
        radius: usize,
        l2: usize,
    ) -> Option<Self> {
        let LeavingShare { fourths, max_radius, l2_part } = share;
        let bytes = rows.saturating_mul(pitch).saturating_mul(size);
        let leaves = radius <= max_radius && bytes <= l2 / l2_part;
        leaves.then_some(Self { rows, pitch, fourths })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_leave_within_their_bounds() {
        let share = LeavingShare { fourths: 3, max_radius: 8, l2_part: 8 };
        let choose = |rows, radius| LeavingRows::choose(share, (rows, 1000, 4), radius, 1 << 20);
        let leaves = |rows| Some(LeavingRows { rows, pitch: 1000, fourths: 3 });
        assert_eq!(choose(24, 8), leaves(24));
        assert_eq!(choose(24, 9), None);
        assert_eq!(choose(32, 8), leaves(32));
        assert_eq!(choose(33, 8), None);
    }
}
