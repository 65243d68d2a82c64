//! Element types by the names that numpy has for them.

use std::ffi::c_long;

use gausstack::ElementType;

use super::literal::Literal;

/// An element type, and whether its bytes lie in the other order than this machine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Descriptor {
    pub(crate) element: ElementType,
    pub(crate) swapped: bool,
}

impl Descriptor {
    /// What a header's `descr` means; if it is nothing that can be filtered, what that is.
    pub(super) fn of(descr: &Literal<'_>) -> Result<Self, String> {
        match descr {
            Literal::Text(name) => Self::named(name),
            Literal::List(_) => Err("records of named fields".to_owned()),
            // An array of one element is that element.
            Literal::Tuple(parts) if is_of_one(parts) => Self::of(&parts[0]),
            Literal::Tuple(_) => Err("arrays as elements".to_owned()),
            other => Err(format!("elements of type {other}, which numpy does not know")),
        }
    }

    /// Makes elements of a file those of this machine: in its byte order, bools checked. An error is
    /// the byte that is no bool.
    pub(crate) fn make_native(self, bytes: &mut [u8]) -> Result<(), u8> {
        if self.swapped {
            bytes.chunks_mut(self.element.size()).for_each(<[u8]>::reverse);
        }
        let is_bool = self.element == ElementType::Bool;
        bytes.iter().find(|&&byte| is_bool && byte > 1).map_or(Ok(()), |&odd| Err(odd))
    }

    /// What the name of a type means; if it is nothing that can be filtered, what that is.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        let order = name.chars().next().filter(|letter| "<>=|".contains(*letter));
        let code = &name[order.map_or(0, char::len_utf8)..];
        // Long names stand without an order.
        let element = of_code(code)
            .or_else(|| of_name(code).filter(|_| order.is_none()))
            .ok_or_else(|| format!("{} ('{}')", other(name), name.escape_debug()))?;
        let foreign = if cfg!(target_endian = "little") { '>' } else { '<' };
        // Of one byte there is no order, whatever the mark.
        Ok(Self { element, swapped: order == Some(foreign) && element.size() > 1 })
    }
}

/// How a header names a type in this machine's byte order.
pub(crate) fn native(element: ElementType) -> String {
    let order = match (element.size(), cfg!(target_endian = "little")) {
        (1, _) => '|',
        (_, true) => '<',
        (_, false) => '>',
    };
    format!("{order}{}{}", &element.name()[..1], element.size())
}

