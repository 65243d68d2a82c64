//! A sweep over slices of a few pixels, which are filtered side by side.

use std::ops::ControlFlow;

use gausstack_kernels::{Arithmetic, Kernels};
use ndarray::{ArrayBase, ArrayView3, ArrayViewMut3, Axis, IxDyn, RawData, Slice};

use crate::array::heads::Head;
use crate::array::planes::{longer_rows, longer_rows_mut};
use crate::array::{AnyView, AnyViewMut};
use crate::panel::lane_block::{LaneBlock, Pieces, Rows};
use crate::plan::lanes::LaneFilters;
use crate::run::completion::SliceGroups;
use crate::run::context::Run;
use crate::run::scratch::WorkerScratch;
use crate::run::slices::{Stack, entries, parts, slices};

/// A step with everything a run of it needs but the arrays.
pub(crate) struct LaneSweep<'s, A> {
    pub(crate) filters: &'s LaneFilters<A>,
    /// It finishes the slices.
    pub(crate) last: bool,
    pub(crate) kernels: Kernels<A>,
    pub(crate) cval: A,
    pub(crate) run: Run<'s>,
}

impl<A: Arithmetic> LaneSweep<'_, A> {
    /// Filters slices of the input into those of the output, or in place without an input: a block
    /// is read before it is written.
    pub(crate) fn run(
        &self,
        input: Option<AnyView<'_>>,
        output: AnyViewMut<'_>,
        scratches: &mut [WorkerScratch<A>],
    ) {
        let AnyViewMut { heads: output, element: to } = output;
        let Self { filters, run, .. } = self;
        if output.is_empty() {
            return;
        }
        let block = LaneBlock::new(filters, &self.kernels, self.cval);
        let lane = filters.lane_axis(output.shape());
        let part = filters.part(output.shape()[lane], scratches.len());
        let groups = self.last.then(|| self.slice_groups(output.shape(), (lane, part))).flatten();
        let dims = 1 + filters.axes();
        let order = self.order(output.ndim(), lane);
        let from = input.as_ref().map(|input| input.element);
        let inputs = input.map(|input| entries(input.heads.permuted_axes(order.clone()), dims));
        let mut inputs = inputs.into_iter().flatten();
        let outputs = entries(output.permuted_axes(order), dims).enumerate();
        let tasks = outputs.flat_map(|(number, output)| {
            let input = inputs.next();
            parts(output, Axis(0), part).map(move |(slices, output)| {
                let input = input.clone().map(|mut input| {
                    input.slice_axis_inplace(Axis(0), Slice::from(slices.clone()));
                    input
                });
                (number, slices.start, input, output)
            })
        });
        run.workers.for_each_task(
            scratches,
            tasks,
            |(number, first, input, output), scratch| -> ControlFlow<()> {
                let pixels = output.len();
                let source = input.zip(from);
                let source = source.map(|(view, element)| Pieces { views: pieces(view), element });
                let target = Pieces { views: pieces(output), element: to };
                self.part(&block, source, target, scratch)?;
                let group = groups.as_ref().map(|groups| groups.at(number, [first, 0, 0]));
                run.reporter.done(pixels, group)
            },
        );
    }

    /// Filters a part of the slices along the lanes, several in a lane where they are a run in memory.
    fn part(
        &self,
        block: &LaneBlock<'_, A>,
        source: Option<Pieces<ArrayView3<'_, Head>>>,
        mut target: Pieces<ArrayViewMut3<'_, Head>>,
        scratch: &mut WorkerScratch<A>,
    ) -> ControlFlow<()> {
        let (watch, panel) = (self.run.reporter, &mut scratch.panel.stages);
        let (group, slices) = (self.filters.group(), target.views[0].dim().0);
        let run = source.as_ref().is_none_or(Pieces::is_a_run) && target.is_a_run();
        if group == 1 || !run {
            let rows = Rows { rows: slices, group: 1 };
            return block.filter(source.as_ref(), &mut target, rows, panel, watch);
        }
        // Whole groups, then the slices that are left, in one lane.
        let whole = slices - slices % group;
        let (element, (head, tail)) = (target.element, target.into_run().split_at(Axis(0), whole));
        let sources = source.map(|source| {
            let (element, (head, tail)) =
                (source.element, source.into_run().split_at(Axis(0), whole));
            (element, [head, tail])
        });
        for (number, (part, group)) in
            [(head, group), (tail, slices - whole)].into_iter().enumerate()
        {
            if part.is_empty() {
                continue;
            }
            let rows = Rows { rows: part.dim().0 / group, group };
            let source = sources.as_ref().map(|(element, parts)| Pieces {
                views: vec![longer_rows(parts[number], group)],
                element: *element,
            });
            let mut target = Pieces { views: vec![longer_rows_mut(part, group)], element };
            block.filter(source.as_ref(), &mut target, rows, panel, watch)?;
        }
        ControlFlow::Continue(())
    }

    /// The axes as (other loops, lanes, slice).
    fn order(&self, ndim: usize, lane: usize) -> IxDyn {
        let loops = ndim - self.filters.axes();
        let mut order = IxDyn::zeros(ndim);
        let others = (0..loops).filter(|&axis| axis != lane);
        for (place, axis) in others.chain([lane]).chain(loops..ndim).enumerate() {
            order[place] = axis;
        }
        order
    }

    /// The groups of slices that are finished together, if an observer wants to know.
    fn slice_groups(&self, shape: &[usize], (lane, part): (usize, usize)) -> Option<SliceGroups> {
        let loops = 0..shape.len() - self.filters.axes();
        self.run.reporter.finish_slices(|slice_axes| {
            SliceGroups::of_lanes(
                shape,
                loops.filter(|&axis| axis != lane),
                (lane, part),
                slice_axes,
            )
        })
    }
}

