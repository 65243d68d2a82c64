//! Filters of several terms that are not made in one sweep: an array for every term but the first.

use std::ops::ControlFlow;

use gausstack_kernels::{Combine, Element, Rounding};
use ndarray::{ArrayD, ArrayViewMutD, Zip};

use crate::array::bridge::Image;
use crate::array::bridge::ImageMut;
use crate::error::Error;
use crate::plan::axis_filter::Join;
use crate::plan::engine::Choices;
use crate::plan::engine::Engine;
use crate::plan::engine::Run;
use crate::plan::engine::in_order;
use crate::plan::passes::Second;
use crate::request::Precision;
use crate::request::filter::Pass;
use crate::request::filter::Terms;
use crate::request::missing::Keep;
use crate::request::missing::MissingData;
use crate::request::missing::Parting;
use crate::run::output::shared_axis;
use crate::run::output::zeros_like;
use crate::run::scratch::ScratchKind;

/// The terms, and what becomes of them.
#[derive(Clone, Debug)]
pub(crate) struct Composite {
    engines: Vec<Engine>,
    join: Join,
    terms: TermType,
    rounding: Rounding,
}

/// The part of quotients that are cut to integers by which they are raised before: 128 roundings of f64. (Of a constant 1000 a third came out as 999,
/// with 30 % of the pixels missing.)
const CUT_LESS: f64 = 64.0 * f64::EPSILON;

/// What terms are kept as before they are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TermType {
    /// As scipy keeps them: in the type of the output.
    Output,
    /// As they are summed, since the output would round them.
    F32,
    F64,
}

/// What filters one array into another: an engine, or where several terms are not made in one sweep, the terms. With the passes of
/// the first term.
type Made = (Engine, Option<Composite>, Vec<Pass>);

impl Composite {
    /// What makes all terms.
    pub(crate) fn or_fused<In: Element, Out: Element>(
        Terms { combine, passes: mut terms }: Terms,
        missing: Option<MissingData>,
        choices: Choices,
    ) -> Result<Made, Error> {
        let Some(combine) = combine else {
            let only = terms.swap_remove(0);
            if let Some(missing) = missing {
                return Self::of_valid::<In, Out>(only, missing, choices);
            }
            let (engine, passes) = Engine::new::<In, Out>(only, choices)?;
            return Ok((engine, None, passes));
        };
        if let [first, second] = terms.as_slice() {
            let fused = Engine::fused::<In, Out>([first, second], combine, choices)?;
            if let Some((engine, passes)) = fused {
                return Ok((engine, None, passes));
            }
        }
        let (composite, mut passes) = Self::new::<In, Out>(terms, combine, choices)?;
        let engine = composite.engines[0].clone();
        Ok((engine, Some(composite), passes.swap_remove(0)))
    }

    /// The terms and their passes in the order they run.
    fn new<In: Element, Out: Element>(
        terms: Vec<Vec<Pass>>,
        combine: Combine,
        choices: Choices,
    ) -> Result<(Self, Vec<Vec<Pass>>), Error> {
        let rounding = choices.rounding;
        let rounds = Out::INTEGER_BITS > 0 && rounding == Rounding::Nearest;
        let (mut engines, mut passes) = (Vec::new(), Vec::new());
        // All in one arithmetic, that of the longest weights.
        let single = terms.iter().all(|term| in_order::<In, Out>(&mut term.clone(), choices));
        let kept = match (rounds, single) {
            (false, _) => TermType::Output,
            (true, true) => TermType::F32,
            (true, false) => TermType::F64,
        };
        // Of 8 and 16 bits too, which f32 would hold.
        let in_f64 = Choices { precision: Precision::Double, ..choices };
        for term in terms {
            let (engine, term) = match kept {
                TermType::Output => Engine::term::<In, Out>(term, choices)?,
                TermType::F32 => Engine::term::<In, f32>(term, choices)?,
                TermType::F64 => Engine::term::<In, f64>(term, in_f64)?,
            };
            engines.push(engine);
            passes.push(term);
        }
        let join = Join::Combine(combine);
        Ok((Self { engines, join, terms: kept, rounding }, passes))
    }

