//! All slices of an array: one step of the plan over a whole stack.

use std::ops::{ControlFlow, Range};

use gausstack_kernels::{Arithmetic, Element, Kernels};
use ndarray::{ArrayView3, ArrayViewD, ArrayViewMut3, ArrayViewMutD, Axis, Slice};

use crate::bridge::{plane, plane_mut};
use crate::cache::CacheSizes;
use crate::engine::Run;
use crate::layout::{Arrangement, PassOrder, StepAxes};
use crate::pixels::{Apart, InPlace, Strips};
use crate::scratch::WorkerScratch;
use crate::slice::{AxisFilter, PanelFilter, Region};
use crate::slices::slices;
use crate::tally::Cells;
use crate::tile::{TileInput, TileShape, Tiling};

/// One sweep over the data: two axes fused, or one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step<A> {
    Pair { first: AxisFilter<A>, second: AxisFilter<A> },
    Single(AxisFilter<A>),
}

impl<A: Arithmetic> Step<A> {
    pub(crate) fn axes(&self) -> StepAxes {
        match self {
            Self::Pair { first, second } => {
                StepAxes::Pair { first: first.axis, second: second.axis }
            }
            Self::Single(filter) => StepAxes::Single(filter.axis),
        }
    }

    /// The filters along columns and along rows.
    fn filters(
        &self,
        arrangement: &Arrangement,
    ) -> (Option<&AxisFilter<A>>, Option<&AxisFilter<A>>) {
        match self {
            Self::Pair { first, second } => match arrangement.order {
                PassOrder::RowPassFirst => (Some(first), Some(second)),
                PassOrder::ColumnPassFirst => (Some(second), Some(first)),
            },
            Self::Single(filter) if arrangement.column == Some(filter.axis) => (Some(filter), None),
            Self::Single(filter) => (None, Some(filter)),
        }
    }

    /// What the tiling of an arrangement depends on.
    pub(crate) fn tile_input(
        &self,
        arrangement: &Arrangement,
        shape: &[usize],
        machine: &Machine,
        run: TileRun,
    ) -> TileInput {
        let radius = |filter: Option<&AxisFilter<A>>| filter.map(|f| (f.radius(), f.mode));
        let (along_columns, along_rows) = self.filters(arrangement);
        TileInput {
            extent: arrangement.extent(shape),
            order: arrangement.order,
            along_columns: radius(along_columns),
            along_rows: radius(along_rows),
            lanes: machine.lanes,
            register_rows: machine.register_rows,
            size: size_of::<A>(),
            output_size: machine.output_size,
            caches: machine.caches,
            forced: machine.forced,
            turned: run.turned,
            parts: run.parts,
            in_place: run.in_place,
            rounds: machine.rounds,
        }
    }
}

/// What of a tiling depends on the arrays of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TileRun {
    pub(crate) turned: bool,
    pub(crate) parts: usize,
    pub(crate) in_place: bool,
}

/// What of a tiling depends on the machine and the caller's wish.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine {
    pub(crate) lanes: usize,
    pub(crate) register_rows: usize,
    pub(crate) caches: CacheSizes,
    pub(crate) forced: Option<TileShape>,
    /// Sums are of another type than the output.
    pub(crate) rounds: bool,
    /// Bytes of an element of the output.
    pub(crate) output_size: usize,
}

/// The part of the last cache beyond which outputs are stored past the caches. A half would leave more outputs
/// of middling size in the cache for whoever reads them next, but to store them there means to read
/// their lines first: 2048 x 2048 took 2.9 ms instead of 2.2.
const STREAMED_SHARE: usize = 8;

/// A step with everything a run of it needs but the arrays.
pub(crate) struct Sweep<'s, In, A, Out> {
    pub(crate) step: &'s Step<A>,
    pub(crate) number: usize,
    /// It finishes the slices.
    pub(crate) last: bool,
    pub(crate) kernels: Kernels<In, A, Out>,
    pub(crate) cval: A,
    pub(crate) machine: Machine,
    pub(crate) run: Run<'s>,
}

