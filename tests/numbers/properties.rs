//! Random requests on random arrays: bits against the model, values against the reference.

use crate::common::case::{Case, with_filter};
use crate::common::compare::within;
use crate::common::inputs::{magnitude, random, widen};
use crate::common::job::{bits_in_place, bits_of_the_model};
use crate::common::layout::Placed;
use crate::common::levels::each_level;
use crate::common::pixel::Pixel;
use crate::common::random::for_random;
use crate::common::reference::NATIVE_ERROR;
use crate::common::strategies::{Job, job, shared_job, workers};
use crate::common::{model, reference};
use gausstack::Rounding;

/// `apply`, compared with the definition. Weights and sums of f64 err by some 1e-16 per tap.
fn close_to_the_reference<T: Pixel>(job: &Job, per_axis: f64) {
    let mut job = job.clone();
    if !job.case.cval.is_finite() {
        job.case.cval = 0.75;
    }
    let data: ndarray::ArrayD<T> = random(job.distribution, &job.case.shape, job.seed);
    let expected = reference::filter(&widen(&data), &job.case);
    let bound = reference::bound(&job.case, magnitude(&data), per_axis);
    let input = Placed::new(&data, &job.input);
    each_level(|level| {
        let view = input.view();
        let found = with_filter!(job.case, filter => job.configured(filter, level).apply(&view));
        within(&found.expect("a valid request"), &expected, bound, (T::TYPE, &job));
    });
}

/// A plan says the running order that the contract has.
fn plan_keeps_the_order<In: Pixel, Out: Pixel>(case: &Case) {
    let plan = with_filter!(case, filter => filter.plan::<In, Out>(&case.shape));
    let plan = plan.expect("a valid request");
    let planned: Vec<usize> = plan.passes().iter().map(|pass| pass.axis).collect();
    assert_eq!(planned, model::running_axes::<In, Out>(case));
}

/// The job is not too small for its workers.
fn assert_shared<T: Pixel>(job: &Job) {
    let plan = with_filter!(job.case, filter => {
        filter.threads(workers(job.workers)).plan::<T, T>(&job.case.shape)
    });
    let plan = plan.expect("a valid request");
    #[cfg(feature = "rayon")]
    // (Fewer where a forced tile or a long kernel leaves fewer parts.)
    assert!((1..=job.workers).contains(&plan.workers()), "{} of {job:?}", plan.workers());
    #[cfg(not(feature = "rayon"))]
    assert_eq!(plan.workers(), 1, "{job:?}");
}

#[test]
fn f32_has_the_bits_of_the_model() {
    for_random(job(), (400, 5), |job| {
        bits_of_the_model::<f32, f32>(&job);
    });
}

#[test]
fn f64_has_the_bits_of_the_model() {
    for_random(job(), (400, 5), |job| {
        bits_of_the_model::<f64, f64>(&job);
    });
}

#[test]
fn mixed_elements_have_the_bits_of_the_model() {
    for_random(job(), (400, 5), |job| {
        bits_of_the_model::<f32, f64>(&job);
        bits_of_the_model::<f64, f32>(&job);
    });
}

#[test]
fn f32_in_place_has_the_bits_of_the_model() {
    for_random(job(), (400, 5), |job| {
        bits_in_place::<f32>(&job);
    });
}

#[test]
fn f64_in_place_has_the_bits_of_the_model() {
    for_random(job(), (400, 5), |job| {
        bits_in_place::<f64>(&job);
    });
}

#[test]
fn f32_is_within_the_bound() {
    for_random(job(), (400, 5), |job| {
        close_to_the_reference::<f32>(&job, NATIVE_ERROR);
    });
}

#[test]
fn f64_is_within_rounding() {
    for_random(job(), (400, 5), |job| {
        close_to_the_reference::<f64>(&job, 1e-13);
    });
}

#[test]
fn plans_keep_the_contracts_order() {
    for_random(job(), (400, 5), |job| {
        plan_keeps_the_order::<f32, f32>(&job.case);
        plan_keeps_the_order::<f64, f64>(&job.case);
        plan_keeps_the_order::<f32, f64>(&job.case);
    });
}

// Several types for each job.
#[test]
fn integers_have_the_bits_of_the_model() {
    for_random(job(), (120, 5), |job| {
        bits_of_the_model::<u8, u8>(&job);
        bits_of_the_model::<u16, f32>(&job);
        bits_of_the_model::<f32, i16>(&job);
        bits_of_the_model::<i32, u16>(&job);
        let job = Job { case: job.case.clone().rounding(Rounding::Scipy), ..job };
        bits_of_the_model::<bool, bool>(&job);
        bits_of_the_model::<u64, i64>(&job);
    });
}

#[test]
fn integers_in_place_have_the_bits_of_the_model() {
    for_random(job(), (120, 5), |job| {
        bits_in_place::<u16>(&job);
        bits_in_place::<i32>(&job);
        let job = Job { case: job.case.clone().rounding(Rounding::Scipy), ..job };
        bits_in_place::<bool>(&job);
        bits_in_place::<i64>(&job);
    });
}

// Jobs that several workers share are larger, and so is what the model takes for them.
#[test]
fn shared_f32_jobs_have_the_bits_of_the_model() {
    for_random(shared_job(), (20, 4), |job| {
        assert_shared::<f32>(&job);
        bits_of_the_model::<f32, f32>(&job);
        bits_in_place::<f32>(&job);
    });
}

#[test]
fn shared_integer_jobs_have_the_bits_of_the_model() {
    for_random(shared_job(), (20, 4), |job| {
        assert_shared::<u8>(&job);
        bits_of_the_model::<u8, u8>(&job);
        bits_of_the_model::<u16, f32>(&job);
        bits_in_place::<u16>(&job);
    });
}

#[test]
fn shared_f64_jobs_have_the_bits_of_the_model() {
    for_random(shared_job(), (20, 4), |job| {
        assert_shared::<f64>(&job);
        bits_of_the_model::<f64, f64>(&job);
        bits_in_place::<f64>(&job);
    });
}
