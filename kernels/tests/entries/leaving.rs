//! Finished rows that leave beside the sums of any pass, and rows of a plane that are summed as
//! they lie there.

use crate::common::{
    LINE, Single, aligned, bits, each_level, layouts, nearest, noise, span, sum_into, table,
};
use gausstack_kernels::{
    AlignedBuffer, ElementType, Extent, InRows, Leaving, OutRows, Parity, Plane, PlaneMut,
    PlaneRows, Prefetch, RowTable, Strides, Taps, Traffic,
};

/// A block of an image and the rows that leave for it.
struct Block {
    rows: usize,
    width: usize,
    pitch: usize,
    row_stride: usize,
    /// Elements of the image in front of the block's plane.
    start: usize,
    column: usize,
    finished: AlignedBuffer<f32>,
}

impl Block {
    fn random(rng: &mut fastrand::Rng, rows: usize, width: usize) -> Self {
        let pitch = width + [0, 3, LINE][rng.usize(0..3)];
        let column = rng.usize(0..3);
        let row_stride = column + width + rng.usize(0..2 * LINE);
        let finished = aligned((rows - 1) * pitch + width, rng.u64(..));
        Self { rows, width, pitch, row_stride, start: rng.usize(0..LINE), column, finished }
    }

    fn image(&self) -> AlignedBuffer<f32> {
        aligned(self.start + self.rows * self.row_stride, 9)
    }

    /// What is in the image when all rows have left.
    fn expected(&self) -> Vec<f32> {
        let mut image = self.image().to_vec();
        for row in 0..self.rows {
            let place = self.start + row * self.row_stride + self.column;
            let finished = &self.finished[row * self.pitch..row * self.pitch + self.width];
            image[place..place + self.width].copy_from_slice(finished);
        }
        image
    }

    fn plane<'a>(&self, image: &'a mut [f32]) -> PlaneMut<'a> {
        let columns = self.column + self.width;
        let extent = Extent { rows: self.rows, columns, inner: 1 };
        let strides = Strides { row: self.row_stride as isize, column: 1, inner: 1 };
        assert!(image.len() >= self.start + (self.rows - 1) * self.row_stride + columns);
        // SAFETY: rows of fewer elements than the row stride behind `start`, as just asserted.
        unsafe { PlaneMut::new(image[self.start..].as_mut_ptr(), extent, strides) }
    }
}

/// Sums across rows and in rows, as of both passes, with rows that leave meanwhile.
fn sum_beside(kernels: Single, blocks: usize, leaving: &mut Leaving<'_, f32>) {
    let (width, rows) = (2 * kernels.lanes(), blocks * kernels.register_rows() + 1);
    let (ring, weights) = (noise((rows + 4) * width), noise(3));
    let offsets: Vec<usize> = (0..rows + 4).map(|row| row * width).collect();
    let table = table(&offsets);
    let source = InRows { values: &ring, table: &table, rows: 0..rows, width };
    let mut expected = vec![0.0; rows * width];
    sum_into(kernels, &weights, &source, &offsets, (&mut expected, 0, width));
    let taps = Taps::centred(Parity::Even, &weights);
    let mut sums = vec![0.0; rows * width];
    let target = OutRows { values: &mut sums, pitch: width };
    kernels.fir(taps, &source, target, Traffic::new(Prefetch::NONE, &mut *leaving));
    assert_eq!(bits(&sums), bits(&expected));

    let (reach, columns) = (kernels.row_reach(taps, 1), 4 * kernels.lanes());
    let line = noise(columns + 2 * reach);
    let extent = Extent { rows: 1, columns: line.len(), inner: 1 };
    // SAFETY: one row of all elements.
    let plane =
        unsafe { Plane::new(line.as_ptr(), extent, Strides { row: 0, column: 1, inner: 1 }) };
    let place = (&plane, 0..1, reach..reach + columns);
    let [mut alone, mut beside] = [vec![0.0; columns], vec![0.0; columns]];
    kernels.fir_in_row(&[(taps, 0)], place.clone(), &mut [], &mut alone, &[0], Prefetch::NONE);
    let traffic = Traffic::new(Prefetch::NONE, &mut *leaving);
    kernels.fir_in_row(&[(taps, 0)], place, &mut [], &mut beside, &[0], traffic);
    assert_eq!(bits(&beside), bits(&alone));
}

