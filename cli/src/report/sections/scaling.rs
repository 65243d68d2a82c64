//! How the filter scales with threads, at every level.

use super::cells::{
    CHECKS, SPEED, caption, checks, counted, numeric, percent, placed, plain, shape, speed, text,
    title,
};
use super::points::{counts, highest, in_words, letter, lowest, marks};
use super::trust::SCALING;
use crate::report::analysis::Curve;
use crate::report::chart::{Axis, Chart, Mark, Series, Style};
use crate::report::document::{Block, Column, Table};
use crate::report::model::{Measurement, Race, Report};

/// Scaling with threads, and the levels.
pub(super) fn blocks(report: &Report) -> Vec<Block> {
    let Some(race) = report.strong() else { return Vec::new() };
    let mut blocks = strong(report, race);
    blocks.extend(levels(report, race));
    blocks
}

fn strong(report: &Report, race: &Race) -> Vec<Block> {
    let curves = race.curves();
    let Some(main) = curves.first() else { return Vec::new() };
    let of_level: Vec<&Curve<'_>> =
        curves.iter().filter(|curve| curve.level == main.level).collect();
    let Some(case) = main.measurements.first().map(|measured| &measured.case) else {
        return Vec::new();
    };
    let intro = format!(
        "Strong scaling: {} of f32, {} along axis {}, sigma {} and {}, level {}. Speed-up and \
         efficiency are beside one thread in the same rounds.",
        shape(case),
        counted(case.slices(), "slice"),
        case.slice_axis,
        case.sigma[0],
        case.sigma[1],
        main.level,
    );
    let first: [Column; 1] = [numeric("threads")];
    let gain = [numeric("speed-up"), numeric("effic.")];
    let columns = [&first[..], &SPEED[..4], &gain, &SPEED[4..], &CHECKS].concat();
    let letters = report.letters();
    let mut rows = Vec::new();
    for curve in &of_level {
        for measured in &curve.measurements {
            let gain = match curve.single() {
                Some(single) => {
                    let gain = measured.speed_up(single).median;
                    [format!("{gain:.2}"), percent(gain / measured.threads as f64)]
                }
                None => ["".to_owned(), "".to_owned()],
            };
            let [rate, spread, range, bytes, ceiling] = speed(race, measured);
            let first = [placed(measured), rate, spread, range, bytes];
            let last = checks(measured, letter(&letters, measured));
            rows.push([&first[..], &gain, &[ceiling], &last].concat());
        }
    }
    let table = Table { caption: caption(intro, race.disturbed), columns, rows };
    let mut blocks = vec![Block::Heading(SCALING.to_owned())];
    let charts = speed_up_charts(report, race, &of_level);
    blocks.push(if charts.is_empty() {
        Block::Table(table)
    } else {
        Block::Figures(charts, table)
    });
    blocks.push(Block::Text(laws(report, main)));
    blocks
}

/// Points of a law that is drawn, at most.
const MAX_POINTS: usize = 64;

/// What the fitted laws say; why there are none, if there are none.
fn laws(report: &Report, main: &Curve<'_>) -> String {
    let Some(laws) = report.laws() else {
        let counts = main.measurements.iter().filter(|m| m.threads <= report.cores()).count();
        return format!(
            "Laws of scaling are not fitted: that takes three numbers of threads with a core for \
             each, and here {} measured.",
            if counts == 1 { "1 was".to_owned() } else { format!("{counts} were") }
        );
    };
    let (amdahl, scalability) = (laws.amdahl, laws.scalability);
    let measured = amdahl.measured;
    let first = main.measurements.first().map_or(1, |first| first.threads);
    let each = if main.pinned && !report.cpus.is_empty() { ", one per core" } else { "" };
    let mut text = format!(
        "Laws fitted to {first} to {measured} threads{each}. Amdahl's law: a serial part of {:.2} %, \
         residual {:.1} %; the universal scalability law, which is the one drawn: contention {:.4}, coherency {:.2e}, \
         residual {:.1} %.",
        100.0 * amdahl.serial,
        100.0 * amdahl.residual,
        scalability.contention,
        scalability.coherency,
        100.0 * scalability.residual,
    );
    if amdahl.max_speedup() < 1e6 {
        text += &format!(
            " Extrapolated beyond {measured} threads, and measured nowhere: by Amdahl's law no \
             number of threads is more than {} times as fast as one.",
            plain(amdahl.max_speedup())
        );
    }
    if let Some(best) = scalability.best_threads() {
        text += &if best <= measured as f64 {
            format!(" By the second law about {best:.0} threads are the fastest.")
        } else {
            format!(
                " By the second law, extrapolated beyond what was measured, more than {} threads \
                 would be slower than fewer.",
                plain(best.floor())
            )
        };
    }
    text
}

