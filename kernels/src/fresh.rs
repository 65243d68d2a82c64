//! Fresh memory for whole arrays, which nothing has touched yet: a page lies near the thread that
//! writes to it first, and large memory is on huge pages where the system has them.

use std::alloc::Layout;
use std::mem::MaybeUninit;

use crate::buffer::ReserveError;
use crate::element::Element;
use crate::huge_pages;

/// A vector of zeros. Pages that are new to the process are supplied zeroed, and not written here.
///
/// # Errors
/// [`ReserveError`] when the memory cannot be reserved.
pub fn zeroed_vec<T: Element>(len: usize) -> Result<Vec<T>, ReserveError> {
    let failed = ReserveError { bytes: len.saturating_mul(size_of::<T>()) };
    let layout = Layout::array::<T>(len).map_err(|_| failed)?;
    if layout.size() == 0 {
        return Ok(Vec::new());
    }
    // SAFETY: the layout's size is not zero.
    let ptr = unsafe { std::alloc::alloc_zeroed(layout) };
    if ptr.is_null() {
        return Err(failed);
    }
    // SAFETY: allocated by the global allocator for `len` elements of `T`, all of them initialised:
    // `T` is a plain number or bool (the trait is sealed), for which zero bytes are a value.
    let mut zeros = unsafe { Vec::<T>::from_raw_parts(ptr.cast(), len, len) };
    huge_pages::request(&mut zeros);
    Ok(zeros)
}

/// A vector of elements that have no value yet. Unlike [`zeroed_vec`] it writes nothing to memory
/// that the process had before, either.
///
/// # Errors
/// [`ReserveError`] when the memory cannot be reserved.
pub fn unwritten_vec<T: Element>(len: usize) -> Result<Vec<MaybeUninit<T>>, ReserveError> {
    let mut elements = Vec::new();
    let failed = ReserveError { bytes: len.saturating_mul(size_of::<T>()) };
    elements.try_reserve_exact(len).map_err(|_| failed)?;
    // SAFETY: there is capacity for them, and elements that may be uninitialised need no value.
    unsafe { elements.set_len(len) }
    huge_pages::request(&mut elements);
    Ok(elements)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_zeros_and_lengths_exact() {
        for len in [0, 1, 1000, (2 << 20) - 1, 2 << 20, 9_000_001] {
            let zeros = zeroed_vec::<u8>(len).unwrap();
            assert!(zeros.len() == len && zeros.iter().all(|&zero| zero == 0), "{len}");
            let unwritten = unwritten_vec::<f64>(len / 8).unwrap();
            assert_eq!(unwritten.len(), len / 8);
        }
    }

    #[test]
    fn too_many_elements_are_an_error() {
        for len in [usize::MAX, usize::MAX / 8, isize::MAX as usize / 8] {
            let bytes = len.saturating_mul(8);
            assert_eq!(zeroed_vec::<u64>(len), Err(ReserveError { bytes }));
            assert_eq!(unwritten_vec::<u64>(len).unwrap_err(), ReserveError { bytes });
        }
    }
}
