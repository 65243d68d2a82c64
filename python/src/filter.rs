//! The one filter behind all of the package's functions.

use std::sync::Arc;

use gausstack::{
    Combination, Combine, Element, Error, Missing, Mode, Plan, Precision, Rounding, Term, Threads,
};
use numpy::PyUntypedArray;
use pyo3::{Bound, PyRef, PyResult, Python, pyclass, pymethods};

use crate::arrays::{Arrays, MustCopy};
use crate::element::{ElementType, with_element};
use crate::errors::exception;
use crate::interrupt::Watch;
use crate::pool::Pool;
use crate::weights::Weights;

/// Weighted sums along some axes, combined: any number of terms, and how sums are made.
#[pyclass(frozen, module = "gausstack._gausstack")]
pub(crate) struct Filter {
    combination: Combination,
}

#[pymethods]
impl Filter {
    /// Nothing was done: the input cannot be read where it lies, or would be overwritten before it is read.
    #[classattr]
    const COPY_INPUT: u8 = 1;
    /// Nothing was done: the output cannot be written where it lies.
    #[classattr]
    const COPY_OUTPUT: u8 = 2;

    /// `terms` holds, for each term, the weights and the mode of each of `axes`. Terms are added up, or combined to a magnitude.
    #[new]
    #[pyo3(signature = (axes, terms, *, magnitude, cval, double, nearest, ignore_nan))]
    fn new(
        axes: Vec<isize>,
        terms: Vec<Vec<(PyRef<'_, Weights>, String)>>,
        magnitude: bool,
        cval: f64,
        double: bool,
        nearest: bool,
        ignore_nan: bool,
    ) -> PyResult<Self> {
        let term = |term: Vec<(PyRef<'_, Weights>, String)>| {
            let modes = term.iter().map(|(_, mode)| mode.parse());
            let modes = modes.collect::<Result<Vec<Mode>, Error>>()?;
            let weights: Vec<_> = term.iter().map(|(weights, _)| weights.weights.clone()).collect();
            Ok(Term::new(weights).mode(modes))
        };
        let terms = terms.into_iter().map(term).collect::<Result<Vec<_>, Error>>();
        let combine = if magnitude { Combine::Magnitude } else { Combine::Sum };
        let combination = Combination::new(combine, terms.map_err(|error| exception(&error))?)
            .axes(axes)
            .cval(cval)
            .precision(if double { Precision::Double } else { Precision::Native })
            .rounding(if nearest { Rounding::Nearest } else { Rounding::Scipy })
            .missing(if ignore_nan { Missing::Ignore } else { Missing::Propagate });
        Ok(Self { combination })
    }

    /// Filters `input` into `output`, which may be the very same array, on the threads of `pool` or on this one. Returns 0, or which of
    /// the two must be copied first; then nothing was done.
    fn apply(
        &self,
        py: Python<'_>,
        input: &Bound<'_, PyUntypedArray>,
        output: &Bound<'_, PyUntypedArray>,
        pool: Option<PyRef<'_, Pool>>,
    ) -> PyResult<u8> {
        let threads = pool.map(|pool| pool.threads()).transpose()?;
        let mut arrays = match Arrays::of(input, output) {
            Ok(arrays) => arrays,
            Err(MustCopy { input, output }) => {
                let bit = |copied, bit| if copied { bit } else { 0 };
                return Ok(bit(input, Self::COPY_INPUT) | bit(output, Self::COPY_OUTPUT));
            }
        };
        let watch = Watch::new();
        let observer = Arc::clone(&watch);
        let combination = self.combination.clone().observer(move |_| observer.flow());
        let combination = combination.threads(match threads {
            Some(threads) => Threads::Pool(threads),
            None => Threads::Fixed(1),
        });
        let call = Call { py, combination: &combination, watch: &watch };
        let (from, to) = arrays.elements();
        if arrays.is_one() {
            with_element!(to, T => call.in_place::<T>(&mut arrays))?;
        } else {
            with_element!(from, In => with_element!(to, Out => call.apart::<In, Out>(&mut arrays)))?;
        }
        Ok(0)
    }
}

/// One call, of which only the types are missing.
struct Call<'c, 'py> {
    py: Python<'py>,
    combination: &'c Combination,
    watch: &'c Watch,
}

impl Call<'_, '_> {
    fn apart<In: Element, Out: Element>(&self, arrays: &mut Arrays<'_>) -> PyResult<()> {
        let plan = self.plan::<In, Out>(arrays)?;
        self.watch.over(self.py, plan.workers() > 1, || match arrays.views::<In, Out>() {
            Some((input, mut output)) => plan.apply_into(&input, &mut output),
            None => Ok(()),
        })
    }

    fn in_place<T: Element>(&self, arrays: &mut Arrays<'_>) -> PyResult<()> {
        let plan = self.plan::<T, T>(arrays)?;
        let shared = plan.workers() > 1;
        self.watch.over(self.py, shared, || plan.apply_in_place(&mut arrays.output::<T>()))
    }

    fn plan<In: Element, Out: Element>(&self, arrays: &Arrays<'_>) -> PyResult<Plan<In, Out>> {
        self.combination.plan(arrays.shape()).map_err(|error| exception(&error))
    }
}
