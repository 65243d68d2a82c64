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

use crate::error::Error;
use crate::plan::arithmetic::{cuts_after_each_axis, put_in_order};
use crate::plan::axis_filter::Join;
use crate::plan::choices::Choices;
use crate::plan::kept_axes::KeptAxes;
use crate::plan::missing::{Keep, MissingPixels, SampleSplit};
use crate::plan::schedule::{Case, Conversion, JoinStep, Place, Schedule, Schedules, Step};
use crate::plan::sizes::{ScratchSizes, SliceRing};
use crate::plan::term::{Route, Second, Term};
use crate::request::filter::{Terms, WeightSource};
use crate::request::options::Settings;
use crate::request::progress::Waiting;
use crate::request::{Pass, Precision, StorePolicy, TileShape};

/// Relative amount that is added to a quotient before it is cut to an integer, so that rounding
/// errors cannot cost a level: 2^-46, 128 unit roundoffs of f64. (measured: of a constant 1000, a
/// third came out as 999 with 30 % of the pixels missing.)
const RAISED_BEFORE_CUT: f64 = 64.0 * f64::EPSILON;

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
            (Some(combine), None, _) => Draft::joined(terms, combine, types, choices),
            _ => unreachable!("several terms are combined, and missing pixels are left out of one"),
        };
        let design = if draft.single {
            Self::Single(Design::new((&draft, &shape), missing, types, choices)?)
        } else {
            Self::Double(Design::new((&draft, &shape), missing, types, choices)?)
        };
        let Draft { mut terms, listed, .. } = draft;
        Ok((design, listed.unwrap_or_else(|| terms.swap_remove(0).passes)))
    }
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

/// What is summed, before weights are rounded to the arithmetic.
struct Draft {
    terms: Vec<DraftTerm>,
    join: Option<Join>,
    stored: ElementType,
    single: bool,
    /// The passes that the plan lists, if they are not those of the first term.
    listed: Option<Vec<Pass>>,
}

struct DraftTerm {
    passes: Vec<Pass>,
    second: Option<(Vec<Pass>, Join)>,
    split: Option<SampleSplit>,
    cval: f64,
}

impl DraftTerm {
    fn of(passes: Vec<Pass>, cval: f64) -> Self {
        Self { passes, second: None, split: None, cval }
    }

    /// Whether a sweep has to see an axis of length 1 too.
    fn needs(&self, axis: usize, shape: &[usize]) -> bool {
        // Terms that share their samples cannot begin with other filters each.
        let shared = self.second.is_some() && self.split.is_none();
        let others = self.passes.iter().all(|pass| shape[pass.axis] == 1);
        let least = if shared { &self.passes[..] } else { &self.passes[..usize::from(others)] };
        least.iter().any(|pass| pass.axis == axis)
    }
}

impl Draft {
    /// One filtered image.
    fn alone(passes: &mut Vec<Pass>, types: [ElementType; 2], choices: Choices) -> Self {
        let single = put_in_order(passes, types, choices);
        // (A copy has no arithmetic; none of its numbers are summed.)
        let single = single || passes.is_empty();
        let terms = vec![DraftTerm::of(std::mem::take(passes), choices.cval)];
        Self { terms, join: None, stored: types[1], single, listed: None }
    }

