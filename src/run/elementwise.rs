//! Work on every element of whole arrays, shared by the workers.

use std::ops::ControlFlow;

use gausstack_kernels::{Plane, PlaneMut};
use ndarray::{ArrayBase, Axis, IxDyn, RawData};

use crate::array::memory_order::MemoryOrder;
use crate::array::planes::{plane, plane_mut};
use crate::array::{AnyView, AnyViewMut};
use crate::run::slices::slices;
use crate::run::workers::Workers;

/// Parts of an array for each worker: more than one, so that a late worker holds up less.
const PARTS_OF_A_WORKER: usize = 4;

/// Calls `change` with matching planes of arrays of one shape, which together are all of them.
pub(crate) fn for_each_plane<S: Send, const N: usize>(
    target: AnyViewMut<'_>,
    sources: [AnyView<'_>; N],
    workers: &Workers,
    scratches: &mut [S],
    change: impl Fn(&mut PlaneMut<'_>, [Plane<'_>; N]) + Sync,
) {
    let order = MemoryOrder::of(target.strides());
    let (to, mut target) = (target.element, in_order(target.heads, &order));
    let mut sources = sources.map(|view| (view.element, in_order(view.heads, &order)));
    // Axes that are one run in all arrays become one.
    for axis in (1..target.ndim() - 1).rev() {
        let run = |shape: &[usize], strides: &[isize]| {
            let reach = strides[axis].wrapping_mul(shape[axis] as isize);
            shape[axis - 1] == 1 || shape[axis] == 1 || strides[axis - 1] == reach
        };
        if run(target.shape(), target.strides())
            && sources.iter().all(|(_, view)| run(view.shape(), view.strides()))
        {
            target.merge_axes(Axis(axis - 1), Axis(axis));
            for (_, view) in &mut sources {
                view.merge_axes(Axis(axis - 1), Axis(axis));
            }
        }
    }
    // Those of length 1 come first, so that planes are as large as can be.
    let order = long_axes_last(target.shape());
    let target = &mut target.permuted_axes(order.clone());
    let sources = sources.map(|(element, view)| (element, view.permuted_axes(order.clone())));
    let outermost = (0..target.ndim()).find(|&axis| target.shape()[axis] > 1).unwrap_or(0);
    let (axis, all) = (Axis(outermost), target.shape()[outermost]);
    let len = all.div_ceil(PARTS_OF_A_WORKER * scratches.len().max(1)).max(1);
    let part = |start: usize| ndarray::Slice::from(start..all.min(start + len));
    let sources = &sources;
    let parts = target.axis_chunks_iter_mut(axis, len).enumerate();
    workers.for_each_task(scratches, parts, |(number, target), _| {
        let mut planes = sources
            .each_ref()
            .map(|(element, view)| (*element, slices(view.slice_axis(axis, part(number * len)))));
        for target in slices(target) {
            let sources = planes.each_mut().map(|(element, views)| {
                let view = views.next().expect("arrays of one shape have as many planes");
                plane(&view, *element)
            });
            change(&mut plane_mut(target, to), sources);
        }
        ControlFlow::Continue(())
    });
}

/// A view as (loops, row, column, inner), its axes in an order of memory and the inner one of
/// length 1.
fn in_order<S: RawData>(view: ArrayBase<S, IxDyn>, order: &MemoryOrder) -> ArrayBase<S, IxDyn> {
    let ndim = view.ndim();
    let mut view = view.permuted_axes(order.axes.clone());
    for _ in ndim..2 {
        view = view.insert_axis(Axis(0));
    }
    let last = Axis(view.ndim());
    view.insert_axis(last)
}

/// The axes of a shape, those of length 1 in front; the last one stays.
fn long_axes_last(shape: &[usize]) -> IxDyn {
    let mut order = IxDyn::zeros(shape.len());
    let last = shape.len() - 1;
    let ones = (0..last).filter(|&axis| shape[axis] == 1);
    let long = (0..last).filter(|&axis| shape[axis] != 1);
    for (place, axis) in ones.chain(long).chain([last]).enumerate() {
        order[place] = axis;
    }
    order
}
