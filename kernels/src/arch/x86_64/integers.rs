//! Conversions between integers in memory and vectors of floating-point numbers. Every type of up
//! to 32 bits goes through vectors of i32 with as many lanes.

use std::arch::x86_64::*;

use crate::level::{Avx2, Avx512};
use crate::rounding::{Nearest, TowardZero};
use crate::simd::{Load, Store, one_by_one};

/// Loads of elements as i32 lanes.
macro_rules! widened {
    ($($name:ident -> $to:ty: $element:ty, $load:expr;)*) => {$(
        /// # Safety
        /// The CPU has the level of these vectors. As many elements as lanes are readable at `p`.
        #[inline(always)]
        unsafe fn $name(p: *const $element) -> $to {
            // SAFETY: the caller's.
            unsafe { $load(p.cast()) }
        }
    )*};
}

widened! {
    u8_of_16 -> __m512i: u8, |p| _mm512_cvtepu8_epi32(_mm_loadu_si128(p));
    i8_of_16 -> __m512i: i8, |p| _mm512_cvtepi8_epi32(_mm_loadu_si128(p));
    u16_of_16 -> __m512i: u16, |p| _mm512_cvtepu16_epi32(_mm256_loadu_si256(p));
    i16_of_16 -> __m512i: i16, |p| _mm512_cvtepi16_epi32(_mm256_loadu_si256(p));
    u8_of_8 -> __m256i: u8, |p| _mm256_cvtepu8_epi32(_mm_loadl_epi64(p));
    i8_of_8 -> __m256i: i8, |p| _mm256_cvtepi8_epi32(_mm_loadl_epi64(p));
    u16_of_8 -> __m256i: u16, |p| _mm256_cvtepu16_epi32(_mm_loadu_si128(p));
    i16_of_8 -> __m256i: i16, |p| _mm256_cvtepi16_epi32(_mm_loadu_si128(p));
    i32_of_8 -> __m256i: i32, |p| _mm256_loadu_si256(p);
    u8_of_4 -> __m128i: u8, |p| _mm_cvtepu8_epi32(_mm_loadu_si32(p));
    i8_of_4 -> __m128i: i8, |p| _mm_cvtepi8_epi32(_mm_loadu_si32(p));
    u16_of_4 -> __m128i: u16, |p| _mm_cvtepu16_epi32(_mm_loadl_epi64(p));
    i16_of_4 -> __m128i: i16, |p| _mm_cvtepi16_epi32(_mm_loadl_epi64(p));
    i32_of_4 -> __m128i: i32, |p| _mm_loadu_si128(p);
}

/// Stores through the caches or, if `STREAM`, past them.
macro_rules! put {
    ($($name:ident: $vec:ty, $store:expr, $stream:expr;)*) => {$(
        /// # Safety
        /// The CPU has the level of these vectors. All of `v` is writable at `p`, which is aligned
        /// to it if `STREAM`.
        #[inline(always)]
        unsafe fn $name<const STREAM: bool, E>(v: $vec, p: *mut E) {
            // SAFETY: the caller's.
            unsafe { if STREAM { $stream(p.cast(), v) } else { $store(p.cast(), v) } }
        }
    )*};
}

put! {
    put_4_bytes: __m128i, |p, v| _mm_storeu_si32(p, v), |p: *mut i32, v| _mm_stream_si32(p, _mm_cvtsi128_si32(v));
    put_8_bytes: __m128i, |p, v| _mm_storel_epi64(p, v), |p: *mut i64, v| _mm_stream_si64(p, _mm_cvtsi128_si64(v));
    put_16_bytes: __m128i, |p, v| _mm_storeu_si128(p, v), |p, v| _mm_stream_si128(p, v);
    put_32_bytes: __m256i, |p, v| _mm256_storeu_si256(p, v), |p, v| _mm256_stream_si256(p, v);
}

