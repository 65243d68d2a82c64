//! Weighted sums of rows, and the lines prefetched meanwhile.

use crate::common::{
    Single, bits, each_level, kernels_of, layouts, noise, span, sum, sum_into, table,
};
use gausstack_kernels::{
    CACHE_LINE, Combine, Extent, InRows, OutRows, Parity, Plane, Prefetch, Taps,
};

#[test]
fn any_number_of_rows_is_summed_from_any_slots() {
    each_level(|kernels| {
        let lanes = kernels.lanes();
        let fuses = kernels.level().fuses();
        for radius in [0, 1, 2, 5, 6, 7, 13] {
            for rows in [1, 2, 3, 5, 6, 7, 12, 13] {
                let slots = 11;
                // Single rows are summed some vectors at a time, and the rest one by one.
                let width = [2, 7][rows % 2] * lanes;
                let source = noise(slots * width);
                let offsets: Vec<usize> =
                    (0..rows + 2 * radius).map(|row| (row * 7 % slots) * width).collect();
                let weights = noise(2 * radius + 1);
                for taps in kernels_of(radius, &weights) {
                    let mut found = vec![0.0; rows * width];
                    let table = table(&offsets);
                    let source_rows =
                        InRows { values: &source, table: &table, rows: 0..rows, width };
                    let target = OutRows { values: &mut found, pitch: width };
                    kernels.fir(taps, &source_rows, target, Prefetch::NONE);
                    for row in 0..rows {
                        for x in 0..width {
                            let tap = |i: usize| source[offsets[row + i] + x];
                            let expected = sum(taps, tap, fuses);
                            let (found, about) = (found[row * width + x], (taps, rows));
                            assert_eq!(found.to_bits(), expected.to_bits(), "{about:?}");
                        }
                    }
                }
            }
        }
    });
}

/// Along an axis of one sample: the sums across rows that are all the row itself, or a constant beyond
/// it, for rows of any length.
#[test]
fn axes_of_one_sample_are_summed_pixel_by_pixel() {
    each_level(|kernels| {
        let fuses = kernels.level().fuses();
        for radius in [0, 1, 2, 3, 4, 8, 21] {
            let weights = noise(2 * radius + 1);
            for (number, taps) in kernels_of(radius, &weights).into_iter().enumerate() {
                for beyond in [None, Some(0.375), Some(f32::NAN), Some(f32::INFINITY)] {
                    for len in [0, 1, 3, 4 * kernels.lanes(), 9 * kernels.lanes() + 5] {
                        let row = noise(len);
                        let mut found = row.clone();
                        kernels.fir_pointwise(taps, beyond, &mut found);
                        // In front of the output's own is a radius of samples.
                        let (count, before) = span_of(taps);
                        let own = before.max(count - 1 - before);
                        for (&found, &sample) in found.iter().zip(&row) {
                            let tap = |i: usize| match beyond {
                                Some(beyond) if i != own => beyond,
                                _ => sample,
                            };
                            let expected = sum(taps, tap, fuses);
                            let about = (number, radius, beyond, len);
                            let same = found.to_bits() == expected.to_bits()
                                || (found.is_nan() && expected.is_nan());
                            assert!(same, "{found} for {expected}: {about:?}");
                        }
                    }
                }
            }
        }
    });
}

/// The number of weights, and how many are for samples in front of the output's own.
fn span_of(taps: Taps<'_, f32>) -> (usize, usize) {
    match taps {
        Taps::Folded { half, before, .. } => (2 * half.len() - 1, before),
        Taps::Listed { weights, before } => (weights.len(), before),
    }
}

/// The lines of the next band are prefetched: those of each row where rows are contiguous, those of
/// each column where columns are, and none where neither are.
#[test]
fn the_lines_of_the_next_band_are_prefetched() {
    each_level(|kernels| {
        let lanes = kernels.lanes();
        for inner in [1, 3] {
            let extent = Extent { rows: 2 * lanes, columns: 45, inner };
            let image = noise(span(extent));
            // With all columns, rows may follow each other without gaps.
            let all = layouts(extent).into_iter().map(|layout| (layout, 0..45));
            let some = layouts(extent).into_iter().map(|layout| (layout, 2..45));
            for ((strides, first), columns) in all.chain(some) {
                // SAFETY: `first` and the strides stay within the span, for every element of the
                // extent.
                let plane = unsafe { Plane::new(image[first..].as_ptr(), extent, strides) };
                let rows = lanes..2 * lanes;
                let ahead = Prefetch::of(&plane, rows.clone(), columns.clone());
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
                let prefetched: Vec<usize> = ahead.lines().map(|line| line.addr()).collect();
                for &line in &prefetched {
                    let near = band.iter().any(|&element| element.abs_diff(line) < CACHE_LINE);
                    assert!(near, "a line of something else: {strides:?}");
                }
                for &element in band.iter().filter(|_| !prefetched.is_empty()) {
                    let near = prefetched.iter().any(|&line| element.abs_diff(line) < CACHE_LINE);
                    assert!(near, "an element in no prefetched line: {strides:?}");
                }
                sums_while_prefetching(kernels, ahead);
            }
        }
    });
}