    /// Terms that are combined: in one sweep if they are two of the same two axes, and not rounded
    /// before they are combined.
    fn joined(
        terms: Vec<Vec<Pass>>,
        combine: Combine,
        types: [ElementType; 2],
        choices: Choices,
    ) -> Self {
        let join = Join::Combine(combine);
        if let [first, second] = terms.as_slice() {
            let (mut first, mut second) = (first.clone(), second.clone());
            let single = put_in_order(&mut first, types, choices);
            put_in_order(&mut second, types, choices);
            let window = |pass: &Pass| {
                let Pass { axis, mode, ref weights, .. } = *pass;
                (axis, mode, weights.before(), weights.after(), weights.parity().is_some())
            };
            let alike = first.len() == 2 && first.iter().map(window).eq(second.iter().map(window));
            // scipy's f32 terms are rounded to f32 before they are combined.
            let apart = !single && types[1].fits_f32() && types[1].is_float();
            if alike && !apart && !cuts_after_each_axis(types[1], choices) {
                let mut term = DraftTerm::of(first, choices.cval);
                term.second = Some((second, join));
                let terms = vec![term];
                return Self { terms, join: None, stored: types[1], single, listed: None };
            }
        }
        // All in one arithmetic, that of the longest weights.
        let in_f32 = |term: &Vec<Pass>| put_in_order(&mut term.clone(), types, choices);
        let single = terms.iter().all(in_f32);
        let rounds = !types[1].is_float() && choices.rounding == Rounding::Nearest;
        let stored = match (rounds, single) {
            (false, _) => types[1],
            (true, true) => ElementType::F32,
            (true, false) => ElementType::F64,
        };
        // Of 8 and 16 bits too, which f32 would hold.
        let precision =
            if stored == ElementType::F64 { Precision::Double } else { choices.precision };
        let choices = Choices { precision, ..choices };
        let term = |mut passes: Vec<Pass>| {
            // A term that is the image as it is takes a sweep all the same.
            let identity = passes.first().cloned();
            put_in_order(&mut passes, [types[0], stored], choices);
            if passes.is_empty() {
                passes.extend(identity);
            }
            DraftTerm::of(passes, choices.cval)
        };
        let terms: Vec<DraftTerm> = terms.into_iter().map(term).collect();
        Self { terms, join: Some(join), stored, single, listed: None }
    }

    /// The filtered numbers over their filtered validity: in one sweep along one axis or two.
    fn of_valid(
        (passes, shape): (&mut Vec<Pass>, &[usize]),
        MissingPixels { nan, fill, .. }: MissingPixels,
        types: [ElementType; 2],
        choices: Choices,
    ) -> Result<Self, Error> {
        let single = put_in_order(passes, types, choices);
        let join = Join::Ratio { fill };
        let listed = passes.clone();
        let mut numbers = listed.clone();
        if cuts_after_each_axis(types[1], choices) {
            // A quotient that is off by rounding alone must not lose a level when it is cut.
            if let Some(pass) = numbers.iter_mut().find(|pass| pass.weights.radius() > 0) {
                pass.weights = pass.weights.scaled(1.0 + RAISED_BEFORE_CUT)?;
            }
        }
        let normalised = |pass: &Pass| {
            let weights = pass.weights.normalised()?;
            Ok(Pass { weights, ..pass.clone() })
        };
        let validity = listed.iter().map(normalised).collect::<Result<Vec<_>, Error>>()?;
        let split = |keep| Some(SampleSplit { nan, keep });
        let cval = choices.cval;
        if listed.is_empty() {
            let terms = vec![DraftTerm::of(numbers, cval)];
            return Ok(Self { terms, join: None, stored: types[1], single: true, listed: None });
        }
        if listed.iter().filter(|pass| shape[pass.axis] != 1).count() <= 2 {
            let second = Some((validity, join));
            let term = DraftTerm { passes: numbers, second, split: split(Keep::Both), cval };
            return Ok(Self {
                terms: vec![term],
                join: None,
                stored: types[1],
                single,
                listed: Some(listed),
            });
        }
        let stored = if single { ElementType::F32 } else { ElementType::F64 };
        let numbers = DraftTerm { split: split(Keep::Numbers), ..DraftTerm::of(numbers, cval) };
        // Beyond a constant border all samples are valid.
        let validity = DraftTerm { split: split(Keep::Validity), ..DraftTerm::of(validity, 1.0) };
        Ok(Self {
            terms: vec![numbers, validity],
            join: Some(join),
            stored,
            single,
            listed: Some(listed),
        })
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
        let volumes = ring.is_there();
        Schedules::new(self.from == self.to, volumes, |case| self.schedule(case, shape, ring))
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
            let serves = case.c_order && ring.is_there() && term.is_volume(shape);
            serves.then_some(ring)
        };
        let Some(join) = self.join else {
            let ring = ring(&self.terms[0]).filter(|_| !case.in_place);
            let route = Route { from, to: Place::Output, ring };
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
            steps.extend(term.steps(Route { from, to, ring: ring(term) }));
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
