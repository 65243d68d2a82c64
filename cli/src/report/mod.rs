//! `gausstack report`: measures this machine and writes down how the filter scales on it.

mod agenda;
mod analysis;
mod arguments;
mod chart;
mod compare;
mod content;
mod document;
#[cfg(test)]
mod fixture;
mod measure;
mod model;
mod pace;
mod render;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use anyhow::{Context, bail};
use gausstack::Level;
use gausstack_measure::{Machine, Topology};

pub(crate) use self::arguments::ReportArgs;

use self::agenda::Heat;
use self::compare::Comparison;
use self::document::{Block, Document};
use self::measure::Teams;
use self::model::{Report, SCHEMA, Settings, Topic};
use self::pace::Pace;
use self::render::{html, markdown, terminal};
use crate::target::Target;

/// Rounds that count in each race, in a quick run and in a full one. On two cores the runs take half a minute and four minutes, and
/// twice as long where every round is disturbed.
const ROUNDS: [usize; 2] = [5, 15];

/// The share of the machine's memory that arrays may take.
const MEMORY: f64 = 0.8;

const JSON: &str = "report.json";
const PAGE: &str = "report.html";
const TEXT: &str = "report.md";
const PICTURE: &str = "scaling.svg";

pub(crate) fn run(args: &ReportArgs) -> anyhow::Result<()> {
    if let Some([before, after]) = args.compare.as_deref() {
        return compare(before, after, args.fail_above);
    }
    let (report, folder, replace) = match &args.from {
        Some(path) => {
            let beside = match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent,
                _ => Path::new("."),
            };
            let folder = args.out.clone().unwrap_or_else(|| beside.to_owned());
            let report = read(path)?;
            let is_output = |name: &&str| is_same_file(&folder.join(name), path);
            if let Some(name) = [PAGE, TEXT, PICTURE].iter().find(|name| is_output(name)) {
                bail!("'{}' would be replaced by its own {name}; call it {JSON}", path.display());
            }
            // Pages beside the file that they are made of are made anew.
            (report, folder, args.force || args.out.is_none())
        }
        None => {
            let folder = args.out.clone().unwrap_or_else(|| PathBuf::from("gausstack-report"));
            (measured(args, &folder)?, folder, args.force)
        }
    };
    let names = write(&report, &folder, args.from.is_none(), replace)?;
    let mut out = io::stdout();
    let document = content::document(&report);
    write!(out, "{}", terminal::write(&document))?;
    let names: Vec<String> = names.iter().map(|name| name.display().to_string()).collect();
    writeln!(out, "\nwritten: {}", names.join(", "))?;
    out.flush()?;
    match (report.wrong(), report.unequal()) {
        (0, 0) => Ok(()),
        (0, unequal) => bail!("{unequal} results differ from others of their level"),
        (wrong, _) => bail!("the error of {wrong} results is above the bound"),
    }
}

