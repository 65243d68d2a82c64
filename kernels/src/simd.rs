//! The vector operations in use, and nothing else.

use crate::level::Portable;
#[cfg(target_arch = "x86_64")]
use crate::level::{Avx2, Avx512};
use crate::rounding::{Cast, Narrow, Nearest};

/// One instruction level's vectors of `A` (f32 or f64).
///
/// # Safety
/// A value of an implementing type may exist only where the CPU has every instruction that its
/// methods use. Each method states what its pointers must point to. Every method must be
/// `#[inline(always)]`: it has the instructions of the gate it is inlined into and no others.
pub(crate) unsafe trait Simd<A: Copy>: Copy {
    /// A vector.
    type V: Copy;
    /// `LANES` vectors: the square that a transpose works on.
    type Tile: Copy + AsMut<[Self::V]> + AsRef<[Self::V]>;
    /// Elements of a vector.
    const LANES: usize;

    fn splat(self, value: A) -> Self::V;
    fn tile(self) -> Self::Tile;
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    fn div(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a * b + c`, rounded once where [`Level::fuses`](crate::Level::fuses) holds.
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// `a * b - c`, rounded once where [`Level::fuses`](crate::Level::fuses) holds.
    fn mul_sub(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    fn sqrt(self, v: Self::V) -> Self::V;
    /// `then` where `a >= b`, `other` where it is less or either is NaN.
    fn at_least(self, a: Self::V, b: Self::V, then: Self::V, other: Self::V) -> Self::V;
    /// The lanes in reverse order.
    fn reverse(self, v: Self::V) -> Self::V;
    /// Lane `j` of vector `i` becomes lane `i` of vector `j`.
    fn transpose(self, tile: Self::Tile) -> Self::Tile;

    /// # Safety
    /// `LANES` elements are readable at `p`; any alignment.
    unsafe fn load(self, p: *const A) -> Self::V;
    /// The first `n < LANES` lanes from memory, zeros above.
    ///
    /// # Safety
    /// `n` elements are readable at `p`.
    unsafe fn load_first(self, p: *const A, n: usize) -> Self::V;
    /// # Safety
    /// `LANES` elements are writable at `p`; any alignment.
    unsafe fn store(self, v: Self::V, p: *mut A);
    /// # Safety
    /// `n < LANES` elements are writable at `p`.
    unsafe fn store_first(self, v: Self::V, p: *mut A, n: usize);
    /// A non-temporal store where the level has one; a fence must follow before other threads read.
    ///
    /// # Safety
    /// `LANES` elements are writable at `p`, which is aligned to the vector.
    unsafe fn stream(self, v: Self::V, p: *mut A);
    /// The vector at `p + distance`: loaded, or shuffled out of `near`, consecutive vectors of
    /// which `near[own]` is the one at `p`. A level that shuffles loads every distance that
    /// `LOADED` divides.
    ///
    /// # Safety
    /// `LANES` elements are readable at `p + distance`, and `near` has the vectors that they are
    /// in; any alignment.
    #[inline(always)]
    unsafe fn beside<const LOADED: isize>(
        self,
        p: *const A,
        distance: isize,
        _near: &[Self::V],
        _own: usize,
    ) -> Self::V {
        // SAFETY: the caller's.
        unsafe { self.load(p.offset(distance)) }
    }
    /// Prefetches a cache line; any address will do.
    fn prefetch(self, p: *const u8);
}

/// Elements of the widest vector.
pub(crate) const MAX_LANES: usize = 16;

/// Loads elements one by one, with zeros behind them.
///
/// # Safety
/// `n <= MAX_LANES` elements are readable at `p`.
#[inline(always)]
unsafe fn cast_lanes<E: Cast<A>, A: Copy + Default>(p: *const E, n: usize) -> [A; MAX_LANES] {
    let mut lanes = [A::default(); MAX_LANES];
    for (lane, value) in lanes.iter_mut().enumerate().take(n) {
        // SAFETY: lane < n, which the caller guarantees readable.
        *value = unsafe { *p.add(lane) }.cast();
    }
    lanes
}

/// Stores the first `n` numbers as elements, one by one.
///
/// # Safety
/// `n` elements are writable at `p`.
#[inline(always)]
unsafe fn narrow_lanes<E, A: Narrow<E, R>, R>(lanes: [A; MAX_LANES], n: usize, p: *mut E) {
    for (lane, value) in lanes.into_iter().enumerate().take(n) {
        // SAFETY: lane < n, which the caller guarantees writable.
        unsafe { *p.add(lane) = value.narrow() }
    }
}

/// Vectors of `A` loaded from elements `E` in memory.
///
/// # Safety
/// As [`Simd`].
pub(crate) unsafe trait Load<E, A>: Simd<A>
where
    E: Cast<A>,
    A: Copy + Default,
{
    /// # Safety
    /// `LANES` elements are readable at `p`; any alignment.
    #[inline(always)]
    unsafe fn load_as(self, p: *const E) -> Self::V {
        // SAFETY: the caller's; LANES <= MAX_LANES.
        unsafe { self.load(cast_lanes::<E, A>(p, Self::LANES).as_ptr()) }
    }
    /// The first `n` lanes from memory, zeros above.
    ///
    /// # Safety
    /// `n < LANES` elements are readable at `p`.
    #[inline(always)]
    unsafe fn load_first_as(self, p: *const E, n: usize) -> Self::V {
        // SAFETY: the caller's; LANES <= MAX_LANES.
        unsafe { self.load(cast_lanes::<E, A>(p, n).as_ptr()) }
    }
}

/// Vectors of `A` stored to elements `E` in memory, rounded by `R`.
///
/// # Safety
/// As [`Simd`].
pub(crate) unsafe trait Store<E, A, R>: Simd<A>
where
    E: Copy,
    A: Copy + Default + Narrow<E, R>,
{
    /// # Safety
    /// `LANES` elements are writable at `p`; any alignment.
    #[inline(always)]
    unsafe fn store_as(self, v: Self::V, p: *mut E) {
        let mut lanes = [A::default(); MAX_LANES];
        // SAFETY: LANES <= MAX_LANES; the caller's.
        unsafe {
            self.store(v, lanes.as_mut_ptr());
            narrow_lanes(lanes, Self::LANES, p);
        }
    }
    /// # Safety
    /// `n < LANES` elements are writable at `p`.
    #[inline(always)]
    unsafe fn store_first_as(self, v: Self::V, p: *mut E, n: usize) {
        let mut lanes = [A::default(); MAX_LANES];
        // SAFETY: LANES <= MAX_LANES; the caller's.
        unsafe {
            self.store(v, lanes.as_mut_ptr());
            narrow_lanes(lanes, n, p);
        }
    }
    /// # Safety
    /// `LANES` elements are writable at `p`, which is aligned to `LANES` elements.
    #[inline(always)]
    unsafe fn stream_as(self, v: Self::V, p: *mut E) {
        // SAFETY: the caller's.
        unsafe { self.store_as(v, p) }
    }
}

/// Loads and stores of elements that are the numbers of the arithmetic.
macro_rules! same {
    ($($token:ty: $($float:ty),*;)*) => {$($(
        // SAFETY: forwards to `Simd`, whose contracts are the same.
        unsafe impl Load<$float, $float> for $token {
            #[inline(always)]
            unsafe fn load_as(self, p: *const $float) -> <Self as Simd<$float>>::V {
                // SAFETY: the caller's.
                unsafe { self.load(p) }
            }
            #[inline(always)]
            unsafe fn load_first_as(
                self,
                p: *const $float,
                n: usize,
            ) -> <Self as Simd<$float>>::V {
                // SAFETY: the caller's.
                unsafe { self.load_first(p, n) }
            }
        }

        // SAFETY: forwards to `Simd`, whose contracts are the same.
        unsafe impl Store<$float, $float, Nearest> for $token {
            #[inline(always)]
            unsafe fn store_as(self, v: <Self as Simd<$float>>::V, p: *mut $float) {
                // SAFETY: the caller's.
                unsafe { self.store(v, p) }
            }
            #[inline(always)]
            unsafe fn store_first_as(
                self,
                v: <Self as Simd<$float>>::V,
                p: *mut $float,
                n: usize,
            ) {
                // SAFETY: the caller's.
                unsafe { self.store_first(v, p, n) }
            }
            #[inline(always)]
            unsafe fn stream_as(self, v: <Self as Simd<$float>>::V, p: *mut $float) {
                // SAFETY: the caller's.
                unsafe { self.stream(v, p) }
            }
        }
    )*)*};
}
same! {
    Portable: f32, f64;
}
#[cfg(target_arch = "x86_64")]
same! {
    Avx2: f32, f64;
    Avx512: f32, f64;
}

/// Loads and stores of elements that are converted one by one.
macro_rules! one_by_one {
    ($token:ty; load $($in:ty => $in_float:ty),*; store $($out:ty, $rounding:ty, $out_float:ty);*) => {
        $(
            // SAFETY: the defaults ask no more of the level than `Simd` does.
            unsafe impl Load<$in, $in_float> for $token {}
        )*
        $(
            // SAFETY: the defaults ask no more of the level than `Simd` does.
            unsafe impl Store<$out, $out_float, $rounding> for $token {}
        )*
    };
}
pub(crate) use one_by_one;
