//! Runs the races: every filter is checked once, then timed in turn with the floors of its threads.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use anyhow::{Context, bail};
use gausstack::{Element, Gaussian, Level, Mode, Plan, Threads};
use gausstack_measure::{
    ArithmeticFloor, Contender, CopyFloor, PeakMemory, Rounds, Team, operations,
};
use ndarray::{
    ArrayRef3, ArrayView3, ArrayViewMut3, Axis, Ix3, ShapeBuilder, ShapeError, StrideShape,
};
use rayon::prelude::*;

use super::cases::{Batch, Entry};
use super::eta::Eta;
use super::model::{Case, Check, Layout, Measurement, Race};
use crate::check::{self, Checked, Subject};
use crate::element::ElementType;
use crate::stack;

/// Random pixels of each slice that is checked, and the weights that this may take: 2 s of one thread.
const CHECKED: usize = 2000;
const CHECKED_WEIGHTS: f64 = 4e8;

/// The threads that measurements share.
pub(crate) struct Teams {
    pin_order: Vec<usize>,
    teams: HashMap<(usize, bool), Team>,
}

impl Teams {
    /// None yet; the CPUs are those to pin to, in that order.
    pub(crate) fn new(pin_order: Vec<usize>) -> Self {
        Self { pin_order, teams: HashMap::new() }
    }

    fn team(&mut self, entry: &Entry) -> anyhow::Result<Team> {
        let key = (entry.threads, entry.pinned);
        if let Some(team) = self.teams.get(&key) {
            return Ok(team.clone());
        }
        let team = if entry.pinned {
            let cpus = self.pin_order.get(..entry.threads).context("more threads than CPUs")?;
            Team::pinned(cpus)?
        } else {
            Team::new(entry.threads)?
        };
        self.teams.insert(key, team.clone());
        Ok(team)
    }
}

/// Runs one batch.
pub(crate) fn run(
    batch: &Batch,
    teams: &mut Teams,
    rounds: usize,
    eta: &Eta,
) -> anyhow::Result<Race> {
    let Some(first) = batch.entries.first() else { bail!("a race without measurements") };
    match first.case.element {
        ElementType::F32 => {
            race::<f32>(batch, teams, rounds, eta, Some(CopyFloor::copy_streaming::<Ix3>))
        }
        ElementType::F64 => race::<f64>(batch, teams, rounds, eta, None),
        ElementType::U8 => race::<u8>(batch, teams, rounds, eta, None),
        ElementType::I8 => race::<i8>(batch, teams, rounds, eta, None),
        ElementType::U16 => race::<u16>(batch, teams, rounds, eta, None),
        ElementType::I16 => race::<i16>(batch, teams, rounds, eta, None),
        ElementType::U32 => race::<u32>(batch, teams, rounds, eta, None),
        ElementType::I32 => race::<i32>(batch, teams, rounds, eta, None),
        other @ (ElementType::U64 | ElementType::I64 | ElementType::Bool) => {
            bail!("reports measure no stacks of {other}")
        }
    }
}

/// A copy past the caches, which the machine's ceilings have for one type of element.
type Streaming<T> = fn(
    &CopyFloor,
    Level,
    &ArrayRef3<T>,
    &mut ArrayRef3<T>,
    &[usize],
) -> Result<(), gausstack_measure::Error>;

/// An entry with what it needs to run.
struct Runner<'a, T> {
    entry: &'a Entry,
    plan: Plan<T, T>,
    copy: CopyFloor,
    arithmetic: ArithmeticFloor,
    operations: f64,
}

/// Where an entry's times are found.
struct Contenders {
    filter: Contender,
    copy: Contender,
    streaming: Option<Contender>,
    arithmetic: Contender,
}

