//! A sweep that resamples one axis or two: its stages in order, and the memory between them.

use gausstack_kernels::{Arithmetic, CACHE_LINE};

use crate::plan::axis_filter::AxisFilter;
use crate::plan::hardware::Hardware;
use crate::plan::ideal::resampling::Resampling;
use crate::plan::ideal::stage::Stage;
use crate::plan::layout::{Arrangement, SweepAxes};
use crate::plan::missing::SampleSplit;
use crate::plan::sizes::{BetweenSizes, Buffer, Rows, ScratchSizes};
use crate::plan::tile::odd_lines;

/// Sums of a stage that are stored together: whole tiles where they are stored transposed.
pub(crate) const BATCH: usize = 16;

/// Bytes of a row of sums at most.
const ROW_BYTES: usize = 2048;

/// Bytes of a row of samples at most: longer rows are fetched ahead for longer.
const SOURCE_ROW_BYTES: usize = 4096;

/// Vectors of a row that the kernels sum together.
const WIDE: usize = 4;

/// Bytes of the rows under a strip, which stay in the level-1 cache.
const STRIP_BYTES: usize = 24 << 10;

/// Columns of a unit at most that lie apart in memory, because the filtered axis is contiguous:
/// some lines of each stay in the level-1 cache, even where they share its sets.
const COLUMNS_APART: usize = 64;

/// Interleaved elements that are filtered together at most: they are whole cache lines.
pub(crate) const MAX_INNER: usize = 16;

/// Samples that arrive between two groups of sums at least, where they are read from an array.
const ARRIVING: usize = 48;

/// Columns of a source whose own columns are contiguous that are transposed at a time.
const CHUNK: usize = 128;

/// A sweep that resamples one axis or two.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Resampled<A> {
    /// The first is resampled first and last, and lies along rows.
    pub(crate) axes: Vec<AxisFilter<A>>,
    /// How samples are split into numbers and validity, if some may be missing.
    pub(crate) split: Option<SampleSplit>,
}

/// A stage, and how it is cut.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    /// Elements of a row of sums.
    pub(crate) width: usize,
    /// Elements that are summed at a time.
    pub(crate) strip: usize,
    /// Sums that the samples in the ring are for, if the stage reads an array.
    pub(crate) group: usize,
}

impl<A: Arithmetic> Resampled<A> {
    /// The sweep along one axis or two, which are resampled.
    pub(crate) fn new(mut axes: Vec<AxisFilter<A>>) -> Self {
        assert!(matches!(axes.len(), 1 | 2), "a sweep along one axis or two");
        // A dense axis between the stages of the other has fewer samples to read.
        axes.sort_by_key(|filter| (resampling(filter).down.is_none(), filter.axis));
        Self { axes, split: None }
    }

    /// The stages in order.
    pub(crate) fn stages(&self) -> Vec<&Stage<A>> {
        let first = resampling(&self.axes[0]);
        let second = self.axes.get(1).map(resampling);
        let downs = [first.down.as_ref(), second.and_then(|second| second.down.as_ref())];
        let mut middles = [first.middle.as_ref(), second.and_then(|second| second.middle.as_ref())];
        if first.down.is_some() {
            middles.reverse();
        }
        let ups = [second.and_then(|second| second.up.as_ref()), first.up.as_ref()];
        downs.into_iter().chain(middles).chain(ups).flatten().collect()
    }

    fn sweep_axes(&self) -> SweepAxes {
        match self.axes.as_slice() {
            [only] => SweepAxes::Single(only.axis),
            [first, second, ..] => SweepAxes::Pair { first: first.axis, second: second.axis },
            [] => unreachable!("a sweep along one axis or two"),
        }
    }

