//! Fresh memory for whole arrays, which nothing has touched yet: a page lies near the thread that
//! writes to it first, and large memory is on huge pages where the system has them.

use std::alloc::Layout;
use std::mem::MaybeUninit;

use crate::buffer::ReserveError;
use crate::element::Element;
use crate::huge_pages::request_huge_pages;

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
    request_huge_pages(&mut zeros);
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
    request_huge_pages(&mut elements);
    Ok(elements)
}
