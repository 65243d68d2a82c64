//! Missing pixels in the data of random jobs, and the model of a filter that leaves them out.

use crate::common::filter::Filter;
use gausstack::{Level, Missing, Precision, Rounding, StorePolicy, Weights};
use ndarray::{ArrayD, Zip};
use proptest::prelude::*;

use crate::common::case::{Along, Case};
use crate::common::inputs::{each, random};
use crate::common::layout::Layout;
use crate::common::model::{self, Products};
use crate::common::pixel::Pixel;
use crate::common::strategies::{Job, job};

/// Which pixels are missing, and how that is said.
#[derive(Clone, Debug)]
pub(crate) struct MissingPixels {
    /// The part of pixels that are NaN, and of those whose mask is false.
    pub(crate) nan: f64,
    pub(crate) masked: Option<f64>,
    pub(crate) missing: Missing,
    pub(crate) fill: Option<f64>,
    pub(crate) seed: u64,
    pub(crate) layout: Layout,
}

/// Any job without derivatives, with gaps in its data.
pub(crate) fn gapped() -> BoxedStrategy<(Job, MissingPixels)> {
    let part = || prop_oneof![1 => Just(0.0), 4 => 0.0..0.4, 1 => 0.9..1.0, 1 => Just(1.0)];
    let missing = prop_oneof![Just(Missing::Propagate), Just(Missing::Ignore), Just(Missing::Keep)];
    let fill = prop_oneof![Just(None), Just(Some(17.0))];
    let said = (part(), proptest::option::of(part()), missing, fill, any::<u64>());
    (job(), said)
        .prop_map(|(job, (nan, masked, missing, fill, seed))| {
            // The mask lies in memory as the input does, or as the output.
            let layout = if seed % 2 == 0 { job.input.clone() } else { job.output.clone() };
            (smoothing(job), MissingPixels { nan, masked, missing, fill, seed, layout })
        })
        .boxed()
}

/// Of what a random job holds, what may be filtered with gaps: no orders, positive weights that sum
/// to 1.
pub(crate) fn smoothing(mut job: Job) -> Job {
    if !job.case.cval.is_finite() {
        job.case.cval = -0.5;
    }
    for Along { order, weights, .. } in &mut job.case.along {
        *order = 0;
        if let Some(weights) = weights {
            weights.iter_mut().for_each(|weight| *weight = weight.abs() + 0.01);
            let sum: f64 = weights.iter().sum();
            weights.iter_mut().for_each(|weight| *weight /= sum);
        }
    }
    job
}

impl MissingPixels {
    /// Data in which some are NaN, if they can be, and a mask if there is one.
    pub(crate) fn make<T: Pixel>(&self, job: &Job) -> (ArrayD<T>, Option<ArrayD<bool>>) {
        let mut data: ArrayD<T> = random(job.distribution, &job.case.shape, job.seed);
        let mut rng = fastrand::Rng::with_seed(self.seed);
        if T::BITS == 0 {
            data.mapv_inplace(|x| if rng.f64() < self.nan { T::of(f64::NAN) } else { x });
        }
        let shape = data.raw_dim();
        let mask =
            self.masked.map(|part| ArrayD::from_shape_simple_fn(shape, || rng.f64() >= part));
        // What the mask hides may be anything.
        if let Some(mask) = mask.as_ref().filter(|_| T::BITS == 0) {
            Zip::from(&mut data).and(mask).for_each(|x, &there| {
                if !there && rng.bool() {
                    *x = T::of(if rng.bool() { f64::INFINITY } else { f64::NAN });
                }
            });
        }
        (data, mask)
    }

    pub(crate) fn valid<T: Pixel>(
        &self,
        data: &ArrayD<T>,
        mask: Option<&ArrayD<bool>>,
    ) -> ArrayD<bool> {
        let ignored = self.missing != Missing::Propagate;
        let mut valid = each(data, &|x: T| !(ignored && x.wide().is_nan()));
        if let Some(mask) = mask {
            valid.zip_mut_with(mask, |valid, &there| *valid &= there);
        }
        valid
    }

    pub(crate) fn configured<F: Filter>(&self, filter: F, job: &Job, level: Level) -> F {
        let filter = job.configured(filter.missing(self.missing), level);
        let filter = if let Some(fill) = self.fill { filter.fill(fill) } else { filter };
        match self.seed % 3 {
            0 => filter.stores(StorePolicy::Streamed),
            _ => filter,
        }
    }
}

/// Filtered numbers over filtered validity, each with the bits that the contract promises.
pub(crate) fn modelled<In: Pixel, Out: Pixel>(
    data: &ArrayD<In>,
    valid: &ArrayD<bool>,
    case: &Case,
    fill: f64,
    products: Products,
) -> ArrayD<Out> {
    let empty = Out::rounded(fill, Rounding::Nearest);
    if model::running_axes::<In, Out>(case).is_empty() {
        let mut copied: ArrayD<Out> = model::filter(data, case, products);
        copied.zip_mut_with(valid, |x, &valid| *x = if valid { *x } else { empty });
        return copied;
    }
    let mut numbers = data.clone();
    numbers.zip_mut_with(valid, |x, &valid| *x = if valid { *x } else { In::of(0.0) });
    let validity = valid.mapv(u8::from);
    let mut case = case.clone();
    let single = model::sums_in_f32::<In, Out>(&case);
    case.precision = if single { Precision::Native } else { Precision::Double };
    let ones = Case { cval: 1.0, ..case.clone() };
    if Out::BITS > 0 && case.rounding == Rounding::Scipy {
        raise(&mut case);
    }
    let divide = |least: f64, number: f64, validity: f64| {
        if validity >= least { Some(number / validity) } else { None }
    };
    let rounded = |ratio: Option<f64>| ratio.map_or(empty, |x| Out::rounded(x, case.rounding));
    if single {
        let numbers: ArrayD<f32> = model::filter(&numbers, &case, products);
        let validity: ArrayD<f32> = model::filter(&validity, &ones, products);
        let least = f64::from(f32::MIN_POSITIVE);
        Zip::from(&numbers).and(&validity).map_collect(|&number, &validity| {
            // Rounded to f32, as the quotient of two f32 is.
            let ratio = divide(least, number.into(), validity.into());
            rounded(ratio.map(|ratio| f64::from(ratio as f32)))
        })
    } else {
        let numbers: ArrayD<f64> = model::filter(&numbers, &case, products);
        let validity: ArrayD<f64> = model::filter(&validity, &ones, products);
        Zip::from(&numbers)
            .and(&validity)
            .map_collect(|&number, &validity| rounded(divide(f64::MIN_POSITIVE, number, validity)))
    }
}

/// What is cut is raised by 2^-46 before, by the first weights that are more than one.
fn raise(case: &mut Case) {
    let wide = |along: &&Along| along.is_filtered() && case.radius(along) > 0;
    let Some(first) = case.along.iter().position(|along| wide(&along)) else { return };
    let radius = case.radius(&case.along[first]);
    let Along { sigma, weights, .. } = &mut case.along[first];
    let all = weights.get_or_insert_with(|| {
        let gaussian = Weights::gaussian(*sigma, 0, radius, 0).expect("usable weights");
        let half = gaussian.kept();
        half[1..].iter().rev().chain(half).copied().collect()
    });
    all.iter_mut().for_each(|weight| *weight *= 1.0 + 2f64.powi(-46));
}

pub(crate) fn fill_of<Out: Pixel>(gaps: &MissingPixels) -> f64 {
    gaps.fill.unwrap_or(if Out::BITS > 0 { 0.0 } else { f64::NAN })
}