/// Whether a type and a shape are those of an array of one element.
fn is_of_one(parts: &[Literal<'_>]) -> bool {
    let is_one = |length: &Literal<'_>| *length == Literal::Length(1);
    match parts {
        [Literal::Text(_), Literal::Tuple(lengths)] => lengths.iter().all(is_one),
        [Literal::Text(_), length] => is_one(length),
        _ => false,
    }
}

/// An unsigned or a signed integer of so many bytes.
fn integer(signed: bool, bytes: usize) -> Option<ElementType> {
    use ElementType::{I8, I16, I32, I64, U8, U16, U32, U64};
    let [unsigned, with_sign] = match bytes {
        1 => [U8, I8],
        2 => [U16, I16],
        4 => [U32, I32],
        8 => [U64, I64],
        _ => return None,
    };
    Some(if signed { with_sign } else { unsigned })
}

/// One letter, or a letter and a number of bytes.
fn of_code(code: &str) -> Option<ElementType> {
    use ElementType::{Bool, F32, F64};
    let letter = code.chars().next()?;
    if code.len() > 1 {
        let bytes: usize = code[letter.len_utf8()..].parse().ok()?;
        return match (letter, bytes) {
            ('f', 4) => Some(F32),
            ('f', 8) => Some(F64),
            ('b', 1) => Some(Bool),
            ('u' | 'i', bytes) => integer(letter == 'i', bytes),
            _ => None,
        };
    }
    match letter {
        'f' => Some(F32),
        'd' => Some(F64),
        '?' => Some(Bool),
        'b' | 'B' => integer(letter == 'b', 1),
        'h' | 'H' => integer(letter == 'h', 2),
        'i' | 'I' => integer(letter == 'i', 4),
        'l' | 'L' => integer(letter == 'l', size_of::<c_long>()),
        'q' | 'Q' => integer(letter == 'q', 8),
        'n' | 'p' | 'N' | 'P' => integer(letter.is_lowercase(), size_of::<usize>()),
        _ => None,
    }
}

/// A word.
fn of_name(name: &str) -> Option<ElementType> {
    Some(match name {
        "float32" | "single" => ElementType::F32,
        "float64" | "double" | "float" => ElementType::F64,
        "bool" | "bool_" => ElementType::Bool,
        _ => {
            let unsigned = name.strip_prefix('u');
            let bytes = match unsigned.unwrap_or(name) {
                "int8" | "byte" => 1,
                "int16" | "short" => 2,
                "int32" | "intc" => 4,
                "int64" | "longlong" => 8,
                "int" | "intp" => size_of::<usize>(),
                "int_" if unsigned.is_none() => size_of::<usize>(),
                "long" => size_of::<c_long>(),
                _ => return None,
            };
            integer(unsigned.is_none(), bytes)?
        }
    })
}

/// What elements are that cannot be filtered.
fn other(name: &str) -> &'static str {
    let code = name.trim_start_matches(['<', '>', '=', '|']);
    match code {
        "float16" | "half" | "f2" | "e" => "floats of 16 bits",
        "f10" | "f12" | "f16" | "g" | "longdouble" | "float96" | "float128" => {
            "floats of more than 64 bits"
        }
        "object" | "object_" => "Python objects",
        "complex" => "complex numbers",
        "str" | "bytes" => "texts",
        _ if code.starts_with("complex") || code.starts_with("clongdouble") => "complex numbers",
        _ if code.starts_with("datetime") => "dates",
        _ if code.starts_with("timedelta") => "spans of time",
        _ if code.contains([',', '(']) => "records of several values",
        _ => match code.chars().next() {
            Some('c' | 'F' | 'D' | 'G') => "complex numbers",
            Some('O') => "Python objects",
            Some('S' | 'a' | 'U') => "texts",
            Some('V') => "raw bytes",
            Some('M') => "dates",
            Some('m') => "spans of time",
            _ => "elements of a type that is not known",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_of_every_type_is_read() {
        let codes = ["f4", "f8", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "b1"];
        for (element, code) in ElementType::ALL.into_iter().zip(codes) {
            for (mark, foreign) in [
                ("", false),
                ("=", false),
                ("|", false),
                ("<", cfg!(target_endian = "big")),
                (">", cfg!(target_endian = "little")),
            ] {
                let swapped = foreign && element.size() > 1;
                let found = Descriptor::named(&format!("{mark}{code}"));
                assert_eq!(found, Ok(Descriptor { element, swapped }));
            }
            assert_eq!(&native(element)[1..], code);
            let own = Descriptor { element, swapped: false };
            assert_eq!(Descriptor::named(&native(element)), Ok(own));
        }
    }

    #[test]
    fn what_cannot_be_filtered_is_called_by_its_name() {
        for (name, told) in [
            ("<f2", "floats of 16 bits ('<f2')"),
            ("float16", "floats of 16 bits"),
            ("<f16", "floats of more than 64 bits"),
            ("<c8", "complex numbers ('<c8')"),
            ("complex128", "complex numbers"),
            ("|O", "Python objects ('|O')"),
            ("|S1", "texts"),
            ("<U1", "texts"),
            ("<M8[ns]", "dates ('<M8[ns]')"),
            ("<m8[s]", "spans of time"),
            ("|V2", "raw bytes"),
            ("f4,f4", "records"),
            ("<int32", "not known ('<int32')"),
            ("", "not known"),
            ("@f4", "not known"),
            ("\u{e9}4", "not known"),
        ] {
            let error = Descriptor::named(name).unwrap_err();
            assert!(error.contains(told), "{told} in {error}");
        }
    }

    #[test]
    fn arrays_of_one_element_are_that_element() {
        let of = |descr| Descriptor::of(&Literal::read(descr, false).expect("a literal"));
        for descr in ["'<f4'", "('<f4', ())", "('<f4', (1, 1))", "('<f4', 1)"] {
            assert_eq!(of(descr), Descriptor::named("<f4"), "{descr}");
        }
        for (descr, told) in [
            ("('<f4', (2,))", "arrays as elements"),
            ("('<f4', True)", "arrays as elements"),
            ("(1, 1)", "arrays as elements"),
            ("()", "arrays as elements"),
            ("[('a', '<f4')]", "records of named fields"),
            ("True", "elements of type True, which numpy does not know"),
            ("{'a': '<f4'}", "elements of type {...}, which numpy does not know"),
            ("'?\\n'", "elements of a type that is not known ('?\\n')"),
        ] {
            assert_eq!(of(descr), Err(told.to_owned()));
        }
    }
}
