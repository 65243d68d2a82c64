//! A sweep whose output is its input: what is overwritten and still has to be read is saved first.

use std::ops::{ControlFlow, Range};

use gausstack_kernels::Element;
use ndarray::{ArrayView3, ArrayViewMut3, ArrayViewMutD, Axis, Slice};

use crate::bridge::{plane, plane_mut};
use crate::layout::Arrangement;
use crate::pixels::{InPlace, Strips};
use crate::scratch::{Buffers, Saved};
use crate::slice::{PanelFilter, Region};
use crate::slices::slices;
use crate::stack::{Sweep, parts};
use crate::summed::Summed;
use crate::tally::Cells;

impl<A: Summed> Sweep<'_, A> {
    /// Filters an array in place, with the buffers of each scratch and its room for what is saved.
    pub(crate) fn in_place<T: Element, S: Send>(
        &self,
        array: ArrayViewMutD<'_, T>,
        scratches: &mut [S],
        parts_of: impl Fn(&mut S) -> (&mut Buffers<A>, &mut Saved<T>) + Sync,
    ) {
        let (axes, shape, strides) = (self.step.axes(), array.shape(), array.strides());
        let arrangement = Arrangement::choose(axes, shape, strides).merge(axes, shape, &[strides]);
        let turned = arrangement.turned(array.shape(), array.strides());
        let (count, filter) =
            self.panel_filter(&arrangement, &array, scratches.len(), turned, false, true);
        let along_columns = filter.along_columns.map(|f| (f.radius(), f.mode));
        let strips = filter.tiling.strips(filter.extent.columns, along_columns);
        let cells = self.cells(&arrangement, array.shape(), filter.tiling, true);
        let work = InPlaceWork { filter, strips, cells };
        let views = slices(arrangement.view(array)).enumerate();
        if count >= scratches.len() {
            self.run.crew.drive(scratches, views, |(number, view), scratch| {
                let (buffers, Saved { edges, rolling }) = parts_of(scratch);
                let slice = Original { number, edges: save(&view, strips, edges) };
                let columns = 0..work.filter.extent.columns;
                self.region(&work, &slice, columns, view, buffers, rolling)
            });
        } else {
            for (number, view) in views {
                // Lent out while the rest of the first scratch is at work.
                let mut saved = std::mem::take(&mut parts_of(&mut scratches[0]).1.edges);
                let slice = Original { number, edges: save(&view, strips, &mut saved) };
                let regions = parts(view, Axis(1), work.filter.tiling.region);
                self.run.crew.drive(scratches, regions, |(columns, view), scratch| {
                    let (buffers, Saved { rolling, .. }) = parts_of(scratch);
                    self.region(&work, &slice, columns, view, buffers, rolling)
                });
                parts_of(&mut scratches[0]).1.edges = saved;
                if self.run.reporter.is_stopped() {
                    return;
                }
            }
        }
    }

    /// Filters a region of a slice in place, panel by panel from the left. What a panel overwrites and
    /// its right neighbour still has to read is saved on the way.
    fn region<T: Element>(
        &self,
        work: &InPlaceWork<'_, A>,
        slice: &Original<'_, T>,
        columns: Range<usize>,
        view: ArrayViewMut3<'_, T>,
        buffers: &mut Buffers<A>,
        rolling: &mut [T],
    ) -> ControlFlow<()> {
        let parts = parts(view, Axis(2), work.filter.tiling.inner);
        { parts }.try_for_each(|(inner, view)| {
            let region =
                Region { rows: 0..work.filter.extent.rows, columns: columns.clone(), inner };
            self.panels(work, slice, region, view, buffers, rolling)
        })
    }

    /// The panels of a region.
    fn panels<T: Element>(
        &self,
        work: &InPlaceWork<'_, A>,
        slice: &Original<'_, T>,
        all: Region,
        view: ArrayViewMut3<'_, T>,
        buffers: &mut Buffers<A>,
        rolling: &mut [T],
    ) -> ControlFlow<()> {
        let InPlaceWork { filter, strips, cells } = work;
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
                keep(&panel.slice_axis(Axis(1), Slice::from(len - radius..len)), right);
            }
            let before = if first > all.columns.start && radius > 0 {
                left.get(..rows * radius * inner)
                    .and_then(|saved| ArrayView3::from_shape(shape, saved).ok())
            } else {
                None
            };
            let region = Region { columns: first..first + len, ..all.clone() };
            let mut place = InPlace {
                panel: plane_mut(panel),
                columns: region.columns.clone(),
                before: before.as_ref().map(plane),
                after: after.as_ref().map(|after| plane(&after.view())),
                edges: edges.as_ref().map(plane),
                strips: *strips,
            };
            A::in_place(filter, &region, &mut place, buffers);
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
}

/// A slice that is filtered in place: its number, and what was saved of it.
struct Original<'e, T> {
    number: usize,
    edges: Option<ArrayView3<'e, T>>,
}

/// Copies a block into the start of `saved`.
fn keep<T: Element>(block: &ArrayView3<'_, T>, saved: &mut [T]) {
    let target = saved.get_mut(..block.len());
    if let Some(mut kept) = target.and_then(|s| ArrayViewMut3::from_shape(block.dim(), s).ok()) {
        kept.assign(block);
    }
}

/// Copies the columns that a neighbour's output would overwrite before they are read.
fn save<'e, T: Element>(
    view: &ArrayViewMut3<'_, T>,
    strips: Strips,
    saved: &'e mut [T],
) -> Option<ArrayView3<'e, T>> {
    let columns = strips.len();
    let (rows, _, inner) = view.dim();
    let len = rows * columns * inner;
    if len == 0 {
        return None;
    }
    debug_assert!(len <= saved.len(), "room for what is saved");
    let mut edges =
        ArrayViewMut3::from_shape((rows, columns, inner), saved.get_mut(..len)?).ok()?;
    let mut start = 0;
    for range in strips.ranges() {
        let end = start + range.len();
        edges
            .slice_axis_mut(Axis(1), Slice::from(start..end))
            .assign(&view.slice_axis(Axis(1), Slice::from(range)));
        start = end;
    }
    ArrayView3::from_shape((rows, columns, inner), &saved[..len]).ok()
}
