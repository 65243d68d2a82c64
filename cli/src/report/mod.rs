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
mod study;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

pub(crate) use self::arguments::ReportArgs;

use self::compare::Comparison;
use self::document::{Block, Document};
use self::model::Report;
use self::render::{html, markdown, terminal};
use crate::target::Target;

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
            // Before minutes of measuring, and not after.
            let report = study::measured(args, || prepare(&folder, args.force))?;
            (report, folder, args.force)
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

#[cfg(test)]
mod tests;
