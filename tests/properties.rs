//! Random requests on random arrays: bits against the model, values against the reference.

mod common;

use common::case::{Case, with_filter};
use common::compare::{same_bits, within};
use common::inputs::{magnitude, random, widen};
use common::layout::Placed;
use common::levels::{each_level, products};
use common::pixel::Pixel;
use common::reference::NATIVE_ERROR;
use common::strategies::{Job, job, shared_job, workers};
use common::{model, reference};
use gausstack::Rounding;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

/// Failures are kept beside the tests and are run first from then on.
fn config(cases: u32) -> ProptestConfig {
    let cases = if common::heavy() { 5 * cases } else { cases };
    let failures = FileFailurePersistence::Direct("tests/properties.regressions");
    ProptestConfig {
        failure_persistence: Some(Box::new(failures)),
        ..ProptestConfig::with_cases(cases)
    }
}

/// `apply_into` from the job's input layout to its output layout, on every level: the model's bits,
/// and nothing written beside the output's own elements.
fn bits_of_the_model<In: Pixel, Out: Pixel>(job: &Job) {
    let data: ndarray::ArrayD<In> = random(job.distribution, &job.case.shape, job.seed);
    let input = Placed::new(&data, &job.input);
    let blank = data.mapv(|_| Out::of(-5.0));
    each_level(|level| {
        let mut output = Placed::new(&blank, &job.output);
        let around = output.surroundings();
        let (view, mut target) = (input.view(), output.view_mut());
        let result = with_filter!(job.case, filter => {
            job.configured(filter, level).apply_into::<In, Out, _>(&view, &mut target)
        });
        result.expect("a valid request");
        let expected = model::filter::<In, Out>(&data, &job.case, products(level));
        same_bits(&output.view(), &expected, (In::TYPE, Out::TYPE, job));
        same_bits(&output.surroundings(), &around, ("memory beside the output", job));
    });
}

/// `apply_in_place` in the job's output layout: the bits of the model as well.
fn bits_in_place<T: Pixel>(job: &Job) {
    let data: ndarray::ArrayD<T> = random(job.distribution, &job.case.shape, job.seed);
    each_level(|level| {
        let mut image = Placed::new(&data, &job.output);
        let around = image.surroundings();
        let mut view = image.view_mut();
        let result = with_filter!(job.case, filter => {
            job.configured(filter, level).apply_in_place(&mut view)
        });
        result.expect("a valid request");
        let expected = model::filter::<T, T>(&data, &job.case, products(level));
        same_bits(&image.view(), &expected, (T::TYPE, job));
        same_bits(&image.surroundings(), &around, ("memory beside the image", job));
    });
}

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
fn plan_keeps_the_order<In: Pixel, Out: Pixel>(case: &Case) -> Result<(), TestCaseError> {
    let plan = with_filter!(case, filter => filter.plan::<In, Out>(&case.shape));
    let plan = plan.expect("a valid request");
    let planned: Vec<usize> = plan.passes().iter().map(|pass| pass.axis).collect();
    prop_assert_eq!(planned, model::running_axes::<In, Out>(case));
    Ok(())
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

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn f32_has_the_bits_of_the_model(job in job()) {
        bits_of_the_model::<f32, f32>(&job);
    }

    #[test]
    fn f64_has_the_bits_of_the_model(job in job()) {
        bits_of_the_model::<f64, f64>(&job);
    }

    #[test]
    fn mixed_elements_have_the_bits_of_the_model(job in job()) {
        bits_of_the_model::<f32, f64>(&job);
        bits_of_the_model::<f64, f32>(&job);
    }

    #[test]
    fn f32_in_place_has_the_bits_of_the_model(job in job()) {
        bits_in_place::<f32>(&job);
    }

    #[test]
    fn f64_in_place_has_the_bits_of_the_model(job in job()) {
        bits_in_place::<f64>(&job);
    }

    #[test]
    fn f32_is_within_the_bound(job in job()) {
        close_to_the_reference::<f32>(&job, NATIVE_ERROR);
    }

    #[test]
    fn f64_is_within_rounding(job in job()) {
        close_to_the_reference::<f64>(&job, 1e-13);
    }

    #[test]
    fn plans_keep_the_contracts_order(job in job()) {
        plan_keeps_the_order::<f32, f32>(&job.case)?;
        plan_keeps_the_order::<f64, f64>(&job.case)?;
        plan_keeps_the_order::<f32, f64>(&job.case)?;
    }
}

// Several types for each job.
proptest! {
    #![proptest_config(config(120))]

    #[test]
    fn integers_have_the_bits_of_the_model(job in job()) {
        bits_of_the_model::<u8, u8>(&job);
        bits_of_the_model::<u16, f32>(&job);
        bits_of_the_model::<f32, i16>(&job);
        bits_of_the_model::<i32, u16>(&job);
        let job = Job { case: job.case.clone().rounding(Rounding::Scipy), ..job };
        bits_of_the_model::<bool, bool>(&job);
        bits_of_the_model::<u64, i64>(&job);
    }

    #[test]
    fn integers_in_place_have_the_bits_of_the_model(job in job()) {
        bits_in_place::<u16>(&job);
        bits_in_place::<i32>(&job);
        let job = Job { case: job.case.clone().rounding(Rounding::Scipy), ..job };
        bits_in_place::<bool>(&job);
        bits_in_place::<i64>(&job);
    }
}

// Jobs that several workers share are larger, and so is what the model takes for them.
proptest! {
    #![proptest_config(config(40))]

    #[test]
    fn shared_f32_jobs_have_the_bits_of_the_model(job in shared_job()) {
        assert_shared::<f32>(&job);
        bits_of_the_model::<f32, f32>(&job);
        bits_in_place::<f32>(&job);
    }

    #[test]
    fn shared_integer_jobs_have_the_bits_of_the_model(job in shared_job()) {
        assert_shared::<u8>(&job);
        bits_of_the_model::<u8, u8>(&job);
        bits_of_the_model::<u16, f32>(&job);
        bits_in_place::<u16>(&job);
    }

    #[test]
    fn shared_f64_jobs_have_the_bits_of_the_model(job in shared_job()) {
        assert_shared::<f64>(&job);
        bits_of_the_model::<f64, f64>(&job);
        bits_in_place::<f64>(&job);
    }
}
