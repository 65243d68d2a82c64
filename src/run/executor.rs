//! A designed filter ready to run: its schedules, and the memory that its runs keep.

use std::sync::Arc;

use gausstack_kernels::Arithmetic;

use crate::array::memory_order::Order;
use crate::error::Error;
use crate::plan::design::{AnyDesign, Design};
use crate::plan::schedule::{Case, Schedules};
use crate::plan::sizes::ScratchSizes;
use crate::request::{Precision, StorePolicy, TileShape};
use crate::run::memory::{RunMemory, Spare};
use crate::run::reporter::ProgressReporter;
use crate::run::runner::{self, Arrays};
use crate::run::workers::Workers;

/// The schedules of a filter with sums in `A`, for arrays of one shape.
#[derive(Clone, Debug)]
pub(crate) struct Executor<A> {
    design: Design<A>,
    schedules: Schedules<A>,
    needs: ScratchSizes,
    spare: Spare<A>,
}

/// An executor of either arithmetic.
#[derive(Clone, Debug)]
pub(crate) enum AnyExecutor {
    Single(Executor<f32>),
    Double(Executor<f64>),
}

/// The working memory of one thread, made by [`Plan::scratch`](crate::Plan::scratch).
///
/// It belongs to the plan that made it and to that plan's clones, fits any layout, and may be used
/// for any number of slices.
#[derive(Debug)]
pub struct Scratch(AnyMemory);

/// The memory of one worker, and the plan that made it.
#[derive(Debug)]
enum AnyMemory {
    Single(RunMemory<f32>, Spare<f32>),
    Double(RunMemory<f64>, Spare<f64>),
}

/// The same expression on the executor of either arithmetic.
macro_rules! on_executor {
    ($any:expr, $executor:ident => $body:expr) => {
        match $any {
            AnyExecutor::Single($executor) => $body,
            AnyExecutor::Double($executor) => $body,
        }
    };
}

impl AnyExecutor {
    /// Schedules a design for arrays of a shape and so many workers.
    pub(crate) fn new(design: AnyDesign, shape: &[usize], workers: usize) -> Self {
        match design {
            AnyDesign::Single(design) => Self::Single(Executor::new(design, shape, workers)),
            AnyDesign::Double(design) => Self::Double(Executor::new(design, shape, workers)),
        }
    }

    /// The arithmetic that is really used; of a copy [`Precision::Native`].
    pub(crate) fn precision(&self) -> Precision {
        match self {
            Self::Single(_) => Precision::Native,
            Self::Double(_) => Precision::Double,
        }
    }

    /// Whether no pass changes anything.
    pub(crate) fn copies(&self) -> bool {
        on_executor!(self, executor => executor.design.copies())
    }

    /// Sweeps of a run over the data.
    pub(crate) fn sweeps(&self, arrays: &Arrays<'_, '_, '_>) -> usize {
        on_executor!(self, executor => executor.schedules.of(arrays.case()).sweeps())
    }

    /// Whether slices are finished together.
    pub(crate) fn finishes_together(&self) -> bool {
        on_executor!(self, executor => executor.design.joins())
    }

    /// The tile of the first sweep over an array in C order; of a copy `None`.
    pub(crate) fn tile(&self, shape: &[usize], workers: usize) -> Option<TileShape> {
        on_executor!(self, executor => executor.design.tile(shape, workers))
    }

    /// How the first sweep stores an array in C order; of a copy `None`.
    pub(crate) fn stores(&self, shape: &[usize]) -> Option<StorePolicy> {
        on_executor!(self, executor => {
            let ring = executor.needs.ring.is_there();
            executor.design.stores(shape, ring)
        })
    }

    /// Bytes of all workers' scratch.
    pub(crate) fn scratch_bytes(&self, workers: usize) -> usize {
        if self.copies() {
            return 0;
        }
        match self {
            Self::Single(executor) => executor.needs.bytes::<f32>(workers),
            Self::Double(executor) => executor.needs.bytes::<f64>(workers),
        }
    }

    /// The most bytes of the arrays that a run makes, of so many elements each.
    pub(crate) fn array_bytes(&self, elements: usize) -> usize {
        on_executor!(self, executor => executor.schedules.array_bytes(elements))
    }

    /// Bytes of sums between two sweeps over so many elements.
    pub(crate) fn sums_bytes(&self, elements: usize) -> usize {
        on_executor!(self, executor => executor.sums_bytes(elements))
    }

