//! The one filter behind all of the package's functions.

use std::sync::Arc;

use gausstack::{
    AnyPlan, Combination, Combine, Error, Missing, Mode, Precision, Rounding, Term, Threads,
};
use numpy::PyUntypedArray;
use pyo3::exceptions::PyValueError;
use pyo3::types::PyAnyMethods;
use pyo3::{Bound, PyAny, PyRef, PyResult, Python, pyclass, pymethods};

use crate::arrays::{Arrays, MustCopy};
use crate::errors::exception;
use crate::interrupt::{Watch, without_lock};
use crate::parameters::Parameters;
use crate::plans::Call;
use crate::weights::Weights;

/// Weighted sums along some axes, combined: any number of terms, and how sums are made.
#[pyclass(frozen, module = "gausstack._gausstack")]
pub(crate) struct Filter {
    pub(crate) combination: Combination,
    parameters: Arc<Parameters>,
    /// Of all terms and axes, for each pixel.
    products: usize,
}

/// Multiply-adds that take less than a few milliseconds at any level: nobody waits for a signal that
/// comes meanwhile.
const SHORT_CALL: usize = 1 << 20;

#[pymethods]
impl Filter {
    /// Nothing was done: the input cannot be read where it lies, or would be overwritten before it
    /// is read.
    #[classattr]
    const COPY_INPUT: u8 = 1;
    /// Nothing was done: the output cannot be written where it lies.
    #[classattr]
    const COPY_OUTPUT: u8 = 2;
    /// Nothing was done: the mask would be overwritten before it is read, or has bytes other than 0
    /// and 1.
    #[classattr]
    const COPY_MASK: u8 = 4;

    /// `terms` holds, for each term, the weights and the mode of each of `axes`. Terms are added
    /// up, or combined to a magnitude.
    #[new]
    #[pyo3(signature = (axes, terms, *, magnitude, double, nearest, missing, fill))]
    fn new(
        axes: Vec<isize>,
        terms: Vec<Vec<(PyRef<'_, Weights>, String)>>,
        magnitude: bool,
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
        let (mut made, mut compared, mut products) = (Vec::new(), Vec::new(), 0_usize);
        for term in terms {
            let modes = term.iter().map(|(_, mode)| mode.parse());
            let modes = modes.collect::<Result<Vec<Mode>, Error>>();
            let modes = modes.map_err(|error| exception(&error))?;
            for (weights, _) in &term {
                products = products.saturating_add(weights.len);
            }
            let weights: Vec<_> = term.iter().map(|(weights, _)| weights.weights.clone()).collect();
            let identities = term.iter().map(|(weights, _)| weights.identity.clone());
            compared.push(identities.zip(modes.iter().copied()).collect());
            made.push(Term::new(weights).mode(modes));
        }
        let combine = if magnitude { Combine::Magnitude } else { Combine::Sum };
        let parameters = Parameters {
            axes: axes.clone(),
            terms: compared,
            magnitude,
            double,
            nearest,
            missing,
            fill: fill.map(f64::to_bits),
        };
        let combination = Combination::new(combine, made)
            .axes(axes)
            .precision(if double { Precision::Double } else { Precision::Native })
            .rounding(if nearest { Rounding::Nearest } else { Rounding::Scipy })
            .missing(missing);
        let combination = match fill {
            Some(fill) => combination.fill(fill),
            None => combination,
        };
        Ok(Self { combination, parameters: Arc::new(parameters), products })
    }

    /// Filters `input` into `output`, which may be the very same array, on `workers` threads at
    /// most, with the number `cval` outside where the mode is constant; pixels whose `mask` is false
    /// are missing. Returns 0, or which of the arrays must be copied first; then nothing was done,
    /// and `cval` was not looked at.
    #[pyo3(signature = (input, output, workers, cval, mask=None))]
    fn apply(
        &self,
        py: Python<'_>,
        input: &Bound<'_, PyUntypedArray>,
        output: &Bound<'_, PyUntypedArray>,
        workers: usize,
        cval: &Bound<'_, PyAny>,
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
        let cval = cval.extract::<f64>()?;
        let watch = self.takes_long(arrays.shape()).then(Watch::new);
        let call = Call::new(&self.parameters, cval, &arrays, workers);
        let plan = match call.kept() {
            Some(plan) => plan,
            None => {
                let plan = Arc::new(self.plan(py, &call, watch.as_ref())?);
                call.keep(&plan);
                plan
            }
        };
        without_lock(py, watch.as_ref(), plan.workers() > 1, || match arrays.views() {
            (Some(input), Some(mask), out) => plan.apply_masked_into(input, mask, out),
            (Some(input), None, out) => plan.apply_into(input, out),
            (None, Some(mask), array) => plan.apply_masked_in_place(array, mask),
            (None, None, array) => plan.apply_in_place(array),
        })?;
        Ok(0)
    }
}

impl Filter {
    /// Whether a call takes so long that it has to look for signals.
    fn takes_long(&self, shape: &[usize]) -> bool {
        let pixels = shape.iter().fold(1, |pixels: usize, &len| pixels.saturating_mul(len));
        // (Without a pixel there are still the weights to go through.)
        pixels.max(1).saturating_mul(self.products) > SHORT_CALL
    }

    /// Plans a call. A run of the plan looks for signals by the watch of the call that runs it.
    fn plan(&self, py: Python<'_>, call: &Call, watch: Option<&Arc<Watch>>) -> PyResult<AnyPlan> {
        let mut combination = self.combination.clone().cval(call.cval());
        if let Some(watch) = watch {
            let observer = Watch::observer(watch);
            combination = combination.observer(move |_| observer());
        }
        let combination = combination.threads(Threads::Fixed(call.workers));
        let [from, to] = call.types;
        let mut made = None;
        without_lock(py, watch, false, || {
            let plan = match call.masked {
                true => combination.plan_any_masked(&call.shape, from, to),
                false => combination.plan_any(&call.shape, from, to),
            };
            made = Some(plan?);
            Ok(())
        })?;
        Ok(made.expect("a plan, or an error"))
    }
}
