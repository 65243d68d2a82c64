//! The tutorial's stack: slice `i` is `i` times an image of a bright block, plus a little noise.

use anyhow::Context;
use ndarray::Array3;

/// Noise is uniform in plus or minus this.
const NOISE: f32 = 0.25;

const SEED: u64 = 0x6761_7573_7374_6163;

/// Builds the stack; the same pixels for any number of threads.
pub(super) fn build(
    shape: [usize; 3],
    slice_axis: usize,
    threads: usize,
) -> anyhow::Result<Array3<f32>> {
    let pixels: usize = shape.iter().product();
    let mut data: Vec<f32> = Vec::new();
    data.try_reserve_exact(pixels)
        .with_context(|| format!("no memory for a stack of {} bytes", pixels * 4))?;
    data.resize(pixels, 0.0);
    let plane = shape[1] * shape[2];
    let share = shape[0].div_ceil(threads);
    std::thread::scope(|scope| {
        for (part, planes) in data.chunks_mut(share * plane).enumerate() {
            scope.spawn(move || {
                for (offset, plane) in planes.chunks_mut(plane).enumerate() {
                    fill(plane, part * share + offset, shape, slice_axis);
                }
            });
        }
    });
    Ok(Array3::from_shape_vec(shape, data)?)
}

/// Fills the pixels `[first, .., ..]`.
fn fill(plane: &mut [f32], first: usize, shape: [usize; 3], slice_axis: usize) {
    let mut noise = fastrand::Rng::with_seed(SEED ^ first as u64);
    let (rows, columns) = match slice_axis {
        0 => (shape[1], shape[2]),
        1 => (shape[0], shape[2]),
        _ => (shape[0], shape[1]),
    };
    for (second, line) in plane.chunks_mut(shape[2]).enumerate() {
        for (third, pixel) in line.iter_mut().enumerate() {
            let (slice, y, x) = match slice_axis {
                0 => (first, second, third),
                1 => (second, first, third),
                _ => (third, first, second),
            };
            let block =
                if in_block(y, rows, 3000) && in_block(x, columns, 5000) { 1.0 } else { 0.0 };
            *pixel = slice as f32 * block + NOISE * (2.0 * noise.f32() - 1.0);
        }
    }
}

/// Whether a position is off both ends by more than 500, on an axis scaled from `full` to `len`.
pub(super) fn in_block(position: usize, len: usize, full: usize) -> bool {
    let margin = margin(len, full);
    (margin..len - margin).contains(&position)
}

/// 500 pixels of an axis of `full`, on an axis of `len`.
pub(super) fn margin(len: usize, full: usize) -> usize {
    len * 500 / full
}

#[cfg(test)]
mod tests {
    use ndarray::Axis;

    use super::*;

    #[test]
    fn slices_hold_their_number_in_the_block_and_noise_outside() {
        for slice_axis in 0..3 {
            let mut shape = [30, 50];
            let shape: [usize; 3] = std::array::from_fn(|axis| {
                if axis == slice_axis { 4 } else { std::mem::replace(&mut shape[0], 50) }
            });
            let stack = build(shape, slice_axis, 2).unwrap();
            for (i, slice) in stack.axis_iter(Axis(slice_axis)).enumerate() {
                assert_eq!(slice.dim(), (30, 50));
                for ((y, x), &pixel) in slice.indexed_iter() {
                    let inside = (5..25).contains(&y) && (5..45).contains(&x);
                    let want = if inside { i as f32 } else { 0.0 };
                    assert!((pixel - want).abs() <= NOISE, "{slice_axis} {i} {y} {x}: {pixel}");
                }
                assert!(slice[[0, 0]] != slice[[0, 1]]);
            }
        }
    }

    #[test]
    fn threads_do_not_change_a_pixel() {
        assert_eq!(build([7, 2, 9], 1, 1).unwrap(), build([7, 2, 9], 1, 3).unwrap());
    }
}
