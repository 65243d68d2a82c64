//! Runs the races: each filter is checked once, then timed in turn with the floors on its threads.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};

use anyhow::{Context, bail};
use gausstack::{AnyPlan, Gaussian, Mode, Threads};
use gausstack_io::memory::Memory;
use gausstack_measure::{
    ArithmeticFloor, Contender, CopyFloor, PeakMemory, Rounds, Team, operations,
};
use rayon::prelude::*;

use super::cases::{Batch, Entry};
use super::eta::Eta;
use super::model::{Case, Check, Measurement, Race};
use crate::check::{self, Checked, Subject};
use crate::element::has_stacks;
use crate::layout::StackLayout;
use crate::stack;

/// Random pixels of each slice that is checked, and the weights that this may take: 2 s of one
/// thread.
const CHECKED: usize = 2000;
const CHECKED_WEIGHTS: f64 = 4e8;

/// The threads that measurements share.
pub(crate) struct Teams {
    pin_order: Vec<usize>,
    teams: HashMap<(usize, bool), Team>,
}

impl Teams {
    /// Starts no threads yet; `pin_order` lists the CPUs to pin to.
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

/// An entry with what it needs to run.
struct Runner<'a> {
    entry: &'a Entry,
    stack: StackLayout,
    plan: AnyPlan,
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

/// Runs one batch.
pub(crate) fn run(
    batch: &Batch,
    teams: &mut Teams,
    rounds: usize,
    eta: &Eta,
) -> anyhow::Result<Race> {
    let Some(first) = batch.entries.first() else { bail!("a race without measurements") };
    let element = first.case.element;
    if !has_stacks(element) {
        bail!("reports measure no stacks of {element}");
    }
    // More than the stack's own only where rows are so few that they cannot be fewer.
    let bytes = batch.elements() * element.size();
    let (mut source, mut target) = (stack::zeros(bytes)?, stack::zeros(bytes)?);
    let made = StackLayout::c_order(batch.shape, element);
    stack::build(&made, batch.slice_axis, rayon::current_num_threads(), source.bytes_mut());
    let runners: Vec<Runner<'_>> =
        batch.entries.iter().map(|entry| Runner::new(entry, teams)).collect::<Result<_, _>>()?;
    let mut checks = Checks::default();
    let mut checked = Vec::new();
    for runner in &runners {
        checked.push(checks.check(runner, source.bytes(), target.bytes_mut())?);
    }

    let mut race = Rounds::<Memory, (), anyhow::Error>::new(rounds)
        .observer(|round, place| eta.show(round, place));
    // Levels share the copies of their team.
    let mut copies: Vec<(&Entry, Contender, Option<Contender>)> = Vec::new();
    let mut contenders = Vec::new();
    let source = source.bytes();
    for runner in &runners {
        let Runner { entry, plan, copy, arithmetic, .. } = runner;
        let (case, stack, axes) = (&entry.case, runner.stack, entry.case.axes());
        let pixels = case.pixels() as f64;
        let known = copies.iter().find(|(other, ..)| {
            (&other.case, other.threads, other.pinned) == (case, entry.threads, entry.pinned)
        });
        let (plain, past_caches) = match known {
            Some(&(_, plain, past_caches)) => (plain, past_caches),
            None => {
                let plain = race.add("copy", move |target: &mut Memory| {
                    Ok(stack.copy(copy, source, target.bytes_mut(), axes)?)
                });
                let past_caches = stack.has_streaming_copy().then(|| {
                    race.add("copy past caches", move |target: &mut Memory| {
                        let (level, target) = (plan.level(), target.bytes_mut());
                        Ok(stack.copy_streaming(copy, level, source, target, axes)?)
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
            filter: race.add("filter", move |target: &mut Memory| {
                let (from, to) = (stack.view(source), stack.view_mut(target.bytes_mut()));
                Ok(plan.apply_into(from, to)?)
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
        |((runner, of_entry), check): ((&Runner<'_>, Contenders), Check)| Measurement {
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

impl<'a> Runner<'a> {
    fn new(entry: &'a Entry, teams: &mut Teams) -> anyhow::Result<Self> {
        let (case, team) = (&entry.case, teams.team(entry)?);
        let plan = Gaussian::new(case.sigma)
            .axes(case.axes().map(|axis| axis as isize))
            .mode(mode(case)?)
            .precision(case.precision.into())
            .level(entry.level)
            .threads(Threads::Pool(team.pool()))
            .plan_any(case.shape, case.element, case.element)?;
        Ok(Self {
            entry,
            stack: case.stack(),
            copy: CopyFloor::on(&team),
            arithmetic: ArithmeticFloor::on(plan.level(), plan.precision(), &team),
            operations: operations(plan.passes(), plan.precision(), 1),
            plan,
        })
    }
}

/// Checked results, so that equal bits are not checked twice.
#[derive(Default)]
struct Checks {
    done: Vec<(Case, u64, Checked)>,
}

impl Checks {
    fn check(
        &mut self,
        runner: &Runner<'_>,
        source: &[u8],
        target: &mut [u8],
    ) -> anyhow::Result<Check> {
        let (case, stack) = (&runner.entry.case, runner.stack);
        // A pixel that the filter does not write must fail the check. (Parts hold whole elements.)
        let share = target.len().div_ceil(rayon::current_num_threads()).next_multiple_of(8);
        target
            .par_chunks_mut(share.max(8))
            .for_each(|part| stack::mark_unwritten(case.element, part));
        let peak = PeakMemory::begin();
        runner.plan.apply_into(stack.view(source), stack.view_mut(target))?;
        let peak_bytes = peak.as_ref().and_then(PeakMemory::grown);
        let bits = bits(&stack, target);
        let known = self.done.iter().find(|(of, same, _)| (of, *same) == (case, bits));
        let checked = match known {
            Some((_, _, checked)) => checked.clone(),
            None => {
                let taps: f64 = case.sigma.iter().map(|sigma| 8.0 * sigma + 1.0).product();
                let checked = check::run(&Subject {
                    stack,
                    input: source,
                    output: target,
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
fn bits(stack: &StackLayout, bytes: &[u8]) -> u64 {
    let plane = |index| {
        let mut hasher = DefaultHasher::new();
        stack.image(bytes, 0, index).pixels().for_each(|pixel| hasher.write_u64(pixel.to_bits()));
        hasher.finish()
    };
    let planes: Vec<u64> = (0..stack.shape[0]).into_par_iter().map(plane).collect();
    let mut hasher = DefaultHasher::new();
    planes.into_iter().for_each(|plane| hasher.write_u64(plane));
    hasher.finish()
}

fn mode(case: &Case) -> Result<Mode, gausstack::Error> {
    case.mode.parse()
}
