//! How the filter scales: with threads, with levels, with slices, and how near it is to its ceilings.

use gausstack_measure::Summary;

use super::cells::{
    CHECKS, SPEED, checks, counted, detail, numeric, percent, placed, plain, shape, speed, text,
};
use crate::report::analysis::Curve;
use crate::report::chart::{Axis, Chart, Mark, Series, Style};
use crate::report::document::{Block, Column, Table};
use crate::report::model::{Measurement, Race, Report, Topic};

/// All that is said about scaling.
pub(super) fn blocks(report: &Report) -> Vec<Block> {
    let mut blocks = Vec::new();
    if let Some(race) = report.strong() {
        blocks.extend(strong(report, race));
        blocks.extend(levels(report, race));
        blocks.extend(roofline(report, race).into_iter().flatten());
    }
    blocks.extend(slice_counts(report));
    blocks.extend(weak(report));
    blocks
}

/// The letter of a measurement's bits.
fn letter(report: &Report, measured: &Measurement) -> char {
    let letters = report.letters();
    let own = letters.iter().find(|(_, other, _)| std::ptr::eq(*other, measured));
    own.map_or('?', |(.., letter)| *letter)
}

fn range(summary: Summary) -> Option<(f64, f64)> {
    Some((summary.low, summary.high))
}

/// Points of a curve: number of threads, and a value with its range.
fn marks(curve: &Curve<'_>, value: impl Fn(&Measurement) -> Summary) -> Vec<Mark> {
    let mark = |measured: &&Measurement| {
        let value = value(measured);
        Mark { x: measured.threads as f64, y: value.median, range: range(value) }
    };
    curve.measurements.iter().map(mark).collect()
}

/// A sentence of points, for who cannot see them: of many some, with both ends.
fn told(points: &[Mark], unit: &str) -> String {
    const MOST: usize = 5;
    let step = points.len().div_ceil(MOST).max(1);
    let point =
        |mark: &Mark| format!("{}: {}{unit}", counted(mark.x as usize, "thread"), plain(mark.y));
    // From the last one back, since that is the one to know.
    let mut told: Vec<String> = points.iter().skip(1).rev().step_by(step).map(point).collect();
    told.extend(points.first().map(point));
    told.reverse();
    told.join(", ")
}

fn counts(curves: &[&Curve<'_>]) -> Vec<usize> {
    let mut counts: Vec<usize> = curves
        .iter()
        .flat_map(|curve| curve.measurements.iter().map(|measured| measured.threads))
        .collect();
    counts.sort_unstable();
    counts.dedup();
    counts
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
            let [rate, spread, range, bytes, ceiling] = speed(measured);
            let first = [placed(measured), rate, spread, range, bytes];
            let last = checks(measured, letter(report, measured));
            rows.push([&first[..], &gain, &[ceiling], &last].concat());
        }
    }
    let table = Table { caption: intro, columns, rows };
    let mut blocks = vec![Block::Heading("Scaling with threads".to_owned())];
    let charts = speed_up_charts(report, &of_level);
    blocks.push(if charts.is_empty() {
        Block::Table(table)
    } else {
        Block::Figures(charts, table)
    });
    blocks.push(Block::Text(laws(report, main)));
    blocks
}

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
    let mut text = format!(
        "Fitted to 1 to {measured} threads, one per core. Amdahl's law: a serial part of {:.2} %, \
         residual {:.1} %; the universal scalability law: contention {:.4}, coherency {:.2e}, \
         residual {:.1} %.",
        100.0 * amdahl.serial,
        100.0 * amdahl.residual,
        scalability.contention,
        scalability.coherency,
        100.0 * scalability.residual,
    );
    if amdahl.most_speedup() < 1e6 {
        text += &format!(
            " Extrapolated beyond {measured} threads, and measured nowhere: by Amdahl's law no \
             number of threads is more than {} times as fast as one.",
            plain(amdahl.most_speedup())
        );
    }
    if let Some(best) = scalability.best_threads() {
        text += &if best <= measured as f64 {
            format!(" By the second law {best:.0} threads are the fastest.")
        } else {
            format!(
                " By the second law, extrapolated as well, more than {} threads would be slower \
                 than fewer.",
                plain(best.floor())
            )
        };
    }
    text
}

