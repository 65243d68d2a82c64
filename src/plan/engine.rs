//! The passes of a plan in the arithmetic they run in.

use gausstack_kernels::{Arithmetic, Combine, Element, Kernels, Level, LevelError, Rounding};

use crate::array::bridge::Image;
use crate::array::bridge::ImageMut;
use crate::error::Error;
use crate::plan::axis_filter::Join;
use crate::plan::cache::CacheSizes;
use crate::plan::hardware::Overrides;
use crate::plan::passes::Passes;
use crate::plan::passes::Second;
use crate::plan::sizes::ScratchSizes;
use crate::request::Mode;
use crate::request::Precision;
use crate::request::StorePolicy;
use crate::request::TileShape;
use crate::request::filter::Pass;
use crate::request::missing::Parting;
use crate::run::crew::Crew;
use crate::run::crew::Reporter;
use crate::run::scratch::ScratchKind;
use crate::run::scratch::WorkerScratch;

/// The passes, or none.
#[derive(Clone, Debug)]
pub(crate) enum Engine {
    /// No pass changes anything.
    Copy(Rounding),
    Single(Passes<f32>),
    Double(Passes<f64>),
}

/// What is asked for beside the passes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choices {
    pub(crate) precision: Precision,
    pub(crate) rounding: Rounding,
    pub(crate) cval: f64,
    pub(crate) level: Level,
    pub(crate) forced: Overrides,
    pub(crate) caches: CacheSizes,
    /// Of the first sweep, if samples may be missing.
    pub(crate) parting: Option<Parting>,
}

/// The largest radius at which outputs of 16 bits are summed in f32. Of noise in the upper tenth of the range 0.3 % of pixels are
/// then rounded to the other neighbour at sigma 5, 0.4 % at 60, 0.5 % at 150 and 0.4 % at 300; beyond, rounding errors of
/// constant images could add up to half a level.
const MOST_RADIUS_16_BITS: usize = 1024;
/// The same for 8 bits. (At radius 8 000 000 constant images came out a level off.)
const MOST_RADIUS_8_BITS: usize = 1 << 17;

/// Who works and who is told, in one run.
#[derive(Clone, Copy)]
pub(crate) struct Run<'r> {
    pub(crate) crew: &'r Crew,
    pub(crate) reporter: &'r Reporter<'r>,
    /// Which samples of the input are valid, of filters that ask.
    pub(crate) mask: Option<&'r Image<'r>>,
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
        let single = in_order::<In, Out>(&mut listed, choices);
        Ok((Self::of::<In, Out>(&listed, None, single, choices)?, listed))
    }

    /// The same of one term of several, which is swept over even if it is the image as it is.
    pub(crate) fn term<In: Element, Out: Element>(
        mut listed: Vec<Pass>,
        choices: Choices,
    ) -> Result<(Self, Vec<Pass>), Error> {
        let identity = listed.first().cloned();
        let single = in_order::<In, Out>(&mut listed, choices);
        if listed.is_empty() {
            listed.extend(identity);
        }
        Ok((Self::of::<In, Out>(&listed, None, single, choices)?, listed))
    }

    /// Two terms in one sweep, if they can be: of the same two axes, and not rounded before they are combined.
    pub(crate) fn fused<In: Element, Out: Element>(
        [first, second]: [&[Pass]; 2],
        combine: Combine,
        choices: Choices,
    ) -> Result<Option<(Self, Vec<Pass>)>, Error> {
        let (mut first, mut second) = (first.to_vec(), second.to_vec());
        let single = in_order::<In, Out>(&mut first, choices);
        in_order::<In, Out>(&mut second, choices);
        let window = |pass: &Pass| {
            let Pass { axis, mode, ref weights, .. } = *pass;
            (axis, mode, weights.before(), weights.after(), weights.parity().is_some())
        };
        let alike = first.len() == 2 && first.iter().map(window).eq(second.iter().map(window));
        let apart = !single && Out::FITS_F32 && Out::INTEGER_BITS == 0;
        if !alike || apart || is_cut::<Out>(choices) {
            return Ok(None);
        }
        let also = Second { passes: &second, join: Join::Combine(combine) };
        let engine = Self::of::<In, Out>(&first, Some(also), single, choices)?;
        Ok(Some((engine, first)))
    }

    /// The passes, which are in order and without those that change nothing; `also` those of a second term.
    pub(crate) fn of<In: Element, Out: Element>(
        passes: &[Pass],
        also: Option<Second<'_>>,
        single: bool,
        choices: Choices,
    ) -> Result<Self, Error> {
        let Choices { rounding, level, .. } = choices;
        Ok(if passes.is_empty() {
            Self::Copy(rounding)
        } else if let Some(kernels) = kernels::<In, Out, f32>(choices).filter(|_| single) {
            Self::Single(Passes::new::<Out>(kernels, passes, also, choices)?)
        } else if let Some(kernels) = kernels::<In, Out, f64>(choices) {
            Self::Double(Passes::new::<Out>(kernels, passes, also, choices)?)
        } else {
            return Err(LevelError::Absent { name: level.name() }.into());
        })
    }

    pub(crate) fn precision(&self) -> Precision {
        match self {
            Self::Double(_) => Precision::Double,
            Self::Copy(_) | Self::Single(_) => Precision::Native,
        }
    }

    /// Sweeps over the data.
    pub(crate) fn sweeps(&self) -> usize {
        on_passes!(self, 1, passes => passes.sweeps())
    }

    /// The tile of the first sweep over a C-order array.
    pub(crate) fn tile(&self, shape: &[usize], workers: usize) -> Option<TileShape> {
        on_passes!(self, None, passes => passes.tile(shape, workers))
    }

    /// How the first sweep stores an array in C order.
    pub(crate) fn stores(&self, shape: &[usize], ring: bool) -> Option<StorePolicy> {
        on_passes!(self, None, passes => passes.stores(shape, ring))
    }

    /// The largest scratch that any layout can come to.
    pub(crate) fn needs(&self, shape: &[usize], workers: usize) -> ScratchSizes {
        if shape.contains(&0) {
            return ScratchSizes::default();
        }
        on_passes!(self, ScratchSizes::default(), passes => passes.needs(shape, workers))
    }

    /// The most tasks that a sweep over any layout comes to, cut for so many workers.
    pub(crate) fn tasks(&self, shape: &[usize], workers: usize) -> usize {
        if shape.contains(&0) {
            return 1;
        }
        on_passes!(self, 1, passes => passes.tasks(shape, workers))
    }

    /// Whether arrays of this shape are volumes, of which two sweeps may be made one.
    pub(crate) fn is_volume(&self, shape: &[usize]) -> bool {
        on_passes!(self, false, passes => passes.is_volume(shape))
    }

    /// Whether a run to an output that lies in C order, or not, goes through a stage.
    pub(crate) fn stages(&self, needs: ScratchSizes, c_order: bool) -> bool {
        needs.stage > 0 && !(c_order && needs.ring.is_there())
    }

    /// The rounding of a copy, where no pass changes anything.
    pub(crate) fn copies(&self) -> Option<Rounding> {
        if let Self::Copy(rounding) = self { Some(*rounding) } else { None }
    }

    /// Bytes of all workers' scratch.
    pub(crate) fn scratch_bytes(&self, needs: ScratchSizes, workers: usize) -> usize {
        match self {
            Self::Copy(_) => 0,
            Self::Single(_) => needs.bytes::<f32>(workers),
            Self::Double(_) => needs.bytes::<f64>(workers),
        }
    }

    /// One worker's scratch, without room for what is saved in place.
    pub(crate) fn scratch(&self, needs: ScratchSizes) -> Result<ScratchKind, Error> {
        Ok(match self {
            Self::Copy(_) => ScratchKind::Empty,
            Self::Single(_) => ScratchKind::Single(WorkerScratch::new(needs)?),
            Self::Double(_) => ScratchKind::Double(WorkerScratch::new(needs)?),
        })
    }

    /// Filters one array into another, of the same shape and not empty; nothing where this is a copy.
    pub(crate) fn run<'r>(
        &'r self,
        input: Image<'_>,
        output: ImageMut<'_>,
        c_order: bool,
        scratches: &mut [ScratchKind],
        run: Run<'r>,
    ) {
        on_passes!(self, {}, passes => {
            with_workers(scratches, |workers| passes.run(input, output, c_order, workers, run));
        });
    }

    /// Filters an array that is not empty in place; nothing where this is a copy.
    pub(crate) fn run_in_place<'r>(
        &'r self,
        array: ImageMut<'_>,
        scratches: &mut [ScratchKind],
        run: Run<'r>,
    ) {
        on_passes!(self, {}, passes => {
            with_workers(scratches, |workers| passes.run_on_itself(array, workers, run));
        });
    }
}

