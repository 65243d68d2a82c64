//! The element types, as the tests need them.

use std::fmt::Debug;

use gausstack::Element;

/// An element type with exact conversions to and from the oracles' f64.
pub(crate) trait Pixel: Element + Copy + Debug + PartialEq + Send + Sync + 'static {
    /// For messages.
    const NAME: &'static str;
    /// Whether this is f32.
    const SINGLE: bool;

    /// The nearest value of this type.
    fn of(value: f64) -> Self;

    /// The same value as f64.
    fn wide(self) -> f64;

    /// The bits, with one pattern for every NaN: payload and sign of a NaN are not in the contract.
    fn pattern(self) -> u64;
}

impl Pixel for f32 {
    const NAME: &'static str = "f32";
    const SINGLE: bool = true;

    fn of(value: f64) -> Self {
        value as Self
    }

    fn wide(self) -> f64 {
        f64::from(self)
    }

    fn pattern(self) -> u64 {
        if self.is_nan() { u64::MAX } else { u64::from(self.to_bits()) }
    }
}

impl Pixel for f64 {
    const NAME: &'static str = "f64";
    const SINGLE: bool = false;

    fn of(value: f64) -> Self {
        value
    }

    fn wide(self) -> f64 {
        self
    }

    fn pattern(self) -> u64 {
        if self.is_nan() { u64::MAX } else { self.to_bits() }
    }
}
