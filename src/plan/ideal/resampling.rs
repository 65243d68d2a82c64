//! The stages of an axis that is resampled, and their weights.

use gausstack_kernels::{Arithmetic, Parity};
use std::sync::Arc;

use crate::plan::ideal::method::Method;
use crate::plan::ideal::multirate::Multirate;
use crate::plan::ideal::stage::{Phase, Stage, StageTaps};
use crate::request::ideal::IdealKernel;
use crate::request::weights::Form;
use crate::request::{Mode, Pass};

/// Standard deviations beyond which a Gaussian has no mass that f64 sums would show.
const WHOLE: f64 = 9.0;

/// How an axis is resampled.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Resampling<A> {
    pub(crate) method: Method,
    /// To fewer sums.
    pub(crate) down: Option<Stage<A>>,
    /// Of as many.
    pub(crate) middle: Option<Stage<A>>,
    /// Back to the samples.
    pub(crate) up: Option<Stage<A>>,
}

impl<A: Arithmetic> Resampling<A> {
    /// The stages of a pass along the kept axis `axis` of `len` samples; `None` if its own weights
    /// are used.
    pub(crate) fn new(pass: &Pass, (axis, len): (usize, usize)) -> Option<Self> {
        let kernel = pass.ideal.as_ref()?;
        let method = Method::of(pass, len)?;
        let at = Place { axis, len, mode: pass.mode };
        match method {
            Method::Fir(_) => None,
            Method::Dense => {
                let middle = Some(at.dense(kernel));
                Some(Self { method, down: None, middle, up: None })
            }
            Method::Multirate(rate) => {
                let [down, up] = [at.analysis(&rate), at.synthesis(&rate, kernel)].map(Some);
                Some(Self { method, down, middle: at.between(&rate), up })
            }
        }
    }
}

/// An axis to resample.
#[derive(Clone, Copy)]
struct Place {
    axis: usize,
    len: usize,
    mode: Mode,
}

impl Place {
    /// One sum for `spacing` samples, from as far before the first as the stages behind it reach.
    fn analysis<A: Arithmetic>(self, rate: &Multirate) -> Stage<A> {
        let Self { axis, len, mode } = self;
        let &Multirate { spacing, outer, analysis: radius, between, .. } = rate;
        let sums = rate.sums(len) + 2 * between;
        let before = (rate.before() + between) * spacing + radius;
        let weights = folded(&gaussian(radius, |x| x / outer));
        Stage {
            axis,
            len,
            first: -(before as isize),
            entries: (sums - 1) * spacing + 2 * radius + 1,
            mode,
            sums,
            taps: StageTaps::Stepped { step: spacing, weights },
        }
    }

    /// The filter of the sums of the analysis.
    fn between<A: Arithmetic>(self, rate: &Multirate) -> Option<Stage<A>> {
        let &Multirate { spacing, between: radius, .. } = rate;
        let sigma = rate.middle?;
        let weights = folded(&gaussian(radius, |x| x * spacing as f64 / sigma));
        let sums = rate.sums(self.len);
        Some(Stage {
            len: sums + 2 * radius,
            first: 0,
            entries: sums + 2 * radius,
            sums,
            taps: StageTaps::Stepped { step: 1, weights },
            ..self.inside()
        })
    }

    /// Samples from sums, by the phase of a sample between two of them.
    fn synthesis<A: Arithmetic>(self, rate: &Multirate, kernel: &IdealKernel) -> Stage<A> {
        let &Multirate { spacing, synthesis: radius, .. } = rate;
        let sums = rate.sums(self.len);
        let phases = (0..spacing).map(|phase| {
            // The sums at the distances phase - k spacing, in order.
            let last = (phase + radius) / spacing;
            let first = phase as isize - radius as isize;
            let first = first.div_euclid(spacing as isize)
                + isize::from(first.rem_euclid(spacing as isize) != 0);
            let places =
                (first..=last as isize).map(|k| phase as f64 - (k * spacing as isize) as f64);
            let start = first + rate.before() as isize;
            let start = start.try_into().expect("a synthesis begins with its first sum");
            Phase { start, weights: listed(&derived(places, rate.outer, kernel.order)) }
        });
        Stage {
            len: sums,
            first: 0,
            entries: sums,
            sums: self.len,
            taps: StageTaps::Phased(phases.collect()),
            ..self.inside()
        }
    }

    /// All samples for each sample, and what lies beyond a constant border behind them.
    fn dense<A: Arithmetic>(self, kernel: &IdealKernel) -> Stage<A> {
        let Self { len, mode, .. } = self;
        let &IdealKernel { sigma, order, .. } = kernel;
        let radius = (WHOLE * sigma).ceil() as isize;
        let places = (-radius..=radius).map(|x| -x as f64);
        let weights = derived(places, sigma, order);
        let constant = usize::from(mode == Mode::Constant);
        let row = |sample: usize| {
            let mut row = vec![0.0; len + constant];
            for (weight, place) in weights.iter().zip(sample as isize - radius..) {
                row[mode.source(place, len).unwrap_or(len)] += weight;
            }
            Phase { start: 0, weights: listed(&row) }
        };
        Stage {
            first: 0,
            entries: len + constant,
            sums: len,
            taps: StageTaps::Phased((0..len).map(row).collect()),
            ..self.inside()
        }
    }

    /// A stage that reads nothing beyond the ends but what it says.
    fn inside<A>(self) -> Stage<A> {
        let Self { axis, len, mode } = self;
        let taps = StageTaps::Phased(Vec::new());
        Stage { axis, len, first: 0, entries: 0, mode, sums: 0, taps }
    }
}

/// Weights at places of an axis that sum to 1, or, of a derivative, to 0.
fn derived(places: impl Iterator<Item = f64>, sigma: f64, order: usize) -> Vec<f64> {
    let places: Vec<f64> = places.collect();
    let mut smooth: Vec<f64> =
        places.iter().map(|x| (-0.5 * (x / sigma) * (x / sigma)).exp()).collect();
    let sum: f64 = smooth.iter().sum();
    smooth.iter_mut().for_each(|weight| *weight /= sum);
    let factor = |x: f64| match order {
        0 => 1.0,
        1 => -x / (sigma * sigma),
        _ => (x * x / (sigma * sigma) - 1.0) / (sigma * sigma),
    };
    let weights: Vec<f64> = places.iter().zip(&smooth).map(|(&x, w)| factor(x) * w).collect();
    // What a constant would leave is taken back where the smooth weights are.
    let constant: f64 = if order == 0 { 0.0 } else { weights.iter().sum() };
    weights.iter().zip(&smooth).map(|(weight, smooth)| weight - constant * smooth).collect()
}

/// The centre and one side of a Gaussian that sums to 1, `scaled` to standard deviations.
fn gaussian(radius: usize, scaled: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut half: Vec<f64> =
        (0..=radius).map(|x| (-0.5 * scaled(x as f64) * scaled(x as f64)).exp()).collect();
    let sum = 2.0 * half[1..].iter().rev().sum::<f64>() + half[0];
    half.iter_mut().for_each(|weight| *weight /= sum);
    half
}

fn folded<A: Arithmetic>(half: &[f64]) -> Form<A> {
    Form::centred(Parity::Even, half.iter().map(|&weight| A::from_f64(weight)).collect())
}

fn listed<A: Arithmetic>(weights: &[f64]) -> Form<A> {
    let before = weights.len() / 2;
    let weights = weights.iter().map(|&weight| A::from_f64(weight)).collect();
    Form::Listed { weights: Arc::new(weights), before }
}
