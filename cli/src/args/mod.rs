//! The command line: one file a command, the names of settings and the forms of values.

mod demo;
mod filter;
mod names;
mod report;
mod stack;
mod values;

use clap::{Parser, Subcommand};

pub(crate) use self::demo::DemoArgs;
pub(crate) use self::filter::FilterArgs;
pub(crate) use self::names::{
    DerivativesName, FilterName, MissingName, PrecisionName, RoundingName,
};
pub(crate) use self::report::{Counts, ReportArgs};
pub(crate) use self::stack::StackArgs;

/// Fast Gaussian filters for stacks of images, with scipy.ndimage's numbers.
#[derive(Debug, Parser)]
#[command(name = "gausstack", version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Smooth a synthetic stack of images, time it against a copy, and check the result
    Demo(DemoArgs),
    /// Smooth the array of a .npy or HDF5 file into another, or take its gradient or Laplacian
    Filter(Box<FilterArgs>),
    /// Measure how the filter scales on this machine, and write a report; or compare two reports
    Report(Box<ReportArgs>),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use gausstack::{ElementType, Mode};

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn slice_axes_of_the_demo_count_from_either_end() {
        for (text, axis) in [("0", 0), ("2", 2), ("-1", 2), ("-3", 0)] {
            let line = ["gausstack", "demo", "--slice-axis", text];
            let Command::Demo(args) = Cli::try_parse_from(line).unwrap().command else { panic!() };
            assert_eq!(args.stack.slice_axis, axis);
            let line = ["gausstack", "report", "--slice-axis", text];
            let Command::Report(args) = Cli::try_parse_from(line).unwrap().command else {
                panic!()
            };
            assert_eq!(args.stack.slice_axis, axis);
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
