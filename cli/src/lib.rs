//! The command `gausstack`: a demo that measures itself, Gaussian filters from file to file, and
//! reports of how they scale. Exit status 0: success. 1: an error, printed as one line on standard
//! error; no output file exists. 2: an invalid command line. 130: interrupted by Ctrl-C, SIGTERM or
//! a closed terminal.

mod args;
mod check;
mod codec;
mod demo;
mod element;
mod file;
mod filter;
mod input;
mod interrupt;
mod layout;
mod message;
mod progress;
mod report;
mod request;
mod stack;
mod summary;
pub mod texts;

use std::io;
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};

/// Runs the command line of this process; `commit` is the commit the program was built from, if
/// known.
#[must_use]
pub fn main(commit: Option<&str>) -> ExitCode {
    let command = Cli::parse().command;
    let result = interrupt::watch().and_then(|()| match command {
        Command::Demo(args) => demo::run(&args, commit),
        Command::Filter(args) => filter::run(&args),
        Command::Report(args) => report::run(&args, commit),
    });
    let Err(error) = result else { return ExitCode::SUCCESS };
    // A reader that closes the pipe early (`| head`) has what it wanted.
    if error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    message::say(&format!("{error:#}"));
    ExitCode::FAILURE
}
