//! Oracle 3: scipy's own results, on scipy's own weights bit for bit.
//!
//! `goldens/make_goldens.py` wrote them and explains their format.

mod read;

use crate::common::compare::{same_bits, within};
use crate::common::inputs::{magnitude, widen};
use crate::common::levels::each_level;
use crate::common::model::{self, Products};
use crate::common::pixel::Pixel;
use crate::common::reference::{self, NATIVE_ERROR};
use gausstack::{GradientMagnitude, Laplace, Precision, Weights};
use ndarray::ArrayD;
use read::{Golden, derived, goldens};

/// Sums of f64 and the last bits of the weights, per axis in units of max|x| * sum|w|.
const DOUBLE_ERROR: f64 = 1e-14;

/// Every result has scipy's bits, on every level.
fn scipys_bits<In: Pixel, Out: Pixel>(input: &str, output: &str) {
    let goldens: Vec<Golden> = goldens().into_iter().filter(|g| g.is(input, output)).collect();
    let least =
        if input == output || input.starts_with('f') && output.starts_with('f') { 100 } else { 9 };
    assert!(goldens.len() >= least, "only {} goldens from {input} to {output}", goldens.len());
    each_level(|level| {
        for golden in &goldens {
            let plan = golden.case.separable().level(level).plan::<In, Out>(&golden.case.shape);
            let plan = plan.expect("scipy accepts the request");
            let found = plan.apply(&golden.input::<In>()).expect("a valid input");
            same_bits(&found, &golden.output(), (&golden.group, &golden.case));
        }
    });
}

/// f64 in and out.
#[test]
fn f64_has_scipys_bits() {
    scipys_bits::<f64, f64>("f8", "f8");
}

/// f32 in and out through f64 sums, rounded to f32 after each axis.
#[test]
fn f32_in_double_precision_has_scipys_bits() {
    scipys_bits::<f32, f32>("f4", "f4");
}

/// The input's type is that of the first pass alone, all later ones read the output's.
#[test]
fn mixed_elements_have_scipys_bits() {
    scipys_bits::<f32, f64>("f4", "f8");
    scipys_bits::<f64, f32>("f8", "f4");
}

/// Integers are cut toward zero after each axis, whatever they hold, and what they cannot hold
/// becomes what it does in scipy.
#[test]
fn integers_have_scipys_bits() {
    scipys_bits::<bool, bool>("b1", "b1");
    scipys_bits::<u8, u8>("u1", "u1");
    scipys_bits::<i8, i8>("i1", "i1");
    scipys_bits::<u16, u16>("u2", "u2");
    scipys_bits::<i16, i16>("i2", "i2");
    scipys_bits::<u32, u32>("u4", "u4");
    scipys_bits::<i32, i32>("i4", "i4");
    scipys_bits::<u64, u64>("u8", "u8");
    scipys_bits::<i64, i64>("i8", "i8");
}

/// From one type of element to another, integers and floating-point numbers.
#[test]
fn other_outputs_have_scipys_bits() {
    scipys_bits::<u8, f32>("u1", "f4");
    scipys_bits::<u16, f32>("u2", "f4");
    scipys_bits::<i16, f64>("i2", "f8");
    scipys_bits::<u32, f32>("u4", "f4");
    scipys_bits::<i64, f64>("i8", "f8");
    scipys_bits::<bool, f32>("b1", "f4");
    scipys_bits::<f32, u8>("f4", "u1");
    scipys_bits::<f64, i16>("f8", "i2");
    scipys_bits::<f64, u32>("f8", "u4");
    scipys_bits::<f32, i32>("f4", "i4");
    scipys_bits::<f64, u64>("f8", "u8");
    scipys_bits::<f64, i64>("f8", "i8");
    scipys_bits::<f32, bool>("f4", "b1");
    scipys_bits::<u8, u16>("u1", "u2");
    scipys_bits::<u16, u8>("u2", "u1");
    scipys_bits::<i32, u8>("i4", "u1");
    scipys_bits::<i16, u64>("i2", "u8");
    scipys_bits::<bool, u8>("b1", "u1");
    scipys_bits::<u8, bool>("u1", "b1");
    scipys_bits::<i64, i16>("i8", "i2");
}

