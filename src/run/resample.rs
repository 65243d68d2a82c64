//! A sweep that resamples: the stages of one unit after the other.
//!
//! A *unit* is what can be filtered by itself: a slice along two axes, with a few interleaved
//! elements, or some columns along one. Where there are few units, workers share the panels of each
//! stage; otherwise each worker takes the next unit.

use std::ops::{ControlFlow, Range};

use gausstack_kernels::{AlignedBuffer, Arithmetic, ElementType, Kernels, PlaneMut};
use ndarray::{ArrayView3, ArrayViewMut3, ArrayViewMutD, Axis, IxDyn, ShapeBuilder, Slice};

use crate::array::heads::Head;
use crate::array::planes::{plane, plane_mut};
use crate::array::{AnyView, AnyViewMut};
use crate::panel::poll::Poll;
use crate::panel::resample::{StageFilter, StageMemory, StageRows};
use crate::panel::row_loader::RowLoader;
use crate::panel::scratch::StageScratch;
use crate::panel::source::{Apart, InPlace, Mask, Source, Target};
use crate::plan::halo::Halo;
use crate::plan::hardware::Hardware;
use crate::plan::ideal::stage::Stage;
use crate::plan::ideal::step::{Cut, MAX_INNER, Resampled};
use crate::plan::terms::{TermFilter, Terms};
use crate::request::StorePolicy;
use crate::run::completion::SliceGroups;
use crate::run::context::Run;
use crate::run::scratch::WorkerScratch;
use crate::run::slices::{parts, slices};
use crate::run::source_slice::{MaskView, masks};
use crate::run::workers::Workers;

/// A step with everything a run of it needs but the arrays.
pub(crate) struct ResampleSweep<'s, A> {
    pub(crate) filters: &'s Resampled<A>,
    /// It finishes the slices.
    pub(crate) last: bool,
    pub(crate) kernels: Kernels<A>,
    pub(crate) cval: A,
    pub(crate) hardware: Hardware,
    pub(crate) run: Run<'s>,
}

/// The stages of a sweep as they run, and the types at its ends.
struct Chain<'c, 's, A> {
    sweep: &'c ResampleSweep<'s, A>,
    stages: Vec<&'s Stage<A>>,
    kernels: Vec<Kernels<A>>,
    ends: Vec<TermFilter<'s, A>>,
    from: ElementType,
    to: ElementType,
    streaming: bool,
}

/// A unit: part of a slice of the source, `None` where it is filtered in place, and of the output.
struct Unit<'i, 'm, 'o> {
    source: Option<ArrayView3<'i, Head>>,
    mask: Option<MaskView<'m>>,
    columns: Range<usize>,
    inner: Range<usize>,
    target: ArrayViewMut3<'o, Head>,
}

/// What the workers of a unit share, and what each of them has.
struct Memory<'w, A> {
    workers: &'w Workers,
    between: &'w mut [AlignedBuffer<A>; 2],
    scratches: &'w mut [WorkerScratch<A>],
}

