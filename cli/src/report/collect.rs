//! Selects what this machine can measure, and measures it.

use std::time::{Instant, SystemTime};

use anyhow::bail;
use gausstack::Level;
use gausstack_measure::{Machine, Team, Topology};

use super::cases::{self, Batch};
use super::eta::Eta;
use super::measure::{self, Teams};
use super::model::{Report, SCHEMA, Settings, Topic};
use crate::args::{Counts, ReportArgs, StackArgs};

/// Rounds that count in each race, in a quick run and in a full one. On two cores the runs take
/// half a minute and four minutes, and twice as long where every round is disturbed.
const ROUNDS: [usize; 2] = [5, 15];

/// The share of the machine's memory that arrays may take.
const MEMORY: f64 = 0.8;

/// Measures this machine. Calls `prepare` once all checks have passed, and returns its result with
/// the report.
pub(super) fn measured<P>(
    args: &ReportArgs,
    commit: Option<&str>,
    prepare: impl FnOnce() -> anyhow::Result<P>,
) -> anyhow::Result<(Report, P)> {
    let started = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let clock = Instant::now();
    let mut machine = Machine::read();
    machine.commit = commit.map(str::to_owned);
    let topology = Topology::read().map(Topology::usable);
    let mut unmeasured = Vec::new();
    let levels = levels(&args.levels)?;
    let threads = threads(args.threads.as_ref(), &machine, topology.as_ref(), &mut unmeasured);
    let rounds = args.rounds.unwrap_or(ROUNDS[usize::from(!args.quick)]);
    let StackArgs { shape, sigma, slice_axis } = args.stack;
    let settings = Settings {
        quick: args.quick,
        rounds,
        shape,
        slice_axis,
        sigma,
        threads,
        levels: levels.iter().map(|level| level.name().to_owned()).collect(),
    };
    let order = topology.as_ref().map(Topology::pin_order).unwrap_or_default();
    let pinned = is_pinnable(&order, &settings.threads, &mut unmeasured);
    let batches = cases::batches(&settings, &levels, pinned);
    let batches = affordable(batches, &machine, &mut unmeasured)?;
    let prepared = prepare()?;
    if args.quick {
        unmeasured.push(
            "Weak scaling and other shapes, sigmas, elements, borders and layouts: a quick run \
             leaves them out."
                .to_owned(),
        );
    }

    let eta = Eta::new(batches.iter().map(|batch| batch.cost(rounds)).sum());
    let mut teams = Teams::new(order.clone());
    let mut races = Vec::new();
    for (number, batch) in batches.iter().enumerate() {
        let title = format!("{}/{} {}", number + 1, batches.len(), batch.topic.name());
        eta.enter(&title, batch.cost(rounds));
        races.push(measure::run(batch, &mut teams, rounds, &eta)?);
        eta.leave();
    }
    eta.clear();
    if races.iter().any(|race| race.measurements.iter().any(|m| m.check.peak_bytes.is_none())) {
        unmeasured
            .push("Peak memory: this system does not let a process watch its own.".to_owned());
    }
    let cpus = topology.iter().flat_map(Topology::cpus);
    let cpu = |id: &usize| cpus.clone().find(|cpu| cpu.id == *id).copied();
    let report = Report {
        schema: SCHEMA,
        started,
        duration: clock.elapsed().as_secs_f64(),
        settings,
        machine,
        cpus: order.iter().filter_map(cpu).collect(),
        races,
        unmeasured,
    };
    report.validate()?;
    Ok((report, prepared))
}

/// The levels that were asked for, the best first.
fn levels(names: &[String]) -> anyhow::Result<Vec<Level>> {
    let named = names.iter().filter(|name| *name != "all");
    let asked: Vec<Level> = named.map(|name| Level::from_name(name)).collect::<Result<_, _>>()?;
    let mut levels = Level::available();
    if asked.len() == names.len() {
        levels.retain(|level| asked.contains(level));
    }
    levels.reverse();
    Ok(levels)
}

