//! The tutorial's stack: slice `i` is `i` times an image of a bright block, plus a little noise.

use anyhow::bail;
use gausstack::Element;
use ndarray::Array3;

const SEED: u64 = 0x6761_7573_7374_6163;

/// How bright the stack is, in levels of its type.
struct Brightness {
    /// Between noise's extremes.
    dark: f64,
    /// By which a block is brighter than that of the slice before.
    step: f64,
    /// Noise is uniform in plus or minus this.
    noise: f64,
}

impl Brightness {
    /// Floating-point stacks count slices. Integers have so much of their range that rounding is far
    /// below the noise, and no pixel, smoothed or not, in the brightest eighth.
    fn of<T: Element>(slices: usize) -> Self {
        if T::INTEGER_BITS == 0 {
            return Self { dark: 0.0, step: 1.0, noise: 0.25 };
        }
        let (lowest, highest) = (T::from_f64(f64::MIN).to_f64(), highest::<T>().to_f64());
        let noise = highest / 8.0;
        let dark = if lowest < 0.0 { 0.0 } else { noise };
        Self { dark, step: highest * 0.625 / slices.saturating_sub(1).max(1) as f64, noise }
    }
}

/// The largest value of an integer type.
fn highest<T: Element>() -> T {
    T::from_f64(f64::MAX)
}

/// What no pixel of a stack is, and none of a smoothed one.
pub(crate) fn unwritten<T: Element>() -> T {
    if T::INTEGER_BITS == 0 { T::from_f64(f64::NAN) } else { highest() }
}

/// The axes of a slice of three-dimensional stacks.
pub(crate) fn slice_axes(slice_axis: usize) -> [usize; 2] {
    match slice_axis {
        0 => [1, 2],
        1 => [0, 2],
        _ => [0, 1],
    }
}

/// Memory of zeros that nobody has touched yet: a page lies near the thread that writes to it first.
pub(crate) fn zeros<T: Element>(pixels: usize) -> anyhow::Result<Vec<T>> {
    // Asked for first, since what follows ends the process when there is none.
    if Vec::<T>::new().try_reserve_exact(pixels).is_err() {
        bail!("no memory for a stack of {} bytes", pixels * size_of::<T>());
    }
    Ok(vec![T::default(); pixels])
}

/// Builds the stack; the same pixels for any number of threads. Each of them touches an equal share of the memory.
pub(crate) fn build<T: Element>(
    shape: [usize; 3],
    slice_axis: usize,
    threads: usize,
) -> anyhow::Result<Array3<T>> {
    let pixels: usize = shape.iter().product();
    let mut data = zeros(pixels)?;
    let brightness = Brightness::of::<T>(shape[slice_axis]);
    let plane = shape[1] * shape[2];
    let share = shape[0].div_ceil(threads);
    std::thread::scope(|scope| {
        for (part, planes) in data.chunks_mut(share * plane).enumerate() {
            let brightness = &brightness;
            scope.spawn(move || {
                for (offset, plane) in planes.chunks_mut(plane).enumerate() {
                    fill(plane, part * share + offset, shape, slice_axis, brightness);
                }
            });
        }
    });
    Ok(Array3::from_shape_vec(shape, data)?)
}

/// Fills the pixels `[first, .., ..]`.
fn fill<T: Element>(
    plane: &mut [T],
    first: usize,
    shape: [usize; 3],
    slice_axis: usize,
    brightness: &Brightness,
) {
    let mut noise = fastrand::Rng::with_seed(SEED ^ first as u64);
    // From -1 to 1, with as many random digits as the type has.
    let mut random = || {
        if T::FITS_F32 { f64::from(2.0 * noise.f32() - 1.0) } else { 2.0 * noise.f64() - 1.0 }
    };
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
            let in_block = in_block(y, rows, 3000) && in_block(x, columns, 5000);
            let block = if in_block { brightness.step * slice as f64 } else { 0.0 };
            *pixel = T::from_f64(brightness.dark + block + brightness.noise * random());
        }
    }
}

/// Whether a position is off both ends by more than 500, on an axis scaled from `full` to `len`.
pub(crate) fn in_block(position: usize, len: usize, full: usize) -> bool {
    let margin = margin(len, full);
    (margin..len - margin).contains(&position)
}

/// 500 pixels of an axis of `full`, on an axis of `len`.
pub(crate) fn margin(len: usize, full: usize) -> usize {
    len * 500 / full
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use ndarray::Axis;

    use super::*;

    /// Asserts that blocks of four slices have these levels, `dark` lies around them, and noise is
    /// as large as this and no larger.
    fn check<T: Element + Into<f64> + Debug>(dark: f64, blocks: [f64; 4], noise: f64) {
        for slice_axis in 0..3 {
            let mut shape = [30, 50];
            let shape: [usize; 3] = std::array::from_fn(|axis| {
                if axis == slice_axis { 4 } else { std::mem::replace(&mut shape[0], 50) }
            });
            let stack = build::<T>(shape, slice_axis, 2).unwrap();
            let mut most = 0.0_f64;
            for (i, slice) in stack.axis_iter(Axis(slice_axis)).enumerate() {
                assert_eq!(slice.dim(), (30, 50));
                for ((y, x), &pixel) in slice.indexed_iter() {
                    let inside = (5..25).contains(&y) && (5..45).contains(&x);
                    let off: f64 = pixel.into() - if inside { blocks[i] } else { dark };
                    assert!(off.abs() <= noise, "{slice_axis} {i} {y} {x}: {pixel:?}");
                    assert_ne!(pixel, unwritten());
                    most = most.max(off.abs());
                }
                assert!(slice.row(0).iter().any(|&pixel| pixel != slice[[0, 0]]));
            }
            assert!(most > 0.9 * noise, "{most}");
        }
    }

    #[test]
    fn slices_hold_their_number_in_the_block_and_noise_outside() {
        check::<f32>(0.0, [0.0, 1.0, 2.0, 3.0], 0.25);
        check::<f64>(0.0, [0.0, 1.0, 2.0, 3.0], 0.25);
    }

    #[test]
    fn integers_have_their_range() {
        // An eighth of 255 and half a level for rounding; five eighths more in three steps.
        check::<u8>(31.875, [31.875, 85.0, 138.125, 191.25], 32.375);
        check::<i8>(0.0, [0.0, 26.458_333_4, 52.916_666_7, 79.375], 16.375 + 1e-6);
        check::<u16>(8191.875, [8191.875, 21845.0, 35498.125, 49151.25], 8192.375);
        check::<i32>(0.0, [0.0, 447_392_426.46, 894_784_852.92, 1_342_177_279.38], 268_435_456.5);
    }

    #[test]
    fn threads_do_not_change_a_pixel() {
        let one = build::<f32>([7, 2, 9], 1, 1).unwrap();
        assert_eq!(one, build::<f32>([7, 2, 9], 1, 3).unwrap());
    }

    /// The first pixels, as the stack of floating-point numbers always was.
    #[test]
    fn single_precision_is_rounded_once() {
        let stack = build::<f32>([30, 2, 50], 1, 1).unwrap();
        for (first, plane) in stack.outer_iter().enumerate() {
            let mut noise = fastrand::Rng::with_seed(SEED ^ first as u64);
            for ((slice, x), &pixel) in plane.indexed_iter() {
                let inside = (5..25).contains(&first) && (5..45).contains(&x);
                let block = if inside { slice as f32 } else { 0.0 };
                assert_eq!(pixel, block + 0.25 * (2.0 * noise.f32() - 1.0));
            }
        }
    }
}