impl<In: Element, A: Arithmetic, Out: Element> Sweep<'_, In, A, Out> {
    /// Filters one array into another.
    pub(crate) fn apart(
        &self,
        input: ArrayViewD<'_, In>,
        output: ArrayViewMutD<'_, Out>,
        scratches: &mut [&mut WorkerScratch<A, Out>],
    ) {
        let (axes, shape) = (self.step.axes(), output.shape());
        let arrangement = Arrangement::choose(axes, shape, output.strides()).merge(
            axes,
            shape,
            &[input.strides(), output.strides()],
        );
        let source_turned = arrangement.turned(input.shape(), input.strides());
        let streaming = size_of_val_of(&output) > self.machine.caches.last / STREAMED_SHARE;
        let (count, filter) = self.panel_filter(
            &arrangement,
            &output,
            scratches.len(),
            source_turned,
            streaming,
            false,
        );
        let cells = self.cells(&arrangement, output.shape(), filter.tiling, false);
        let input = arrangement.view(input);
        let pairs = slices(input).zip(slices(arrangement.view_mut(output))).enumerate();
        let panel = |(number, input): (usize, &ArrayView3<'_, In>),
                     region: &Region,
                     output: ArrayViewMut3<'_, Out>,
                     scratch: &mut WorkerScratch<A, Out>| {
            let pixels = output.len();
            let cell = cells.as_ref().map(|cells| cells.at(number, region.first()));
            let input = input.slice_axis(Axis(2), Slice::from(region.inner.clone()));
            let mut pixels_of = Apart { source: plane(&input), output: plane_mut(output) };
            filter.run(region, &mut pixels_of, scratch);
            self.run.reporter.done(pixels, cell)
        };
        // Whole slices are better tasks, but only panels can be shared evenly by many workers.
        if count >= 2 * scratches.len() {
            self.run.crew.drive(scratches, pairs, |(number, (input, output)), scratch| {
                panels(output, filter.tiling).try_for_each(|(region, output)| {
                    panel((number, &input), &region, output, scratch)
                })
            });
        } else {
            let tasks = pairs.flat_map(|(number, (input, output))| {
                panels(output, filter.tiling)
                    .map(move |(region, output)| (number, input, region, output))
            });
            self.run.crew.drive(scratches, tasks, |(number, input, region, output), scratch| {
                panel((number, &input), &region, output, scratch)
            });
        }
    }

    /// What an observer hears of finished slices.
    fn cells(
        &self,
        arrangement: &Arrangement,
        shape: &[usize],
        tiling: Tiling,
        in_place: bool,
    ) -> Option<Cells> {
        let cells = |axes: &[usize]| Cells::new(arrangement, shape, axes, tiling, in_place);
        if self.last { self.run.reporter.finish_slices(cells) } else { None }
    }

    fn panel_filter(
        &self,
        arrangement: &Arrangement,
        output: &ArrayViewMutD<'_, Out>,
        workers: usize,
        source_turned: bool,
        streaming: bool,
        in_place: bool,
    ) -> (usize, PanelFilter<'_, In, A, Out>) {
        let shape = output.shape();
        let extent = arrangement.extent(shape);
        let slices = output.len() / (extent.rows * extent.columns * extent.inner);
        let run = TileRun {
            turned: arrangement.turned(shape, output.strides()),
            parts: workers.div_ceil(slices),
            in_place,
        };
        let input = self.step.tile_input(arrangement, shape, &self.machine, run);
        let (along_columns, along_rows) = self.step.filters(arrangement);
        let filter = PanelFilter {
            kernels: self.kernels,
            along_columns,
            along_rows,
            cval: self.cval,
            step: self.number,
            order: arrangement.order,
            extent,
            tiling: Tiling::choose(&input),
            source_turned,
            streaming,
        };
        (slices, filter)
    }
}

