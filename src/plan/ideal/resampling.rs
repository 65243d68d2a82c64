//! The stages of an axis that is resampled, and their weights.

use std::sync::Arc;

use gausstack_kernels::{Arithmetic, Parity};

use crate::plan::ideal::method::Method;
use crate::plan::ideal::multirate::Multirate;
use crate::plan::ideal::stage::{Phase, Stage, StageTaps};
use crate::request::weights::Form;
use crate::request::weights::ideal::IdealKernel;
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
        let kernel = pass.weights.ideal_kernel()?;
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
    /// Sums that are longer than the axis have what lies beyond its borders folded.
    fn analysis<A: Arithmetic>(self, rate: &Multirate) -> Stage<A> {
        let Self { axis, len, mode } = self;
        let &Multirate { spacing, outer, analysis: radius, between, .. } = rate;
        let sums = rate.sums(len) + 2 * between;
        let before = (rate.before() + between) * spacing + radius;
        let half = gaussian(radius, |x| x / outer);
        if 2 * radius >= len {
            let row = |number: usize| {
                let first = (number * spacing) as isize - before as isize;
                let weights = (0..=2 * radius).map(|x| half[x.abs_diff(radius)]);
                self.row(weights.zip(first..))
            };
            return self.of_rows((0..sums).map(row).collect());
        }
        let weights = folded(&half);
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
        let &IdealKernel { sigma, order, .. } = kernel;
        let radius = (WHOLE * sigma).ceil() as isize;
        let places = (-radius..=radius).map(|x| -x as f64);
        let weights = derived(places, sigma, order);
        let row = |sample: usize| self.row(weights.iter().copied().zip(sample as isize - radius..));
        self.of_rows((0..self.len).map(row).collect())
    }

    /// A row of weights for all samples: those at places beyond the borders are added to what lies
    /// there, and those of a constant come last.
    fn row<A: Arithmetic>(self, weights: impl Iterator<Item = (f64, isize)>) -> Phase<A> {
        let Self { len, mode, .. } = self;
        let mut row = vec![0.0; len + usize::from(mode == Mode::Constant)];
        for (weight, place) in weights {
            row[mode.source(place, len).unwrap_or(len)] += weight;
        }
        Phase { start: 0, weights: listed(&row) }
    }

    /// A stage that has a row of weights for each of its sums.
    fn of_rows<A: Arithmetic>(self, rows: Vec<Phase<A>>) -> Stage<A> {
        let entries = self.len + usize::from(self.mode == Mode::Constant);
        Stage { entries, sums: rows.len(), taps: StageTaps::Phased(rows), ..self.inside() }
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::plan::ideal::method::COSTS;

    /// All weights of a form in order.
    fn all(form: &Form<f64>) -> Vec<f64> {
        match form {
            Form::Listed { weights, .. } => weights.to_vec(),
            Form::Folded { half, .. } => {
                half[1..].iter().rev().chain(half.iter()).copied().collect()
            }
        }
    }

    /// What each entry of a stage contributes to weighted sums of it.
    fn through(stage: &Stage<f64>, sums: &BTreeMap<usize, f64>) -> BTreeMap<usize, f64> {
        let mut entries = BTreeMap::new();
        for (&number, &factor) in sums {
            let (first, form) = stage.sum(number);
            for (place, weight) in all(form).into_iter().enumerate() {
                *entries.entry(first + place).or_insert(0.0) += factor * weight;
            }
        }
        entries
    }

    /// The largest differences from the ideal weights, in units of the bound of their sum: beyond
    /// the aliasing they are the tails.
    fn worst(kernel: &IdealKernel, rate: &Multirate) -> f64 {
        let IdealKernel { sigma, order, .. } = *kernel;
        let len = 40 * rate.spacing + (30.0 * sigma) as usize;
        let at = Place { axis: 0, len, mode: Mode::Wrap };
        let down = at.analysis::<f64>(rate);
        let (middle, up) = (at.between::<f64>(rate), at.synthesis::<f64>(rate, kernel));
        let radius = (12.0 * sigma) as isize;
        let smooth = |x: f64| (-0.5 * (x / sigma) * (x / sigma)).exp();
        let norm: f64 = (-radius..=radius).map(|x| smooth(x as f64)).sum();
        let scale = sigma.powi(order as i32);
        let ideal = |x: f64| {
            let s = x / sigma;
            let factor = [1.0, -s, s * s - 1.0][order];
            [smooth(x) / norm, factor * smooth(x) / norm]
        };
        let mut worst = 0.0_f64;
        for phase in 0..rate.spacing {
            let sample = len / 2 + phase;
            let mut entries = through(&up, &BTreeMap::from([(sample, 1.0)]));
            if let Some(middle) = &middle {
                entries = through(middle, &entries);
            }
            entries = through(&down, &entries);
            let weight = |x: isize| {
                let entry = sample as isize - x - down.first;
                entries.get(&(entry as usize)).copied().unwrap_or(0.0) * scale
            };
            let difference = |x: isize| {
                let [smooth, ideal] = ideal(x as f64);
                let aliasing = if order == 0 { rate.bound.aliasing * smooth } else { 0.0 };
                ((weight(x) - ideal).abs() - aliasing).max(0.0)
            };
            let sum: f64 = (-radius..=radius).map(difference).sum();
            let bound = if order == 0 { rate.bound.tails } else { rate.bound.sum() };
            worst = worst.max(sum / bound);
        }
        worst
    }

    /// The weights of all stages together are those of the ideal Gaussian, to the bound, at every
    /// phase.
    #[test]
    fn stages_together_are_within_the_bound() {
        let mut most = 0.0_f64;
        for sigma in [3.0, 5.7, 8.0, 16.0, 23.4, 64.0, 130.0] {
            for tolerance in [1e-2, 1e-4, 1e-6, 1e-7, 1e-9, 1e-12] {
                for order in 0..3 {
                    let kernel = IdealKernel { sigma, order, tolerance, asked: tolerance };
                    let chosen = Multirate::choose(&kernel, 4000, &COSTS);
                    let Some((rate, _)) = chosen else { continue };
                    assert!(rate.bound.sum() <= tolerance * 1.001, "{rate:?}");
                    let worst = worst(&kernel, &rate);
                    let what = format!("sigma {sigma}, order {order}, {tolerance}");
                    // (What is left of a sum of a hundred roundings.)
                    assert!(worst <= 1.0 + 2e-14 / tolerance, "{what}: {worst} {rate:?}");
                    most = most.max(worst);
                }
            }
        }
        // The bound is not far from what is reached.
        assert!(most > 0.1, "{most} of the bound at most");
    }

    /// Each phase of the synthesis sums to 1, or of a derivative to 0; analysis and middle to 1.
    #[test]
    fn constants_stay() {
        for order in 0..3 {
            let kernel = IdealKernel { sigma: 20.0, order, tolerance: 1e-6, asked: 1e-6 };
            let (rate, _) = Multirate::choose(&kernel, 900, &COSTS).expect("a large sigma");
            let at = Place { axis: 0, len: 900, mode: Mode::Reflect };
            let sum = |form: &Form<f64>| all(form).iter().sum::<f64>();
            for number in 0..rate.spacing {
                let up = at.synthesis::<f64>(&rate, &kernel);
                let right = if order == 0 { 1.0 } else { 0.0 };
                assert!((sum(up.sum(number).1) - right).abs() < 1e-15, "order {order}");
            }
            let down = at.analysis::<f64>(&rate);
            let middle = at.between::<f64>(&rate).expect("a filter between");
            assert!((sum(down.sum(0).1) - 1.0).abs() < 1e-15);
            assert!((sum(middle.sum(0).1) - 1.0).abs() < 1e-15);
        }
    }

    /// The stages fit: each reads as many sums as the one before it makes, and no entry beyond.
    #[test]
    fn stages_fit() {
        let kernel = IdealKernel { sigma: 11.0, order: 0, tolerance: 1e-5, asked: 1e-5 };
        for len in [2, 17, 100, 101, 102, 103, 1000] {
            let (rate, _) = Multirate::choose(&kernel, len, &COSTS).expect("a large sigma");
            let at = Place { axis: 0, len, mode: Mode::Reflect };
            let stages = [
                Some(at.analysis::<f64>(&rate)),
                at.between(&rate),
                Some(at.synthesis(&rate, &kernel)),
            ];
            let stages: Vec<Stage<f64>> = stages.into_iter().flatten().collect();
            for pair in stages.windows(2) {
                assert_eq!(pair[0].sums, pair[1].len, "{len}");
            }
            assert_eq!(stages.last().map(|stage| stage.sums), Some(len));
            for stage in stages {
                let ends = (0..stage.sums).map(|number| {
                    let (entry, form) = stage.sum(number);
                    entry + form.count()
                });
                assert_eq!(ends.max(), Some(stage.entries), "{len}");
            }
        }
    }
}