    /// The filtered numbers over their filtered validity: in one sweep along one axis or two.
    fn of_valid<In: Element, Out: Element>(
        mut passes: Vec<Pass>,
        MissingData { nan, fill, .. }: MissingData,
        choices: Choices,
    ) -> Result<Made, Error> {
        let single = in_order::<In, Out>(&mut passes, choices);
        let join = Join::Ratio { fill };
        let rounding = choices.rounding;
        let mut numbers = passes.clone();
        if Out::INTEGER_BITS > 0 && rounding == Rounding::Scipy {
            // A quotient that is off by rounding alone shall not lose a level when it is cut.
            if let Some(pass) = numbers.iter_mut().find(|pass| pass.weights.radius() > 0) {
                pass.weights = pass.weights.scaled(1.0 + CUT_LESS)?;
            }
        }
        let normalised = |pass: &Pass| {
            let weights = pass.weights.normalised()?;
            Ok(Pass { weights, ..pass.clone() })
        };
        let validity = passes.iter().map(normalised).collect::<Result<Vec<_>, Error>>()?;
        let parted = |keep| Choices { parting: Some(Parting { nan, keep }), ..choices };
        if passes.len() <= 2 {
            let second = Second { passes: &validity, join };
            let choices = parted(Keep::Both);
            let engine = Engine::of::<In, Out>(&numbers, Some(second), single, choices)?;
            return Ok((engine, None, passes));
        }
        // Beyond a constant border all samples are valid.
        let ones = Choices { cval: 1.0, ..parted(Keep::Validity) };
        let terms = [(numbers, parted(Keep::Numbers)), (validity, ones)];
        let engines = terms.iter().map(|(passes, choices)| match single {
            true => Engine::of::<In, f32>(passes, None, single, *choices),
            false => Engine::of::<In, f64>(passes, None, single, *choices),
        });
        let engines = engines.collect::<Result<Vec<_>, Error>>()?;
        let terms = match (Out::INTEGER_BITS, Out::FITS_F32 == single, single) {
            (0, true, _) => TermType::Output,
            (_, _, true) => TermType::F32,
            (_, _, false) => TermType::F64,
        };
        let engine = engines[0].clone();
        Ok((engine, Some(Self { engines, join, terms, rounding }), passes))
    }

    pub(crate) fn engines(&self) -> &[Engine] {
        &self.engines
    }

    /// Bytes of the arrays that a run takes, of so many elements: of the terms, and in place of the result.
    pub(crate) fn bytes<Out>(&self, elements: usize) -> usize {
        let size = match self.terms {
            TermType::Output => size_of::<Out>(),
            TermType::F32 => size_of::<f32>(),
            TermType::F64 => size_of::<f64>(),
        };
        let first = usize::from(self.terms != TermType::Output);
        let further = usize::from(self.engines.len() > 1);
        let each = size * (first + further) + size_of::<Out>();
        elements.saturating_mul(each)
    }

