//! Element types of .npy files, their values as f64 and their bytes.

#![allow(clippy::unnecessary_cast, reason = "one text serves every type of number, f64 too")]

use ndarray::Array3;

/// An element type: its name in Rust, its name in numpy, and what a .npy file calls it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Dtype {
    pub(crate) name: &'static str,
    pub(crate) numpy: &'static str,
    pub(crate) descriptor: &'static str,
}

const fn dtype(name: &'static str, numpy: &'static str, descriptor: &'static str) -> Dtype {
    Dtype { name, numpy, descriptor }
}

pub(crate) const ALL: [Dtype; 11] = [
    dtype("f32", "float32", "<f4"),
    dtype("f64", "float64", "<f8"),
    dtype("u8", "uint8", "|u1"),
    dtype("i8", "int8", "|i1"),
    dtype("u16", "uint16", "<u2"),
    dtype("i16", "int16", "<i2"),
    dtype("u32", "uint32", "<u4"),
    dtype("i32", "int32", "<i4"),
    dtype("u64", "uint64", "<u8"),
    dtype("i64", "int64", "<i8"),
    dtype("bool", "bool", "|b1"),
];

pub(crate) fn named(name: &str) -> Dtype {
    *ALL.iter().find(|dtype| dtype.name == name).unwrap()
}

/// An expression in which a name stands for the number type of this name, and another for bool.
macro_rules! by_name {
    ($name:expr, $number:ident => $body:expr, bool => $bool:expr) => {
        by_name!(@ $name, $number => $body, bool => $bool; f32 f64 u8 i8 u16 i16 u32 i32 u64 i64)
    };
    (@ $name:expr, $number:ident => $body:expr, bool => $bool:expr; $($element:ident)*) => {
        match $name {
            $(stringify!($element) => {
                type $number = $element;
                $body
            })*
            "bool" => $bool,
            other => panic!("no element type {other}"),
        }
    };
}

impl Dtype {
    pub(crate) fn is_float(self) -> bool {
        self.name.starts_with('f')
    }

    pub(crate) fn is_signed(self) -> bool {
        !self.name.starts_with('u') && self.name != "bool"
    }

    /// Whether sums may be in f32.
    pub(crate) fn fits_f32(self) -> bool {
        ["f32", "u8", "i8", "u16", "i16"].contains(&self.name)
    }

    /// The values' bytes in a file; a value that the type does not have is a mistake of the test.
    pub(crate) fn encode(self, values: &[f64]) -> Vec<u8> {
        by_name!(self.name, T => {
            let exact = |&value: &f64| {
                assert_eq!(value as T as f64, value, "no {}", self.name);
                (value as T).to_le_bytes()
            };
            values.iter().flat_map(exact).collect()
        }, bool => values.iter().map(|&value| {
            assert!([0.0, 1.0].contains(&value), "{value} is no bool");
            value as u8
        }).collect())
    }

    /// The values of some bytes in a file.
    pub(crate) fn decode(self, bytes: &[u8]) -> Vec<f64> {
        by_name!(self.name, T => {
            let (numbers, rest) = bytes.as_chunks();
            assert!(rest.is_empty(), "{rest:?}");
            numbers.iter().map(|&bytes| T::from_le_bytes(bytes) as f64).collect()
        }, bool => bytes.iter().map(|&byte| {
            assert!(byte <= 1, "{byte} is no bool");
            f64::from(byte)
        }).collect())
    }

    /// As the type rounds a number to nearest: halves to even, out of range to the limit; more than
    /// a half is true.
    pub(crate) fn nearest(self, value: f64) -> f64 {
        by_name!(self.name, T => {
            let rounded = if self.is_float() { value } else { value.round_ties_even() };
            rounded as T as f64
        }, bool => f64::from(value > 0.5))
    }

    /// As the type cuts a number that it can hold.
    pub(crate) fn cut(self, value: f64) -> f64 {
        by_name!(self.name, T => value as T as f64, bool => f64::from(value.trunc() != 0.0))
    }
}

/// A Gaussian along one axis of three by its definition, in f64: what lies outside is reflected
/// about the edge of the last sample.
pub(crate) fn smooth(data: &Array3<f64>, axis: usize, sigma: f64) -> Array3<f64> {
    let radius = (4.0 * sigma + 0.5) as i64;
    let bell = |k: i64| (-0.5 * (k as f64 / sigma).powi(2)).exp();
    let total: f64 = (-radius..=radius).map(bell).sum();
    let len = data.shape()[axis] as i64;
    Array3::from_shape_fn(data.dim(), |(a, b, c)| {
        let sample = |k: i64| {
            let mut at = [a, b, c];
            let place = (at[axis] as i64 + k).rem_euclid(2 * len);
            at[axis] = if place < len { place } else { 2 * len - 1 - place } as usize;
            data[at]
        };
        (-radius..=radius).map(|k| bell(k) / total * sample(k)).sum()
    })
}