/// f64 has no other precision than scipy's, so that [`Precision::Native`] changes nothing.
#[test]
fn native_precision_of_f64_is_scipys() {
    each_level(|level| {
        for golden in goldens().iter().filter(|golden| golden.is("f8", "f8")) {
            let case = golden.case.clone().precision(Precision::Native);
            let found = case.separable().level(level).apply(&golden.input::<f64>());
            same_bits(&found.expect("a valid request"), &golden.output(), &case);
        }
    });
}

/// With weights of its own, f64 differs by last bits of the weights at most.
#[test]
fn own_weights_are_scipys_to_rounding() {
    each_level(|level| {
        for golden in finite("f8", "f8") {
            let case = golden.own_weights();
            let found = case.gaussian().level(level).apply(&golden.input::<f64>());
            let bound = reference::bound(&case, magnitude(&golden.input::<f64>()), DOUBLE_ERROR);
            within(&found.expect("a valid request"), &golden.output(), bound, &case);
        }
    });
}

/// f32 sums are within the contract of scipy's f64 results for the same f32 pixels.
#[test]
fn f32_sums_are_within_the_contract_of_scipy() {
    each_level(|level| {
        for golden in finite("f4", "f8") {
            let case = golden.own_weights().precision(Precision::Native);
            let input: ndarray::ArrayD<f32> = golden.input();
            let found = case.gaussian().level(level).apply(&input).expect("a valid request");
            let bound = reference::bound(&case, magnitude(&input), NATIVE_ERROR);
            within(&found, &golden.output(), bound, &case);
        }
    });
}

/// The library's weights are scipy's to the last few bits, in number and in value.
#[test]
fn weights_are_scipys() {
    for golden in goldens().iter().filter(|golden| !golden.is_of_lists()) {
        for along in golden.own_weights().along.iter().zip(&golden.case.along) {
            let (own, scipy) = (along.0, along.1.weights.as_deref().expect("stored"));
            if !own.is_filtered() {
                continue;
            }
            let radius = golden.own_weights().radius(own);
            assert_eq!(radius, scipy.len() / 2, "radius of {own:?}");
            let weights = Weights::gaussian(own.sigma, own.order, radius, 0).expect("usable");
            let largest = scipy.iter().fold(0.0, |max: f64, w| max.max(w.abs()));
            for (k, (found, expected)) in
                weights.kept().iter().zip(scipy[..=radius].iter().rev()).enumerate()
            {
                let error = (found - expected).abs();
                assert!(error <= 4.0 * f64::EPSILON * largest, "weight {k} of {own:?}: {error:e}");
            }
            let planned = golden.own_weights().gaussian().plan::<f64, f64>(&golden.case.shape);
            let planned = planned.expect("scipy accepts the request");
            let axis = golden.case.axis(own);
            if let Some(pass) = planned.passes().iter().find(|pass| pass.axis == axis) {
                assert_eq!(pass.weights, weights, "planned weights of {own:?}");
            } else {
                assert_eq!(weights.kept(), [1.0], "axis {axis} was left out");
            }
        }
    }
}

/// The other two oracles agree with scipy, so that what they test is scipy's filter.
#[test]
fn the_oracles_agree_with_scipy() {
    for golden in goldens().iter().filter(|golden| golden.is("f8", "f8")) {
        let input: ndarray::ArrayD<f64> = golden.input();
        let modelled = model::filter::<f64, f64>(&input, &golden.case, Products::Rounded);
        same_bits(&modelled, &golden.output(), ("model", &golden.case));
    }
    for golden in goldens().iter().filter(|golden| golden.is("u4", "u4")) {
        let modelled = model::filter::<u32, u32>(&golden.input(), &golden.case, Products::Rounded);
        same_bits(&modelled, &golden.output(), ("model", &golden.case));
    }
    for golden in goldens().iter().filter(|golden| golden.is("b1", "b1")) {
        let modelled =
            model::filter::<bool, bool>(&golden.input(), &golden.case, Products::Rounded);
        same_bits(&modelled, &golden.output(), ("model", &golden.case));
    }
    for golden in finite("f8", "f8") {
        let case = golden.own_weights();
        let defined = reference::filter(&widen(&golden.input::<f64>()), &case);
        let bound = reference::bound(&case, magnitude(&golden.input::<f64>()), DOUBLE_ERROR);
        within(&defined, &golden.output(), bound, ("reference", &case));
    }
}