impl<A: Arithmetic> ResampleSweep<'_, A> {
    /// Filters slices of the input into those of the output, or in place without an input: a unit
    /// is read before it is written.
    pub(crate) fn run(
        &self,
        input: Option<AnyView<'_>>,
        output: AnyViewMut<'_>,
        scratches: &mut [WorkerScratch<A>],
    ) {
        let AnyViewMut { heads: output, element: to } = output;
        let (from, in_place) = (input.as_ref().map_or(to, |input| input.element), input.is_none());
        let mask = self.run.mask.filter(|_| self.filters.split.is_some());
        let others = input.as_ref().map(|input| input.heads.strides());
        let others = others.into_iter().chain(mask.map(|mask| mask.heads.strides()));
        let shape = output.shape().to_vec();
        let arrangement = self.filters.arrange(&shape, output.strides(), others);
        let extent = arrangement.extent(&shape);
        let apart = arrangement.transposed(&shape, output.strides(), to.size());
        let [unit_columns, unit_inner] = self.filters.unit(extent.columns, extent.inner, apart);
        let stores = self.hardware.stores(output.len(), extent);
        let chain = Chain::new(self, [from, to], stores == StorePolicy::Streamed && !in_place);
        let parts_of_unit =
            [(extent.rows, extent.rows), (unit_columns, unit_columns), (unit_inner, unit_inner)];
        let groups = self.last.then(|| {
            self.run.reporter.finish_slices(|axes| {
                SliceGroups::of_parts(&arrangement, &shape, axes, parts_of_unit)
            })
        });
        let groups = groups.flatten();
        let count = shape.iter().product::<usize>() / (extent.rows * extent.row_len()).max(1)
            * extent.columns.div_ceil(unit_columns)
            * extent.inner.div_ceil(unit_inner);
        let mut sources = input.map(|input| slices(arrangement.view(input.heads)));
        let targets = slices(arrangement.view(output)).zip(masks(mask, &arrangement)).enumerate();
        let units = targets.flat_map(|(number, (target, mask))| {
            let source = sources.as_mut().and_then(Iterator::next);
            parts(target, Axis(2), unit_inner).flat_map(move |(inner, target)| {
                let mask = mask.clone();
                parts(target, Axis(1), unit_columns).map(move |(columns, target)| {
                    let (mask, inner) = (mask.clone(), inner.clone());
                    (number, Unit { source, mask, columns, inner, target })
                })
            })
        });
        let done = |number: usize, first: [usize; 3], pixels: usize| {
            let group = groups.as_ref().map(|groups| groups.at(number, first));
            self.run.reporter.done(pixels, group)
        };
        let filter = |(number, unit): (usize, Unit<'_, '_, '_>), memory: Memory<'_, A>| {
            let first = [0, unit.columns.start, unit.inner.start];
            let pixels = unit.target.len();
            chain.filter(unit, memory)?;
            done(number, first, pixels)
        };
        // Workers that share every unit have nothing between stages but the first's.
        let own = |scratch: &WorkerScratch<A>| scratch.between[0].len();
        let apart = scratches.iter().all(|scratch| own(scratch) == own(&scratches[0]));
        if apart && count >= 2 * scratches.len() {
            self.run.workers.for_each_task(scratches, units, |unit, scratch| {
                let mut between = std::mem::take(&mut scratch.between);
                let scratches = std::slice::from_mut(scratch);
                let workers = &Workers::Caller;
                let memory = Memory { workers, between: &mut between, scratches };
                let flow = filter(unit, memory);
                scratches[0].between = between;
                flow
            });
        } else {
            let mut between = std::mem::take(&mut scratches[0].between);
            let _ = { units }.try_for_each(|unit| {
                let scratches = &mut *scratches;
                let memory = Memory { workers: self.run.workers, between: &mut between, scratches };
                filter(unit, memory)
            });
            scratches[0].between = between;
        }
    }
}

impl<'c, 's, A: Arithmetic> Chain<'c, 's, A> {
    fn new(sweep: &'c ResampleSweep<'s, A>, [from, to]: [ElementType; 2], streaming: bool) -> Self {
        let stages = sweep.filters.stages();
        let last = stages.len() - 1;
        let of = |number| {
            let from = if number == 0 { from } else { A::TYPE };
            let to = if number == last { to } else { A::TYPE };
            let kernels = sweep.kernels.ends(from, to);
            kernels.expect("an arithmetic holds its sums, what it reads and what it writes")
        };
        let kernels = (0..stages.len())
            .map(|number| if last == 0 { sweep.kernels } else { of(number) })
            .collect();
        let ends = sweep.filters.axes.iter().map(|filter| TermFilter { filter, cval: sweep.cval });
        Self { sweep, stages, kernels, ends: ends.collect(), from, to, streaming }
    }

