//! Operations on each element of planes whose types are values: conversion, rounding, the joining of
//! terms, validity.
//!
//! They are compiled once, here, so that callers need not be generic over elements. Planes may have any
//! strides; lines that are contiguous in memory take loops that vectorise.

use crate::element::sealed::Number;
use crate::element::{Element, ElementType, with_element};
use crate::lines::Lines;
use crate::plane::{Plane, PlaneMut};
use crate::rounding::Rounding;

/// What becomes of the elements of two planes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Join {
    /// Their sum: integers wrap round, of `bool` it is `or`.
    Add,
    /// The sum of the first element, or its square, and the square of the second; then its root.
    Squares {
        /// Whether the first element is still to be squared.
        square_first: bool,
        /// Whether the root of the sum is taken: in f64, of integers truncated.
        root: bool,
    },
    /// The first element divided by the second, in f64, rounded as by [`Element::from_f64`].
    Ratio {
        /// The result where the second element is less than `least`, or NaN.
        fill: f64,
        /// The smallest divisor.
        least: f64,
    },
}

/// Converts elements as a filter without taps does.
///
/// Elements of one type stay as they are. By [`Rounding::Nearest`] numbers are rounded to nearest and
/// saturated, integers of 64 bits without the loss of digits that f64 would cause. By [`Rounding::Scipy`]
/// integers keep their low bits, floating-point numbers are truncated, and `bool` is whether a number is
/// not 0.
///
/// # Panics
/// When the extents differ.
pub fn convert(src: &Plane<'_>, dst: &mut PlaneMut<'_>, rounding: Rounding) {
    let (from, to) = (src.element_type(), dst.element_type());
    if from == to {
        return crate::copy::copy(src, dst);
    }
    let integers = !from.is_float() && !to.is_float();
    match rounding {
        Rounding::Scipy if integers => through(src, dst, bits_of(from), |_| (), of_bits(to)),
        Rounding::Scipy if to == ElementType::Bool => {
            through(src, dst, numbers_of(from), |_| (), store::<bool, f64, NotZero>);
        }
        Rounding::Scipy => through(src, dst, numbers_of(from), |_| (), truncated(to)),
        Rounding::Nearest if integers && to.size() == 8 && to != ElementType::Bool => {
            // f64 would lose the low bits of large integers.
            let (wrong, limit) = match (from, to) {
                (ElementType::U64, _) => (true, i64::MAX),
                (_, ElementType::U64) => (true, 0),
                _ => (false, 0),
            };
            let saturate = |block: &mut [i64]| {
                block.iter_mut().filter(|bits| wrong && **bits < 0).for_each(|bits| *bits = limit);
            };
            through(src, dst, bits_of(from), saturate, of_bits(to));
        }
        Rounding::Nearest => through(src, dst, numbers_of(from), |_| (), nearest(to)),
    }
}

/// Rounds sums to elements: truncated by [`Rounding::Scipy`], else to nearest. `bool` is by
/// [`Rounding::Scipy`] whether the low byte of the truncated sum is not 0.
///
/// # Panics
/// When the sums are neither f32 nor f64, or the extents differ.
pub fn round_sums(src: &Plane<'_>, dst: &mut PlaneMut<'_>, rounding: Rounding) {
    assert!(src.element_type().is_float(), "sums in f32 or f64");
    let to = dst.element_type();
    let write = match rounding {
        Rounding::Scipy => truncated(to),
        Rounding::Nearest => nearest(to),
    };
    through(src, dst, numbers_of(src.element_type()), |_| (), write);
}

/// Makes of the elements of two planes what [`Join`] says, where the first are, in their own type.
///
/// # Panics
/// When the types or the extents differ.
pub fn join(op: Join, first: &mut PlaneMut<'_>, second: &Plane<'_>) {
    let element = first.element_type();
    assert_eq!(element, second.element_type(), "planes of one type");
    with_element!(element, T => match op {
        Join::Add => change(first, second, |a: T, b: T| a.plus(b)),
        Join::Squares { square_first: true, root: true } => {
            change(first, second, |a: T, b: T| root(a.squared().plus(b.squared())));
        }
        Join::Squares { square_first: true, root: false } => {
            change(first, second, |a: T, b: T| a.squared().plus(b.squared()));
        }
        Join::Squares { square_first: false, root: true } => {
            change(first, second, |a: T, b: T| root(a.plus(b.squared())));
        }
        Join::Squares { square_first: false, root: false } => {
            change(first, second, |a: T, b: T| a.plus(b.squared()));
        }
        Join::Ratio { fill, least } => change(first, second, |number: T, divisor: T| {
            let (number, divisor) = (number.to_f64(), divisor.to_f64());
            T::from_f64(if divisor >= least { number / divisor } else { fill })
        }),
    });
}

