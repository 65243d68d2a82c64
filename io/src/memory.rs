//! Memory of elements whose type is known when the program runs, and gausstack's views of it.

#![expect(unsafe_code, reason = "bytes become elements here; nothing else in this crate does so")]

use std::fmt;

use gausstack::{AnyView, AnyViewMut, Element, ElementType};

use crate::error::Error;

/// Bytes that begin on a boundary of any element.
///
/// ```
/// use gausstack::ElementType;
/// use gausstack_io::memory::{Memory, view};
///
/// let memory = Memory::zeros(24).ok_or("no memory")?;
/// let image = view(memory.bytes(), &[3, 4], &[8, 2], ElementType::U16)?;
/// assert_eq!(image.shape(), [3, 4]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Memory {
    words: Vec<u64>,
    len: usize,
}

impl Memory {
    /// Untouched zeros: a page lies near the thread that writes to it first. `None` without enough
    /// memory.
    #[must_use]
    pub fn zeros(len: usize) -> Option<Self> {
        let words = len.div_ceil(size_of::<u64>());
        // Checked first: `vec!` would abort the process without memory.
        Vec::<u64>::new().try_reserve_exact(words).ok()?;
        Some(Self { words: vec![0; words], len })
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: `len` bytes lie within the words, which are borrowed for as long.
        unsafe { std::slice::from_raw_parts(self.words.as_ptr().cast(), self.len) }
    }

    /// The bytes, to write to.
    #[must_use]
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`, and the words are borrowed mutably; any bytes are words.
        unsafe { std::slice::from_raw_parts_mut(self.words.as_mut_ptr().cast(), self.len) }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("len", &self.len).finish_non_exhaustive()
    }
}

/// A view of elements in some bytes, with strides in bytes.
///
/// # Errors
/// [`Error::Bytes`] if an element lies outside of the bytes or off its boundary, or a bool is
/// neither 0 nor 1.
pub fn view<'a>(
    bytes: &'a [u8],
    shape: &[usize],
    strides: &[usize],
    element: ElementType,
) -> Result<AnyView<'a>, Error> {
    check(bytes, shape, strides, element).map_err(misfit(bytes.len(), shape, element))?;
    // SAFETY: as was just checked, every element lies in the bytes, which are borrowed for as long,
    // and on its boundary; any bytes are numbers, and bools are 0 or 1.
    Ok(unsafe { AnyView::from_raw_parts(bytes.as_ptr(), shape, &signed(strides), element) })
}

/// A view to write to elements in some bytes.
///
/// # Errors
/// As [`view`], and if two elements could overlap.
pub fn view_mut<'a>(
    bytes: &'a mut [u8],
    shape: &[usize],
    strides: &[usize],
    element: ElementType,
) -> Result<AnyViewMut<'a>, Error> {
    let misfit = misfit(bytes.len(), shape, element);
    check(bytes, shape, strides, element).map_err(&misfit)?;
    let mut axes: Vec<_> = shape.iter().zip(strides).filter(|(len, _)| **len > 1).collect();
    axes.sort_by_key(|(_, stride)| **stride);
    let mut reach = element.size();
    for (len, stride) in axes {
        if *stride < reach && !shape.contains(&0) {
            return Err(misfit("two elements could overlap"));
        }
        // Of an array without elements the other axes may be of any length.
        reach = stride.saturating_mul(*len);
    }
    // SAFETY: as in `view`; the bytes are borrowed mutably, and each axis steps over all elements
    // of the axes with shorter steps.
    Ok(unsafe { AnyViewMut::from_raw_parts(bytes.as_mut_ptr(), shape, &signed(strides), element) })
}

/// Bytes as elements of a type; those behind the last whole one are left out. `None` if they do not
/// begin on an element's boundary, or a bool is neither 0 nor 1.
///
/// ```
/// use gausstack_io::memory::{Memory, elements};
///
/// let memory = Memory::zeros(12).ok_or("no memory")?;
/// assert_eq!(elements::<f32>(memory.bytes()), Some(&[0.0; 3][..]));
/// assert_eq!(elements::<f32>(&memory.bytes()[1..]), None);
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn elements<T: Element>(bytes: &[u8]) -> Option<&[T]> {
    if !are_values(bytes, T::TYPE) {
        return None;
    }
    // SAFETY: `Element` is a sealed trait of numbers, which any bytes are, and of bool, whose bytes
    // were just checked.
    let (before, elements, _) = unsafe { bytes.align_to() };
    before.is_empty().then_some(elements)
}

/// As [`elements`], to write to.
#[must_use]
pub fn elements_mut<T: Element>(bytes: &mut [u8]) -> Option<&mut [T]> {
    if !are_values(bytes, T::TYPE) {
        return None;
    }
    // SAFETY: as in `elements`; and any elements are bytes.
    let (before, elements, _) = unsafe { bytes.align_to_mut() };
    before.is_empty().then_some(elements)
}

/// Whether all bytes are values of a type.
fn are_values(bytes: &[u8], element: ElementType) -> bool {
    element != ElementType::Bool || bytes.iter().all(|&byte| byte <= 1)
}

fn check(
    bytes: &[u8],
    shape: &[usize],
    strides: &[usize],
    element: ElementType,
) -> Result<(), &'static str> {
    let size = element.size();
    if shape.len() != strides.len() {
        return Err("there is not one stride for each axis");
    }
    if !bytes.as_ptr().addr().is_multiple_of(size) {
        return Err("elements begin off their boundary");
    }
    if !shape.contains(&0) {
        if !strides.iter().all(|stride| stride.is_multiple_of(size)) {
            return Err("a stride is not one of whole elements");
        }
        let end = shape.iter().zip(strides).try_fold(size, |end: usize, (len, stride)| {
            end.checked_add((len - 1).checked_mul(*stride)?)
        });
        if end.is_none_or(|end| end > bytes.len()) {
            return Err("an element lies outside");
        }
    }
    if are_values(bytes, element) { Ok(()) } else { Err("a bool is neither 0 nor 1") }
}

