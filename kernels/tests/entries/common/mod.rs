//! Helpers of the tests: kernels of each level, layouts of planes, sums one pixel at a time.
#![allow(dead_code, reason = "no test uses all of it")]

use std::panic::Location;
use std::path::Path;
use std::{env, fs};

use gausstack_kernels::{
    AlignedBuffer, Arithmetic, CACHE_LINE, ElementType, Extent, InRows, Kernels, Level, Parity,
    Rounding, RowTable, Strides, Taps,
};

pub(crate) type Single = Kernels<f32>;

/// Elements of f32 in a cache line: the margin of a strip.
pub(crate) const LINE: usize = CACHE_LINE / size_of::<f32>();

/// The kernels of a level for f32.
pub(crate) fn single(level: Level) -> Single {
    nearest(level, ElementType::F32, ElementType::F32)
}

/// The kernels of a level from one type to another, rounded to nearest.
pub(crate) fn nearest<A: Arithmetic>(
    level: Level,
    from: ElementType,
    to: ElementType,
) -> Kernels<A> {
    Kernels::new(level, Rounding::Nearest, from, to).expect("sums hold the elements")
}

/// Runs `check` with the kernels for f32 of every level.
#[track_caller]
pub(crate) fn each_level(check: impl Fn(Single)) {
    each_token(|level| check(single(level)));
}

/// Runs `check` on every level. With `GAUSSTACK_LEVEL_RECORD` each level that passed leaves a file
/// in that folder, named by the calling source file; `GAUSSTACK_REQUIRE_LEVELS` lists levels that
/// must be available.
#[track_caller]
pub(crate) fn each_token(check: impl Fn(Level)) {
    run_each_token(&check, Location::caller().file());
}

/// Compiled once, whatever the check.
fn run_each_token(check: &dyn Fn(Level), file: &str) {
    let levels = Level::available();
    let required = env::var("GAUSSTACK_REQUIRE_LEVELS").unwrap_or_default();
    for name in required.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        assert!(levels.iter().any(|level| level.name() == name), "{name} is required: {levels:?}");
    }
    for level in levels {
        check(level);
        if let Some(folder) = env::var_os("GAUSSTACK_LEVEL_RECORD") {
            let record = format!("{}.{}", file.replace(['/', '\\'], "."), level.name());
            fs::write(Path::new(&folder).join(record), "").expect("the folder of records");
        }
    }
}

pub(crate) fn table(offsets: &[usize]) -> RowTable {
    let mut table = RowTable::with_capacity(offsets.len()).expect("memory");
    table.fill(offsets.iter().copied());
    table
}

pub(crate) fn noise(len: usize) -> Vec<f32> {
    let mut rng = fastrand::Rng::with_seed(len as u64);
    (0..len).map(|_| rng.f32() - 0.5).collect()
}

/// Every order and sign of strides of a plane, as (strides, index of the first element).
pub(crate) fn layouts(extent: Extent) -> Vec<(Strides, usize)> {
    let Extent { rows, columns, inner } = extent;
    let (r, c, i) = (rows as isize, columns as isize, inner as isize);
    let orders = [
        Strides { row: c * i, column: i, inner: 1 },
        Strides { row: 1, column: r, inner: r * c },
        Strides { row: i, column: r * i, inner: 1 },
        Strides { row: 2 * c * i + 3, column: 2 * i, inner: 2 },
    ];
    let mut layouts = Vec::new();
    for order in orders {
        for signs in 0..8 {
            let sign = |bit: usize, stride: isize| if signs & bit == 0 { stride } else { -stride };
            let strides = Strides {
                row: sign(1, order.row),
                column: sign(2, order.column),
                inner: sign(4, order.inner),
            };
            let first = [(strides.row, rows), (strides.column, columns), (strides.inner, inner)]
                .iter()
                .map(|&(stride, len)| if stride < 0 { -stride as usize * (len - 1) } else { 0 })
                .sum();
            layouts.push((strides, first));
        }
    }
    layouts
}

pub(crate) fn span(extent: Extent) -> usize {
    2 * (extent.rows * (2 * extent.columns * extent.inner + 3))
}

/// Kernels of one radius, folded and listed, of at most `2 radius + 1` of the weights.
pub(crate) fn kernels_of(radius: usize, weights: &[f32]) -> Vec<Taps<'_, f32>> {
    let folded = |parity| Taps::centred(parity, &weights[..=radius]);
    let listed = |len, before| Taps::Listed { weights: &weights[..len], before };
    let mut kernels = vec![
        folded(Parity::Even),
        folded(Parity::Odd),
        listed(2 * radius + 1, radius),
        listed(radius + 1, 0),
        listed(radius + 1, radius),
    ];
    if radius > 0 {
        kernels.extend([listed(2 * radius, radius), listed(2 * radius, radius - 1)]);
    }
    if radius > 0 && radius.is_multiple_of(2) {
        // Folded about another sample than the output's own.
        let (half, odd) = (&weights[..=radius / 2], Parity::Odd);
        kernels.push(Taps::Folded { parity: Parity::Even, half, before: radius });
        kernels.push(Taps::Folded { parity: odd, half, before: 0 });
    }
    kernels
}

/// Sums one pixel in the kernels' order; tap 0 is a radius in front of the output's own.
pub(crate) fn sum(taps: Taps<'_, f32>, tap: impl Fn(usize) -> f32, fuses: bool) -> f32 {
    let multiply_add = |a: f32, b: f32, c: f32| if fuses { a.mul_add(b, c) } else { a * b + c };
    let mut chains = [0.0, 0.0];
    match taps {
        Taps::Folded { parity, half, before } => {
            let folded = half.len() - 1;
            let centre = before.max(2 * folded - before) + folded - before;
            for k in (1..=folded).rev() {
                let (before, after) = (tap(centre - k), tap(centre + k));
                let pair = if parity == Parity::Even { before + after } else { before - after };
                chains[k % 2] = multiply_add(pair, half[k], chains[k % 2]);
            }
            multiply_add(tap(centre), half[0], chains[0]) + chains[1]
        }
        Taps::Listed { weights, before } => {
            let radius = before.max(weights.len() - 1 - before);
            for (j, &weight) in weights.iter().enumerate() {
                chains[j % 2] = multiply_add(tap(radius - before + j), weight, chains[j % 2]);
            }
            chains[0] + chains[1]
        }
    }
}

/// Random numbers in memory that starts on a cache line.
pub(crate) fn aligned(len: usize, seed: u64) -> AlignedBuffer<f32> {
    let mut buffer = AlignedBuffer::zeroed(len).expect("memory");
    let mut rng = fastrand::Rng::with_seed(seed);
    buffer.fill_with(|| rng.f32() - 0.5);
    buffer
}

pub(crate) fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// Sums rows as `fir` does, into rows from `start` on, `pitch` apart in `sums`.
pub(crate) fn sum_into(
    kernels: Single,
    weights: &[f32],
    source: &InRows<'_, f32>,
    offsets: &[usize],
    (sums, start, pitch): (&mut [f32], usize, usize),
) {
    for row in 0..source.rows.len() {
        for x in 0..source.width {
            let taps = Taps::centred(Parity::Even, weights);
            let tap = |i: usize| source.values[offsets[source.rows.start + row + i] + x];
            sums[start + row * pitch + x] = sum(taps, tap, kernels.level().fuses());
        }
    }
}