    /// Runs all stages over a unit.
    fn filter(&self, unit: Unit<'_, '_, '_>, memory: Memory<'_, A>) -> ControlFlow<()> {
        let Memory { workers, between: [before, after], scratches } = memory;
        let (mut before, mut after): (&mut [A], &mut [A]) = (before, after);
        let filters = self.sweep.filters;
        let (reporter, inner) = (self.sweep.run.reporter, unit.inner.len());
        let mut lengths = filters.lengths(unit.columns.len());
        let mut pitch = 0;
        let last = self.stages.len() - 1;
        let Unit { source, mask, columns, inner: elements, target } = unit;
        let in_place = source.is_none();
        let source = source.map(|source| part(source, columns.clone(), elements.clone()));
        let mask = mask.map(|mask| mask.part(columns, elements));
        let mut target = Some(target);
        for (number, &stage) in self.stages.iter().enumerate() {
            let side = filters.side(stage);
            lengths[side] = stage.sums;
            let panel_columns = (self.cut(number).width / inner).max(1);
            if number == last {
                let mut view = target.take().expect("one stage is the last");
                if side == 1 {
                    view.swap_axes(0, 1);
                }
                let panels = parts(view, Axis(1), panel_columns);
                workers.for_each_task(scratches, panels, |(columns, view), scratch| {
                    let output = plane_mut(view, self.to);
                    if number > 0 {
                        let rows = StageRows { values: &before[columns.start * inner..], pitch };
                        return self.of_rows(number, rows, output, scratch);
                    }
                    let mask = mask.as_ref().map(MaskView::whole);
                    match &source {
                        Some(source) => {
                            let source = plane(source, self.from);
                            let pixels = Apart { source, mask, output };
                            self.of_source(Panel { pixels, columns, inner }, scratch)
                        }
                        None => {
                            let pixels = own(output, columns.clone(), mask);
                            self.of_source(Panel { pixels, columns, inner }, scratch)
                        }
                    }
                });
            } else {
                let next = self.stages[number + 1];
                let along = filters.side(next);
                let (rows, across) = (lengths[along], lengths[1 - along]);
                let next_pitch = Resampled::<A>::pitch(across * inner, self.lanes());
                if next.reads_constant() {
                    after[rows * next_pitch..][..next_pitch].fill(self.sweep.cval);
                }
                let mut view = rows_of(after, [rows, across, inner], next_pitch);
                if along != side {
                    view.swap_axes(0, 1);
                }
                let own = target.as_ref().map(|target| target.view());
                let source = source.or(own.filter(|_| in_place));
                let panels = parts(view, Axis(1), panel_columns);
                workers.for_each_task(scratches, panels, |(columns, view), scratch| {
                    let output = plane_mut(view, A::TYPE);
                    if number > 0 {
                        let rows = StageRows { values: &before[columns.start * inner..], pitch };
                        return self.of_rows(number, rows, output, scratch);
                    }
                    let source = source.as_ref().expect("a unit has a source");
                    let source = plane(source, self.from);
                    let mask = mask.as_ref().map(MaskView::whole);
                    let pixels = Apart { source, mask, output };
                    self.of_source(Panel { pixels, columns, inner }, scratch)
                });
                pitch = next_pitch;
                std::mem::swap(&mut before, &mut after);
            }
            if reporter.is_stopped() {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    /// Makes a panel of the first stage.
    fn of_source<'a>(
        &self,
        Panel { mut pixels, columns, inner }: Panel<impl Source + Target<'a>>,
        scratch: &mut WorkerScratch<A>,
    ) -> ControlFlow<()> {
        let filters = self.sweep.filters;
        let stage = self.filter_of(0);
        let first = TermFilter { filter: &filters.axes[0], cval: self.sweep.cval };
        let mut transposed = false;
        pixels.read(columns.clone(), |plane, _| {
            let (strides, extent) = (plane.strides(), plane.extent());
            let run = strides.run(extent).unwrap_or(strides.inner);
            transposed = strides.row.unsigned_abs() == 1 && run.unsigned_abs() != 1;
        });
        let loader = RowLoader {
            kernels: stage.kernels,
            split: filters.split,
            filters: Terms { first, second: None },
            columns: [columns, 0..0, 0..0],
            inner,
            chunk: Resampled::<A>::chunk(inner),
            transposed,
            target: filters.ring(stage.cut.width.max(inner), &self.sweep.hardware),
        };
        let (memory, mut poll) = self.memory(scratch);
        stage.of_source(&loader, &mut pixels, memory, &mut poll)
    }

    /// Makes a panel of a later stage.
    fn of_rows(
        &self,
        number: usize,
        rows: StageRows<'_, A>,
        mut output: PlaneMut<'_>,
        scratch: &mut WorkerScratch<A>,
    ) -> ControlFlow<()> {
        let (memory, mut poll) = self.memory(scratch);
        self.filter_of(number).of_rows(rows, &mut output, memory, &mut poll)
    }

    fn memory<'w>(&'w self, scratch: &'w mut WorkerScratch<A>) -> (StageMemory<'w, A>, Poll<'w>) {
        let StageScratch { row, column, ring, prepared, unasked, .. } = &mut scratch.panel.stages;
        // Other steps find their tables and constant lines overwritten.
        *prepared = None;
        let [sums, _] = &mut column.strips;
        let (tiles, table) = (&mut row.sums, &mut column.table);
        let poll = Poll { watch: self.sweep.run.reporter, unasked };
        (StageMemory { ring, sums, tiles, table }, poll)
    }

    fn filter_of(&self, number: usize) -> StageFilter<'_, A> {
        let last = number + 1 == self.stages.len();
        let cut = self.cut(number);
        StageFilter {
            kernels: &self.kernels[number],
            stage: self.stages[number],
            pitch: Resampled::<A>::pitch(cut.width.max(MAX_INNER), self.lanes()),
            cut,
            cval: self.sweep.cval,
            ends: if last { &self.ends } else { &[] },
            streaming: self.streaming && last,
        }
    }

