//! The command `gausstack`: a demo that measures itself, Gaussian filters from file to file, and reports
//! of how they scale.
//!
//! Exit status 0: done. 1: an error, told in one line on standard error, and no file under the
//! final name. 2: a command line that cannot be understood. 130: stopped by Ctrl-C, a request to terminate or a terminal that
//! hung up.

mod args;
mod check;
mod codec;
mod demo;
mod element;
mod file;
mod filter;
mod interrupt;
mod layout;
mod mapping;
mod mask;
mod memory;
mod message;
mod npy;
mod progress;
mod report;
mod request;
mod stack;
mod summary;
mod target;

use std::io;
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};

/// Runs the command line of this process; `commit` is what the program was built from, where the build was told.
#[must_use]
pub fn main(commit: Option<&str>) -> ExitCode {
    let command = Cli::parse().command;
    let result = interrupt::watch().and_then(|()| match command {
        Command::Demo(args) => demo::run(&args, commit),
        Command::Filter(args) => filter::run(&args),
        Command::Report(args) => report::run(&args, commit),
    });
    let Err(error) = result else { return ExitCode::SUCCESS };
    // Whoever reads a part of the output and leaves (`| head`) has what they wanted.
    if error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    message::say(&format!("{error:#}"));
    ExitCode::FAILURE
}
