//! Memory of elements whose type is known when the program runs, and the library's views of it.

#![expect(unsafe_code, reason = "bytes become elements here; nothing else in this program does so")]

use gausstack::{AnyView, AnyViewMut, ElementType};

/// Bytes that begin on a boundary of any element.
pub(crate) struct Memory {
    words: Vec<u64>,
    len: usize,
}

impl Memory {
    /// Untouched zeros: a page lies near the thread that writes to it first. `None` without enough
    /// memory.
    pub(crate) fn zeros(len: usize) -> Option<Self> {
        let words = len.div_ceil(size_of::<u64>());
        // Checked first: `vec!` would abort the process without memory.
        Vec::<u64>::new().try_reserve_exact(words).ok()?;
        Some(Self { words: vec![0; words], len })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: `len` bytes lie within the words, which are borrowed for as long.
        unsafe { std::slice::from_raw_parts(self.words.as_ptr().cast(), self.len) }
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`, and the words are borrowed mutably; any bytes are words.
        unsafe { std::slice::from_raw_parts_mut(self.words.as_mut_ptr().cast(), self.len) }
    }
}

/// A view of elements in some bytes, with strides in bytes.
///
/// # Panics
/// If an element lies outside of the bytes or off its boundary, or a bool is neither 0 nor 1.
pub(crate) fn view<'a>(
    bytes: &'a [u8],
    shape: &[usize],
    strides: &[usize],
    element: ElementType,
) -> AnyView<'a> {
    check(bytes, shape, strides, element);
    // SAFETY: as was just checked, every element lies in the bytes, which are borrowed for as long,
    // and on its boundary; any bytes are numbers, and bools are 0 or 1.
    unsafe { AnyView::from_raw_parts(bytes.as_ptr(), shape, &signed(strides), element) }
}

/// A view to write to elements in some bytes.
///
/// # Panics
/// As [`view`], and if two elements could overlap.
pub(crate) fn view_mut<'a>(
    bytes: &'a mut [u8],
    shape: &[usize],
    strides: &[usize],
    element: ElementType,
) -> AnyViewMut<'a> {
    check(bytes, shape, strides, element);
    let mut axes: Vec<_> = shape.iter().zip(strides).filter(|(len, _)| **len > 1).collect();
    axes.sort_by_key(|(_, stride)| **stride);
    let mut reach = element.size();
    for (len, stride) in axes {
        assert!(*stride >= reach || shape.contains(&0), "elements lie apart from each other");
        reach = stride * len;
    }
    // SAFETY: as in `view`; the bytes are borrowed mutably, and each axis steps over all elements
    // of the axes with shorter steps.
    unsafe { AnyViewMut::from_raw_parts(bytes.as_mut_ptr(), shape, &signed(strides), element) }
}

fn check(bytes: &[u8], shape: &[usize], strides: &[usize], element: ElementType) {
    assert_eq!(shape.len(), strides.len(), "a stride for each axis");
    let size = element.size();
    assert!(bytes.as_ptr().addr().is_multiple_of(size), "elements begin on their boundary");
    if !shape.contains(&0) {
        let end = shape.iter().zip(strides).try_fold(size, |end: usize, (len, stride)| {
            assert!(stride.is_multiple_of(size), "steps are of whole elements");
            end.checked_add((len - 1).checked_mul(*stride)?)
        });
        assert!(end.is_some_and(|end| end <= bytes.len()), "every element lies in the bytes");
    }
    let is_bool = element == ElementType::Bool;
    assert!(!is_bool || bytes.iter().all(|&byte| byte <= 1), "a bool is 0 or 1");
}

fn signed(strides: &[usize]) -> Vec<isize> {
    strides.iter().map(|&stride| stride as isize).collect()
}

/// Bytes as floats of 32 bits; those behind the last whole one are left out.
///
/// # Panics
/// If the bytes do not begin on a float's boundary.
pub(crate) fn floats(bytes: &[u8]) -> &[f32] {
    // SAFETY: any bytes are floats.
    let (before, floats, _) = unsafe { bytes.align_to() };
    assert!(before.is_empty(), "floats begin on their boundary");
    floats
}

/// As [`floats`], to write to.
pub(crate) fn floats_mut(bytes: &mut [u8]) -> &mut [f32] {
    // SAFETY: any bytes are floats, and any floats are bytes.
    let (before, floats, _) = unsafe { bytes.align_to_mut() };
    assert!(before.is_empty(), "floats begin on their boundary");
    floats
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[test]
    fn views_stay_within_their_bytes() {
        let mut memory = Memory::zeros(24).unwrap();
        assert_eq!(memory.bytes(), [0; 24]);
        let view_of = |shape: &[usize], strides: &[usize]| {
            view(memory.bytes(), shape, strides, ElementType::U16).shape().to_vec()
        };
        assert_eq!(view_of(&[3, 4], &[8, 2]), [3, 4]);
        assert_eq!(view_of(&[3, 2], &[8, 4]), [3, 2]);
        assert_eq!(view_of(&[1 << 40, 0], &[2, 2]), [1 << 40, 0]);
        for (shape, strides) in [([3, 5], [8, 2]), ([3, 4], [9, 2]), ([2, 1 << 62], [2, 1 << 62])] {
            assert!(catch_unwind(|| view_of(&shape, &strides)).is_err(), "{shape:?} {strides:?}");
        }
        let off = &memory.bytes()[1..];
        assert!(catch_unwind(|| view(off, &[2], &[2], ElementType::U16)).is_err());
        let mut write = |strides: [usize; 2]| {
            let bytes = AssertUnwindSafe(memory.bytes_mut());
            catch_unwind(move || {
                let bytes = bytes;
                view_mut(bytes.0, &[3, 4], &strides, ElementType::U16);
            })
        };
        assert!(write([8, 2]).is_ok() && write([2, 6]).is_ok());
        assert!(write([6, 2]).is_err() && write([0, 2]).is_err());
    }

    #[test]
    fn bools_are_0_or_1() {
        let is_view =
            |bytes: &[u8]| catch_unwind(|| view(bytes, &[2], &[1], ElementType::Bool)).is_ok();
        assert!(is_view(&[0, 1]) && !is_view(&[0, 2]));
    }

    #[test]
    fn floats_are_their_bytes() {
        let mut memory = Memory::zeros(10).unwrap();
        floats_mut(memory.bytes_mut())[1] = 1.5;
        assert_eq!(floats(memory.bytes()), [0.0, 1.5]);
        assert_eq!(memory.bytes()[4..8], 1.5_f32.to_ne_bytes());
    }
}
