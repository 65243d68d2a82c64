//! A step arranged for arrays of some layout.

use gausstack_kernels::{Arithmetic, Kernels};

use crate::panel::stages::PanelFilter;
use crate::plan::fused::Fused;
use crate::plan::hardware::Hardware;
use crate::plan::layout::Arrangement;
use crate::plan::source_rows::source_pitch;
use crate::plan::tile::{TileRun, Tiling};
use crate::request::StorePolicy;

/// A step of a plan, without the arrays it runs on.
#[derive(Clone, Copy)]
pub(crate) struct StepFilter<'s, A> {
    pub(crate) filters: &'s Fused<A>,
    pub(crate) kernels: Kernels<A>,
    pub(crate) cval: A,
    pub(crate) hardware: Hardware,
}

/// How an array lies in memory: its strides and the size of its elements, in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Layout<'v> {
    pub(crate) strides: &'v [isize],
    pub(crate) size: usize,
}

/// The arrays of a step, all of one shape.
#[derive(Clone, Copy)]
pub(crate) struct Layouts<'v> {
    pub(crate) shape: &'v [usize],
    pub(crate) source: Layout<'v>,
    pub(crate) output: Layout<'v>,
    /// The strides of the mask, if there is one.
    pub(crate) mask: Option<&'v [isize]>,
    /// The output is the source.
    pub(crate) in_place: bool,
}

/// A step with what it does to every panel of its arrays.
pub(crate) struct Arranged<'s, A> {
    pub(crate) arrangement: Arrangement,
    /// The number of slices.
    pub(crate) slices: usize,
    pub(crate) filter: PanelFilter<'s, A>,
}

impl<'s, A: Arithmetic> StepFilter<'s, A> {
    /// Arranges the step for so many workers.
    pub(crate) fn arrange(&self, arrays: &Layouts<'_>, workers: usize) -> Arranged<'s, A> {
        let Self { filters, kernels, cval, hardware } = *self;
        let Layouts { shape, source, output, mask, in_place } = *arrays;
        let arrangement = Arrangement::choose(filters.axes(), shape, output.strides);
        let all = [source.strides, output.strides].into_iter().chain(mask);
        let arrangement = arrangement.merge(filters.axes(), shape, all);
        let extent = arrangement.extent(shape);
        let elements = shape.iter().product::<usize>();
        let slices = elements / (extent.rows * extent.row_len());
        let transposed = |of: Layout<'_>| arrangement.transposed(shape, of.strides, of.size);
        let (parts, output_transposed) = (workers.div_ceil(slices), transposed(output));
        let run = TileRun { transposed: output_transposed, parts, in_place };
        let tiling = Tiling::choose(&filters.tile_input(&arrangement, shape, &hardware, run));
        let streamed = hardware.stores(elements, extent) == StorePolicy::Streamed;
        // A slice of one panel prefetches the beginning of the next slice.
        let apart = !in_place && tiling.panel >= extent.columns;
        let next = arrangement.loops(shape.len()).last().filter(|_| apart);
        let as_is = kernels.loads_numbers() && filters.split.is_none() && !in_place;
        let source_strides = arrangement.plane_strides(source.strides);
        let pitch = source_pitch(source_strides, extent, source.size).filter(|_| as_is);
        let filter = PanelFilter {
            kernels,
            second_kernels: kernels.reading(A::TYPE).expect("an arithmetic holds its own numbers"),
            passes: filters.passes(&arrangement, cval),
            join: filters.join(),
            split: filters.split,
            order: arrangement.order,
            extent,
            tiling,
            source_transposed: transposed(source),
            source_pitch: pitch,
            next_slice: next.map(|axis| source.strides[axis]),
            streaming: streamed && !in_place,
        };
        Arranged { arrangement, slices, filter }
    }
}