/// Stores of the low bytes of i32 lanes.
macro_rules! narrowed {
    ($($name:ident: $vec:ty, $put:ident, |$v:ident| $low:expr;)*) => {$(
        /// # Safety
        /// The CPU has the level of these vectors. As many elements as lanes are writable at `p`,
        /// which is aligned to all of them if `STREAM`.
        #[inline(always)]
        unsafe fn $name<const STREAM: bool, E>($v: $vec, p: *mut E) {
            // SAFETY: the caller's.
            unsafe { $put::<STREAM, E>($low, p) }
        }
    )*};
}

narrowed! {
    bytes_of_16: __m512i, put_16_bytes, |v| _mm512_cvtepi32_epi8(v);
    words_of_16: __m512i, put_32_bytes, |v| _mm512_cvtepi32_epi16(v);
    bytes_of_8: __m256i, put_8_bytes, |v| {
        let low = _mm256_shuffle_epi8(v, _mm256_broadcastsi128_si256(low_bytes()));
        _mm_unpacklo_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256::<1>(low))
    };
    words_of_8: __m256i, put_16_bytes, |v| {
        let low = _mm256_shuffle_epi8(v, _mm256_broadcastsi128_si256(low_words()));
        _mm_unpacklo_epi64(_mm256_castsi256_si128(low), _mm256_extracti128_si256::<1>(low))
    };
    dwords_of_8: __m256i, put_32_bytes, |v| v;
    bytes_of_4: __m128i, put_4_bytes, |v| _mm_shuffle_epi8(v, low_bytes());
    words_of_4: __m128i, put_8_bytes, |v| _mm_shuffle_epi8(v, low_words());
    dwords_of_4: __m128i, put_16_bytes, |v| v;
}

/// Picks the lowest byte of each of four i32.
///
/// # Safety
/// SSE2.
#[inline(always)]
unsafe fn low_bytes() -> __m128i {
    // SAFETY: the caller's.
    unsafe { _mm_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1) }
}

/// Picks the lower half of each of four i32.
///
/// # Safety
/// SSE2.
#[inline(always)]
unsafe fn low_words() -> __m128i {
    // SAFETY: the caller's.
    unsafe { _mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1) }
}

/// Clamps numbers to limits and makes NaN 0. (`max` of NaN and a number is the number: with a lower
/// limit of 0, NaN needs no operation of its own.)
macro_rules! within {
    ($($name:ident: $float:ty, $vec:ty, $set1:ident, $max:ident, $min:ident, |$v:ident| $ordered:expr;)*) => {$(
        /// # Safety
        /// The CPU has the level of these vectors.
        #[inline(always)]
        unsafe fn $name($v: $vec, low: $float, high: $float) -> $vec {
            // SAFETY: the caller's.
            unsafe {
                let numbers = if low < 0.0 { $ordered } else { $v };
                $min($max(numbers, $set1(low)), $set1(high))
            }
        }
    )*};
}

within! {
    within_f32_of_16: f32, __m512, _mm512_set1_ps, _mm512_max_ps, _mm512_min_ps,
        |v| _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_ORD_Q>(v, v), v);
    within_f64_of_8: f64, __m512d, _mm512_set1_pd, _mm512_max_pd, _mm512_min_pd,
        |v| _mm512_maskz_mov_pd(_mm512_cmp_pd_mask::<_CMP_ORD_Q>(v, v), v);
    within_f32_of_8: f32, __m256, _mm256_set1_ps, _mm256_max_ps, _mm256_min_ps,
        |v| _mm256_and_ps(_mm256_cmp_ps::<_CMP_ORD_Q>(v, v), v);
    within_f64_of_4: f64, __m256d, _mm256_set1_pd, _mm256_max_pd, _mm256_min_pd,
        |v| _mm256_and_pd(_mm256_cmp_pd::<_CMP_ORD_Q>(v, v), v);
}

