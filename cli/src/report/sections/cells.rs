//! Numbers as they stand in tables and sentences.

use gausstack_measure::Summary;

use crate::report::document::{Column, Kind};
use crate::report::model::{Case, Measurement, Race};

/// A number and its noun.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// A share in percent.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// A number with as many digits as it is known to.
pub(crate) fn plain(value: f64) -> String {
    let digits = match value.abs() {
        0.0..10.0 => 2,
        10.0..100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$}")
}

/// Where a thread runs.
pub(crate) fn placed(measured: &Measurement) -> String {
    format!("{} {}", measured.threads, if measured.pinned { "pinned" } else { "free" })
}

/// A shape; the axis in brackets counts slices.
pub(crate) fn shape(case: &Case) -> String {
    let length = |(axis, length): (usize, &usize)| {
        if axis == case.slice_axis { format!("[{length}]") } else { length.to_string() }
    };
    case.shape.iter().enumerate().map(length).collect::<Vec<_>>().join("x")
}

pub(crate) const fn text(title: &'static str) -> Column {
    Column { title, kind: Kind::Text }
}

pub(crate) const fn numeric(title: &'static str) -> Column {
    Column { title, kind: Kind::Number }
}

pub(crate) const fn detail(title: &'static str) -> Column {
    Column { title, kind: Kind::Detail }
}

/// Titles of what [`speed`] gives.
pub(crate) const SPEED: [Column; 5] =
    [numeric("Mpixel/s"), numeric("± %"), detail("range"), numeric("GB/s"), numeric("of ceiling")];

/// How fast a measurement of a race is, and beside its ceiling; marked where the race was
/// disturbed.
pub(crate) fn speed(race: &Race, measured: &Measurement) -> [String; 5] {
    let rate = measured.rate();
    let Summary { median, low, high, .. } = rate;
    [
        plain(median),
        format!("{:.1}{}", 50.0 * (high - low) / median, mark(race)),
        format!("{}\u{2013}{}", plain(low), plain(high)),
        format!("{:.1}", measured.gigabytes()),
        format!("{} {}", percent(measured.share().median), measured.limit().name()),
    ]
}

/// What a number is marked with that was measured while every round was disturbed.
pub(crate) fn mark(race: &Race) -> &'static str {
    if race.disturbed { "*" } else { "" }
}

/// The caption of a table, with what the mark means where it has one.
pub(crate) fn caption(text: String, disturbed: bool) -> String {
    if disturbed { text + " * Disturbed in every round: unreliable." } else { text }
}

/// The title of a chart of a race.
pub(crate) fn title(text: impl Into<String>, race: &Race) -> String {
    let text = text.into();
    if race.disturbed { text + " (disturbed)" } else { text }
}

/// Titles of what [`checks`] gives.
pub(crate) const CHECKS: [Column; 4] =
    [numeric("error"), detail("bound"), numeric("bits"), detail("peak MB")];

/// What was found in a result; `letter` stands for its bits.
pub(crate) fn checks(measured: &Measurement, letter: char) -> [String; 4] {
    let check = &measured.check;
    let mark = if measured.is_right() { "" } else { "!" };
    [
        match check.error {
            None => "NaN!".to_owned(),
            Some(0.0) => "0".to_owned(),
            Some(error) => format!("{error:.1e}{mark}"),
        },
        format!("{:.0e}", check.bound),
        letter.to_string(),
        check.peak_bytes.map_or_else(|| "?".to_owned(), |bytes| plain(bytes as f64 * 1e-6)),
    ]
}
