//! `gausstack report`: measures this machine and writes down how the filter scales on it.

mod analysis;
mod cases;
mod chart;
mod collect;
mod compare;
mod document;
mod eta;
#[cfg(test)]
mod fixture;
mod measure;
mod model;
mod outputs;
#[cfg(test)]
mod published;
mod render;
mod sections;

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, bail};
use gausstack_io::folder_of;

use self::compare::Comparison;
use self::model::Report;
use self::outputs::{JSON, Outputs, PAGE, PICTURE, Rendered, TEXT};
use self::render::terminal;
use crate::args::ReportArgs;
use crate::file;

pub(crate) fn run(args: &ReportArgs, commit: Option<&str>) -> anyhow::Result<()> {
    if let Some([before, after]) = args.compare.as_deref() {
        return compare(before, after, args.fail_above);
    }
    let (report, outputs) = match &args.from {
        Some(path) => {
            let folder = args.out.as_deref().unwrap_or_else(|| folder_of(path));
            let report = read(path)?;
            let is_output = |name: &&str| is_same_file(&folder.join(name), path);
            if let Some(name) = [PAGE, TEXT, PICTURE].iter().find(|name| is_output(name)) {
                bail!("'{}' would be replaced by its own {name}; call it {JSON}", path.display());
            }
            // Pages beside the file that they are made of are made anew.
            (report, Outputs::open(folder, false, args.force || args.out.is_none())?)
        }
        None => {
            let folder = args.out.as_deref().unwrap_or(Path::new("gausstack-report"));
            collect::measured(args, commit, || Outputs::open(folder, true, args.force))?
        }
    };
    let names = outputs.write(&report)?;
    let mut out = io::stdout();
    let document = sections::document(&report);
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

/// What is written of a report: itself, the pages, and at last the picture.
pub(crate) fn pages(json: &str) -> anyhow::Result<Vec<String>> {
    let report = Report::parse(json)?;
    let document = sections::document(&report);
    let Rendered { page, text, picture } = Rendered::of(&document);
    Ok(vec![
        report.to_json()?,
        terminal::write(&document),
        text,
        page,
        format!("{} wrong, {} unequal", report.wrong(), report.unequal()),
        picture.unwrap_or_default(),
    ])
}

/// What is said of two reports, and how many measurements are slower by more than so many percent.
pub(crate) fn compared(before: &str, after: &str, percent: f64) -> anyhow::Result<(String, usize)> {
    let (before, after) = (Report::parse(before)?, Report::parse(after)?);
    let comparison = Comparison::new(&before, &after)?;
    Ok((terminal::write(&comparison.document()), comparison.slower_than(percent)))
}

fn read(path: &Path) -> anyhow::Result<Report> {
    let name = path.display();
    file::refuse_dash(path)?;
    let text = fs::read_to_string(path).with_context(|| format!("could not read '{name}'"))?;
    Report::parse(&text).with_context(|| format!("'{name}'"))
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests;
