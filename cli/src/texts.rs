//! The program's work on texts alone, without a file, a job or a terminal: for the fuzz targets.

use std::ffi::OsString;
use std::ops::ControlFlow;

use clap::Parser;
use gausstack::ElementType;

use crate::args::{Cli, Command};
use crate::report;
use crate::request::Request;

/// Reads a command line, its first word the program's name, and plans the filter that it asks for on a
/// small array. Nothing is run.
///
/// # Errors
/// What the program would print.
pub fn understood(line: impl IntoIterator<Item = OsString>) -> Result<String, String> {
    let cli = Cli::try_parse_from(line).map_err(|error| error.to_string())?;
    let Command::Filter(args) = &cli.command else { return Ok(format!("{cli:?}")) };
    let observer = |_| ControlFlow::Continue(());
    let request = Request::new(args, &args.axes, observer).map_err(|error| format!("{error:#}"))?;
    let types = [ElementType::U8, args.output_dtype.unwrap_or(ElementType::F32)];
    let plan = request.plan_for(&[5, 6, 7], types, args.mask.is_some());
    plan.map(|plan| plan.to_string()).map_err(|error| error.to_string())
}

/// What is written of the report that a `report.json` holds: that file again, the pages, and at last the
/// picture.
///
/// # Errors
/// What is wrong with the text.
pub fn pages(json: &str) -> Result<Vec<String>, String> {
    report::pages(json).map_err(|error| format!("{error:#}"))
}

/// What `--compare` says of two texts of a `report.json`, and how many measurements are slower by more
/// than so many percent.
///
/// # Errors
/// What is wrong with the texts, or with comparing them.
pub fn compared(before: &str, after: &str, percent: f64) -> Result<(String, usize), String> {
    report::compared(before, after, percent).map_err(|error| format!("{error:#}"))
}
