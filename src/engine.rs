//! The passes of a plan in the arithmetic they run in, grouped into sweeps over the data.

use gausstack_kernels::{Arithmetic, Element, Kernels, Level, LevelError, Rounding};

use crate::bridge::{Image, ImageMut};
use crate::cache::CacheSizes;
use crate::crew::{Crew, Reporter};
use crate::gaussian::Pass;
use crate::layout::Arrangement;
use crate::scratch::{Needs, ScratchKind, WorkerScratch};
use crate::slice::AxisFilter;
use crate::stack::{Forced, Machine, Step, Sweep, TileRun};
use crate::stage::Staged;
use crate::tile::Tiling;
use crate::volume::Volume;
use crate::{Error, Mode, Precision, StorePolicy, TileShape};

/// The passes, or none.
#[derive(Clone, Debug)]
pub(crate) enum Engine {
    /// No pass changes anything.
    Copy(Rounding),
    Single(Passes<f32>),
    Double(Passes<f64>),
}

/// Passes with sums in `A`.
#[derive(Clone, Debug)]
pub(crate) struct Passes<A> {
    kernels: Kernels<A>,
    steps: Vec<Step<A>>,
    cval: A,
    machine: Machine,
    /// The output cannot hold what is between two sweeps.
    staged: bool,
}

/// What is asked for beside the passes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choices {
    pub(crate) precision: Precision,
    pub(crate) rounding: Rounding,
    pub(crate) cval: f64,
    pub(crate) level: Level,
    pub(crate) forced: Forced,
}

/// The largest radius at which outputs of 16 bits are summed in f32. Sums in f32 are off by up to 2e-7 of the data's magnitude an
/// axis, which is 0.013 of a level of 65535: near enough to a half for up to 0.5 % of pixels of noise at sigma 60, and
/// more beyond.
const MOST_RADIUS_16_BITS: usize = 256;

/// Who works and who is told, in one run.
#[derive(Clone, Copy)]
pub(crate) struct Run<'r> {
    pub(crate) crew: &'r Crew,
    pub(crate) reporter: &'r Reporter<'r>,
}

/// The same expression on the passes of either arithmetic.
macro_rules! on_passes {
    ($engine:expr, $copy:expr, $passes:ident => $body:expr) => {
        match $engine {
            Engine::Copy(_) => $copy,
            Engine::Single($passes) => $body,
            Engine::Double($passes) => $body,
        }
    };
}

impl Engine {
    /// Puts the passes in order and rounds their weights.
    pub(crate) fn new<In: Element, Out: Element>(
        mut listed: Vec<Pass>,
        choices: Choices,
    ) -> Result<(Self, Vec<Pass>), Error> {
        let Choices { precision, rounding, cval, level, .. } = choices;
        if !Out::takes(rounding) {
            return Err(Error::Rounding { element: Out::NAME });
        }
        // Integers of 64 bits lose bits in any pass, as in scipy.
        listed.retain(|pass| In::INTEGER_BITS == 64 || !pass.weights.is_identity());
        let radius = listed.iter().map(|pass| pass.weights.radius()).max().unwrap_or(0);
        let exact = Out::INTEGER_BITS <= 8 || radius <= MOST_RADIUS_16_BITS;
        let cut = Out::INTEGER_BITS > 0 && rounding == Rounding::Scipy;
        let native = precision == Precision::Native && In::FITS_F32 && Out::FITS_F32;
        let single = native && exact && !cut;
        if single && !order_matters(&listed, cval) {
            listed.sort_by_key(|pass| std::cmp::Reverse(pass.axis));
        }
        let engine = if listed.is_empty() {
            Self::Copy(rounding)
        } else if let Some(kernels) = Kernels::new::<In, Out>(level, rounding).filter(|_| single) {
            Self::Single(Passes::new::<Out>(kernels, &listed, choices)?)
        } else if let Some(kernels) = Kernels::new::<In, Out>(level, rounding) {
            Self::Double(Passes::new::<Out>(kernels, &listed, choices)?)
        } else {
            return Err(LevelError::Absent { name: level.name() }.into());
        };
        Ok((engine, listed))
    }

