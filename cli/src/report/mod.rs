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
    let (report, folder) = match &args.from {
        Some(path) => {
            let beside = path.parent().unwrap_or(Path::new(".")).to_owned();
            (read(path)?, args.out.clone().unwrap_or(beside))
        }
        None => {
            let folder = args.out.clone().unwrap_or_else(|| PathBuf::from("gausstack-report"));
            // Before minutes of measuring, and not after.
            prepare(&folder, args.force)?;
            (measured(args)?, folder)
        }
    };
    // Pages made anew replace those of the same report.
    let replace = args.force || args.from.is_some();
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
    let mut texts = vec![
        (PAGE, html::write(&document)),
        (TEXT, markdown::write(&document, picture.as_ref().map(|_| PICTURE))),
    ];
    texts.extend(picture.map(|picture| (PICTURE, picture)));
    if measured {
        texts.push((JSON, report.to_json()?));
    }
    let mut names = Vec::new();
    for (name, text) in texts {
        let path = folder.join(name);
        let target = Target::create(&path, replace)?;
        target
            .file()
            .write_all(text.as_bytes())
            .with_context(|| format!("could not write '{}'", path.display()))?;
        target.publish()?;
        names.push(path);
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

/// Measures this machine.
fn measured(args: &ReportArgs) -> anyhow::Result<Report> {
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
    Ok(Report {
        schema: SCHEMA,
        started,
        duration: clock.elapsed().as_secs_f64(),
        settings,
        machine,
        cpus: order.iter().filter_map(cpu).collect(),
        races,
        unmeasured,
    })
}

/// The levels that were asked for, the best first.
fn levels(names: &[String]) -> anyhow::Result<Vec<Level>> {
    let mut levels = Level::available();
    if !names.iter().any(|name| name == "all") {
        let asked: Vec<Level> =
            names.iter().map(|name| Level::from_name(name)).collect::<Result<_, _>>()?;
        levels.retain(|level| asked.contains(level));
    }
    levels.reverse();
    Ok(levels)
}

/// The numbers of threads, none of them above the CPUs there are.
fn threads(
    args: &ReportArgs,
    machine: &Machine,
    topology: Option<&Topology>,
    unmeasured: &mut Vec<String>,
) -> Vec<usize> {
    let cpus = machine.usable_cpus;
    let mut counts = match &args.threads {
        Some(asked) => asked.0.clone(),
        None => agenda::thread_counts(cpus, topology),
    };
    if let Some(most) = counts.last().copied().filter(|&most| most > cpus) {
        counts.retain(|&count| count <= cpus);
        if counts.is_empty() {
            counts.push(cpus);
        }
        unmeasured.push(format!(
            "Up to {most} threads: this process may use {}.",
            if cpus == 1 { "1 CPU".to_owned() } else { format!("{cpus} CPUs") }
        ));
    }
    if counts == [1] {
        unmeasured.push(
            "Scaling with threads, numbers of slices that do not divide by them, and weak scaling: \
             there is one thread."
                .to_owned(),
        );
    } else if let Some(quota) = machine.quota.filter(|&quota| quota < cpus as f64) {
        unmeasured.push(format!(
            "More than {quota:.2} CPUs' worth of threads at full speed: the container's quota stops \
             them for a part of the time, and rounds that lost much of it were dropped."
        ));
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
