//! What follows from the times of a report: rates, shares of ceilings, laws of scaling.

use gausstack_measure::{Amdahl, Point, Scalability, Summary, memory_wall, noise};

use super::model::{Measurement, Race, Report, Topic};

/// What limits a measurement most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// A plain copy of the same pixels takes longer than the arithmetic.
    Copy,
    /// So does a copy past the caches, and it is the faster one of the two.
    StreamingCopy,
    /// The arithmetic takes longer than a copy.
    Arithmetic,
}

impl Limit {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::StreamingCopy => "nt copy",
            Self::Arithmetic => "compute",
        }
    }
}

impl Measurement {
    /// Millions of pixels per second.
    pub(crate) fn rate(&self) -> Summary {
        self.per_second(&self.seconds)
    }

    /// Times as millions of pixels per second.
    fn per_second(&self, seconds: &[f64]) -> Summary {
        let pixels = self.case.pixels() as f64 * 1e-6;
        Summary::of(&seconds.iter().map(|seconds| pixels / seconds).collect::<Vec<_>>())
    }

    /// Gigabytes per second: every pixel read once and written once.
    pub(crate) fn gigabytes(&self) -> f64 {
        self.gigabytes_at(self.rate().median)
    }

    /// Gigabytes per second at a rate in millions of pixels per second.
    fn gigabytes_at(&self, rate: f64) -> f64 {
        rate * self.case.bytes_per_pixel() as f64 * 1e-3
    }

    /// Gigabytes per second that the faster of the copies moves.
    pub(crate) fn bandwidth(&self) -> f64 {
        self.gigabytes_at(self.memory_ceiling())
    }

    /// Gigabytes per second of the copy and, where it was measured, of that past the caches.
    pub(crate) fn bandwidths(&self) -> (f64, Option<f64>) {
        let of = |seconds: &Vec<f64>| self.gigabytes_at(self.per_second(seconds).median);
        (of(&self.copy_seconds), self.streaming_copy_seconds.as_ref().map(of))
    }

    /// Billions of operations per second.
    pub(crate) fn operation_rate(&self) -> f64 {
        self.rate().median * self.operations * 1e-3
    }

    /// Billions of operations per second of the arithmetic floor.
    pub(crate) fn operation_peak(&self) -> f64 {
        self.arithmetic_ceiling() * self.operations * 1e-3
    }

    /// Millions of pixels per second that the faster of the copies moves.
    pub(crate) fn memory_ceiling(&self) -> f64 {
        self.per_second(self.memory_seconds().1).median
    }

    /// Millions of pixels per second that the arithmetic units could do.
    pub(crate) fn arithmetic_ceiling(&self) -> f64 {
        self.per_second(&self.arithmetic_seconds).median
    }

    /// The faster of the copies.
    fn memory_seconds(&self) -> (Limit, &[f64]) {
        let median = |times: &[f64]| Summary::of(times).median;
        match &self.streaming_copy_seconds {
            Some(streaming) if median(streaming) < median(&self.copy_seconds) => {
                (Limit::StreamingCopy, streaming)
            }
            _ => (Limit::Copy, &self.copy_seconds),
        }
    }

    /// What limits it.
    pub(crate) fn limit(&self) -> Limit {
        self.limiting().0
    }

    /// The share of its ceiling that it reaches, from ratios within rounds.
    pub(crate) fn share(&self) -> Summary {
        let (_, ceiling) = self.limiting();
        let shares = ceiling.iter().zip(&self.seconds).map(|(ceiling, own)| ceiling / own);
        Summary::of(&shares.collect::<Vec<_>>())
    }

    fn limiting(&self) -> (Limit, &[f64]) {
        let (name, memory) = self.memory_seconds();
        if Summary::of(memory).median >= Summary::of(&self.arithmetic_seconds).median {
            (name, memory)
        } else {
            (Limit::Arithmetic, &self.arithmetic_seconds)
        }
    }

    /// Speed-up over another measurement of the same race and stack.
    pub(crate) fn speed_up(&self, single: &Self) -> Summary {
        self.growth(single, 1.0)
    }

    /// Weak-scaling efficiency: the speed-up per pixel and thread, for stacks of other sizes.
    pub(crate) fn efficiency_of_rate(&self, single: &Self) -> Summary {
        let threads = self.threads as f64 / single.threads as f64;
        self.growth(single, self.case.pixels() as f64 / single.case.pixels() as f64 / threads)
    }

    fn growth(&self, single: &Self, factor: f64) -> Summary {
        let rounds = single.seconds.iter().zip(&self.seconds);
        Summary::of(&rounds.map(|(single, own)| factor * single / own).collect::<Vec<_>>())
    }

    /// Vector operations per byte that is read or written.
    pub(crate) fn intensity(&self) -> f64 {
        self.operations / self.case.bytes_per_pixel() as f64
    }

    /// Whether the result is as near to the reference as it must be.
    pub(crate) fn is_right(&self) -> bool {
        self.check.error.is_some_and(|error| error <= self.check.bound)
    }
}

