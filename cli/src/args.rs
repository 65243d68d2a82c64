//! The command line.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use gausstack::{Mode, Precision};
use serde::{Deserialize, Serialize};

use crate::element::ElementType;
use crate::report::ReportArgs;

/// Fast Gaussian filters for stacks of images, with scipy.ndimage's numbers.
#[derive(Debug, Parser)]
#[command(name = "gausstack", version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Smooth a made stack of images, measure it against copying, and check the result
    Demo(DemoArgs),
    /// Smooth the array of a .npy file into another, or take its gradient or Laplacian
    Filter(FilterArgs),
    /// Measure how the filter scales on this machine, and write a report; or compare two reports
    Report(Box<ReportArgs>),
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Shape of the stack, of which one axis counts the slices
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
    #[arg(long, value_name = "TYPE", default_value = "f32", value_parser = demo_dtype())]
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

#[derive(Debug, Args)]
pub(crate) struct FilterArgs {
    /// The file to read: floats, integers or bool, in C or Fortran order and either byte order; it must not be modified while
    /// gausstack runs
    #[arg(value_name = "IN.npy")]
    pub(crate) input: PathBuf,
    /// The file to write: the same shape and order
    #[arg(value_name = "OUT.npy")]
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
    /// The filter: smooth the array, or take the magnitude of the gradient or the Laplacian of the smoothed array
    #[arg(long, value_enum, default_value_t = FilterName::Gaussian)]
    pub(crate) filter: FilterName,
    /// Derivative order of --filter gaussian: one, or one per filtered axis
    #[arg(long, value_name = "N[,N..]", default_value = "0", value_delimiter = ',', num_args = 1)]
    pub(crate) order: Vec<usize>,
    /// Weights of derivatives (--order, gradient-magnitude, laplace): truncated are scipy's, whose second derivative of a constant
    /// is not quite 0; exact are right for polynomials up to the order of the derivative
    #[arg(long, value_enum, default_value_t = DerivativesName::Truncated)]
    pub(crate) derivatives: DerivativesName,
    /// Pixels outside the array: reflect, mirror, nearest, wrap or constant; one, or one per filtered axis
    #[arg(long, value_name = "MODE[,MODE..]", default_value = "reflect", value_delimiter = ',')]
    #[arg(num_args = 1)]
    pub(crate) mode: Vec<Mode>,
    /// Value of the pixels outside in mode constant
    #[arg(long, value_name = "V", default_value = "0", allow_hyphen_values = true)]
    pub(crate) cval: f64,
    /// Where the kernel ends, in sigmas
    #[arg(long, value_name = "T", default_value = "4", allow_hyphen_values = true)]
    pub(crate) truncate: f64,
    /// Radius in pixels instead of --truncate: one, or one per filtered axis
    #[arg(long, value_name = "R[,R..]", value_delimiter = ',', num_args = 1)]
    pub(crate) radius: Vec<usize>,
    /// Treatment of NaN pixels: propagate makes every pixel whose kernel meets one NaN; ignore leaves them out, weights the others
    /// up and fills them in from these; keep leaves them out too, and they stay missing, as pixels that --mask leaves out do
    #[arg(long, value_enum, default_value_t = MissingName::Propagate)]
    pub(crate) missing: MissingName,
    /// Leave out the pixels that are false or 0 in this file: bool or integers, of the shape of the
    /// array, or of a slice for all slices
    #[arg(long, value_name = "M.npy")]
    pub(crate) mask: Option<PathBuf>,
    /// Value for pixels with no valid pixel within the kernel, and for those that --missing keep keeps [default: NaN, for integers
    /// 0]
    #[arg(long, value_name = "V", allow_hyphen_values = true)]
    pub(crate) fill: Option<f64>,
    /// Threads; never more than the CPUs [default: all CPUs]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Arithmetic: native sums f32 and integers of up to 16 bits in f32; double sums in f64, and
    /// floats have scipy's bits
    #[arg(long, value_enum, default_value_t = PrecisionName::Native)]
    pub(crate) precision: PrecisionName,
    /// Rounding of integer and bool outputs: nearest rounds once, at the end, halves to even and what is out of range to the
    /// limit (a bool is true above a half, 64-bit integers are rounded from f64 sums); scipy cuts toward zero after each axis
    #[arg(long, value_enum, default_value_t = RoundingName::Nearest)]
    pub(crate) rounding: RoundingName,
    /// Element type of the output, by Rust's name or numpy's [default: that of the input]
    #[arg(long, value_enum, value_name = "TYPE")]
    pub(crate) output_dtype: Option<ElementType>,
    /// Instruction level [default: GAUSSTACK_LEVEL, else the best of this CPU]
    #[arg(long, value_enum)]
    pub(crate) level: Option<LevelName>,
    /// Replace the output if it exists
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FilterName {
    Gaussian,
    GradientMagnitude,
    Laplace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MissingName {
    Propagate,
    Ignore,
    Keep,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DerivativesName {
    Truncated,
    Exact,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum PrecisionName {
    Native,
    Double,
}

impl From<PrecisionName> for Precision {
    fn from(name: PrecisionName) -> Self {
        match name {
            PrecisionName::Native => Self::Native,
            PrecisionName::Double => Self::Double,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RoundingName {
    Nearest,
    Scipy,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LevelName {
    Portable,
    Avx2,
    Avx512,
}

impl LevelName {
    /// The library's name of the level.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }
}

fn numbers<T: std::str::FromStr>(text: &str) -> Result<Vec<T>, String> {
    text.split(',')
        .map(|part| part.trim().parse().map_err(|_| format!("'{part}' is not such a number")))
        .collect()
}

pub(crate) fn shape(text: &str) -> Result<[usize; 3], String> {
    let lengths = numbers::<usize>(text)?;
    let shape: [usize; 3] =
        lengths.try_into().map_err(|_| "three lengths are needed".to_owned())?;
    // The widest element has 8 bytes.
    let bytes = shape.iter().try_fold(8, |bytes: usize, &length| bytes.checked_mul(length));
    match bytes {
        Some(0) => Err("a length is 0".to_owned()),
        Some(bytes) if isize::try_from(bytes).is_ok() => Ok(shape),
        _ => Err("no memory holds that many pixels".to_owned()),
    }
}

/// The brute-force check of the demo takes `(8 sigma)^2` steps per pixel, hence the limit.
pub(crate) fn demo_sigma(text: &str) -> Result<[f64; 2], String> {
    let sigma = match numbers::<f64>(text)?[..] {
        [both] => [both; 2],
        [first, second] => [first, second],
        _ => return Err("one or two numbers are needed".to_owned()),
    };
    if sigma.iter().all(|sigma| (0.0..=100.0).contains(sigma)) {
        Ok(sigma)
    } else {
        Err("the demo takes sigmas from 0 to 100".to_owned())
    }
}

pub(crate) fn slice_axis(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(axis @ 0..3) => Ok(axis as usize),
        Ok(axis @ -3..0_isize) => Ok((axis + 3) as usize),
        _ => Err("must be from -3 to 2".to_owned()),
    }
}

/// The types that the demo makes stacks of.
fn demo_dtype() -> impl TypedValueParser<Value = ElementType> {
    let shown = ElementType::value_variants().iter().filter(|element| element.has_stacks());
    let names: Vec<_> = shown.filter_map(ValueEnum::to_possible_value).collect();
    PossibleValuesParser::new(names).try_map(|name| ElementType::from_str(&name, false))
}

pub(crate) fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| "must be a number from 1 up".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn shapes_and_sigmas_of_the_demo() {
        assert_eq!(shape("30,4, 50"), Ok([30, 4, 50]));
        assert!(shape("30,4").is_err());
        assert!(shape("30,0,50").is_err());
        assert!(shape("4294967296,4294967296,2").is_err());
        assert_eq!(demo_sigma("2"), Ok([2.0, 2.0]));
        assert_eq!(demo_sigma("3,5"), Ok([3.0, 5.0]));
        assert!(demo_sigma("-1").is_err());
        assert!(demo_sigma("NaN").is_err());
        assert!(demo_sigma("1,2,3").is_err());
    }

    #[test]
    fn slice_axes_of_the_demo_count_from_either_end() {
        for (text, axis) in [("0", 0), ("2", 2), ("-1", 2), ("-3", 0)] {
            assert_eq!(slice_axis(text), Ok(axis));
            let line = ["gausstack", "demo", "--slice-axis", text];
            let Command::Demo(args) = Cli::try_parse_from(line).unwrap().command else { panic!() };
            assert_eq!(args.slice_axis, axis);
            let line = ["gausstack", "report", "--slice-axis", text];
            let Command::Report(args) = Cli::try_parse_from(line).unwrap().command else {
                panic!()
            };
            assert_eq!(args.slice_axis, axis);
        }
        for text in ["3", "-4", "x", "", "1.0"] {
            assert!(slice_axis(text).is_err(), "{text}");
        }
    }

    #[test]
    fn element_types_by_either_name() {
        let output = |name: &str| {
            let line = ["gausstack", "filter", "a", "b", "--sigma", "1", "--output-dtype", name];
            match Cli::try_parse_from(line).ok()?.command {
                Command::Filter(args) => args.output_dtype,
                Command::Demo(_) | Command::Report(_) => None,
            }
        };
        assert_eq!(output("uint16"), Some(ElementType::U16));
        assert_eq!(output("bool"), Some(ElementType::Bool));
        assert_eq!(output("f16"), None);
        let demo = |arguments: &[&str]| match Cli::try_parse_from(
            [&["gausstack", "demo"], arguments].concat(),
        )
        .ok()?
        .command
        {
            Command::Demo(args) => Some(args.dtype),
            Command::Filter(_) | Command::Report(_) => None,
        };
        assert_eq!(demo(&[]), Some(ElementType::F32));
        assert_eq!(demo(&["--dtype", "i32"]), Some(ElementType::I32));
        assert_eq!(demo(&["--dtype", "uint8"]), Some(ElementType::U8));
        for refused in ["i64", "uint64", "bool", "f16"] {
            assert_eq!(demo(&["--dtype", refused]), None, "{refused}");
        }
    }

    #[test]
    fn negative_axes_and_lists_are_values() {
        let cli = Cli::try_parse_from([
            "gausstack",
            "filter",
            "a",
            "b",
            "--sigma",
            "3,5",
            "--axes",
            "-1,0",
            "--mode",
            "mirror,grid-wrap",
        ]);
        let Command::Filter(args) = cli.unwrap().command else { panic!("not a filter") };
        assert_eq!((args.sigma, args.axes), (vec![3.0, 5.0], vec![-1, 0]));
        assert_eq!(args.mode, [Mode::Mirror, Mode::Wrap]);
    }
}
