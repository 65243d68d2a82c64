//! The safe door: what goes through it is right at every level, and what must not is refused.

use std::ops::Range;
use std::path::Path;
use std::{env, fs};

use gausstack_kernels::{
    Ahead, AlignedBuffer, CACHE_LINE, Extent, InRows, Kernels, Level, OutRows, Parity, Plane,
    PlaneMut, RowTable, Seams, Strides, Taps,
};

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
                    let table = table(&offsets);
                    let source_rows =
                        InRows { values: &source, table: &table, rows: 0..rows, width };
                    let target = OutRows { values: &mut found, pitch: width };
                    let taps = Taps { parity, weights: &weights };
                    kernels.fir(taps, &source_rows, target, Ahead::NONE);
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

/// Numbers in memory that starts a cache line, each of another bit pattern than its neighbours.
fn aligned(len: usize, seed: u64) -> AlignedBuffer<f32> {
    let mut buffer = AlignedBuffer::zeroed(len).expect("memory");
    let mut rng = fastrand::Rng::with_seed(seed);
    buffer.fill_with(|| rng.f32() - 0.5);
    buffer
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// The rows of a FIR that `fir` makes alone, at `start` and `pitch` apart in `sums`.
fn sum_into(
    kernels: Single,
    weights: &[f32],
    source: &InRows<'_, f32>,
    offsets: &[usize],
    (sums, start, pitch): (&mut [f32], usize, usize),
) {
    for row in 0..source.rows.len() {
        for x in 0..source.width {
            let tap = |i: usize| source.values[offsets[source.rows.start + row + i] + x];
            sums[start + row * pitch + x] =
                sum(Parity::Even, weights, tap, kernels.level().fuses());
        }
    }
}

/// A strip is summed and the one on its left stored: both exactly, and nothing else is written. Whole
/// lines are stored, so what is stored begins as many elements early as the row is behind a line.
#[test]
fn a_finished_strip_leaves_while_the_next_is_summed() {
    each_level(|kernels| {
        let (lanes, line, block) =
            (kernels.lanes(), Single::strip_margin(), kernels.register_rows());
        let mut seed = 0;
        for rows in [1, 2, block.max(2) - 1, block, block + 1, 4 * block + 1, 48] {
            for (finished, summed) in [
                (line, lanes),
                (line, 3 * line),
                (2 * line, 2 * line),
                (5 * line, lanes),
                (5 * line, 2 * line),
            ] {
                for radius in [0, 1, 4] {
                    for alignment in 0..line {
                        seed += 1;
                        let widths = [finished, summed];
                        leave(kernels, rows, widths, radius, alignment, seed);
                    }
                }
            }
        }
    });
}

fn leave(
    kernels: Single,
    rows: usize,
    [stored, summed]: [usize; 2],
    radius: usize,
    alignment: usize,
    seed: u64,
) {
    let margin = Single::strip_margin();
    let about = (kernels.level(), rows, stored, summed, radius, alignment);
    let mut rng = fastrand::Rng::with_seed(seed);
    let weights = noise(radius + 1);
    let (slots, ring_pitch) = (rows + 2 * radius + 1, summed + 5);
    let ring = aligned(slots * ring_pitch, seed + 1);
    let first = rng.usize(0..2);
    let offsets: Vec<usize> =
        (0..first + rows + 2 * radius).map(|_| rng.usize(0..slots) * ring_pitch).collect();
    let table = table(&offsets);
    // Both strips of one pitch, whole lines or not; the rows behind the last margin may end early.
    let pitch = margin + stored.max(summed) + [0, 3, margin][rng.usize(0..3)];
    let finished = aligned((rows - 1) * pitch + margin + stored, seed + 2);
    let mut sums = aligned((rows - 1) * pitch + margin + summed.max(stored), seed + 3);
    let mut expected_sums = sums.to_vec();

    let row_stride = margin + stored + 2 * margin + rng.usize(0..2 * margin);
    let column = margin + rng.usize(0..margin);
    let top = rng.usize(0..2);
    let extent = Extent { rows: top + rows, columns: column + stored, inner: 1 };
    let start = alignment + (2 * margin - column) % margin;
    let mut image = aligned(start + (top + rows) * row_stride, seed + 4);
    let mut expected = image.to_vec();
    for row in 0..rows {
        let place = start + (top + row) * row_stride + column;
        let before = place % margin;
        let leaving = row * pitch + margin - before..row * pitch + margin - before + stored;
        expected[place - before..place - before + stored].copy_from_slice(&finished[leaving]);
        let end = row * pitch + stored..row * pitch + stored + margin;
        expected_sums[row * pitch..row * pitch + margin].copy_from_slice(&finished[end]);
    }
    let source = InRows { values: &ring, table: &table, rows: first..first + rows, width: summed };
    sum_into(kernels, &weights, &source, &offsets, (&mut expected_sums, margin, pitch));

    let strides = Strides { row: row_stride as isize, column: 1, inner: 1 };
    // SAFETY: `rows + top` rows of fewer elements than the row stride behind `start`.
    let mut plane = unsafe { PlaneMut::new(image[start..].as_mut_ptr(), extent, strides) };
    assert!(kernels.stores_while_summing(&plane, rows), "{about:?}");
    let taps = Taps { parity: Parity::Even, weights: &weights };
    let target = OutRows { values: &mut sums, pitch };
    let place = (&mut plane, top..top + rows, column..column + stored);
    kernels.fir_storing(taps, &source, target, &finished, place, Ahead::NONE);
    drop(plane);
    assert!(bits(&image) == bits(&expected), "stored: {about:?}");
    assert!(bits(&sums) == bits(&expected_sums), "summed: {about:?}");
}

/// Rows that run upwards in memory, of the numbers that are summed, and no others.
#[test]
fn sums_are_stored_to_runs_of_themselves() {
    each_level(|kernels| {
        let mixed = Kernels::<f32, f64, f32>::new(kernels.level()).expect("f64 sums hold f32");
        for inner in [1, 3] {
            let extent = Extent { rows: 4, columns: 5, inner };
            let mut image = noise(span(extent));
            for (strides, first) in layouts(extent) {
                // SAFETY: `first` and the strides stay within the span, for every element of the extent.
                let plane = unsafe { PlaneMut::new(image[first..].as_mut_ptr(), extent, strides) };
                let upwards = strides.run(extent) == Some(1);
                assert_eq!(kernels.stores_while_summing(&plane, 4), upwards, "{strides:?}");
                assert_eq!(kernels.stores_while_summing(&plane, 48), upwards, "{strides:?}");
                assert!(!kernels.stores_while_summing(&plane, 49), "{strides:?}");
                assert!(!mixed.stores_while_summing(&plane, 4), "{strides:?}");
            }
        }
    });
}

/// Up to the first line boundary with what is on the left, from the last with what is on the right; an
/// end of the rows is stored as it is.
#[test]
fn ends_are_stored_up_to_their_seams() {
    each_level(|kernels| {
        let margin = Single::strip_margin();
        for (left, right) in [(false, false), (false, true), (true, false), (true, true)] {
            for len in [1, 3, margin - 1, margin, margin + 1, 3 * margin, 4 * margin + 5] {
                if right && len < margin {
                    continue;
                }
                for alignment in 0..margin {
                    end(kernels, Seams { left, right }, len, alignment);
                }
            }
        }
    });
}

fn end(kernels: Single, seams: Seams, len: usize, alignment: usize) {
    let margin = Single::strip_margin();
    let about = (kernels.level(), seams, len, alignment);
    let (rows, pitch, column) = (3, margin + len + 7, if seams.left { margin } else { 0 });
    let row_stride = 3 * margin + len + 9;
    let strip = aligned((rows - 1) * pitch + margin + len, 31);
    // Nothing of a plane reaches in front of its first column.
    let start = margin + alignment;
    let mut image = aligned(start + rows * row_stride, 32);
    let mut expected = image.to_vec();
    for row in 0..rows {
        let place = start + row * row_stride + column;
        let (before, behind) = (place % margin, (place + len) % margin);
        let first = if seams.left { place - before } else { place };
        let last = if seams.right { place + len - behind } else { place + len };
        for at in first..last {
            expected[at] = strip[row * pitch + margin + at - place];
        }
    }
    let extent = Extent { rows, columns: column + len, inner: 1 };
    let strides = Strides { row: row_stride as isize, column: 1, inner: 1 };
    // SAFETY: rows of fewer elements than the row stride behind `start`.
    let mut plane = unsafe { PlaneMut::new(image[start..].as_mut_ptr(), extent, strides) };
    kernels.egress_end(&strip, pitch, &mut plane, 0..rows, column..column + len, seams);
    drop(plane);
    assert!(bits(&image) == bits(&expected), "{about:?}");
}

/// Head, middle and tail of a group of rows, in the order in which a column pass stores them.
#[test]
fn strips_join_to_whole_rows() {
    each_level(|kernels| {
        let line = Single::strip_margin();
        for (rows, radius) in [(1, 2), (5, 0), (2 * kernels.register_rows() + 1, 3)] {
            for strip in [2 * line, 4 * line] {
                for width in [1, line, strip - 1, strip, strip + 1, 2 * strip, 3 * strip + line + 3]
                {
                    for alignment in 0..line {
                        join(kernels, rows, radius, strip, width, alignment);
                    }
                }
            }
        }
    });
}

fn join(kernels: Single, rows: usize, radius: usize, strip: usize, width: usize, alignment: usize) {
    let (lanes, margin) = (kernels.lanes(), Single::strip_margin());
    let about = (kernels.level(), rows, radius, strip, width, alignment);
    let slots = rows + 2 * radius;
    let padded = width.next_multiple_of(strip);
    let ring = aligned(slots * padded, 51);
    let offsets: Vec<usize> = (0..slots).map(|slot| slot * padded).collect();
    let (table, weights) = (table(&offsets), noise(radius + 1));
    let row_stride = width + 11;
    let mut image = aligned(alignment + (rows + 1) * row_stride, 52);
    let mut expected = image.to_vec();
    let whole = InRows { values: &ring, table: &table, rows: 0..rows, width };
    sum_into(kernels, &weights, &whole, &offsets, (&mut expected, alignment, row_stride));

    let extent = Extent { rows, columns: width, inner: 1 };
    let strides = Strides { row: row_stride as isize, column: 1, inner: 1 };
    // SAFETY: rows of fewer elements than the row stride behind `alignment`.
    let mut plane = unsafe { PlaneMut::new(image[alignment..].as_mut_ptr(), extent, strides) };
    let pitch = margin + strip + margin;
    let strips = [aligned(rows * pitch, 53), aligned(rows * pitch, 54)];
    let [mut summed, mut finished] = strips;
    let taps = Taps { parity: Parity::Even, weights: &weights };
    for first in (0..width).step_by(strip) {
        let part = first..width.min(first + strip);
        let values = &ring[first..];
        let source = InRows {
            values,
            table: &table,
            rows: 0..rows,
            width: part.len().next_multiple_of(lanes),
        };
        let seams = Seams { left: first > 0, right: part.end < width };
        if seams.left {
            let head = if first == strip { margin } else { 0 };
            let target = OutRows { values: &mut summed, pitch };
            let place = (&mut plane, 0..rows, first - strip + head..first);
            kernels.fir_storing(taps, &source, target, &finished[head..], place, Ahead::NONE);
        } else {
            let target = OutRows { values: &mut summed[margin..], pitch };
            kernels.fir(taps, &source, target, Ahead::NONE);
        }
        if !seams.right {
            kernels.egress_end(&summed, pitch, &mut plane, 0..rows, part, seams);
        } else if !seams.left {
            kernels.egress_end(&summed, pitch, &mut plane, 0..rows, 0..margin, seams);
        }
        std::mem::swap(&mut summed, &mut finished);
    }
    drop(plane);
    assert!(bits(&image) == bits(&expected), "{about:?}");
}

/// What is asked for early are the lines of the band: of each row where rows are runs, of each column
/// where columns are, and nothing where neither are.
#[test]
fn the_lines_of_the_next_band_are_asked_for() {
    each_level(|kernels| {
        let lanes = kernels.lanes();
        for inner in [1, 3] {
            let extent = Extent { rows: 2 * lanes, columns: 45, inner };
            let image = noise(span(extent));
            // With all columns, rows may follow each other without gaps.
            let all = layouts(extent).into_iter().map(|layout| (layout, 0..45));
            let some = layouts(extent).into_iter().map(|layout| (layout, 2..45));
            for ((strides, first), columns) in all.chain(some) {
                // SAFETY: `first` and the strides stay within the span, for every element of the extent.
                let plane = unsafe { Plane::new(image[first..].as_ptr(), extent, strides) };
                let rows = lanes..2 * lanes;
                let ahead = Ahead::of(&plane, rows.clone(), columns.clone());
                let run = strides.run(extent);
                let along_rows = run.is_some_and(|run| run.abs() == 1);
                let along_columns = run.is_some() && strides.row.abs() == 1;
                assert_eq!(ahead.lines().count() > 0, along_rows || along_columns, "{strides:?}");
                let address = |row: usize, column: usize, i: usize| {
                    let offset = row as isize * strides.row
                        + column as isize * strides.column
                        + i as isize * strides.inner;
                    image.as_ptr().wrapping_offset(first as isize + offset).addr()
                };
                let band: Vec<usize> = rows
                    .flat_map(|row| columns.clone().map(move |column| (row, column)))
                    .flat_map(|(row, column)| (0..inner).map(move |i| (row, column, i)))
                    .map(|(row, column, i)| address(row, column, i))
                    .collect();
                let asked: Vec<usize> = ahead.lines().map(|line| line.addr()).collect();
                for &line in &asked {
                    let near = band.iter().any(|&element| element.abs_diff(line) < CACHE_LINE);
                    assert!(near, "a line of something else: {strides:?}");
                }
                for &element in band.iter().filter(|_| !asked.is_empty()) {
                    let near = asked.iter().any(|&line| element.abs_diff(line) < CACHE_LINE);
                    assert!(near, "an element that nobody asked for: {strides:?}");
                }
                sums_while_asking(kernels, ahead);
            }
        }
    });
}

/// What is asked for changes no sum.
fn sums_while_asking(kernels: Single, ahead: Ahead) {
    let width = kernels.lanes();
    let (values, weights, offsets) = (noise(9 * width), noise(3), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    let offsets = offsets.map(|row| row * width);
    let table = table(&offsets);
    let source = InRows { values: &values, table: &table, rows: 0..5, width };
    let mut expected = vec![0.0; 5 * width];
    sum_into(kernels, &weights, &source, &offsets, (&mut expected, 0, width));
    let mut found = vec![0.0; 5 * width];
    let taps = Taps { parity: Parity::Even, weights: &weights };
    kernels.fir(taps, &source, OutRows { values: &mut found, pitch: width }, ahead);
    assert_eq!(bits(&found), bits(&expected));
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

/// One call of the FIR, even and on zeros, with no more said than what a refusal is about.
struct Call {
    weights: Vec<f32>,
    values: usize,
    offsets: Vec<usize>,
    rows: Range<usize>,
    width: usize,
    sums: usize,
    pitch: usize,
}

impl Call {
    /// One row of one vector, right in every respect.
    fn right(kernels: Single) -> Self {
        let width = kernels.lanes();
        let (values, sums, pitch) = (width, width, width);
        Self { weights: vec![1.0], values, offsets: vec![0], rows: 0..1, width, sums, pitch }
    }

    fn run(self, kernels: Single) {
        let Self { weights, values, offsets, rows, width, sums, pitch } = self;
        let (values, mut sums, table) = (vec![0.0; values], vec![0.0; sums], table(&offsets));
        let taps = Taps { parity: Parity::Even, weights: &weights };
        let source = InRows { values: &values, table: &table, rows, width };
        kernels.fir(taps, &source, OutRows { values: &mut sums, pitch }, Ahead::NONE);
    }
}

/// One call of the FIR that stores what is finished, two rows of two cache lines behind a third.
struct Storing {
    strides: Strides,
    inner: usize,
    plane_rows: usize,
    summed_rows: Range<usize>,
    rows: Range<usize>,
    columns: Range<usize>,
    finished: usize,
    sums: usize,
}

impl Storing {
    fn right() -> Self {
        let line = Single::strip_margin();
        Self {
            strides: Strides { row: 3 * line as isize, column: 1, inner: 1 },
            inner: 1,
            plane_rows: 2,
            summed_rows: 0..2,
            rows: 0..2,
            columns: line..3 * line,
            finished: 6 * line,
            sums: 6 * line,
        }
    }

    fn run(self, kernels: Single) {
        let line = Single::strip_margin();
        let extent =
            Extent { rows: self.plane_rows, columns: 3 * line / self.inner, inner: self.inner };
        let mut image = vec![0.0; 2 * 6 * line];
        // SAFETY: at most two rows of three lines, two elements from one to the next at most.
        let mut plane = unsafe { PlaneMut::new(image.as_mut_ptr(), extent, self.strides) };
        let (values, table) = (vec![0.0; 2 * line], table(&[0, 0, 0]));
        let (finished, mut sums) = (vec![0.0; self.finished], vec![0.0; self.sums]);
        let source =
            InRows { values: &values, table: &table, rows: self.summed_rows, width: 2 * line };
        let target = OutRows { values: &mut sums, pitch: 3 * line };
        let taps = Taps { parity: Parity::Even, weights: &[1.0] };
        let place = (&mut plane, self.rows, self.columns);
        kernels.fir_storing(taps, &source, target, &finished, place, Ahead::NONE);
    }
}

/// Rows with a margin, `columns` of a plane of one row of `len`, to be stored as an end.
fn store_end(kernels: Single, len: usize, columns: Range<usize>, src: usize, seams: Seams) {
    let mut image = vec![0.0; len];
    let extent = Extent { rows: 1, columns: len, inner: 1 };
    let strides = Strides { row: len as isize, column: 1, inner: 1 };
    // SAFETY: one row of `len` elements.
    let mut plane = unsafe { PlaneMut::new(image.as_mut_ptr(), extent, strides) };
    kernels.egress_end(&vec![0.0; src], src, &mut plane, 0..1, columns, seams);
}

#[test]
fn what_is_refused_here_is_wrong_in_one_respect() {
    each_level(|kernels| {
        Call::right(kernels).run(kernels);
        Storing::right().run(kernels);
        let line = Single::strip_margin();
        let seams = Seams { left: true, right: true };
        store_end(kernels, 3 * line, line..2 * line, 2 * line, seams);
    });
}

refused! {
    rows_outside_their_slice: "input rows in their slice", |kernels| {
        Call { offsets: vec![1], ..Call::right(kernels) }.run(kernels)
    };
    rows_wider_than_their_slice: "input rows in their slice", |kernels| {
        let (width, sums) = (2 * kernels.lanes(), 2 * kernels.lanes());
        Call { width, sums, ..Call::right(kernels) }.run(kernels)
    };
    outputs_outside_their_slice: "output rows in their slice", |kernels| {
        Call { offsets: vec![0, 0], rows: 0..2, ..Call::right(kernels) }.run(kernels)
    };
    outputs_beyond_all_memory: "output rows in their slice", |kernels| {
        let call = Call { offsets: vec![0; 3], rows: 0..3, ..Call::right(kernels) };
        Call { pitch: usize::MAX, ..call }.run(kernels)
    };
    rows_of_parts_of_vectors: "whole vectors", |kernels| {
        Call { values: 64, width: 1, sums: 64, ..Call::right(kernels) }.run(kernels)
    };
    fewer_rows_than_taps: "one entry per input row", |kernels| {
        Call { weights: vec![1.0; 2], offsets: vec![0, 0], ..Call::right(kernels) }.run(kernels)
    };
    rows_behind_the_table: "one entry per input row", |kernels| {
        Call { rows: 1..2, ..Call::right(kernels) }.run(kernels)
    };
    rows_that_wrap: "one entry per input row", |kernels| {
        let rows = usize::MAX - 1..usize::MAX;
        Call { weights: vec![1.0; 2], rows, ..Call::right(kernels) }.run(kernels)
    };
    no_rows: "one entry per input row", |kernels| {
        Call { rows: 0..0, ..Call::right(kernels) }.run(kernels)
    };
    no_weights: "weights have a centre", |kernels| {
        Call { weights: vec![], ..Call::right(kernels) }.run(kernels)
    };
    storing_to_strided_rows: "runs of the numbers", |kernels| {
        let strides = Strides { row: 6 * Single::strip_margin() as isize, column: 2, inner: 1 };
        Storing { strides, ..Storing::right() }.run(kernels)
    };
    storing_other_numbers: "runs of the numbers", |kernels| {
        let line = Single::strip_margin();
        let mixed = Kernels::<f32, f64, f32>::new(kernels.level()).expect("f64 sums hold f32");
        let mut image = vec![0.0; 3 * line];
        let extent = Extent { rows: 1, columns: 3 * line, inner: 1 };
        let strides = Strides { row: 0, column: 1, inner: 1 };
        // SAFETY: one row of three lines.
        let mut plane = unsafe { PlaneMut::new(image.as_mut_ptr(), extent, strides) };
        let (values, finished, table) = (vec![0.0; line], vec![0.0; 3 * line], table(&[0]));
        let source = InRows { values: &values, table: &table, rows: 0..1, width: line };
        let mut sums = finished.clone();
        let target = OutRows { values: &mut sums, pitch: 3 * line };
        let taps = Taps { parity: Parity::Even, weights: &[1.0] };
        mixed.fir_storing(taps, &source, target, &finished, (&mut plane, 0..1, line..2 * line), Ahead::NONE)
    };
    storing_rows_outside_the_plane: "a block of the plane", |kernels| {
        Storing { plane_rows: 1, ..Storing::right() }.run(kernels)
    };
    storing_columns_outside_the_plane: "a block of the plane", |kernels| {
        let line = Single::strip_margin();
        Storing { columns: 2 * line..4 * line, ..Storing::right() }.run(kernels)
    };
    storing_no_columns: "a block of the plane", |kernels| {
        let line = Single::strip_margin();
        Storing { columns: line..line, ..Storing::right() }.run(kernels)
    };
    storing_without_a_margin_in_the_plane: "a block of the plane", |kernels| {
        let line = Single::strip_margin();
        Storing { columns: line - 1..3 * line - 1, ..Storing::right() }.run(kernels)
    };
    storing_parts_of_lines: "a strip of whole lines", |kernels| {
        let line = Single::strip_margin();
        Storing { columns: line..2 * line + 1, ..Storing::right() }.run(kernels)
    };
    storing_fewer_rows_than_summed: "as many rows finished as summed", |kernels| {
        Storing { rows: 0..1, ..Storing::right() }.run(kernels)
    };
    storing_more_rows_than_summed: "as many rows finished as summed", |kernels| {
        Storing { summed_rows: 0..1, ..Storing::right() }.run(kernels)
    };
    finished_rows_outside_their_slice: "rows in their slice", |kernels| {
        let right = Storing::right();
        Storing { finished: right.finished - 1, ..right }.run(kernels)
    };
    sums_without_a_margin: "a margin", |kernels| {
        Storing { sums: Single::strip_margin() - 1, ..Storing::right() }.run(kernels)
    };
    sums_behind_their_margin: "output rows in their slice", |kernels| {
        let right = Storing::right();
        Storing { sums: right.sums - 1, ..right }.run(kernels)
    };
    ends_outside_the_plane: "a block of the plane", |kernels| {
        let line = Single::strip_margin();
        store_end(kernels, line, 1..line + 1, 4 * line, Seams::default())
    };
    ends_outside_their_slice: "rows in their slice", |kernels| {
        let line = Single::strip_margin();
        store_end(kernels, line, 0..line, 2 * line - 1, Seams::default())
    };
    ends_within_a_line_of_what_follows: "a block of whole lines", |kernels| {
        let (line, seams) = (Single::strip_margin(), Seams { left: false, right: true });
        store_end(kernels, 2 * line, 0..line - 1, 4 * line, seams)
    };
    ends_without_a_neighbour: "a neighbour on the left", |kernels| {
        let (line, seams) = (Single::strip_margin(), Seams { left: true, right: false });
        store_end(kernels, 2 * line, line - 1..2 * line, 4 * line, seams)
    };
    blocks_outside_their_plane: "a block of the plane", |kernels| {
        let mut one = [0.0];
        let extent = Extent { rows: 1, columns: 1, inner: 1 };
        let strides = Strides { row: 1, column: 1, inner: 1 };
        // SAFETY: one element.
        let mut plane = unsafe { PlaneMut::new(one.as_mut_ptr(), extent, strides) };
        kernels.egress(&[0.0; 64], 1, &mut plane, 0..2, 0..1, false)
    };
    rows_going_out_outside_their_slice: "rows in their slice", |kernels| {
        let mut two = [0.0; 2];
        let extent = Extent { rows: 2, columns: 1, inner: 1 };
        let strides = Strides { row: 1, column: 1, inner: 1 };
        // SAFETY: two elements, one below the other.
        let mut plane = unsafe { PlaneMut::new(two.as_mut_ptr(), extent, strides) };
        kernels.egress(&[0.0; 64], 64, &mut plane, 0..2, 0..1, false)
    };
    rows_coming_in_outside_their_plane: "a row of the plane", |kernels| {
        let one = [0.0];
        let extent = Extent { rows: 1, columns: 1, inner: 1 };
        let strides = Strides { row: 1, column: 1, inner: 1 };
        // SAFETY: one element.
        let plane = unsafe { Plane::new(one.as_ptr(), extent, strides) };
        kernels.ingest_row(&plane, 1, 0..1, &mut [0.0; 64])
    };
    rows_coming_in_outside_their_slice: "a row of scratch", |kernels| {
        let two = [0.0; 2];
        let extent = Extent { rows: 1, columns: 2, inner: 1 };
        let strides = Strides { row: 2, column: 1, inner: 1 };
        // SAFETY: two elements in a row.
        let plane = unsafe { Plane::new(two.as_ptr(), extent, strides) };
        kernels.ingest_row(&plane, 0, 0..2, &mut [0.0; 1])
    };
    tiles_outside_their_slice: "columns of whole tiles", |kernels| {
        let lanes = kernels.lanes();
        kernels.retile(&vec![0.0; lanes * lanes - 1], 1, &mut vec![0.0; lanes], &[0])
    };
    tiles_of_no_rows: "one lane per row", |kernels| {
        let lanes = kernels.lanes();
        kernels.retile(&vec![0.0; lanes * lanes], 1, &mut vec![0.0; lanes], &[])
    };
    tiles_of_too_many_rows: "one lane per row", |kernels| {
        let lanes = kernels.lanes();
        kernels.retile(&vec![0.0; lanes * lanes], 1, &mut vec![0.0; lanes], &vec![0; lanes + 1])
    };
    tiles_to_rows_outside_their_slice: "rows in their slice", |kernels| {
        let lanes = kernels.lanes();
        kernels.retile_source(&vec![0.0; lanes * lanes], 1, &mut vec![0.0; lanes], &[1])
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
