//! From a request to its schedules: the one place where the route of the data is decided.
//!
//! | request | terms | sums are kept |
//! |---|---|---|
//! | no pass changes anything | none: a copy | |
//! | one filtered image | one | between sweeps, if integers are rounded once |
//! | two terms along the same two axes | one, of two filters in one sweep | |
//! | other terms | each in its turn, joined pixel by pixel | if integers are rounded once |
//! | missing pixels, up to two axes | one: numbers over their validity | |
//! | missing pixels, more axes | numbers and their validity, then the ratio | unless the output is of the arithmetic's type |

use gausstack_kernels::{Arithmetic, Combine, ElementType, Rounding};

use crate::array::memory_order::Order;
use crate::error::Error;
use crate::plan::arithmetic::cuts_after_each_axis;
use crate::plan::axis_filter::Join;
use crate::plan::choices::Choices;
use crate::plan::draft::{Draft, DraftTerm};
use crate::plan::kept_axes::KeptAxes;
use crate::plan::missing::MissingPixels;
use crate::plan::schedule::{Case, Conversion, JoinStep, Place, Schedule, Schedules, Step};
use crate::plan::sizes::{ScratchSizes, SliceRing};
use crate::plan::term::{Route, Second, Term};
use crate::request::filter::{Terms, WeightSource};
use crate::request::options::Settings;
use crate::request::progress::Waiting;
use crate::request::weights::ideal::IdealKernel;
use crate::request::{Pass, StorePolicy, TileShape};

/// What is to be designed.
pub(crate) struct Job {
    pub(crate) terms: Terms,
    pub(crate) missing: Option<MissingPixels>,
    pub(crate) types: [ElementType; 2],
    /// Of the arrays.
    pub(crate) shape: Vec<usize>,
    pub(crate) choices: Choices,
}

impl Job {
    /// Makes the weights of a request's axes, and checks them.
    pub(crate) fn new(
        request: &Settings,
        weights: &dyn WeightSource,
        (shape, axes): (&[usize], &[usize]),
        (types, masked): ([ElementType; 2], bool),
        choices: Choices,
        waiting: &Waiting<'_>,
    ) -> Result<Self, Error> {
        let terms = weights.terms(axes, &request.modes(axes.len())?, waiting)?;
        let missing = MissingPixels::of(request, masked, &terms, types)?;
        Ok(Self { terms, missing, types, shape: shape.to_vec(), choices })
    }
}

/// The terms of a filter in one arithmetic, and what becomes of them.
#[derive(Clone, Debug)]
pub(crate) struct Design<A> {
    terms: Vec<Term<A>>,
    /// How terms that are arrays of their own are joined; a term alone goes to the output.
    join: Option<Join>,
    /// What the terms are stored as.
    stored: ElementType,
    from: ElementType,
    to: ElementType,
    rounding: Rounding,
    missing: Option<MissingPixels>,
    /// The axes that runs see.
    kept: KeptAxes,
}

/// A design in the arithmetic that suits the request.
#[derive(Clone, Debug)]
pub(crate) enum AnyDesign {
    Single(Design<f32>),
    Double(Design<f64>),
}

impl AnyDesign {
    /// Designs a filter. Returns the passes of the first term too, in the order they run.
    pub(crate) fn new(job: Job) -> Result<(Self, Vec<Pass>), Error> {
        let Job { terms, missing, types, shape, choices } = job;
        let Terms { combine, passes: mut terms } = terms;
        let draft = match (combine, missing, terms.as_mut_slice()) {
            (None, Some(missing), [only]) => {
                Draft::of_valid((only, &shape), missing, types, choices)?
            }
            (None, None, [only]) => Draft::alone(only, types, choices),
            (Some(combine), None, _) => Draft::joined((terms, &shape), combine, types, choices),
            _ => unreachable!("several terms are combined, and missing pixels are left out of one"),
        };
        check_ideal(&draft, types, choices)?;
        let design = if draft.single {
            Self::Single(Design::new((&draft, &shape), missing, types, choices)?)
        } else {
            Self::Double(Design::new((&draft, &shape), missing, types, choices)?)
        };
        let Draft { mut terms, listed, .. } = draft;
        Ok((design, listed.unwrap_or_else(|| terms.swap_remove(0).passes)))
    }
}

/// The least tolerance of an ideal Gaussian that sums in f32 hold, and sums in f64.
const LEAST_TOLERANCES: [f64; 2] = [1e-7, 1e-13];