/// The numbers of threads to measure: at most the usable CPUs, and always 1, the base of every
/// speed-up.
fn threads(
    asked: Option<&Counts>,
    machine: &Machine,
    topology: Option<&Topology>,
    unmeasured: &mut Vec<String>,
) -> Vec<usize> {
    let cpus = machine.usable_cpus;
    // A quota would stop further threads for a part of the time.
    let allowed = machine.quota.map_or(cpus, |quota| (quota.ceil() as usize).clamp(1, cpus));
    let mut counts = match asked {
        Some(asked) => asked.0.clone(),
        None => cases::thread_counts(allowed, topology),
    };
    if counts.first() != Some(&1) {
        counts.insert(0, 1);
    }
    if let Some(most) = counts.last().copied().filter(|&most| most > cpus) {
        counts.retain(|&count| count <= cpus);
        unmeasured.push(format!(
            "Up to {most} threads: this process may use {}.",
            if cpus == 1 { "1 CPU".to_owned() } else { format!("{cpus} CPUs") }
        ));
    }
    let most = counts.last().copied().unwrap_or(1);
    if let Some(quota) = machine.quota.filter(|&quota| quota < cpus as f64) {
        unmeasured.push(format!(
            "More than {quota:.2} CPUs at once, of the {cpus} that this process may run on: its quota \
             stops what goes beyond for a part of the time{}.",
            if most as f64 > quota { ", and rounds that lost much of it were dropped" } else { "" }
        ));
    }
    if most == 1 {
        unmeasured.push(
            "Scaling with threads, numbers of slices that do not divide by them, and weak scaling: \
             there is one thread."
                .to_owned(),
        );
    }
    if let Some(all) = machine.cores.filter(|&all| topology.is_some_and(|t| t.cores() < all)) {
        unmeasured.push(format!(
            "All {all} cores of the machine: this process may use {}.",
            topology.map_or(0, Topology::cores)
        ));
    }
    counts
}

/// Whether threads can be pinned to the CPUs in this order.
fn is_pinnable(order: &[usize], threads: &[usize], unmeasured: &mut Vec<String>) -> bool {
    let most = threads.last().copied().unwrap_or(1);
    let why = match order.get(..most) {
        None => "the system does not tell which CPUs there are".to_owned(),
        Some(cpus) => match Team::pinned(cpus) {
            Ok(_) => return true,
            Err(error) => error.to_string(),
        },
    };
    unmeasured.push(format!("Pinned threads: {why}."));
    false
}