    /// The parts that axes play in arrays of these strides, the output's first.
    pub(crate) fn arrange<'s>(
        &self,
        shape: &[usize],
        output: &[isize],
        others: impl IntoIterator<Item = &'s [isize]>,
    ) -> Arrangement {
        let axes = self.sweep_axes();
        let chosen = Arrangement::choose(axes, shape, output);
        let row = self.axes[0].axis;
        let arranged = match axes {
            SweepAxes::Pair { second, .. } => {
                Arrangement { row: Some(row), column: Some(second), ..chosen }
            }
            SweepAxes::Single(_) if chosen.column == Some(row) => {
                Arrangement { row: Some(row), column: chosen.row, ..chosen }
            }
            SweepAxes::Single(_) => chosen,
        };
        let others: Vec<&[isize]> = others.into_iter().collect();
        arranged.merge(axes, shape, others.into_iter().chain([output]))
    }

    /// Columns and interleaved elements that are filtered by themselves: all columns, if they are
    /// filtered too; few, if their elements are `apart` in memory.
    pub(crate) fn unit(&self, columns: usize, inner: usize, apart: bool) -> [usize; 2] {
        let inner = inner.clamp(1, MAX_INNER);
        let most = if apart { COLUMNS_APART } else { ROW_BYTES / size_of::<A>() };
        let columns = if self.axes.len() == 2 { columns } else { most / inner };
        [columns.max(1), inner]
    }

    /// How a stage is cut; `reads` an array, and not the sums of a stage before.
    pub(crate) fn cut(&self, stage: &Stage<A>, reads: bool, hardware: &Hardware) -> Cut {
        let (lanes, size) = (hardware.lanes, size_of::<A>());
        let whole = |elements: usize| (elements / lanes * lanes).max(lanes);
        let group = if reads { (ARRIVING / stage.step()).clamp(1, BATCH) } else { 1 };
        let most = if reads { SOURCE_ROW_BYTES } else { ROW_BYTES } / size;
        let width = match reads {
            true => {
                let fits = hardware.caches.l2 / 2 / size / stage.reach(group) / self.sources();
                whole(fits.clamp(CACHE_LINE, most))
            }
            false => whole(most),
        };
        // (Vectors beyond the last four would be summed one by one.)
        let wide = WIDE * lanes;
        let strip = STRIP_BYTES / size / stage.span();
        let strip = if strip < width { (strip / wide * wide).max(wide) } else { width };
        Cut { width, strip, group }
    }

    /// Rows of scratch for each sample of a column.
    fn sources(&self) -> usize {
        1 + usize::from(self.split.is_some())
    }

    /// The rows of the ring of a stage that reads an array.
    pub(crate) fn ring(&self, width: usize, hardware: &Hardware) -> Rows {
        let len = width + 2 * hardware.lanes;
        let second = if self.split.is_some() { odd_lines(len, size_of::<A>()) } else { 0 };
        Rows { pitch: odd_lines(second + len, size_of::<A>()), second }
    }

    /// Elements from one row of sums to the next, between two stages or before they are stored.
    pub(crate) fn pitch(width: usize, lanes: usize) -> usize {
        odd_lines(width + 2 * lanes, size_of::<A>())
    }

    /// Columns of `inner` elements that are transposed at a time.
    pub(crate) fn chunk(inner: usize) -> usize {
        (CHUNK / inner).max(1)
    }

    /// Elements of each of the two arrays between stages, over so many columns of interleaved
    /// elements.
    pub(crate) fn between(&self, columns: usize, inner: usize, lanes: usize) -> usize {
        let stages = self.stages();
        let mut lengths = self.lengths(columns);
        let mut most = 0;
        for pair in stages.windows(2) {
            lengths[self.side(pair[0])] = pair[0].sums;
            let side = self.side(pair[1]);
            let rows = lengths[side] + usize::from(pair[1].reads_constant());
            let pitch = Self::pitch(lengths[1 - side] * inner, lanes);
            most = most.max(rows.saturating_mul(pitch));
        }
        most
    }

    /// Samples along rows and along columns, before any stage.
    pub(crate) fn lengths(&self, columns: usize) -> [usize; 2] {
        let stages = self.stages();
        [stages.iter().find(|stage| self.side(stage) == 0).map_or(1, |stage| stage.len), columns]
    }

    /// Whether a stage runs along rows, 0, or along columns, 1.
    pub(crate) fn side(&self, stage: &Stage<A>) -> usize {
        usize::from(stage.axis != self.axes[0].axis)
    }

    /// Whether workers share the panels of every stage, because arrays of a shape may have too few
    /// units for each to take one after the other.
    pub(crate) fn shares_units(&self, shape: &[usize], workers: usize) -> bool {
        let filtered = |axis: usize| self.axes.iter().any(|filter| filter.axis == axis);
        let loops = (0..shape.len()).filter(|&axis| !filtered(axis)).map(|axis| shape[axis]);
        self.axes.len() == 2 && loops.fold(1, usize::saturating_mul) < 2 * workers
    }

    /// The largest scratch over any layout of arrays of a shape, for so many workers.
    pub(crate) fn needs(
        &self,
        shape: &[usize],
        hardware: &Hardware,
        workers: usize,
    ) -> ScratchSizes {
        let lanes = hardware.lanes;
        let mut needs = ScratchSizes::default();
        for (number, stage) in self.stages().into_iter().enumerate() {
            let cut = self.cut(stage, number == 0, hardware);
            let mut need = |buffer: Buffer, len: usize| needs[buffer] = needs[buffer].max(len);
            let width = cut.width.max(MAX_INNER);
            need(Buffer::Strip, BATCH * Self::pitch(width, lanes));
            if number == 0 {
                let slots = stage.reach(cut.group);
                need(Buffer::Ring, slots.saturating_mul(self.ring(width, hardware).pitch));
                need(Buffer::RowTable, slots + stage.reach(BATCH) + 2);
                let tile = Self::chunk(1) * MAX_INNER;
                need(Buffer::Sums, tile.next_multiple_of(lanes) * lanes);
            } else {
                need(Buffer::RowTable, stage.entries + 2);
            }
        }
        let other = |axis: usize| self.axes.iter().all(|filter| filter.axis != axis);
        let longest = (0..shape.len()).filter(|&axis| other(axis)).map(|axis| shape[axis]).max();
        let longest = longest.unwrap_or(1);
        let columns = self.axes.get(1).map_or(usize::MAX, |second| shape[second.axis]);
        let coarse = (1..=longest.min(MAX_INNER)).map(|inner| {
            let [columns, inner] = self.unit(columns, inner, false);
            self.between(columns, inner, lanes)
        });
        let shared = self.shares_units(shape, workers);
        needs.between = BetweenSizes::new(coarse.max().unwrap_or(0), shared);
        needs
    }
}

/// How an axis of the sweep is resampled.
fn resampling<A>(filter: &AxisFilter<A>) -> &Resampling<A> {
    filter.resampling.as_ref().expect("an axis of a sweep that resamples")
}
