//! Weights that Python code has computed.

use std::sync::Arc;

use numpy::PyReadonlyArray1;
use pyo3::{PyResult, pyclass, pymethods};

use crate::errors::exception;

/// Plans with longer weights are not kept: they are made in less time than they run, and would take
/// memory.
const MAX_KEPT: usize = 1025;

/// The correlation weights of one axis, ready to be used any number of times.
#[pyclass(frozen, module = "gausstack._gausstack")]
pub(crate) struct Weights {
    pub(crate) weights: gausstack::Weights,
    /// How many there are.
    pub(crate) len: usize,
    pub(crate) identity: Option<Identity>,
}

/// The bits and the origin of weights, to be compared.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    bits: Arc<[u64]>,
    origin: isize,
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        let same = Arc::ptr_eq(&self.bits, &other.bits) || self.bits == other.bits;
        same && self.origin == other.origin
    }
}

#[pymethods]
impl Weights {
    /// Weights in the order of `correlate1d`, moved by `origin` samples towards the start of the
    /// axis.
    #[new]
    fn new(values: PyReadonlyArray1<'_, f64>, origin: isize) -> PyResult<Self> {
        let values = values.as_slice()?;
        let weights = gausstack::Weights::correlation(values, origin, 0);
        let bits = || values.iter().map(|value| value.to_bits()).collect();
        let identity = (values.len() <= MAX_KEPT).then(|| Identity { bits: bits(), origin });
        let weights = weights.map_err(|error| exception(&error))?;
        Ok(Self { weights, len: values.len(), identity })
    }
}
