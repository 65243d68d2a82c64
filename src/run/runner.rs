//! One run: the steps of a schedule, in order.

use gausstack_kernels::elementwise;
use gausstack_kernels::{Arithmetic, Combine};
use ndarray::Dimension;

use crate::array::memory_order::{MemoryOrder, Order};
use crate::array::{AnyView, AnyViewMut};
use crate::plan::axis_filter::Join;
use crate::plan::schedule::{
    Case, Conversion, JoinStep, Place, Schedule, Step, SweepStep, VolumeStep,
};
use crate::plan::sweeps::SweepFilters;
use crate::plan::volume::Volume;
use crate::run::context::Run;
use crate::run::elementwise::for_each_plane;
use crate::run::lanes::LaneSweep;
use crate::run::memory::{RunArray, RunMemory};
use crate::run::reporter::ProgressReporter;
use crate::run::resample::ResampleSweep;
use crate::run::scratch::WorkerScratch;
use crate::run::sweep::Sweep;
use crate::run::volume::VolumeSweep;
use crate::run::workers::Workers;

/// The caller's arrays: of one shape, the planned one, and of the planned types.
pub(crate) struct Arrays<'i, 'm, 'o> {
    /// `None` where the output is filtered in place.
    pub(crate) input: Option<AnyView<'i>>,
    /// Of `bool`: false where a pixel is missing.
    pub(crate) mask: Option<AnyView<'m>>,
    pub(crate) output: AnyViewMut<'o>,
    /// They hold one of several slices.
    pub(crate) alone: bool,
}

impl Arrays<'_, '_, '_> {
    /// Which schedule is theirs: what filters slices side by side is of no use to one.
    pub(crate) fn case(&self) -> Case {
        let order = if self.alone { Order::Other } else { self.output.order() };
        Case { in_place: self.input.is_none(), order }
    }
}

/// Runs the steps. `memory` holds a scratch for each worker and the schedule's arrays.
pub(crate) fn run<A: Arithmetic>(
    schedule: &Schedule<A>,
    arrays: Arrays<'_, '_, '_>,
    memory: &mut RunMemory<A>,
    workers: &Workers,
    reporter: &ProgressReporter<'_>,
) {
    let Arrays { input, mask, mut output, .. } = arrays;
    let pixels = output.heads.len();
    let bytes = mask.as_ref().map(AnyView::as_bytes);
    let run = Run { workers, reporter, mask: bytes.as_ref() };
    let (scratches, made) = memory.parts(schedule);
    let mut places = Places::new(input, output.view_mut());
    for RunArray { place, element, words } in made {
        places.make(place, |order, shape| {
            let array = AnyViewMut::in_words(words, order.memory_shape(shape).slice(), element);
            let heads = array.heads.permuted_axes(order.inverse.clone());
            AnyViewMut { heads, element }
        });
    }
    for step in &schedule.steps {
        if reporter.is_stopped() {
            return;
        }
        places.run(step, mask.as_ref(), scratches, run);
    }
    if schedule.copies {
        reporter.all_done(pixels);
    } else if schedule.together && !reporter.is_stopped() {
        reporter.all_finished();
    }
}

/// The arrays of a run by place.
struct Places<'i, 'a> {
    input: Option<AnyView<'i>>,
    /// Indexed by [`Places::slot`].
    written: [Option<AnyViewMut<'a>>; 5],
}

impl<'i, 'a> Places<'i, 'a> {
    fn new(input: Option<AnyView<'i>>, output: AnyViewMut<'a>) -> Self {
        Self { input, written: [Some(output), None, None, None, None] }
    }

    fn slot(place: Place) -> usize {
        match place {
            Place::Output => 0,
            Place::Sums => 1,
            Place::Term => 2,
            Place::Result => 3,
            Place::Validity => 4,
            Place::Input => panic!("no step writes the input"),
        }
    }

    /// Adds an array, its axes in memory in the order of the output's.
    fn make(&mut self, place: Place, array: impl FnOnce(&MemoryOrder, &[usize]) -> AnyViewMut<'a>) {
        let output = self.written[0].as_ref().expect("every run has an output");
        let order = MemoryOrder::of(output.strides());
        let made = array(&order, output.shape());
        self.written[Self::slot(place)] = Some(made);
    }

    /// The array of a place, to write.
    fn writer(&mut self, place: Place) -> AnyViewMut<'_> {
        let array = self.written[Self::slot(place)].as_mut();
        array.expect("a schedule lists every array that its steps write").view_mut()
    }

    /// The array of one place to read, that of another to write.
    fn both(&mut self, from: Place, to: Place) -> (AnyView<'_>, AnyViewMut<'_>) {
        let missing = "a schedule lists every array that its steps read or write";
        if from == Place::Input {
            let input = self.input.as_ref().expect("a run that reads an input has one");
            let output = self.written[Self::slot(to)].as_mut().expect(missing);
            return (input.view(), output.view_mut());
        }
        let slots = [Self::slot(from), Self::slot(to)];
        let [from, to] = self.written.get_disjoint_mut(slots).expect("two places");
        (from.as_ref().expect(missing).view(), to.as_mut().expect(missing).view_mut())
    }

