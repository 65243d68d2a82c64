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

/// What weights are made from, to be compared.
#[derive(Clone, Debug)]
pub(crate) enum Identity {
    /// Their bits and their origin.
    Listed { bits: Arc<[u64]>, origin: isize },
    /// Those of an ideal Gaussian: the bits of sigma and of the tolerance, and the order.
    Ideal { sigma: u64, order: usize, tolerance: u64 },
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Listed { bits, origin }, Self::Listed { bits: others, origin: other }) => {
                (Arc::ptr_eq(bits, others) || bits == others) && origin == other
            }
            (
                Self::Ideal { sigma, order, tolerance },
                Self::Ideal { sigma: other, order: others, tolerance: its },
            ) => (sigma, order, tolerance) == (other, others, its),
            _ => false,
        }
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
        let identity = values.len() <= MAX_KEPT;
        let identity = identity.then(|| Identity::Listed { bits: bits(), origin });
        let weights = weights.map_err(|error| exception(&error))?;
        Ok(Self { weights, len: values.len(), identity })
    }

    /// Weights of an ideal Gaussian, or of its derivative, to a tolerance along `axis`.
    #[staticmethod]
    fn ideal(sigma: f64, order: usize, tolerance: f64, axis: usize) -> PyResult<Self> {
        let weights = gausstack::Weights::ideal(sigma, order, tolerance, axis);
        let weights = weights.map_err(|error| exception(&error))?;
        let len = weights.before() + 1 + weights.after();
        let (sigma, tolerance) = (sigma.to_bits(), tolerance.to_bits());
        let identity = (len <= MAX_KEPT).then_some(Identity::Ideal { sigma, order, tolerance });
        Ok(Self { weights, len, identity })
    }
}
