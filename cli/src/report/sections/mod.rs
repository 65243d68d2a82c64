//! What is said about the numbers of a report.

pub(super) mod cells;
pub(super) mod others;
mod points;
mod roofline;
mod scaling;
mod slices;
pub(super) mod trust;

use self::cells::{counted, percent, plain};
use super::analysis::Limit;
use super::document::{Block, Document};
use super::model::{Measurement, Report};

/// The document that a report is written as.
pub(crate) fn document(report: &Report) -> Document {
    let mut blocks = vec![Block::List(findings(report))];
    blocks.push(Block::Heading("Machine".to_owned()));
    blocks.push(machine(report));
    blocks.extend(scaling::blocks(report));
    blocks.extend(roofline::blocks(report).into_iter().flatten());
    blocks.extend(slices::slice_counts(report));
    blocks.extend(slices::weak(report));
    blocks.extend(others::blocks(report));
    blocks.push(Block::Heading("How it was measured".to_owned()));
    blocks.push(Block::List(method(report)));
    if !report.unmeasured.is_empty() {
        blocks.push(Block::Heading("Not measured".to_owned()));
        blocks.push(Block::List(report.unmeasured.clone()));
    }
    let cpu = report.machine.cpu.as_deref().unwrap_or("an unknown CPU");
    Document { title: format!("gausstack on {cpu}"), blocks }
}

/// The main results, each in a sentence.
fn findings(report: &Report) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(curve) = report.main_curve() {
        let at = |measured: &Measurement| {
            format!(
                "{}: {} Mpixel/s, {:.1} GB/s, {} of the ceiling ({})",
                counted(measured.threads, "thread"),
                plain(measured.rate().median),
                measured.gigabytes(),
                percent(measured.share().median),
                measured.limit().name(),
            )
        };
        let first = curve.single();
        found.extend(first.map(at));
        let last = curve.measurements.last().filter(|last| last.threads > 1);
        if let Some(last) = last {
            let speed_up = first.map_or_else(String::new, |first| {
                format!("; {:.2} times as fast as one thread", last.speed_up(first).median)
            });
            found.push(at(last) + &speed_up);
        }
        let measured_up_to = curve.measurements.last().map_or(1, |last| last.threads);
        let limited = curve.measurements.iter().filter(|m| m.limit() != Limit::Arithmetic).count();
        found.push(match report.wall() {
            Some(1) => "Memory bandwidth limits the filter from the first thread on: a copy of the stack \
                        takes longer than the filter's arithmetic."
                .to_owned(),
            Some(threads) => format!("Memory bandwidth limits the filter from {threads} threads on."),
            None if limited > 0 => format!(
                "Memory bandwidth and arithmetic are about equally high limits: a copy takes longer at {limited} \
                 of {} numbers of threads.",
                curve.measurements.len()
            ),
            None => format!(
                "Memory bandwidth does not limit the filter up to {}: arithmetic takes longer than a copy.",
                counted(measured_up_to, "thread")
            ),
        });
    }
    let measured = report.measurements().count();
    let several = report.measurements().any(|(_, measured)| measured.threads > 1);
    found.push(match (report.wrong(), report.unequal()) {
        (0, 0) if measured == 0 => "Nothing was measured.".to_owned(),
        (0, 0) if !several => format!("All {measured} results are within the bound of error."),
        (0, 0) => format!(
            "All {measured} results are within the bound of error, and of equal bits on any number \
             of threads."
        ),
        (wrong, unequal) => format!(
            "WRONG: of {measured} results {wrong} are off by more than the bound, and {unequal} \
             differ from others of their level."
        ),
    });
    found.extend(trust::sentences(report));
    found
}

fn machine(report: &Report) -> Block {
    let entries = report.machine.entries().into_iter();
    let mut facts: Vec<_> = entries.map(|(topic, text)| (topic.to_owned(), text)).collect();
    if report.machine.commit.as_ref().is_some_and(|commit| commit.ends_with("with changes")) {
        facts.push(("CAUTION".to_owned(), "files differed from the commit".to_owned()));
    }
    let minutes = format!("{}, {} of measuring", report.started, minutes(report.duration));
    facts.push(("measured".to_owned(), minutes));
    Block::Facts(facts)
}

fn minutes(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

fn method(report: &Report) -> Vec<String> {
    let mut text = vec![
        "Rate: the median over rounds of pixels per second; ± is half of the range of all rounds that \
         count, and GB/s takes every pixel as read once and written once."
            .to_owned(),
        "Ceiling: the lower of two limits that were measured in the same rounds, on the same threads: \
         the faster of two copies of the same pixels (copy, which is memcpy, and nt copy, with \
         non-temporal stores, f32 only), and a loop of the level's arithmetic in registers (compute). Stacks that fit into caches may \
         be filtered faster than they are copied."
            .to_owned(),
        "Rounds: contenders run in turn, each round begins with another one, and one round before is \
         not timed. A round that lost more than 2 % of its CPU time to other work, to the \
         hypervisor or to a quota is dropped and run again, at most once for each round asked for."
            .to_owned(),
        "Memory: input and output are arrays whose pages were touched before anything is timed, by as \
         many threads as there are CPUs, each an equal share in the order of memory. The filter \
         writes into an array that exists. Peak is what the process grew by while it filtered."
            .to_owned(),
        "Threads: pinned ones have a CPU each, one hardware thread of every core first, the fastest \
         kind of core and the first socket first; then the second hardware threads."
            .to_owned(),
        "Error: the largest difference to brute-force sums in f64, beyond what rounding to integers \
         is, as a share of max|x| * sum|w|; in first, middle and last slice every edge, corners and \
         up to 2000 random pixels. Results with the same letter of bits are the same bits."
            .to_owned(),
    ];
    if report.races.iter().any(|race| !race.readable) {
        text.push(
            "This system does not tell all CPU time that was lost, so that disturbed rounds may be \
             among those that count."
                .to_owned(),
        );
    }
    text
}
