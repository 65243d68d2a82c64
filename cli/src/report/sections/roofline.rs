//! Where filters lie below bandwidth and arithmetic.

use super::cells::{caption, counted, mark, numeric, percent, plain, text, title};
use crate::report::analysis::Curve;
use crate::report::chart::{Axis, Chart, Mark, Series, Style};
use crate::report::document::{Block, Table};
use crate::report::model::{Measurement, Report, Topic};

/// Where the filters lie below bandwidth and arithmetic.
pub(super) fn blocks(report: &Report) -> Option<Vec<Block>> {
    let race = report.strong()?;
    let all = race.curves();
    // Filters that leave everything as it is have no arithmetic to look at.
    let main = all.first()?;
    if race.measurements.iter().any(|measured| measured.operations <= 0.0) {
        return None;
    }
    let pinned: Vec<&Curve<'_>> = all.iter().filter(|curve| curve.pinned == main.pinned).collect();
    let ends = |curve: &Curve<'_>| {
        let (first, last) = (curve.measurements[0].threads, curve.measurements.len() - 1);
        let last = curve.measurements[last].threads;
        if first == last { vec![first] } else { vec![first, last] }
    };
    let counts = ends(main);
    let others: Vec<&Measurement> = [Topic::Shape, Topic::Sigma, Topic::Element]
        .into_iter()
        .flat_map(|topic| report.races_of(topic))
        .flat_map(|race| &race.measurements)
        .filter(|m| counts.last() == Some(&m.threads) && m.operations > 0.0)
        .collect();
    let place = |measured: &Measurement| Mark::at(measured.intensity(), measured.operation_rate());
    let shown = |curve: &Curve<'_>, threads: usize| -> Vec<Mark> {
        let at = curve.measurements.iter().filter(|measured| measured.threads == threads);
        at.map(|measured| place(measured)).collect()
    };
    let mut series = Vec::new();
    let mut rows = Vec::new();
    let behind: Vec<Mark> = others.into_iter().map(place).collect();
    let mut all_points = behind.clone();
    for (kind, curve) in pinned.iter().enumerate() {
        for (place, &threads) in counts.iter().enumerate() {
            let points = shown(curve, threads);
            all_points.extend(&points);
            let name = format!("{}, {}", curve.level, counted(threads, "thread"));
            let kind = kind * counts.len() + place;
            series.push(Series { name, style: Style::Marks(kind), points });
        }
        for measured in curve.measurements.iter().filter(|m| counts.contains(&m.threads)) {
            let (copy, past_caches) = measured.bandwidths();
            rows.push(vec![
                curve.level.to_owned(),
                measured.threads.to_string(),
                format!("{:.2}", measured.intensity()),
                plain(measured.operation_rate()) + mark(race),
                plain(measured.operation_peak()),
                plain(copy),
                past_caches.map_or_else(String::new, plain),
                format!("{} {}", percent(measured.share().median), measured.limit().name()),
            ]);
        }
    }
    if !behind.is_empty() {
        let threads = counts.last().copied().unwrap_or(1);
        let name = format!("other filters, {}", counted(threads, "thread"));
        series.push(Series { name, style: Style::Background, points: behind });
    }
    let low = all_points.iter().map(|mark| mark.x).fold(f64::INFINITY, f64::min).min(1.0);
    let high = all_points.iter().map(|mark| mark.x).fold(0.0, f64::max).max(16.0);
    let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
    for mark in &all_points {
        least = least.min(mark.y);
        most = most.max(mark.y);
    }
    let roofs: Vec<&&Measurement> =
        main.measurements.iter().filter(|m| counts.contains(&m.threads)).collect();
    for (place, measured) in roofs.into_iter().enumerate() {
        let (peak, bandwidth) = (measured.operation_peak(), measured.bandwidth());
        let ridge = (peak / bandwidth).clamp(low, high);
        let points = [low, ridge, high].map(|x| Mark::at(x, (x * bandwidth).min(peak))).to_vec();
        least = least.min(points[0].y);
        most = most.max(peak);
        let style = if place == 0 { Style::Law } else { Style::Ideal };
        let name = format!("limits, {}", counted(measured.threads, "thread"));
        series.insert(place, Series { name, style, points });
    }
    let alt = rows
        .iter()
        .map(|row| {
            let threads = if row[1] == "1" { "thread" } else { "threads" };
            format!("{}, {} {threads}: {} of {}", row[0], row[1], row[3], row[4])
        })
        .collect::<Vec<_>>()
        .join("; ");
    let chart = Chart {
        title: title("Roofline", race),
        alt: format!(
            "Billions of operations per second over operations per byte, below the bandwidth of a \
             copy and the arithmetic peak. {alt}."
        ),
        x: Axis::ratios("operations per byte read or written", low, high),
        y: Axis::ratios("billion operations per second", least, most),
        series,
    };
    let columns = vec![
        text("level"),
        numeric("threads"),
        numeric("op/byte"),
        numeric("Gop/s"),
        numeric("peak"),
        numeric("copy GB/s"),
        numeric("nt GB/s"),
        numeric("of ceiling"),
    ];
    let about = format!(
        "Operations are additions, multiplications and fused multiply-adds of vectors, counted in \
         elements; the lines are the limits of level {}.",
        main.level
    );
    Some(vec![
        Block::Heading("Roofline".to_owned()),
        Block::Figures(
            vec![chart],
            Table { caption: caption(about, race.disturbed), columns, rows },
        ),
    ])
}