/// The batches that fit into memory; an error if that of the main stack does not.
fn affordable(
    batches: Vec<Batch>,
    machine: &Machine,
    unmeasured: &mut Vec<String>,
) -> anyhow::Result<Vec<Batch>> {
    let bytes = [machine.memory, machine.memory_limit].into_iter().flatten().min();
    let room = bytes.map_or(f64::INFINITY, |bytes| MEMORY * bytes as f64);
    let fits = |batch: &Batch| batch.bytes() as f64 <= room;
    let gigabytes = |bytes: f64| bytes * 1e-9;
    let mut kept = Vec::new();
    for batch in batches {
        if fits(&batch) {
            kept.push(batch);
        } else if batch.topic == Topic::StrongScaling {
            bail!(
                "input and output take {:.1} GB, and {:.1} GB is what this machine's memory allows; \
                 choose a smaller --shape",
                gigabytes(batch.bytes() as f64),
                gigabytes(room)
            );
        } else {
            unmeasured.push(format!(
                "{} {:?}: {:.1} GB of memory are too many here.",
                batch.topic.name(),
                batch.shape,
                gigabytes(batch.bytes() as f64)
            ));
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    /// A server of 128 CPUs, of which the process may run on some, with a quota.
    fn counts(asked: Option<&[usize]>, usable: usize, quota: Option<f64>) -> (Vec<usize>, String) {
        let mut machine = fixture::server(1).machine;
        (machine.usable_cpus, machine.quota) = (usable, quota);
        let mut unmeasured = Vec::new();
        let asked = asked.map(|asked| Counts(asked.to_vec()));
        let counts = threads(asked.as_ref(), &machine, None, &mut unmeasured);
        (counts, unmeasured.join(" "))
    }

    #[test]
    fn threads_are_those_that_cpus_and_quota_allow() {
        assert_eq!(counts(None, 4, None), (vec![1, 2, 3, 4], String::new()));
        let (found, told) = counts(None, 4, Some(1.5));
        assert_eq!(found, [1, 2]);
        assert!(told.contains("More than 1.50 CPUs at once, of the 4"), "{told}");
        assert!(told.contains("were dropped"), "{told}");
        let (found, told) = counts(None, 128, Some(4.0));
        assert_eq!(found, [1, 2, 3, 4]);
        assert!(told.contains("More than 4.00 CPUs") && !told.contains("dropped"), "{told}");
        let (found, told) = counts(None, 1, Some(0.5));
        assert_eq!(found, [1]);
        assert!(told.contains("0.50 CPUs") && told.contains("there is one thread"), "{told}");
        // A quota that is no limit.
        assert_eq!(counts(None, 2, Some(16.0)), (vec![1, 2], String::new()));
    }

    #[test]
    fn threads_that_were_asked_for_are_measured_beside_one() {
        assert_eq!(counts(Some(&[2, 4]), 8, None).0, [1, 2, 4]);
        let (found, told) = counts(Some(&[2, 4, 64]), 8, None);
        assert_eq!(found, [1, 2, 4]);
        assert!(told.contains("Up to 64 threads: this process may use 8 CPUs."), "{told}");
        // More than a quota allows, since somebody wants to know.
        let (found, told) = counts(Some(&[4]), 8, Some(1.5));
        assert_eq!(found, [1, 4]);
        assert!(told.contains("were dropped"), "{told}");
    }

    #[test]
    fn what_does_not_fit_into_memory_is_left_out_and_told() {
        let report = fixture::server(1);
        let (settings, mut machine) = (&report.settings, report.machine.clone());
        let batches = || cases::batches(settings, &[Level::detect()], true);
        let mut told = Vec::new();
        let kept = affordable(batches(), &machine, &mut told).unwrap();
        assert_eq!((kept.len(), told.len()), (batches().len(), 0));
        // Room for the stack of 1.92 GB and no more; two copies of 2^27 pixels have less.
        machine.memory_limit = Some(2_410_000_000);
        assert!(affordable(batches(), &machine, &mut told).is_ok() && told.is_empty());
        machine.memory_limit = Some(2_390_000_000);
        let error = affordable(batches(), &machine, &mut told).unwrap_err().to_string();
        assert!(error.contains("1.9 GB") && error.contains("smaller --shape"), "{error}");
        let mut small = settings.clone();
        small.shape = [30, 4, 50];
        let batches = cases::batches(&small, &[Level::detect()], true);
        let count = batches.len();
        let kept = affordable(batches, &machine, &mut told).unwrap();
        assert_eq!((count - kept.len(), told.len()), (3, 3));
        assert!(told[0].starts_with("shape [16, 3000, 5000]: 1.9 GB"), "{told:?}");
    }

    #[test]
    fn levels_are_the_best_first_and_none_is_made_up() {
        let named = |names: &[&str]| {
            levels(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        };
        let mut all = Level::available();
        all.reverse();
        assert_eq!(named(&["all"]).unwrap(), all);
        assert_eq!(named(&["portable", "all"]).unwrap(), all);
        let portable = named(&["portable", "portable"]).unwrap();
        assert_eq!(portable.iter().map(|level| level.name()).collect::<Vec<_>>(), ["portable"]);
        assert!(named(&["all", "sse9"]).is_err());
    }
}
