//! Stacks of more and fewer slices: shared out unevenly, and as many for each thread.

use super::cells::{
    CHECKS, SPEED, caption, checks, counted, detail, numeric, percent, speed, title,
};
use super::points::{highest_of, in_words, letter, range};
use super::trust::{SLICE_COUNTS, WEAK_SCALING};
use crate::report::chart::{Axis, Chart, Mark, Series, Style};
use crate::report::document::{Block, Table};
use crate::report::model::{Case, Report, Topic};

/// Counts up to which each is a tick.
const MAX_TICKS: usize = 16;

/// Numbers of slices around those that all threads share evenly.
pub(super) fn slice_counts(report: &Report) -> Vec<Block> {
    let (letters, mut blocks) = (report.letters(), Vec::new());
    for race in report.races_of(Topic::SliceCounts) {
        let Some(first) = race.measurements.first() else { continue };
        let threads = first.threads;
        // Per pixel, beside the first count that all threads share evenly.
        let even = race.measurements.iter().find(|m| m.case.slices() == threads).unwrap_or(first);
        // The share of the threads that would be busy if slices were not split.
        let whole = |slices: usize| slices as f64 / (slices.div_ceil(threads) * threads) as f64;
        let mut rows = Vec::new();
        let mut points = Vec::new();
        for measured in &race.measurements {
            let slices = measured.case.slices();
            let (own, even) = (measured.rate(), even.rate().median);
            let beside = own.times(100.0 / even);
            points.push(Mark { x: slices as f64, y: beside.median, range: range(beside) });
            let what = [slices.to_string()];
            let share = [percent(own.median / even), percent(whole(slices))];
            let last = checks(measured, letter(&letters, measured));
            rows.push([&what[..], &speed(race, measured), &share, &last].concat());
        }
        let counts: Vec<usize> = race.measurements.iter().map(|m| m.case.slices()).collect();
        let highest = highest_of(&points).max(100.0);
        let most = counts.iter().copied().max().unwrap_or(1);
        // Of many counts those that are shared evenly.
        let even_counts = [1, threads, 2 * threads];
        let ticks = if most <= MAX_TICKS { &counts[..] } else { &even_counts };
        let unsplit =
            counts.iter().map(|&slices| Mark::at(slices as f64, 100.0 * whole(slices))).collect();
        let alt: Vec<String> =
            points.iter().map(|mark| format!("{}: {:.0} %", mark.x, mark.y)).collect();
        let chart = Chart {
            title: title(format!("Slices on {}", counted(threads, "thread")), race),
            alt: format!(
                "Throughput by number of slices, beside {threads} slices: {}.",
                alt.join(", ")
            ),
            x: Axis::counts("slices", ticks, most),
            y: Axis::from_zero(format!("percent of {threads} slices"), highest),
            series: ideal_and_measured("if slices were not split", unsplit, points),
        };
        let columns = [
            &[numeric("slices")][..],
            &SPEED,
            &[numeric("of even"), detail("if not split")],
            &CHECKS,
        ]
        .concat();
        let about = format!(
            "Numbers of slices that {} can and cannot share evenly, images of {}: throughput beside \
             {threads} slices, one for each.",
            counted(threads, "thread"),
            image_size(&first.case),
        );
        blocks.push(Block::Heading(SLICE_COUNTS.to_owned()));
        blocks.push(Block::Figures(
            vec![chart],
            Table { caption: caption(about, race.disturbed), columns, rows },
        ));
    }
    blocks
}

/// As many slices for each thread.
pub(super) fn weak(report: &Report) -> Vec<Block> {
    let (letters, mut blocks) = (report.letters(), Vec::new());
    for race in report.races_of(Topic::WeakScaling) {
        let Some(single) = race.measurements.first().filter(|first| first.threads == 1) else {
            continue;
        };
        let mut rows = Vec::new();
        let mut points = Vec::new();
        for measured in &race.measurements {
            let share = measured.efficiency_of_rate(single);
            let whole = share.times(100.0);
            points.push(Mark { x: measured.threads as f64, y: whole.median, range: range(whole) });
            let what = [measured.threads.to_string(), measured.case.slices().to_string()];
            let last = checks(measured, letter(&letters, measured));
            rows.push(
                [&what[..], &speed(race, measured), &[percent(share.median)], &last].concat(),
            );
        }
        let counts: Vec<usize> = race.measurements.iter().map(|m| m.threads).collect();
        let ends = [1.0, counts.last().copied().unwrap_or(1) as f64];
        let highest = highest_of(&points).max(100.0);
        let chart = Chart {
            title: title(WEAK_SCALING, race),
            alt: format!(
                "Efficiency of as many slices for each thread. {}.",
                in_words(&points, " %")
            ),
            x: Axis::threads(&counts),
            y: Axis::from_zero("percent of ideal", highest),
            series: ideal_and_measured("ideal", ends.map(|x| Mark::at(x, 100.0)).to_vec(), points),
        };
        let columns =
            [&[numeric("threads"), numeric("slices")][..], &SPEED, &[numeric("effic.")], &CHECKS]
                .concat();
        let about = format!(
            "{} for each thread, images of {}: ideally the time stays the same.",
            counted(single.case.slices(), "slice"),
            image_size(&single.case),
        );
        blocks.push(Block::Heading(WEAK_SCALING.to_owned()));
        blocks.push(Block::Figures(
            vec![chart],
            Table { caption: caption(about, race.disturbed), columns, rows },
        ));
    }
    blocks
}

/// Two lines of a chart: the ideal, by its name, and what was measured.
fn ideal_and_measured(name: &str, ideal: Vec<Mark>, measured: Vec<Mark>) -> Vec<Series> {
    vec![
        Series { name: name.to_owned(), style: Style::Ideal, points: ideal },
        Series { name: "measured".to_owned(), style: Style::Line(0), points: measured },
    ]
}

/// Rows and columns of a slice.
fn image_size(case: &Case) -> String {
    case.axes().map(|axis| case.shape[axis].to_string()).join(" x ")
}