/// Prefetches change no sum.
fn sums_while_prefetching(kernels: Single, ahead: Prefetch) {
    let width = kernels.lanes();
    let (values, weights, offsets) = (noise(9 * width), noise(3), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    let offsets = offsets.map(|row| row * width);
    let table = table(&offsets);
    let source = InRows { values: &values, table: &table, rows: 0..5, width };
    let mut expected = vec![0.0; 5 * width];
    sum_into(kernels, &weights, &source, &offsets, (&mut expected, 0, width));
    let mut found = vec![0.0; 5 * width];
    let taps = Taps::centred(Parity::Even, &weights);
    kernels.fir(taps, &source, OutRows { values: &mut found, pitch: width }, ahead);
    assert_eq!(bits(&found), bits(&expected));
}

/// Two rows become their sum or their magnitude, each number rounded after every operation.
#[test]
fn rows_are_combined() {
    each_level(|kernels| {
        let values = noise(6 * kernels.lanes());
        let (first, second) = values.split_at(3 * kernels.lanes());
        for (combine, both) in [
            (Combine::Sum, (|a, b| a + b) as fn(f32, f32) -> f32),
            (Combine::Magnitude, |a, b| (a * a + b * b).sqrt()),
        ] {
            let expected: Vec<f32> = first.iter().zip(second).map(|(&a, &b)| both(a, b)).collect();
            let mut found = first.to_vec();
            kernels.combine(combine, &mut found, second);
            assert_eq!(bits(&found), bits(&expected), "{combine:?}");
        }
    });
}

/// Missing samples become 0, whatever they were, and all others stay as they are.
#[test]
fn samples_are_parted_from_their_validity() {
    each_level(|kernels| {
        let len = 3 * kernels.lanes();
        let mut samples = noise(len);
        samples[..6].copy_from_slice(&[f32::NAN, f32::INFINITY, -0.0, f32::NAN, 1.0, -f32::NAN]);
        let mask: Vec<f32> = (0..len).map(|i| f32::from(u8::from(i % 3 != 0))).collect();
        for (masked, nan) in [(false, false), (false, true), (true, false), (true, true)] {
            let valid = |i: usize| (!masked || mask[i] == 1.0) && !(nan && samples[i].is_nan());
            let parted = (0..len).map(|i| if valid(i) { (samples[i], 1.0) } else { (0.0, 0.0) });
            let (numbers, validity): (Vec<f32>, Vec<f32>) = parted.unzip();
            let mut found = (samples.clone(), mask.clone());
            if !masked {
                found.1.fill(f32::NAN);
            }
            kernels.split_mask(&mut found.0, &mut found.1, masked, nan);
            assert_eq!(bits(&found.0), bits(&numbers), "masked {masked}, nan {nan}");
            assert_eq!(bits(&found.1), bits(&validity), "masked {masked}, nan {nan}");
        }
    });
}

/// Numbers are divided by their validity, each quotient rounded once; too small a validity gives
/// `fill`.
#[test]
fn numbers_are_divided_by_their_validity() {
    each_level(|kernels| {
        let mut values = noise(6 * kernels.lanes());
        let (numbers, validity) = values.split_at_mut(3 * kernels.lanes());
        validity[1..5].copy_from_slice(&[0.0, -0.0, f32::MIN_POSITIVE / 2.0, f32::MIN_POSITIVE]);
        validity[5] = f32::NAN;
        for fill in [7.5, f32::NAN] {
            let quotient =
                |(&n, &v): (&f32, &f32)| if v >= f32::MIN_POSITIVE { n / v } else { fill };
            let expected: Vec<f32> = numbers.iter().zip(&*validity).map(quotient).collect();
            let mut found = numbers.to_vec();
            kernels.divide(&mut found, validity, fill);
            assert_eq!(bits(&found), bits(&expected), "{fill}");
        }
    });
}

/// A table left half filled refers to a row that no slice has.
#[test]
fn a_table_that_was_not_filled() {
    let mut table = table(&[0, 1]);
    let offsets =
        [1 << 20, 1 << 20].into_iter().chain(std::iter::once_with(|| panic!("on purpose")));
    let filled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| table.fill(offsets)));
    assert!(filled.is_err());
    assert_eq!(table.furthest(), usize::MAX);
}
