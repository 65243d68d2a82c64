//! [`Simd`] on `wide`, which picks its instructions when it is compiled: SSE2 on plain x86-64, NEON
//! on AArch64, wider where the build's target flags say so.
//!
//! `f32x4`, not `f32x8`: with one register per vector the FIR's window of three rows fits in the
//! sixteen registers of SSE2. (Measured: `f32x8`, one row at a time, 65 ms for 3000 x 5000 pixels,
//! sigma 3 and 5, SSE2.)

use crate::level::Portable;
use crate::rounding::{Nearest, TowardZero};
use crate::simd::{Load, Simd, Store, one_by_one};
use wide::{f32x4, f64x2};

macro_rules! portable {
    ($float:ty, $vec:ident, $lanes:literal) => {
        // SAFETY: `wide` emits only instructions of the compilation target.
        unsafe impl Simd<$float> for Portable {
            type V = $vec;
            type Tile = [$vec; $lanes];
            const LANES: usize = $lanes;

            #[inline(always)]
            fn splat(self, value: $float) -> $vec {
                $vec::splat(value)
            }
            #[inline(always)]
            fn tile(self) -> Self::Tile {
                [$vec::splat(0.0); $lanes]
            }
            #[inline(always)]
            fn add(self, a: $vec, b: $vec) -> $vec {
                a + b
            }
            #[inline(always)]
            fn sub(self, a: $vec, b: $vec) -> $vec {
                a - b
            }
            #[inline(always)]
            fn mul(self, a: $vec, b: $vec) -> $vec {
                a * b
            }
            #[inline(always)]
            fn div(self, a: $vec, b: $vec) -> $vec {
                a / b
            }
            #[inline(always)]
            fn mul_add(self, a: $vec, b: $vec, c: $vec) -> $vec {
                a.mul_add(b, c)
            }
            #[inline(always)]
            fn mul_sub(self, a: $vec, b: $vec, c: $vec) -> $vec {
                a.mul_sub(b, c)
            }
            #[inline(always)]
            fn sqrt(self, v: $vec) -> $vec {
                v.sqrt()
            }
            #[inline(always)]
            fn at_least(self, a: $vec, b: $vec, then: $vec, other: $vec) -> $vec {
                a.simd_ge(b).select(then, other)
            }
            #[inline(always)]
            fn reverse(self, v: $vec) -> $vec {
                let mut lanes = v.to_array();
                lanes.reverse();
                $vec::new(lanes)
            }
            #[inline(always)]
            fn transpose(self, tile: Self::Tile) -> Self::Tile {
                $vec::transpose(tile)
            }
            #[inline(always)]
            unsafe fn load(self, p: *const $float) -> $vec {
                // SAFETY: the caller's; an array has the alignment of its element.
                $vec::new(unsafe { *p.cast::<[$float; $lanes]>() })
            }
            #[inline(always)]
            unsafe fn load_first(self, p: *const $float, n: usize) -> $vec {
                let mut lanes = [0.0; $lanes];
                for (lane, value) in lanes.iter_mut().enumerate().take(n) {
                    // SAFETY: lane < n, readable by the caller's word.
                    *value = unsafe { *p.add(lane) };
                }
                $vec::new(lanes)
            }
            #[inline(always)]
            unsafe fn store(self, v: $vec, p: *mut $float) {
                // SAFETY: the caller's; an array has the alignment of its element.
                unsafe { *p.cast::<[$float; $lanes]>() = v.to_array() }
            }
            #[inline(always)]
            unsafe fn store_first(self, v: $vec, p: *mut $float, n: usize) {
                for (lane, value) in v.to_array().into_iter().enumerate().take(n) {
                    // SAFETY: lane < n, writable by the caller's word.
                    unsafe { *p.add(lane) = value }
                }
            }
            #[inline(always)]
            unsafe fn stream(self, v: $vec, p: *mut $float) {
                // SAFETY: the caller's. `wide` has no non-temporal store.
                unsafe { Simd::<$float>::store(self, v, p) }
            }
            #[inline(always)]
            fn prefetch(self, _: *const u8) {}
        }
    };
}

portable!(f32, f32x4, 4);
portable!(f64, f64x2, 2);

one_by_one! {
    Portable;
    load f32 => f64, u8 => f32, i8 => f32, u16 => f32, i16 => f32, u8 => f64, i8 => f64, u16 => f64, i16 => f64,
        u32 => f64, i32 => f64, u64 => f64, i64 => f64, bool => f64;
    store f32, Nearest, f64; u8, Nearest, f32; i8, Nearest, f32; u16, Nearest, f32; i16, Nearest, f32;
        u8, Nearest, f64; i8, Nearest, f64; u16, Nearest, f64; i16, Nearest, f64; u32, Nearest, f64; i32, Nearest, f64;
        u64, Nearest, f64; i64, Nearest, f64; bool, Nearest, f64;
        u8, TowardZero, f64; i8, TowardZero, f64; u16, TowardZero, f64; i16, TowardZero, f64;
        u32, TowardZero, f64; i32, TowardZero, f64; u64, TowardZero, f64; i64, TowardZero, f64; bool, TowardZero, f64
}
