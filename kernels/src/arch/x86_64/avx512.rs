//! AVX-512F: 512-bit vectors, partial vectors by mask.

use std::arch::x86_64::*;

use super::{halves, simd};
use crate::level::Avx512;
use crate::rounding::Nearest;
use crate::simd::{Load, Simd, Store};

simd!(
    Avx512,
    f32,
    __m512,
    16,
    _mm512_set1_ps,
    _mm512_add_ps,
    _mm512_sub_ps,
    _mm512_mul_ps,
    _mm512_div_ps,
    _mm512_fmadd_ps,
    _mm512_fmsub_ps,
    _mm512_sqrt_ps,
    at_least_f32,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_stream_ps,
    load_first_f32,
    store_first_f32,
    reverse_f32,
    transpose_f32,
    slide_f32
);
simd!(
    Avx512,
    f64,
    __m512d,
    8,
    _mm512_set1_pd,
    _mm512_add_pd,
    _mm512_sub_pd,
    _mm512_mul_pd,
    _mm512_div_pd,
    _mm512_fmadd_pd,
    _mm512_fmsub_pd,
    _mm512_sqrt_pd,
    at_least_f64,
    _mm512_loadu_pd,
    _mm512_storeu_pd,
    _mm512_stream_pd,
    load_first_f64,
    store_first_f64,
    reverse_f64,
    transpose_f64,
    slide_f64
);
halves!(
    Avx512,
    __m512d,
    _mm512_cvtps_pd,
    _mm512_cvtpd_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_stream_ps,
    load_first_half,
    store_first_half
);

macro_rules! at_least {
    ($name:ident, $vec:ty, $compare:ident, $blend:ident) => {
        /// # Safety
        /// The CPU has AVX-512F.
        #[inline(always)]
        unsafe fn $name(a: $vec, b: $vec, then: $vec, other: $vec) -> $vec {
            // SAFETY: the caller's.
            unsafe { $blend($compare::<_CMP_GE_OQ>(a, b), other, then) }
        }
    };
}
at_least!(at_least_f32, __m512, _mm512_cmp_ps_mask, _mm512_mask_blend_ps);
at_least!(at_least_f64, __m512d, _mm512_cmp_pd_mask, _mm512_mask_blend_pd);

macro_rules! slide {
    ($name:ident, $vec:ty, $whole:ident, $part:ident, $align:ident; $($n:literal)*) => {
        /// Lanes `n ..` of `a`, then the first `n` of `b`. `n` is less than the lanes, and a
        /// constant once this is inlined.
        ///
        /// # Safety
        /// AVX-512F.
        #[inline(always)]
        unsafe fn $name(a: $vec, b: $vec, n: usize) -> $vec {
            // SAFETY: the caller's.
            unsafe {
                let (a, b) = ($whole(a), $whole(b));
                $part(match n {
                    $($n => $align::<$n>(b, a),)*
                    _ => a,
                })
            }
        }
    };
}

