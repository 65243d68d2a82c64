//! The passes of a plan in one arithmetic, grouped into sweeps over the data.

use gausstack_kernels::{Arithmetic, Element, Kernels};

use crate::array::bridge::Image;
use crate::array::bridge::ImageMut;
use crate::error::Error;
use crate::plan::axis_filter::AxisFilter;
use crate::plan::axis_filter::Join;
use crate::plan::engine::Choices;
use crate::plan::engine::Run;
use crate::plan::fused::AxisOfSweep;
use crate::plan::fused::Filters;
use crate::plan::fused::Fused;
use crate::plan::fused::SecondTerm;
use crate::plan::fused::TileRun;
use crate::plan::hardware::Hardware;
use crate::plan::layout::Arrangement;
use crate::plan::sizes::ScratchSizes;
use crate::plan::stage::Staged;
use crate::plan::tile::TileInput;
use crate::plan::tile::Tiling;
use crate::plan::volume::Volume;
use crate::request::StorePolicy;
use crate::request::TileShape;
use crate::request::filter::Pass;
use crate::run::scratch::WorkerScratch;
use crate::run::sweep::Sweep;
use crate::run::volume::VolumeSweep;

/// Passes with sums in `A`.
#[derive(Clone, Debug)]
pub(crate) struct Passes<A> {
    kernels: Kernels<A>,
    steps: Vec<Fused<A>>,
    cval: A,
    hardware: Hardware,
    /// The output cannot hold what is between two sweeps.
    staged: bool,
}

/// The passes of a second term, and what becomes of both.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Second<'p> {
    pub(crate) passes: &'p [Pass],
    pub(crate) join: Join,
}

impl<A: Arithmetic> Passes<A> {
    /// The passes in the order they run, their weights rounded; `also` those of a second term along the same axes, two or one.
    pub(crate) fn new<Out: Element>(
        kernels: Kernels<A>,
        passes: &[Pass],
        also: Option<Second<'_>>,
        choices: Choices,
    ) -> Result<Self, Error> {
        let mut steps = Self::steps(passes)?;
        if let (Some(Second { passes, join }), [step]) = (also, steps.as_mut_slice()) {
            let second = Self::steps(passes)?.swap_remove(0);
            step.also = Some(SecondTerm { filters: second.filters, join });
        }
        if let Some(first) = steps.first_mut() {
            first.parting = choices.parting;
        }
        let hardware = Hardware {
            lanes: kernels.lanes(),
            register_rows: kernels.register_rows(),
            caches: choices.caches,
            forced: choices.forced,
            output_size: size_of::<Out>(),
        };
        let once = Out::INTEGER_BITS > 1 && !kernels.rounds_between();
        let staged = steps.len() > 1 && (once || Out::INTEGER_BITS == 1);
        Ok(Self { kernels, steps, cval: A::from_f64(choices.cval), hardware, staged })
    }

    /// The sweeps of some passes.
    fn steps(passes: &[Pass]) -> Result<Vec<Fused<A>>, Error> {
        // The last axis is the likeliest to be contiguous: its pass is fused with a neighbour.
        let last = (0..passes.len()).max_by_key(|&i| passes[i].axis).unwrap_or(0);
        let first = if last + 1 < passes.len() { last } else { last.saturating_sub(1) };
        let mut steps = Vec::new();
        let mut filters = Self::filters(passes)?.into_iter().enumerate();
        while let Some((i, filter)) = filters.next() {
            let partner = if i == first { filters.next() } else { None };
            let filters = match partner {
                Some((_, second)) => Filters::Pair { first: filter, second },
                None => Filters::Single(filter),
            };
            steps.push(Fused { filters, also: None, parting: None });
        }
        Ok(steps)
    }

    fn filters(passes: &[Pass]) -> Result<Vec<AxisFilter<A>>, Error> {
        let mut filters = Vec::with_capacity(passes.len());
        for pass in passes {
            // (An infinite weight of the caller's is infinite in any arithmetic.)
            let beyond = |weight: f64| weight.is_finite() && !A::from_f64(weight).is_finite();
            if pass.weights.kept().iter().any(|&weight| beyond(weight)) {
                let reason = "exceed f32; Precision::Double holds them";
                return Err(Error::Weights { axis: pass.axis, reason });
            }
            let weights = pass.weights.form().map(A::from_f64)?;
            filters.push(AxisFilter { axis: pass.axis, mode: pass.mode, weights });
        }
        Ok(filters)
    }