/// Rows leave beside as many sums as there are, the rest behind them; nothing else is written, and
/// the buffers come back in turn.
#[test]
fn rows_leave_beside_the_sums_of_any_pass() {
    each_level(|kernels| {
        let mut rng = fastrand::Rng::with_seed(4);
        for width in [2 * LINE, 2 * LINE + 1, 3 * LINE - 1, 3 * LINE + 5, 12 * LINE] {
            for (rows, sums) in [(1, 0), (1, 3), (2, 1), (5, 20), (7, 2), (24, 9)] {
                for fourths in [1, 3, 4, 9] {
                    let [mut first, mut second] =
                        [0, 1].map(|_| Block::random(&mut rng, rows, width));
                    let [expected_first, expected_second] = [first.expected(), second.expected()];
                    let [mut image, mut other] = [first.image(), second.image()];
                    let mut spare = aligned(5, 3);
                    let of_first = first.finished.as_ptr();
                    {
                        let [mut plane, mut other] =
                            [first.plane(&mut image), second.plane(&mut other)];
                        assert!(kernels.leaves_while_summing(&plane, width));
                        let mut leaving = Leaving::new(&mut spare, fourths);
                        let columns = first.column..first.column + width;
                        let place = (&mut plane, 0..rows, columns);
                        let rows_of_first = (&mut *first.finished, first.pitch);
                        let back = kernels.leave(&mut leaving, rows_of_first, place);
                        assert_eq!(back.len(), 5);
                        for _ in 0..sums {
                            sum_beside(kernels, 2, &mut leaving);
                        }
                        let columns = second.column..second.column + width;
                        let place = (&mut other, 0..rows, columns);
                        let rows_of_second = (&mut *second.finished, second.pitch);
                        let back = kernels.leave(&mut leaving, rows_of_second, place);
                        // All of the first has left.
                        assert_eq!(back.as_ptr(), of_first);
                        back.fill(f32::NAN);
                        for _ in 0..sums {
                            sum_beside(kernels, 1, &mut leaving);
                        }
                        kernels.leave_all(&mut leaving);
                    }
                    let about = (kernels.level(), rows, width, sums, fourths);
                    assert!(bits(&image) == bits(&expected_first), "first: {about:?}");
                    assert!(bits(&other) == bits(&expected_second), "second: {about:?}");
                }
            }
        }
    });
}

/// Enough sums take all rows with them: nothing is left to be stored alone.
#[test]
fn no_row_is_left_behind_enough_sums() {
    each_level(|kernels| {
        let mut rng = fastrand::Rng::with_seed(8);
        let mut block = Block::random(&mut rng, 3, 8 * LINE);
        let (expected, mut image) = (block.expected(), block.image());
        let mut plane = block.plane(&mut image);
        let mut leaving = Leaving::new(&mut [], 4);
        let place = (&mut plane, 0..3, block.column..block.column + 8 * LINE);
        kernels.leave(&mut leaving, (&mut *block.finished, block.pitch), place);
        for _ in 0..24 {
            sum_beside(kernels, 2, &mut leaving);
        }
        drop((leaving, plane));
        assert!(bits(&image) == bits(&expected), "{:?}", kernels.level());
    });
}

/// Rows leave for rows of two lines or more that run upwards in memory, of the type that is summed.
#[test]
fn rows_leave_for_runs_of_themselves() {
    each_level(|kernels| {
        let mixed = nearest::<f64>(kernels.level(), ElementType::F32, ElementType::F32);
        for inner in [1, 3] {
            let columns = (2 * LINE).div_ceil(inner);
            let extent = Extent { rows: 4, columns, inner };
            let mut image = noise(span(extent));
            for (strides, first) in layouts(extent) {
                // SAFETY: `first` and the strides stay within the span, for every element of the
                // extent.
                let plane = unsafe { PlaneMut::new(image[first..].as_mut_ptr(), extent, strides) };
                let upwards = strides.run(extent) == Some(1);
                assert_eq!(kernels.leaves_while_summing(&plane, columns), upwards, "{strides:?}");
                let fewer = (2 * LINE - 1) / inner;
                assert!(!kernels.leaves_while_summing(&plane, fewer), "{strides:?}");
                assert!(!mixed.leaves_while_summing(&plane, columns), "{strides:?}");
            }
        }
    });
}

/// Rows of a plane, at any alignment and pitch and in any order, give the sums of the same rows in
/// scratch.
#[test]
fn rows_of_a_plane_are_summed_where_they_lie() {
    each_level(|kernels| {
        let lanes = kernels.lanes();
        let mut rng = fastrand::Rng::with_seed(6);
        for (radius, rows) in [(0, 1), (1, 2), (3, 7), (12, 24), (21, 13)] {
            for vectors in [1, 3, 8] {
                let width = vectors * lanes;
                let (lines, column) = (rng.usize(1..9), rng.usize(0..5));
                let pitch = column + width + rng.usize(0..20);
                let image = noise(lines * pitch);
                let numbers: Vec<usize> =
                    (0..rows + 2 * radius).map(|_| rng.usize(0..lines)).collect();
                let mut rows_of_plane = RowTable::with_capacity(numbers.len()).expect("memory");
                rows_of_plane.fill_rows(pitch, numbers.iter().copied());
                let offsets: Vec<usize> = numbers.iter().map(|row| row * pitch + column).collect();
                let (in_slice, weights) = (table(&offsets), noise(radius + 1));
                let taps = Taps::centred(Parity::Even, &weights);
                let [mut expected, mut found] = [vec![0.0; rows * width], vec![0.0; rows * width]];
                let source = InRows { values: &image, table: &in_slice, rows: 0..rows, width };
                let target = OutRows { values: &mut expected, pitch: width };
                kernels.fir(taps, &source, target, Prefetch::NONE);
                let extent = Extent { rows: lines, columns: column + width, inner: 1 };
                let strides = Strides { row: pitch as isize, column: 1, inner: 1 };
                // SAFETY: rows of at most `pitch` elements.
                let plane = unsafe { Plane::new(image.as_ptr(), extent, strides) };
                let columns = column..column + width;
                let source = PlaneRows { plane, table: &rows_of_plane, rows: 0..rows, columns };
                let target = OutRows { values: &mut found, pitch: width };
                kernels.fir_of_plane(taps, source, target, Prefetch::NONE);
                assert_eq!(bits(&found), bits(&expected), "radius {radius}, {rows} x {width}");
            }
        }
    });
}
