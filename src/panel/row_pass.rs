//! The row pass: bands of rows are filtered along their columns.
//!
//! ```text
//! source --pack--> columns --fir--> sums --unpack--> rows
//!        (transposed) (ring of
//!                      columns)
//! ```
//!
//! Each lane of a vector is a row of the band. If the radius is small and rows of the source are
//! contiguous, the middle of a row is summed as it lies instead, without transposes. So is that of a
//! few rows with gaps, each copied to a line.

use std::ops::{ControlFlow, Range};

use gausstack_kernels::{
    AlignedBuffer, Arithmetic, InRows, Kernels, Leaving, OutRows, Plane, Prefetch, RowTable, Taps,
    Traffic,
};

use crate::array::planes::row_of_sums;
use crate::panel::band::{Band, MAX_LANES};
use crate::panel::poll::Poll;
use crate::panel::source::{ColumnRanges, Lookahead, Source};
use crate::plan::missing::SampleSplit;
use crate::plan::sizes::Rows;
use crate::plan::terms::{PassFilters, Terms};
use crate::plan::tile::sums_offset;
use crate::plan::window::Window;

/// Rows of pixels of several values are summed as they lie up to this radius: their samples are
/// never in neighbouring vectors.
const MAX_RADIUS_INTERLEAVED: usize = 2;

/// Fewer vectors than this are not worth a call of their own.
const MIN_VECTORS: usize = 4;

/// Products of a row between two polls: some milliseconds.
const MAX_PRODUCTS: usize = 1 << 27;

/// What the row pass works in.
#[derive(Debug)]
pub(crate) struct RowScratch<A> {
    /// The ring of columns, one vector of rows each. If samples are split, validity is in its
    /// second half.
    pub(crate) columns: AlignedBuffer<A>,
    /// Row-filtered columns.
    pub(crate) sums: AlignedBuffer<A>,
    /// A row of the source, converted to numbers.
    pub(crate) line: AlignedBuffer<A>,
    pub(crate) table: RowTable,
}

/// The row pass of a panel.
#[derive(Clone, Debug)]
pub(crate) struct RowPass<'p, A> {
    pub(crate) kernels: &'p Kernels<A>,
    pub(crate) filters: PassFilters<'p, A>,
    /// How samples are split into numbers and validity, if some may be missing.
    pub(crate) split: Option<SampleSplit>,
    /// The columns that the panel's columns need.
    pub(crate) window: Window,
    /// Columns of the slice.
    pub(crate) slice_columns: usize,
    pub(crate) panel_rows: usize,
    pub(crate) inner: usize,
    /// Columns that are summed at a time.
    pub(crate) chunk: usize,
    /// The greatest radius at which rows of single values are summed as they lie.
    pub(crate) max_radius_in_row: usize,
    pub(crate) lookahead: Lookahead,
    /// The rows of scratch that sums go to.
    pub(crate) target: Rows,
    /// Another pass follows: sums are rounded as the output would round them.
    pub(crate) followed: bool,
}

/// What the table and the constant columns are made from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RowKey {
    window: Window,
    /// Elements of a column.
    column: usize,
    cvals: [u64; 2],
    split: bool,
}

impl<'p, A: Arithmetic> RowPass<'p, A> {
    /// The pass of each term alone, where terms come from different rows.
    pub(crate) fn apart(self) -> Terms<Self> {
        let alone = |term| Self { filters: Terms { first: term, second: None }, ..self.clone() };
        self.filters.map(alone)
    }

    /// The columns that bands need, in the order in which rows of scratch hold them.
    pub(crate) fn source_columns(&self) -> ColumnRanges {
        let [before, after] = self.window.pinned.clone();
        [self.window.stream.clone(), before, after]
    }

    pub(crate) fn key(&self) -> RowKey {
        RowKey {
            window: self.window.table_key(),
            column: self.column(),
            cvals: self.filters.cval_bits(),
            split: self.split.is_some(),
        }
    }

    /// Fills the table and the constant columns, unless `go_on` stops it.
    pub(crate) fn prepare(
        &self,
        scratch: &mut RowScratch<A>,
        go_on: impl FnMut() -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.window.fill_table(self.column(), &mut scratch.table, go_on)?;
        self.fill_constants(scratch);
        ControlFlow::Continue(())
    }