    /// As [`both`](Self::both), without an array to read if it is the one that is written.
    fn ends(&mut self, from: Place, to: Place) -> (Option<AnyView<'_>>, AnyViewMut<'_>) {
        if from == to {
            return (None, self.writer(to));
        }
        let (from, to) = self.both(from, to);
        (Some(from), to)
    }

    /// Runs one step.
    fn run<'r, A: Arithmetic>(
        &mut self,
        step: &'r Step<A>,
        mask: Option<&AnyView<'_>>,
        scratches: &mut [WorkerScratch<A>],
        run: Run<'r>,
    ) {
        match step {
            Step::Sweep(step) => sweep(step, self.ends(step.from, step.to), scratches, run),
            Step::Volume(step) => {
                let (from, to) = self.both(step.from, step.to);
                volume_of(step, to.shape(), run).apart(from, to, scratches);
            }
            Step::Intermediate { sums, kernels } => {
                let mut sums = self.writer(*sums);
                kernels.round_intermediate(
                    sums.contiguous().expect("an array that a run makes has no gaps"),
                );
            }
            Step::Mark { from } => {
                let (from, validity) = self.both(*from, Place::Validity);
                // Without a mask the samples stand in its place, unread.
                let sources = [from.view(), mask.map_or_else(|| from.view(), AnyView::view)];
                for_each_plane(validity, sources, run.workers, scratches, |to, [from, other]| {
                    elementwise::mark_valid(&from, mask.map(|_| &other), to);
                });
            }
            Step::Join { step, term, into } => {
                let operation = operation::<A>(*step);
                let (term, into) = self.both(*term, *into);
                for_each_plane(into, [term], run.workers, scratches, |into, [term]| {
                    elementwise::join(operation, into, &term);
                });
            }
            Step::Magnitude { of } => {
                let array = self.writer(*of);
                for_each_plane(array, [], run.workers, scratches, |plane, []| {
                    elementwise::root_of_square(plane);
                });
            }
            Step::Convert { conversion, from, to } => {
                let (from, to) = self.both(*from, *to);
                for_each_plane(
                    to,
                    [from],
                    run.workers,
                    scratches,
                    |to, [from]| match *conversion {
                        Conversion::Round(rounding) => elementwise::round_sums(&from, to, rounding),
                        Conversion::Copy(rounding) => elementwise::convert(&from, to, rounding),
                    },
                );
            }
            Step::Fill { value } => {
                let marked = self.written[Self::slot(Place::Validity)].is_some();
                let (valid, output) = match (marked, mask) {
                    (true, _) => self.both(Place::Validity, Place::Output),
                    (false, Some(mask)) => (mask.view(), self.writer(Place::Output)),
                    // A plan for masks that runs without one: every pixel is valid.
                    (false, None) => return,
                };
                for_each_plane(output, [valid], run.workers, scratches, |to, [valid]| {
                    elementwise::fill_missing(to, &valid, *value);
                });
            }
        }
    }
}

/// Runs a sweep from one array to another, or in place without an input.
fn sweep<'s, A: Arithmetic>(
    step: &'s SweepStep<A>,
    (input, output): (Option<AnyView<'_>>, AnyViewMut<'_>),
    scratches: &mut [WorkerScratch<A>],
    run: Run<'s>,
) {
    let SweepStep { ref filters, kernels, cval, hardware, last, .. } = *step;
    match filters {
        SweepFilters::Planes(filters) => {
            let sweep = Sweep { filters, last, kernels, cval, hardware, run };
            sweep.run(input, output, scratches);
        }
        SweepFilters::Lanes(filters) => {
            let sweep = LaneSweep { filters, last, kernels, cval, run };
            sweep.run(input, output, scratches);
        }
        SweepFilters::Resampled(filters) => {
            let sweep = ResampleSweep { filters, last, kernels, cval, hardware, run };
            sweep.run(input, output, scratches);
        }
    }
}

fn volume_of<'s, A: Arithmetic>(
    step: &'s VolumeStep<A>,
    shape: &[usize],
    run: Run<'s>,
) -> VolumeSweep<'s, A> {
    let VolumeStep { ref plane, ref stack, ring, plane_kernels, stack_kernels, cval, .. } = *step;
    let shape = shape.try_into().expect("a volume has three axes");
    let volume = Volume { plane, stack, hardware: step.hardware, shape };
    VolumeSweep { volume, ring, plane_kernels, stack_kernels, cval, run }
}

/// What is done with each pixel of a term and of those before it.
fn operation<A: Arithmetic>(step: JoinStep) -> elementwise::Join {
    let JoinStep { join, first, last } = step;
    match join {
        Join::Combine(Combine::Magnitude) => {
            elementwise::Join::Squares { square_first: first, root: last }
        }
        Join::Combine(_) => elementwise::Join::Add,
        Join::Ratio { fill } => elementwise::Join::Ratio { fill, least: A::LEAST_NORMAL.to_f64() },
    }
}