/// Checks what is asked of ideal Gaussians in the arithmetic of a draft.
fn check_ideal(draft: &Draft, types: [ElementType; 2], choices: Choices) -> Result<(), Error> {
    let [single, double] = LEAST_TOLERANCES;
    let (least, sums) =
        if draft.single { (single, ElementType::F32) } else { (double, ElementType::F64) };
    for term in &draft.terms {
        let ideal = |pass: &Pass| pass.weights.ideal_kernel().map(|ideal| (pass.axis, *ideal));
        let along: Vec<(usize, IdealKernel)> = term.passes.iter().filter_map(ideal).collect();
        let Some(&(axis, IdealKernel { asked, .. })) = along.first() else { continue };
        // (Shares of a tolerance multiply up to it but for their rounding.)
        let all: f64 = along.iter().map(|(_, ideal)| ideal.tolerance.ln_1p()).sum();
        if all.exp_m1() < least * (1.0 - 1e-6) {
            return Err(Error::ToleranceOfSums { axis, value: asked, least, sums });
        }
        if cuts_after_each_axis(types[1], choices) {
            return Err(Error::IdealRounding { element: types[1] });
        }
    }
    Ok(())
}

impl AnyDesign {
    /// The axes that runs see.
    pub(crate) fn kept(&self) -> &KeptAxes {
        match self {
            Self::Single(design) => &design.kept,
            Self::Double(design) => &design.kept,
        }
    }

    /// The most tasks that a sweep comes to, cut for so many workers.
    pub(crate) fn tasks(&self, shape: &[usize], workers: usize) -> usize {
        match self {
            Self::Single(design) => design.tasks(shape, workers),
            Self::Double(design) => design.tasks(shape, workers),
        }
    }
}

impl<A: Arithmetic> Design<A> {
    fn new(
        (draft, shape): (&Draft, &[usize]),
        missing: Option<MissingPixels>,
        [from, to]: [ElementType; 2],
        choices: Choices,
    ) -> Result<Self, Error> {
        let Draft { terms: ref drafts, join, stored, .. } = *draft;
        let needed = |axis| drafts.iter().any(|term| term.needs(axis, shape));
        let kept = KeptAxes::new(shape, needed);
        let mut terms = Vec::with_capacity(drafts.len());
        for &DraftTerm { ref passes, ref second, split, cval } in drafts {
            if passes.is_empty() {
                // A copy: nothing is summed, perhaps of numbers that the arithmetic does not hold.
                assert!(join.is_none(), "a term that is joined has a pass for each axis");
                continue;
            }
            let second = second.as_ref();
            let second = second.map(|(passes, join)| Second { passes, join: *join });
            let choices = Choices { cval, ..choices };
            let term = Term::new((passes, &kept), second, split, [from, stored], choices)?;
            terms.push(term);
        }
        let rounding = choices.rounding;
        Ok(Self { terms, join, stored, from, to, rounding, missing, kept })
    }

    /// The axes that runs see.
    pub(crate) fn kept(&self) -> &KeptAxes {
        &self.kept
    }

    /// The terms; of a copy none.
    pub(crate) fn terms(&self) -> &[Term<A>] {
        &self.terms
    }

