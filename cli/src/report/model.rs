//! What a report holds: the contents of `report.json`.
//!
//! Facts alone, as they were measured. Rates, shares of ceilings and fitted laws are derived from
//! them each time a report is written out, so that a page never says what its file does not.

use anyhow::{Context, bail};
use gausstack::ElementType;
use gausstack_measure::{Cpu, Machine, Team};
use serde::{Deserialize, Serialize};

use crate::args::PrecisionName;
use crate::element::named;
use crate::layout::{StackLayout, other_axes};

/// The version of the format. A change that a reader would notice raises it.
pub(crate) const SCHEMA: u32 = 1;

/// So many threads at most, so that no report takes memory or time without end.
pub(crate) const MAX_THREADS: usize = Team::MAX_THREADS;

/// Plausible seconds: from the arithmetic of one pixel on many threads to decades.
const POSSIBLE: std::ops::RangeInclusive<f64> = 1e-18..=1e9;

/// Measurements of gausstack on one machine, written by `gausstack report`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Report {
    /// The version of this format: 1.
    #[cfg_attr(test, schemars(range(min = 1, max = 1)))]
    pub(crate) schema: u32,
    /// When measuring began: UTC, as in RFC 3339.
    pub(crate) started: String,
    /// How long measuring took, in seconds.
    pub(crate) duration: f64,
    /// What was asked for.
    pub(crate) settings: Settings,
    /// What it was measured on.
    pub(crate) machine: Machine,
    /// The CPUs of this machine that the process could use, in the order in which threads were
    /// pinned to them; none where the system does not tell.
    pub(crate) cpus: Vec<Cpu>,
    /// The races, in the order in which they were run.
    pub(crate) races: Vec<Race>,
    /// What could not be measured, and why.
    pub(crate) unmeasured: Vec<String>,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Settings {
    /// Whether it was the short run, without weak scaling and without other filters and images.
    pub(crate) quick: bool,
    /// Timed rounds that were to count in each race.
    pub(crate) rounds: usize,
    /// Shape of the stack that scaling is measured on.
    pub(crate) shape: [usize; 3],
    /// Its axis that counts slices.
    pub(crate) slice_axis: usize,
    /// Standard deviation along the two other axes, in pixels.
    pub(crate) sigma: [f64; 2],
    /// Numbers of threads, ascending.
    pub(crate) threads: Vec<usize>,
    /// Instruction levels, the best first.
    pub(crate) levels: Vec<String>,
}

/// Measurements whose work was done in turn, so that all saw the same machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Race {
    /// What the measurements are compared for.
    pub(crate) topic: Topic,
    /// Rounds that are not among the times, since they lost too much CPU to other work.
    pub(crate) dropped: usize,
    /// Whether every round lost that much; the times are of disturbed rounds then.
    pub(crate) disturbed: bool,
    /// Whether the system tells how much CPU is lost. If not, no round was dropped.
    pub(crate) readable: bool,
    /// The measurements.
    pub(crate) measurements: Vec<Measurement>,
}

/// What the measurements of a race are compared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Topic {
    /// The same stack on more and more threads, at every level, pinned and not.
    StrongScaling,
    /// Slices that can and that cannot be shared out evenly.
    SliceCounts,
    /// As many slices for each thread, on more and more threads.
    WeakScaling,
    /// Images and stacks of other shapes.
    Shape,
    /// Narrow and wide filters.
    Sigma,
    /// Element types, and what is summed in.
    Element,
    /// What lies outside of the image.
    Mode,
    /// Where pixels lie in memory.
    Layout,
}

/// One filter on one number of threads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Measurement {
    /// What was filtered, and how.
    pub(crate) case: Case,
    /// Instruction level.
    pub(crate) level: String,
    /// Number of threads.
    #[cfg_attr(test, schemars(range(min = 1, max = 4096)))]
    pub(crate) threads: usize,
    /// Whether each thread was pinned to a CPU of its own: the first of the report's `cpus`.
    pub(crate) pinned: bool,
    /// Seconds of the filter, from memory to memory that had been touched before: one number for
    /// each round that counts.
    #[cfg_attr(test, schemars(length(min = 1), inner(range(min = 1e-18, max = 1e9))))]
    pub(crate) seconds: Vec<f64>,
    /// Seconds of a plain copy of the same pixels on the same threads, in the same rounds.
    pub(crate) copy_seconds: Vec<f64>,
    /// Seconds of a copy with non-temporal stores, past the caches; `null` where it is not measured
    /// (elements other than f32).
    pub(crate) streaming_copy_seconds: Option<Vec<f64>>,
    /// Seconds that the arithmetic of the filter takes in registers alone, on the same threads.
    pub(crate) arithmetic_seconds: Vec<f64>,
    /// Vector operations per pixel, counted in elements: additions, multiplications, fused
    /// multiply-adds.
    #[cfg_attr(test, schemars(range(min = 0, max = 1e6)))]
    pub(crate) operations: f64,
    /// The check of the result.
    pub(crate) check: Check,
}

