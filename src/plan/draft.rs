//! What is summed, before weights are rounded to an arithmetic: the terms, and how they are joined.

use gausstack_kernels::{Combine, ElementType, Rounding};

use crate::error::Error;
use crate::plan::arithmetic::{cuts_after_each_axis, put_in_order};
use crate::plan::axis_filter::Join;
use crate::plan::choices::Choices;
use crate::plan::ideal::method::Method;
use crate::plan::missing::{Keep, MissingPixels, SampleSplit};
use crate::request::{Pass, Precision};

/// Relative amount that is added to a quotient before it is cut to an integer, so that rounding
/// errors cannot cost a level: 2^-46, 128 unit roundoffs of f64. (measured: of a constant 1000, a
/// third came out as 999 with 30 % of the pixels missing.)
const RAISED_BEFORE_CUT: f64 = 64.0 * f64::EPSILON;

/// What is summed, before weights are rounded to the arithmetic.
pub(crate) struct Draft {
    pub(crate) terms: Vec<DraftTerm>,
    pub(crate) join: Option<Join>,
    pub(crate) stored: ElementType,
    pub(crate) single: bool,
    /// The passes that the plan lists, if they are not those of the first term.
    pub(crate) listed: Option<Vec<Pass>>,
}

pub(crate) struct DraftTerm {
    pub(crate) passes: Vec<Pass>,
    pub(crate) second: Option<(Vec<Pass>, Join)>,
    pub(crate) split: Option<SampleSplit>,
    pub(crate) cval: f64,
}

impl DraftTerm {
    fn of(passes: Vec<Pass>, cval: f64) -> Self {
        Self { passes, second: None, split: None, cval }
    }

    /// Whether a sweep has to see an axis of length 1 too.
    pub(crate) fn needs(&self, axis: usize, shape: &[usize]) -> bool {
        // Terms that share their samples cannot begin with other filters each.
        let shared = self.second.is_some() && self.split.is_none();
        let alone = self.passes.iter().all(|pass| shape[pass.axis] == 1);
        let least = if shared { self.passes.len() } else { usize::from(alone) };
        self.passes.iter().take(least).any(|pass| pass.axis == axis)
    }
}

impl Draft {
    /// One filtered image.
    pub(crate) fn alone(passes: &mut Vec<Pass>, types: [ElementType; 2], choices: Choices) -> Self {
        let single = put_in_order(passes, types, choices);
        // (A copy has no arithmetic; none of its numbers are summed.)
        let single = single || passes.is_empty();
        let terms = vec![DraftTerm::of(std::mem::take(passes), choices.cval)];
        Self { terms, join: None, stored: types[1], single, listed: None }
    }

    /// Terms that are combined: in one sweep if they are two of the same two axes, and not rounded
    /// before they are combined.
    pub(crate) fn joined(
        (terms, shape): (Vec<Vec<Pass>>, &[usize]),
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
            let resamples = first.iter().chain(&second).any(|pass| is_resampled(pass, shape));
            // scipy's f32 terms are rounded to f32 before they are combined.
            let apart = !single && types[1].fits_f32() && types[1].is_float();
            if alike && !apart && !resamples && !cuts_after_each_axis(types[1], choices) {
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
    pub(crate) fn of_valid(
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
        let resamples = listed.iter().any(|pass| is_resampled(pass, shape));
        if !resamples && listed.iter().filter(|pass| shape[pass.axis] != 1).count() <= 2 {
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

/// Whether a pass along an axis of these lengths sums other samples than those of the axis.
fn is_resampled(pass: &Pass, shape: &[usize]) -> bool {
    Method::resamples(pass, shape[pass.axis])
}
