//! All slices of an array: one step of the plan over a whole stack.

use std::ops::Range;

use gausstack_kernels::{Arithmetic, Extent, Kernels, Kind};
use ndarray::{ArrayView3, ArrayViewMut3, Axis, Slice};

use crate::Mode;
use crate::bridge::{Head, Image, ImageMut, plane, plane_mut};
use crate::cache::CacheSizes;
use crate::engine::Run;
use crate::layout::{Arrangement, PassOrder, StepAxes};
use crate::missing::Parting;
use crate::pixels::{Apart, Mask};
use crate::scratch::Buffers;
use crate::slice::{Also, AxisFilter, Join, PanelFilter, Region};
use crate::slices::slices;
use crate::stores::StorePolicy;
use crate::tally::Cells;
use crate::tile::{TileInput, TileShape, Tiling};

/// One sweep over the data.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step<A> {
    pub(crate) filters: Filters<A>,
    pub(crate) also: Option<SecondTerm<A>>,
    /// Of samples some of which may be missing.
    pub(crate) parting: Option<Parting>,
}

/// The filters of a sweep: along two axes fused, or along one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filters<A> {
    Pair { first: AxisFilter<A>, second: AxisFilter<A> },
    Single(AxisFilter<A>),
}

/// Other filters of the same radii along the same axes, and what becomes of the two results.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SecondTerm<A> {
    pub(crate) filters: Filters<A>,
    pub(crate) join: Join,
}

impl<A: Arithmetic> Filters<A> {
    /// The filters along columns and along rows.
    fn along(&self, arrangement: &Arrangement) -> (Option<&AxisFilter<A>>, Option<&AxisFilter<A>>) {
        match self {
            Self::Pair { first, second } => match arrangement.order {
                PassOrder::RowPassFirst => (Some(first), Some(second)),
                PassOrder::ColumnPassFirst => (Some(second), Some(first)),
            },
            Self::Single(filter) if arrangement.column == Some(filter.axis) => (Some(filter), None),
            Self::Single(filter) => (None, Some(filter)),
        }
    }
}

impl<A: Arithmetic> Step<A> {
    pub(crate) fn axes(&self) -> StepAxes {
        match &self.filters {
            Filters::Pair { first, second } => {
                StepAxes::Pair { first: first.axis, second: second.axis }
            }
            Filters::Single(filter) => StepAxes::Single(filter.axis),
        }
    }

    /// What a tiling depends on of each filtered axis.
    pub(crate) fn axes_of_sweep(&self, shape: &[usize]) -> Vec<AxisOfSweep> {
        let of = |filter: &AxisFilter<A>| AxisOfSweep {
            len: shape[filter.axis],
            radius: filter.radius(),
            mode: filter.mode,
        };
        match &self.filters {
            Filters::Pair { first, second } => vec![of(first), of(second)],
            Filters::Single(filter) => vec![of(filter)],
        }
    }

    /// The second term.
    fn also(&self, arrangement: &Arrangement) -> Option<Also<'_, A>> {
        let SecondTerm { filters, join } = self.also.as_ref()?;
        let (along_columns, along_rows) = filters.along(arrangement);
        Some(Also { along_columns, along_rows, join: *join })
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
        let (along_columns, along_rows) = self.filters.along(arrangement);
        TileInput {
            extent: arrangement.extent(shape),
            order: arrangement.order,
            along_columns: radius(along_columns),
            along_rows: radius(along_rows),
            lanes: machine.lanes,
            register_rows: machine.register_rows,
            terms: 1 + usize::from(self.also.is_some()),
            sources: 1 + usize::from(self.parting.is_some()),
            size: size_of::<A>(),
            output_size: machine.output_size,
            caches: machine.caches,
            forced: machine.forced.tile,
            turned: run.turned,
            parts: run.parts,
            in_place: run.in_place,
        }
    }
}

/// A filtered axis as far as a tiling depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AxisOfSweep {
    len: usize,
    radius: usize,
    mode: Mode,
}