    /// Fills what lies beyond a constant border.
    pub(crate) fn fill_constants(&self, scratch: &mut RowScratch<A>) {
        let Some(slot) = self.window.constant_line() else { return };
        let column = self.column();
        for (number, term) in self.filters.iter() {
            let start = self.source_start(number, scratch.columns.len()) + slot * column;
            scratch.columns[start..start + column].fill(term.cval);
        }
    }

    /// Filters a band of rows.
    pub(crate) fn filter(
        &self,
        band: Band<'_, A>,
        source: &impl Source,
        Beside { ahead, leaving }: Beside<'_, '_, A>,
        scratch: &mut RowScratch<A>,
        poll: Poll<'_>,
    ) -> ControlFlow<()> {
        let window = &self.window;
        let filled = window.stream.start;
        let mut work = Work { band, source, filled, leaving, scratch, poll };
        for end in [0, 1] {
            let (pinned, slot) = (window.pinned[end].clone(), window.pinned_slot(end));
            self.pack(&mut work, pinned, slot);
        }
        let columns = &window.outputs;
        let middle = self.as_they_lie(source);
        if middle.is_empty() {
            return self.transpose(&mut work, columns.clone(), ahead);
        }
        // Left to right: a partial chunk is written in whole vectors, and the next chunk overwrites
        // the surplus.
        self.transpose(&mut work, columns.start..middle.start, &|_| Prefetch::NONE)?;
        self.sum_along(&mut work, middle.clone(), ahead(middle.clone()))?;
        work.filled = work.filled.max(middle.end - self.radius());
        self.transpose(&mut work, middle.end..columns.end, &|_| Prefetch::NONE)
    }

    /// The columns whose sums need no transposes: if the radius is small and rows of the source are
    /// contiguous, those with no border near.
    fn as_they_lie(&self, source: &impl Source) -> Range<usize> {
        let (kernels, columns) = (self.kernels, &self.window.outputs);
        let none = columns.end..columns.end;
        // (measured: rows that were split one by one and summed as they lie took 1.4 times as long
        // at radius 8, as long at 4.)
        if self.split.is_some() {
            return none;
        }
        let most = if self.inner == 1 { self.max_radius_in_row } else { MAX_RADIUS_INTERLEAVED };
        if self.filters.first.begins() && self.inner > 1 {
            return none;
        }
        if self.radius() > most && !self.has_few_rows() {
            return none;
        }
        let len = self.slice_columns;
        let taps = self.filters.first.filter.taps();
        let reach = kernels.row_reach(taps, self.inner).div_ceil(self.inner);
        if reach >= len {
            return none;
        }
        // Every source has the columns that the sums need, and perhaps no more. Filtered in place, a
        // panel's own are in one plane, and those beside it in others.
        let beside =
            columns.start.saturating_sub(self.radius())..len.min(columns.end + self.radius());
        [beside, columns.clone()]
            .into_iter()
            .map(|held| self.middle(held, reach))
            .find(|middle| !middle.is_empty() && self.is_whole(middle.clone(), reach, source))
            .unwrap_or(none)
    }

    /// Whether bands leave lanes empty, where rows are transposed.
    fn has_few_rows(&self) -> bool {
        2 * self.panel_rows <= self.kernels.lanes()
    }

    /// Whole vectors of columns whose samples, up to a `reach` on both sides, are among those held.
    fn middle(&self, held: Range<usize>, reach: usize) -> Range<usize> {
        let (columns, step) = (&self.window.outputs, self.kernels.lanes());
        // Whole vectors from the first column on.
        let before = (held.start + reach).saturating_sub(columns.start);
        let first = columns.start + before.next_multiple_of(step);
        let end = columns.end.min(held.end.saturating_sub(reach));
        if end < first + MIN_VECTORS * step {
            return columns.end..columns.end;
        }
        first..end - (end - first) % step
    }

    /// Whether one plane holds some columns and their reach, in rows that are contiguous in memory or
    /// worth a copy. (measured: bands of all lanes, of every second sample, took up to a tenth longer
    /// row by row than transposed.)
    fn is_whole(&self, columns: Range<usize>, reach: usize, source: &impl Source) -> bool {
        let mut whole = false;
        source.read(columns.start - reach..columns.end + reach, |plane, part| {
            let run = plane.strides().run(plane.extent());
            let sums = run == Some(1) || (run.is_some() && self.has_few_rows());
            whole = part.len() == columns.len() + 2 * reach && sums;
        });
        whole
    }

