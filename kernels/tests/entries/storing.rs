//! Finished strips that are stored while the next one is summed.

use crate::common::{
    LINE, Single, aligned, bits, each_level, layouts, nearest, noise, span, sum_into, table,
};
use gausstack_kernels::{
    ElementType, Extent, InRows, OutRows, Parity, PlaneMut, Prefetch, SharedLines, Strides, Taps,
};

/// A strip is summed and the one on its left stored, both exactly, and nothing else is written.
/// Whole lines are stored, from the line boundary in front of each row on.
#[test]
fn a_finished_strip_leaves_while_the_next_is_summed() {
    each_level(|kernels| {
        let (lanes, line, block) =
            (kernels.lanes(), kernels.strip_margin(), kernels.register_rows());
        assert_eq!(line, LINE);
        let mut seed = 0;
        for rows in [1, 2, block.max(2) - 1, block, block + 1, 4 * block + 1, 48, 192] {
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
    let margin = LINE;
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
    let taps = Taps::centred(Parity::Even, &weights);
    let target = OutRows { values: &mut sums, pitch };
    let place = (&mut plane, top..top + rows, column..column + stored);
    kernels.fir_storing(taps, &source, target, &finished, place, Prefetch::NONE);
    drop(plane);
    assert!(bits(&image) == bits(&expected), "stored: {about:?}");
    assert!(bits(&sums) == bits(&expected_sums), "summed: {about:?}");
}

/// Sums are stored to rows that run upwards in memory, of the type that is summed, and to no
/// others.
#[test]
fn sums_are_stored_to_runs_of_themselves() {
    each_level(|kernels| {
        let mixed = nearest::<f64>(kernels.level(), ElementType::F32, ElementType::F32);
        for inner in [1, 3] {
            let extent = Extent { rows: 4, columns: 5, inner };
            let mut image = noise(span(extent));
            for (strides, first) in layouts(extent) {
                // SAFETY: `first` and the strides stay within the span, for every element of the
                // extent.
                let plane = unsafe { PlaneMut::new(image[first..].as_mut_ptr(), extent, strides) };
                let upwards = strides.run(extent) == Some(1);
                assert_eq!(kernels.stores_while_summing(&plane, 4), upwards, "{strides:?}");
                assert_eq!(kernels.stores_while_summing(&plane, 192), upwards, "{strides:?}");
                assert!(!kernels.stores_while_summing(&plane, 193), "{strides:?}");
                assert!(!mixed.stores_while_summing(&plane, 4), "{strides:?}");
            }
        }
    });
}

/// Head, middle and tail of a group of rows, in the order in which a column pass stores them.
#[test]
fn strips_join_to_whole_rows() {
    each_level(|kernels| {
        let line = LINE;
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
    let (lanes, margin) = (kernels.lanes(), LINE);
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
    let taps = Taps::centred(Parity::Even, &weights);
    for first in (0..width).step_by(strip) {
        let part = first..width.min(first + strip);
        let values = &ring[first..];
        let source = InRows {
            values,
            table: &table,
            rows: 0..rows,
            width: part.len().next_multiple_of(lanes),
        };
        let shared = SharedLines { left: first > 0, right: part.end < width };
        if shared.left {
            let head = if first == strip { margin } else { 0 };
            let target = OutRows { values: &mut summed, pitch };
            let place = (&mut plane, 0..rows, first - strip + head..first);
            kernels.fir_storing(taps, &source, target, &finished[head..], place, Prefetch::NONE);
        } else {
            let target = OutRows { values: &mut summed[margin..], pitch };
            kernels.fir(taps, &source, target, Prefetch::NONE);
        }
        if !shared.right {
            kernels.store_end(&summed, pitch, &mut plane, 0..rows, part, shared);
        } else if !shared.left {
            kernels.store_end(&summed, pitch, &mut plane, 0..rows, 0..margin, shared);
        }
        std::mem::swap(&mut summed, &mut finished);
    }
    drop(plane);
    assert!(bits(&image) == bits(&expected), "{about:?}");
}