/// What of a tiling depends on the arrays of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TileRun {
    pub(crate) turned: bool,
    pub(crate) parts: usize,
    pub(crate) in_place: bool,
}

/// What of a tiling depends on the machine and the caller's wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Machine {
    pub(crate) lanes: usize,
    pub(crate) register_rows: usize,
    pub(crate) caches: CacheSizes,
    pub(crate) forced: Forced,
    /// Bytes of an element of the output.
    pub(crate) output_size: usize,
}

/// What the caller chose instead of the plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Forced {
    pub(crate) tile: Option<TileShape>,
    pub(crate) stores: Option<StorePolicy>,
}

impl Machine {
    /// For sweeps whose output are sums.
    pub(crate) fn storing_sums<A>(self) -> Self {
        Self { output_size: size_of::<A>(), ..self }
    }

    /// How an output of so many elements in slices of this extent is stored.
    pub(crate) fn stores(&self, elements: usize, slice: Extent) -> StorePolicy {
        let slice = slice.rows * slice.row_len();
        let [elements, slice] = [elements, slice].map(|n| n.saturating_mul(self.output_size));
        let chosen = || StorePolicy::choose(elements, slice, self.output_size, self.caches);
        self.forced.stores.unwrap_or_else(chosen)
    }
}

/// A step with everything a run of it needs but the arrays.
pub(crate) struct Sweep<'s, A> {
    pub(crate) step: &'s Step<A>,
    pub(crate) number: usize,
    /// It finishes the slices.
    pub(crate) last: bool,
    pub(crate) kernels: Kernels<A>,
    pub(crate) cval: A,
    pub(crate) machine: Machine,
    pub(crate) run: Run<'s>,
}

impl<'s, A: Arithmetic> Sweep<'s, A> {
    /// Filters one array into another.
    pub(crate) fn apart<S: AsMut<Buffers<A>> + Send>(
        &self,
        input: Image<'_>,
        output: ImageMut<'_>,
        scratches: &mut [S],
    ) {
        let (Image { heads: input, kind: from }, ImageMut { heads: output, kind: to }) =
            (input, output);
        let (axes, shape) = (self.step.axes(), output.shape());
        let arrangement = Arrangement::choose(axes, shape, output.strides());
        let arrangement = self.merged(arrangement, [input.strides(), output.strides()], shape);
        let source_turned = arrangement.turned(input.shape(), input.strides(), from.size());
        let extent = arrangement.extent(shape);
        let streaming = self.machine.stores(output.len(), extent) == StorePolicy::Streamed;
        let (count, mut filter) = self.panel_filter(
            &arrangement,
            (output.shape(), output.strides(), to),
            scratches.len(),
            source_turned,
            streaming,
            false,
        );
        let cells = self.cells(&arrangement, output.shape(), filter.tiling, false);
        let input = arrangement.view(input);
        // A slice asks for the beginning of the next one; not where that is another panel of the same.
        if filter.tiling.panel >= extent.columns {
            filter.next_slice = input.strides().iter().rev().nth(3).copied();
        }
        let sources = slices(input).zip(self.masks(&arrangement));
        let pairs = sources.zip(slices(arrangement.view(output))).enumerate();
        let panel =
            |(number, (input, mask)): (usize, &(ArrayView3<'_, Head>, Option<MaskView<'_>>)),
             region: &Region,
             output: ArrayViewMut3<'_, Head>,
             scratch: &mut S| {
                let pixels = output.len();
                let cell = cells.as_ref().map(|cells| cells.at(number, region.first()));
                let input = input.slice_axis(Axis(2), Slice::from(region.inner.clone()));
                let mask = mask.as_ref().map(|mask| mask.of(region));
                let source = plane(&input, from);
                let mut ends = Apart { source, mask, output: plane_mut(output, to) };
                filter.run(region, &mut ends, scratch.as_mut());
                self.run.reporter.done(pixels, cell)
            };
        // Whole slices are better tasks, but only panels can be shared evenly by many workers.
        if count >= 2 * scratches.len() {
            self.run.crew.drive(scratches, pairs, |(number, (source, output)), scratch| {
                panels(output, filter.tiling).try_for_each(|(region, output)| {
                    panel((number, &source), &region, output, scratch)
                })
            });
        } else {
            let tasks = pairs.flat_map(|(number, (source, output))| {
                panels(output, filter.tiling)
                    .map(move |(region, output)| (number, source.clone(), region, output))
            });
            self.run.crew.drive(scratches, tasks, |(number, source, region, output), scratch| {
                panel((number, &source), &region, output, scratch)
            });
        }
    }

