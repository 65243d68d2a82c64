//! Which slices are finished: a task may be a part of one slice, or hold parts of several.
//!
//! A *slice group* is the smallest set of slices that finish together: all parts of the last sweep
//! that differ only along the axes of a slice belong to one group. Its slices are finished when all
//! of its pixels are.

use crate::plan::layout::Arrangement;
use crate::plan::tile::Tiling;

/// Counters of a run at most: if there are more groups, neighbours share one.
const MAX_COUNTERS: usize = 1024;

/// An axis of the plane as a sweep cuts it.
#[derive(Clone, Copy, Debug)]
struct Cut {
    len: usize,
    /// Entries of a group.
    part: usize,
    /// Slices of the only group along the axis; otherwise each entry is a slice.
    shared: Option<usize>,
}

impl Cut {
    /// Groups along the axis.
    fn groups(self) -> usize {
        self.len.div_ceil(self.part)
    }

    /// Slices of one of them.
    fn slices(self, group: usize) -> usize {
        self.shared.unwrap_or(self.part.min(self.len - group * self.part))
    }
}

/// The group that a part of the last sweep belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SliceGroup {
    index: usize,
    slices: usize,
}

/// How the last sweep of a run is cut into groups.
#[derive(Clone, Debug)]
pub(crate) struct SliceGroups {
    /// The loops, the outermost first, and whether slices go on along them.
    loops: Vec<(usize, bool)>,
    /// Rows, columns, inner.
    cuts: [Cut; 3],
    /// Every part is a group.
    whole: bool,
}

impl SliceGroups {
    /// The groups of a sweep over arrays of a shape, whose slices lie along `slice_axes`.
    pub(crate) fn new(
        arrangement: &Arrangement,
        shape: &[usize],
        slice_axes: &[usize],
        tiling: Tiling,
        in_place: bool,
    ) -> Self {
        let extent = arrangement.extent(shape);
        // Entries of a part. In place, a region may have more panels than the next.
        let rows = if in_place { extent.rows } else { tiling.panel_rows };
        let columns = if in_place { tiling.region } else { tiling.panel };
        let parts = [(rows, rows), (tiling.panel, columns), (tiling.inner, tiling.inner)];
        Self::of_parts(arrangement, shape, slice_axes, parts)
    }

    /// The groups of a sweep whose parts have so many rows, columns and interleaved elements, and
    /// next to each other as many.
    pub(crate) fn of_parts(
        arrangement: &Arrangement,
        shape: &[usize],
        slice_axes: &[usize],
        [rows, columns, inner]: [(usize, usize); 3],
    ) -> Self {
        let (extent, [row, column, lane]) = (arrangement.extent(shape), arrangement.plane_axes());
        let parts = [
            (row, extent.rows, rows.0, rows.1),
            (column, extent.columns, columns.0, columns.1),
            (lane, extent.inner, inner.0, inner.1),
        ];
        let along = |axis: usize| slice_axes.contains(&axis);
        let loops: Vec<_> =
            arrangement.loops(shape.len()).map(|axis| (shape[axis], along(axis))).collect();
        let mut whole = loops.iter().all(|&(len, along)| len == 1 || !along);
        let cuts = parts.map(|(axes, len, part, region)| {
            let apart = |axis: &usize| !along(*axis);
            let cut = if axes.iter().flatten().all(apart) && axes[0].is_some() {
                Cut { len, part: region.min(len), shared: None }
            } else {
                // If only one of two merged axes belongs to a slice, the merged axis is one group.
                let slices = axes.into_iter().flatten().filter(apart).map(|axis| shape[axis]);
                Cut { len, part: len, shared: Some(slices.product()) }
            };
            whole &= part >= cut.part;
            cut
        });
        Self { loops, cuts, whole }
    }

    /// The groups of a sweep over slices side by side: `lane` is the axis that they lie along and the
    /// entries of a part, `loops` the others.
    pub(crate) fn of_lanes(
        shape: &[usize],
        loops: impl Iterator<Item = usize>,
        (lane, part): (usize, usize),
        slice_axes: &[usize],
    ) -> Self {
        let along = |axis: usize| slice_axes.contains(&axis);
        let loops: Vec<_> = loops.map(|axis| (shape[axis], along(axis))).collect();
        let (len, one) = (shape[lane], Cut { len: 1, part: 1, shared: Some(1) });
        let cut = match along(lane) {
            true => Cut { len, part: len, shared: Some(1) },
            false => Cut { len, part: part.min(len), shared: None },
        };
        let whole = loops.iter().all(|&(len, along)| len == 1 || !along) && part >= cut.part;
        Self { loops, cuts: [cut, one, one], whole }
    }

    /// The group of a part of one of the sweep's planes, from its first row, column and inner
    /// element.
    pub(crate) fn at(&self, plane: usize, first: [usize; 3]) -> SliceGroup {
        let mut group = SliceGroup { index: 0, slices: 1 };
        let mut stride = 1;
        for (cut, first) in self.cuts.iter().zip(first) {
            let place = first / cut.part;
            group.index += place * stride;
            group.slices *= cut.slices(place);
            stride *= cut.groups();
        }
        let mut rest = plane;
        for &(len, along) in self.loops.iter().rev() {
            if !along {
                group.index += rest % len * stride;
                stride *= len;
            }
            rest /= len;
        }
        group
    }

    fn count(&self) -> usize {
        let loops = self.loops.iter().filter(|(_, along)| !along).map(|&(len, _)| len);
        self.cuts.iter().map(|cut| cut.groups()).chain(loops).product()
    }

    /// Slices of a group, from its number.
    fn slices(&self, index: usize) -> usize {
        let mut rest = index;
        let mut slices = 1;
        for cut in &self.cuts {
            slices *= cut.slices(rest % cut.groups());
            rest /= cut.groups();
        }
        slices
    }
}

/// Counts finished slices.
#[derive(Debug, Default)]
pub(crate) struct Completion {
    /// Groups that share a counter; 0 if every part is a group and nothing is counted.
    share: usize,
    counters: Vec<Counter>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counter {
    /// Pixels that are not done yet.
    pixels: u64,
    /// Slices that are finished with the last of them.
    slices: usize,
}

impl Completion {
    /// Counters for slices of so many pixels each.
    pub(crate) fn new(groups: &SliceGroups, slice_pixels: usize) -> Self {
        if groups.whole {
            return Self::default();
        }
        let count = groups.count();
        let share = count.div_ceil(MAX_COUNTERS).max(1);
        let mut counters = vec![Counter::default(); count.div_ceil(share)];
        for index in 0..count {
            let (slices, counter) = (groups.slices(index), &mut counters[index / share]);
            counter.slices += slices;
            counter.pixels += slices as u64 * slice_pixels as u64;
        }
        Self { share, counters }
    }

    /// Counts pixels of a group as done. Returns the slices that this finishes.
    pub(crate) fn done(&mut self, group: SliceGroup, pixels: usize) -> usize {
        if self.share == 0 {
            return group.slices;
        }
        let counter = self.counters.get_mut(group.index / self.share);
        let counter = counter.expect("a part of the sweep that the counters were made for");
        counter.pixels = counter.pixels.saturating_sub(pixels as u64);
        if counter.pixels == 0 { std::mem::take(&mut counter.slices) } else { 0 }
    }
}
