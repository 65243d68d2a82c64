//! The safe door: what goes through it is right at every level, and what must not is refused.

use std::path::Path;
use std::{env, fs};

use gausstack_kernels::{Extent, Kernels, Level, Parity, Plane, PlaneMut, RowTable, Strides};

type Single = Kernels<f32, f32, f32>;

/// Runs `check` on every level. With `GAUSSTACK_LEVEL_RECORD` each level that passed leaves a file
/// in that folder; `GAUSSTACK_REQUIRE_LEVELS` lists levels that must be available.
fn each_level(check: impl Fn(Single)) {
    let levels = Level::available();
    let required = env::var("GAUSSTACK_REQUIRE_LEVELS").unwrap_or_default();
    for name in required.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        assert!(levels.iter().any(|level| level.name() == name), "{name} is required: {levels:?}");
    }
    for level in levels {
        check(Single::new(level).expect("f32 sums hold f32"));
        if let Some(folder) = env::var_os("GAUSSTACK_LEVEL_RECORD") {
            let record = format!("{}.{}", env!("CARGO_CRATE_NAME"), level.name());
            fs::write(Path::new(&folder).join(record), "").expect("the folder of records");
        }
    }
}

fn table(offsets: &[usize]) -> RowTable {
    let mut table = RowTable::with_capacity(offsets.len()).expect("memory");
    table.fill(offsets.iter().copied());
    table
}

fn noise(len: usize) -> Vec<f32> {
    let mut rng = fastrand::Rng::with_seed(len as u64);
    (0..len).map(|_| rng.f32() - 0.5).collect()
}

