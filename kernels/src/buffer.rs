//! Scratch memory on cache-line boundaries.

use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::element::Arithmetic;

/// Bytes of a cache line on every x86-64 and most AArch64 cores; also the largest vector here.
pub const CACHE_LINE: usize = 64;

/// The error of a reservation of memory that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReserveError {
    /// The size of the reservation.
    pub bytes: usize,
}

impl fmt::Display for ReserveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not reserve {} bytes", self.bytes)
    }
}

impl std::error::Error for ReserveError {}

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct CacheLine([u8; CACHE_LINE]);

/// A slice of numbers, zero at first, that starts on a cache line.
#[derive(Debug)]
pub struct AlignedBuffer<A> {
    lines: Vec<CacheLine>,
    len: usize,
    element: std::marker::PhantomData<A>,
}

impl fmt::Debug for CacheLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CacheLine")
    }
}

impl<A> Default for AlignedBuffer<A> {
    /// An empty buffer.
    fn default() -> Self {
        Self { lines: Vec::new(), len: 0, element: std::marker::PhantomData }
    }
}

impl<A: Arithmetic> AlignedBuffer<A> {
    /// A buffer of `len` zeros.
    ///
    /// # Errors
    /// [`ReserveError`] when the memory cannot be reserved.
    pub fn zeroed(len: usize) -> Result<Self, ReserveError> {
        let bytes = len.checked_mul(size_of::<A>()).ok_or(ReserveError { bytes: usize::MAX })?;
        let count = bytes.div_ceil(CACHE_LINE);
        let mut lines = Vec::new();
        lines.try_reserve_exact(count).map_err(|_| ReserveError { bytes })?;
        lines.resize(count, CacheLine([0; CACHE_LINE]));
        Ok(Self { lines, len, element: std::marker::PhantomData })
    }

    /// Bytes that [`AlignedBuffer::zeroed`] reserves for `len` elements.
    #[must_use]
    pub fn bytes(len: usize) -> usize {
        len.saturating_mul(size_of::<A>()).div_ceil(CACHE_LINE).saturating_mul(CACHE_LINE)
    }
}

impl<A: Arithmetic> Deref for AlignedBuffer<A> {
    type Target = [A];

    fn deref(&self) -> &[A] {
        // SAFETY: `lines` holds at least `len` initialised elements. `A` is f32 or f64 (the trait
        // is sealed): any bytes are a value, and its alignment divides a cache line's.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }
}

impl<A: Arithmetic> DerefMut for AlignedBuffer<A> {
    fn deref_mut(&mut self) -> &mut [A] {
        // SAFETY: as in `deref`, and `self` is borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len) }
    }
}