/// What is filtered, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Case {
    /// Shape of the stack.
    pub(crate) shape: [usize; 3],
    /// Its axis that counts slices.
    pub(crate) slice_axis: usize,
    /// Standard deviation along the two other axes, in pixels.
    pub(crate) sigma: [f64; 2],
    /// Element type of input and output.
    #[serde(with = "named")]
    #[cfg_attr(test, schemars(with = "named::Schema"))]
    pub(crate) element: ElementType,
    /// What is summed in.
    pub(crate) precision: PrecisionName,
    /// What lies outside of the image.
    pub(crate) mode: String,
    /// Where the pixels of input and output lie in memory.
    pub(crate) layout: Layout,
}

/// Where pixels lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Layout {
    /// C order: the last axis is contiguous.
    C,
    /// Fortran order: the first axis is contiguous.
    Fortran,
    /// Every second element along the last axis of an array in C order.
    EverySecond,
}

/// A result that was looked at before anything was timed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Check {
    /// The largest error against sums in f64 by brute force, beyond what rounding to integers is,
    /// as a share of `max|x| * sum|w|`; `null` where a pixel is not a number.
    pub(crate) error: Option<f64>,
    /// What the error may be.
    pub(crate) bound: f64,
    /// How many pixels were looked at.
    pub(crate) pixels: usize,
    /// A hash of all bits of the result: equal for equal results of the same case within one
    /// report.
    pub(crate) bits: String,
    /// Bytes by which the process grew at its peak while it filtered; `null` where the system does
    /// not tell.
    pub(crate) peak_bytes: Option<u64>,
}

impl Report {
    /// Reads a report.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        struct Version {
            schema: u32,
        }
        let version: Version = serde_json::from_str(text).context("not a report")?;
        if version.schema != SCHEMA {
            bail!("a report of format {}, and this program reads format {SCHEMA}", version.schema);
        }
        let report: Self = serde_json::from_str(text).context("not a whole report")?;
        report.validate()?;
        Ok(report)
    }

    /// Checks that the numbers agree with each other, so that rendering can rely on them.
    pub(crate) fn validate(&self) -> anyhow::Result<()> {
        for (number, race) in self.races.iter().enumerate() {
            for measurement in &race.measurements {
                let rounds = measurement.seconds.len();
                let times = [
                    Some(&measurement.seconds),
                    Some(&measurement.copy_seconds),
                    measurement.streaming_copy_seconds.as_ref(),
                ];
                let right = |times: &Vec<f64>| {
                    times.len() == rounds && times.iter().all(|time| POSSIBLE.contains(time))
                };
                // Filters that leave everything as it is have no arithmetic.
                let arithmetic = &measurement.arithmetic_seconds;
                let none = measurement.operations == 0.0
                    && arithmetic.len() == rounds
                    && arithmetic.iter().all(|&time| time == 0.0);
                let is_timed =
                    times.into_iter().flatten().all(right) && (none || right(arithmetic));
                if rounds == 0 || !is_timed {
                    bail!("race {number} has a measurement with missing or impossible times");
                }
                let case = &measurement.case;
                let shape = case.shape.iter().try_fold(1_usize, |n, &length| n.checked_mul(length));
                if shape.is_none_or(|pixels| pixels == 0)
                    || case.slice_axis > 2
                    || !(1..=MAX_THREADS).contains(&measurement.threads)
                    || !(0.0..=1e6).contains(&measurement.operations)
                {
                    bail!("race {number} has a measurement of an impossible stack");
                }
            }
        }
        Ok(())
    }

    /// As it is written to a file.
    pub(crate) fn to_json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// The measurements of a topic, race by race.
    pub(crate) fn races_of(&self, topic: Topic) -> impl Iterator<Item = &Race> {
        self.races.iter().filter(move |race| race.topic == topic)
    }

    /// All measurements.
    pub(crate) fn measurements(&self) -> impl Iterator<Item = (&Race, &Measurement)> {
        self.races
            .iter()
            .flat_map(|race| race.measurements.iter().map(move |measured| (race, measured)))
    }
}

impl Topic {
    /// What it is called in a table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::StrongScaling => "scaling",
            Self::SliceCounts => "slices",
            Self::WeakScaling => "weak",
            Self::Shape => "shape",
            Self::Sigma => "sigma",
            Self::Element => "element",
            Self::Mode => "mode",
            Self::Layout => "layout",
        }
    }
}

impl Layout {
    /// Elements from one pixel to the next along the last axis, but in Fortran order.
    pub(crate) fn step(self) -> usize {
        if self == Self::EverySecond { 2 } else { 1 }
    }
}

impl Case {
    /// How many pixels.
    pub(crate) fn pixels(&self) -> usize {
        self.shape.iter().product()
    }

    /// How many elements their memory has.
    pub(crate) fn elements(&self) -> usize {
        self.pixels() * self.layout.step()
    }

    /// How many slices.
    pub(crate) fn slices(&self) -> usize {
        self.shape[self.slice_axis]
    }

    /// Where its pixels lie.
    pub(crate) fn stack(&self) -> StackLayout {
        let [a, b, c] = self.shape;
        let step = self.layout.step();
        let strides = match self.layout {
            Layout::C | Layout::EverySecond => [b * c * step, c * step, step],
            Layout::Fortran => [1, a, a * b],
        };
        StackLayout { shape: self.shape, strides, element: self.element }
    }

    /// The axes of a slice.
    pub(crate) fn axes(&self) -> [usize; 2] {
        other_axes(self.slice_axis)
    }

    /// Bytes that are read and written for each pixel at least.
    pub(crate) fn bytes_per_pixel(&self) -> usize {
        2 * self.element.size()
    }
}
