//! A block of slices, one a lane: each pass sums rows of vectors, of one buffer to the other.
//!
//! ```text
//! slices --pack--> vectors --fir--> vectors --fir--> vectors --store--> slices
//!      (transposed)      (a pass along each axis)        (transposed)
//! ```
//!
//! A row holds one pixel of all slices of the block: a vector of each of a few bands, so that the sums
//! of a line are one call for all of them.

use std::ops::{ControlFlow, Range};

use gausstack_kernels::{Arithmetic, ElementType, InRows, Kernels, OutRows, Plane, Prefetch};
use ndarray::{ArrayBase, ArrayView3, ArrayViewMut3, Ix3, RawData};

use crate::array::heads::Head;
use crate::array::planes::{plane, plane_mut, rows_are_a_run};
use crate::panel::poll::Watch;
use crate::panel::row_pass::RowScratch;
use crate::panel::scratch::{PanelKey, StageScratch};
use crate::plan::lanes::{LaneFilters, LanePass};
use crate::plan::terms::TermFilter;

/// Bytes of a block at most whose lines are prefetched: those that are read with the block before,
/// those that are written with the first pass.
const PREFETCHED: usize = 8 << 10;

/// What is done to every block.
pub(crate) struct LaneBlock<'p, A> {
    filters: &'p LaneFilters<A>,
    passes: Vec<(TermFilter<'p, A>, LanePass)>,
    kernels: &'p Kernels<A>,
    cval: A,
}

/// Views of (row, pixel, 1) that together hold all pixels of each lane's row, in order.
pub(crate) struct Pieces<V> {
    pub(crate) views: Vec<V>,
    pub(crate) element: ElementType,
}

impl<S: RawData> Pieces<ArrayBase<S, Ix3>> {
    /// Whether all rows are one run in memory.
    pub(crate) fn is_a_run(&self) -> bool {
        matches!(self.views.as_slice(), [only] if rows_are_a_run(only))
    }

    /// The only view, of rows that are a run.
    pub(crate) fn into_run(mut self) -> ArrayBase<S, Ix3> {
        assert_eq!(self.views.len(), 1, "a run is one piece");
        self.views.swap_remove(0)
    }
}

/// Slices that are filtered block by block: so many `rows`, one a lane, of `group` slices each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows {
    pub(crate) rows: usize,
    pub(crate) group: usize,
}

impl<'p, A: Arithmetic> LaneBlock<'p, A> {
    pub(crate) fn new(filters: &'p LaneFilters<A>, kernels: &'p Kernels<A>, cval: A) -> Self {
        let terms = filters.filters.iter().map(|filter| TermFilter { filter, cval });
        Self { filters, passes: terms.zip(filters.passes()).collect(), kernels, cval }
    }

    /// Filters slices block by block: those of `source` into `target`, or in place without a source.
    pub(crate) fn filter(
        &self,
        source: Option<&Pieces<ArrayView3<'_, Head>>>,
        target: &mut Pieces<ArrayViewMut3<'_, Head>>,
        Rows { rows, group }: Rows,
        scratch: &mut StageScratch<A>,
        watch: &dyn Watch,
    ) -> ControlFlow<()> {
        self.prepare(scratch);
        let lanes = self.filters.block();
        // (measured: of blocks of more bytes, prefetches made f64 of 64 x 64 take 14 % longer.)
        let bytes = self.filters.pixels() * group * lanes * size_of::<A>();
        let ahead = if bytes <= PREFETCHED { lanes } else { 0 };
        let products = self.filters.products().saturating_mul(self.filters.pixels() * group);
        for first in (0..rows).step_by(lanes) {
            let block = first..rows.min(first + lanes);
            let columns = &mut scratch.row.columns;
            match source {
                Some(Pieces { views, element }) => {
                    let views = views.iter().map(|view| view.view());
                    self.load(views, *element, block.clone(), ahead, columns);
                }
                None => {
                    let Pieces { views, element } = &*target;
                    let views = views.iter().map(|view| view.view());
                    self.load(views, *element, block.clone(), ahead, columns);
                }
            }
            let lines = match (source, target.views.as_slice()) {
                (Some(_), [only]) if ahead > 0 => Some(plane(&only.view(), target.element)),
                _ => None,
            };
            let sums = self.sum(group, lines.map(|plane| (plane, block.clone())), &mut scratch.row);
            let products = products.saturating_mul(block.len());
            self.store(sums, target, block);
            watch.poll(&mut scratch.unasked, products)?;
        }
        ControlFlow::Continue(())
    }

