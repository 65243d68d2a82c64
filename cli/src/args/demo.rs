//! The arguments of `gausstack demo`.

use std::path::PathBuf;

use clap::Args;
use gausstack::ElementType;

use super::values::{at_least_one, demo_sigma, shape, slice_axis};
use crate::element::{ElementParser, has_stacks};

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Shape of the stack, including the axis that counts the slices
    #[arg(long, value_name = "N,N,N", default_value = "3000,16,5000", value_parser = shape)]
    pub(crate) shape: [usize; 3],
    /// Standard deviation in pixels: one, or one per axis of a slice
    #[arg(long, value_name = "S[,S]", default_value = "3,5", value_parser = demo_sigma)]
    pub(crate) sigma: [f64; 2],
    /// The axis that counts the slices; a negative one counts from the end
    #[arg(long, value_name = "AXIS", default_value = "1", value_parser = slice_axis)]
    #[arg(allow_hyphen_values = true)]
    pub(crate) slice_axis: usize,
    /// Element type of the stack
    #[arg(long, value_name = "TYPE", default_value = "f32", value_parser = ElementParser::of(has_stacks))]
    pub(crate) dtype: ElementType,
    /// Threads to compare with one thread; never more than the CPUs [default: all CPUs]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) threads: Option<usize>,
    /// Timed rounds
    #[arg(long, value_name = "N", default_value = "5", value_parser = at_least_one)]
    pub(crate) rounds: usize,
    /// Draw one slice before and after into a PNG file
    #[arg(long, value_name = "FILE")]
    pub(crate) picture: Option<PathBuf>,
    /// Replace the picture if it exists
    #[arg(long, requires = "picture")]
    pub(crate) force: bool,
}
