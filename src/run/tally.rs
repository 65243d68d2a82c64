//! Which slices are finished: a task may be a part of one slice, or hold parts of several.
//!
//! A *cell* is what the last sweep makes of the same slices: all of its parts that differ only along the
//! axes of a slice. A cell's slices are finished when all of its pixels are.

use crate::plan::layout::Arrangement;
use crate::plan::tile::Tiling;

/// Counters of a run at most: where cells are more, neighbours share one.
const MOST_COUNTERS: usize = 1024;

/// An axis of the plane as a sweep cuts it.
#[derive(Clone, Copy, Debug)]
struct Cut {
    len: usize,
    /// Entries of a cell.
    step: usize,
    /// Slices that the one cell holds, or else each of its entries is one.
    shared: Option<usize>,
}

impl Cut {
    /// Cells along the axis.
    fn cells(self) -> usize {
        self.len.div_ceil(self.step)
    }

    /// Slices of one of them.
    fn slices(self, cell: usize) -> usize {
        self.shared.unwrap_or(self.step.min(self.len - cell * self.step))
    }
}

/// The slices that a part of the last sweep belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    index: usize,
    slices: usize,
}

/// How the last sweep of a run is cut into cells.
#[derive(Clone, Debug)]
pub(crate) struct Cells {
    /// The loops, the outermost first, and whether slices go on along them.
    loops: Vec<(usize, bool)>,
    /// Rows, columns, inner.
    cuts: [Cut; 3],
    /// Every part is a cell.
    whole: bool,
}

impl Cells {
    /// The cells of a sweep over arrays of a shape, whose slices lie along `slice_axes`.
    pub(crate) fn new(
        arrangement: &Arrangement,
        shape: &[usize],
        slice_axes: &[usize],
        tiling: Tiling,
        in_place: bool,
    ) -> Self {
        let extent = arrangement.extent(shape);
        let [row, column, inner] = arrangement.plane_axes();
        // Entries of a part. In place a region's panels need not be as many as those of the next.
        let rows = if in_place { extent.rows } else { tiling.band };
        let columns = if in_place { tiling.region } else { tiling.panel };
        let parts = [
            (row, extent.rows, rows, rows),
            (column, extent.columns, tiling.panel, columns),
            (inner, extent.inner, tiling.inner, tiling.inner),
        ];
        let along = |axis: usize| slice_axes.contains(&axis);
        let loops: Vec<_> =
            arrangement.loops(shape.len()).map(|axis| (shape[axis], along(axis))).collect();
        let mut whole = loops.iter().all(|&(len, along)| len == 1 || !along);
        let cuts = parts.map(|(axes, len, part, region)| {
            let apart = |axis: &usize| !along(*axis);
            let cut = if axes.iter().flatten().all(apart) && axes[0].is_some() {
                Cut { len, step: region.min(len), shared: None }
            } else {
                // Of two axes that are one here, slices may lie along one: then it is one cell.
                let slices = axes.into_iter().flatten().filter(apart).map(|axis| shape[axis]);
                Cut { len, step: len, shared: Some(slices.product()) }
            };
            whole &= part >= cut.step;
            cut
        });
        Self { loops, cuts, whole }
    }

    /// The cell of a part of one of the sweep's planes, from its first row, column and inner element.
    pub(crate) fn at(&self, plane: usize, first: [usize; 3]) -> Cell {
        let mut cell = Cell { index: 0, slices: 1 };
        let mut stride = 1;
        for (cut, first) in self.cuts.iter().zip(first) {
            let place = first / cut.step;
            cell.index += place * stride;
            cell.slices *= cut.slices(place);
            stride *= cut.cells();
        }
        let mut rest = plane;
        for &(len, along) in self.loops.iter().rev() {
            if !along {
                cell.index += rest % len * stride;
                stride *= len;
            }
            rest /= len;
        }
        cell
    }

    fn count(&self) -> usize {
        let loops = self.loops.iter().filter(|(_, along)| !along).map(|&(len, _)| len);
        self.cuts.iter().map(|cut| cut.cells()).chain(loops).product()
    }

    /// Slices of a cell, from its number.
    fn slices(&self, index: usize) -> usize {
        let mut rest = index;
        let mut slices = 1;
        for cut in &self.cuts {
            slices *= cut.slices(rest % cut.cells());
            rest /= cut.cells();
        }
        slices
    }
}

/// Counts finished slices.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Cells that share a counter; 0 where every part is a cell and nothing is counted.
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

impl Tally {
    /// A tally of slices of so many pixels each.
    pub(crate) fn new(cells: &Cells, slice_pixels: usize) -> Self {
        if cells.whole {
            return Self::default();
        }
        let count = cells.count();
        let share = count.div_ceil(MOST_COUNTERS).max(1);
        let mut counters = vec![Counter::default(); count.div_ceil(share)];
        for index in 0..count {
            let (slices, counter) = (cells.slices(index), &mut counters[index / share]);
            counter.slices += slices;
            counter.pixels += slices as u64 * slice_pixels as u64;
        }
        Self { share, counters }
    }

    /// So many pixels of a cell are done: the slices that this finishes.
    pub(crate) fn done(&mut self, cell: Cell, pixels: usize) -> usize {
        if self.share == 0 {
            return cell.slices;
        }
        let Some(counter) = self.counters.get_mut(cell.index / self.share) else { return 0 };
        counter.pixels = counter.pixels.saturating_sub(pixels as u64);
        if counter.pixels == 0 { std::mem::take(&mut counter.slices) } else { 0 }
    }
}