    /// Sums columns as they lie in memory.
    fn sum_along<S: Source>(
        &self,
        work: &mut Work<'_, '_, '_, A, S>,
        columns: Range<usize>,
        ahead: Prefetch,
    ) -> ControlFlow<()> {
        let Work { band, source, leaving, scratch, poll, .. } = work;
        let start = (columns.start - self.window.outputs.start) * self.inner;
        let len = columns.len() * self.inner;
        let first = (self.filters.first.filter.taps(), self.target.start(0));
        let (one, two);
        let kernels: &[(Taps<'_, A>, usize)] = match &self.filters.second {
            None => {
                one = [first];
                &one
            }
            Some(second) => {
                two = [first, (second.filter.taps(), self.target.start(1))];
                &two
            }
        };
        let step = (MAX_PRODUCTS / self.filters.weights()).max(1).next_multiple_of(MAX_LANES);
        let mut ahead = Some(ahead);
        for first in columns.clone().step_by(step) {
            let piece = first..columns.end.min(first + step);
            let products = self.products(band.rows.len() * piece.len());
            let values = &mut band.values[start + (first - columns.start) * self.inner..];
            source.read(piece, |plane, part| {
                let block = (plane, band.rows.clone(), part);
                let ahead = ahead.take().unwrap_or(Prefetch::NONE);
                if self.filters.first.begins() || !self.kernels.sums_in_row(plane) {
                    let sums = (&mut *values, &*band.offsets);
                    return self.sum_lines(kernels, block, &mut scratch.line, sums, ahead);
                }
                self.kernels.fir_in_row(
                    kernels,
                    block,
                    &mut scratch.line,
                    values,
                    band.offsets,
                    Traffic::new(ahead, leaving),
                );
            });
            poll.after(products)?;
        }
        for (number, term) in self.filters.iter() {
            let values = &mut band.values[start + self.target.start(number)..];
            let starts = band.offsets.iter().copied();
            term.finish(self.kernels, values, (starts, len), self.followed);
        }
        ControlFlow::Continue(())
    }

    /// Sums columns of rows that other filters come before, or that are not contiguous in memory: row
    /// by row, in a line of scratch.
    fn sum_lines(
        &self,
        filters: &[(Taps<'_, A>, usize)],
        (plane, rows, columns): (&Plane<'_>, Range<usize>, Range<usize>),
        line: &mut [A],
        (values, offsets): (&mut [A], &[usize]),
        ahead: Prefetch,
    ) {
        let kernels = self.kernels;
        let sums = kernels.reading(A::TYPE).expect("an arithmetic holds its own numbers");
        let inner = self.inner;
        let reaches = filters.iter().map(|&(taps, _)| kernels.row_reach(taps, inner));
        let reach = reaches.max().expect("a pass has a filter").div_ceil(inner);
        let held = columns.start - reach..columns.end + reach;
        let line = &mut line[..held.len() * inner];
        let mut ahead = Some(ahead);
        for (row, offset) in rows.zip(offsets) {
            kernels.load_row(plane, row, held.clone(), line);
            self.filters.first.begin(kernels, line);
            let block = (&row_of_sums(line, inner), 0..1, reach..reach + columns.len());
            let ahead = ahead.take().unwrap_or(Prefetch::NONE);
            let offset = std::slice::from_ref(offset);
            sums.fir_in_row(filters, block, &mut [], values, offset, ahead);
        }
    }

    /// Sums columns by transposes.
    fn transpose<S: Source>(
        &self,
        work: &mut Work<'_, '_, '_, A, S>,
        columns: Range<usize>,
        ahead: &dyn Fn(Range<usize>) -> Prefetch,
    ) -> ControlFlow<()> {
        let (kernels, window, column) = (self.kernels, &self.window, self.column());
        for first in columns.clone().step_by(self.chunk) {
            let chunk = first..columns.end.min(first + self.chunk);
            let needed = window.needed(chunk.end);
            let fresh = work.filled..needed;
            while work.filled < needed {
                let run = work.filled..needed.min(work.filled + window.run(work.filled));
                let slot = window.slot(work.filled);
                work.filled = run.end;
                self.pack(work, run, slot);
            }
            let Work { band, source, leaving, scratch, poll, .. } = &mut *work;
            let RowScratch { columns: ring, sums, table, .. } = &mut *scratch;
            let start = first - window.outputs.start;
            let (outputs, len) = (start..start + chunk.len(), chunk.len() * self.inner);
            let ahead = [ahead(fresh.clone()), self.lookahead.mask(*source, band.rows.end, fresh)];
            for ((number, term), ahead) in self.filters.iter().zip(ahead) {
                let ring = &ring[self.source_start(number, ring.len())..];
                let centre = ring[window.slot(first) * column..].as_ptr().addr();
                let radius = self.radius() * column * size_of::<A>();
                let offset = sums_offset(size_of::<A>(), centre, radius, sums.as_ptr().addr());
                let sums = &mut sums[offset..];
                let source = InRows { values: ring, table, rows: outputs.clone(), width: column };
                let target = OutRows { values: &mut *sums, pitch: column };
                kernels.fir(term.filter.taps(), &source, target, Traffic::new(ahead, leaving));
                let start = start * self.inner + self.target.start(number);
                let values = &mut band.values[start..];
                kernels.unpack(sums, len, values, band.offsets);
                let starts = band.offsets.iter().copied();
                term.finish(kernels, values, (starts, len), self.followed);
            }
            // (Columns that no poll follows, in a run that was stopped, are not looked at.)
            poll.after(self.products(band.rows.len() * chunk.len()))?;
        }
        ControlFlow::Continue(())
    }

    /// Brings columns of a band into consecutive slots of the ring.
    fn pack<S: Source>(
        &self,
        work: &mut Work<'_, '_, '_, A, S>,
        columns: Range<usize>,
        slot: usize,
    ) {
        if columns.is_empty() {
            return;
        }
        let Work { band, source, scratch, .. } = work;
        let (kernels, column) = (self.kernels, self.column());
        let mut end = slot * column;
        source.read(columns.clone(), |plane, part| {
            let start = end;
            end += part.len() * column;
            let target = &mut scratch.columns[start..end];
            kernels.pack_columns(plane, band.rows.clone(), part, target, 0);
        });
        let place = slot * column..end;
        if let Some(split) = self.split {
            let half = scratch.columns.len() / 2;
            let (samples, validity) = scratch.columns.split_at_mut(half);
            let (samples, validity) = (&mut samples[place.clone()], &mut validity[place.clone()]);
            let mask = source.mask();
            if let Some(mask) = mask {
                let rows = band.rows.clone();
                kernels.masks().pack_columns(&mask.plane, rows, columns, validity, 0);
            }
            split.part(kernels, samples, validity, mask.is_some());
        }
        // (Terms that share their samples begin with the pass itself.)
        for (number, term) in self.filters.iter().filter(|(_, term)| term.begins()) {
            let start = self.source_start(number, scratch.columns.len());
            term.begin(kernels, &mut scratch.columns[start..][place.clone()]);
        }
    }

    fn radius(&self) -> usize {
        self.filters.first.filter.radius()
    }

    /// Elements of a column of a band.
    fn column(&self) -> usize {
        self.inner * self.kernels.lanes()
    }

    /// Where the columns that a term sums start, in a buffer of `len` elements.
    fn source_start(&self, term: usize, len: usize) -> usize {
        if self.split.is_some() { term * (len / 2) } else { 0 }
    }

    /// Products of so many sums of pixels.
    fn products(&self, pixels: usize) -> usize {
        (pixels * self.inner).saturating_mul(self.filters.weights())
    }
}

/// The memory traffic beside the sums of a band.
pub(crate) struct Beside<'w, 'x, A> {
    /// Names what is prefetched while some columns are summed.
    pub(crate) ahead: &'w dyn Fn(Range<usize>) -> Prefetch,
    /// The rows that leave meanwhile.
    pub(crate) leaving: &'w mut Leaving<'x, A>,
}

/// A band at work.
struct Work<'w, 'b, 'x, A, S> {
    band: Band<'b, A>,
    source: &'w S,
    /// The first column that is not yet in the ring.
    filled: usize,
    leaving: &'w mut Leaving<'x, A>,
    scratch: &'w mut RowScratch<A>,
    poll: Poll<'w>,
}