    /// Whether no pass changes anything.
    pub(crate) fn copies(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether terms are arrays of their own.
    pub(crate) fn joins(&self) -> bool {
        self.join.is_some()
    }

    /// Whether valid pixels have to be known after the run: where missing ones stay, and in copies.
    fn fills(&self) -> Option<MissingPixels> {
        self.missing.filter(|missing| missing.stays || self.copies())
    }

    /// The tile of the first sweep over an array in C order; of a copy `None`.
    pub(crate) fn tile(&self, shape: &[usize], workers: usize) -> Option<TileShape> {
        self.terms.first()?.tile(&self.kept.shape(shape), workers)
    }

    /// How the first sweep stores an array in C order, to a `ring` of slices or not; of a copy
    /// `None`.
    pub(crate) fn stores(&self, shape: &[usize], ring: bool) -> Option<StorePolicy> {
        self.terms.first()?.stores(&self.kept.shape(shape), ring)
    }

    /// The largest scratch of any term, for so many workers.
    pub(crate) fn needs(&self, shape: &[usize], workers: usize) -> ScratchSizes {
        if shape.contains(&0) {
            return ScratchSizes::default();
        }
        let shape = &self.kept.shape(shape);
        let needs: Vec<ScratchSizes> =
            self.terms.iter().map(|term| term.needs(shape, workers)).collect();
        let volumes = self.terms.iter().zip(&needs).filter(|(term, _)| term.is_volume(shape));
        let ring = SliceRing::common(volumes.map(|(_, needs)| needs.ring));
        let all = needs.into_iter().fold(ScratchSizes::default(), ScratchSizes::max);
        ScratchSizes { ring, ..all }
    }

    /// The most tasks that a sweep comes to, cut for so many workers.
    pub(crate) fn tasks(&self, shape: &[usize], workers: usize) -> usize {
        if shape.contains(&0) {
            return 1;
        }
        let shape = &self.kept.shape(shape);
        self.terms.iter().map(|term| term.tasks(shape, workers)).max().unwrap_or(1)
    }

    /// The schedules of all cases.
    pub(crate) fn schedules(&self, shape: &[usize], ring: SliceRing) -> Schedules<A> {
        let shape = &self.kept.shape(shape);
        // What is filtered by other steps in these orders.
        let orders: &[Order] = match self.terms.iter().any(Term::differs_in_c_order) {
            true => &[Order::C, Order::Gaps],
            false if ring.is_there() => &[Order::C],
            false => &[],
        };
        Schedules::new(self.from == self.to, orders, |case| self.schedule(case, shape, ring))
    }

    /// The schedule of a case. Volumes of this shape go through the ring, if there is one.
    fn schedule(&self, case: Case, shape: &[usize], ring: SliceRing) -> Schedule<A> {
        let from = if case.in_place { Place::Output } else { Place::Input };
        let mut steps = Vec::new();
        let fills = self.fills();
        if fills.is_some_and(|missing| missing.nan) {
            steps.push(Step::Mark { from });
        }
        if self.copies() {
            let conversion = Conversion::Copy(self.rounding);
            if !case.in_place {
                steps.push(Step::Convert { conversion, from, to: Place::Output });
            }
        } else {
            self.filter(case, from, shape, ring, &mut steps);
        }
        if let Some(missing) = fills {
            steps.push(Step::Fill { value: missing.fill });
        }
        let arrays = self.arrays(&steps);
        Schedule { steps, arrays, together: self.joins(), copies: self.copies() }
    }

    /// The steps that filter the terms and join them.
    fn filter(
        &self,
        case: Case,
        from: Place,
        shape: &[usize],
        ring: SliceRing,
        steps: &mut Vec<Step<A>>,
    ) {
        let ring = |term: &Term<A>| {
            let serves = case.order == Order::C && ring.is_there() && term.is_volume(shape);
            serves.then_some(ring)
        };
        let Some(join) = self.join else {
            let ring = ring(&self.terms[0]).filter(|_| !case.in_place);
            let route = Route { from, to: Place::Output, order: case.order, ring };
            return steps.extend(self.terms[0].steps(route));
        };
        let joined = match (self.stored == self.to, case.in_place) {
            (true, false) => Place::Output,
            (true, true) => Place::Result,
            (false, _) => Place::Sums,
        };
        let last = self.terms.len() - 1;
        for (number, term) in self.terms.iter().enumerate() {
            let to = if number == 0 { joined } else { Place::Term };
            steps.extend(term.steps(Route { from, to, order: case.order, ring: ring(term) }));
            if number > 0 {
                let step = JoinStep { join, first: number == 1, last: number == last };
                steps.push(Step::Join { step, term: Place::Term, into: joined });
            } else if last == 0 && join == Join::Combine(Combine::Magnitude) {
                steps.push(Step::Magnitude { of: joined });
            }
        }
        let conversion = match joined {
            Place::Sums => Conversion::Round(self.rounding),
            _ => Conversion::Copy(self.rounding),
        };
        if joined != Place::Output {
            steps.push(Step::Convert { conversion, from: joined, to: Place::Output });
        }
    }

    /// What the arrays of some steps are kept as, each once.
    fn arrays(&self, steps: &[Step<A>]) -> Vec<(Place, ElementType)> {
        let mut arrays = Vec::new();
        for place in [Place::Sums, Place::Term, Place::Result, Place::Validity] {
            let element = match place {
                Place::Input => self.from,
                Place::Sums => A::TYPE,
                Place::Term => self.stored,
                Place::Output | Place::Result => self.to,
                Place::Validity => ElementType::Bool,
            };
            if steps.iter().any(|step| step.writes(place)) {
                arrays.push((place, element));
            }
        }
        arrays
    }
}