    fn cut(&self, number: usize) -> Cut {
        self.sweep.filters.cut(self.stages[number], number == 0, &self.sweep.hardware)
    }

    fn lanes(&self) -> usize {
        self.sweep.kernels.lanes()
    }
}

/// A panel of the first stage: its pixels, and its columns as the unit counts them.
struct Panel<P> {
    pixels: P,
    columns: Range<usize>,
    inner: usize,
}

/// Some columns and interleaved elements of a slice.
fn part(
    view: ArrayView3<'_, Head>,
    columns: Range<usize>,
    inner: Range<usize>,
) -> ArrayView3<'_, Head> {
    let mut view = view;
    view.slice_axis_inplace(Axis(1), Slice::from(columns));
    view.slice_axis_inplace(Axis(2), Slice::from(inner));
    view
}

/// A panel that is filtered in place by itself.
fn own<'a>(panel: PlaneMut<'a>, columns: Range<usize>, mask: Option<Mask<'a>>) -> InPlace<'a> {
    let halo = Halo { columns: columns.end, region: columns.end, radius: 0, wraps: false };
    InPlace { panel, columns, before: None, after: None, saved: None, halo, mask }
}

/// Rows of scratch as a view of (rows, columns, interleaved elements).
fn rows_of<A: Arithmetic>(
    values: &mut [A],
    [rows, columns, inner]: [usize; 3],
    pitch: usize,
) -> ArrayViewMut3<'_, Head> {
    let shape = IxDyn(&[rows, columns, inner]).strides(IxDyn(&[pitch, inner, 1]));
    let view =
        ArrayViewMutD::from_shape(shape, values).expect("rows between stages lie in scratch");
    let AnyViewMut { heads, .. } = AnyViewMut::from(view);
    heads.into_dimensionality().expect("a view of three axes")
}