slide!(slide_f32, __m512, _mm512_castps_si512, _mm512_castsi512_ps, _mm512_alignr_epi32;
    1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
slide!(slide_f64, __m512d, _mm512_castpd_si512, _mm512_castsi512_pd, _mm512_alignr_epi64;
    1 2 3 4 5 6 7);

/// # Safety
/// AVX-512F; `n < 16` elements are readable at `p`.
#[inline(always)]
unsafe fn load_first_f32(p: *const f32, n: usize) -> __m512 {
    // SAFETY: the caller's; lanes outside the mask are not accessed.
    unsafe { _mm512_maskz_loadu_ps(((1_u32 << n) - 1) as __mmask16, p) }
}

/// # Safety
/// AVX-512F; `n < 16` elements are writable at `p`.
#[inline(always)]
unsafe fn store_first_f32(v: __m512, p: *mut f32, n: usize) {
    // SAFETY: the caller's; lanes outside the mask are not accessed.
    unsafe { _mm512_mask_storeu_ps(p, ((1_u32 << n) - 1) as __mmask16, v) }
}

/// # Safety
/// AVX-512F; `n < 8` elements are readable at `p`.
#[inline(always)]
unsafe fn load_first_f64(p: *const f64, n: usize) -> __m512d {
    // SAFETY: the caller's; lanes outside the mask are not accessed.
    unsafe { _mm512_maskz_loadu_pd(((1_u32 << n) - 1) as __mmask8, p) }
}

/// # Safety
/// AVX-512F; `n < 8` elements are writable at `p`.
#[inline(always)]
unsafe fn store_first_f64(v: __m512d, p: *mut f64, n: usize) {
    // SAFETY: the caller's; lanes outside the mask are not accessed.
    unsafe { _mm512_mask_storeu_pd(p, ((1_u32 << n) - 1) as __mmask8, v) }
}

/// # Safety
/// AVX-512F; `n < 8` elements are readable at `p`.
#[inline(always)]
unsafe fn load_first_half(p: *const f32, n: usize) -> __m256 {
    // SAFETY: the caller's.
    unsafe { _mm512_castps512_ps256(load_first_f32(p, n)) }
}

/// # Safety
/// AVX-512F; `n < 8` elements are writable at `p`.
#[inline(always)]
unsafe fn store_first_half(v: __m256, p: *mut f32, n: usize) {
    // SAFETY: the caller's.
    unsafe { store_first_f32(_mm512_castps256_ps512(v), p, n) }
}

/// # Safety
/// AVX-512F.
#[inline(always)]
unsafe fn reverse_f32(v: __m512) -> __m512 {
    // SAFETY: the caller's.
    unsafe {
        let down = _mm512_setr_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
        _mm512_permutexvar_ps(down, v)
    }
}

/// # Safety
/// AVX-512F.
#[inline(always)]
unsafe fn reverse_f64(v: __m512d) -> __m512d {
    // SAFETY: the caller's.
    unsafe { _mm512_permutexvar_pd(_mm512_setr_epi64(7, 6, 5, 4, 3, 2, 1, 0), v) }
}

/// Transposes 16 x 16: pairs, quadruples, then 128-bit blocks twice; 64 shuffles.
///
/// # Safety
/// AVX-512F.
#[inline(always)]
unsafe fn transpose_f32(r: [__m512; 16]) -> [__m512; 16] {
    // SAFETY: the caller's.
    unsafe {
        let mut pairs = r;
        for i in 0..8 {
            pairs[2 * i] = _mm512_unpacklo_ps(r[2 * i], r[2 * i + 1]);
            pairs[2 * i + 1] = _mm512_unpackhi_ps(r[2 * i], r[2 * i + 1]);
        }
        // quads[4 i + j]: block b holds column 4 b + j of rows 4 i .. 4 i + 3.
        let mut quads = r;
        for i in 0..4 {
            for j in 0..2 {
                let a = _mm512_castps_pd(pairs[4 * i + j]);
                let b = _mm512_castps_pd(pairs[4 * i + 2 + j]);
                quads[4 * i + 2 * j] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b));
                quads[4 * i + 2 * j + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
            }
        }
        let mut columns = r;
        for j in 0..4 {
            let top_even = _mm512_shuffle_f32x4::<0x88>(quads[j], quads[4 + j]);
            let top_odd = _mm512_shuffle_f32x4::<0xdd>(quads[j], quads[4 + j]);
            let bottom_even = _mm512_shuffle_f32x4::<0x88>(quads[8 + j], quads[12 + j]);
            let bottom_odd = _mm512_shuffle_f32x4::<0xdd>(quads[8 + j], quads[12 + j]);
            columns[j] = _mm512_shuffle_f32x4::<0x88>(top_even, bottom_even);
            columns[4 + j] = _mm512_shuffle_f32x4::<0x88>(top_odd, bottom_odd);
            columns[8 + j] = _mm512_shuffle_f32x4::<0xdd>(top_even, bottom_even);
            columns[12 + j] = _mm512_shuffle_f32x4::<0xdd>(top_odd, bottom_odd);
        }
        columns
    }
}

/// Transposes 8 x 8: pairs, then 128-bit blocks twice; 24 shuffles.
///
/// # Safety
/// AVX-512F.
#[inline(always)]
unsafe fn transpose_f64(r: [__m512d; 8]) -> [__m512d; 8] {
    // SAFETY: the caller's.
    unsafe {
        let mut pairs = r;
        for i in 0..4 {
            pairs[2 * i] = _mm512_unpacklo_pd(r[2 * i], r[2 * i + 1]);
            pairs[2 * i + 1] = _mm512_unpackhi_pd(r[2 * i], r[2 * i + 1]);
        }
        let mut columns = r;
        for j in 0..2 {
            let top_even = _mm512_shuffle_f64x2::<0x88>(pairs[j], pairs[2 + j]);
            let top_odd = _mm512_shuffle_f64x2::<0xdd>(pairs[j], pairs[2 + j]);
            let bottom_even = _mm512_shuffle_f64x2::<0x88>(pairs[4 + j], pairs[6 + j]);
            let bottom_odd = _mm512_shuffle_f64x2::<0xdd>(pairs[4 + j], pairs[6 + j]);
            columns[j] = _mm512_shuffle_f64x2::<0x88>(top_even, bottom_even);
            columns[2 + j] = _mm512_shuffle_f64x2::<0x88>(top_odd, bottom_odd);
            columns[4 + j] = _mm512_shuffle_f64x2::<0xdd>(top_even, bottom_even);
            columns[6 + j] = _mm512_shuffle_f64x2::<0xdd>(top_odd, bottom_odd);
        }
        columns
    }
}
