//! Fill values: what the elements of a chunk without a file are.

use gausstack::ElementType;
use serde_json::Value;

/// The bytes of an element, in this machine's order; `None` if the value is none of the type.
pub(super) fn element_of(value: &Value, element: ElementType) -> Option<Vec<u8>> {
    use ElementType::{Bool, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
    let signed = || whole(value);
    Some(match element {
        // Version 2 may leave it open.
        _ if value.is_null() => vec![0; element.size()],
        F32 => match bits(value) {
            Some(bits) => u32::try_from(bits).ok()?.to_ne_bytes().to_vec(),
            None => (float(value)? as f32).to_ne_bytes().to_vec(),
        },
        F64 => match bits(value) {
            Some(bits) => bits.to_ne_bytes().to_vec(),
            None => float(value)?.to_ne_bytes().to_vec(),
        },
        Bool => match (value.as_bool(), whole(value)) {
            (Some(value), _) => vec![u8::from(value)],
            (None, Some(value @ 0..=1)) => vec![value as u8],
            _ => return None,
        },
        U8 => vec![u8::try_from(signed()?).ok()?],
        I8 => i8::try_from(signed()?).ok()?.to_ne_bytes().to_vec(),
        U16 => u16::try_from(signed()?).ok()?.to_ne_bytes().to_vec(),
        I16 => i16::try_from(signed()?).ok()?.to_ne_bytes().to_vec(),
        U32 => u32::try_from(signed()?).ok()?.to_ne_bytes().to_vec(),
        I32 => i32::try_from(signed()?).ok()?.to_ne_bytes().to_vec(),
        U64 => u64::try_from(signed()?).ok()?.to_ne_bytes().to_vec(),
        I64 => i64::try_from(signed()?).ok()?.to_ne_bytes().to_vec(),
    })
}

fn whole(value: &Value) -> Option<i128> {
    let integer = value.as_u64().map(i128::from).or_else(|| value.as_i64().map(i128::from));
    // Some writers have a point behind integers.
    let float = || value.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 9e15);
    integer.or_else(|| float().map(|float| float as i128))
}

fn float(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some("NaN") => Some(f64::NAN),
        Some("Infinity") => Some(f64::INFINITY),
        Some("-Infinity") => Some(f64::NEG_INFINITY),
        Some(_) => None,
        None => value.as_f64(),
    }
}

/// The bits of a float that is spelled out.
fn bits(value: &Value) -> Option<u64> {
    u64::from_str_radix(value.as_str()?.strip_prefix("0x")?, 16).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_elements_of_their_types() {
        let of = |value: Value, element| element_of(&value, element);
        let f32 = |value: Value| of(value, ElementType::F32).map(|b| b.try_into().unwrap());
        let f32 = |value: Value| f32(value).map(|bytes| f32::from_ne_bytes(bytes).to_bits());
        assert_eq!(f32(json!(1.5)), Some(1.5_f32.to_bits()));
        assert_eq!(f32(json!("NaN")), Some(f32::NAN.to_bits()));
        assert_eq!(f32(json!("-Infinity")), Some(f32::NEG_INFINITY.to_bits()));
        assert_eq!(f32(json!("0x7fc00001")), Some(0x7fc0_0001));
        assert_eq!(f32(json!(null)), Some(0));
        for wrong in [json!("nan"), json!("0x1ffffffff"), json!([1]), json!(true)] {
            assert_eq!(f32(wrong), None);
        }
        assert_eq!(of(json!(u64::MAX), ElementType::U64), Some(vec![255; 8]));
        assert_eq!(of(json!(-1), ElementType::I16), Some(vec![255; 2]));
        assert_eq!(of(json!(-1), ElementType::U16), None);
        assert_eq!(of(json!(3.0), ElementType::U8), Some(vec![3]));
        assert_eq!(of(json!(3.5), ElementType::U8), None);
        assert_eq!(of(json!(true), ElementType::Bool), Some(vec![1]));
        assert_eq!(of(json!(2), ElementType::Bool), None);
    }
}
