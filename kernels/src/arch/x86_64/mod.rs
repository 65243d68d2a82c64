//! AVX2 and AVX-512 on `std::arch`.

mod avx2;
mod avx512;
mod integers;

/// Implements `Simd<$float>` for a token, from the names of its intrinsics and of functions for
/// what the levels do differently: partial vectors, reversal, transposes.
macro_rules! simd {
    (
        $token:ty, $float:ty, $vec:ty, $lanes:literal,
        $set1:ident, $add:ident, $sub:ident, $mul:ident, $div:ident, $fmadd:ident, $fmsub:ident, $sqrt:ident,
        $at_least:ident,
        $loadu:ident, $storeu:ident, $stream:ident,
        $load_first:ident, $store_first:ident, $reverse:ident, $transpose:ident
        $(, $slide:ident)?
    ) => {
        // SAFETY: the token is the proof that the CPU has the instructions.
        unsafe impl Simd<$float> for $token {
            type V = $vec;
            type Tile = [$vec; $lanes];
            const LANES: usize = $lanes;

            #[inline(always)]
            fn splat(self, value: $float) -> $vec {
                // SAFETY: the token.
                unsafe { $set1(value) }
            }
            #[inline(always)]
            fn tile(self) -> Self::Tile {
                [Simd::<$float>::splat(self, 0.0); $lanes]
            }
            #[inline(always)]
            fn add(self, a: $vec, b: $vec) -> $vec {
                // SAFETY: the token.
                unsafe { $add(a, b) }
            }
            #[inline(always)]
            fn sub(self, a: $vec, b: $vec) -> $vec {
                // SAFETY: the token.
                unsafe { $sub(a, b) }
            }
            #[inline(always)]
            fn mul(self, a: $vec, b: $vec) -> $vec {
                // SAFETY: the token.
                unsafe { $mul(a, b) }
            }
            #[inline(always)]
            fn div(self, a: $vec, b: $vec) -> $vec {
                // SAFETY: the token.
                unsafe { $div(a, b) }
            }
            #[inline(always)]
            fn mul_add(self, a: $vec, b: $vec, c: $vec) -> $vec {
                // SAFETY: the token.
                unsafe { $fmadd(a, b, c) }
            }
            #[inline(always)]
            fn mul_sub(self, a: $vec, b: $vec, c: $vec) -> $vec {
                // SAFETY: the token.
                unsafe { $fmsub(a, b, c) }
            }
            #[inline(always)]
            fn sqrt(self, v: $vec) -> $vec {
                // SAFETY: the token.
                unsafe { $sqrt(v) }
            }
            #[inline(always)]
            fn at_least(self, a: $vec, b: $vec, then: $vec, other: $vec) -> $vec {
                // SAFETY: the token.
                unsafe { $at_least(a, b, then, other) }
            }
            #[inline(always)]
            fn reverse(self, v: $vec) -> $vec {
                // SAFETY: the token.
                unsafe { $reverse(v) }
            }
            #[inline(always)]
            fn transpose(self, tile: Self::Tile) -> Self::Tile {
                // SAFETY: the token.
                unsafe { $transpose(tile) }
            }
            #[inline(always)]
            unsafe fn load(self, p: *const $float) -> $vec {
                // SAFETY: the token; the caller's word for the memory.
                unsafe { $loadu(p) }
            }
            #[inline(always)]
            unsafe fn load_first(self, p: *const $float, n: usize) -> $vec {
                // SAFETY: the token; the caller's word for the memory.
                unsafe { $load_first(p, n) }
            }
            #[inline(always)]
            unsafe fn store(self, v: $vec, p: *mut $float) {
                // SAFETY: the token; the caller's word for the memory.
                unsafe { $storeu(p, v) }
            }
            #[inline(always)]
            unsafe fn store_first(self, v: $vec, p: *mut $float, n: usize) {
                // SAFETY: the token; the caller's word for the memory.
                unsafe { $store_first(v, p, n) }
            }
            #[inline(always)]
            unsafe fn stream(self, v: $vec, p: *mut $float) {
                // SAFETY: the token; the caller's word for the memory and its alignment.
                unsafe { $stream(p, v) }
            }
            #[inline(always)]
            fn prefetch(self, p: *const u8) {
                // SAFETY: SSE is part of x86-64; a prefetch of any address is harmless.
                unsafe { _mm_prefetch::<_MM_HINT_T0>(p.cast()) }
            }
            $(
                #[inline(always)]
                unsafe fn beside<const LOADED: isize>(
                    self,
                    p: *const $float,
                    distance: isize,
                    near: &[$vec],
                    own: usize,
                ) -> $vec {
                    let lanes = distance.rem_euclid($lanes) as usize;
                    let first = own.wrapping_add_signed(distance.div_euclid($lanes));
                    if lanes == 0 {
                        near[first]
                    } else if distance % LOADED == 0 {
                        // SAFETY: the token; the caller's word for the memory.
                        unsafe { $loadu(p.offset(distance)) }
                    } else {
                        // SAFETY: the token.
                        unsafe { $slide(near[first], near[first + 1], lanes) }
                    }
                }
            )?
        }
    };
}

/// Implements loads and stores of f32 in memory as vectors of f64: half a vector of f32 each.
macro_rules! halves {
    (
        $token:ty, $vec:ty, $widen:ident, $narrow:ident,
        $loadu:ident, $storeu:ident, $stream:ident, $load_first:ident, $store_first:ident
    ) => {
        // SAFETY: the token is the proof that the CPU has the instructions.
        unsafe impl Load<f32, f64> for $token {
            #[inline(always)]
            unsafe fn load_as(self, p: *const f32) -> $vec {
                // SAFETY: the token; the caller's word for the memory.
                unsafe { $widen($loadu(p)) }
            }
            #[inline(always)]
            unsafe fn load_first_as(self, p: *const f32, n: usize) -> $vec {
                // SAFETY: the token; the caller's word for the memory.
                unsafe { $widen($load_first(p, n)) }
            }
        }

        // SAFETY: the token is the proof that the CPU has the instructions.
        unsafe impl Store<f32, f64, Nearest> for $token {
            #[inline(always)]
            unsafe fn store_as(self, v: $vec, p: *mut f32) {
                // SAFETY: the token; the caller's word for the memory.
                unsafe { $storeu(p, $narrow(v)) }
            }
            #[inline(always)]
            unsafe fn store_first_as(self, v: $vec, p: *mut f32, n: usize) {
                // SAFETY: the token; the caller's word for the memory.
                unsafe { $store_first($narrow(v), p, n) }
            }
            #[inline(always)]
            unsafe fn stream_as(self, v: $vec, p: *mut f32) {
                // SAFETY: the token; the caller's word for the memory and its alignment.
                unsafe { $stream(p, $narrow(v)) }
            }
        }
    };
}

use {halves, simd};