/// Planes of every order and sign of strides, as (strides, index of the first element).
fn layouts(extent: Extent) -> Vec<(Strides, usize)> {
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

fn span(extent: Extent) -> usize {
    2 * (extent.rows * (2 * extent.columns * extent.inner + 3))
}

#[test]
fn columns_come_in_and_rows_go_out_in_every_layout() {
    each_level(|kernels| {
        let lanes = kernels.lanes();
        for inner in [1, 3] {
            for (rows, columns) in [(1, 1), (2, 7), (lanes, lanes), (lanes - 1, 2 * lanes + 3)] {
                let extent = Extent { rows, columns, inner };
                for (strides, first) in layouts(extent) {
                    travel(kernels, extent, strides, first);
                }
            }
        }
    });
}

/// Source plane to columns, to rows, to a plane of the same layout: every element must arrive where it
/// was, and nothing else may be written.
fn travel(kernels: Single, extent: Extent, strides: Strides, first: usize) {
    let Extent { rows, columns, inner } = extent;
    let lanes = kernels.lanes();
    let source = noise(span(extent));
    let mut target = vec![7.0; source.len()];
    // SAFETY: `first` and the strides stay within the span, for every element of the extent.
    let plane = unsafe { Plane::new(source[first..].as_ptr(), extent, strides) };
    let width = columns * inner;
    let padded = width.next_multiple_of(lanes);
    let mut vectors = vec![0.0; padded * lanes];
    kernels.ingest_columns(&plane, 0..rows, 0..columns, &mut vectors, lanes);

    let mut ring = vec![0.0; rows * padded];
    let offsets: Vec<usize> = (0..rows).map(|row| row * padded).collect();
    kernels.retile(&vectors, width, &mut ring, &offsets);
    let mut direct = vec![0.0; width];
    for row in 0..rows {
        kernels.ingest_row(&plane, row, 0..columns, &mut direct);
        assert_eq!(direct, ring[row * padded..row * padded + width], "{extent:?} {strides:?}");
    }
    for streaming in [false, true] {
        target.fill(7.0);
        // SAFETY: as above; the strides are those of distinct elements.
        let mut out = unsafe { PlaneMut::new(target[first..].as_mut_ptr(), extent, strides) };
        kernels.egress(&ring, padded, &mut out, 0..rows, 0..columns, streaming);
        let mut expected = vec![7.0; source.len()];
        for row in 0..rows {
            for column in 0..columns {
                for i in 0..inner {
                    let offset = row as isize * strides.row
                        + column as isize * strides.column
                        + i as isize * strides.inner;
                    let at = (first as isize + offset) as usize;
                    expected[at] = source[at];
                }
            }
        }
        assert!(target == expected, "{extent:?} {strides:?} streaming {streaming}");
    }
}

#[test]
fn any_number_of_rows_is_summed_from_any_slots() {
    each_level(|kernels| {
        let lanes = kernels.lanes();
        let fuses = kernels.level().fuses();
        for radius in [0, 1, 2, 5, 6, 7, 13] {
            for rows in [1, 2, 3, 5, 6, 7, 12, 13] {
                let slots = 11;
                let width = 2 * lanes;
                let source = noise(slots * width);
                let offsets: Vec<usize> =
                    (0..rows + 2 * radius).map(|row| (row * 7 % slots) * width).collect();
                let weights = noise(radius + 1);
                for parity in [Parity::Even, Parity::Odd] {
                    let mut found = vec![0.0; rows * width];
                    let table = (&table(&offsets), 0..rows);
                    kernels.fir(parity, &weights, &source, table, width, &mut found, width);
                    for row in 0..rows {
                        for x in 0..width {
                            let tap = |i: usize| source[offsets[row + i] + x];
                            let expected = sum(parity, &weights, tap, fuses);
                            assert_eq!(found[row * width + x].to_bits(), expected.to_bits());
                        }
                    }
                }
            }
        }
    });
}

/// The order of summation, one pixel at a time.
fn sum(parity: Parity, weights: &[f32], tap: impl Fn(usize) -> f32, fuses: bool) -> f32 {
    let multiply_add = |a: f32, b: f32, c: f32| if fuses { a.mul_add(b, c) } else { a * b + c };
    let radius = weights.len() - 1;
    let mut chains = [0.0, 0.0];
    for k in (1..=radius).rev() {
        let (before, after) = (tap(radius - k), tap(radius + k));
        let pair = if parity == Parity::Even { before + after } else { before - after };
        chains[k % 2] = multiply_add(pair, weights[k], chains[k % 2]);
    }
    multiply_add(tap(radius), weights[0], chains[0]) + chains[1]
}

macro_rules! refused {
    ($($name:ident: $expected:literal, |$kernels:ident| $body:expr;)*) => {$(
        #[test]
        #[should_panic(expected = $expected)]
        fn $name() {
            let $kernels = Single::new(Level::detect()).expect("f32 sums hold f32");
            $body;
        }
    )*};
}

refused! {
    rows_outside_their_slice: "input rows in their slice", |kernels| {
        let lanes = kernels.lanes();
        kernels.fir(Parity::Even, &[1.0], &vec![0.0; lanes], (&table(&[1]), 0..1), lanes, &mut vec![0.0; lanes], lanes)
    };
    outputs_outside_their_slice: "output rows in their slice", |kernels| {
        let lanes = kernels.lanes();
        let source = vec![0.0; lanes];
        kernels.fir(Parity::Even, &[1.0], &source, (&table(&[0, 0]), 0..2), lanes, &mut vec![0.0; lanes], lanes)
    };
    rows_of_parts_of_vectors: "whole vectors", |kernels| {
        let source = vec![0.0; 64];
        kernels.fir(Parity::Even, &[1.0], &source, (&table(&[0]), 0..1), 1, &mut vec![0.0; 64], 1)
    };
    fewer_rows_than_taps: "one entry per input row", |kernels| {
        let lanes = kernels.lanes();
        let source = vec![0.0; lanes];
        kernels.fir(Parity::Even, &[1.0, 1.0], &source, (&table(&[0, 0]), 0..1), lanes, &mut vec![0.0; lanes], lanes)
    };
    bands_outside_their_plane: "a band of the plane", |kernels| {
        let source = [0.0];
        let extent = Extent { rows: 1, columns: 1, inner: 1 };
        // SAFETY: one element.
        let plane = unsafe {
            Plane::new(source.as_ptr(), extent, Strides { row: 1, column: 1, inner: 1 })
        };
        kernels.ingest_columns(&plane, 0..2, 0..1, &mut vec![0.0; 64], 0)
    };
    columns_outside_their_buffer: "one vector per column", |kernels| {
        let source = [0.0; 2];
        let extent = Extent { rows: 1, columns: 2, inner: 1 };
        // SAFETY: two elements in a row.
        let plane = unsafe {
            Plane::new(source.as_ptr(), extent, Strides { row: 2, column: 1, inner: 1 })
        };
        let lanes = kernels.lanes();
        kernels.ingest_columns(&plane, 0..1, 0..2, &mut vec![0.0; lanes], 0)
    };
}
