//! What all parts of the demo look at.

use gausstack::{AnyArray, AnyPlan, Gaussian, Threads};
use gausstack_io::memory::Memory;

use crate::layout::{StackLayout, other_axes};
use crate::stack;

/// The stack, where it is filtered and how: what all parts of the demo look at.
pub(super) struct Job {
    pub(super) stack: StackLayout,
    pub(super) pixels: Memory,
    pub(super) slice_axis: usize,
    pub(super) sigma: [f64; 2],
    pub(super) threads: usize,
}

impl Job {
    /// The axes of a slice.
    pub(super) fn axes(&self) -> [usize; 2] {
        other_axes(self.slice_axis)
    }

    pub(super) fn plan(&self, threads: usize) -> Result<AnyPlan, gausstack::Error> {
        let StackLayout { shape, element, .. } = self.stack;
        Gaussian::new(self.sigma)
            .axes(self.axes().map(|axis| axis as isize))
            .threads(Threads::Fixed(threads))
            .plan_any(shape, element, element)
    }

    /// The bytes of a result.
    pub(super) fn copied(&self, result: &AnyArray) -> anyhow::Result<Memory> {
        let StackLayout { shape, element, .. } = self.stack;
        let mut copy = stack::zeros(self.stack.bytes())?;
        // A filter of no axis.
        let plan =
            Gaussian::new(0.0).axes(Vec::<isize>::new()).plan_any(shape, element, element)?;
        plan.apply_into(result.view(), self.stack.view_mut(copy.bytes_mut()))?;
        Ok(copy)
    }
}
