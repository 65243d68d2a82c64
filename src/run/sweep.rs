//! All slices of an array: one step of the plan over a whole stack.

use std::ops::Range;

use gausstack_kernels::{Arithmetic, ElementType, Kernels};
use ndarray::{ArrayView3, ArrayViewMut3, Axis, Slice};

use crate::array::AnyView;
use crate::array::AnyViewMut;
use crate::array::view::Head;
use crate::array::view::plane;
use crate::array::view::plane_mut;
use crate::panel::pixels::Apart;
use crate::panel::pixels::Mask;
use crate::panel::slice::PanelFilter;
use crate::panel::slice::Region;
use crate::plan::fused::{Fused, TileRun};
use crate::plan::hardware::Hardware;
use crate::plan::layout::Arrangement;
use crate::plan::tile::Tiling;
use crate::request::StorePolicy;
use crate::run::context::Run;
use crate::run::scratch::Buffers;
use crate::run::slices::slices;
use crate::run::tally::Cells;

/// A step with everything a run of it needs but the arrays.
pub(crate) struct Sweep<'s, A> {
    pub(crate) step: &'s Fused<A>,
    pub(crate) number: usize,
    /// It finishes the slices.
    pub(crate) last: bool,
    pub(crate) kernels: Kernels<A>,
    pub(crate) cval: A,
    pub(crate) hardware: Hardware,
    pub(crate) run: Run<'s>,
}

impl<'s, A: Arithmetic> Sweep<'s, A> {
    /// Filters one array into another.
    pub(crate) fn apart<S: AsMut<Buffers<A>> + Send>(
        &self,
        input: AnyView<'_>,
        output: AnyViewMut<'_>,
        scratches: &mut [S],
    ) {
        let (AnyView { heads: input, element: from }, AnyViewMut { heads: output, element: to }) =
            (input, output);
        let (axes, shape) = (self.step.axes(), output.shape());
        let arrangement = Arrangement::choose(axes, shape, output.strides());
        let arrangement = self.merged(arrangement, [input.strides(), output.strides()], shape);
        let source_turned = arrangement.turned(input.shape(), input.strides(), from.size());
        let extent = arrangement.extent(shape);
        let streaming = self.hardware.stores(output.len(), extent) == StorePolicy::Streamed;
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
    fn mask(&self) -> Option<&'s AnyView<'s>> {
        self.run.mask.filter(|_| self.step.parting.is_some())
    }

    /// The mask of every slice, in the order of the slices; `None` over and over where there is none.
    pub(crate) fn masks(
        &self,
        arrangement: &Arrangement,
    ) -> impl Iterator<Item = Option<MaskView<'s>>> + Send + use<'s, A> {
        let mut views = self.mask().map(|AnyView { heads, element: kind }| {
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
        (shape, strides, kind): (&[usize], &[isize], ElementType),
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
        let input = self.step.tile_input(arrangement, shape, &self.hardware, run);
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
    kind: ElementType,
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
