//! Slices of a few pixels, filtered side by side: each lane of a vector holds a slice.
//!
//! A panel of its own costs such a slice more than its sums. So the same pixel of as many slices as
//! a vector has lanes becomes one vector, and every pass sums rows of such vectors, in scratch. A
//! border is an entry of a table, as everywhere.

use gausstack_kernels::{Arithmetic, RowTable};

use crate::plan::axis_filter::AxisFilter;
use crate::plan::hardware::Hardware;
use crate::plan::kept_axes::KeptAxes;
use crate::plan::sizes::{Buffer, ScratchSizes};
use crate::request::Mode;

/// Slices at least: fewer leave lanes empty.
const MANY: usize = 64;

/// The last axis of a slice at most: longer rows are better summed as they lie. (measured, f32 and
/// f64: of slices of 32 x 32, sigma 3 took 0.86 and 0.77 times as long as by panels; of 64 x 64 1.3 and
/// 1.0, of 4 x 1000 1.0 and 1.2.)
const MAX_ROW: usize = 32;

/// Pixels of slices of one axis at most. (measured at sigma 1: of 16 pixels 0.87 and 0.87, of 32 1.3
/// and 0.9, of 1000 1.5 and 2.0.)
const MAX_LINE: usize = 16;

/// Pixels of lines that are better filtered as rows, where outputs have gaps. (measured, every second
/// element of f32 and f64: 2 columns took 0.40 and 0.33 times as long as rows, 4 columns 0.69 and
/// 0.55, 8 columns 1.10 and 0.88, 16 columns 1.6 and 1.3.)
const MANY_WITH_GAPS: usize = 8;

/// Entries of the tables of all passes at most: each line of a slice has entries of its own.
const MAX_ENTRIES: usize = 1 << 14;

/// Pixels of a lane at least, of one slice or of several that follow each other in memory: a block
/// costs a few calls.
const PIXELS_OF_A_LANE: usize = 64;

/// Bands side by side at most: a row of the sums is a vector of each.
const MAX_BANDS: usize = 4;

/// Blocks of slices at least: larger ones would leave lanes empty.
const MIN_BLOCKS: usize = 4;

/// Pixels of a part of the slices, which one task filters.
const PIXELS_OF_A_PART: usize = 1 << 16;

/// The filters along every axis of a slice, in the order of the passes. The axes are the last of the
/// arrays.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LaneFilters<A> {
    pub(crate) filters: Vec<AxisFilter<A>>,
    /// The lengths of a slice's axes.
    lengths: Vec<usize>,
    /// Slices of a lane at most.
    group: usize,
    /// Lanes of a vector, and vectors side by side.
    lanes: usize,
    bands: usize,
}

/// A pass along one axis of a slice: the filter of each of its lines, whose samples are `width`
/// pixels. The lines of the slices of a lane follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LanePass {
    pub(crate) lines: usize,
    pub(crate) len: usize,
    pub(crate) width: usize,
    radius: usize,
    mode: Mode,
}

/// What the table and the constant row are made from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LaneKey {
    passes: Vec<LanePass>,
    /// Slices of a lane, and lanes of a block.
    group: usize,
    block: usize,
    /// The bits of what lies beyond a constant border.
    cval: u64,
}

impl LanePass {
    /// Entries of the table for a line.
    pub(crate) fn entries_of_line(&self) -> usize {
        self.len.saturating_add(self.radius.saturating_mul(2))
    }

    /// Entries of the table for all lines of a slice.
    fn entries(&self) -> usize {
        self.lines.saturating_mul(self.entries_of_line())
    }

    /// Pixels of a line.
    pub(crate) fn pixels_of_line(&self) -> usize {
        self.len * self.width
    }
}

impl<A: Arithmetic> LaneFilters<A> {
    /// Whether slices with such filters are many, small and the arrays' last axes, so that they are
    /// better filtered side by side.
    pub(crate) fn suit(filters: &[AxisFilter<A>], kept: &KeptAxes, hardware: &Hardware) -> bool {
        let planned = kept.planned();
        let loops = planned.len() - filters.len();
        let last = filters.iter().all(|filter| filter.axis >= loops);
        let many = planned[..loops].iter().any(|&len| len >= MANY);
        if !last || !many {
            return false;
        }
        let most = if filters.len() == 1 { MAX_LINE } else { MAX_ROW };
        let short = planned.last().is_some_and(|&len| len <= most);
        let pixels = planned[loops..].iter().fold(1_usize, |all, &len| all.saturating_mul(len));
        let vector = hardware.lanes * size_of::<A>();
        // Both buffers, in part of the level-2 cache.
        let bytes = pixels.saturating_mul(2 * vector);
        let entries = passes(filters, &planned[loops..]).map(|pass| pass.entries());
        let entries = entries.fold(0, usize::saturating_add);
        // (Slices of one pixel have no neighbours: rows of them are summed as they lie.)
        short && pixels > 1 && bytes <= hardware.caches.l2 / 4 && entries <= MAX_ENTRIES
    }