    pub(crate) fn precision(&self) -> Precision {
        match self {
            Self::Double(_) => Precision::Double,
            Self::Copy(_) | Self::Single(_) => Precision::Native,
        }
    }

    /// Sweeps over the data.
    pub(crate) fn sweeps(&self) -> usize {
        on_passes!(self, 1, passes => passes.steps.len())
    }

    /// The tile of the first sweep over a C-order array.
    pub(crate) fn tile(&self, shape: &[usize], workers: usize) -> Option<TileShape> {
        on_passes!(self, None, passes => passes.tile(shape, workers))
    }

    /// How the first sweep stores an array in C order.
    pub(crate) fn stores(&self, shape: &[usize]) -> Option<StorePolicy> {
        on_passes!(self, None, passes => passes.stores(shape))
    }

    /// The largest scratch that any layout can come to.
    pub(crate) fn needs(&self, shape: &[usize], workers: usize) -> Needs {
        if shape.contains(&0) {
            return Needs::default();
        }
        on_passes!(self, Needs::default(), passes => passes.needs(shape, workers))
    }

    /// Whether a run to an output that lies in C order, or not, goes through a stage.
    pub(crate) fn stages(&self, needs: Needs, c_order: bool) -> bool {
        needs.stage > 0 && !(c_order && needs.ring.slices_of_a_group().is_some())
    }

    /// The rounding of a copy, where no pass changes anything.
    pub(crate) fn copies(&self) -> Option<Rounding> {
        if let Self::Copy(rounding) = self { Some(*rounding) } else { None }
    }

    /// Bytes of all workers' scratch.
    pub(crate) fn scratch_bytes(&self, needs: Needs, workers: usize) -> usize {
        match self {
            Self::Copy(_) => 0,
            Self::Single(_) => needs.bytes::<f32>(workers),
            Self::Double(_) => needs.bytes::<f64>(workers),
        }
    }

    /// One worker's scratch, without room for what is saved in place.
    pub(crate) fn scratch(&self, needs: Needs) -> Result<ScratchKind, Error> {
        Ok(match self {
            Self::Copy(_) => ScratchKind::Empty,
            Self::Single(_) => ScratchKind::Single(WorkerScratch::new(needs)?),
            Self::Double(_) => ScratchKind::Double(WorkerScratch::new(needs)?),
        })
    }

    /// Filters one array into another, of the same shape and not empty; nothing where this is a copy.
    pub(crate) fn run(
        &self,
        input: Image<'_>,
        output: ImageMut<'_>,
        c_order: bool,
        scratches: &mut [ScratchKind],
        run: Run<'_>,
    ) {
        on_passes!(self, {}, passes => {
            with_workers(scratches, |workers| passes.run(input, output, c_order, workers, run));
        });
    }

    /// Filters an array that is not empty in place; nothing where this is a copy.
    pub(crate) fn run_in_place(
        &self,
        array: ImageMut<'_>,
        scratches: &mut [ScratchKind],
        run: Run<'_>,
    ) {
        on_passes!(self, {}, passes => {
            with_workers(scratches, |workers| passes.run_on_itself(array, workers, run));
        });
    }
}