/// Implements loads, and stores that round to nearest, halves to even, which is the default of the
/// conversion instructions.
macro_rules! nearest {
    (
        $token:ty, $float:ty, $vec:ty, $within:ident, $to_float:ident, $to_integer:ident;
        $($element:ty: $load:ident, $store:ident;)*
    ) => {$(
        // SAFETY: the token is the proof that the CPU has the instructions.
        unsafe impl Load<$element, $float> for $token {
            #[inline(always)]
            unsafe fn load_as(self, p: *const $element) -> $vec {
                // SAFETY: the token; the caller's word for the memory.
                unsafe { $to_float($load(p)) }
            }
        }

        // SAFETY: the token is the proof that the CPU has the instructions.
        unsafe impl Store<$element, $float, Nearest> for $token {
            #[inline(always)]
            unsafe fn store_as(self, v: $vec, p: *mut $element) {
                // SAFETY: the token; the caller's word for the memory.
                unsafe {
                    let v = $within(v, <$element>::MIN as $float, <$element>::MAX as $float);
                    $store::<false, $element>($to_integer(v), p);
                }
            }
            #[inline(always)]
            unsafe fn stream_as(self, v: $vec, p: *mut $element) {
                // SAFETY: the token; the caller's word for the memory and its alignment.
                unsafe {
                    let v = $within(v, <$element>::MIN as $float, <$element>::MAX as $float);
                    $store::<true, $element>($to_integer(v), p);
                }
            }
        }
    )*};
}

nearest! {
    Avx512, f32, __m512, within_f32_of_16, _mm512_cvtepi32_ps, _mm512_cvtps_epi32;
    u8: u8_of_16, bytes_of_16;
    i8: i8_of_16, bytes_of_16;
    u16: u16_of_16, words_of_16;
    i16: i16_of_16, words_of_16;
}
nearest! {
    Avx512, f64, __m512d, within_f64_of_8, _mm512_cvtepi32_pd, _mm512_cvtpd_epi32;
    u8: u8_of_8, bytes_of_8;
    i8: i8_of_8, bytes_of_8;
    u16: u16_of_8, words_of_8;
    i16: i16_of_8, words_of_8;
    i32: i32_of_8, dwords_of_8;
}
nearest! {
    Avx2, f32, __m256, within_f32_of_8, _mm256_cvtepi32_ps, _mm256_cvtps_epi32;
    u8: u8_of_8, bytes_of_8;
    i8: i8_of_8, bytes_of_8;
    u16: u16_of_8, words_of_8;
    i16: i16_of_8, words_of_8;
}
nearest! {
    Avx2, f64, __m256d, within_f64_of_4, _mm256_cvtepi32_pd, _mm256_cvtpd_epi32;
    u8: u8_of_4, bytes_of_4;
    i8: i8_of_4, bytes_of_4;
    u16: u16_of_4, words_of_4;
    i16: i16_of_4, words_of_4;
    i32: i32_of_4, dwords_of_4;
}

/// Implements loads of u32, and stores that round to nearest: its upper half is beyond i32.
macro_rules! unsigned {
    ($token:ty, $vec:ty, $within:ident, $load:expr, $to_integer:ident, $put:ident) => {
        // SAFETY: the token is the proof that the CPU has the instructions.
        unsafe impl Load<u32, f64> for $token {
            #[inline(always)]
            unsafe fn load_as(self, p: *const u32) -> $vec {
                // SAFETY: the token; the caller's word for the memory.
                unsafe { $load(p.cast()) }
            }
        }

        // SAFETY: the token is the proof that the CPU has the instructions.
        unsafe impl Store<u32, f64, Nearest> for $token {
            #[inline(always)]
            unsafe fn store_as(self, v: $vec, p: *mut u32) {
                // SAFETY: the token; the caller's word for the memory.
                unsafe {
                    $put::<false, u32>($to_integer($within(v, 0.0, f64::from(u32::MAX))), p);
                }
            }
            #[inline(always)]
            unsafe fn stream_as(self, v: $vec, p: *mut u32) {
                // SAFETY: the token; the caller's word for the memory and its alignment.
                unsafe {
                    $put::<true, u32>($to_integer($within(v, 0.0, f64::from(u32::MAX))), p);
                }
            }
        }
    };
}

