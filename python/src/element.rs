//! The element types of numpy's arrays.

use gausstack::ElementType;
use numpy::{PyArrayDescr, PyArrayDescrMethods};
use pyo3::Bound;

/// That of an array in this machine's byte order; `None` of any other. numpy's bool is `U8`, since
/// its bytes may be any.
pub(crate) fn element_of(descr: &Bound<'_, PyArrayDescr>) -> Option<ElementType> {
    let foreign = if cfg!(target_endian = "little") { b'>' } else { b'<' };
    if descr.byteorder() == foreign {
        return None;
    }
    let (kind, size) = match descr.kind() {
        b'b' => (b'u', 1),
        kind => (kind, descr.itemsize()),
    };
    // numpy's letters for kinds of numbers are those that Rust's names begin with.
    let is_it = |element: &ElementType| {
        element.name().as_bytes()[0] == kind
            && element.size() == size
            && *element != ElementType::Bool
    };
    ElementType::ALL.into_iter().find(is_it)
}
