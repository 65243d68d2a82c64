//! The tutorial's stack: slice `i` is `i` times an image of a bright block, plus a little noise.

use std::ops::Range;

use anyhow::Context;
use gausstack::ElementType;
use gausstack_io::memory::Memory;

use crate::codec::Codec;
use crate::layout::{StackLayout, other_axes};

/// Pixels that are marked at once.
const MARKED: usize = 1024;

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
    /// Floating-point stacks count slices. Integers have so much of their range that rounding is
    /// far below the noise, and no pixel, smoothed or not, in the brightest eighth.
    fn of(element: ElementType, slices: usize) -> Self {
        if element.is_float() {
            return Self { dark: 0.0, step: 1.0, noise: 0.25 };
        }
        let [lowest, highest] = Codec::of(element).limits();
        let noise = highest / 8.0;
        let dark = if lowest < 0.0 { 0.0 } else { noise };
        Self { dark, step: highest * 0.625 / slices.saturating_sub(1).max(1) as f64, noise }
    }
}

/// Fills memory with a value that neither a stack nor a smoothed stack contains.
pub(crate) fn mark_unwritten(element: ElementType, bytes: &mut [u8]) {
    let codec = Codec::of(element);
    let value = if element.is_float() { f64::NAN } else { codec.limits()[1] };
    let mut pixels = vec![0; MARKED * codec.size()];
    pixels.chunks_exact_mut(codec.size()).for_each(|pixel| codec.write(value, pixel));
    for bytes in bytes.chunks_mut(pixels.len()) {
        bytes.copy_from_slice(&pixels[..bytes.len()]);
    }
}

/// Untouched memory for a stack.
pub(crate) fn zeros(bytes: usize) -> anyhow::Result<Memory> {
    Memory::zeros(bytes).with_context(|| format!("no memory for a stack of {bytes} bytes"))
}

/// Builds a stack in C order at the start of some memory. Each thread fills an equal share; the
/// pixels do not depend on their number.
pub(crate) fn build(stack: &StackLayout, slice_axis: usize, threads: usize, bytes: &mut [u8]) {
    let StackLayout { shape, element, .. } = *stack;
    let brightness = Brightness::of(element, shape[slice_axis]);
    let plane = shape[1] * shape[2] * element.size();
    let share = shape[0].div_ceil(threads);
    std::thread::scope(|scope| {
        for (part, planes) in bytes[..stack.bytes()].chunks_mut(share * plane).enumerate() {
            let brightness = &brightness;
            scope.spawn(move || {
                for (offset, plane) in planes.chunks_mut(plane).enumerate() {
                    fill(plane, part * share + offset, stack, slice_axis, brightness);
                }
            });
        }
    });
}

/// Fills the pixels `[first, .., ..]`.
fn fill(
    plane: &mut [u8],
    first: usize,
    stack: &StackLayout,
    slice_axis: usize,
    brightness: &Brightness,
) {
    let StackLayout { shape, element, .. } = *stack;
    let codec = Codec::of(element);
    let mut noise = fastrand::Rng::with_seed(SEED ^ first as u64);
    // From -1 to 1, with as many random digits as the type has.
    let mut random = || {
        if element.fits_f32() {
            f64::from(2.0 * noise.f32() - 1.0)
        } else {
            2.0 * noise.f64() - 1.0
        }
    };
    let [rows, columns] = other_axes(slice_axis).map(|axis| shape[axis]);
    let (rows, columns) = (block(rows, 3000), block(columns, 5000));
    for (second, line) in plane.chunks_exact_mut(shape[2] * codec.size()).enumerate() {
        for (third, pixel) in line.chunks_exact_mut(codec.size()).enumerate() {
            let (slice, y, x) = match slice_axis {
                0 => (first, second, third),
                1 => (second, first, third),
                _ => (third, first, second),
            };
            let is_in_block = rows.contains(&y) && columns.contains(&x);
            let block = if is_in_block { brightness.step * slice as f64 } else { 0.0 };
            codec.write(brightness.dark + block + brightness.noise * random(), pixel);
        }
    }
}

/// The positions off both ends by more than 500, on an axis scaled from `full` to `len`.
fn block(len: usize, full: usize) -> Range<usize> {
    let margin = margin(len, full);
    margin..len - margin
}

