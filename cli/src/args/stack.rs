//! The stack that `gausstack demo` filters and that `gausstack report` measures scaling on.

use clap::Args;

use super::values::{demo_sigma, shape, slice_axis};

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct StackArgs {
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
}