impl<A: Arithmetic, T: Element> Sweep<'_, T, A, T> {
    /// Filters an array in place.
    pub(crate) fn in_place(
        &self,
        array: ArrayViewMutD<'_, T>,
        scratches: &mut [&mut WorkerScratch<A, T>],
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
        let views = slices(arrangement.view_mut(array)).enumerate();
        if count >= scratches.len() {
            self.run.crew.drive(scratches, views, |(number, view), scratch| {
                let mut saved = std::mem::take(&mut scratch.edges);
                let slice = Saved { number, edges: save(&view, strips, &mut saved) };
                let columns = 0..work.filter.extent.columns;
                let flow = self.region(&work, &slice, columns, view, scratch);
                scratch.edges = saved;
                flow
            });
        } else {
            for (number, view) in views {
                let mut saved = std::mem::take(&mut scratches[0].edges);
                let slice = Saved { number, edges: save(&view, strips, &mut saved) };
                let regions = parts(view, Axis(1), work.filter.tiling.region);
                self.run.crew.drive(scratches, regions, |(columns, view), scratch| {
                    self.region(&work, &slice, columns, view, scratch)
                });
                scratches[0].edges = saved;
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
        work: &InPlaceWork<'_, A, T>,
        slice: &Saved<'_, T>,
        columns: Range<usize>,
        view: ArrayViewMut3<'_, T>,
        scratch: &mut WorkerScratch<A, T>,
    ) -> ControlFlow<()> {
        // Lent out while the rest of the scratch is at work.
        let mut rolling = std::mem::take(&mut scratch.rolling);
        let parts = parts(view, Axis(2), work.filter.tiling.inner);
        let flow = { parts }.try_for_each(|(inner, view)| {
            let region =
                Region { rows: 0..work.filter.extent.rows, columns: columns.clone(), inner };
            self.panels(work, slice, region, view, &mut rolling, scratch)
        });
        scratch.rolling = rolling;
        flow
    }

    /// The panels of a region.
    fn panels(
        &self,
        work: &InPlaceWork<'_, A, T>,
        slice: &Saved<'_, T>,
        all: Region,
        view: ArrayViewMut3<'_, T>,
        rolling: &mut [T],
        scratch: &mut WorkerScratch<A, T>,
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
            filter.run(&region, &mut place, scratch);
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
struct InPlaceWork<'w, A, T> {
    filter: PanelFilter<'w, T, A, T>,
    strips: Strips,
    cells: Option<Cells>,
}

/// A slice that is filtered in place: its number, and what was saved of it.
struct Saved<'e, T> {
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

/// The panels of a slice, with their parts of the output.
fn panels<T>(
    output: ArrayViewMut3<'_, T>,
    tiling: Tiling,
) -> impl Iterator<Item = (Region, ArrayViewMut3<'_, T>)> {
    parts(output, Axis(2), tiling.inner).flat_map(move |(inner, output)| {
        parts(output, Axis(1), tiling.panel).flat_map(move |(columns, output)| {
            let inner = inner.clone();
            parts(output, Axis(0), tiling.band).map(move |(rows, output)| {
                (Region { rows, columns: columns.clone(), inner: inner.clone() }, output)
            })
        })
    })
}

/// Consecutive parts of a view along an axis, and where they are.
fn parts<T>(
    view: ArrayViewMut3<'_, T>,
    axis: Axis,
    len: usize,
) -> impl Iterator<Item = (Range<usize>, ArrayViewMut3<'_, T>)> {
    let mut start = 0;
    let mut rest = Some(view);
    std::iter::from_fn(move || {
        let view = rest.take()?;
        let len = len.min(view.len_of(axis));
        let (part, after) = view.split_at(axis, len);
        if after.len_of(axis) > 0 {
            rest = Some(after);
        }
        let range = start..start + len;
        start += len;
        Some((range, part))
    })
}

fn size_of_val_of<T>(view: &ArrayViewMutD<'_, T>) -> usize {
    view.len() * size_of::<T>()
}