/// 500 pixels of an axis of `full`, on an axis of `len`.
pub(crate) fn margin(len: usize, full: usize) -> usize {
    len * 500 / full
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(shape: [usize; 3], slice_axis: usize, element: ElementType, threads: usize) -> Memory {
        let stack = StackLayout::c_order(shape, element);
        let mut memory = zeros(stack.bytes()).unwrap();
        build(&stack, slice_axis, threads, memory.bytes_mut());
        memory
    }

    /// Asserts that blocks of four slices have these levels, `dark` lies around them, and noise is
    /// as large as this and no larger.
    fn check(element: ElementType, dark: f64, blocks: [f64; 4], noise: f64) {
        let mut unwritten = zeros(element.size()).unwrap();
        mark_unwritten(element, unwritten.bytes_mut());
        let unwritten = Codec::of(element).read(unwritten.bytes());
        for slice_axis in 0..3 {
            let mut shape = [30, 50];
            let shape: [usize; 3] = std::array::from_fn(|axis| {
                if axis == slice_axis { 4 } else { std::mem::replace(&mut shape[0], 50) }
            });
            let memory = built(shape, slice_axis, element, 2);
            let mut largest = 0.0_f64;
            for (i, block) in blocks.into_iter().enumerate() {
                let stack = StackLayout::c_order(shape, element);
                let slice = stack.image(memory.bytes(), slice_axis, i);
                assert_eq!((slice.rows(), slice.columns()), (30, 50));
                for (place, pixel) in slice.pixels().enumerate() {
                    let (y, x) = (place / 50, place % 50);
                    let inside = (5..25).contains(&y) && (5..45).contains(&x);
                    let off = pixel - if inside { block } else { dark };
                    assert!(off.abs() <= noise, "{slice_axis} {i} {y} {x}: {pixel}");
                    assert_ne!(pixel, unwritten);
                    largest = largest.max(off.abs());
                }
                assert!((1..50).any(|x| slice.at(0, x) != slice.at(0, 0)));
            }
            assert!(largest > 0.9 * noise, "{largest}");
        }
    }

    #[test]
    fn slices_hold_their_number_in_the_block_and_noise_outside() {
        check(ElementType::F32, 0.0, [0.0, 1.0, 2.0, 3.0], 0.25);
        check(ElementType::F64, 0.0, [0.0, 1.0, 2.0, 3.0], 0.25);
    }

    #[test]
    fn integers_have_their_range() {
        use ElementType as E;
        // An eighth of 255 and half a level for rounding; five eighths more in three steps.
        check(E::U8, 31.875, [31.875, 85.0, 138.125, 191.25], 32.375);
        check(E::I8, 0.0, [0.0, 26.458_333_4, 52.916_666_7, 79.375], 16.375 + 1e-6);
        check(E::U16, 8191.875, [8191.875, 21845.0, 35498.125, 49151.25], 8192.375);
        let blocks = [0.0, 447_392_426.46, 894_784_852.92, 1_342_177_279.38];
        check(E::I32, 0.0, blocks, 268_435_456.5);
    }

    #[test]
    fn threads_do_not_change_a_pixel() {
        let one = built([7, 2, 9], 1, ElementType::F32, 1);
        assert_eq!(one.bytes(), built([7, 2, 9], 1, ElementType::F32, 3).bytes());
    }

    /// The first pixels, as the stack of floating-point numbers always was.
    #[test]
    fn single_precision_is_rounded_once() {
        let memory = built([30, 2, 50], 1, ElementType::F32, 1);
        let mut pixels = gausstack_io::memory::elements::<f32>(memory.bytes()).unwrap().iter();
        for first in 0..30 {
            let mut noise = fastrand::Rng::with_seed(SEED ^ first as u64);
            for slice in 0..2 {
                for x in 0..50 {
                    let inside = (5..25).contains(&first) && (5..45).contains(&x);
                    let block = if inside { slice as f32 } else { 0.0 };
                    let expected = block + 0.25 * (2.0 * noise.f32() - 1.0);
                    assert_eq!(pixels.next(), Some(&expected));
                }
            }
        }
    }
}