    /// The arrangement with columns and interleaved images as one axis, if all arrays allow it.
    pub(crate) fn merged<const N: usize>(
        &self,
        arrangement: Arrangement,
        arrays: [&[isize]; N],
        shape: &[usize],
    ) -> Arrangement {
        let mask = self.mask().map(|mask| mask.heads.strides());
        arrangement.merge(self.step.axes(), shape, arrays.into_iter().chain(mask))
    }

    /// The mask, where it is asked for.
    fn mask(&self) -> Option<&'s Image<'s>> {
        self.run.mask.filter(|_| self.step.parting.is_some())
    }

    /// The mask of every slice, in the order of the slices; `None` over and over where there is none.
    pub(crate) fn masks(
        &self,
        arrangement: &Arrangement,
    ) -> impl Iterator<Item = Option<MaskView<'s>>> + Send + use<'s, A> {
        let mut views = self.mask().map(|Image { heads, kind }| {
            let turned = arrangement.turned(heads.shape(), heads.strides(), kind.size());
            let slices = slices(arrangement.view(heads.view()));
            slices.map(move |slice| MaskView { slice, kind: *kind, turned })
        });
        std::iter::from_fn(move || Some(views.as_mut().and_then(Iterator::next)))
    }

    /// What an observer hears of finished slices.
    pub(crate) fn cells(
        &self,
        arrangement: &Arrangement,
        shape: &[usize],
        tiling: Tiling,
        in_place: bool,
    ) -> Option<Cells> {
        let cells = |axes: &[usize]| Cells::new(arrangement, shape, axes, tiling, in_place);
        if self.last { self.run.reporter.finish_slices(cells) } else { None }
    }

    pub(crate) fn panel_filter(
        &self,
        arrangement: &Arrangement,
        (shape, strides, kind): (&[usize], &[isize], Kind),
        workers: usize,
        source_turned: bool,
        streaming: bool,
        in_place: bool,
    ) -> (usize, PanelFilter<'_, A>) {
        let extent = arrangement.extent(shape);
        let slices =
            shape.iter().product::<usize>() / (extent.rows * extent.columns * extent.inner);
        let run = TileRun {
            turned: arrangement.turned(shape, strides, kind.size()),
            parts: workers.div_ceil(slices),
            in_place,
        };
        let input = self.step.tile_input(arrangement, shape, &self.machine, run);
        let (along_columns, along_rows) = self.step.filters.along(arrangement);
        let filter = PanelFilter {
            kernels: self.kernels,
            along_columns,
            along_rows,
            also: self.step.also(arrangement),
            parting: self.step.parting,
            cval: self.cval,
            step: self.number,
            order: arrangement.order,
            extent,
            tiling: Tiling::choose(&input),
            source_turned,
            next_slice: None,
            streaming,
            reporter: self.run.reporter,
        };
        (slices, filter)
    }
}

/// The mask of a slice.
#[derive(Clone)]
pub(crate) struct MaskView<'a> {
    slice: ArrayView3<'a, Head>,
    kind: Kind,
    turned: bool,
}

impl MaskView<'_> {
    /// The same for the panels of a region.
    pub(crate) fn of(&self, region: &Region) -> Mask<'_> {
        let view = self.slice.slice_axis(Axis(2), Slice::from(region.inner.clone()));
        Mask { plane: plane(&view, self.kind), turned: self.turned }
    }
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
pub(crate) fn parts<T>(
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
