//! Element types by their names on the command line and in reports.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Arg, Command};
use gausstack::ElementType;

/// The type of a name: Rust's or numpy's.
pub(crate) fn from_name(name: &str) -> Option<ElementType> {
    ElementType::from_name(name).or_else(|| ElementType::from_name(&rust_name(name)))
}

/// Rust's name of numpy's: `u16` of `uint16`.
fn rust_name(numpy: &str) -> String {
    let letters = [("float", "f"), ("uint", "u"), ("int", "i")];
    let found = letters.iter().find_map(|(numpys, rusts)| {
        let bits = numpy.strip_prefix(numpys)?;
        Some(format!("{rusts}{bits}"))
    });
    found.unwrap_or_else(|| numpy.to_owned())
}

/// Whether stacks are made of a type for demo and report: every value must be an f64, which the
/// check sums in, and bools have no brightness.
pub(crate) fn has_stacks(element: ElementType) -> bool {
    element.size() <= size_of::<u32>() && element != ElementType::Bool || element.is_float()
}

/// Takes the names of some types for values of an option.
#[derive(Clone)]
pub(crate) struct ElementParser {
    names: PossibleValuesParser,
}

impl ElementParser {
    /// Takes the types that `taken` says.
    pub(crate) fn of(taken: impl Fn(ElementType) -> bool) -> Self {
        let taken = ElementType::ALL.into_iter().filter(|&element| taken(element));
        let names: Vec<_> = taken.map(|element| PossibleValue::new(element.name())).collect();
        Self { names: PossibleValuesParser::new(names) }
    }
}

impl TypedValueParser for ElementParser {
    type Value = ElementType;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<ElementType, clap::Error> {
        let element = value.to_str().and_then(from_name);
        // An error shows what was written.
        let name = element.map_or(value, |element| OsStr::new(element.name()));
        let name = self.names.parse_ref(command, argument, name)?;
        Ok(from_name(&name).expect("the names taken are those of types"))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        self.names.possible_values()
    }
}

/// An element type in a report: its name.
pub(crate) mod named {
    use gausstack::ElementType;
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    pub(crate) fn serialize<S: Serializer>(
        element: &ElementType,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(element.name())
    }

    pub(crate) fn deserialize<'d, D: Deserializer<'d>>(
        deserializer: D,
    ) -> Result<ElementType, D::Error> {
        let name = String::deserialize(deserializer)?;
        ElementType::from_name(&name)
            .ok_or_else(|| D::Error::custom(format!("unknown element type '{name}'")))
    }

    /// What the schema of reports says of it.
    #[cfg(test)]
    pub(crate) struct Schema;

    #[cfg(test)]
    impl schemars::JsonSchema for Schema {
        fn schema_name() -> std::borrow::Cow<'static, str> {
            "ElementType".into()
        }

        fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
            schemars::json_schema!({
                "description": "The element types that can be filtered, called as in Rust or in numpy.",
                "type": "string",
                "enum": ElementType::ALL.map(ElementType::name),
            })
        }
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
        assert_eq!(numpy.len(), ElementType::ALL.len());
        for (element, numpy) in ElementType::ALL.into_iter().zip(numpy) {
            assert_eq!(from_name(element.name()), Some(element));
            assert_eq!(from_name(numpy), Some(element));
        }
        for unknown in ["f16", "float16", "int", "uint8 ", "float", ""] {
            assert_eq!(from_name(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn stacks_are_made_of_numbers_that_are_f64() {
        let without: Vec<_> = ElementType::ALL.into_iter().filter(|e| !has_stacks(*e)).collect();
        assert_eq!(without, [ElementType::U64, ElementType::I64, ElementType::Bool]);
    }
}