/// A view of (lanes, slice) as views of (lanes, pixels, 1), each of evenly spaced pixels: one where
/// slices are runs in memory.
fn pieces<S: RawData>(mut view: ArrayBase<S, IxDyn>) -> Vec<<ArrayBase<S, IxDyn> as Stack>::Slice>
where
    ArrayBase<S, IxDyn>: Stack,
{
    let mut last = view.ndim() - 1;
    while last > 1 && view.merge_axes(Axis(last - 1), Axis(last)) {
        view = view.index_axis_move(Axis(last - 1), 0);
        last -= 1;
    }
    let mut order = IxDyn::zeros(last + 1);
    for (place, axis) in (1..last).chain([0, last]).enumerate() {
        order[place] = axis;
    }
    slices(view.permuted_axes(order).insert_axis(Axis(last + 1))).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::{ArrayD, ShapeBuilder};

    use super::*;

    /// Slices that are runs are one piece; others are as few as there are gaps.
    #[test]
    fn pieces_are_as_few_as_can_be() {
        let pieces_of = |array: &ArrayD<u8>, step: isize| {
            let view = array.slice_each_axis(|axis| Slice {
                start: 0,
                end: None,
                step: if axis.axis.0 == 3 { step } else { 1 },
            });
            let pieces = pieces(view.clone());
            let found: Vec<u8> = pieces
                .iter()
                .flat_map(|piece| piece.index_axis(Axis(0), 2).iter().copied().collect::<Vec<_>>())
                .collect();
            let right: Vec<u8> = view.index_axis(Axis(0), 2).iter().copied().collect();
            assert_eq!(found, right);
            pieces.len()
        };
        let shape = IxDyn(&[5, 2, 3, 4]);
        let numbers: Vec<u8> = (0..120).collect();
        let array = ArrayD::from_shape_vec(shape.clone(), numbers.clone()).expect("120 numbers");
        assert_eq!([pieces_of(&array, 1), pieces_of(&array, 2)], [1, 1]);
        let array = ArrayD::from_shape_vec(shape.f(), numbers).expect("120 numbers");
        assert_eq!(pieces_of(&array, 1), 6);
    }
}
