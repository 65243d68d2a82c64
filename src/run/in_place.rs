//! A sweep whose output is its input: what is overwritten and still has to be read is saved first.

use std::ops::{ControlFlow, Range};

use gausstack_kernels::{Arithmetic, ElementType, copy};
use ndarray::{ArrayView3, ArrayViewMut3, Axis, Slice};

use crate::array::heads::Head;
use crate::array::planes::{block, block_mut, plane, plane_mut};
use crate::array::words::Words;
use crate::panel::pipeline::Panel;
use crate::panel::scratch::PanelScratch;
use crate::panel::source::InPlace;
use crate::panel::stages::{PanelFilter, Region};
use crate::plan::halo::Halo;
use crate::run::completion::SliceGroups;
use crate::run::context::Run;
use crate::run::scratch::{HaloScratch, WorkerScratch};
use crate::run::slices::parts;
use crate::run::source_slice::MaskView;

/// What all workers of a sweep in place share.
pub(crate) struct InPlaceSweep<'s, A> {
    filter: PanelFilter<'s, A>,
    halo: Halo,
    groups: Option<SliceGroups>,
    element: ElementType,
    run: Run<'s>,
}

/// A slice of the array with its number and its mask.
type Numbered<'v, 'm> = (usize, (ArrayViewMut3<'v, Head>, Option<MaskView<'m>>));

/// A slice that is filtered in place: its number, its saved halo, and its mask.
struct Original<'e, 'm> {
    number: usize,
    saved: Option<ArrayView3<'e, Head>>,
    mask: Option<MaskView<'m>>,
}

/// What one worker filters regions in.
struct RegionScratch<'w, A> {
    panel: &'w mut PanelScratch<A>,
    rolling: &'w mut Words,
}

impl<'s, A: Arithmetic> InPlaceSweep<'s, A> {
    pub(crate) fn new(
        filter: PanelFilter<'s, A>,
        groups: Option<SliceGroups>,
        element: ElementType,
        run: Run<'s>,
    ) -> Self {
        let row = filter.passes.row.as_ref().map(|row| row.first.filter);
        let along_columns = row.map(|filter| (filter.radius(), filter.mode));
        let halo = filter.tiling.halo(filter.extent.columns, along_columns);
        Self { filter, halo, groups, element, run }
    }

    /// Filters slices, each by one worker.
    pub(crate) fn slices_apart<'v, 'm>(
        &self,
        views: impl Iterator<Item = Numbered<'v, 'm>> + Send,
        scratches: &mut [WorkerScratch<A>],
    ) {
        self.run.workers.for_each_task(scratches, views, |(number, (view, mask)), scratch| {
            let WorkerScratch { panel, halo: HaloScratch { edges, rolling }, .. } = &mut *scratch;
            let slice = Original { number, saved: self.save(&view, edges), mask };
            let columns = 0..self.filter.extent.columns;
            self.region(&slice, columns, view, &mut RegionScratch { panel, rolling })
        });
    }

    /// Filters slices one after the other, each by all workers, who share the halo that the first
    /// worker's scratch holds.
    pub(crate) fn slices_shared<'v, 'm>(
        &self,
        views: impl Iterator<Item = Numbered<'v, 'm>>,
        scratches: &mut [WorkerScratch<A>],
    ) {
        let mut edges = None;
        let mut workers = Vec::with_capacity(scratches.len());
        for scratch in scratches {
            let WorkerScratch { panel, halo, .. } = &mut *scratch;
            edges.get_or_insert(&mut halo.edges);
            workers.push(RegionScratch { panel, rolling: &mut halo.rolling });
        }
        let edges = edges.expect("a sweep has a worker");
        for (number, (view, mask)) in views {
            let slice = Original { number, saved: self.save(&view, edges), mask };
            let regions = parts(view, Axis(1), self.filter.tiling.region);
            self.run.workers.for_each_task(&mut workers, regions, |(columns, view), scratch| {
                self.region(&slice, columns, view, scratch)
            });
            if self.run.reporter.is_stopped() {
                return;
            }
        }
    }