    /// The filters along all of the last axes.
    pub(crate) fn new(filters: Vec<AxisFilter<A>>, kept: &KeptAxes, hardware: &Hardware) -> Self {
        let loops = kept.planned().len() - filters.len();
        let last = filters.iter().all(|filter| filter.axis >= loops);
        assert!(last, "the filtered axes are the last ones");
        let (loops, lengths) = kept.planned().split_at(loops);
        let pixels: usize = lengths.iter().product();
        let slices = loops.iter().max().map_or(1, |&slices| slices);
        let lanes = hardware.lanes;
        let most = slices / (MIN_BLOCKS * lanes);
        let entries: usize = passes(&filters, lengths).map(|pass| pass.entries()).sum();
        let group = PIXELS_OF_A_LANE.div_ceil(pixels).min(MAX_ENTRIES / entries);
        let group = group.min(most).max(1);
        // Both buffers in half of the level-1 cache.
        let fits = hardware.caches.l1 / 4 / (pixels * group * lanes * size_of::<A>());
        let bands = fits.min(most / group).clamp(1, MAX_BANDS);
        Self { filters, lengths: lengths.to_vec(), group, lanes, bands }
    }

    /// Whether outputs with gaps are filtered so too: their pixels are stored one by one, each lane's
    /// far from the next.
    pub(crate) fn suit_gaps(&self) -> bool {
        self.axes() > 1 || self.pixels() < MANY_WITH_GAPS
    }

    /// Lanes of a block.
    pub(crate) fn block(&self) -> usize {
        self.lanes * self.bands
    }

    /// Slices of a lane at most, if they follow each other in memory.
    pub(crate) fn group(&self) -> usize {
        self.group
    }

    /// The passes in their order.
    pub(crate) fn passes(&self) -> impl Iterator<Item = LanePass> {
        passes(&self.filters, &self.lengths)
    }

    /// Axes of a slice.
    pub(crate) fn axes(&self) -> usize {
        self.lengths.len()
    }

    /// Pixels of a slice.
    pub(crate) fn pixels(&self) -> usize {
        self.lengths.iter().product()
    }

    /// Multiply-adds of a pixel.
    pub(crate) fn products(&self) -> usize {
        let weights = self.filters.iter().map(|filter| filter.weights.count());
        weights.fold(0, usize::saturating_add)
    }

    /// The axis whose slices lie in the lanes: the longest loop.
    pub(crate) fn lane_axis(&self, shape: &[usize]) -> usize {
        let loops = shape.len() - self.axes();
        (0..loops).max_by_key(|&axis| shape[axis]).expect("slices have a loop over them")
    }

    /// Slices of a part: whole blocks of them, so few that each worker has a part.
    pub(crate) fn part(&self, slices: usize, workers: usize) -> usize {
        let most = (PIXELS_OF_A_PART / self.pixels()).max(1);
        let share = slices.div_ceil(2 * workers);
        let share = if workers > 1 { share } else { slices };
        share.min(most).max(1).next_multiple_of(self.block() * self.group)
    }

    /// Parts of arrays of a shape.
    pub(crate) fn tasks(&self, shape: &[usize], workers: usize) -> usize {
        let slices = shape[self.lane_axis(shape)];
        let all: usize = shape[..shape.len() - self.axes()].iter().product();
        slices.div_ceil(self.part(slices, workers)).saturating_mul(all / slices.max(1))
    }

    /// Where the constant row starts in either buffer: behind the pixels.
    pub(crate) fn constant_row(&self) -> usize {
        self.pixels() * self.group * self.block()
    }

    /// Elements of either buffer: the pixels of every lane, and the constant row.
    pub(crate) fn elements(&self) -> usize {
        let widest = self.passes().map(|pass| pass.width).max().unwrap_or(0);
        self.constant_row() + widest * self.block()
    }

    pub(crate) fn needs(&self) -> ScratchSizes {
        let mut sizes = ScratchSizes::default();
        sizes[Buffer::Columns] = self.elements();
        sizes[Buffer::Sums] = self.elements();
        let entries: usize = self.passes().map(|pass| pass.entries()).sum();
        sizes[Buffer::ColumnTable] = entries * self.group;
        sizes
    }

    pub(crate) fn key(&self, cval: A) -> LaneKey {
        let (passes, cval) = (self.passes().collect(), cval.to_f64().to_bits());
        LaneKey { passes, group: self.group, block: self.block(), cval }
    }

    /// Fills the table: for each line of each pass the places of its samples, from a radius before
    /// the first to a radius behind the last.
    pub(crate) fn fill_table(&self, table: &mut RowTable) {
        let (constant, group, block) = (self.constant_row(), self.group, self.block());
        table.fill(self.passes().flat_map(|pass| {
            (0..pass.lines * group).flat_map(move |line| {
                let first = line * pass.pixels_of_line();
                (0..pass.entries_of_line()).map(move |entry| {
                    let place = entry as isize - pass.radius as isize;
                    let sample = pass.mode.source(place, pass.len);
                    sample.map_or(constant, |sample| (first + sample * pass.width) * block)
                })
            })
        }));
    }
}

/// The passes of filters along all axes of a slice, which are the last ones.
fn passes<A: Arithmetic>(
    filters: &[AxisFilter<A>],
    lengths: &[usize],
) -> impl Iterator<Item = LanePass> {
    let first = |filters: &[AxisFilter<A>]| filters.iter().map(|filter| filter.axis).min();
    let loops = first(filters).unwrap_or(0);
    filters.iter().map(move |filter| {
        let axis = filter.axis - loops;
        LanePass {
            lines: lengths[..axis].iter().product(),
            len: lengths[axis],
            width: lengths[axis + 1..].iter().product(),
            radius: filter.radius(),
            mode: filter.mode,
        }
    })
}
