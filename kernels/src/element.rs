//! Element types of images, as values and as types, and the arithmetic they are summed in.

use std::fmt;

use crate::rounding::{Bits, Cast, Narrow, Nearest, TowardZero};

/// The type of the elements of an image, as a value: code that only moves or plans is compiled once
/// and not for every pair of types that an image may be filtered from and to.
///
/// ```
/// use gausstack_kernels::ElementType;
///
/// let bytes = ElementType::of::<u8>();
/// assert_eq!(ElementType::from_name("u8"), Some(bytes));
/// assert!(bytes.is_integer() && bytes.fits_f32() && bytes.holds(255.0));
/// assert!(!bytes.holds(0.5) && !bytes.holds(256.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ElementType {
    /// `f32`.
    F32,
    /// `f64`.
    F64,
    /// `u8`.
    U8,
    /// `i8`.
    I8,
    /// `u16`.
    U16,
    /// `i16`.
    I16,
    /// `u32`.
    U32,
    /// `i32`.
    I32,
    /// `u64`.
    U64,
    /// `i64`.
    I64,
    /// `bool`.
    Bool,
}

/// Evaluates an expression in which the type of a value of [`ElementType`] has a name.
macro_rules! with_element {
    ($element_type:expr, $E:ident => $body:expr) => {
        $crate::element::with_element!(@match $element_type, $E => $body;
            F32 f32, F64 f64, U8 u8, I8 i8, U16 u16, I16 i16,
            U32 u32, I32 i32, U64 u64, I64 i64, Bool bool)
    };
    (@match $element_type:expr, $E:ident => $body:expr; $($variant:ident $element:ty),*) => {
        match $element_type {
            $($crate::element::ElementType::$variant => {
                type $E = $element;
                $body
            })*
        }
    };
}
pub(crate) use with_element;

impl ElementType {
    /// Every type, in the order of the variants.
    pub const ALL: [Self; 11] = [
        Self::F32,
        Self::F64,
        Self::U8,
        Self::I8,
        Self::U16,
        Self::I16,
        Self::U32,
        Self::I32,
        Self::U64,
        Self::I64,
        Self::Bool,
    ];

    /// The value that stands for a type.
    #[must_use]
    pub const fn of<T: Element>() -> Self {
        T::TYPE
    }

