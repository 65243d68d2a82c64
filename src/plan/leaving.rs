//! Whether finished rows leave beside the sums of any pass.

use crate::plan::tuning::LeavingShare;

/// Finished rows of scratch that leave past the caches beside the sums of any pass.
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
        let LeavingShare { fourths, max_radius, l2_part, .. } = share;
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
        let share = LeavingShare { fourths: 3, max_radius: 8, l2_part: 8, with_one_pass: true };
        let choose = |rows, radius| LeavingRows::choose(share, (rows, 1000, 4), radius, 1 << 20);
        let leaves = |rows| Some(LeavingRows { rows, pitch: 1000, fourths: 3 });
        assert_eq!(choose(24, 8), leaves(24));
        assert_eq!(choose(24, 9), None);
        assert_eq!(choose(32, 8), leaves(32));
        assert_eq!(choose(33, 8), None);
    }

    #[test]
    fn rows_of_one_pass_leave_as_fast_as_they_are_summed() {
        let both = LeavingShare { fourths: 3, max_radius: 8, l2_part: 8, with_one_pass: true };
        let alone = both.alone().expect("they leave too");
        let leaves = LeavingRows::choose(alone, (32, 1000, 4), 100, 1 << 20);
        assert_eq!(leaves, Some(LeavingRows { rows: 32, pitch: 1000, fourths: 4 }));
        assert_eq!(LeavingRows::choose(alone, (33, 1000, 4), 100, 1 << 20), None);
        assert_eq!(LeavingShare { with_one_pass: false, ..both }.alone(), None);
    }
}
