//! Weighted sums in rows, and the calls of them that are refused.

use std::ops::Range;

use crate::common::{
    Single, bits, each_level, each_token, kernels_of, nearest, noise, single, sum,
};
use gausstack_kernels::{
    ElementType, Extent, Level, LoadedShare, Parity, Plane, Prefetch, Strides, Taps,
};

/// One call of the FIR in rows, on a plane of values or of every second value.
struct InRow {
    extent: Extent,
    strides: Strides,
    weights: Vec<f32>,
    rows: Range<usize>,
    columns: Range<usize>,
    offsets: Vec<usize>,
    sums: usize,
}

impl InRow {
    /// Three vectors of the second of two rows; the reach leaves one to be summed.
    fn right(kernels: Single) -> Self {
        let columns = 3 * kernels.lanes();
        Self {
            extent: Extent { rows: 2, columns, inner: 1 },
            strides: Strides { row: columns as isize, column: 1, inner: 1 },
            weights: vec![1.0, 0.5],
            rows: 1..2,
            columns: kernels.lanes()..2 * kernels.lanes(),
            offsets: vec![0],
            sums: kernels.lanes(),
        }
    }

    fn run(self, kernels: Single) {
        let values = noise(4 * self.extent.rows * self.extent.columns * self.extent.inner);
        // SAFETY: strides of at most twice those of the rows without gaps.
        let plane = unsafe { Plane::new(values.as_ptr(), self.extent, self.strides) };
        let taps = Taps::centred(Parity::Even, &self.weights);
        let (source, mut sums) = ((&plane, self.rows, self.columns), vec![0.0; self.sums]);
        kernels.fir_in_row(&[(taps, 0)], source, &mut [], &mut sums, &self.offsets, Prefetch::NONE);
    }
}

