//! The vector operations in use, and nothing else.

/// One instruction level's vectors of `A` (f32 or f64).
///
/// # Safety
/// A value of an implementing type may exist only where every instruction its methods use is there;
/// pointers' contracts are on each method. Every method must be `#[inline(always)]`: it has the
/// instructions of the gate it is inlined into and no others.
pub(crate) unsafe trait Simd<A: Copy>: Copy {
    /// A vector.
    type V: Copy;
    /// `LANES` vectors: what a transpose turns.
    type Tile: Copy + AsMut<[Self::V]> + AsRef<[Self::V]>;
    /// Elements of a vector.
    const LANES: usize;

    fn splat(self, value: A) -> Self::V;
    fn tile(self) -> Self::Tile;
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a * b + c`, rounded once where [`Level::fuses`](crate::Level::fuses).
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// `a * b - c`, rounded once where [`Level::fuses`](crate::Level::fuses).
    fn mul_sub(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// The lanes in opposite order.
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
    /// A non-temporal store where the level has one; a fence must follow before others look.
    ///
    /// # Safety
    /// `LANES` elements are writable at `p`, which is aligned to the vector.
    unsafe fn stream(self, v: Self::V, p: *mut A);
    /// The vector `distance` elements on from `p`: loaded, or made of `near`, the vectors about it, of which `near[own]` is
    /// at `p`.
    ///
    /// # Safety
    /// `LANES` elements are readable at `p + distance`, and `near` has the vectors that they are in; any alignment.
    #[inline(always)]
    unsafe fn beside(
        self,
        p: *const A,
        distance: isize,
        _near: &[Self::V],
        _own: usize,
    ) -> Self::V {
        // SAFETY: the caller's.
        unsafe { self.load(p.offset(distance)) }
    }
    /// Asks for a cache line; any address will do.
    fn prefetch(self, p: *const u8);
}

/// Vectors of `A` loaded from and stored to elements `E` in memory.
///
/// # Safety
/// As [`Simd`].
pub(crate) unsafe trait Convert<E: Copy, A: Copy>: Simd<A> {
    /// # Safety
    /// `LANES` elements are readable at `p`; any alignment.
    unsafe fn load_as(self, p: *const E) -> Self::V;
    /// # Safety
    /// `n < LANES` elements are readable at `p`.
    unsafe fn load_first_as(self, p: *const E, n: usize) -> Self::V;
    /// # Safety
    /// `LANES` elements are writable at `p`; any alignment.
    unsafe fn store_as(self, v: Self::V, p: *mut E);
    /// # Safety
    /// `n < LANES` elements are writable at `p`.
    unsafe fn store_first_as(self, v: Self::V, p: *mut E, n: usize);
    /// # Safety
    /// `LANES` elements are writable at `p`, which is aligned to `LANES` elements.
    unsafe fn stream_as(self, v: Self::V, p: *mut E);
    /// The value that would be read back after a store.
    fn round_as(self, v: Self::V) -> Self::V;
}

// SAFETY: forwards to `Simd`, whose contracts are the same for `E = A`.
unsafe impl<A: Copy, S: Simd<A>> Convert<A, A> for S {
    #[inline(always)]
    unsafe fn load_as(self, p: *const A) -> S::V {
        // SAFETY: the caller's.
        unsafe { self.load(p) }
    }
    #[inline(always)]
    unsafe fn load_first_as(self, p: *const A, n: usize) -> S::V {
        // SAFETY: the caller's.
        unsafe { self.load_first(p, n) }
    }
    #[inline(always)]
    unsafe fn store_as(self, v: S::V, p: *mut A) {
        // SAFETY: the caller's.
        unsafe { self.store(v, p) }
    }
    #[inline(always)]
    unsafe fn store_first_as(self, v: S::V, p: *mut A, n: usize) {
        // SAFETY: the caller's.
        unsafe { self.store_first(v, p, n) }
    }
    #[inline(always)]
    unsafe fn stream_as(self, v: S::V, p: *mut A) {
        // SAFETY: the caller's.
        unsafe { self.stream(v, p) }
    }
    #[inline(always)]
    fn round_as(self, v: S::V) -> S::V {
        v
    }
}
