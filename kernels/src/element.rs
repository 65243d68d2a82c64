//! Element types of images and the arithmetic they are summed in.

use crate::gates::{ElementEntries, FirEntries, element_entries, fir_entries};
use crate::level::Level;

pub(crate) mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// Conversion of one number, rounded to nearest where it narrows.
pub(crate) trait Cast<T>: Copy {
    fn cast(self) -> T;
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
cast!(f32 => f32, f64 => f64, f32 => f64, f64 => f32);

/// A type of number that pixels are summed in: f32 (fused, in gausstack's order) or f64 (not fused,
/// in scipy's order).
pub trait Arithmetic:
    sealed::Sealed + Copy + Default + Send + Sync + std::fmt::Debug + 'static
{
    /// A weight or a constant, rounded to nearest.
    fn from_f64(value: f64) -> Self;

    /// Whether it is neither infinite nor NaN.
    fn is_finite(self) -> bool;

    #[doc(hidden)]
    fn fir_entries(level: Level) -> FirEntries<Self>;

    #[doc(hidden)]
    fn element_entries<E: Element>(level: Level) -> Option<ElementEntries<E, Self>>;
}

/// A type of number that images are made of: f32 or f64.
///
/// The trait is sealed; more types may come.
pub trait Element:
    sealed::Sealed + Copy + Default + Send + Sync + std::fmt::Debug + 'static
{
    /// Whether f32 holds every value of the type, so that sums may be in f32.
    const FITS_F32: bool;

    /// From f64, rounded to nearest.
    fn from_f64(value: f64) -> Self;

    /// To f64, exactly.
    fn to_f64(self) -> f64;

    #[doc(hidden)]
    fn entries_f32(level: Level) -> Option<ElementEntries<Self, f32>>;

    #[doc(hidden)]
    fn entries_f64(level: Level) -> Option<ElementEntries<Self, f64>>;
}

impl Arithmetic for f32 {
    fn is_finite(self) -> bool {
        Self::is_finite(self)
    }
    fn from_f64(value: f64) -> Self {
        value as f32
    }
    fn fir_entries(level: Level) -> FirEntries<Self> {
        fir_entries::single(level)
    }
    fn element_entries<E: Element>(level: Level) -> Option<ElementEntries<E, Self>> {
        E::entries_f32(level)
    }
}

impl Arithmetic for f64 {
    fn is_finite(self) -> bool {
        Self::is_finite(self)
    }
    fn from_f64(value: f64) -> Self {
        value
    }
    fn fir_entries(level: Level) -> FirEntries<Self> {
        fir_entries::double(level)
    }
    fn element_entries<E: Element>(level: Level) -> Option<ElementEntries<E, Self>> {
        E::entries_f64(level)
    }
}

impl Element for f32 {
    const FITS_F32: bool = true;

    fn from_f64(value: f64) -> Self {
        value as f32
    }
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    fn entries_f32(level: Level) -> Option<ElementEntries<Self, f32>> {
        Some(element_entries::f32_in_f32(level))
    }
    fn entries_f64(level: Level) -> Option<ElementEntries<Self, f64>> {
        Some(element_entries::f32_in_f64(level))
    }
}

impl Element for f64 {
    const FITS_F32: bool = false;

    fn from_f64(value: f64) -> Self {
        value
    }
    fn to_f64(self) -> f64 {
        self
    }
    fn entries_f32(_: Level) -> Option<ElementEntries<Self, f32>> {
        None
    }
    fn entries_f64(level: Level) -> Option<ElementEntries<Self, f64>> {
        Some(element_entries::f64_in_f64(level))
    }
}
