//! Attributes of data sets, copied from one to another.

use rust_hdf5::types::VarLenUnicode;
use rust_hdf5::{DatatypeMessage, H5Attribute, H5Dataset, H5Type, Hdf5Error};

/// The attributes of a data set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes {
    values: Vec<(String, Value)>,
    /// Those that cannot be copied: references, variable lists and the like.
    pub(crate) left_out: Vec<String>,
}

/// What an attribute holds.
#[derive(Clone, Debug)]
enum Value {
    Text(String),
    Texts(Vec<String>),
    /// One element, as it is stored.
    Scalar(DatatypeMessage, Vec<u8>),
    Signed(Vec<i64>),
    Unsigned(Vec<u64>),
    Singles(Vec<f32>),
    Floats(Vec<f64>),
}

/// The most bytes of an attribute; larger ones are data sets by another name.
const MOST: usize = 64 << 10;

impl Attributes {
    /// Those of a data set that is read.
    pub(super) fn of(set: &H5Dataset) -> Self {
        let mut attributes = Self::default();
        for name in set.attr_names().unwrap_or_default() {
            match set.attr(&name).ok().and_then(|attribute| value_of(&attribute)) {
                Some(value) => attributes.values.push((name, value)),
                None => attributes.left_out.push(name),
            }
        }
        attributes
    }

    /// Gives a data set the attributes.
    pub(super) fn write(&self, set: &H5Dataset) -> Result<(), Hdf5Error> {
        for (name, value) in &self.values {
            match value {
                Value::Text(text) => {
                    set.new_attr::<VarLenUnicode>().shape(()).create(name)?.write_string(text)?;
                }
                Value::Texts(texts) => {
                    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                    let new = set.new_attr::<VarLenUnicode>().shape([texts.len()]);
                    new.create(name)?.write_string_array(&texts)?;
                }
                Value::Scalar(datatype, bytes) => {
                    set.set_attr_typed(name, datatype.clone(), bytes.clone())?;
                }
                Value::Signed(numbers) => write_numbers(set, name, numbers)?,
                Value::Unsigned(numbers) => write_numbers(set, name, numbers)?,
                Value::Singles(numbers) => write_numbers(set, name, numbers)?,
                Value::Floats(numbers) => write_numbers(set, name, numbers)?,
            }
        }
        Ok(())
    }
}

fn write_numbers<T: H5Type>(set: &H5Dataset, name: &str, numbers: &[T]) -> Result<(), Hdf5Error> {
    set.new_attr::<T>().shape([numbers.len()]).create(name)?.write_array(numbers)
}

/// `None` of what cannot be copied.
fn value_of(attribute: &H5Attribute) -> Option<Value> {
    let (datatype, bytes) = (attribute.datatype().ok()?, attribute.read_raw().ok()?);
    let size = datatype.element_size() as usize;
    if size == 0 || bytes.len() > MOST || !bytes.len().is_multiple_of(size) {
        return None;
    }
    let is_one = bytes.len() == size;
    match datatype {
        DatatypeMessage::VarLenString { .. } if is_one => {
            attribute.read_string().ok().map(Value::Text)
        }
        DatatypeMessage::FixedString { padding, .. } if !is_one => {
            let texts = bytes.chunks_exact(size).map(|text| fixed_text(text, padding));
            texts.collect::<Option<Vec<_>>>().map(Value::Texts)
        }
        DatatypeMessage::FixedPoint { .. }
        | DatatypeMessage::FloatingPoint { .. }
        | DatatypeMessage::FixedString { .. }
        | DatatypeMessage::BitField { .. }
        | DatatypeMessage::Enum { .. }
            if is_one =>
        {
            Some(Value::Scalar(datatype, bytes))
        }
        DatatypeMessage::FixedPoint { signed: true, .. } => {
            attribute.read_numeric_as().ok().map(Value::Signed)
        }
        DatatypeMessage::FixedPoint { .. } => attribute.read_numeric_as().ok().map(Value::Unsigned),
        DatatypeMessage::FloatingPoint { size: 4, .. } => {
            attribute.read_numeric_as().ok().map(Value::Singles)
        }
        DatatypeMessage::FloatingPoint { .. } => {
            attribute.read_numeric_as().ok().map(Value::Floats)
        }
        _ => None,
    }
}

/// The text of a string of fixed length, which ends at its first zero or in spaces.
fn fixed_text(bytes: &[u8], padding: u8) -> Option<String> {
    const SPACES: u8 = 2;
    let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
    let text = std::str::from_utf8(text).ok()?;
    Some(if padding == SPACES { text.trim_end_matches(' ') } else { text }.to_owned())
}