/// Replaces every element by the root of its square, in the element's own type: what
/// [`Join::Squares`] makes of a single term.
pub fn root_of_square(plane: &mut PlaneMut<'_>) {
    with_element!(plane.element_type(), T => {
        let lines = Lines::of(plane.extent(), [plane.strides()]);
        let (len, [stride]) = (lines.len(), lines.strides());
        let base = plane.at(0, 0).cast::<T>();
        for [start] in lines.starts() {
            for i in 0..len as isize {
                // SAFETY: the lines are the plane's own elements, which are readable and writable.
                unsafe {
                    let element = base.offset(start + i * stride);
                    *element = root((*element).squared());
                }
            }
        }
    });
}

/// Marks the elements that are valid: not NaN and, if there is a mask, true in the mask.
///
/// # Panics
/// When the mask or `dst` is not of `bool`, or the extents differ.
pub fn mark_valid(src: &Plane<'_>, mask: Option<&Plane<'_>>, dst: &mut PlaneMut<'_>) {
    assert_eq!(dst.element_type(), ElementType::Bool, "validity in bool");
    with_element!(src.element_type(), T => {
        change(dst, src, |_: bool, sample: T| !sample.to_f64().is_nan());
    });
    if let Some(mask) = mask {
        assert_eq!(mask.element_type(), ElementType::Bool, "a mask of bool");
        change(dst, mask, |valid: bool, mask: bool| valid & mask);
    }
}

/// Writes `value`, rounded as by [`Element::from_f64`], where `valid` is false.
///
/// # Panics
/// When `valid` is not of `bool`, or the extents differ.
pub fn fill_missing(dst: &mut PlaneMut<'_>, valid: &Plane<'_>, value: f64) {
    assert_eq!(valid.element_type(), ElementType::Bool, "validity in bool");
    assert_eq!(dst.extent(), valid.extent(), "planes of one extent");
    with_element!(dst.element_type(), T => {
        let fill = T::from_f64(value);
        let lines = Lines::of(dst.extent(), [dst.strides(), valid.strides()]);
        let (len, [stride, valid_stride]) = (lines.len(), lines.strides());
        let (target, valid) = (dst.at(0, 0).cast::<T>(), valid.at(0, 0).cast::<bool>());
        for [start, valid_start] in lines.starts() {
            for i in 0..len as isize {
                // SAFETY: the lines are the planes' own elements, of the types that the planes have. (A store
                // without the condition would write every line of memory.)
                unsafe {
                    if !*valid.offset(valid_start + i * valid_stride) {
                        *target.offset(start + i * stride) = fill;
                    }
                }
            }
        }
    });
}

/// In f64 and back, as numpy has it: of integers truncated.
fn root<T: Element>(x: T) -> T {
    T::truncated(x.to_f64().sqrt())
}

/// Replaces each element of the first plane by a function of it and the second's.
fn change<T: Element, U: Element>(
    first: &mut PlaneMut<'_>,
    second: &Plane<'_>,
    new: impl Fn(T, U) -> T + Copy,
) {
    assert_eq!(first.extent(), second.extent(), "planes of one extent");
    assert_eq!((first.element_type(), second.element_type()), (T::TYPE, U::TYPE), "own types");
    let lines = Lines::of(first.extent(), [first.strides(), second.strides()]);
    let (len, strides) = (lines.len(), lines.strides());
    let (target, source) = (first.at(0, 0).cast::<T>(), second.at(0, 0).cast::<U>());
    for [to, from] in lines.starts() {
        let line = (target.wrapping_offset(to), source.wrapping_offset(from));
        // SAFETY: the lines are the planes' own elements, of the types just asserted; nothing else reaches
        // those of the first plane.
        unsafe { change_line(line, strides, len, new) }
    }
}

/// # Safety
/// `len` elements, `strides` apart, are readable and writable at the first pointer, readable at the second,
/// and the two do not overlap.
#[inline(always)]
unsafe fn change_line<T: Copy, U: Copy>(
    (target, source): (*mut T, *const U),
    strides: [isize; 2],
    len: usize,
    new: impl Fn(T, U) -> T,
) {
    if strides == [1, 1] {
        // SAFETY: the caller's; the elements are contiguous.
        let (target, source) = unsafe {
            (std::slice::from_raw_parts_mut(target, len), std::slice::from_raw_parts(source, len))
        };
        target.iter_mut().zip(source).for_each(|(target, &source)| *target = new(*target, source));
        return;
    }
    for i in 0..len as isize {
        // SAFETY: the caller's; i < len.
        unsafe {
            let target = target.offset(i * strides[0]);
            *target = new(*target, *source.offset(i * strides[1]));
        }
    }
}