/// The largest reach of some kernels.
fn furthest(kernels: Single, taps: &[Taps<'_, f32>], step: usize) -> usize {
    taps.iter().map(|&taps| kernels.row_reach(taps, step)).max().expect("kernels")
}

#[test]
fn rows_are_summed_as_they_lie() {
    each_level(|kernels| {
        let (lanes, fuses) = (kernels.lanes(), kernels.level().fuses());
        for (radius, inner, vectors) in [0, 1, 2, 3, 4, 7, 8, 9, 12, 15, 16, 17, 20, 21, 40]
            .into_iter()
            .flat_map(|radius| [(radius, 1, 1), (radius, 1, 4), (radius, 1, 7), (radius, 3, 3)])
        {
            let weights = noise(2 * radius + 1);
            let taps = kernels_of(radius, &weights);
            let reach = kernels.row_reach(taps[0], inner);
            assert!(reach >= radius * inner && reach < radius * inner + lanes, "whole vectors");
            let reach = furthest(kernels, &taps, inner);
            let before = reach.div_ceil(inner);
            let columns = before..before + vectors * lanes;
            let (rows, len) = (5, (columns.end + before) * inner);
            let image = noise(rows * (len + 3));
            let extent = Extent { rows, columns: columns.end + before, inner };
            for down in [1, -1] {
                let strides =
                    Strides { row: down * (len as isize + 3), column: inner as isize, inner: 1 };
                let first = if down > 0 { 0 } else { (rows - 1) * (len + 3) };
                // SAFETY: rows of `len` elements, three further apart than that, up or down.
                let plane = unsafe { Plane::new(image[first..].as_ptr(), extent, strides) };
                for &taps in &taps {
                    let width = columns.len() * inner;
                    // Rows out of order, and a gap that must stay as it is.
                    let places = [2, 0, 3].map(|place| place * (width + lanes));
                    let unwritten = vec![7.0; 4 * (width + lanes)];
                    let mut expected = unwritten.clone();
                    for (row, place) in (1..4).zip(places) {
                        let row = (first as isize + row * strides.row) as usize;
                        for x in 0..width {
                            let own = row + columns.start * inner + x;
                            let tap = |i: usize| image[own + i * inner - radius * inner];
                            expected[place + x] = sum(taps, tap, fuses);
                        }
                    }
                    for share in [LoadedShare::Third, LoadedShare::Half] {
                        let (kernels, mut found) = (kernels.loading(share), unwritten.clone());
                        let source = (&plane, 1..4, columns.clone());
                        let ahead = Prefetch::of(&plane, 4..5, columns.clone());
                        let sums = &mut found;
                        kernels.fir_in_row(&[(taps, 0)], source, &mut [], sums, &places, ahead);
                        let about = (taps, inner, vectors, down, share);
                        assert_eq!(bits(&found), bits(&expected), "{about:?}");
                    }
                }
            }
        }
    });
}

/// Rows of another type are converted in a line: the sums have the bits of those of the values in
/// f32.
#[test]
fn rows_of_other_numbers_are_summed_as_they_lie() {
    each_token(|level| {
        let kernels = nearest::<f32>(level, ElementType::I16, ElementType::F32);
        let same = single(level);
        let lanes = kernels.lanes();
        for (radius, inner, vectors) in [(0, 1, 1), (4, 1, 5), (7, 1, 4), (2, 3, 3), (13, 1, 6)] {
            let weights = noise(2 * radius + 1);
            let kinds = kernels_of(radius, &weights);
            let reach = furthest(same, &kinds, inner);
            let before = reach.div_ceil(inner);
            let extent = Extent { rows: 5, columns: 2 * before + vectors * lanes, inner };
            let mut rng = fastrand::Rng::with_seed(radius as u64);
            let row = extent.row_len() + 7;
            let image: Vec<i16> = (0..5 * row).map(|_| rng.i16(..)).collect();
            let floats: Vec<f32> = image.iter().copied().map(f32::from).collect();
            let strides = Strides { row: row as isize, column: inner as isize, inner: 1 };
            // SAFETY: five rows of both, `row` elements apart.
            let (plane, expected_plane) = unsafe {
                (
                    Plane::new(image.as_ptr(), extent, strides),
                    Plane::new(floats.as_ptr(), extent, strides),
                )
            };
            let width = vectors * lanes * inner;
            let (columns, places) =
                (before..before + vectors * lanes, [2, 0, 1].map(|i| i * width));
            for taps in kinds {
                let (mut found, mut expected) = (vec![7.0; 3 * width], vec![7.0; 3 * width]);
                let mut line = vec![0.0; width + 2 * reach];
                let source = (&plane, 1..4, columns.clone());
                let ahead = Prefetch::of(&plane, 2..5, columns.clone());
                kernels.fir_in_row(&[(taps, 0)], source, &mut line, &mut found, &places, ahead);
                let source = (&expected_plane, 1..4, columns.clone());
                same.fir_in_row(
                    &[(taps, 0)],
                    source,
                    &mut [],
                    &mut expected,
                    &places,
                    Prefetch::NONE,
                );
                assert_eq!(bits(&found), bits(&expected), "{level:?}, {taps:?}, {inner}");
            }
        }
    });
}

/// Two kernels of one radius read the same samples, and sum them as each does alone.
#[test]
fn two_kernels_sum_the_same_samples() {
    each_level(|kernels| {
        let lanes = kernels.lanes();
        for (radius, inner, vectors) in (0..=14)
            .flat_map(|radius| [(radius, 1, 1), (radius, 1, 3), (radius, 1, 8), (radius, 2, 2)])
        {
            let weights = [noise(2 * radius + 1), noise(4 * radius + 5)];
            let [first, second] = [0, 1].map(|i| kernels_of(radius, &weights[i][i * radius..]));
            let reach = furthest(kernels, &first, inner);
            let before = reach.div_ceil(inner);
            let columns = before..before + vectors * lanes;
            let extent = Extent { rows: 3, columns: columns.end + before, inner };
            let image = noise(3 * extent.row_len());
            let strides =
                Strides { row: extent.row_len() as isize, column: inner as isize, inner: 1 };
            // SAFETY: three rows without gaps.
            let plane = unsafe { Plane::new(image.as_ptr(), extent, strides) };
            let width = columns.len() * inner;
            let places = [0, 2 * width + 5, 4 * width + 9];
            for &a in &first {
                for &b in &second {
                    let source = || (&plane, 0..3, columns.clone());
                    let mut expected = vec![7.0; 7 * width + 20];
                    let mut found = expected.clone();
                    for (taps, second) in [(a, 3), (b, width + 4)] {
                        let alone = &[(taps, second)];
                        kernels.fir_in_row(
                            alone,
                            source(),
                            &mut [],
                            &mut expected,
                            &places,
                            Prefetch::NONE,
                        );
                    }
                    let both = &[(a, 3), (b, width + 4)];
                    kernels.fir_in_row(
                        both,
                        source(),
                        &mut [],
                        &mut found,
                        &places,
                        Prefetch::NONE,
                    );
                    assert_eq!(bits(&found), bits(&expected), "{a:?}, {b:?}, {inner}, {vectors}");
                }
            }
        }
    });
}

#[test]
fn what_is_refused_here_is_wrong_in_one_respect() {
    each_level(|kernels| InRow::right(kernels).run(kernels));
}

macro_rules! refused {
    ($($name:ident: $expected:literal, |$kernels:ident, $right:ident| $wrong:expr;)*) => {$(
        #[test]
        #[should_panic(expected = $expected)]
        fn $name() {
            let $kernels = single(Level::detect());
            let $right = InRow::right($kernels);
            $wrong.run($kernels);
        }
    )*};
}

refused! {
    no_weights: "weights have a centre", |kernels, right| InRow { weights: vec![], ..right };
    strided_rows: "contiguous rows", |kernels, right| {
        let strides = Strides { row: 2 * right.strides.row, column: 2, inner: 1 };
        InRow { strides, ..right }
    };
    rows_outside_the_plane: "a block of the plane", |kernels, right| InRow { rows: 2..3, ..right };
    a_reach_beyond_the_left: "a block of the plane", |kernels, right| {
        let first = right.columns.start - 1;
        InRow { columns: first..first + kernels.lanes(), ..right }
    };
    a_reach_beyond_the_right: "a block of the plane", |kernels, right| {
        let first = right.columns.start + 1;
        InRow { columns: first..first + kernels.lanes(), ..right }
    };
    parts_of_vectors: "rows of whole vectors", |kernels, right| {
        InRow { columns: right.columns.start..right.columns.end - 1, ..right }
    };
    rows_without_a_place: "a place for every row", |kernels, right| InRow { rows: 0..2, ..right };
    sums_outside_their_slice: "rows of sums in their slice", |kernels, right| {
        InRow { offsets: vec![1], ..right }
    };
    fewer_sums_than_a_row: "rows of sums in their slice", |kernels, right| {
        InRow { sums: right.sums - 1, ..right }
    };
}

#[test]
#[should_panic(expected = "a row and its reach in their line")]
fn a_line_shorter_than_a_row() {
    let kernels = nearest::<f32>(Level::detect(), ElementType::U8, ElementType::F32);
    let lanes = kernels.lanes();
    let (image, mut sums, mut line) =
        (vec![0_u8; 3 * lanes], vec![0.0; lanes], vec![0.0; 3 * lanes - 1]);
    let extent = Extent { rows: 1, columns: 3 * lanes, inner: 1 };
    let strides = Strides { row: 0, column: 1, inner: 1 };
    // SAFETY: one row of three vectors.
    let plane = unsafe { Plane::new(image.as_ptr(), extent, strides) };
    let source = (&plane, 0..1, lanes..2 * lanes);
    let taps = Taps::centred(Parity::Even, &[1.0, 0.5]);
    kernels.fir_in_row(&[(taps, 0)], source, &mut line, &mut sums, &[0], Prefetch::NONE);
}