    /// Filters a region of a slice, panel by panel from the left. Columns that a panel overwrites
    /// and its right neighbour still has to read are saved on the way.
    fn region(
        &self,
        slice: &Original<'_, '_>,
        columns: Range<usize>,
        view: ArrayViewMut3<'_, Head>,
        scratch: &mut RegionScratch<'_, A>,
    ) -> ControlFlow<()> {
        let parts = parts(view, Axis(2), self.filter.tiling.inner);
        { parts }.try_for_each(|(inner, view)| {
            let region =
                Region { rows: 0..self.filter.extent.rows, columns: columns.clone(), inner };
            self.panels(slice, region, view, scratch)
        })
    }

    /// The panels of a region.
    fn panels(
        &self,
        slice: &Original<'_, '_>,
        all: Region,
        view: ArrayViewMut3<'_, Head>,
        scratch: &mut RegionScratch<'_, A>,
    ) -> ControlFlow<()> {
        let (element, radius) = (self.element, self.halo.radius);
        let shape = (all.rows.len(), radius, all.inner.len());
        let saved = slice.saved.as_ref();
        let saved = saved.map(|saved| saved.slice_axis(Axis(2), Slice::from(all.inner.clone())));
        let half = scratch.rolling.len() / 2;
        let (mut left, mut right) = scratch.rolling.split_at_mut(half);
        let mut first = all.columns.start;
        let mut rest = Some(view);
        while let Some(view) = rest.take() {
            let len = self.filter.tiling.panel.min(view.len_of(Axis(1)));
            let pixels = all.rows.len() * len * all.inner.len();
            let (panel, after) = view.split_at(Axis(1), len);
            let after = Some(after).filter(|after| after.len_of(Axis(1)) > 0);
            if after.is_some() && radius > 0 {
                let end = panel.slice_axis(Axis(1), Slice::from(len - radius..len));
                let kept = block_mut(right, shape, element).expect("a radius of columns fits");
                copy(&plane(&end, element), &mut plane_mut(kept, element));
            }
            let before = (first > all.columns.start && radius > 0)
                .then(|| block(left, shape, element).expect("a radius of columns fits"));
            let region = Region { columns: first..first + len, ..all.clone() };
            let mut place = InPlace {
                panel: plane_mut(panel, element),
                columns: region.columns.clone(),
                before: before.as_ref().map(|before| plane(before, element)),
                after: after.as_ref().map(|after| plane(&after.view(), element)),
                saved: saved.as_ref().map(|saved| plane(saved, element)),
                halo: self.halo,
                mask: slice.mask.as_ref().map(|mask| mask.of(&region)),
            };
            let panel = Panel::new(&self.filter, &region);
            panel.run(&mut place, scratch.panel, self.run.reporter)?;
            drop(place);
            let group = self.groups.as_ref();
            let group = group.map(|groups| groups.at(slice.number, region.first()));
            self.run.reporter.done(pixels, group)?;
            std::mem::swap(&mut left, &mut right);
            first += len;
            rest = after;
        }
        ControlFlow::Continue(())
    }

    /// Copies the halo of a slice, whose columns a neighbour's output would overwrite before they
    /// are read. `None` without columns.
    fn save<'e>(
        &self,
        view: &ArrayViewMut3<'_, Head>,
        saved: &'e mut Words,
    ) -> Option<ArrayView3<'e, Head>> {
        let (columns, element) = (self.halo.len(), self.element);
        let (rows, _, inner) = view.dim();
        let shape = (rows, columns, inner);
        if rows * columns * inner == 0 {
            return None;
        }
        let mut edges = block_mut(saved, shape, element).expect("room for the halo was reserved");
        let mut start = 0;
        for range in self.halo.ranges().filter(|range| !range.is_empty()) {
            let end = start + range.len();
            let place = edges.slice_axis_mut(Axis(1), Slice::from(start..end));
            let from = view.slice_axis(Axis(1), Slice::from(range));
            copy(&plane(&from, element), &mut plane_mut(place, element));
            start = end;
        }
        Some(block(saved, shape, element).expect("room for the halo was reserved"))
    }
}