/// Elements of a block that is converted at a time: 2 KiB, so that the block stays in the first cache.
const BLOCK: usize = 256;

/// Reads `block.len()` elements, the stride apart, of the type that the function is for.
type Read<B> = unsafe fn(*const u8, isize, &mut [B]);
/// Writes `block.len()` elements, the stride apart, of the type that the function is for.
type Write<B> = unsafe fn(&[B], *mut u8, isize);

/// Converts a plane in blocks: one loop for each type read and one for each written, not for every pair.
fn through<B: Copy + Default>(
    src: &Plane<'_>,
    dst: &mut PlaneMut<'_>,
    read: Read<B>,
    adjust: impl Fn(&mut [B]),
    write: Write<B>,
) {
    assert_eq!(src.extent(), dst.extent(), "planes of one extent");
    let lines = Lines::of(dst.extent(), [dst.strides(), src.strides()]);
    let (len, [to, from]) = (lines.len(), lines.strides());
    let bytes = |stride: isize, element: ElementType| stride.wrapping_mul(element.size() as isize);
    let (dst_type, src_type) = (dst.element_type(), src.element_type());
    let (target, source) = (dst.at(0, 0), src.at(0, 0));
    let mut block = [B::default(); BLOCK];
    for [dst_start, src_start] in lines.starts() {
        for first in (0..len).step_by(BLOCK) {
            let block = &mut block[..BLOCK.min(len - first)];
            let at = |start, stride| start + first as isize * stride;
            let source = source.wrapping_offset(bytes(at(src_start, from), src_type));
            let target = target.wrapping_offset(bytes(at(dst_start, to), dst_type));
            // SAFETY: the caller chose the functions for the planes' types; the elements are the planes' own.
            unsafe {
                read(source, from, block);
                adjust(block);
                write(block, target, to);
            }
        }
    }
}

/// A conversion of one number.
trait Conversion<T, U> {
    fn of(value: T) -> U;
}

/// To and from f64, rounded to nearest.
struct Nearest;
/// From f64, truncated.
struct Truncated;
/// To and from the low bits of integers.
struct Bits;
/// Whether a number is not 0.
struct NotZero;

impl<E: Element> Conversion<E, f64> for Nearest {
    fn of(value: E) -> f64 {
        value.to_f64()
    }
}
impl<E: Element> Conversion<f64, E> for Truncated {
    fn of(value: f64) -> E {
        E::truncated(value)
    }
}
impl<E: Element> Conversion<E, i64> for Bits {
    fn of(value: E) -> i64 {
        value.bits()
    }
}
impl Conversion<f64, bool> for NotZero {
    fn of(value: f64) -> bool {
        value != 0.0
    }
}

/// Elements rounded from f64 to nearest.
struct FromNearest;
impl<E: Element> Conversion<f64, E> for FromNearest {
    fn of(value: f64) -> E {
        E::from_f64(value)
    }
}

/// Elements made of low bits.
struct FromBits;
impl<E: Element> Conversion<i64, E> for FromBits {
    fn of(value: i64) -> E {
        E::from_bits(value)
    }
}

/// # Safety
/// As many elements of `E` as the block has are readable at `src`, the stride apart.
unsafe fn load<E: Element, B: Copy, C: Conversion<E, B>>(
    src: *const u8,
    stride: isize,
    block: &mut [B],
) {
    let line = (block.as_mut_ptr(), src.cast::<E>());
    // SAFETY: the caller's.
    unsafe { change_line(line, [1, stride], block.len(), |_, element| C::of(element)) }
}

/// # Safety
/// As many elements of `E` as the block has are writable at `dst`, the stride apart.
unsafe fn store<E: Element, B: Copy, C: Conversion<B, E>>(
    block: &[B],
    dst: *mut u8,
    stride: isize,
) {
    let line = (dst.cast::<E>(), block.as_ptr());
    // SAFETY: the caller's.
    unsafe { change_line(line, [stride, 1], block.len(), |_, number| C::of(number)) }
}

fn numbers_of(element: ElementType) -> Read<f64> {
    with_element!(element, E => load::<E, f64, Nearest>)
}

fn bits_of(element: ElementType) -> Read<i64> {
    with_element!(element, E => load::<E, i64, Bits>)
}

fn nearest(element: ElementType) -> Write<f64> {
    with_element!(element, E => store::<E, f64, FromNearest>)
}

fn truncated(element: ElementType) -> Write<f64> {
    with_element!(element, E => store::<E, f64, Truncated>)
}

fn of_bits(element: ElementType) -> Write<i64> {
    with_element!(element, E => store::<E, i64, FromBits>)
}
