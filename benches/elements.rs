//! Every element type in every rounding and precision: how far results are from the exact ones, how
//! many pixels are the exact ones rounded, and what a pixel takes.
//!
//! `cargo bench -p gausstack-benches --bench elements` prints the table, with `-- --write` it goes
//! to docs/performance.md. With `-- --test` one round of a small image shows that it runs.

use std::ops::RangeInclusive;

use gausstack::{Element, ElementType, Error, Plan, Precision, Rounding, Threads};
use gausstack_benches::{announce, gaussian, kernel, levels, tested, write_table};
use gausstack_measure::{Rounds, Summary};
use ndarray::{Array2, Axis};

const SIGMA: [f64; 2] = [3.0, 5.0];

/// One line of the table.
struct Line {
    element: &'static str,
    rounding: &'static str,
    precision: &'static str,
    sums: &'static str,
    /// The largest difference from the exact result, not rounded.
    error: f64,
    /// Pixels that are the exact result, rounded to nearest.
    equal: f64,
    nanoseconds: Summary,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let test = tested();
    let (shape, rounds) = if test { ([108, 192], 1) } else { ([1080, 1920], 25) };
    announce();
    let mut lines = Vec::new();
    // Noise over the whole range; of 64 bits over what f64 holds exactly.
    let unit = 0.0..=1.0;
    measure::<f32>(shape, rounds, unit.clone(), &mut lines)?;
    measure::<f64>(shape, rounds, unit, &mut lines)?;
    measure::<u8>(shape, rounds, 0.0..=255.0, &mut lines)?;
    measure::<i8>(shape, rounds, -128.0..=127.0, &mut lines)?;
    measure::<u16>(shape, rounds, 0.0..=65_535.0, &mut lines)?;
    measure::<i16>(shape, rounds, -32_768.0..=32_767.0, &mut lines)?;
    measure::<u32>(shape, rounds, 0.0..=f64::from(u32::MAX), &mut lines)?;
    measure::<i32>(shape, rounds, f64::from(i32::MIN)..=f64::from(i32::MAX), &mut lines)?;
    let most = (1_u64 << 40) as f64;
    measure::<u64>(shape, rounds, 0.0..=most, &mut lines)?;
    measure::<i64>(shape, rounds, -most..=most, &mut lines)?;
    measure::<bool>(shape, rounds, 0.0..=1.999, &mut lines)?;
    let table = table(&lines);
    println!("{table}");
    if arguments.iter().any(|argument| argument == "--write") && !test {
        write_table("elements", &table)?;
    }
    Ok(())
}

/// All requests of one element type on the same image.
fn measure<T: Element>(
    shape: [usize; 2],
    rounds: usize,
    range: RangeInclusive<f64>,
    lines: &mut Vec<Line>,
) -> Result<(), Error> {
    let mut random = fastrand::Rng::with_seed(20_261_123);
    let (low, high) = (*range.start(), *range.end());
    let draw = || {
        let value = low + (high - low) * random.f64();
        T::from_f64(if T::TYPE.is_float() { value } else { value.trunc() })
    };
    let data = Array2::from_shape_simple_fn(shape, draw);
    let exact = exact(&data);
    let mut requests = vec![(Rounding::Nearest, Precision::Native)];
    let only_double = T::TYPE == ElementType::F64;
    requests.extend((!only_double).then_some((Rounding::Nearest, Precision::Double)));
    requests.extend((!T::TYPE.is_float()).then_some((Rounding::Scipy, Precision::Native)));

    let mut out = Array2::from_elem(shape, T::default());
    let mut race = Rounds::new(rounds);
    let mut contenders = Vec::new();
    for &(rounding, precision) in &requests {
        let along = [(0, SIGMA[0]), (1, SIGMA[1])];
        let gaussian = gaussian(levels()[0], &along).rounding(rounding).precision(precision);
        let plan: Plan<T, T> = gaussian.threads(Threads::Fixed(1)).plan(shape)?;
        plan.apply_into(&data, &mut out)?;
        let off = out.iter().zip(&exact).map(|(found, exact)| (found.to_f64() - exact).abs());
        let nearest =
            |exact: f64| if !T::TYPE.is_float() { exact.round_ties_even() } else { exact };
        let rounded = |exact: f64| T::from_f64(nearest(exact));
        let equal = out.iter().zip(&exact).filter(|&(found, &exact)| *found == rounded(exact));
        lines.push(Line {
            element: T::TYPE.name(),
            rounding: match (T::TYPE.is_float(), rounding) {
                (true, _) => "",
                (_, Rounding::Scipy) => "scipy",
                _ => "nearest",
            },
            precision: match (rounding, precision) {
                (Rounding::Scipy, _) => "any",
                (_, Precision::Native) if only_double => "any",
                (_, Precision::Native) => "native",
                _ => "double",
            },
            sums: if plan.precision() == Precision::Native { "f32" } else { "f64" },
            equal: equal.count() as f64 / exact.len() as f64,
            error: off.fold(0.0, f64::max),
            nanoseconds: Summary::of(&[]),
        });
        let data = &data;
        contenders.push(
            race.add(format!("{rounding:?} {precision:?}"), move |out: &mut Array2<T>| {
                plan.apply_into(data, out)
            }),
        );
    }
    let outcome = race.run(&mut out)?;
    let first = lines.len() - requests.len();
    for (line, contender) in lines[first..].iter_mut().zip(contenders) {
        line.nanoseconds = outcome.seconds(contender).times(1e9 / exact.len() as f64);
    }
    Ok(())
}

/// The filter by its definition, in f64, one axis after the other.
fn exact<T: Element>(data: &Array2<T>) -> Array2<f64> {
    let mut image = data.mapv(T::to_f64);
    for (axis, sigma) in SIGMA.into_iter().enumerate() {
        let weights = kernel(sigma);
        let radius = weights.len() / 2;
        for mut lane in image.lanes_mut(Axis(axis)) {
            let n = lane.len();
            let at = |place: isize| {
                let place = place.rem_euclid(2 * n as isize) as usize;
                place.min(2 * n - 1 - place)
            };
            let first = -(radius as isize);
            let extended: Vec<f64> =
                (first..(n + radius) as isize).map(|place| lane[at(place)]).collect();
            for (i, pixel) in lane.iter_mut().enumerate() {
                *pixel = weights.iter().zip(&extended[i..]).map(|(w, x)| w * x).sum();
            }
        }
    }
    image
}

fn table(lines: &[Line]) -> String {
    let mut rows = vec![
        "| element | rounding | precision | sums | largest error | exact ones | ns per pixel |"
            .into(),
        "|---------|----------|-----------|------|--------------:|-----------:|-------------:|"
            .into(),
    ];
    for line in lines {
        let Line { element, rounding, precision, sums, error, equal, nanoseconds } = line;
        let error = if *error < 0.01 { format!("{error:.1e}") } else { format!("{error:.3}") };
        let equal = format!("{:.4} %", 100.0 * equal);
        rows.push(format!(
            "| {element:7} | {rounding:8} | {precision:9} | {sums:4} | {error:>13} | {equal:>10} | \
             {nanoseconds:.3} |"
        ));
    }
    rows.join("\n")
}
