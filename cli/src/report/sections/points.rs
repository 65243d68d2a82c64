//! Points of charts, and what they have in common with tables.

use gausstack_measure::Summary;

use super::cells::{counted, plain};
use crate::report::analysis::Curve;
use crate::report::chart::{Mark, Series};
use crate::report::model::{Measurement, Race};

/// The letter of a measurement's bits among those of its report.
pub(super) fn letter(letters: &[(&Race, &Measurement, char)], measured: &Measurement) -> char {
    let own = letters.iter().find(|(_, other, _)| std::ptr::eq(*other, measured));
    own.map_or('?', |(.., letter)| *letter)
}

pub(super) fn range(summary: Summary) -> Option<(f64, f64)> {
    Some((summary.low, summary.high))
}

/// Points of a curve: number of threads, and a value with its range.
pub(super) fn marks(curve: &Curve<'_>, value: impl Fn(&Measurement) -> Summary) -> Vec<Mark> {
    let mark = |measured: &&Measurement| {
        let value = value(measured);
        Mark { x: measured.threads as f64, y: value.median, range: range(value) }
    };
    curve.measurements.iter().map(mark).collect()
}

/// Points in words, for screen readers: at most a handful, both ends among them.
pub(super) fn in_words(points: &[Mark], unit: &str) -> String {
    const MAX: usize = 5;
    let step = points.len().div_ceil(MAX).max(1);
    let point =
        |mark: &Mark| format!("{}: {}{unit}", counted(mark.x as usize, "thread"), plain(mark.y));
    // From the last one back, since that is the one to know.
    let mut words: Vec<String> = points.iter().skip(1).rev().step_by(step).map(point).collect();
    words.extend(points.first().map(point));
    words.reverse();
    words.join(", ")
}

pub(super) fn counts(curves: &[&Curve<'_>]) -> Vec<usize> {
    let mut counts: Vec<usize> = curves
        .iter()
        .flat_map(|curve| curve.measurements.iter().map(|measured| measured.threads))
        .collect();
    counts.sort_unstable();
    counts.dedup();
    counts
}

/// The highest end of what is drawn of points.
pub(super) fn highest_of(points: &[Mark]) -> f64 {
    points.iter().map(|mark| mark.range.map_or(mark.y, |range| range.1)).fold(0.0, f64::max)
}

/// The highest end of what several series draw.
pub(super) fn highest(series: &[Series]) -> f64 {
    series.iter().map(|series| highest_of(&series.points)).fold(0.0, f64::max)
}

/// The lowest end.
pub(super) fn lowest(series: &[Series]) -> f64 {
    let points = series.iter().flat_map(|series| &series.points);
    points.map(|mark| mark.range.map_or(mark.y, |range| range.0)).fold(f64::INFINITY, f64::min)
}
