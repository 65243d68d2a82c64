//! Weights that Python code has computed.

use numpy::PyReadonlyArray1;
use pyo3::{PyResult, pyclass, pymethods};

use crate::errors::exception;

/// The correlation weights of one axis, ready to be used any number of times.
#[pyclass(frozen, module = "gausstack._gausstack")]
pub(crate) struct Weights {
    pub(crate) weights: gausstack::Weights,
}

#[pymethods]
impl Weights {
    /// Weights in the order of `correlate1d`, moved by `origin` samples towards the start of the axis.
    #[new]
    fn new(values: PyReadonlyArray1<'_, f64>, origin: isize) -> PyResult<Self> {
        let weights = gausstack::Weights::correlation(values.as_slice()?, origin, 0);
        Ok(Self { weights: weights.map_err(|error| exception(&error))? })
    }
}
