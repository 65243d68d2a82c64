//! The library's errors as Python's exceptions.

use gausstack::Error;
use pyo3::PyErr;
use pyo3::exceptions::{PyMemoryError, PyOSError, PyValueError};

/// The exception of an error.
pub(crate) fn exception(error: &Error) -> PyErr {
    let text = error.to_string();
    match error {
        Error::OutOfMemory { .. } => PyMemoryError::new_err(text),
        Error::ThreadPool { .. } => PyOSError::new_err(text),
        _ => PyValueError::new_err(text),
    }
}
