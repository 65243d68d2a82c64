//! The command `gausstack`: a demo that measures itself, Gaussian filters from file to file, and reports
//! of how they scale.
//!
//! Exit status 0: done. 1: an error, told in one line on standard error, and no file under the
//! final name. 2: a command line that cannot be understood. 130: stopped by Ctrl-C.

mod args;
mod check;
mod demo;
mod element;
mod filter;
mod interrupt;
mod mapping;
mod mask;
mod npy;
mod progress;
mod report;
mod request;
mod stack;
mod target;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::interrupt::Stopped;

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Demo(args) => demo::run(&args),
        Command::Filter(args) => filter::run(&args),
        Command::Report(args) => report::run(&args),
    };
    let Err(error) = result else { return ExitCode::SUCCESS };
    // Whoever reads a part of the output and leaves (`| head`) has what they wanted.
    if error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    // One line whatever is in it: names of files may hold line breaks.
    let line = format!("{error:#}").replace(['\n', '\r'], " ");
    // A closed standard error leaves nobody to tell.
    let _ = writeln!(io::stderr(), "gausstack: {line}");
    ExitCode::from(if error.is::<Stopped>() { 130 } else { 1 })
}