fn speed_up_charts(report: &Report, curves: &[&Curve<'_>]) -> Vec<Chart> {
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
        alts[0] += &format!(" {name}: {}.", told(&gains, ""));
        alts[1] += &format!(" {name}: {}.", told(&shares, " %"));
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
        let fitted: Vec<usize> = (1..=law.measured).collect();
        let gain = |n: usize| law.throughput(n) / law.throughput(1);
        let gains = fitted.iter().map(|&n| Mark::at(n as f64, gain(n))).collect();
        let shares =
            fitted.iter().map(|&n| Mark::at(n as f64, 100.0 * gain(n) / n as f64)).collect();
        speed_ups.push(line("scalability law, fitted", Style::Law, gains));
        efficiencies.push(line("scalability law, fitted", Style::Law, shares));
    }
    // On a log axis of threads speed-up has the same one, so that the ideal is a straight line.
    let y = if x.is_log() { x.like("speed-up") } else { Axis::from_zero("speed-up", most as f64) };
    let [speed_up_alt, efficiency_alt] = alts;
    vec![
        Chart {
            title: "Speed-up over one thread".to_owned(),
            alt: format!("Speed-up over one thread.{speed_up_alt}"),
            x: x.clone(),
            y,
            series: speed_ups,
        },
        Chart {
            title: "Efficiency".to_owned(),
            alt: format!("Efficiency: speed-up by thread.{efficiency_alt}"),
            x,
            y: Axis::from_zero("percent of ideal", 100.0),
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
    let mut rows = Vec::new();
    let (mut series, mut alt) = (Vec::new(), String::new());
    let mut highest = 0.0_f64;
    for (kind, curve) in curves.iter().enumerate() {
        for measured in &curve.measurements {
            let what = [curve.level.to_owned(), measured.threads.to_string()];
            let checked = checks(measured, letter(report, measured));
            rows.push([&what[..], &speed(measured), &checked].concat());
        }
        let points = marks(curve, Measurement::rate);
        highest = points.iter().map(|mark| mark.y).fold(highest, f64::max);
        alt += &format!(" {}: {}.", curve.level, told(&points, ""));
        series.push(Series { name: curve.level.to_owned(), style: Style::Line(kind), points });
    }
    let copy: Vec<Mark> = main
        .measurements
        .iter()
        .map(|measured| Mark::at(measured.threads as f64, measured.memory_ceiling()))
        .collect();
    highest = copy.iter().map(|mark| mark.y).fold(highest, f64::max);
    series.push(Series { name: "fastest copy".to_owned(), style: Style::Ideal, points: copy });
    let chart = Chart {
        title: "Throughput by level".to_owned(),
        alt: format!("Millions of pixels per second by number of threads.{alt}"),
        x: Axis::threads(&counts(&curves)),
        y: Axis::from_zero("Mpixel/s", highest),
        series,
    };
    let caption = "The same stack at every instruction level that was asked for.".to_owned();
    vec![
        Block::Heading("Instruction levels".to_owned()),
        Block::Figures(vec![chart], Table { caption, columns, rows }),
    ]
}

/// Where the filters lie below bandwidth and arithmetic.
fn roofline(report: &Report, race: &Race) -> Option<Vec<Block>> {
    let all = race.curves();
    // Filters that leave everything as it is have no arithmetic to look at.
    let main = all.first().filter(|main| main.measurements[0].operations > 0.0)?;
    let pinned: Vec<&Curve<'_>> = all.iter().filter(|curve| curve.pinned == main.pinned).collect();
    // Billions of operations per second.
    let speed_of = |measured: &Measurement| measured.rate().median * measured.operations * 1e-3;
    let peak = |measured: &Measurement| measured.arithmetic_ceiling() * measured.operations * 1e-3;
    let bandwidth = |measured: &Measurement| measured.gigabytes_at(measured.memory_ceiling());
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
        .filter(|measured| counts.last() == Some(&measured.threads))
        .collect();
    let shown = |curve: &Curve<'_>, threads: usize| -> Vec<Mark> {
        let at = curve.measurements.iter().filter(|measured| measured.threads == threads);
        at.map(|measured| Mark::at(measured.intensity(), speed_of(measured))).collect()
    };
    let mut series = Vec::new();
    let mut rows = Vec::new();
    let mut all_points: Vec<Mark> =
        others.iter().map(|measured| Mark::at(measured.intensity(), speed_of(measured))).collect();
    for (kind, curve) in pinned.iter().enumerate() {
        for (place, &threads) in counts.iter().enumerate() {
            let points = shown(curve, threads);
            all_points.extend(&points);
            let name = format!("{}, {}", curve.level, counted(threads, "thread"));
            let kind = kind * counts.len() + place;
            series.push(Series { name, style: Style::Marks(kind), points });
        }
        for measured in curve.measurements.iter().filter(|m| counts.contains(&m.threads)) {
            rows.push(vec![
                curve.level.to_owned(),
                measured.threads.to_string(),
                format!("{:.2}", measured.intensity()),
                plain(speed_of(measured)),
                plain(peak(measured)),
                plain(bandwidth(measured)),
                format!("{} {}", percent(measured.share().median), measured.limit().name()),
            ]);
        }
    }
    if !others.is_empty() {
        let threads = counts.last().copied().unwrap_or(1);
        let points = others
            .iter()
            .map(|measured| Mark::at(measured.intensity(), speed_of(measured)))
            .collect();
        let name = format!("other filters, {}", counted(threads, "thread"));
        series.push(Series { name, style: Style::Marks(5), points });
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
        let (peak, bandwidth) = (peak(measured), bandwidth(measured));
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
        .map(|row| format!("{}, {} threads: {} of {}", row[0], row[1], row[3], row[4]))
        .collect::<Vec<_>>()
        .join("; ");
    let chart = Chart {
        title: "Roofline".to_owned(),
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
        numeric("of ceiling"),
    ];
    let caption = format!(
        "Operations are additions, multiplications and fused multiply-adds of vectors, counted in \
         elements; the lines are the limits of level {}.",
        main.level
    );
    Some(vec![
        Block::Heading("Roofline".to_owned()),
        Block::Figures(vec![chart], Table { caption, columns, rows }),
    ])
}

fn slice_counts(report: &Report) -> Vec<Block> {
    let mut blocks = Vec::new();
    for race in report.races_of(Topic::SliceCounts) {
        let Some(first) = race.measurements.first() else { continue };
        let threads = first.threads;
        // Per pixel, beside the first count that all threads share evenly.
        let even = race.measurements.iter().find(|m| m.case.slices() == threads).unwrap_or(first);
        let mut rows = Vec::new();
        let mut points = Vec::new();
        for measured in &race.measurements {
            let slices = measured.case.slices();
            let (own, even) = (measured.rate(), even.rate().median);
            let whole = slices as f64 / (slices.div_ceil(threads) * threads) as f64;
            let beside = own.times(100.0 / even);
            points.push(Mark { x: slices as f64, y: beside.median, range: range(beside) });
            let what = [slices.to_string()];
            let share = [percent(own.median / even), percent(whole)];
            let last = checks(measured, letter(report, measured));
            rows.push([&what[..], &speed(measured), &share, &last].concat());
        }
        let counts: Vec<usize> = race.measurements.iter().map(|m| m.case.slices()).collect();
        let highest = points.iter().map(|mark| mark.y).fold(100.0, f64::max);
        let whole = counts.iter().map(|&slices| {
            let share = slices as f64 / (slices.div_ceil(threads) * threads) as f64;
            Mark::at(slices as f64, 100.0 * share)
        });
        let alt: Vec<String> =
            points.iter().map(|mark| format!("{}: {:.0} %", mark.x, mark.y)).collect();
        let chart = Chart {
            title: format!("Slices on {}", counted(threads, "thread")),
            alt: format!(
                "Throughput by number of slices, beside {threads} slices: {}.",
                alt.join(", ")
            ),
            x: Axis::counts("slices", &counts),
            y: Axis::from_zero(format!("percent of {threads} slices"), highest),
            series: vec![
                Series {
                    name: "if slices were not split".to_owned(),
                    style: Style::Ideal,
                    points: whole.collect(),
                },
                Series { name: "measured".to_owned(), style: Style::Line(0), points },
            ],
        };
        let columns = [
            &[numeric("slices")][..],
            &SPEED,
            &[numeric("of even"), detail("if not split")],
            &CHECKS,
        ]
        .concat();
        let caption = format!(
            "Numbers of slices that {} can and cannot share evenly, images of {}: throughput beside \
             {threads} slices, one for each.",
            counted(threads, "thread"),
            first.case.axes().map(|axis| first.case.shape[axis].to_string()).join(" x "),
        );
        blocks.push(Block::Heading("Slices that do not divide by the threads".to_owned()));
        blocks.push(Block::Figures(vec![chart], Table { caption, columns, rows }));
    }
    blocks
}

fn weak(report: &Report) -> Vec<Block> {
    let mut blocks = Vec::new();
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
            let what = [placed(measured), measured.case.slices().to_string()];
            let last = checks(measured, letter(report, measured));
            rows.push([&what[..], &speed(measured), &[percent(share.median)], &last].concat());
        }
        let counts: Vec<usize> = race.measurements.iter().map(|m| m.threads).collect();
        let ends = [1.0, counts.last().copied().unwrap_or(1) as f64];
        let highest = points.iter().map(|mark| mark.y).fold(100.0, f64::max);
        let chart = Chart {
            title: "Weak scaling".to_owned(),
            alt: format!("Efficiency of as many slices for each thread. {}.", told(&points, " %")),
            x: Axis::threads(&counts),
            y: Axis::from_zero("percent of ideal", highest),
            series: vec![
                Series {
                    name: "ideal".to_owned(),
                    style: Style::Ideal,
                    points: ends.map(|x| Mark::at(x, 100.0)).to_vec(),
                },
                Series { name: "measured".to_owned(), style: Style::Line(0), points },
            ],
        };
        let columns =
            [&[numeric("threads"), numeric("slices")][..], &SPEED, &[numeric("effic.")], &CHECKS]
                .concat();
        let caption = format!(
            "{} for each thread, images of {}: ideally the time stays the same.",
            counted(single.case.slices(), "slice"),
            single.case.axes().map(|axis| single.case.shape[axis].to_string()).join(" x "),
        );
        blocks.push(Block::Heading("Weak scaling".to_owned()));
        blocks.push(Block::Figures(vec![chart], Table { caption, columns, rows }));
    }
    blocks
}
