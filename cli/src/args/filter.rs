//! The arguments of `gausstack filter`.

use std::path::PathBuf;

use clap::Args;
use gausstack::{ElementType, Mode, Tuning};
use gausstack_io::Share;

use super::names::{
    DerivativesName, FilterName, LevelName, MissingName, PrecisionName, RoundingName,
};
use super::values::{Compress, bytes, compress};
use crate::element::ElementParser;

#[derive(Debug, Args)]
pub(crate) struct FilterArgs {
    /// The file to read, IN.npy, a data set IN.h5:/path, an array IN.zarr or IN.zarr:/path, or TIFF
    /// pages: IN.tif, a folder or a pattern such as 'proj_*.tif', in natural order; floats, integers or
    /// bool, in C or Fortran order and either byte order; a file that is modified while gausstack runs
    /// is an error
    #[arg(value_name = "IN")]
    pub(crate) input: PathBuf,
    /// The file to write, OUT.npy, a data set OUT.h5:/path, whose file keeps its other data sets, an
    /// array OUT.zarr or OUT.zarr:/path, a file of TIFF pages OUT.tif, or a folder OUT/ with a file for
    /// each page: of the same shape, and between .npy files of the same memory order; OUT.part until
    /// it is complete
    #[arg(value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// Standard deviation in pixels: one, or one per filtered axis
    #[arg(long, value_name = "S[,S..]", required = true, value_delimiter = ',', num_args = 1)]
    #[arg(allow_hyphen_values = true)]
    pub(crate) sigma: Vec<f64>,
    /// Axes that count slices: all others are filtered; negative ones count from the end
    #[arg(long, value_name = "A[,A..]", value_delimiter = ',', num_args = 1)]
    #[arg(allow_hyphen_values = true, conflicts_with = "axes")]
    pub(crate) slice_axis: Vec<isize>,
    /// Filtered axes: all others count slices; negative ones count from the end [default: all]
    #[arg(long, value_name = "A[,A..]", value_delimiter = ',', num_args = 1)]
    #[arg(allow_hyphen_values = true)]
    pub(crate) axes: Vec<isize>,
    /// The filter: smooth the array, or take the magnitude of the gradient or the Laplacian of the
    /// smoothed array
    #[arg(long, value_enum, default_value_t = FilterName::Gaussian)]
    pub(crate) filter: FilterName,
    /// Derivative order of --filter gaussian: one, or one per filtered axis
    #[arg(long, value_name = "N[,N..]", default_value = "0", value_delimiter = ',', num_args = 1)]
    pub(crate) order: Vec<usize>,
    /// Weights of derivatives (--order, gradient-magnitude, laplace): truncated are scipy's, whose
    /// second derivative of a constant is not quite 0; exact are exact for polynomials up to the
    /// order of the derivative
    #[arg(long, value_enum, default_value_t = DerivativesName::Truncated)]
    pub(crate) derivatives: DerivativesName,
    /// How the array continues beyond its borders: reflect, mirror, nearest, wrap or constant; one
    /// mode, or one per filtered axis
    #[arg(long, value_name = "MODE[,MODE..]", default_value = "reflect", value_delimiter = ',')]
    #[arg(num_args = 1)]
    pub(crate) mode: Vec<Mode>,
    /// Value beyond the borders in mode constant
    #[arg(long, value_name = "V", default_value = "0", allow_hyphen_values = true)]
    pub(crate) cval: f64,
    /// Where the kernel ends, in sigmas
    #[arg(long, value_name = "T", default_value = "4", allow_hyphen_values = true)]
    pub(crate) truncate: f64,
    /// Radius in pixels instead of --truncate: one, or one per filtered axis
    #[arg(long, value_name = "R[,R..]", value_delimiter = ',', num_args = 1)]
    pub(crate) radius: Vec<usize>,
    /// Ask for the Gaussian that ends nowhere, to this tolerance of the largest pixel (above 0,
    /// below 1: from 1e-7 on for sums in f32, from 1e-13 on for sums in f64); a large sigma then
    /// takes no longer than a small one
    #[arg(long, value_name = "TOLERANCE", allow_hyphen_values = true)]
    #[arg(conflicts_with_all = ["truncate", "radius"])]
    pub(crate) ideal: Option<f64>,
    /// NaN pixels: propagate turns every pixel whose kernel reaches one into NaN; ignore leaves them
    /// out and replaces them by the weighted mean of the valid pixels in their kernel; keep leaves
    /// them out and keeps them missing, as well as masked pixels
    #[arg(long, value_enum, default_value_t = MissingName::Propagate)]
    pub(crate) missing: MissingName,
    /// Leave out the pixels that are false or 0 in this file, of any format of IN: bool or integers,
    /// with the shape of the array, or of one slice for all slices
    #[arg(long, value_name = "MASK")]
    pub(crate) mask: Option<PathBuf>,
    /// Value of pixels without a valid pixel in their kernel, and of all missing pixels with
    /// --missing keep [default: NaN, for integers 0]
    #[arg(long, value_name = "V", allow_hyphen_values = true)]
    pub(crate) fill: Option<f64>,
    /// Memory for parts of the arrays, which are read, filtered and written at once, and for the
    /// filter's own, such as 4GB or 512MiB [default: a quarter of what the system has]
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub(crate) memory: Option<usize>,
    /// Folder for a plain copy of an input that would be read twice or more without one, because slabs
    /// cut through its chunks: --dry-run says whether [default: no copy]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) scratch: Option<PathBuf>,
    /// Shape of the chunks of an output in an HDF5 file [default: none, or with --compress about
    /// 1 MiB] or a Zarr store [default: that of the input, or about 1 MiB]
    #[arg(long, value_name = "N[,N..]", value_delimiter = ',', num_args = 1)]
    pub(crate) chunks: Option<Vec<usize>>,
    /// Shape of the shards of an output in a Zarr store, each a file for many chunks: a multiple of
    /// that of the chunks [default: a file for each chunk]
    #[arg(long, value_name = "N[,N..]", value_delimiter = ',', num_args = 1)]
    pub(crate) shards: Option<Vec<usize>>,
    /// Compress an output in an HDF5 file or a Zarr store or of TIFF pages: gzip, or gzip:LEVEL with a
    /// level from 1 to 9 [level: 2]
    #[arg(long, value_name = "CODEC", value_parser = compress)]
    pub(crate) compress: Option<Compress>,
    /// Print what would be done, with which slabs and how much memory, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Go on with what a stopped run of the same command left, OUT.part; without one, begin
    #[arg(long)]
    pub(crate) resume: bool,
    /// Filter one of several shares of a file into a Zarr store, such as 3/8 for the third of eight:
    /// one process for each, on one machine or many, writes files of its own, and the last that ends
    /// gives OUT its name; a share that was stopped goes on when it is run again
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<Share>,
    /// Number of threads, at most that of the CPUs [default: all CPUs]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Arithmetic: native sums f32 and integers of up to 16 bits in f32; double sums in f64, which
    /// gives floats scipy's bits
    #[arg(long, value_enum, default_value_t = PrecisionName::Native)]
    pub(crate) precision: PrecisionName,
    /// Rounding of integer and bool outputs: nearest rounds once, at the end, halves to even and
    /// values out of range to the limit (a bool is true above 0.5, 64-bit integers are rounded from
    /// f64 sums); scipy truncates toward zero after each axis
    #[arg(long, value_enum, default_value_t = RoundingName::Nearest)]
    pub(crate) rounding: RoundingName,
    /// Element type of the output, by Rust's name or numpy's [default: that of the input]
    #[arg(long, value_name = "TYPE", value_parser = ElementParser::of(|_| true))]
    pub(crate) output_dtype: Option<ElementType>,
    /// Instruction level [default: GAUSSTACK_LEVEL, else the best of this CPU]
    #[arg(long, value_enum)]
    pub(crate) level: Option<LevelName>,
    /// Core whose tuned constants are used: zen5, golden-cove or generic; they change the speed and
    /// no pixel [default: GAUSSTACK_TUNING, else this CPU's]
    #[arg(long, value_name = "CORE", value_parser = Tuning::from_name)]
    pub(crate) tuning: Option<Tuning>,
    /// Replace the output if it exists, and an unfinished one too
    #[arg(long)]
    pub(crate) force: bool,
}
