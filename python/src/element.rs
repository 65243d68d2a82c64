//! Element types of arrays that are known when a call is made.

use numpy::{PyArrayDescr, PyArrayDescrMethods};
use pyo3::Bound;

/// A type of elements. numpy's bool is `U8`, since its bytes may be any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ElementType {
    F32,
    F64,
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
}

/// The same expression with a type for the one that an [`ElementType`] names.
macro_rules! with_element {
    ($element:expr, $T:ident => $body:expr) => {{
        macro_rules! with {
            ($type:ty) => {{
                type $T = $type;
                $body
            }};
        }
        match $element {
            ElementType::F32 => with!(f32),
            ElementType::F64 => with!(f64),
            ElementType::U8 => with!(u8),
            ElementType::I8 => with!(i8),
            ElementType::U16 => with!(u16),
            ElementType::I16 => with!(i16),
            ElementType::U32 => with!(u32),
            ElementType::I32 => with!(i32),
            ElementType::U64 => with!(u64),
            ElementType::I64 => with!(i64),
        }
    }};
}
pub(crate) use with_element;

impl ElementType {
    /// That of an array in this machine's byte order; `None` of any other.
    pub(crate) fn of(descr: &Bound<'_, PyArrayDescr>) -> Option<Self> {
        let foreign = if cfg!(target_endian = "little") { b'>' } else { b'<' };
        if descr.byteorder() == foreign {
            return None;
        }
        Some(match (descr.kind(), descr.itemsize()) {
            (b'f', 4) => Self::F32,
            (b'f', 8) => Self::F64,
            (b'b' | b'u', 1) => Self::U8,
            (b'i', 1) => Self::I8,
            (b'u', 2) => Self::U16,
            (b'i', 2) => Self::I16,
            (b'u', 4) => Self::U32,
            (b'i', 4) => Self::I32,
            (b'u', 8) => Self::U64,
            (b'i', 8) => Self::I64,
            _ => return None,
        })
    }

    /// Bytes of an element.
    pub(crate) fn size(self) -> usize {
        with_element!(self, T => size_of::<T>())
    }

    /// Alignment of an element in bytes.
    pub(crate) fn alignment(self) -> usize {
        with_element!(self, T => align_of::<T>())
    }

    /// The name of an element's Rust type.
    pub(crate) fn name(self) -> &'static str {
        with_element!(self, T => <T as gausstack::Element>::NAME)
    }
}
