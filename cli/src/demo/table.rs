//! The race as a table.

use std::fmt;

use gausstack_measure::Contender;

use super::race::{Group, Race};

const COLUMNS: [&str; 7] = ["", "ms", "speed-up", "Mpixel/s", "GB/s", "x copy", "x arithmetic"];

/// One line per kind of work and number of threads.
pub(super) struct Table {
    rows: Vec<[String; 7]>,
}

impl Table {
    pub(super) fn new(race: &Race) -> Self {
        let mut rows = Vec::new();
        for group in &race.groups {
            rows.extend(Self::group(race, group));
        }
        Self { rows }
    }

    fn group(race: &Race, group: &Group) -> Vec<[String; 7]> {
        let one = &race.groups[0];
        let on = match group.threads {
            1 => "1 thread".to_owned(),
            threads => format!("{threads} threads"),
        };
        let row = |name: &str, time: Contender, on_one: Contender, moves: bool, is_filter: bool| {
            let seconds = race.outcome.seconds(time);
            let pixels = race.pixels as f64;
            let bytes = 2.0 * race.pixel_bytes as f64 * pixels;
            let only = |wanted: bool, text: String| if wanted { text } else { String::new() };
            let ratio = |floor| only(is_filter, format!("{:.2}", race.outcome.ratio(time, floor)));
            let speed_up = race.outcome.ratio(on_one, time).median;
            [
                format!("{name}, {on}"),
                format!("{:.1}", seconds.times(1e3)),
                only(time != on_one, format!("{speed_up:.2}")),
                format!("{:.0}", pixels / seconds.median * 1e-6),
                // Every pixel is read once and written once.
                only(moves, format!("{:.1}", bytes / seconds.median * 1e-9)),
                ratio(group.copy),
                ratio(group.arithmetic),
            ]
        };
        let mut rows = vec![row("copy", group.copy, one.copy, true, false)];
        if let Some((streaming, on_one)) = group.streaming.zip(one.streaming) {
            rows.push(row("copy past caches", streaming, on_one, true, false));
        }
        rows.push(row("arithmetic alone", group.arithmetic, one.arithmetic, false, false));
        rows.push(row("filter", group.filter, one.filter, true, true));
        if let Some(allocating) = group.allocating {
            rows.push(row("filter into a new array", allocating, allocating, true, true));
        }
        rows
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles = COLUMNS.map(str::to_owned);
        let lines = || std::iter::once(&titles).chain(&self.rows);
        let width = |column: usize| lines().map(|line| line[column].len()).max().unwrap_or(0);
        let widths: [usize; 7] = std::array::from_fn(width);
        for line in lines() {
            let mut text = format!("{:<width$}", line[0], width = widths[0]);
            for (cell, width) in line.iter().zip(widths).skip(1) {
                text += &format!("  {cell:>width$}");
            }
            writeln!(f, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_no_line_ends_in_blanks() {
        let cells = |name: &str, time: &str| {
            let mut row: [String; 7] = Default::default();
            row[0] = name.to_owned();
            row[1] = time.to_owned();
            row
        };
        let table = Table { rows: vec![cells("a", "1.0"), cells("longer name", "1000.0")] };
        let text = table.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].ends_with("x copy  x arithmetic"), "{text}");
        assert_eq!(lines[1], "a               1.0");
        assert_eq!(lines[2], "longer name  1000.0");
    }
}
