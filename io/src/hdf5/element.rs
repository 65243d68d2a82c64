//! Element types by what HDF5 says of them.

use gausstack::ElementType;
use rust_hdf5::DatatypeMessage;

/// The type that elements of a data set are; if they cannot be filtered, what they are.
pub(super) fn element_of(datatype: &DatatypeMessage) -> Result<ElementType, &'static str> {
    use ElementType as E;
    match *datatype {
        DatatypeMessage::FixedPoint { size, signed, bit_offset, bit_precision, .. } => {
            if bit_offset != 0 || u32::from(bit_precision) != 8 * size {
                return Err("integers of fewer bits than their bytes have");
            }
            Ok(match (size, signed) {
                (1, false) => E::U8,
                (1, true) => E::I8,
                (2, false) => E::U16,
                (2, true) => E::I16,
                (4, false) => E::U32,
                (4, true) => E::I32,
                (8, false) => E::U64,
                (8, true) => E::I64,
                _ => return Err("integers of an unusual size"),
            })
        }
        DatatypeMessage::FloatingPoint { size, exponent_size, mantissa_size, .. } => {
            match (size, exponent_size, mantissa_size) {
                (4, 8, 23) => Ok(E::F32),
                (8, 11, 52) => Ok(E::F64),
                (2, ..) => Err("floats of 16 bits"),
                (size, ..) if size > 8 => Err("floats of more than 64 bits"),
                _ => Err("floats of an unusual form"),
            }
        }
        DatatypeMessage::Enum { ref base, ref members } => {
            let is_byte = matches!(**base, DatatypeMessage::FixedPoint { size: 1, .. });
            let mut values: Vec<&[u8]> = members.iter().map(|member| &member.value[..]).collect();
            values.sort_unstable();
            if is_byte && values == [[0], [1]] { Ok(E::Bool) } else { Err("named values") }
        }
        DatatypeMessage::Compound { .. } => Err("records or complex numbers"),
        DatatypeMessage::FixedString { .. } | DatatypeMessage::VarLenString { .. } => Err("texts"),
        DatatypeMessage::VarLenSequence { .. } => Err("lists of various lengths"),
        DatatypeMessage::Array { .. } => Err("arrays as elements"),
        DatatypeMessage::BitField { .. } => Err("bit fields"),
        DatatypeMessage::Opaque { .. } => Err("raw bytes"),
        DatatypeMessage::Reference { .. } => Err("references"),
    }
}

/// What HDF5 says of a type.
pub(super) fn datatype_of(element: ElementType) -> DatatypeMessage {
    use rust_hdf5::H5Type;
    match element {
        ElementType::F32 => f32::hdf5_type(),
        ElementType::F64 => f64::hdf5_type(),
        ElementType::U8 => u8::hdf5_type(),
        ElementType::I8 => i8::hdf5_type(),
        ElementType::U16 => u16::hdf5_type(),
        ElementType::I16 => i16::hdf5_type(),
        ElementType::U32 => u32::hdf5_type(),
        ElementType::I32 => i32::hdf5_type(),
        ElementType::U64 => u64::hdf5_type(),
        ElementType::I64 => i64::hdf5_type(),
        ElementType::Bool => DatatypeMessage::bool_type(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_what_it_is_written_as() {
        for element in ElementType::ALL {
            assert_eq!(element_of(&datatype_of(element)), Ok(element));
        }
        let text = DatatypeMessage::fixed_string(4);
        assert_eq!(element_of(&text), Err("texts"));
    }
}