    /// Makes the scratch of one worker, with room for the sums of a slice of so many elements.
    pub(crate) fn scratch(&self, elements: usize) -> Result<Scratch, Error> {
        Ok(Scratch(match self {
            Self::Single(executor) => AnyMemory::Single(
                executor.memory_of_a_slice(elements)?,
                Arc::clone(&executor.spare),
            ),
            Self::Double(executor) => AnyMemory::Double(
                executor.memory_of_a_slice(elements)?,
                Arc::clone(&executor.spare),
            ),
        }))
    }

    /// Filters arrays with so many of some workers.
    pub(crate) fn run(
        &self,
        arrays: Arrays<'_, '_, '_>,
        (workers, count): (&Workers, usize),
        reporter: ProgressReporter<'_>,
    ) -> Result<(), Error> {
        on_executor!(self, executor => executor.run(arrays, (workers, count), &reporter))?;
        reporter.finish()
    }

    /// Filters a slice on the calling thread, in the caller's scratch.
    pub(crate) fn run_slice(
        &self,
        arrays: Arrays<'_, '_, '_>,
        scratch: &mut Scratch,
        reporter: ProgressReporter<'_>,
    ) -> Result<(), Error> {
        match (self, &mut scratch.0) {
            (Self::Single(executor), AnyMemory::Single(memory, plan))
                if Arc::ptr_eq(plan, &executor.spare) =>
            {
                executor.run_in(memory, arrays, &Workers::Caller, &reporter)?;
            }
            (Self::Double(executor), AnyMemory::Double(memory, plan))
                if Arc::ptr_eq(plan, &executor.spare) =>
            {
                executor.run_in(memory, arrays, &Workers::Caller, &reporter)?;
            }
            // Another plan's tables and constant lines may be others, though its needs are the
            // same.
            _ => return Err(Error::Scratch),
        }
        reporter.finish()
    }
}

impl<A: Arithmetic> Executor<A> {
    fn new(design: Design<A>, shape: &[usize], workers: usize) -> Self {
        let needs = design.needs(shape, workers);
        let schedules = design.schedules(shape, needs.ring);
        Self { design, schedules, needs, spare: Arc::default() }
    }

    fn sums_bytes(&self, elements: usize) -> usize {
        let keeps_sums = self.design.terms().iter().any(|term| term.keeps_sums());
        if keeps_sums { elements.saturating_mul(size_of::<A>()) } else { 0 }
    }

    fn memory_of_a_slice(&self, elements: usize) -> Result<RunMemory<A>, Error> {
        let mut memory = RunMemory::default();
        memory.reserve_scratches(self.needs, 1)?;
        memory.reserve_edges(self.needs)?;
        // (No other has more arrays.)
        let case = Case { in_place: false, order: Order::Other };
        memory.reserve_kept_arrays(self.schedules.of(case), elements)?;
        Ok(memory)
    }

    fn run(
        &self,
        arrays: Arrays<'_, '_, '_>,
        (workers, count): (&Workers, usize),
        reporter: &ProgressReporter<'_>,
    ) -> Result<(), Error> {
        let mut memory = RunMemory::take(&self.spare);
        let ready = memory.reserve_scratches(self.needs, count);
        let result = ready.and_then(|()| self.run_in(&mut memory, arrays, workers, reporter));
        memory.keep(&self.spare);
        result
    }

    /// Runs with the scratches that the memory has.
    fn run_in(
        &self,
        memory: &mut RunMemory<A>,
        arrays: Arrays<'_, '_, '_>,
        workers: &Workers,
        reporter: &ProgressReporter<'_>,
    ) -> Result<(), Error> {
        let (Arrays { input, mask, output, alone }, kept) = (arrays, self.design.kept());
        let arrays = Arrays {
            input: input.map(|view| kept.view(view)),
            mask: mask.map(|view| kept.view(view)),
            output: kept.view_mut(output),
            alone,
        };
        let schedule = self.schedules.of(arrays.case());
        // Before a pixel is written.
        if schedule.sweeps_in_place() {
            memory.reserve_edges(self.needs)?;
        }
        memory.reserve_arrays(schedule, arrays.output.heads.len())?;
        runner::run(schedule, arrays, memory, workers, reporter);
        memory.release_arrays(schedule);
        Ok(())
    }
}

impl std::fmt::Display for AnyExecutor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        on_executor!(self, executor => executor.schedules.fmt(f))
    }
}
