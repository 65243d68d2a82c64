//! AVX2 with FMA: 256-bit vectors.

use std::arch::x86_64::*;

use super::{halves, simd};
use crate::level::Avx2;
use crate::rounding::Nearest;
use crate::simd::{Load, Simd, Store};

simd!(
    Avx2,
    f32,
    __m256,
    8,
    _mm256_set1_ps,
    _mm256_add_ps,
    _mm256_sub_ps,
    _mm256_mul_ps,
    _mm256_div_ps,
    _mm256_fmadd_ps,
    _mm256_fmsub_ps,
    _mm256_sqrt_ps,
    at_least_f32,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_stream_ps,
    load_first_f32,
    store_first_f32,
    reverse_f32,
    transpose_f32
);
simd!(
    Avx2,
    f64,
    __m256d,
    4,
    _mm256_set1_pd,
    _mm256_add_pd,
    _mm256_sub_pd,
    _mm256_mul_pd,
    _mm256_div_pd,
    _mm256_fmadd_pd,
    _mm256_fmsub_pd,
    _mm256_sqrt_pd,
    at_least_f64,
    _mm256_loadu_pd,
    _mm256_storeu_pd,
    _mm256_stream_pd,
    load_first_f64,
    store_first_f64,
    reverse_f64,
    transpose_f64
);
halves!(
    Avx2,
    __m256d,
    _mm256_cvtps_pd,
    _mm256_cvtpd_ps,
    _mm_loadu_ps,
    _mm_storeu_ps,
    _mm_stream_ps,
    load_first_half,
    store_first_half
);

macro_rules! at_least {
    ($name:ident, $vec:ty, $compare:ident, $blend:ident) => {
        /// # Safety
        /// The CPU has AVX2.
        #[inline(always)]
        unsafe fn $name(a: $vec, b: $vec, then: $vec, other: $vec) -> $vec {
            // SAFETY: the caller's.
            unsafe { $blend(other, then, $compare::<_CMP_GE_OQ>(a, b)) }
        }
    };
}
at_least!(at_least_f32, __m256, _mm256_cmp_ps, _mm256_blendv_ps);
at_least!(at_least_f64, __m256d, _mm256_cmp_pd, _mm256_blendv_pd);

/// A mask with the first `n` of eight 32-bit lanes set.
///
/// # Safety
/// The CPU has AVX2.
#[inline(always)]
unsafe fn first_of_8(n: usize) -> __m256i {
    // SAFETY: the caller's.
    unsafe {
        let lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        _mm256_cmpgt_epi32(_mm256_set1_epi32(n as i32), lane)
    }
}

/// # Safety
/// AVX2; `n <= 8` elements are readable at `p`.
#[inline(always)]
unsafe fn load_first_f32(p: *const f32, n: usize) -> __m256 {
    // SAFETY: the caller's; lanes outside the mask are not accessed.
    unsafe { _mm256_maskload_ps(p, first_of_8(n)) }
}

/// # Safety
/// AVX2; `n <= 8` elements are writable at `p`.
#[inline(always)]
unsafe fn store_first_f32(v: __m256, p: *mut f32, n: usize) {
    // SAFETY: the caller's; lanes outside the mask are not accessed.
    unsafe { _mm256_maskstore_ps(p, first_of_8(n), v) }
}

/// # Safety
/// AVX2; `n <= 4` elements are readable at `p`.
#[inline(always)]
unsafe fn load_first_f64(p: *const f64, n: usize) -> __m256d {
    // SAFETY: the caller's; a 64-bit lane is two of 32 bits.
    unsafe { _mm256_maskload_pd(p, first_of_8(2 * n)) }
}

/// # Safety
/// AVX2; `n <= 4` elements are writable at `p`.
#[inline(always)]
unsafe fn store_first_f64(v: __m256d, p: *mut f64, n: usize) {
    // SAFETY: the caller's; a 64-bit lane is two of 32 bits.
    unsafe { _mm256_maskstore_pd(p, first_of_8(2 * n), v) }
}

/// # Safety
/// AVX2; `n <= 4` elements are readable at `p`.
#[inline(always)]
unsafe fn load_first_half(p: *const f32, n: usize) -> __m128 {
    // SAFETY: the caller's.
    unsafe { _mm_maskload_ps(p, _mm256_castsi256_si128(first_of_8(n))) }
}

/// # Safety
/// AVX2; `n <= 4` elements are writable at `p`.
#[inline(always)]
unsafe fn store_first_half(v: __m128, p: *mut f32, n: usize) {
    // SAFETY: the caller's.
    unsafe { _mm_maskstore_ps(p, _mm256_castsi256_si128(first_of_8(n)), v) }
}

/// # Safety
/// AVX2.
#[inline(always)]
unsafe fn reverse_f32(v: __m256) -> __m256 {
    // SAFETY: the caller's.
    unsafe { _mm256_permutevar8x32_ps(v, _mm256_setr_epi32(7, 6, 5, 4, 3, 2, 1, 0)) }
}

/// # Safety
/// AVX2.
#[inline(always)]
unsafe fn reverse_f64(v: __m256d) -> __m256d {
    // SAFETY: the caller's.
    unsafe { _mm256_permute4x64_pd::<0b00_01_10_11>(v) }
}

/// Transposes 8 x 8: pairs, quadruples, halves; 24 shuffles.
///
/// # Safety
/// AVX2.
#[inline(always)]
unsafe fn transpose_f32(r: [__m256; 8]) -> [__m256; 8] {
    // SAFETY: the caller's.
    unsafe {
        let mut pairs = r;
        let mut quads = r;
        for i in 0..4 {
            pairs[2 * i] = _mm256_unpacklo_ps(r[2 * i], r[2 * i + 1]);
            pairs[2 * i + 1] = _mm256_unpackhi_ps(r[2 * i], r[2 * i + 1]);
        }
        for i in 0..2 {
            for j in 0..2 {
                let a = _mm256_castps_pd(pairs[4 * i + j]);
                let b = _mm256_castps_pd(pairs[4 * i + 2 + j]);
                quads[4 * i + 2 * j] = _mm256_castpd_ps(_mm256_unpacklo_pd(a, b));
                quads[4 * i + 2 * j + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(a, b));
            }
        }
        let mut columns = r;
        for j in 0..4 {
            columns[j] = _mm256_permute2f128_ps::<0x20>(quads[j], quads[4 + j]);
            columns[4 + j] = _mm256_permute2f128_ps::<0x31>(quads[j], quads[4 + j]);
        }
        columns
    }
}

/// Transposes 4 x 4: pairs, halves; 8 shuffles.
///
/// # Safety
/// AVX2.
#[inline(always)]
unsafe fn transpose_f64(r: [__m256d; 4]) -> [__m256d; 4] {
    // SAFETY: the caller's.
    unsafe {
        let pairs = [
            _mm256_unpacklo_pd(r[0], r[1]),
            _mm256_unpackhi_pd(r[0], r[1]),
            _mm256_unpacklo_pd(r[2], r[3]),
            _mm256_unpackhi_pd(r[2], r[3]),
        ];
        [
            _mm256_permute2f128_pd::<0x20>(pairs[0], pairs[2]),
            _mm256_permute2f128_pd::<0x20>(pairs[1], pairs[3]),
            _mm256_permute2f128_pd::<0x31>(pairs[0], pairs[2]),
            _mm256_permute2f128_pd::<0x31>(pairs[1], pairs[3]),
        ]
    }
}
