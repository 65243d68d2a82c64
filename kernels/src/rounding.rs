//! Conversions of one number between elements and arithmetic, with which every vector must agree.

/// How sums become elements of an integer type. Floating-point elements are rounded to nearest
/// always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rounding {
    /// Sums are rounded once, at the end, to nearest: halves to even, values out of range to the
    /// nearest limit, NaN to 0. A constant image stays constant. `bool` is true above one half:
    /// halves are false, and a mask that is true everywhere stays so. Integers of 64 bits are
    /// rounded from sums in f64, which hold 53 bits: beyond 2^53 results are multiples of the
    /// spacing of f64.
    #[default]
    Nearest,
    /// Sums are in f64 and truncated toward zero after each axis, as in `scipy.ndimage`. On average
    /// every axis takes half a level off images without negative values, and a constant image may
    /// come out a level lower.
    ///
    /// Values out of range become what they become in scipy on x86-64. Integers of up to 16 bits
    /// and `bool` take the low bits of an i32, `u32` those of an i64. `i32` and `i64` take their
    /// lowest value, `u64` takes 2^63.
    Scipy,
}

/// [`Rounding::Nearest`] as a type.
pub(crate) struct Nearest;
/// [`Rounding::Scipy`] as a type.
pub(crate) struct TowardZero;

/// Conversion of an element to a number of the arithmetic, rounded to nearest where that is
/// narrower.
pub(crate) trait Cast<A>: Copy {
    fn cast(self) -> A;
}

/// Conversion of a number of the arithmetic to an element, in the rounding `R`.
pub(crate) trait Narrow<E, R>: Copy {
    fn narrow(self) -> E;
}

macro_rules! cast {
    ($($from:ty => $to:ty),*) => {$(
        impl Cast<$to> for $from {
            #[inline(always)]
            fn cast(self) -> $to {
                self as $to
            }
        }
    )*};
}
cast!(f32 => f32, u8 => f32, i8 => f32, u16 => f32, i16 => f32);
cast!(f32 => f64, f64 => f64, u8 => f64, i8 => f64, u16 => f64, i16 => f64);
cast!(u32 => f64, i32 => f64, u64 => f64, i64 => f64);

impl Cast<f64> for bool {
    #[inline(always)]
    fn cast(self) -> f64 {
        f64::from(u8::from(self))
    }
}

macro_rules! float {
    ($($from:ty => $to:ty),*) => {$(
        impl Narrow<$to, Nearest> for $from {
            #[inline(always)]
            fn narrow(self) -> $to {
                self as $to
            }
        }
    )*};
}
float!(f32 => f32, f64 => f32, f64 => f64);

macro_rules! nearest {
    ($from:ty, $magic:expr => $($to:ty),*) => {$(
        impl Narrow<$to, Nearest> for $from {
            /// Adding `MAGIC` leaves no bits for a fraction: the addition rounds it off, halves to
            /// even. (The library's function would be a call where the CPU has no instruction for
            /// it.)
            #[inline(always)]
            fn narrow(self) -> $to {
                const MAGIC: $from = $magic;
                ((self + MAGIC) - MAGIC) as $to
            }
        }
    )*};
}
nearest!(f32, 1.5 * (1_u32 << 23) as f32 => u8, i8, u16, i16);
nearest!(f64, 1.5 * (1_u64 << 52) as f64 => u8, i8, u16, i16, u32, i32);

macro_rules! nearest_of_64_bits {
    ($($to:ty),*) => {$(
        impl Narrow<$to, Nearest> for f64 {
            /// As for fewer bits; numbers of at least `MAGIC` are integers already.
            #[inline(always)]
            fn narrow(self) -> $to {
                const MAGIC: f64 = (1_u64 << 52) as f64;
                let (size, sign) = (self.abs(), self);
                if size < MAGIC { ((size + MAGIC) - MAGIC).copysign(sign) as $to } else { self as $to }
            }
        }
    )*};
}
nearest_of_64_bits!(u64, i64);

impl Narrow<bool, Nearest> for f64 {
    #[inline(always)]
    fn narrow(self) -> bool {
        self > 0.5
    }
}

/// The conversion of x86-64 to 32 bits: values out of range become the lowest i32.
#[inline(always)]
fn to_i32(x: f64) -> i32 {
    if x > -2_147_483_649.0 && x < 2_147_483_648.0 { x as i32 } else { i32::MIN }
}

/// The conversion of x86-64 to 64 bits: values out of range become the lowest i64.
#[inline(always)]
fn to_i64(x: f64) -> i64 {
    const END: f64 = (1_u64 << 63) as f64;
    if (-END..END).contains(&x) { x as i64 } else { i64::MIN }
}

macro_rules! toward_zero {
    ($($to:ty: |$x:ident| $narrow:expr;)*) => {$(
        impl Narrow<$to, TowardZero> for f64 {
            #[inline(always)]
            fn narrow(self) -> $to {
                let $x = self;
                $narrow
            }
        }
    )*};
}
toward_zero! {
    u8: |x| to_i32(x) as u8;
    i8: |x| to_i32(x) as i8;
    u16: |x| to_i32(x) as u16;
    i16: |x| to_i32(x) as i16;
    i32: |x| to_i32(x);
    u32: |x| to_i64(x) as u32;
    i64: |x| to_i64(x);
    u64: |x| {
        const HALF: f64 = (1_u64 << 63) as f64;
        if x >= HALF { to_i64(x - HALF) as u64 ^ (1 << 63) } else { to_i64(x) as u64 }
    };
    bool: |x| to_i32(x) as u8 != 0;
}

/// Integers as C converts them into each other.
pub(crate) trait Bits: Copy {
    /// The low 64 bits; a floating-point number is truncated and saturated.
    fn bits(self) -> i64;
    /// The integer of these low bits, for `bool` whether any is set; a floating-point type
    /// converts.
    fn of_bits(bits: i64) -> Self;
}

macro_rules! bits {
    ($($number:ty)*) => {
        $(impl Bits for $number {
            #[inline]
            fn bits(self) -> i64 {
                self as i64
            }
            #[inline]
            fn of_bits(bits: i64) -> Self {
                bits as Self
            }
        })*
    };
}
bits!(u8 i8 u16 i16 u32 i32 u64 i64 f32 f64);

impl Bits for bool {
    #[inline]
    fn bits(self) -> i64 {
        i64::from(self)
    }
    #[inline]
    fn of_bits(bits: i64) -> Self {
        bits != 0
    }
}