/// The measurements of strong scaling of one level and one way to place threads, by number of
/// threads.
#[derive(Clone, Debug)]
pub(crate) struct Curve<'a> {
    pub(crate) level: &'a str,
    pub(crate) pinned: bool,
    pub(crate) measurements: Vec<&'a Measurement>,
}

impl Curve<'_> {
    /// That of one thread, if it was measured.
    pub(crate) fn single(&self) -> Option<&Measurement> {
        self.measurements.first().copied().filter(|measured| measured.threads == 1)
    }

    /// Throughput by number of threads, up to so many.
    fn points(&self, most: usize, rate: impl Fn(&Measurement) -> f64) -> Vec<Point> {
        let up_to = self.measurements.iter().filter(|measured| measured.threads <= most);
        up_to
            .map(|measured| Point { threads: measured.threads, throughput: rate(measured) })
            .collect()
    }
}

impl Race {
    /// The curves that its measurements lie on.
    pub(crate) fn curves(&self) -> Vec<Curve<'_>> {
        let mut curves: Vec<Curve<'_>> = Vec::new();
        for measured in &self.measurements {
            let (level, pinned) = (measured.level.as_str(), measured.pinned);
            let known = |curve: &&mut Curve<'_>| (curve.level, curve.pinned) == (level, pinned);
            match curves.iter_mut().find(known) {
                Some(curve) => curve.measurements.push(measured),
                None => curves.push(Curve { level, pinned, measurements: vec![measured] }),
            }
        }
        curves
    }
}

/// The laws of scaling of the best level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Laws {
    pub(crate) amdahl: Amdahl,
    pub(crate) scalability: Scalability,
}

impl Report {
    /// How strong scaling was measured.
    pub(crate) fn strong(&self) -> Option<&Race> {
        self.races_of(Topic::StrongScaling).next()
    }

    /// The curve that laws are fitted to: the best level, pinned if that was possible.
    pub(crate) fn main_curve(&self) -> Option<Curve<'_>> {
        self.strong()?.curves().into_iter().next()
    }

    /// The laws fitted to the main curve, as far as every thread has a core of its own; `None`
    /// below three such counts.
    pub(crate) fn laws(&self) -> Option<Laws> {
        let points = self.main_curve()?.points(self.cores(), |measured| measured.rate().median);
        Some(Laws { amdahl: Amdahl::fit(&points)?, scalability: Scalability::fit(&points)? })
    }

    /// Cores that threads could be pinned to; `usize::MAX` where unknown.
    pub(crate) fn cores(&self) -> usize {
        let mut cores: Vec<usize> = self.cpus.iter().map(|cpu| cpu.core).collect();
        cores.sort_unstable();
        cores.dedup();
        if cores.is_empty() { usize::MAX } else { cores.len() }
    }

    /// The number of threads from which memory is the wall.
    pub(crate) fn wall(&self) -> Option<usize> {
        let curve = self.main_curve()?;
        let memory = curve.points(usize::MAX, Measurement::memory_ceiling);
        memory_wall(&memory, &curve.points(usize::MAX, Measurement::arithmetic_ceiling))
    }

    /// By how much, as a share, the time of a filter differs from one round to the next.
    pub(crate) fn noise(&self) -> Option<f64> {
        noise(self.measurements().map(|(_, measured)| &measured.seconds[..]))
    }

    /// Rounds that count and rounds that were dropped.
    pub(crate) fn rounds(&self) -> (usize, usize) {
        let kept = |race: &Race| race.measurements.first().map_or(0, |first| first.seconds.len());
        (
            self.races.iter().map(kept).sum(),
            self.races.iter().fold(0, |sum: usize, race| sum.saturating_add(race.dropped)),
        )
    }

    /// All measurements, each with a letter for the bits of its result: within a case equal letters
    /// mean equal bits. The first is A.
    pub(crate) fn letters(&self) -> Vec<(&Race, &Measurement, char)> {
        let mut known: Vec<(&Race, &Measurement, char)> = Vec::new();
        for (race, measured) in self.measurements() {
            let of_case = || known.iter().filter(|(_, other, _)| other.case == measured.case);
            let same = of_case().find(|(_, other, _)| other.check.bits == measured.check.bits);
            let last = || of_case().map(|(.., letter)| *letter).max();
            let letter =
                same.map(|(.., letter)| *letter).unwrap_or_else(|| last().map_or('A', next_letter));
            known.push((race, measured, letter));
        }
        known
    }

    /// Measurements whose bits differ between numbers of threads at one level.
    pub(crate) fn unequal(&self) -> usize {
        let all: Vec<_> = self.measurements().map(|(_, measured)| measured).collect();
        let differs = |measured: &&&Measurement| {
            all.iter().any(|other| {
                (&other.case, &other.level) == (&measured.case, &measured.level)
                    && other.check.bits != measured.check.bits
            })
        };
        all.iter().filter(differs).count()
    }

    /// Measurements whose result is off by more than the bound.
    pub(crate) fn wrong(&self) -> usize {
        self.measurements().filter(|(_, measured)| !measured.is_right()).count()
    }
}

/// After Z there is no letter left; results that differ so much are wrong anyway.
fn next_letter(letter: char) -> char {
    char::from_u32(u32::from(letter) + 1).filter(char::is_ascii_uppercase).unwrap_or('?')
}
