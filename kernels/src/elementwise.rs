//! Operations on each element of planes whose types are values: conversion, rounding, the joining
//! of terms, validity.
//!
//! They are compiled once, here, so that callers need not be generic over elements. Planes may have
//! any strides; lines that are contiguous in memory take loops that vectorise.

use std::mem::MaybeUninit;

use crate::copy::copy;
use crate::element::sealed::Number;
use crate::element::{Element, ElementType, with_element};
use crate::lines::Lines;
use crate::plane::{Plane, PlaneMut};
use crate::rounding::Rounding;

/// An operation on the elements of two planes.
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
/// Elements of one type stay as they are. By [`Rounding::Nearest`] numbers are rounded to nearest
/// and saturated, integers of 64 bits without the loss of digits that f64 would cause. By
/// [`Rounding::Scipy`] integers keep their low bits, floating-point numbers are truncated, and
/// `bool` is whether a number is not 0.
///
/// # Panics
/// When the extents differ.
pub fn convert(src: &Plane<'_>, dst: &mut PlaneMut<'_>, rounding: Rounding) {
    let (from, to) = (src.element_type(), dst.element_type());
    if from == to {
        return copy(src, dst);
    }
    let integers = !from.is_float() && !to.is_float();
    match rounding {
        Rounding::Scipy if integers => through(src, dst, read_bits(from), write_bits(to)),
        Rounding::Scipy if to == ElementType::Bool => {
            through(src, dst, read_numbers(from), write_not_zero());
        }
        Rounding::Scipy => through(src, dst, read_numbers(from), write_truncated(to)),
        // f64 would lose the low bits of large integers.
        Rounding::Nearest if integers && to.size() == 8 => {
            through(src, dst, read_bits(from), write_saturated(from, to));
        }
        Rounding::Nearest => through(src, dst, read_numbers(from), write_nearest(to)),
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
        Rounding::Scipy => write_truncated(to),
        Rounding::Nearest => write_nearest(to),
    };
    through(src, dst, read_numbers(src.element_type()), write);
}

/// Joins the elements of two planes as `op` says, in their own type; the results replace the first
/// plane's.
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
                // SAFETY: the lines are the planes' own elements, of the types that the planes
                // have. (A store without the condition would write every line of memory.)
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
        // SAFETY: the lines are the planes' own elements, of the types just asserted; nothing else
        // reaches those of the first plane.
        unsafe { change_line(line, strides, len, new) }
    }
}

/// # Safety
/// `len` elements, `strides` apart, are readable and writable at the first pointer, readable at the
/// second, and the two do not overlap.
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

/// Elements of a block that is converted at a time: 2 KiB, so that the block stays in the first
/// cache.
const BLOCK: usize = 256;

/// Reads as many elements as the block has, the stride apart, of the type that the function is for.
/// They must be readable.
type Read<B> = unsafe fn(*const u8, isize, &mut [B]);
/// Writes as many elements as the block has, the stride apart, of the type that the function is
/// for. They must be writable.
type Write<B> = unsafe fn(&[B], *mut u8, isize);

/// Converts a plane in blocks: one loop for each type read and one for each written, not for every
/// pair.
fn through<B: Copy + Default>(
    src: &Plane<'_>,
    dst: &mut PlaneMut<'_>,
    read: Read<B>,
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
            // SAFETY: the caller chose the functions for the planes' types; the elements are the
            // planes' own.
            unsafe {
                read(source, from, block);
                write(block, target, to);
            }
        }
    }
}

/// # Safety
/// As many elements as the block has are readable at `src`, the stride apart.
unsafe fn load<E: Element, B: Copy>(
    src: *const u8,
    stride: isize,
    block: &mut [B],
    convert: impl Fn(E) -> B,
) {
    let line = (block.as_mut_ptr(), src.cast::<E>());
    // SAFETY: the caller's; a block is contiguous and no plane's.
    unsafe { change_line(line, [1, stride], block.len(), |_, element| convert(element)) }
}

/// # Safety
/// As many elements as the block has are writable at `dst`, the stride apart.
unsafe fn store<E: Element, B: Copy>(
    block: &[B],
    dst: *mut u8,
    stride: isize,
    convert: impl Fn(B) -> E,
) {
    // What is written may have had no value.
    let line = (dst.cast::<MaybeUninit<E>>(), block.as_ptr());
    let new = |_, number| MaybeUninit::new(convert(number));
    // SAFETY: the caller's; a block is contiguous and no plane's.
    unsafe { change_line(line, [stride, 1], block.len(), new) }
}

/// A function that reads elements and converts them.
macro_rules! read {
    ($element:expr, $E:ident => $convert:expr) => {
        with_element!($element, $E => |src, stride, block| {
            // SAFETY: the contract of `Read`.
            unsafe { load::<$E, _>(src, stride, block, $convert) }
        })
    };
}

/// A function that converts numbers to elements and writes them.
macro_rules! write {
    ($element:expr, $E:ident => $convert:expr) => {
        with_element!($element, $E => |block, dst, stride| {
            // SAFETY: the contract of `Write`.
            unsafe { store::<$E, _>(block, dst, stride, $convert) }
        })
    };
}

fn read_numbers(element: ElementType) -> Read<f64> {
    read!(element, E => E::to_f64)
}

fn read_bits(element: ElementType) -> Read<i64> {
    read!(element, E => E::low_bits)
}

fn write_nearest(element: ElementType) -> Write<f64> {
    write!(element, E => E::from_f64)
}

fn write_truncated(element: ElementType) -> Write<f64> {
    write!(element, E => E::truncated)
}

fn write_bits(element: ElementType) -> Write<i64> {
    write!(element, E => E::of_low_bits)
}

/// Writes integers of 64 bits, saturated, from the low bits of integers. Bits that are negative as
/// an i64 are out of range where exactly one of the types is u64.
fn write_saturated(from: ElementType, to: ElementType) -> Write<i64> {
    match (from, to) {
        (ElementType::U64, ElementType::I64) => |block, dst, stride| {
            let saturated = |bits: i64| if bits < 0 { i64::MAX } else { bits };
            // SAFETY: the contract of `Write`.
            unsafe { store::<i64, _>(block, dst, stride, saturated) }
        },
        (_, ElementType::U64) => |block, dst, stride| {
            // SAFETY: the contract of `Write`.
            unsafe { store::<u64, _>(block, dst, stride, |bits: i64| bits.max(0) as u64) }
        },
        _ => write_bits(to),
    }
}

/// Writes whether numbers are not 0.
fn write_not_zero() -> Write<f64> {
    |block, dst, stride| {
        // SAFETY: the contract of `Write`.
        unsafe { store::<bool, _>(block, dst, stride, |number| number != 0.0) }
    }
}