    /// Fills the table and the constant row of both buffers, unless they are there.
    fn prepare(&self, scratch: &mut StageScratch<A>) {
        let key = PanelKey::Lanes(self.filters.key(self.cval));
        if scratch.prepared.as_ref() == Some(&key) {
            return;
        }
        let RowScratch { columns, sums, table, .. } = &mut scratch.row;
        self.filters.fill_table(table);
        let constant = self.filters.constant_row()..self.filters.elements();
        columns[constant.clone()].fill(self.cval);
        sums[constant].fill(self.cval);
        scratch.prepared = Some(key);
    }

    /// Brings a block into vectors.
    fn load<'v>(
        &self,
        views: impl Iterator<Item = ArrayView3<'v, Head>>,
        element: ElementType,
        block: Range<usize>,
        ahead: usize,
        vectors: &mut [A],
    ) {
        let mut start = 0;
        for view in views {
            let pixels = view.dim().1;
            let plane = plane(&view, element);
            for (place, band) in self.bands(&block) {
                let target = (&mut vectors[start + place..], self.filters.block());
                self.kernels.pack_columns_apart(&plane, band, 0..pixels, target, ahead);
            }
            start += pixels * self.filters.block();
        }
    }

    /// The bands of a block, and where in a row of vectors they lie.
    fn bands(&self, block: &Range<usize>) -> impl Iterator<Item = (usize, Range<usize>)> {
        let (Range { start, end }, lanes) = (block.clone(), self.kernels.lanes());
        let band = move |first: usize| (first - start, first..end.min(first + lanes));
        (start..end).step_by(lanes).map(band)
    }

    /// Applies all passes to the vectors of a block, of `group` slices a lane. Returns the sums of
    /// the last. The first pass prefetches rows of a plane meanwhile.
    fn sum<'r>(
        &self,
        group: usize,
        ahead: Option<(Plane<'_>, Range<usize>)>,
        scratch: &'r mut RowScratch<A>,
    ) -> &'r [A] {
        let (kernels, lanes) = (self.kernels, self.filters.block());
        let pixels = self.filters.pixels() * group * lanes;
        let RowScratch { columns, sums, table, .. } = scratch;
        let (mut from, mut to): (&mut [A], &mut [A]) = (columns, sums);
        let (mut first, last) = (0, self.passes.len() - 1);
        for (number, (term, pass)) in self.passes.iter().enumerate() {
            term.begin(kernels, &mut from[..pixels]);
            let (width, step) = (pass.width * lanes, pass.entries_of_line());
            let (lines, ahead) = (pass.lines * group, ahead.as_ref().filter(|_| number == 0));
            for line in 0..lines {
                let entry = first + line * step;
                let rows = entry..entry + pass.len;
                let source = InRows { values: &*from, table, rows, width };
                let start = line * pass.pixels_of_line() * lanes;
                let target = OutRows { values: &mut to[start..], pitch: width };
                let ahead = ahead.map_or(Prefetch::NONE, |(plane, rows)| {
                    let row = |line: usize| rows.start + line * rows.len() / lines;
                    lines_of(plane, row(line)..row(line + 1))
                });
                kernels.fir(term.filter.taps(), &source, target, ahead);
            }
            first += pass.lines * self.filters.group() * step;
            term.finish(kernels, to, ([0], pixels), number < last);
            std::mem::swap(&mut from, &mut to);
        }
        from
    }

    /// Stores the sums of a block.
    fn store(&self, sums: &[A], target: &mut Pieces<ArrayViewMut3<'_, Head>>, block: Range<usize>) {
        let pitch = self.filters.block();
        let mut start = 0;
        for view in &mut target.views {
            let pixels = view.dim().1;
            // A row of vectors is a row of the same pixel of all slices.
            let view = view.view_mut().permuted_axes([1, 0, 2]);
            let mut plane = plane_mut(view, target.element);
            for (place, band) in self.bands(&block) {
                let sums = &sums[start + place..];
                self.kernels.store(sums, pitch, &mut plane, 0..pixels, band, false);
            }
            start += pixels * pitch;
        }
    }
}

/// The lines of some rows of a plane.
fn lines_of(plane: &Plane<'_>, rows: Range<usize>) -> Prefetch {
    match rows.is_empty() {
        true => Prefetch::NONE,
        false => Prefetch::of(plane, rows, 0..plane.extent().columns),
    }
}
