//! The arguments of `gausstack demo`.

use std::path::PathBuf;

use clap::Args;
use gausstack::ElementType;

use super::stack::StackArgs;
use super::values::at_least_one;
use crate::element::{ElementParser, has_stacks};

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    #[command(flatten)]
    pub(crate) stack: StackArgs,
    /// Element type of the stack
    #[arg(long, value_name = "TYPE", default_value = "f32", value_parser = ElementParser::of(has_stacks))]
    pub(crate) dtype: ElementType,
    /// Number of threads to compare with one thread, at most that of the CPUs [default: all CPUs]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) threads: Option<usize>,
    /// Timed rounds
    #[arg(long, value_name = "N", default_value = "5", value_parser = at_least_one)]
    pub(crate) rounds: usize,
    /// Draw one slice before and after filtering into a PNG file
    #[arg(long, value_name = "FILE")]
    pub(crate) picture: Option<PathBuf>,
    /// Replace the picture if it exists
    #[arg(long, requires = "picture")]
    pub(crate) force: bool,
}