fn kernels<In: Element, Out: Element, A: Arithmetic>(choices: Choices) -> Option<Kernels<A>> {
    let kernels = Kernels::new::<In, Out>(choices.level, choices.rounding)?;
    // A ratio is rounded, neither of its terms is.
    Some(if choices.parting.is_some() { kernels.rounding_once() } else { kernels })
}

/// Leaves out the passes that change nothing and puts the others in the order they run. Whether sums are in f32.
pub(crate) fn in_order<In: Element, Out: Element>(
    listed: &mut Vec<Pass>,
    choices: Choices,
) -> bool {
    let cut = is_cut::<Out>(choices);
    let native = choices.precision == Precision::Native && In::FITS_F32 && Out::FITS_F32;
    // What changes nothing is left out, but not where scipy converts by it: integers of 64 bits lose bits in any pass, and
    // an output of another type is stored to before the next pass.
    let stores = cut || (Out::INTEGER_BITS == 0 && Out::FITS_F32 && !native);
    let converts = In::INTEGER_BITS == 64 || (stores && In::NAME != Out::NAME);
    listed.retain(|pass| converts || !pass.weights.is_identity());
    let radius = listed.iter().map(|pass| pass.weights.radius()).max().unwrap_or(0);
    let exact = match Out::INTEGER_BITS {
        0 => true,
        1..=8 => radius <= MOST_RADIUS_8_BITS,
        _ => radius <= MOST_RADIUS_16_BITS,
    };
    let single = native && exact && !cut;
    if single && !order_matters(listed, choices.cval) {
        listed.sort_by_key(|pass| std::cmp::Reverse(pass.axis));
    }
    single
}

/// Whether integers are cut after each axis.
fn is_cut<Out: Element>(choices: Choices) -> bool {
    Out::INTEGER_BITS > 0 && choices.rounding == Rounding::Scipy
}

/// Whether passes in another order would mean something else: beyond a constant border every pass
/// finds `cval`, which is what an earlier pass leaves there only if its weights sum to 1.
fn order_matters(passes: &[Pass], cval: f64) -> bool {
    passes.iter().any(|pass| pass.mode == Mode::Constant)
        && (!cval.is_finite() || !passes.iter().all(|pass| pass.weights.sum_to_one()))
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
