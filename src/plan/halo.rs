//! Halo columns: what a sweep in place saves before it overwrites a slice.
//!
//! A slice that several workers filter in place is cut into regions of columns. Each region reads a
//! radius of columns beyond its ends, which a neighbour overwrites at the same time.

use std::ops::Range;

/// The columns of a slice that are saved before it is filtered in place: `radius` on both sides of
/// each boundary between regions, and the two ends of the slice where the axis wraps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Halo {
    /// Columns of the slice.
    pub(crate) columns: usize,
    /// Columns of a region.
    pub(crate) region: usize,
    pub(crate) radius: usize,
    pub(crate) wraps: bool,
}

impl Halo {
    /// The saved ranges of columns, in the order they are stored.
    pub(crate) fn ranges(self) -> impl Iterator<Item = Range<usize>> {
        let Self { columns, region, radius, wraps } = self;
        let boundaries = (1..columns.div_ceil(region.max(1)))
            .map(move |i| i * region)
            .flat_map(move |b| [b.saturating_sub(radius)..b, b..(b + radius).min(columns)]);
        let ends = [0..radius.min(columns), columns.saturating_sub(radius)..columns];
        boundaries.chain(ends.into_iter().filter(move |_| wraps))
    }

    /// The number of saved columns.
    pub(crate) fn len(self) -> usize {
        self.ranges().map(|range| range.len()).sum()
    }

    /// Where a saved column is stored, and how many columns are stored from there to the end of its
    /// range.
    ///
    /// # Panics
    /// When the column was not saved.
    pub(crate) fn find(self, column: usize) -> (usize, usize) {
        let mut stored = 0;
        for range in self.ranges() {
            if range.contains(&column) {
                return (stored + (column - range.start), range.end - column);
            }
            stored += range.len();
        }
        panic!("a window reads column {column}, which is neither in its region nor in the halo");
    }
}

/// Elements of the halos that workers save. There may be many, so that only those workers have room
/// for them that ever save a slice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct HaloSizes {
    /// Saved by each of several workers, when there is a slice for each.
    each: usize,
    /// Saved by a worker that works alone.
    alone: usize,
    /// Saved by the first of several workers, for itself or for all.
    first: usize,
}

impl HaloSizes {
    /// Sizes for `slices` slices that are cut into `parts` parts each, with `saved` elements of a
    /// slice in its halo.
    pub(crate) fn new(saved: usize, slices: usize, parts: usize) -> Self {
        let whole = if parts == 1 { saved } else { 0 };
        Self { each: if slices == 1 { 0 } else { whole }, alone: whole, first: saved }
    }

    /// Enough for both.
    pub(crate) fn max(self, other: Self) -> Self {
        Self {
            each: self.each.max(other.each),
            alone: self.alone.max(other.alone),
            first: self.first.max(other.first),
        }
    }

    /// Elements that one of `workers` workers has to hold.
    pub(crate) fn of(self, worker: usize, workers: usize) -> usize {
        match (worker, workers) {
            (_, 1) => self.alone,
            (0, _) => self.first,
            _ => self.each,
        }
    }
}
