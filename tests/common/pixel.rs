//! The element types, as the tests need them.

use std::fmt::Debug;

use gausstack::{Element, Rounding};

/// An element type with conversions to and from the oracles' f64, exact but for integers beyond
/// 2^53.
pub(crate) trait Pixel: Element + Copy + Debug + PartialEq + Send + Sync + 'static {
    /// Whether sums of it may be in f32.
    const SINGLE: bool;
    /// Bits of an integer type, 1 of bool, 0 of floating-point types.
    const BITS: u32;
    /// What lies between the elements of an array: a value that shows in every sum.
    const POISON: Self;

    /// The nearest value of this type.
    fn of(value: f64) -> Self;

    /// A random number of about 1 as a pixel: integers fill their range.
    fn drawn(value: f64) -> Self;

    /// An integer of 64 bits, of u64 its bits, as this type.
    fn of_bits(bits: i64) -> Self;

    /// The same value as f64.
    fn wide(self) -> f64;

    /// A sum as an element of the output.
    fn rounded(sum: f64, rounding: Rounding) -> Self;

    /// A sum between two passes, as the next pass reads it.
    fn kept(sum: f64, rounding: Rounding) -> f64;

    /// The product with itself as numpy has it: integers wrap round.
    fn times_itself(self) -> Self;

    /// The sum as numpy has it.
    fn and(self, other: Self) -> Self;

    /// The bits, with one pattern for every NaN: payload and sign of a NaN are not in the contract.
    fn pattern(self) -> u64;
}

macro_rules! float {
    ($($float:ident: $single:literal;)*) => {$(
        impl Pixel for $float {
            const SINGLE: bool = $single;
            const BITS: u32 = 0;
            const POISON: Self = Self::NAN;

            fn of(value: f64) -> Self {
                value as Self
            }

            fn drawn(value: f64) -> Self {
                value as Self
            }

            fn of_bits(bits: i64) -> Self {
                bits as Self
            }

            fn wide(self) -> f64 {
                f64::from(self)
            }

            fn rounded(sum: f64, _: Rounding) -> Self {
                sum as Self
            }

            fn kept(sum: f64, _: Rounding) -> f64 {
                f64::from(sum as Self)
            }

            fn times_itself(self) -> Self {
                self * self
            }

            fn and(self, other: Self) -> Self {
                self + other
            }

            fn pattern(self) -> u64 {
                if self.is_nan() { u64::MAX } else { u64::from(self.to_bits()) }
            }
        }
    )*};
}
float! {
    f32: true;
    f64: false;
}

macro_rules! integer {
    ($($integer:ident: $bits:literal bits, $single:literal, |$sum:ident| $cut:expr;)*) => {$(
        impl Pixel for $integer {
            const SINGLE: bool = $single;
            const BITS: u32 = $bits;
            const POISON: Self = Self::MAX - 1;

            fn of(value: f64) -> Self {
                // Rust's cast saturates, and makes NaN 0.
                value.round_ties_even() as Self
            }

            fn drawn(value: f64) -> Self {
                Self::of(value * Self::MAX as f64)
            }

            fn of_bits(bits: i64) -> Self {
                bits as Self
            }

            fn wide(self) -> f64 {
                self as f64
            }

            fn rounded($sum: f64, rounding: Rounding) -> Self {
                if rounding == Rounding::Scipy { ($cut) as Self } else { Self::of($sum) }
            }

            fn kept(sum: f64, rounding: Rounding) -> f64 {
                if rounding == Rounding::Scipy { Self::rounded(sum, rounding).wide() } else { sum }
            }

            fn times_itself(self) -> Self {
                (self as i128).wrapping_mul(self as i128) as Self
            }

            fn and(self, other: Self) -> Self {
                (self as i128 + other as i128) as Self
            }

            fn pattern(self) -> u64 {
                self as u64
            }
        }
    )*};
}
integer! {
    u8: 8 bits, true, |sum| cut(sum, 32);
    i8: 8 bits, true, |sum| cut(sum, 32);
    u16: 16 bits, true, |sum| cut(sum, 32);
    i16: 16 bits, true, |sum| cut(sum, 32);
    u32: 32 bits, false, |sum| cut(sum, 64);
    i32: 32 bits, false, |sum| cut(sum, 32);
    u64: 64 bits, false, |sum| {
        let half = 2f64.powi(63);
        if sum >= half { cut(sum - half, 64) ^ (1 << 63) } else { cut(sum, 64) }
    };
    i64: 64 bits, false, |sum| cut(sum, 64);
}

impl Pixel for bool {
    const SINGLE: bool = false;
    const BITS: u32 = 1;
    const POISON: Self = true;

    fn of(value: f64) -> Self {
        value != 0.0
    }

    fn drawn(value: f64) -> Self {
        value > 0.4
    }

    fn of_bits(bits: i64) -> Self {
        bits != 0
    }

    fn wide(self) -> f64 {
        f64::from(u8::from(self))
    }

    fn rounded(sum: f64, rounding: Rounding) -> Self {
        // The nearest of 0 and 1, halves to the even one.
        if rounding == Rounding::Scipy { cut(sum, 32) as u8 != 0 } else { sum > 0.5 }
    }

    fn kept(sum: f64, rounding: Rounding) -> f64 {
        // scipy keeps the byte, whatever it is.
        if rounding == Rounding::Scipy { f64::from(cut(sum, 32) as u8) } else { sum }
    }

    fn times_itself(self) -> Self {
        self
    }

    fn and(self, other: Self) -> Self {
        self || other
    }

    fn pattern(self) -> u64 {
        u64::from(self)
    }
}

/// Toward zero into an integer of so many bits, its lowest value for what it does not hold.
fn cut(sum: f64, bits: u32) -> i128 {
    let (low, high) = (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1);
    let whole = if sum.is_nan() { i128::MIN } else { sum.trunc() as i128 };
    if (low..=high).contains(&whole) { whole } else { low }
}

/// Evaluates an expression for every type of pixel, which it names as a type of its own.
#[allow(unused_macros, reason = "not every test program has such cases")]
macro_rules! with_each_element {
    ($element:ident => $body:expr) => {
        with_each_element!(@ $element => $body; f32 f64 u8 i8 u16 i16 u32 i32 u64 i64 bool)
    };
    (@ $element:ident => $body:expr; $($name:ident)*) => {$({
        type $element = $name;
        $body
    })*};
}
#[allow(unused_imports, reason = "as above")]
pub(crate) use with_each_element;
