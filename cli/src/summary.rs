//! The line that `gausstack filter` prints when it is done.

use std::fmt::Display;

use gausstack::{AnyPlan, ElementType};
use gausstack_io::Busy;

use crate::args::{DerivativesName, FilterArgs, FilterName, MissingName};

/// How the pixels were filtered.
pub(crate) struct Filtered<'p> {
    /// Seconds from the first pixel to the last.
    pub(crate) total: f64,
    /// Seconds of these spent filtering.
    pub(crate) seconds: f64,
    pub(crate) plan: &'p AnyPlan,
}

/// One line: the file, what it holds, the filter, and the time since it began.
pub(crate) fn summary(
    args: &FilterArgs,
    shape: &[usize],
    axes: &[isize],
    [from, to]: [ElementType; 2],
    filtered: &Filtered<'_>,
) -> String {
    let Filtered { total, seconds, plan } = *filtered;
    let pixels = shape.iter().product::<usize>() as f64;
    let types = if from == to { from.to_string() } else { format!("{from} to {to}") };
    let order = match args.order[..] {
        [0] => String::new(),
        _ => format!("order {}, ", joined(&args.order, ",")),
    };
    let filter = match args.filter {
        FilterName::Gaussian => order,
        FilterName::GradientMagnitude => "gradient magnitude, ".to_owned(),
        FilterName::Laplace => "Laplacian, ".to_owned(),
    };
    let exact = match args.derivatives {
        DerivativesName::Exact if !filter.is_empty() => "exact weights, ",
        _ => "",
    };
    let missing = match (args.missing, &args.mask) {
        (MissingName::Propagate, None) => "",
        (MissingName::Ignore, None) => "NaN left out, ",
        (MissingName::Keep, None) => "NaN kept, ",
        (MissingName::Propagate, Some(_)) => "masked, ",
        (MissingName::Ignore, Some(_)) => "masked, NaN left out, ",
        (MissingName::Keep, Some(_)) => "masked pixels and NaN kept, ",
    };
    // As short as Debug puts numbers such as 1e300.
    let short = |sigma: &f64| format!("{sigma:?}").trim_end_matches(".0").to_owned();
    let sigmas: Vec<_> = args.sigma.iter().map(short).collect();
    format!(
        "{}: {} {types}, {filter}{exact}{missing}sigma {}, {}, {}, tuning {}, {}: filtered in {:.3} s ({:.0} Mpixel/s), \
         written in {:.3} s",
        args.output.display(),
        if shape.is_empty() { "0-d".to_owned() } else { joined(shape, " x ") },
        joined(&sigmas, ","),
        match axes {
            [] => "no axis".to_owned(),
            [one] => format!("axis {one}"),
            several => format!("axes {}", joined(several, ",")),
        },
        plan.level().name(),
        plan.tuning().name(),
        threads(plan.workers(), args.threads, cpus()),
        seconds,
        pixels / seconds / 1e6,
        total - seconds,
    )
}

/// One line: the slabs, and how long each stage worked and waited for the others.
pub(crate) fn stages(done: &gausstack_io::Summary) -> String {
    let stage = |name: &str, Busy { working, waiting, .. }: Busy| {
        let share = waiting.as_secs_f64() / (working + waiting).as_secs_f64().max(1e-9);
        format!("{name} {:.3} s ({:.0} % of the time waited)", working.as_secs_f64(), 100.0 * share)
    };
    let slabs = match (done.slabs.count(), done.resumed) {
        (1, _) => "1 slab".to_owned(),
        (count, 0) => format!("{count} slabs"),
        (count, resumed) => format!("{} of {count} slabs", count - resumed),
    };
    let [read, filter, write] = [
        stage("read in", done.read),
        stage("filtered in", done.filter),
        stage("written in", done.write),
    ];
    let copied = done.copied.map_or(String::new(), |copied| {
        format!("copied to a scratch file in {:.3} s; ", copied.as_secs_f64())
    });
    format!("{copied}{slabs} in {:.3} s: {read}, {filter}, {write}", done.total.as_secs_f64())
}

/// CPUs that this process may use.
pub(crate) fn cpus() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// How many threads there were; why they are fewer than were asked for, where CPUs are the reason.
fn threads(used: usize, asked: Option<usize>, cpus: usize) -> String {
    let noun = |number: usize, noun: &str| match number {
        1 => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    };
    let used = noun(used, "thread");
    match asked.filter(|&asked| asked > cpus) {
        Some(asked) => format!("{used} ({asked} asked for, {} to use)", noun(cpus, "CPU")),
        None => used,
    }
}

fn joined<T: Display>(values: &[T], separator: &str) -> String {
    values.iter().map(T::to_string).collect::<Vec<_>>().join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_that_were_asked_for_in_vain_are_told() {
        assert_eq!(threads(1, None, 2), "1 thread");
        assert_eq!(threads(2, Some(2), 2), "2 threads");
        assert_eq!(threads(1, Some(2), 2), "1 thread");
        assert_eq!(
            threads(2, Some(1_000_000_000), 2),
            "2 threads (1000000000 asked for, 2 CPUs to use)"
        );
        assert_eq!(threads(1, Some(3), 1), "1 thread (3 asked for, 1 CPU to use)");
    }
}