unsigned!(
    Avx512,
    __m512d,
    within_f64_of_8,
    |p| _mm512_cvtepu32_pd(_mm256_loadu_si256(p)),
    _mm512_cvtpd_epu32,
    put_32_bytes
);
unsigned!(
    Avx2,
    __m256d,
    within_f64_of_4,
    |p| u32_to_f64(_mm_loadu_si128(p)),
    f64_to_u32,
    put_16_bytes
);

/// Converts integers as the low bits of the f64 2^52 + x.
///
/// # Safety
/// AVX2.
#[inline(always)]
unsafe fn u32_to_f64(x: __m128i) -> __m256d {
    // SAFETY: the caller's.
    unsafe {
        let base = _mm256_set1_pd((1_u64 << 52) as f64);
        let digits = _mm256_castsi256_pd(_mm256_cvtepu32_epi64(x));
        _mm256_sub_pd(_mm256_or_pd(base, digits), base)
    }
}

/// Rounds first, then shifts by 2^31 into the range of i32, converts, and shifts back.
///
/// # Safety
/// AVX2.
#[inline(always)]
unsafe fn f64_to_u32(v: __m256d) -> __m128i {
    // SAFETY: the caller's.
    unsafe {
        let whole = _mm256_round_pd::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(v);
        let moved = _mm256_sub_pd(whole, _mm256_set1_pd((1_u32 << 31) as f64));
        _mm_xor_si128(_mm256_cvtpd_epi32(moved), _mm_set1_epi32(i32::MIN))
    }
}

/// Implements stores that truncate: values out of the range of i32 become its lowest value, and the
/// low bytes are kept.
macro_rules! toward_zero {
    ($token:ty, $vec:ty, $to_integer:ident; $($element:ty: $store:ident;)*) => {$(
        // SAFETY: the token is the proof that the CPU has the instructions.
        unsafe impl Store<$element, f64, TowardZero> for $token {
            #[inline(always)]
            unsafe fn store_as(self, v: $vec, p: *mut $element) {
                // SAFETY: the token; the caller's word for the memory.
                unsafe { $store::<false, $element>($to_integer(v), p) }
            }
            #[inline(always)]
            unsafe fn stream_as(self, v: $vec, p: *mut $element) {
                // SAFETY: the token; the caller's word for the memory and its alignment.
                unsafe { $store::<true, $element>($to_integer(v), p) }
            }
        }
    )*};
}

toward_zero! {
    Avx512, __m512d, _mm512_cvttpd_epi32;
    u8: bytes_of_8;
    i8: bytes_of_8;
    u16: words_of_8;
    i16: words_of_8;
    i32: dwords_of_8;
}
toward_zero! {
    Avx2, __m256d, _mm256_cvttpd_epi32;
    u8: bytes_of_4;
    i8: bytes_of_4;
    u16: words_of_4;
    i16: words_of_4;
    i32: dwords_of_4;
}

// Types for which these levels have no conversion instructions.
one_by_one! {
    Avx512;
    load u64 => f64, i64 => f64, bool => f64;
    store u64, Nearest, f64; i64, Nearest, f64; bool, Nearest, f64;
        u32, TowardZero, f64; u64, TowardZero, f64; i64, TowardZero, f64; bool, TowardZero, f64
}
one_by_one! {
    Avx2;
    load u64 => f64, i64 => f64, bool => f64;
    store u64, Nearest, f64; i64, Nearest, f64; bool, Nearest, f64;
        u32, TowardZero, f64; u64, TowardZero, f64; i64, TowardZero, f64; bool, TowardZero, f64
}