fn race<T: Element + Into<f64>>(
    batch: &Batch,
    teams: &mut Teams,
    rounds: usize,
    eta: &Eta,
    streaming: Option<Streaming<T>>,
) -> anyhow::Result<Race> {
    let elements = batch.elements();
    let made = stack::build::<T>(batch.shape, batch.slice_axis, rayon::current_num_threads())?;
    let mut source = made.into_raw_vec_and_offset().0;
    // Only where rows are so few that they cannot be fewer.
    source.resize(elements, T::default());
    let mut target = stack::zeros::<T>(elements)?;
    let runners: Vec<Runner<'_, T>> =
        batch.entries.iter().map(|entry| Runner::new(entry, teams)).collect::<Result<_, _>>()?;
    let mut checks = Checks::default();
    let mut checked = Vec::new();
    for runner in &runners {
        checked.push(checks.check(runner, &source, &mut target)?);
    }

    let mut race = Rounds::<Vec<T>, (), anyhow::Error>::new(rounds)
        .observer(|round, place| eta.show(round, place));
    // Levels share the copies of their team.
    let mut copies: Vec<(&Entry, Contender, Option<Contender>)> = Vec::new();
    let mut contenders = Vec::new();
    let source = &source;
    for runner in &runners {
        let Runner { entry, plan, copy, arithmetic, .. } = runner;
        let (case, axes) = (&entry.case, entry.case.axes());
        let pixels = case.pixels() as f64;
        let known = copies.iter().find(|(other, ..)| {
            (&other.case, other.threads, other.pinned) == (case, entry.threads, entry.pinned)
        });
        let (plain, past_caches) = match known {
            Some(&(_, plain, past_caches)) => (plain, past_caches),
            None => {
                let plain = race.add("copy", move |target: &mut Vec<T>| {
                    Ok(copy.copy(&view(case, source)?, &mut view_mut(case, target)?, &axes)?)
                });
                let past_caches = streaming.map(|streaming| {
                    race.add("copy past caches", move |target: &mut Vec<T>| {
                        let (from, mut to) = (view(case, source)?, view_mut(case, target)?);
                        Ok(streaming(copy, plan.level(), &from, &mut to, &axes)?)
                    })
                });
                copies.push((entry, plain, past_caches));
                (plain, past_caches)
            }
        };
        let scale = arithmetic.scale(runner.operations * pixels);
        contenders.push(Contenders {
            copy: plain,
            streaming: past_caches,
            arithmetic: race.add_scaled("arithmetic", scale, move |_| {
                arithmetic.run();
                Ok(())
            }),
            filter: race.add("filter", move |target: &mut Vec<T>| {
                Ok(plan.apply_into(&view(case, source)?, &mut view_mut(case, target)?)?)
            }),
        });
    }
    for (of_entry, runner) in contenders.iter().zip(&runners) {
        for contender in [
            Some(of_entry.filter),
            Some(of_entry.copy),
            of_entry.streaming,
            Some(of_entry.arithmetic),
        ] {
            contender.into_iter().for_each(|one| race.busy(one, runner.entry.threads));
        }
    }
    eta.begin(rounds, race.contenders());
    let outcome = race.run(&mut target)?;
    let samples = |contender| outcome.samples(contender).to_vec();
    let measurements = runners.iter().zip(contenders).zip(checked);
    let measurement =
        |((runner, of_entry), check): ((&Runner<'_, T>, Contenders), Check)| Measurement {
            case: runner.entry.case.clone(),
            level: runner.plan.level().name().to_owned(),
            threads: runner.entry.threads,
            pinned: runner.entry.pinned,
            seconds: samples(of_entry.filter),
            copy_seconds: samples(of_entry.copy),
            streaming_copy_seconds: of_entry.streaming.map(samples),
            arithmetic_seconds: samples(of_entry.arithmetic),
            operations: runner.operations,
            check,
        };
    Ok(Race {
        topic: batch.topic,
        // Those of a race without a quiet round are among the times.
        dropped: if outcome.is_disturbed() { 0 } else { outcome.dropped() },
        disturbed: outcome.is_disturbed(),
        readable: outcome.is_readable(),
        measurements: measurements.map(measurement).collect(),
    })
}

impl<'a, T: Element> Runner<'a, T> {
    fn new(entry: &'a Entry, teams: &mut Teams) -> anyhow::Result<Self> {
        let (case, team) = (&entry.case, teams.team(entry)?);
        let plan = Gaussian::new(case.sigma)
            .axes(case.axes().map(|axis| axis as isize))
            .mode(mode(case)?)
            .precision(case.precision.into())
            .level(entry.level)
            .threads(Threads::Pool(team.pool()))
            .plan(case.shape)?;
        Ok(Self {
            entry,
            copy: CopyFloor::on(&team),
            arithmetic: ArithmeticFloor::on(plan.level(), plan.precision(), &team),
            operations: operations(plan.passes(), plan.precision(), 1),
            plan,
        })
    }
}

/// Results that were found right, so that equal ones need not be looked at again.
#[derive(Default)]
struct Checks {
    done: Vec<(Case, u64, Checked)>,
}

impl Checks {
    fn check<T: Element + Into<f64>>(
        &mut self,
        runner: &Runner<'_, T>,
        source: &[T],
        target: &mut [T],
    ) -> anyhow::Result<Check> {
        let case = &runner.entry.case;
        // A pixel that nobody writes is no result.
        let share = target.len().div_ceil(rayon::current_num_threads()).max(1);
        target.par_chunks_mut(share).for_each(|part| part.fill(stack::unwritten()));
        let peak = PeakMemory::begin();
        runner.plan.apply_into(&view(case, source)?, &mut view_mut(case, target)?)?;
        let peak_bytes = peak.as_ref().and_then(PeakMemory::grown);
        let output = view(case, target)?;
        let bits = bits(&output);
        let known = self.done.iter().find(|(of, same, _)| (of, *same) == (case, bits));
        let checked = match known {
            Some((_, _, checked)) => checked.clone(),
            None => {
                let taps: f64 = case.sigma.iter().map(|sigma| 8.0 * sigma + 1.0).product();
                let checked = check::run(&Subject {
                    input: view(case, source)?,
                    output,
                    slice_axis: case.slice_axis,
                    sigma: case.sigma,
                    mode: mode(case)?,
                    precision: runner.plan.precision(),
                    random: ((CHECKED_WEIGHTS / taps) as usize).min(CHECKED),
                })?;
                self.done.push((case.clone(), bits, checked.clone()));
                checked
            }
        };
        Ok(Check {
            error: Some(checked.error()).filter(|error| error.is_finite()),
            bound: checked.bound(),
            pixels: checked.pixels(),
            bits: format!("{bits:016x}"),
            peak_bytes,
        })
    }
}

/// A hash of the bits of all pixels.
fn bits<T: Element + Into<f64>>(array: &ArrayView3<'_, T>) -> u64 {
    let plane = |index| {
        let mut hasher = DefaultHasher::new();
        for &value in array.index_axis(Axis(0), index) {
            hasher.write_u64(Into::<f64>::into(value).to_bits());
        }
        hasher.finish()
    };
    let planes: Vec<u64> = (0..array.len_of(Axis(0))).into_par_iter().map(plane).collect();
    let mut hasher = DefaultHasher::new();
    planes.hash(&mut hasher);
    hasher.finish()
}

fn mode(case: &Case) -> Result<Mode, gausstack::Error> {
    case.mode.parse()
}

/// The pixels of a case in memory that has room for them.
fn view<'a, T>(case: &Case, memory: &'a [T]) -> Result<ArrayView3<'a, T>, ShapeError> {
    ArrayView3::from_shape(strides(case), memory)
}

fn view_mut<'a, T>(case: &Case, memory: &'a mut [T]) -> Result<ArrayViewMut3<'a, T>, ShapeError> {
    ArrayViewMut3::from_shape(strides(case), memory)
}

/// Where the pixels of a case lie in it.
fn strides(case: &Case) -> StrideShape<Ix3> {
    let [a, b, c] = case.shape;
    match case.layout {
        Layout::C => case.shape.into(),
        Layout::Fortran => case.shape.f().into(),
        Layout::EverySecond => {
            let step = case.layout.step();
            (a, b, c).strides((b * c * step, c * step, step))
        }
    }
}
