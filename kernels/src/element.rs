//! Element types of images and the arithmetic they are summed in.

use crate::combine::Term;
use crate::gates::{FirEntries, Inputs, Outputs, fir_entries, inputs, outputs};
use crate::level::Level;
use crate::rounding::{Bits, Cast, Narrow, Nearest, Rounding, TowardZero};

pub(crate) mod sealed {
    pub trait Sealed {}
}

/// A type of number that pixels are summed in: f32 (fused, in gausstack's order) or f64 (not fused,
/// in scipy's order).
pub trait Arithmetic: Element {
    /// The smallest positive number that is held with all its digits.
    const LEAST_NORMAL: Self;

    /// Whether it is neither infinite nor NaN.
    fn is_finite(self) -> bool;

    #[doc(hidden)]
    fn fir_entries(level: Level) -> FirEntries<Self>;

    /// How elements `E` are read; `None` where this does not hold all of them.
    #[doc(hidden)]
    fn inputs<E: Element>(level: Level) -> Option<Inputs<Self>>;

    /// How elements `E` are written; `None` where this does not hold all of them, or not all that the rounding needs.
    #[doc(hidden)]
    fn outputs<E: Element>(level: Level, rounding: Rounding) -> Option<Outputs<Self>>;
}

/// A type of number that images are made of: f32, f64, an integer type of 8 to 64 bits, or bool.
///
/// The trait is sealed; more types may come.
pub trait Element:
    sealed::Sealed + Term + Copy + Default + PartialEq + Send + Sync + std::fmt::Debug + 'static
{
    /// The type's name.
    const NAME: &'static str;
    /// Bits of an integer type, 1 of bool; 0 of floating-point types, which [`Rounding`] is not about.
    const INTEGER_BITS: u32;
    /// Whether f32 holds every value of the type, so that sums may be in f32.
    const FITS_F32: bool;

    /// From f64 by [`Rounding::Nearest`].
    fn from_f64(value: f64) -> Self;

    /// From f64 by [`Rounding::Scipy`]; floating-point types are rounded to nearest.
    fn from_f64_toward_zero(value: f64) -> Self;

    /// The low 64 bits of an integer; `None` of a floating-point number.
    #[doc(hidden)]
    fn integer_bits(self) -> Option<i64>;

    /// An integer of these bits, as many of the lowest as the type has, of bool whether any is set; as a number
    /// where the type is floating-point.
    #[doc(hidden)]
    fn from_integer_bits(bits: i64) -> Self;

    /// To f64: exactly, but for integers beyond 2^53, which are rounded to nearest.
    fn to_f64(self) -> f64;

    #[doc(hidden)]
    fn inputs_f32(_: Level) -> Option<Inputs<f32>> {
        None
    }

    #[doc(hidden)]
    fn inputs_f64(level: Level) -> Inputs<f64>;

    #[doc(hidden)]
    fn outputs_f32(_: Level, _: Rounding) -> Option<Outputs<f32>> {
        None
    }

    #[doc(hidden)]
    fn outputs_f64(level: Level, rounding: Rounding) -> Option<Outputs<f64>>;
}

impl Arithmetic for f32 {
    const LEAST_NORMAL: Self = Self::MIN_POSITIVE;

    fn is_finite(self) -> bool {
        Self::is_finite(self)
    }
    fn fir_entries(level: Level) -> FirEntries<Self> {
        fir_entries::single(level)
    }
    fn inputs<E: Element>(level: Level) -> Option<Inputs<Self>> {
        E::inputs_f32(level)
    }
    fn outputs<E: Element>(level: Level, rounding: Rounding) -> Option<Outputs<Self>> {
        E::outputs_f32(level, rounding)
    }
}

impl Arithmetic for f64 {
    const LEAST_NORMAL: Self = Self::MIN_POSITIVE;

    fn is_finite(self) -> bool {
        Self::is_finite(self)
    }
    fn fir_entries(level: Level) -> FirEntries<Self> {
        fir_entries::double(level)
    }
    fn inputs<E: Element>(level: Level) -> Option<Inputs<Self>> {
        Some(E::inputs_f64(level))
    }
    fn outputs<E: Element>(level: Level, rounding: Rounding) -> Option<Outputs<Self>> {
        E::outputs_f64(level, rounding)
    }
}

