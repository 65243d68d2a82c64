//! Compares two runs of the same measurements: what became faster or slower beyond the noise.

use crate::summary::Summary;

/// Times of one measurement in two runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// Seconds of the rounds of the run before.
    pub before: Vec<f64>,
    /// Seconds of the rounds of the run after.
    pub after: Vec<f64>,
}

/// What became of a measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The median after over the median before: above 1 is slower.
    pub ratio: f64,
    /// How far from 1 the ratio must be to count, as a factor: 1.1 is 10 % either way.
    pub noise: f64,
    /// Whether it is that far.
    pub verdict: Verdict,
}

/// Whether a measurement changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It takes less time than before.
    Faster,
    /// It takes more time than before.
    Slower,
    /// No difference that noise could not make.
    Same,
    /// One of the runs has no times, or no measurement of either has two rounds, which it takes to
    /// know noise.
    Unknown,
}

/// Smaller differences are never told: from one process to the next code and memory lie elsewhere,
/// which the rounds of one process do not show.
const MIN_CHANGE: f64 = 0.05;

/// Rounds of a measurement that its own spread weighs as much as that of all measurements.
const WEIGHT_OF_ALL: f64 = 14.0;

/// Standard errors that a difference must have, for one measurement, so that one comparison in a
/// thousand is a false alarm.
const ERRORS_OF_ONE: f64 = 3.3;

/// Compares measurements by their medians.
///
/// Times are taken as logarithms. The spread within rounds, pooled over all measurements, gives the
/// error of a median; a difference counts when it is larger than that error times a factor that
/// grows with the number of measurements, so that many of them give no more false alarms than one,
/// and larger than 5 %.
#[must_use]
pub fn compare(pairs: &[Pair]) -> Vec<Change> {
    let runs = pairs.iter().flat_map(|pair| [&pair.before[..], &pair.after]);
    // A measurement by itself has too few rounds to know its own spread, but some have more than
    // others.
    let Some(pooled) = noise(runs) else {
        let change = |pair: &Pair| {
            let [before, after] =
                [&pair.before, &pair.after].map(|times| Summary::of(times).median);
            Change { ratio: after / before, noise: f64::NAN, verdict: Verdict::Unknown }
        };
        return pairs.iter().map(change).collect();
    };
    // The quantile of the normal distribution at a chance shared out among all.
    let errors = (ERRORS_OF_ONE.powi(2) + 2.0 * (pairs.len().max(1) as f64).ln()).sqrt();
    pairs
        .iter()
        .map(|pair| {
            let (before, after) = (Summary::of(&pair.before), Summary::of(&pair.after));
            let ratio = after.median / before.median;
            if !(ratio.is_finite() && ratio > 0.0) {
                return Change { ratio, noise: f64::NAN, verdict: Verdict::Unknown };
            }
            let own = [&pair.before, &pair.after].into_iter().filter_map(|times| spread(times));
            let own = own.fold(0.0, f64::max);
            // Of few rounds its own spread may be anything, and weighs less than that of all.
            let few = before.count.min(after.count) as f64;
            let weight = few / (WEIGHT_OF_ALL + few);
            let spread =
                pooled.max((weight * own.powi(2) + (1.0 - weight) * pooled.powi(2)).sqrt());
            let rounds = 1.0 / before.count as f64 + 1.0 / after.count as f64;
            // The error of a median is this much larger than that of a mean.
            let error = 1.2533 * spread * rounds.sqrt();
            let noise = (errors * error).max(MIN_CHANGE.ln_1p());
            let verdict = match ratio.ln() {
                change if change > noise => Verdict::Slower,
                change if change < -noise => Verdict::Faster,
                _ => Verdict::Same,
            };
            Change { ratio, noise: noise.exp(), verdict }
        })
        .collect()
}

/// The noise of a run: by how much, as a share, the time of a measurement differs from one round to
/// the next. The standard deviation within measurements, pooled over all of them, with one slow
/// round in five left out of account; `None` below two rounds.
#[must_use]
pub fn noise<'a>(measurements: impl IntoIterator<Item = &'a [f64]>) -> Option<f64> {
    let spreads: Vec<f64> = measurements.into_iter().filter_map(spread).collect();
    let squares: f64 = spreads.iter().map(|spread| spread * spread).sum();
    (!spreads.is_empty()).then(|| (squares / spreads.len() as f64).sqrt())
}

