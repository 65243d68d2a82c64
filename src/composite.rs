//! Filters of several terms that are not made in one sweep: an array for every term but the first.

use std::ops::ControlFlow;

use gausstack_kernels::{Combine, Element, Rounding};
use ndarray::{ArrayD, ArrayViewMutD, Axis, Zip};

use crate::bridge::{Image, ImageMut};
use crate::engine::{Choices, Engine, Run, in_order};
use crate::filter::{Pass, Terms};
use crate::output::zeros_like;
use crate::scratch::ScratchKind;
use crate::{Error, Precision};

/// The terms, and what becomes of them.
#[derive(Clone, Debug)]
pub(crate) struct Composite {
    engines: Vec<Engine>,
    combine: Combine,
    terms: TermType,
}

/// What terms are kept as before they are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TermType {
    /// As scipy keeps them: in the type of the output.
    Output,
    /// As they are summed, since the output would round them.
    F32,
    F64,
}

impl Composite {
    /// What filters one array into another, with the passes of the first term: an engine, or where several terms are not made in
    /// one sweep, the terms.
    pub(crate) fn or_fused<In: Element, Out: Element>(
        Terms { combine, passes: mut terms }: Terms,
        choices: Choices,
    ) -> Result<(Engine, Option<Self>, Vec<Pass>), Error> {
        let Some(combine) = combine else {
            let (engine, passes) = Engine::new::<In, Out>(terms.swap_remove(0), choices)?;
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
        if !Out::takes(choices.rounding) {
            return Err(Error::Rounding { element: Out::NAME });
        }
        let rounds = Out::INTEGER_BITS > 0 && choices.rounding == Rounding::Nearest;
        let (mut engines, mut passes) = (Vec::new(), Vec::new());
        let mut kept = TermType::Output;
        for term in terms {
            let (engine, term) = if !rounds {
                Engine::new::<In, Out>(term, choices)?
            } else if in_order::<In, Out>(&mut term.clone(), choices) {
                kept = TermType::F32;
                Engine::new::<In, f32>(term, choices)?
            } else {
                kept = TermType::F64;
                // Of 8 and 16 bits too, which f32 would hold.
                let choices = Choices { precision: Precision::Double, ..choices };
                Engine::new::<In, f64>(term, choices)?
            };
            engines.push(engine);
            passes.push(term);
        }
        Ok((Self { engines, combine, terms: kept }, passes))
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
    pub(crate) fn run<Out: Element>(
        &self,
        input: &Image<'_>,
        mut output: ArrayViewMutD<'_, Out>,
        scratches: &mut [ScratchKind],
        run: Run<'_>,
    ) -> Result<(), Error> {
        match self.terms {
            TermType::Output => self.sum(input, output, scratches, run),
            TermType::F32 => {
                let mut sums: ArrayD<f32> = zeros_like(output.shape(), output.strides())?;
                self.sum(input, sums.view_mut(), scratches, run)?;
                let round = |out: &mut Out, sum| *out = Out::from_f64(f64::from(sum));
                each(&mut output, &sums, round, scratches, run);
                Ok(())
            }
            TermType::F64 => {
                let mut sums: ArrayD<f64> = zeros_like(output.shape(), output.strides())?;
                self.sum(input, sums.view_mut(), scratches, run)?;
                let round = |out: &mut Out, sum| *out = Out::from_f64(sum);
                each(&mut output, &sums, round, scratches, run);
                Ok(())
            }
        }
    }

    /// The terms, combined as they are made.
    fn sum<T: Element>(
        &self,
        input: &Image<'_>,
        mut sums: ArrayViewMutD<'_, T>,
        scratches: &mut [ScratchKind],
        run: Run<'_>,
    ) -> Result<(), Error> {
        let Some((first, others)) = self.engines.split_first() else { return Ok(()) };
        let term = || zeros_like(sums.shape(), sums.strides());
        let mut term: Option<ArrayD<T>> = others.first().map(|_| term()).transpose()?;
        let squares = self.combine == Combine::Magnitude;
        let made = |engine: &Engine, target: ArrayViewMutD<'_, T>, all: &mut [ScratchKind]| {
            let c_order = target.is_standard_layout();
            // Terms may differ in their passes: one that changes nothing is left out.
            all.iter_mut().for_each(ScratchKind::forget);
            engine.run(input.clone(), ImageMut::new(target), c_order, all, run);
            !run.reporter.is_stopped()
        };
        if !made(first, sums.view_mut(), scratches) {
            return Ok(());
        }
        if others.is_empty() && squares {
            sums.mapv_inplace(|sum| root(sum.squared()));
        }
        for (number, engine) in others.iter().enumerate() {
            let Some(term) = &mut term else { return Ok(()) };
            if !made(engine, term.view_mut(), scratches) {
                return Ok(());
            }
            let (sums, last) = (&mut sums, number + 1 == others.len());
            match (squares, number, last) {
                (false, ..) => {
                    each(sums, term, |a, b| *a = a.plus(b), scratches, run);
                }
                (true, 0, true) => {
                    each(
                        sums,
                        term,
                        |a, b| *a = root(a.squared().plus(b.squared())),
                        scratches,
                        run,
                    );
                }
                (true, 0, false) => {
                    each(sums, term, |a, b| *a = a.squared().plus(b.squared()), scratches, run);
                }
                (true, _, true) => {
                    each(sums, term, |a, b| *a = root(a.plus(b.squared())), scratches, run);
                }
                (true, _, false) => {
                    each(sums, term, |a, b| *a = a.plus(b.squared()), scratches, run);
                }
            }
        }
        Ok(())
    }
}

/// Changes every element of an array by that of another of the same shape; the workers share the axis that is outermost in memory.
fn each<A: Element, B: Element>(
    array: &mut ArrayViewMutD<'_, A>,
    other: &ArrayD<B>,
    change: impl Fn(&mut A, B) + Sync,
    scratches: &mut [ScratchKind],
    run: Run<'_>,
) {
    let outermost = (0..array.ndim()).max_by_key(|&axis| array.strides()[axis].unsigned_abs());
    let Some(axis) = outermost.map(Axis) else { return };
    // More parts than workers, for who is late.
    let len = array.len_of(axis).div_ceil(4 * scratches.len().max(1)).max(1);
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