impl<A: Worked> Passes<A> {
    fn new<Out: Element>(
        kernels: Kernels<A>,
        passes: &[Pass],
        choices: Choices,
    ) -> Result<Self, Error> {
        let mut filters = Vec::with_capacity(passes.len());
        for pass in passes {
            let half = pass.weights.half();
            let mut weights = Vec::new();
            let bytes = half.len().saturating_mul(size_of::<A>());
            weights.try_reserve_exact(half.len()).map_err(|_| Error::OutOfMemory { bytes })?;
            weights.extend(half.iter().map(|&weight| A::from_f64(weight)));
            if weights.iter().any(|&weight| !weight.is_finite()) {
                let reason = "exceed f32; Precision::Double holds them";
                return Err(Error::Weights { axis: pass.axis, reason });
            }
            let (parity, mode) = (pass.weights.parity(), pass.mode);
            filters.push(AxisFilter { axis: pass.axis, parity, mode, weights });
        }
        // The last axis is the likeliest to be contiguous: its pass is fused with a neighbour.
        let last = (0..passes.len()).max_by_key(|&i| passes[i].axis).unwrap_or(0);
        let first = if last + 1 < passes.len() { last } else { last.saturating_sub(1) };
        let mut steps = Vec::new();
        let mut filters = filters.into_iter().enumerate();
        while let Some((i, filter)) = filters.next() {
            let partner = if i == first { filters.next() } else { None };
            steps.push(match partner {
                Some((_, second)) => Step::Pair { first: filter, second },
                None => Step::Single(filter),
            });
        }
        let machine = Machine {
            lanes: kernels.lanes(),
            register_rows: kernels.register_rows(),
            caches: CacheSizes::detect(),
            forced: choices.forced,
            output_size: size_of::<Out>(),
            rounds_between: kernels.rounds_between(),
        };
        let once = Out::INTEGER_BITS > 1 && !kernels.rounds_between();
        let staged = steps.len() > 1 && (once || Out::INTEGER_BITS == 1);
        Ok(Self { kernels, steps, cval: A::from_f64(choices.cval), machine, staged })
    }

    fn run(
        &self,
        input: Image<'_>,
        mut output: ImageMut<'_>,
        c_order: bool,
        scratches: &mut [&mut WorkerScratch<A>],
        run: Run<'_>,
    ) {
        let Some(step) = self.steps.first() else { return };
        let Self { kernels, cval, machine, .. } = *self;
        let volume = Volume::of(&self.steps, machine, output.heads.shape());
        let ring = scratches.iter().all(|scratch| scratch.ring.is_some());
        if let Some(volume) = volume.filter(|_| ring && c_order) {
            return volume.run(kernels, cval, input, output, scratches, run);
        }
        if self.staged {
            return self.with_stage(scratches, run, |staged, stage, scratches| {
                staged.fill(input, output.heads.strides(), stage, scratches);
                staged.finish(stage, output, scratches);
            });
        }
        let last = self.steps.len() == 1;
        let sweep = Sweep { step, number: 0, last, kernels, cval, machine, run };
        sweep.apart(input, output.reborrow(), scratches);
        self.run_in_place(1, output, scratches, run);
    }

    /// Runs the steps from `first` on in place.
    fn run_in_place(
        &self,
        first: usize,
        mut array: ImageMut<'_>,
        scratches: &mut [&mut WorkerScratch<A>],
        run: Run<'_>,
    ) {
        let Self { cval, machine, .. } = *self;
        let kernels = self.kernels.following();
        for (number, step) in self.steps.iter().enumerate().skip(first) {
            if run.reporter.is_stopped() {
                return;
            }
            let last = number + 1 == self.steps.len();
            let sweep = Sweep { step, number, last, kernels, cval, machine, run };
            sweep.in_place(array.reborrow(), scratches);
        }
    }

