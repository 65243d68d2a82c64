//! A sweep whose output is its input: what is overwritten and still has to be read is saved first.

use std::ops::{ControlFlow, Range};

use gausstack_kernels::{Arithmetic, ElementType, copy};
use ndarray::{ArrayView3, ArrayViewMut3, Axis, Slice};

use crate::array::AnyViewMut;
use crate::array::view::Head;
use crate::array::view::Words;
use crate::array::view::block;
use crate::array::view::block_mut;
use crate::array::view::plane;
use crate::array::view::plane_mut;
use crate::panel::pixels::InPlace;
use crate::panel::pixels::Strips;
use crate::panel::slice::PanelFilter;
use crate::panel::slice::Region;
use crate::plan::layout::Arrangement;
use crate::run::scratch::Buffers;
use crate::run::scratch::Saved;
use crate::run::scratch::WorkerScratch;
use crate::run::slices::slices;
use crate::run::sweep::MaskView;
use crate::run::sweep::Sweep;
use crate::run::sweep::parts;
use crate::run::tally::Cells;

impl<A: Arithmetic> Sweep<'_, A> {
    /// Filters an array in place.
    pub(crate) fn in_place(&self, array: AnyViewMut<'_>, scratches: &mut [WorkerScratch<A>]) {
        let AnyViewMut { heads: array, element: kind } = array;
        let (axes, shape, strides) = (self.step.axes(), array.shape(), array.strides());
        let arrangement = self.merged(Arrangement::choose(axes, shape, strides), [strides], shape);
        let turned = arrangement.turned(array.shape(), array.strides(), kind.size());
        let (count, filter) = self.panel_filter(
            &arrangement,
            (array.shape(), array.strides(), kind),
            scratches.len(),
            turned,
            false,
            true,
        );
        let along_columns = filter.along_columns.map(|f| (f.radius(), f.mode));
        let strips = filter.tiling.strips(filter.extent.columns, along_columns);
        let cells = self.cells(&arrangement, array.shape(), filter.tiling, true);
        let work = InPlaceWork { filter, strips, cells, kind };
        let views = slices(arrangement.view(array)).zip(self.masks(&arrangement)).enumerate();
        if count >= scratches.len() {
            self.run.crew.drive(scratches, views, |(number, (view, mask)), scratch| {
                let WorkerScratch { buffers, saved: Saved { edges, rolling }, .. } = &mut *scratch;
                let edges = save(&view, strips, edges, kind);
                let slice = Original { number, edges, mask };
                let columns = 0..work.filter.extent.columns;
                self.region(&work, &slice, columns, view, buffers, rolling)
            });
        } else {
            for (number, (view, mask)) in views {
                // Lent out while the rest of the first scratch is at work.
                let mut saved = std::mem::take(&mut scratches[0].saved.edges);
                let edges = save(&view, strips, &mut saved, kind);
                let slice = Original { number, edges, mask };
                let regions = parts(view, Axis(1), work.filter.tiling.region);
                self.run.crew.drive(scratches, regions, |(columns, view), scratch| {
                    let WorkerScratch { buffers, saved: Saved { rolling, .. }, .. } = &mut *scratch;
                    self.region(&work, &slice, columns, view, buffers, rolling)
                });
                scratches[0].saved.edges = saved;
                if self.run.reporter.is_stopped() {
                    return;
                }
            }
        }
    }

    /// Filters a region of a slice in place, panel by panel from the left. What a panel overwrites and
    /// its right neighbour still has to read is saved on the way.
    fn region(
        &self,
        work: &InPlaceWork<'_, A>,
        slice: &Original<'_, '_>,
        columns: Range<usize>,
        view: ArrayViewMut3<'_, Head>,
        buffers: &mut Buffers<A>,
        rolling: &mut Words,
    ) -> ControlFlow<()> {
        let parts = parts(view, Axis(2), work.filter.tiling.inner);
        { parts }.try_for_each(|(inner, view)| {
            let region =
                Region { rows: 0..work.filter.extent.rows, columns: columns.clone(), inner };
            self.panels(work, slice, region, view, buffers, rolling)
        })
    }

    /// The panels of a region.
    fn panels(
        &self,
        work: &InPlaceWork<'_, A>,
        slice: &Original<'_, '_>,
        all: Region,
        view: ArrayViewMut3<'_, Head>,
        buffers: &mut Buffers<A>,
        rolling: &mut Words,
    ) -> ControlFlow<()> {
        let InPlaceWork { filter, strips, cells, kind } = work;
        let kind = *kind;
        let (rows, radius, inner) = (all.rows.len(), strips.radius, all.inner.len());
        let edges = slice.edges.as_ref();
        let edges = edges.map(|edges| edges.slice_axis(Axis(2), Slice::from(all.inner.clone())));
        let shape = (rows, radius, inner);
        let half = rolling.len() / 2;
        let (mut left, mut right) = rolling.split_at_mut(half);
        let mut first = all.columns.start;
        let mut rest = Some(view);
        while let Some(view) = rest.take() {
            let len = filter.tiling.panel.min(view.len_of(Axis(1)));
            let pixels = rows * len * inner;
            let (panel, after) = view.split_at(Axis(1), len);
            let after = Some(after).filter(|after| after.len_of(Axis(1)) > 0);
            if after.is_some() && radius > 0 {
                keep(&panel.slice_axis(Axis(1), Slice::from(len - radius..len)), right, kind);
            }
            let before = if first > all.columns.start && radius > 0 {
                block(left, shape, kind)
            } else {
                None
            };
            let region = Region { columns: first..first + len, ..all.clone() };
            let mut place = InPlace {
                panel: plane_mut(panel, kind),
                columns: region.columns.clone(),
                before: before.as_ref().map(|before| plane(before, kind)),
                after: after.as_ref().map(|after| plane(&after.view(), kind)),
                edges: edges.as_ref().map(|edges| plane(edges, kind)),
                mask: slice.mask.as_ref().map(|mask| mask.of(&region)),
                strips: *strips,
            };
            filter.run(&region, &mut place, buffers);
            drop(place);
            let cell = cells.as_ref().map(|cells| cells.at(slice.number, region.first()));
            self.run.reporter.done(pixels, cell)?;
            std::mem::swap(&mut left, &mut right);
            first += len;
            rest = after;
        }
        ControlFlow::Continue(())
    }
}