    /// The type's name in Rust: `f32`, `u8`, `bool`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::U8 => "u8",
            Self::I8 => "i8",
            Self::U16 => "u16",
            Self::I16 => "i16",
            Self::U32 => "u32",
            Self::I32 => "i32",
            Self::U64 => "u64",
            Self::I64 => "i64",
            Self::Bool => "bool",
        }
    }

    /// The type of that [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|element| element.name() == name)
    }

    /// Bytes of an element.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 | Self::Bool => 1,
            Self::U16 | Self::I16 => 2,
            Self::F32 | Self::U32 | Self::I32 => 4,
            Self::F64 | Self::U64 | Self::I64 => 8,
        }
    }

    /// Whether the type is f32 or f64.
    #[must_use]
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// Whether the type is an integer of 8 to 64 bits; `bool` is none.
    #[must_use]
    pub const fn is_integer(self) -> bool {
        !matches!(self, Self::F32 | Self::F64 | Self::Bool)
    }

    /// Whether f32 holds every value of the type, so that sums may be in f32: f32 itself and the
    /// integers of 8 and 16 bits.
    #[must_use]
    pub const fn fits_f32(self) -> bool {
        matches!(self, Self::F32 | Self::U8 | Self::I8 | Self::U16 | Self::I16)
    }

    /// Whether the type holds a value: integers and `bool` exactly, floating-point types up to
    /// rounding, infinities and NaN included.
    #[must_use]
    pub fn holds(self, value: f64) -> bool {
        let held = with_element!(self, T => T::from_f64(value).to_f64());
        if self.is_float() { held.is_finite() || !value.is_finite() } else { held == value }
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Sealed supertraits: what the kernels do with one number.
pub(crate) mod sealed {
    /// An element's conversions, and its arithmetic as numpy has it: integers wrap round, the sum
    /// of two `bool`s is `or`, their product `and`.
    pub trait Number: Copy {
        /// From f64 by [`Rounding::Scipy`](crate::Rounding::Scipy), floating-point types to
        /// nearest.
        fn truncated(value: f64) -> Self;
        /// The low 64 bits of an integer; of a floating-point number its integer part, saturated.
        fn low_bits(self) -> i64;
        /// The integer of these low bits, for `bool` whether any bit is set; a floating-point type
        /// converts the number.
        fn of_low_bits(bits: i64) -> Self;
        fn plus(self, other: Self) -> Self;
        fn squared(self) -> Self;
    }

    /// Something that exists once in f32 and once in f64.
    pub trait PerArithmetic {
        type Of<A>;
        fn in_f32(self) -> Self::Of<f32>;
        fn in_f64(self) -> Self::Of<f64>;
    }

    /// The choice between the two.
    pub trait Select: Sized {
        fn select<P: PerArithmetic>(each: P) -> P::Of<Self>;
    }
}

/// A type of number that images are made of: f32, f64, an integer type of 8 to 64 bits, or bool.
///
/// The trait is sealed; more types may come.
pub trait Element:
    sealed::Number + Default + PartialEq + Send + Sync + fmt::Debug + 'static
{
    /// The type as a value.
    const TYPE: ElementType;

    /// From f64, rounded as by [`Rounding::Nearest`](crate::Rounding::Nearest): halves to even,
    /// saturated at the limits of an integer type, NaN to 0; `bool` is whether the value exceeds
    /// one half.
    fn from_f64(value: f64) -> Self;

    /// To f64: exact, except that integers beyond 2^53 are rounded to nearest.
    fn to_f64(self) -> f64;
}

/// A type of number that pixels are summed in: f32 (fused, in gausstack's order) or f64 (not fused,
/// in scipy's order).
pub trait Arithmetic: Element + sealed::Select {
    /// The smallest positive normal number.
    const LEAST_NORMAL: Self;

    /// Whether the number is neither infinite nor NaN.
    fn is_finite(self) -> bool;
}

macro_rules! arithmetic {
    ($($float:ident: $select:ident;)*) => {$(
        impl sealed::Select for $float {
            fn select<P: sealed::PerArithmetic>(each: P) -> P::Of<Self> {
                each.$select()
            }
        }

        impl Arithmetic for $float {
            const LEAST_NORMAL: Self = Self::MIN_POSITIVE;

            fn is_finite(self) -> bool {
                Self::is_finite(self)
            }
        }
    )*};
}
arithmetic! { f32: in_f32; f64: in_f64; }

macro_rules! element {
    ($(
        $element:ident $variant:ident, truncated by $cut:ident,
        |$a:ident, $b:ident| $sum:expr, $square:expr;
    )*) => {$(
        impl sealed::Number for $element {
            #[inline]
            fn truncated(value: f64) -> Self {
                Narrow::<Self, $cut>::narrow(value)
            }
            #[inline]
            fn low_bits(self) -> i64 {
                Bits::bits(self)
            }
            #[inline]
            fn of_low_bits(bits: i64) -> Self {
                Bits::of_bits(bits)
            }
            #[inline]
            fn plus(self, other: Self) -> Self {
                let ($a, $b) = (self, other);
                $sum
            }
            #[inline]
            fn squared(self) -> Self {
                let $a = self;
                $square
            }
        }

        impl Element for $element {
            const TYPE: ElementType = ElementType::$variant;

            #[inline]
            fn from_f64(value: f64) -> Self {
                Narrow::<Self, Nearest>::narrow(value)
            }
            #[inline]
            fn to_f64(self) -> f64 {
                self.cast()
            }
        }
    )*};
}

macro_rules! integers {
    ($($element:ident $variant:ident;)*) => {
        element! {
            $(
                $element $variant, truncated by TowardZero,
                |a, b| a.wrapping_add(b), a.wrapping_mul(a);
            )*
        }
    };
}

element! {
    f32 F32, truncated by Nearest, |a, b| a + b, a * a;
    f64 F64, truncated by Nearest, |a, b| a + b, a * a;
    bool Bool, truncated by TowardZero, |a, b| a | b, a;
}
integers! {
    u8 U8;
    i8 I8;
    u16 U16;
    i16 I16;
    u32 U32;
    i32 I32;
    u64 U64;
    i64 I64;
}