/// Derivatives combined: scipy's values, in its types and with its borders. (Its own weights differ
/// from these in last bits, so that bits are compared with the model instead.)
fn combined_as_scipy<In: Pixel, Out: Pixel>(input: &str, output: &str) {
    let goldens: Vec<Golden> = derived().into_iter().filter(|g| g.is(input, output)).collect();
    assert!(goldens.len() >= 6, "only {} goldens from {input} to {output}", goldens.len());
    each_level(|level| {
        for golden in &goldens {
            let sigma: Vec<f64> = golden.case.along.iter().map(|along| along.sigma).collect();
            let along: Vec<_> = golden.case.along.iter().collect();
            let data: ArrayD<In> = golden.input();
            let mut found = ArrayD::from_elem(data.raw_dim(), Out::of(0.0));
            let truncate = golden.case.truncate;
            let result = if golden.function.as_deref() == Some("gaussian_laplace") {
                let filter = Laplace::new(sigma).truncate(truncate).level(level);
                golden.case.configured(filter, &along).apply_into(&data, &mut found)
            } else {
                let filter = GradientMagnitude::new(sigma).truncate(truncate).level(level);
                golden.case.configured(filter, &along).apply_into(&data, &mut found)
            };
            result.expect("scipy accepts the request");
            let expected: ndarray::ArrayD<Out> = golden.output();
            let about = (&golden.function, &golden.types, &golden.case);
            if Out::BITS > 0 {
                same_bits(&found, &expected, about);
            } else {
                let error = if output == "f8" { DOUBLE_ERROR } else { 3e-7 };
                within(&found, &widen(&expected), error * 4.0 * magnitude(&data), about);
            }
        }
    });
}

#[test]
fn derivatives_are_combined_as_in_scipy() {
    combined_as_scipy::<f64, f64>("f8", "f8");
    combined_as_scipy::<f32, f32>("f4", "f4");
    combined_as_scipy::<f32, f64>("f4", "f8");
    combined_as_scipy::<f64, f32>("f8", "f4");
    combined_as_scipy::<bool, bool>("b1", "b1");
    combined_as_scipy::<u8, u8>("u1", "u1");
    combined_as_scipy::<i8, i8>("i1", "i1");
    combined_as_scipy::<u16, u16>("u2", "u2");
    combined_as_scipy::<i16, i16>("i2", "i2");
    combined_as_scipy::<u32, u32>("u4", "u4");
    combined_as_scipy::<i32, i32>("i4", "i4");
    combined_as_scipy::<u64, f64>("u8", "f8");
    combined_as_scipy::<i64, i64>("i8", "i8");
    combined_as_scipy::<u8, f32>("u1", "f4");
    combined_as_scipy::<i16, f64>("i2", "f8");
    combined_as_scipy::<u32, f32>("u4", "f4");
    combined_as_scipy::<bool, f64>("b1", "f8");
}

/// The goldens whose results are numbers.
fn finite(input: &str, output: &str) -> Vec<Golden> {
    let goldens: Vec<Golden> = goldens()
        .into_iter()
        .filter(|golden| golden.group != "nonfinite" && !golden.is_of_lists())
        .filter(|golden| golden.is(input, output))
        .collect();
    assert!(goldens.len() > 200, "only {} goldens from {input} to {output}", goldens.len());
    goldens
}