fn speed_up_charts(report: &Report, race: &Race, curves: &[&Curve<'_>]) -> Vec<Chart> {
    let counts = counts(curves);
    let most = counts.last().copied().unwrap_or(1);
    if most < 2 || curves.iter().any(|curve| curve.single().is_none()) {
        return Vec::new();
    }
    let x = Axis::threads(&counts);
    let ends = [1.0, most as f64];
    let (mut speed_ups, mut efficiencies) = (Vec::new(), Vec::new());
    let mut alts = [String::new(), String::new()];
    for (kind, curve) in curves.iter().enumerate() {
        let Some(single) = curve.single() else { continue };
        let name = if curve.measurements[0].pinned { "pinned" } else { "not pinned" };
        let gain = |measured: &Measurement| measured.speed_up(single);
        let share = |measured: &Measurement| gain(measured).times(100.0 / measured.threads as f64);
        let (gains, shares) = (marks(curve, gain), marks(curve, share));
        alts[0] += &format!(" {name}: {}.", in_words(&gains, ""));
        alts[1] += &format!(" {name}: {}.", in_words(&shares, " %"));
        let series = |points| Series { name: name.to_owned(), style: Style::Line(kind), points };
        speed_ups.push(series(gains));
        efficiencies.push(series(shares));
    }
    let line = |name: &str, style, points| Series { name: name.to_owned(), style, points };
    let ideal = |points: [f64; 2]| {
        ends.iter().zip(points).map(|(&x, y)| Mark::at(x, y)).collect::<Vec<_>>()
    };
    speed_ups.insert(0, line("ideal", Style::Ideal, ideal(ends)));
    efficiencies.insert(0, line("ideal", Style::Ideal, ideal([100.0; 2])));
    if let Some(laws) = report.laws() {
        let law = laws.scalability;
        // Never beyond what was measured.
        let fitted: Vec<usize> =
            (1..=law.measured).step_by(law.measured.div_ceil(MAX_POINTS)).collect();
        let gain = |n: usize| law.throughput(n) / law.throughput(1);
        let gains = fitted.iter().map(|&n| Mark::at(n as f64, gain(n))).collect();
        let shares =
            fitted.iter().map(|&n| Mark::at(n as f64, 100.0 * gain(n) / n as f64)).collect();
        speed_ups.push(line("fitted law", Style::Law, gains));
        efficiencies.push(line("fitted law", Style::Law, shares));
    }
    let highest_gain = highest(&speed_ups);
    // On a log axis of threads speed-up has the same one, so that the ideal is a straight line.
    let y = if x.is_log() {
        x.like("speed-up", lowest(&speed_ups), highest_gain)
    } else {
        Axis::from_zero("speed-up", highest_gain)
    };
    let [speed_up_alt, efficiency_alt] = alts;
    vec![
        Chart {
            title: title("Speed-up over one thread", race),
            alt: format!("Speed-up over one thread.{speed_up_alt}"),
            x: x.clone(),
            y,
            series: speed_ups,
        },
        Chart {
            title: title("Efficiency", race),
            alt: format!("Efficiency: speed-up by thread.{efficiency_alt}"),
            x,
            y: Axis::from_zero("percent of ideal", highest(&efficiencies)),
            series: efficiencies,
        },
    ]
}

fn levels(report: &Report, race: &Race) -> Vec<Block> {
    let all = race.curves();
    let Some(main) = all.first() else { return Vec::new() };
    let curves: Vec<&Curve<'_>> = all.iter().filter(|curve| curve.pinned == main.pinned).collect();
    let first: [Column; 2] = [text("level"), numeric("threads")];
    let columns = [&first[..], &SPEED, &CHECKS].concat();
    let letters = report.letters();
    let mut rows = Vec::new();
    let (mut series, mut alt) = (Vec::new(), String::new());
    for (kind, curve) in curves.iter().enumerate() {
        for measured in &curve.measurements {
            let what = [curve.level.to_owned(), measured.threads.to_string()];
            let checked = checks(measured, letter(&letters, measured));
            rows.push([&what[..], &speed(race, measured), &checked].concat());
        }
        let points = marks(curve, Measurement::rate);
        alt += &format!(" {}: {}.", curve.level, in_words(&points, ""));
        series.push(Series { name: curve.level.to_owned(), style: Style::Line(kind), points });
    }
    let copy: Vec<Mark> = main
        .measurements
        .iter()
        .map(|measured| Mark::at(measured.threads as f64, measured.memory_ceiling()))
        .collect();
    series.push(Series { name: "fastest copy".to_owned(), style: Style::Ideal, points: copy });
    let chart = Chart {
        title: title("Throughput by level", race),
        alt: format!("Millions of pixels per second by number of threads.{alt}"),
        x: Axis::threads(&counts(&curves)),
        y: Axis::from_zero("Mpixel/s", highest(&series)),
        series,
    };
    let about = "The same stack at every instruction level that was asked for.".to_owned();
    let caption = caption(about, race.disturbed);
    vec![
        Block::Heading("Instruction levels".to_owned()),
        Block::Figures(vec![chart], Table { caption, columns, rows }),
    ]
}
