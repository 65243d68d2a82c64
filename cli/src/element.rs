//! Element types of arrays, by name and as types.

use std::fmt;

use clap::ValueEnum;
use gausstack::Element;
use ndarray_npy::{ReadableElement, ViewElement, WritableElement};
use serde::{Deserialize, Serialize};

/// The element types that can be filtered, called as in Rust or in numpy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum ElementType {
    #[value(alias = "float32")]
    F32,
    #[value(alias = "float64")]
    F64,
    #[value(alias = "uint8")]
    U8,
    #[value(alias = "int8")]
    I8,
    #[value(alias = "uint16")]
    U16,
    #[value(alias = "int16")]
    I16,
    #[value(alias = "uint32")]
    U32,
    #[value(alias = "int32")]
    I32,
    #[value(alias = "uint64")]
    U64,
    #[value(alias = "int64")]
    I64,
    Bool,
}

/// What can be read from a .npy file, filtered, and written to one.
pub(crate) trait Pixel: Element + ViewElement + ReadableElement + WritableElement {}

impl<T: Element + ViewElement + ReadableElement + WritableElement> Pixel for T {}

/// An expression in which a name stands for the type that an [`ElementType`] means.
macro_rules! with_element {
    ($element_type:expr, $name:ident => $body:expr) => {
        $crate::element::with_element!(
            @ $element_type, $name => $body;
            F32 f32, F64 f64, U8 u8, I8 i8, U16 u16, I16 i16, U32 u32, I32 i32, U64 u64, I64 i64,
            Bool bool
        )
    };
    (@ $element_type:expr, $name:ident => $body:expr; $($variant:ident $element:ty),*) => {
        match $element_type {
            $($crate::element::ElementType::$variant => {
                type $name = $element;
                $body
            })*
        }
    };
}
pub(crate) use with_element;

impl ElementType {
    /// Rust's name.
    pub(crate) fn name(self) -> &'static str {
        with_element!(self, T => T::NAME)
    }

    /// Its size in memory.
    pub(crate) fn bytes(self) -> usize {
        with_element!(self, T => size_of::<T>())
    }

    /// Whether stacks are made of it for demo and report: of its type every value must be an f64, which the check sums in, and
    /// bools have no brightness.
    pub(crate) fn has_stacks(self) -> bool {
        !matches!(self, Self::U64 | Self::I64 | Self::Bool)
    }

    /// The names of all, as a sentence lists them.
    pub(crate) fn listed() -> String {
        let names: Vec<_> = Self::value_variants().iter().map(|element| element.name()).collect();
        match names.split_last() {
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => String::new(),
        }
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_rust_and_numpy() {
        let numpy = [
            "float32", "float64", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64",
            "int64", "bool",
        ];
        assert_eq!(numpy.len(), ElementType::value_variants().len());
        for (&element, numpy) in ElementType::value_variants().iter().zip(numpy) {
            assert_eq!(ElementType::from_str(element.name(), false), Ok(element));
            assert_eq!(ElementType::from_str(numpy, false), Ok(element));
        }
        assert!(ElementType::from_str("f16", false).is_err());
        assert_eq!(
            ElementType::listed(),
            "f32, f64, u8, i8, u16, i16, u32, i32, u64, i64 and bool"
        );
    }
}