    /// Runs with the stage of the first worker.
    fn with_stage(
        &self,
        scratches: &mut [&mut WorkerScratch<A>],
        run: Run<'_>,
        work: impl FnOnce(&Staged<'_, A>, &mut [A], &mut [&mut WorkerScratch<A>]),
    ) {
        let Self { kernels, cval, machine, ref steps, .. } = *self;
        let Some(first) = scratches.first_mut() else { return };
        // Lent out while the rest of the scratch is at work.
        let mut stage = std::mem::take(&mut first.stage);
        work(&Staged { kernels, steps, cval, machine, run }, &mut stage, scratches);
        if let Some(first) = scratches.first_mut() {
            first.stage = stage;
        }
    }

    /// The first step, and its arrangement of an array in C order.
    fn in_c_order(&self, shape: &[usize]) -> Option<(&Step<A>, Arrangement)> {
        let step = self.steps.first().filter(|_| !shape.contains(&0))?;
        let strides = c_strides(shape);
        let arrangement = Arrangement::choose(step.axes(), shape, &strides);
        Some((step, arrangement.merge(step.axes(), shape, &[&strides])))
    }

    fn stores(&self, shape: &[usize]) -> Option<StorePolicy> {
        let (_, arrangement) = self.in_c_order(shape)?;
        let elements = shape.iter().fold(1, |all: usize, &len| all.saturating_mul(len));
        Some(self.machine.stores(elements, arrangement.extent(shape)))
    }

    fn tile(&self, shape: &[usize], workers: usize) -> Option<TileShape> {
        let (step, arrangement) = self.in_c_order(shape)?;
        let extent = arrangement.extent(shape);
        let slices = shape.iter().product::<usize>() / (extent.row_len() * extent.rows);
        let turned = arrangement.turned(shape, &c_strides(shape), 1);
        let run = TileRun { turned, parts: workers.div_ceil(slices), in_place: false };
        Some(Tiling::choose(&step.tile_input(&arrangement, shape, &self.machine, run)).shape())
    }

    fn needs(&self, shape: &[usize], workers: usize) -> Needs {
        let mut needs = Needs::default();
        for (number, step) in self.steps.iter().enumerate() {
            let last = number + 1 == self.steps.len();
            let machine =
                if self.staged && !last { self.machine.storing_sums::<A>() } else { self.machine };
            // With a stage, the first sweep and the last are never in place.
            let never = self.staged && (number == 0 || last);
            for arrangement in Arrangement::candidates(step.axes(), shape.len()) {
                let extent = arrangement.extent(shape);
                let slices = shape.iter().product::<usize>() / (extent.row_len() * extent.rows);
                for parts in 1..=workers.div_ceil(slices) {
                    for in_place in [false, true].into_iter().take(if never { 1 } else { 2 }) {
                        for turned in [false, true] {
                            let run = TileRun { turned, parts, in_place };
                            let input = step.tile_input(&arrangement, shape, &machine, run);
                            needs = needs.max(Tiling::choose(&input).needs(&input, slices));
                        }
                    }
                }
            }
        }
        let volume = Volume::of(&self.steps, self.machine, shape);
        needs.ring = volume.and_then(|volume| volume.ring(workers)).unwrap_or_default();
        needs.stage = if self.staged { shape.iter().product() } else { 0 };
        needs.saved_size = if self.staged { size_of::<A>() } else { self.machine.output_size };
        needs
    }

    /// Filters an array in place.
    fn run_on_itself(
        &self,
        array: ImageMut<'_>,
        scratches: &mut [&mut WorkerScratch<A>],
        run: Run<'_>,
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

/// Whether passes in another order would mean something else: beyond a constant border every pass
/// finds `cval`, which is what an earlier pass leaves there only if its weights sum to 1.
fn order_matters(passes: &[Pass], cval: f64) -> bool {
    const TOLERANCE: f64 = 1e-12;
    passes.iter().any(|pass| pass.mode == Mode::Constant)
        && (!cval.is_finite()
            || passes.iter().any(|pass| (pass.weights.sum() - 1.0).abs() > TOLERANCE))
}

fn c_strides(shape: &[usize]) -> Vec<isize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis] as isize;
    }
    strides
}

/// Calls `run` with the scratch of each worker in one arithmetic. A list of one takes no memory.
fn with_workers<A: Worked>(
    scratches: &mut [ScratchKind],
    run: impl FnOnce(&mut [&mut WorkerScratch<A>]),
) {
    if let [scratch] = scratches {
        run(A::of(scratch).as_mut_slice());
    } else {
        let mut all: Vec<_> = scratches.iter_mut().filter_map(A::of).collect();
        run(&mut all);
    }
}

/// An arithmetic and its scratch.
pub(crate) trait Worked: Arithmetic {
    fn of(kind: &mut ScratchKind) -> Option<&mut WorkerScratch<Self>>;
}

impl Worked for f32 {
    fn of(kind: &mut ScratchKind) -> Option<&mut WorkerScratch<Self>> {
        if let ScratchKind::Single(scratch) = kind { Some(scratch) } else { None }
    }
}

impl Worked for f64 {
    fn of(kind: &mut ScratchKind) -> Option<&mut WorkerScratch<Self>> {
        if let ScratchKind::Double(scratch) = kind { Some(scratch) } else { None }
    }
}
