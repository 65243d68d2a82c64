//! Integers filtered in more than one sweep: in between, the array is kept as sums.
//!
//! ```text
//! input --sweep--> stage --sweep in place--> stage --sweep--> output
//! ```
//!
//! The output holds integers and cannot take what is to be rounded once, at the end; bool cannot take the bytes that scipy
//! keeps in it. The stage is an array of the shape of the output, with its axes in the output's order in memory, and counts as scratch.

use gausstack_kernels::{Arithmetic, Kernels};
use ndarray::{ArrayViewMut, IxDyn};

use crate::array::bridge::Image;
use crate::array::bridge::ImageMut;
use crate::plan::engine::Run;
use crate::plan::fused::Fused;
use crate::plan::hardware::Hardware;
use crate::run::output::MemoryOrder;
use crate::run::scratch::WorkerScratch;
use crate::run::sweep::Sweep;

/// The sweeps of a plan that go through a stage.
pub(crate) struct Staged<'p, A> {
    pub(crate) kernels: Kernels<A>,
    pub(crate) steps: &'p [Fused<A>],
    pub(crate) cval: A,
    pub(crate) hardware: Hardware,
    pub(crate) run: Run<'p>,
}

impl<A: Arithmetic> Staged<'_, A> {
    /// All sweeps but the last, from the input to the stage, which lies in memory as an array of such strides would.
    pub(crate) fn fill(
        &self,
        input: Image<'_>,
        strides: &[isize],
        stage: &mut [A],
        scratches: &mut [&mut WorkerScratch<A>],
    ) {
        let Self { kernels, steps, cval, run, .. } = *self;
        let hardware = self.hardware.storing_sums::<A>();
        let (order, shape) = (MemoryOrder::of(strides), input.heads.shape().to_vec());
        let kernels = kernels.starting();
        for (number, step) in steps.iter().enumerate().take(steps.len() - 1) {
            if run.reporter.is_stopped() {
                return;
            }
            let last = false;
            let Some(view) = stage_mut(stage, &order, &shape) else { return };
            if number == 0 {
                let sweep = Sweep { step, last, kernels, cval, hardware, run };
                sweep.apart(input.clone(), view, scratches);
            } else {
                let kernels = kernels.following();
                let sweep = Sweep { step, last, kernels, cval, hardware, run };
                sweep.in_place(view, scratches);
            }
            kernels.between(stage);
        }
    }

    /// The last sweep, from the stage to the output.
    pub(crate) fn finish(
        &self,
        stage: &mut [A],
        output: ImageMut<'_>,
        scratches: &mut [&mut WorkerScratch<A>],
    ) {
        let Self { kernels, steps, cval, hardware, run } = *self;
        let order = MemoryOrder::of(output.heads.strides());
        let view = stage_mut(stage, &order, output.heads.shape());
        let (Some((step, _)), Some(view)) = (steps.split_last(), view) else { return };
        if run.reporter.is_stopped() {
            return;
        }
        let kernels = kernels.finishing();
        let sweep = Sweep { step, last: true, kernels, cval, hardware, run };
        sweep.apart(view.reader(), output, scratches);
    }
}

/// The stage as an array of a shape.
fn stage_mut<'s, A: Arithmetic>(
    stage: &'s mut [A],
    order: &MemoryOrder,
    shape: &[usize],
) -> Option<ImageMut<'s>> {
    let len = shape.iter().product();
    let view = ArrayViewMut::from_shape(IxDyn(&order.memory_shape(shape)), &mut stage[..len]);
    Some(ImageMut::new(view.ok()?.permuted_axes(IxDyn(&order.inverse))))
}