    /// Filters one array into another.
    pub(crate) fn run<'r, Out: Element>(
        &'r self,
        input: &Image<'_>,
        output: ArrayViewMutD<'_, Out>,
        scratches: &mut [ScratchKind],
        run: Run<'r>,
    ) -> Result<(), Error> {
        match self.terms {
            TermType::Output => self.join(input, output, scratches, run),
            TermType::F32 => self.rounded::<f32, Out>(input, output, scratches, run),
            TermType::F64 => self.rounded::<f64, Out>(input, output, scratches, run),
        }
    }

    /// The terms combined in another type than the output's.
    fn rounded<'r, T: Element, Out: Element>(
        &'r self,
        input: &Image<'_>,
        mut output: ArrayViewMutD<'_, Out>,
        scratches: &mut [ScratchKind],
        run: Run<'r>,
    ) -> Result<(), Error> {
        let mut sums: ArrayD<T> = zeros_like(output.shape(), output.strides())?;
        self.join(input, sums.view_mut(), scratches, run)?;
        let narrow = match self.rounding {
            Rounding::Scipy => Out::from_f64_toward_zero,
            _ => Out::from_f64,
        };
        each(&mut output, &sums, |out, sum| *out = narrow(sum.to_f64()), scratches, run);
        Ok(())
    }

    /// The terms, combined as they are made.
    fn join<'r, T: Element>(
        &'r self,
        input: &Image<'_>,
        mut sums: ArrayViewMutD<'_, T>,
        scratches: &mut [ScratchKind],
        run: Run<'r>,
    ) -> Result<(), Error> {
        let count = self.engines.len();
        // Before a pixel is written.
        let term = || zeros_like(sums.shape(), sums.strides());
        let mut term: Option<ArrayD<T>> = (count > 1).then(term).transpose()?;
        for (number, engine) in self.engines.iter().enumerate() {
            let target = match &mut term {
                Some(term) if number > 0 => term.view_mut(),
                _ => sums.view_mut(),
            };
            let c_order = target.is_standard_layout();
            engine.run(input.clone(), ImageMut::new(target), c_order, scratches, run);
            if run.reporter.is_stopped() {
                return Ok(());
            }
            if let Some(term) = term.as_ref().filter(|_| number > 0) {
                self.add(&mut sums, term, number, scratches, run);
            } else if term.is_none() && self.join == Join::Combine(Combine::Magnitude) {
                sums.mapv_inplace(|only| root(only.squared()));
            }
        }
        Ok(())
    }

    /// Joins term `number` to those before it.
    fn add<T: Element>(
        &self,
        sums: &mut ArrayViewMutD<'_, T>,
        term: &ArrayD<T>,
        number: usize,
        scratches: &mut [ScratchKind],
        run: Run<'_>,
    ) {
        let last = number + 1 == self.engines.len();
        match (self.join, number, last) {
            (Join::Combine(Combine::Magnitude), 1, true) => {
                each(sums, term, squared::<T, true, true>, scratches, run)
            }
            (Join::Combine(Combine::Magnitude), 1, _) => {
                each(sums, term, squared::<T, true, false>, scratches, run)
            }
            (Join::Combine(Combine::Magnitude), _, true) => {
                each(sums, term, squared::<T, false, true>, scratches, run)
            }
            (Join::Combine(Combine::Magnitude), ..) => {
                each(sums, term, squared::<T, false, false>, scratches, run)
            }
            (Join::Ratio { fill }, ..) => {
                let single = self.engines[0].precision() == Precision::Native;
                let least = if single { f64::from(f32::MIN_POSITIVE) } else { f64::MIN_POSITIVE };
                // (Of f32 too this is rounded once.)
                let divide = |number: &mut T, validity: T| {
                    let ratio = number.to_f64() / validity.to_f64();
                    *number = T::from_f64(if validity.to_f64() >= least { ratio } else { fill });
                };
                each(sums, term, divide, scratches, run);
            }
            _ => each(sums, term, |sum, term| *sum = sum.plus(term), scratches, run),
        }
    }
}

/// Adds the square of a term to the squares of those before it, or to the square of the first.
fn squared<T: Element, const SECOND: bool, const LAST: bool>(sum: &mut T, term: T) {
    let before = if SECOND { sum.squared() } else { *sum };
    let all = before.plus(term.squared());
    *sum = if LAST { root(all) } else { all };
}

/// Changes every element of an array by that of another of the same shape; the workers share the axis that is outermost in memory.
fn each<A: Element, B: Element>(
    array: &mut ArrayViewMutD<'_, A>,
    other: &ArrayD<B>,
    change: impl Fn(&mut A, B) + Sync,
    scratches: &mut [ScratchKind],
    run: Run<'_>,
) {
    let (axis, len) = shared_axis(array.shape(), array.strides(), scratches.len());
    let parts = array.axis_chunks_iter_mut(axis, len).zip(other.axis_chunks_iter(axis, len));
    run.crew.drive(scratches, parts, |(mut array, other), _| {
        Zip::from(&mut array).and(&other).for_each(|x, &y| change(x, y));
        ControlFlow::Continue(())
    });
}

/// In f64 and back, as numpy has it: of integers cut toward zero. (Of f32 this is the root rounded once too.)
fn root<T: Element>(x: T) -> T {
    T::from_f64_toward_zero(x.to_f64().sqrt())
}