macro_rules! element {
    (
        $element:ty, $bits:literal bits, cut $cut:ident,
        f32 $fits_f32:literal $(: $in_f32:ident -> $out_f32:ident)?,
        f64: $in_f64:ident -> $(Nearest $nearest:ident)? $(Scipy $scipy:ident)? $(any $any:ident)?
    ) => {
        impl sealed::Sealed for $element {}

        impl Element for $element {
            const NAME: &'static str = stringify!($element);
            const INTEGER_BITS: u32 = $bits;
            const FITS_F32: bool = $fits_f32;

            fn from_f64(value: f64) -> Self {
                Narrow::<Self, Nearest>::narrow(value)
            }
            fn from_f64_toward_zero(value: f64) -> Self {
                Narrow::<Self, $cut>::narrow(value)
            }
            fn to_f64(self) -> f64 {
                self.cast()
            }
            fn integer_bits(self) -> Option<i64> {
                Bits::bits(self)
            }
            fn from_integer_bits(bits: i64) -> Self {
                Bits::of_bits(bits)
            }
            $(
                fn inputs_f32(level: Level) -> Option<Inputs<f32>> {
                    Some(inputs::$in_f32(level))
                }
                fn outputs_f32(level: Level, rounding: Rounding) -> Option<Outputs<f32>> {
                    let rounds = $bits == 0 || rounding == Rounding::Nearest;
                    rounds.then(|| outputs::$out_f32(level))
                }
            )?
            fn inputs_f64(level: Level) -> Inputs<f64> {
                inputs::$in_f64(level)
            }
            fn outputs_f64(level: Level, rounding: Rounding) -> Option<Outputs<f64>> {
                match rounding {
                    $(Rounding::Nearest => Some(outputs::$nearest(level)),)?
                    $(Rounding::Scipy => Some(outputs::$scipy(level)),)?
                    $(Rounding::Nearest | Rounding::Scipy => Some(outputs::$any(level)),)?
                }
            }
        }
    };
}

element!(f32, 0 bits, cut Nearest, f32 true: f32_in_f32 -> f32_in_f32, f64: f32_in_f64 -> any f32_in_f64);
element!(f64, 0 bits, cut Nearest, f32 false, f64: f64_in_f64 -> any f64_in_f64);
element!(u8, 8 bits, cut TowardZero, f32 true: u8_in_f32 -> u8_in_f32, f64: u8_in_f64 -> Nearest u8_in_f64 Scipy u8_cut_in_f64);
element!(i8, 8 bits, cut TowardZero, f32 true: i8_in_f32 -> i8_in_f32, f64: i8_in_f64 -> Nearest i8_in_f64 Scipy i8_cut_in_f64);
element!(u16, 16 bits, cut TowardZero, f32 true: u16_in_f32 -> u16_in_f32, f64: u16_in_f64 -> Nearest u16_in_f64 Scipy u16_cut_in_f64);
element!(i16, 16 bits, cut TowardZero, f32 true: i16_in_f32 -> i16_in_f32, f64: i16_in_f64 -> Nearest i16_in_f64 Scipy i16_cut_in_f64);
element!(u32, 32 bits, cut TowardZero, f32 false, f64: u32_in_f64 -> Nearest u32_in_f64 Scipy u32_cut_in_f64);
element!(i32, 32 bits, cut TowardZero, f32 false, f64: i32_in_f64 -> Nearest i32_in_f64 Scipy i32_cut_in_f64);
element!(u64, 64 bits, cut TowardZero, f32 false, f64: u64_in_f64 -> Nearest u64_in_f64 Scipy u64_cut_in_f64);
element!(i64, 64 bits, cut TowardZero, f32 false, f64: i64_in_f64 -> Nearest i64_in_f64 Scipy i64_cut_in_f64);
element!(bool, 1 bits, cut TowardZero, f32 false, f64: bool_in_f64 -> Nearest bool_in_f64 Scipy bool_cut_in_f64);