/// What all workers of a sweep in place share.
struct InPlaceWork<'w, A> {
    filter: PanelFilter<'w, A>,
    strips: Strips,
    cells: Option<Cells>,
    kind: ElementType,
}

/// A slice that is filtered in place: its number, what was saved of it, and its mask.
struct Original<'e, 'm> {
    number: usize,
    edges: Option<ArrayView3<'e, Head>>,
    mask: Option<MaskView<'m>>,
}

/// Copies a block to the start of `saved`.
fn keep(from: &ArrayView3<'_, Head>, saved: &mut Words, kind: ElementType) {
    if let Some(kept) = block_mut(saved, from.dim(), kind) {
        copy(&plane(from, kind), &mut plane_mut(kept, kind));
    }
}

/// Copies the columns that a neighbour's output would overwrite before they are read.
fn save<'e>(
    view: &ArrayViewMut3<'_, Head>,
    strips: Strips,
    saved: &'e mut Words,
    kind: ElementType,
) -> Option<ArrayView3<'e, Head>> {
    let columns = strips.len();
    let (rows, _, inner) = view.dim();
    if rows * columns * inner == 0 {
        return None;
    }
    let mut edges = block_mut(saved, (rows, columns, inner), kind)?;
    let mut start = 0;
    for range in strips.ranges().filter(|range| !range.is_empty()) {
        let end = start + range.len();
        let place = edges.slice_axis_mut(Axis(1), Slice::from(start..end));
        let from = view.slice_axis(Axis(1), Slice::from(range));
        copy(&plane(&from, kind), &mut plane_mut(place, kind));
        start = end;
    }
    block(saved, (rows, columns, inner), kind)
}