fn compare(before: &Path, after: &Path, fail_above: Option<f64>) -> anyhow::Result<()> {
    let (before, after) = (read(before)?, read(after)?);
    let comparison = Comparison::new(&before, &after)?;
    let mut out = io::stdout();
    write!(out, "{}", terminal::write(&comparison.document()))?;
    out.flush()?;
    if let Some(percent) = fail_above {
        if after.wrong() + after.unequal() > 0 {
            bail!("the second report has wrong results");
        }
        match comparison.slower_than(percent) {
            0 => {}
            1 => bail!("1 measurement takes more than {percent} % longer"),
            count => bail!("{count} measurements take more than {percent} % longer"),
        }
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Report> {
    let name = path.display();
    let text = fs::read_to_string(path).with_context(|| format!("could not read '{name}'"))?;
    Report::parse(&text).with_context(|| format!("'{name}'"))
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// Makes the folder, and sees that nothing in it would be lost.
fn prepare(folder: &Path, force: bool) -> anyhow::Result<()> {
    let name = folder.display();
    fs::create_dir_all(folder).with_context(|| format!("could not make the folder '{name}'"))?;
    for file in [JSON, PAGE, TEXT, PICTURE] {
        // Made and dropped: what cannot be written is told now.
        Target::create(&folder.join(file), force)?;
    }
    Ok(())
}

/// Writes the pages and, where they were `measured`, the times that they are made of; returns the names.
fn write(
    report: &Report,
    folder: &Path,
    measured: bool,
    replace: bool,
) -> anyhow::Result<Vec<PathBuf>> {
    let name = folder.display();
    fs::create_dir_all(folder).with_context(|| format!("could not make the folder '{name}'"))?;
    let document = content::document(report);
    let picture = main_chart(&document);
    let mut texts = Vec::new();
    if measured {
        // First, since it is what cannot be made again.
        texts.push((JSON, report.to_json()?));
    }
    texts.push((PAGE, html::write(&document)));
    texts.push((TEXT, markdown::write(&document, picture.as_ref().map(|_| PICTURE))));
    let stale = picture.is_none().then(|| folder.join(PICTURE));
    texts.extend(picture.map(|picture| (PICTURE, picture)));
    let mut files = Vec::new();
    for (name, text) in texts {
        let path = folder.join(name);
        let target = Target::create(&path, replace)?;
        target
            .file()
            .write_all(text.as_bytes())
            .with_context(|| format!("could not write '{}'", path.display()))?;
        files.push((path, target));
    }
    let mut names = Vec::new();
    for (path, target) in files {
        target.publish()?;
        names.push(path);
    }
    if let Some(stale) = stale.filter(|stale| replace && stale.is_file()) {
        // The chart of an older report, of which this one has none.
        fs::remove_file(&stale)
            .with_context(|| format!("could not remove '{}'", stale.display()))?;
    }
    Ok(names)
}

/// The first chart, which stands for the report elsewhere.
fn main_chart(document: &Document) -> Option<String> {
    document.blocks.iter().find_map(|block| match block {
        Block::Figures(charts, _) => charts.first().map(chart::Chart::file),
        _ => None,
    })
}

/// Measures this machine, once it is sure that the report can be written to `folder`.
fn measured(args: &ReportArgs, folder: &Path) -> anyhow::Result<Report> {
    let started = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let clock = Instant::now();
    let machine = Machine::read();
    let topology = Topology::read().map(Topology::usable);
    let mut unmeasured = Vec::new();
    let levels = levels(&args.levels)?;
    let threads = threads(args, &machine, topology.as_ref(), &mut unmeasured);
    let rounds = args.rounds.unwrap_or(ROUNDS[usize::from(!args.quick)]);
    let settings = Settings {
        quick: args.quick,
        rounds,
        shape: args.shape,
        slice_axis: args.slice_axis,
        sigma: args.sigma,
        threads,
        levels: levels.iter().map(|level| level.name().to_owned()).collect(),
    };
    let order = topology.as_ref().map(Topology::pin_order).unwrap_or_default();
    let pinned = is_pinnable(&order, &settings.threads, &mut unmeasured);
    let heats = agenda::heats(&settings, &levels, pinned);
    let heats = affordable(heats, &machine, &mut unmeasured)?;
    prepare(folder, args.force)?;
    if args.quick {
        unmeasured.push(
            "Weak scaling and other shapes, sigmas, elements, borders and layouts: a quick run \
             leaves them out."
                .to_owned(),
        );
    }

    let pace = Pace::new(heats.iter().map(|heat| heat.cost(rounds)).sum());
    let mut teams = Teams::new(order.clone());
    let mut races = Vec::new();
    for (number, heat) in heats.iter().enumerate() {
        let title = format!("{}/{} {}", number + 1, heats.len(), heat.topic.name());
        pace.enter(&title, heat.cost(rounds));
        races.push(measure::run(heat, &mut teams, rounds, &pace)?);
        pace.leave();
    }
    pace.clear();
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
    Ok(report)
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

/// The numbers of threads: none above the CPUs there are, and 1 always, since speed-up is beside it.
fn threads(
    args: &ReportArgs,
    machine: &Machine,
    topology: Option<&Topology>,
    unmeasured: &mut Vec<String>,
) -> Vec<usize> {
    let cpus = machine.usable_cpus;
    // More threads than that would stand still for a part of the time.
    let allowed = machine.quota.map_or(cpus, |quota| (quota.ceil() as usize).clamp(1, cpus));
    let mut counts = match &args.threads {
        Some(asked) => asked.0.clone(),
        None => agenda::thread_counts(allowed, topology),
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
        Some(cpus) => match gausstack_measure::Team::pinned(cpus) {
            Ok(_) => return true,
            Err(error) => error.to_string(),
        },
    };
    unmeasured.push(format!("Pinned threads: {why}."));
    false
}

/// The heats whose arrays find room; an error where that of the main stack does not.
fn affordable(
    heats: Vec<Heat>,
    machine: &Machine,
    unmeasured: &mut Vec<String>,
) -> anyhow::Result<Vec<Heat>> {
    let bytes = [machine.memory, machine.memory_limit].into_iter().flatten().min();
    let room = bytes.map_or(f64::INFINITY, |bytes| MEMORY * bytes as f64);
    let fits = |heat: &Heat| heat.bytes() as f64 <= room;
    let gigabytes = |bytes: f64| bytes * 1e-9;
    let mut kept = Vec::new();
    for heat in heats {
        if fits(&heat) {
            kept.push(heat);
        } else if heat.topic == Topic::StrongScaling {
            bail!(
                "input and output take {:.1} GB, and {:.1} GB is what this machine's memory allows; \
                 choose a smaller --shape",
                gigabytes(heat.bytes() as f64),
                gigabytes(room)
            );
        } else {
            unmeasured.push(format!(
                "{} {:?}: {:.1} GB of memory are too many here.",
                heat.topic.name(),
                heat.shape,
                gigabytes(heat.bytes() as f64)
            ));
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests;