    /// Filters one array into another.
    pub(crate) fn run<'r>(
        &'r self,
        input: Image<'_>,
        mut output: ImageMut<'_>,
        c_order: bool,
        scratches: &mut [&mut WorkerScratch<A>],
        run: Run<'r>,
    ) {
        let Some(step) = self.steps.first() else { return };
        let Self { kernels, cval, hardware, .. } = *self;
        let volume = self.volume(output.heads.shape());
        let ring = scratches.first().map(|scratch| scratch.sizes.ring);
        let ring = ring.filter(|ring| ring.is_there() && c_order);
        if let (Some(volume), Some(ring)) = (volume, ring) {
            let (plane_kernels, stack_kernels) = (kernels.starting(), kernels.finishing());
            let sweep = VolumeSweep { volume, ring, plane_kernels, stack_kernels, cval, run };
            return sweep.apart(input, output, scratches);
        }
        if self.staged {
            return self.with_stage(scratches, run, |staged, stage, scratches| {
                staged.fill(input, output.heads.strides(), stage, scratches);
                staged.finish(stage, output, scratches);
            });
        }
        let last = self.steps.len() == 1;
        let sweep = Sweep { step, last, kernels, cval, hardware, run };
        sweep.apart(input, output.reborrow(), scratches);
        self.run_in_place(1, output, scratches, run);
    }

    /// All sweeps as one, if they are those of a volume and sums are not rounded between them.
    fn volume(&self, shape: &[usize]) -> Option<Volume<'_, A>> {
        let volume = Volume::of(&self.steps, self.hardware, shape);
        volume.filter(|_| !self.kernels.rounds_between())
    }

    /// Runs the steps from `first` on in place.
    fn run_in_place<'r>(
        &'r self,
        first: usize,
        mut array: ImageMut<'_>,
        scratches: &mut [&mut WorkerScratch<A>],
        run: Run<'r>,
    ) {
        let Self { cval, hardware, .. } = *self;
        let kernels = self.kernels.following();
        for (number, step) in self.steps.iter().enumerate().skip(first) {
            if run.reporter.is_stopped() {
                return;
            }
            let last = number + 1 == self.steps.len();
            let sweep = Sweep { step, last, kernels, cval, hardware, run };
            sweep.in_place(array.reborrow(), scratches);
        }
    }

    /// Runs with the stage of the first worker.
    fn with_stage<'r>(
        &'r self,
        scratches: &mut [&mut WorkerScratch<A>],
        run: Run<'r>,
        work: impl FnOnce(&Staged<'_, A>, &mut [A], &mut [&mut WorkerScratch<A>]),
    ) {
        let Self { kernels, cval, hardware, ref steps, .. } = *self;
        let Some(first) = scratches.first_mut() else { return };
        // Lent out while the rest of the scratch is at work.
        let mut stage = std::mem::take(&mut first.stage);
        work(&Staged { kernels, steps, cval, hardware, run }, &mut stage, scratches);
        if let Some(first) = scratches.first_mut() {
            first.stage = stage;
        }
    }

    /// The first step, and its arrangement of an array in C order.
    fn in_c_order(&self, shape: &[usize]) -> Option<(&Fused<A>, Arrangement)> {
        let step = self.steps.first().filter(|_| !shape.contains(&0))?;
        let strides = c_strides(shape);
        let arrangement = Arrangement::choose(step.axes(), shape, &strides);
        Some((step, arrangement.merge(step.axes(), shape, [strides.as_slice()])))
    }

    /// Sweeps over the data.
    pub(crate) fn sweeps(&self) -> usize {
        self.steps.len()
    }

    /// For the sweep of this number: whether the output takes it or a stage.
    fn hardware(&self, number: usize) -> Hardware {
        let last = number + 1 == self.steps.len();
        if self.staged && !last { self.hardware.storing_sums::<A>() } else { self.hardware }
    }

    /// How the first sweep stores an array in C order.
    pub(crate) fn stores(&self, shape: &[usize], ring: bool) -> Option<StorePolicy> {
        let (_, arrangement) = self.in_c_order(shape)?;
        let elements = shape.iter().fold(1, |all: usize, &len| all.saturating_mul(len));
        // A ring of slices is between the first sweep and the output.
        let hardware = if ring { self.hardware } else { self.hardware(0) };
        Some(hardware.stores(elements, arrangement.extent(shape)))
    }

    /// The tile of the first sweep over an array in C order.
    pub(crate) fn tile(&self, shape: &[usize], workers: usize) -> Option<TileShape> {
        let (step, arrangement) = self.in_c_order(shape)?;
        let extent = arrangement.extent(shape);
        let slices = shape.iter().product::<usize>() / (extent.row_len() * extent.rows);
        let transposed = arrangement.transposed(shape, &c_strides(shape), 1);
        let run = TileRun { transposed, parts: workers.div_ceil(slices), in_place: false };
        Some(Tiling::choose(&step.tile_input(&arrangement, shape, &self.hardware(0), run)).shape())
    }

    /// Whether arrays of this shape are volumes, of which two sweeps may be made one.
    pub(crate) fn is_volume(&self, shape: &[usize]) -> bool {
        self.volume(shape).is_some()
    }

    /// The largest scratch that any layout can come to.
    pub(crate) fn needs(&self, shape: &[usize], workers: usize) -> ScratchSizes {
        let mut needs = ScratchSizes::default();
        self.each_tiling(shape, workers, |input, slices| {
            needs = needs.max(Tiling::choose(input).needs(input, slices));
        });
        needs.ring = self.volume(shape).and_then(|volume| volume.ring(workers)).unwrap_or_default();
        needs.stage = if self.staged { shape.iter().product() } else { 0 };
        needs.saved_size = if self.staged { size_of::<A>() } else { self.hardware.output_size };
        needs
    }

    /// The most tasks that a sweep over any layout comes to, cut for so many workers.
    pub(crate) fn tasks(&self, shape: &[usize], workers: usize) -> usize {
        let mut most = 1;
        if workers > 1 {
            self.each_tiling(shape, workers, |input, slices| {
                most = most.max(Tiling::choose(input).tasks(input).saturating_mul(slices));
            });
        }
        most
    }

    /// Calls `visit` with everything that a tiling can be chosen from, for any layout and up to so many workers, and the number of
    /// slices. Sweeps that are alike are visited once.
    fn each_tiling(
        &self,
        shape: &[usize],
        workers: usize,
        mut visit: impl FnMut(&TileInput, usize),
    ) {
        let elements = shape.iter().product::<usize>();
        let mut visited: Vec<(Hardware, bool, [bool; 2], Vec<AxisOfSweep>)> = Vec::new();
        for (number, step) in self.steps.iter().enumerate() {
            let last = number + 1 == self.steps.len();
            let hardware = self.hardware(number);
            // With a stage, the first sweep and the last are never in place.
            let never = self.staged && (number == 0 || last);
            let doubled = [step.also.is_some(), step.parting.is_some()];
            let sweep = (hardware, never, doubled, step.axes_of_sweep(shape));
            if visited.contains(&sweep) {
                continue;
            }
            visited.push(sweep);
            for arrangement in Arrangement::candidates(step.axes(), shape) {
                let extent = arrangement.extent(shape);
                let slices = elements / (extent.row_len() * extent.rows);
                for parts in 1..=workers.div_ceil(slices) {
                    for in_place in [false, true].into_iter().take(if never { 1 } else { 2 }) {
                        for transposed in [false, true] {
                            let run = TileRun { transposed, parts, in_place };
                            visit(&step.tile_input(&arrangement, shape, &hardware, run), slices);
                        }
                    }
                }
            }
        }
    }

    /// Filters an array in place.
    pub(crate) fn run_on_itself<'r>(
        &'r self,
        array: ImageMut<'_>,
        scratches: &mut [&mut WorkerScratch<A>],
        run: Run<'r>,
    ) {
        if self.staged {
            self.with_stage(scratches, run, |staged, stage, scratches| {
                staged.fill(array.reader(), array.heads.strides(), stage, scratches);
                staged.finish(stage, array, scratches);
            });
        } else {
            self.run_in_place(0, array, scratches, run);
        }
    }
}

fn c_strides(shape: &[usize]) -> Vec<isize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis] as isize;
    }
    strides
}
