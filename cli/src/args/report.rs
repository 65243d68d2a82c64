//! The arguments of `gausstack report`.

use std::path::PathBuf;

use clap::Args;
use gausstack_measure::Team;

use super::stack::StackArgs;
use super::values::at_least_one;

/// What the sub-command takes.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Measure for less than a minute: 5 rounds, no weak scaling, no other images and filters
    #[arg(long)]
    pub(crate) quick: bool,
    #[command(flatten)]
    pub(crate) stack: StackArgs,
    /// Numbers of threads to measure besides 1, none above that of the CPUs: a list with ranges such
    /// as 2,4..=8 [default: 1 to all CPUs; a selection of these on many CPUs]
    #[arg(long, value_name = "LIST", value_parser = counts)]
    pub(crate) threads: Option<Counts>,
    /// Instruction levels: all, or a list of portable, avx2 and avx512
    #[arg(long, value_name = "LIST", default_value = "all", value_delimiter = ',', num_args = 1)]
    pub(crate) levels: Vec<String>,
    /// Timed rounds [default: 15; 5 with --quick]
    #[arg(long, value_name = "N", value_parser = rounds)]
    pub(crate) rounds: Option<usize>,
    /// The folder to write report.json, report.html, report.md and scaling.svg to [default:
    /// gausstack-report, with --from that of the file]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Replace an older report
    #[arg(long)]
    pub(crate) force: bool,
    /// Measure nothing: render the pages of a report.json again
    #[arg(long, value_name = "FILE")]
    #[arg(conflicts_with_all = ["quick", "shape", "sigma", "slice_axis", "threads", "levels", "rounds"])]
    pub(crate) from: Option<PathBuf>,
    /// Measure nothing: list what is faster or slower in the second report.json, beyond the noise
    /// of both
    #[arg(long, value_names = ["BEFORE", "AFTER"], num_args = 2)]
    #[arg(conflicts_with_all = ["quick", "shape", "sigma", "slice_axis", "threads", "levels", "rounds", "from", "out", "force"])]
    pub(crate) compare: Option<Vec<PathBuf>>,
    /// Exit with status 1 if a measurement takes more than PCT percent longer, beyond the noise
    #[arg(long, value_name = "PCT", requires = "compare", value_parser = percentage)]
    pub(crate) fail_above: Option<f64>,
}

/// Numbers of threads, ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counts(pub(crate) Vec<usize>);

fn counts(text: &str) -> Result<Counts, String> {
    let mut counts = Vec::new();
    for part in text.split(',') {
        let (first, last) = match part.split_once("..=") {
            Some((first, last)) => (at_least_one(first.trim())?, at_least_one(last.trim())?),
            None => {
                let count = at_least_one(part.trim())?;
                (count, count)
            }
        };
        if first > last || last > Team::MAX_THREADS {
            let max = Team::MAX_THREADS;
            return Err(format!("'{part}' is no range of 1 to {max} threads"));
        }
        counts.extend(first..=last);
    }
    counts.sort_unstable();
    counts.dedup();
    Ok(Counts(counts))
}

/// A number of rounds that ends within a day.
fn rounds(text: &str) -> Result<usize, String> {
    at_least_one(text).ok().filter(|&n| n <= 10_000).ok_or("must be from 1 to 10000".to_owned())
}

fn percentage(text: &str) -> Result<f64, String> {
    let valid = |percent: &f64| *percent >= 0.0 && percent.is_finite();
    text.trim_end_matches('%')
        .parse()
        .ok()
        .filter(valid)
        .ok_or_else(|| "must be a number from 0 up".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_threads_have_ranges() {
        assert_eq!(counts("3"), Ok(Counts(vec![3])));
        assert_eq!(counts("8, 1..=3,2"), Ok(Counts(vec![1, 2, 3, 8])));
        for wrong in ["", "0", "2..=1", "1..4", "1-4", "x", "1..=99999999999"] {
            assert!(counts(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn percentages_are_not_negative() {
        assert_eq!((percentage("5"), percentage("7.5%")), (Ok(5.0), Ok(7.5)));
        for wrong in ["-1", "NaN", "inf", ""] {
            assert!(percentage(wrong).is_err(), "{wrong}");
        }
    }
}
