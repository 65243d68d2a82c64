//! [`Simd`] on `wide`, which picks its instructions when it is compiled: SSE2 on plain x86-64, NEON
//! on AArch64, wider where the build's target flags say so.
//!
//! `f32x4`, not `f32x8`: one register a value leaves room for the FIR's window of three rows in the
//! sixteen that SSE2 has. (With two registers a value and one row at a time the seed's slice took 65 ms.)

use crate::level::Portable;
use crate::simd::{Convert, Simd};
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
            fn mul_add(self, a: $vec, b: $vec, c: $vec) -> $vec {
                a.mul_add(b, c)
            }
            #[inline(always)]
            fn mul_sub(self, a: $vec, b: $vec, c: $vec) -> $vec {
                a.mul_sub(b, c)
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

// SAFETY: as `Simd<f64>`; the two lanes are converted one by one.
unsafe impl Convert<f32, f64> for Portable {
    #[inline(always)]
    unsafe fn load_as(self, p: *const f32) -> f64x2 {
        // SAFETY: the caller's.
        f64x2::new(unsafe { *p.cast::<[f32; 2]>() }.map(f64::from))
    }
    #[inline(always)]
    unsafe fn load_first_as(self, p: *const f32, n: usize) -> f64x2 {
        let mut lanes = [0.0; 2];
        for (lane, value) in lanes.iter_mut().enumerate().take(n) {
            // SAFETY: lane < n, readable by the caller's word.
            *value = f64::from(unsafe { *p.add(lane) });
        }
        f64x2::new(lanes)
    }
    #[inline(always)]
    unsafe fn store_as(self, v: f64x2, p: *mut f32) {
        // SAFETY: the caller's.
        unsafe { *p.cast::<[f32; 2]>() = v.to_array().map(|x| x as f32) }
    }
    #[inline(always)]
    unsafe fn store_first_as(self, v: f64x2, p: *mut f32, n: usize) {
        for (lane, value) in v.to_array().into_iter().enumerate().take(n) {
            // SAFETY: lane < n, writable by the caller's word.
            unsafe { *p.add(lane) = value as f32 }
        }
    }
    #[inline(always)]
    unsafe fn stream_as(self, v: f64x2, p: *mut f32) {
        // SAFETY: the caller's.
        unsafe { Convert::<f32, f64>::store_as(self, v, p) }
    }
    #[inline(always)]
    fn round_as(self, v: f64x2) -> f64x2 {
        f64x2::new(v.to_array().map(|x| f64::from(x as f32)))
    }
}