/// Makes the error of a reason.
fn misfit(
    len: usize,
    shape: &[usize],
    element: ElementType,
) -> impl Fn(&'static str) -> Error + use<> {
    let shape = shape.to_vec();
    move |reason| Error::Bytes { shape: shape.clone(), element, len, reason }
}

fn signed(strides: &[usize]) -> Vec<isize> {
    strides.iter().map(|&stride| stride as isize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_stay_within_their_bytes() {
        let mut memory = Memory::zeros(24).unwrap();
        assert_eq!(memory.bytes(), [0; 24]);
        let view_of = |shape: &[usize], strides: &[usize]| {
            view(memory.bytes(), shape, strides, ElementType::U16).map(|view| view.shape().to_vec())
        };
        assert_eq!(view_of(&[3, 4], &[8, 2]).unwrap(), [3, 4]);
        assert_eq!(view_of(&[3, 2], &[8, 4]).unwrap(), [3, 2]);
        assert_eq!(view_of(&[1 << 40, 0], &[2, 2]).unwrap(), [1 << 40, 0]);
        let wrong = [
            (&[3, 5][..], &[8, 2][..], "outside"),
            (&[3, 4], &[9, 2], "whole elements"),
            (&[2, 1 << 62], &[2, 1 << 62], "outside"),
            (&[3, 4], &[2], "one stride for each axis"),
        ];
        for (shape, strides, reason) in wrong {
            let error = view_of(shape, strides).unwrap_err().to_string();
            assert!(error.contains(reason) && error.contains("24 bytes"), "{error}");
        }
        let off = &memory.bytes()[1..];
        assert!(view(off, &[2], &[2], ElementType::U16).is_err());
        assert_eq!(elements::<u16>(off), None);
        let mut write = |strides: [usize; 2]| {
            view_mut(memory.bytes_mut(), &[3, 4], &strides, ElementType::U16).is_ok()
        };
        assert!(write([8, 2]) && write([2, 6]));
        assert!(!write([6, 2]) && !write([0, 2]));
    }

    #[test]
    fn bools_are_0_or_1() {
        for (mut bytes, are) in [([0, 1], true), ([0, 2], false)] {
            assert_eq!(view(&bytes, &[2], &[1], ElementType::Bool).is_ok(), are);
            assert_eq!(elements::<bool>(&bytes), are.then_some(&[false, true][..]));
            assert_eq!(elements_mut::<bool>(&mut bytes).is_some(), are);
        }
    }

    #[test]
    fn floats_are_their_bytes() {
        let mut memory = Memory::zeros(10).unwrap();
        elements_mut::<f32>(memory.bytes_mut()).unwrap()[1] = 1.5;
        assert_eq!(elements::<f32>(memory.bytes()), Some(&[0.0, 1.5][..]));
        assert_eq!(memory.bytes()[4..8], 1.5_f32.to_ne_bytes());
    }
}
