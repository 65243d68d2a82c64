//! The one filter behind all of the package's functions.

use std::sync::Arc;

use gausstack::{
    Combination, Combine, Element, Error, Missing, Mode, Plan, Precision, Rounding, Term, Threads,
};
use numpy::PyUntypedArray;
use pyo3::exceptions::PyValueError;
use pyo3::{Bound, PyRef, PyResult, Python, pyclass, pymethods};

use crate::arrays::{Arrays, MustCopy};
use crate::element::{ElementType, with_element};
use crate::errors::exception;
use crate::interrupt::Watch;
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
    /// Nothing was done: the mask would be overwritten before it is read, or has bytes other than 0 and 1.
    #[classattr]
    const COPY_MASK: u8 = 4;

    /// `terms` holds, for each term, the weights and the mode of each of `axes`. Terms are added up, or combined to a magnitude.
    #[new]
    #[pyo3(signature = (axes, terms, *, magnitude, cval, double, nearest, missing, fill))]
    #[expect(clippy::too_many_arguments, reason = "keywords of Python")]
    fn new(
        axes: Vec<isize>,
        terms: Vec<Vec<(PyRef<'_, Weights>, String)>>,
        magnitude: bool,
        cval: f64,
        double: bool,
        nearest: bool,
        missing: &str,
        fill: Option<f64>,
    ) -> PyResult<Self> {
        let missing = match missing {
            "propagate" => Missing::Propagate,
            "ignore" => Missing::Ignore,
            "keep" => Missing::Keep,
            _ => return Err(PyValueError::new_err(format!("missing: unknown '{missing}'"))),
        };
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
            .missing(missing);
        let combination = match fill {
            Some(fill) => combination.fill(fill),
            None => combination,
        };
        Ok(Self { combination })
    }

    /// Filters `input` into `output`, which may be the very same array, on `workers` threads at most; pixels whose `mask` is false
    /// are missing. Returns 0, or which of the arrays must be copied first; then nothing was done.
    #[pyo3(signature = (input, output, workers, mask=None))]
    fn apply(
        &self,
        py: Python<'_>,
        input: &Bound<'_, PyUntypedArray>,
        output: &Bound<'_, PyUntypedArray>,
        workers: usize,
        mask: Option<&Bound<'_, PyUntypedArray>>,
    ) -> PyResult<u8> {
        let mut arrays = match Arrays::of(input, output, mask) {
            Ok(arrays) => arrays,
            Err(MustCopy { input, output, mask }) => {
                let bit = |copied, bit| if copied { bit } else { 0 };
                let bits = bit(input, Self::COPY_INPUT) | bit(output, Self::COPY_OUTPUT);
                return Ok(bits | bit(mask, Self::COPY_MASK));
            }
        };
        let watch = Watch::new();
        let observer = Arc::clone(&watch);
        let combination = self.combination.clone().observer(move |_| observer.flow());
        let combination = combination.threads(Threads::Fixed(workers));
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
            Some((input, Some(mask), mut output)) => {
                plan.apply_masked_into(&input, &mask, &mut output)
            }
            Some((input, None, mut output)) => plan.apply_into(&input, &mut output),
            None => Ok(()),
        })
    }

    fn in_place<T: Element>(&self, arrays: &mut Arrays<'_>) -> PyResult<()> {
        let plan = self.plan::<T, T>(arrays)?;
        let shared = plan.workers() > 1;
        self.watch.over(self.py, shared, || match arrays.output::<T>() {
            (Some(mask), mut array) => plan.apply_masked_in_place(&mut array, &mask),
            (None, mut array) => plan.apply_in_place(&mut array),
        })
    }

    fn plan<In: Element, Out: Element>(&self, arrays: &Arrays<'_>) -> PyResult<Plan<In, Out>> {
        let (combination, shape) = (self.combination, arrays.shape());
        let masked = arrays.is_masked();
        let mut made = None;
        // (Planning looks for signals too, by the observer.)
        self.watch.over(self.py, false, || {
            let plan =
                if masked { combination.plan_masked(shape) } else { combination.plan(shape) };
            made = Some(plan?);
            Ok(())
        })?;
        made.ok_or_else(|| PyValueError::new_err("no plan was made"))
    }
}