/// The standard deviation of the logarithms, from their distances to the median: one slow round in
/// five does not move it.
fn spread(times: &[f64]) -> Option<f64> {
    if times.len() < 2 || times.iter().any(|&time| !(time > 0.0 && time.is_finite())) {
        return None;
    }
    let logs: Vec<f64> = times.iter().map(|time| time.ln()).collect();
    let middle = Summary::of(&logs).median;
    let distances: Vec<f64> = logs.iter().map(|log| (log - middle).abs()).collect();
    let count = times.len() as f64;
    // 1.4826 for the normal distribution; few rounds make it too small by about this much.
    Some(1.4826 * Summary::of(&distances).median * count / (count - 0.8))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times of a measurement: normal noise, and now and then a round that others disturb.
    fn times(random: &mut fastrand::Rng, rounds: usize, seconds: f64, noise: f64) -> Vec<f64> {
        let mut normal = || (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
        let mut times: Vec<f64> = (0..rounds).map(|_| seconds * (noise * normal()).exp()).collect();
        for time in &mut times {
            if random.u32(..20) == 0 {
                *time *= 1.0 + random.f64();
            }
        }
        times
    }

    /// A run of so many measurements of different lengths, some of which take `factor` times as
    /// long after.
    fn runs(random: &mut fastrand::Rng, count: usize, noise: f64, factor: f64) -> Vec<Pair> {
        let mut pair = |i: usize| {
            let seconds = 1e-3 * 1.5_f64.powi((i % 12) as i32);
            let before = times(random, 7, seconds, noise);
            let after = times(random, 7, if i == 0 { factor * seconds } else { seconds }, noise);
            Pair { before, after }
        };
        (0..count).map(&mut pair).collect()
    }

    /// Of a hundred comparisons of equal runs, at most one says anything about any of its
    /// measurements.
    #[test]
    fn equal_runs_are_equal() {
        let mut random = fastrand::Rng::with_seed(7);
        for (count, noise) in [(1, 0.01), (10, 0.02), (40, 0.01), (40, 0.04), (100, 0.03)] {
            let alarms = (0..1000)
                .filter(|_| {
                    let changes = compare(&runs(&mut random, count, noise, 1.0));
                    changes.iter().any(|change| change.verdict != Verdict::Same)
                })
                .count();
            assert!(alarms <= 10, "{alarms} of 1000 alarms: {count} measurements, noise {noise}");
        }
    }

    #[test]
    fn a_fifth_more_is_found_and_nothing_else_is() {
        let mut random = fastrand::Rng::with_seed(8);
        for (count, noise) in [(1, 0.015), (10, 0.02), (40, 0.025)] {
            for (factor, expected) in [(1.2, Verdict::Slower), (1.0 / 1.2, Verdict::Faster)] {
                let (mut found, mut others) = (0, 0);
                for _ in 0..500 {
                    let changes = compare(&runs(&mut random, count, noise, factor));
                    found += usize::from(changes[0].verdict == expected);
                    others += changes[1..].iter().filter(|c| c.verdict != Verdict::Same).count();
                }
                assert!(found >= 490, "{found} of 500: {count} measurements, noise {noise}");
                assert!(others <= 5, "{others} others of {count}, noise {noise}");
            }
        }
    }

    #[test]
    fn noise_is_the_deviation_within_measurements() {
        let mut random = fastrand::Rng::with_seed(9);
        for expected in [0.005, 0.02, 0.08] {
            let runs: Vec<_> = (0..400)
                .map(|i| times(&mut random, 7, 1e-3 * f64::from(i + 1), expected))
                .collect();
            let found = noise(runs.iter().map(Vec::as_slice)).unwrap();
            // The rounds that others disturb, one in twenty, are not lost on it altogether.
            assert!((0.9..1.4).contains(&(found / expected)), "{found} for {expected}");
        }
        assert_eq!(noise([&[1.0][..], &[0.0, 1.0]]), None);
    }

    #[test]
    fn changes_say_how_much_and_how_sure() {
        let pair =
            |before: &[f64], after: &[f64]| Pair { before: before.into(), after: after.into() };
        let found = compare(&[pair(&[1.0, 1.0, 1.0], &[1.5, 1.5, 1.5])]);
        assert_eq!((found[0].ratio, found[0].verdict), (1.5, Verdict::Slower));
        assert!((found[0].noise - 1.05).abs() < 1e-12);
        // 4 % are no news, however quiet the machine.
        assert_eq!(compare(&[pair(&[1.0; 9], &[1.04; 9])])[0].verdict, Verdict::Same);
        for (before, after) in [(&[][..], &[1.0][..]), (&[1.0], &[]), (&[0.0], &[1.0])] {
            assert_eq!(compare(&[pair(before, after)])[0].verdict, Verdict::Unknown);
        }
        assert!(compare(&[]).is_empty());
        let once = compare(&[pair(&[1.0], &[9.0]), pair(&[1.0], &[1.0])]);
        assert!(once.iter().all(|change| change.verdict == Verdict::Unknown), "{once:?}");
    }
}
