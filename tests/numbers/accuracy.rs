//! Values against the definition (oracle 1): every pixel within the contract's bound.

use crate::common::case::Case;
use crate::common::compare::within;
use crate::common::inputs::{Distribution, magnitude, random, widen};
use crate::common::levels::each_level;
use crate::common::pixel::Pixel;
use crate::common::reference::{self, NATIVE_ERROR};
use crate::common::sweep;
use gausstack::{Gaussian, Precision, Weights};
use ndarray::ArrayD;

/// f64 sums and weights, and the rounding of f32 storage where there is any.
const F64_ERROR: f64 = 1e-14;
const STORED_ERROR: f64 = 1.2e-7;

/// All three distributions through every case, on every level.
fn check<In: Pixel, Out: Pixel>(cases: &[Case], per_axis: f64) {
    for (seed, case) in cases.iter().enumerate() {
        for distribution in Distribution::ALL {
            let data: ArrayD<In> = random(distribution, &case.shape, seed as u64);
            let expected = reference::filter(&widen(&data), case);
            let mut bound = reference::bound(case, magnitude(&data), per_axis);
            if Out::SINGLE && !In::SINGLE {
                // Where no axis is filtered, the pixels are rounded all the same.
                bound += STORED_ERROR * magnitude(&data);
            }
            each_level(|level| {
                let plan = case.gaussian().level(level).plan::<In, Out>(&case.shape);
                let found = plan.expect("a valid request").apply(&data).expect("a valid input");
                within(&found, &expected, bound, (In::TYPE, Out::TYPE, distribution, case));
            });
        }
    }
}

fn in_double(cases: Vec<Case>) -> Vec<Case> {
    cases.into_iter().map(|case| case.precision(Precision::Double)).collect()
}

#[test]
fn images_in_every_mode_and_order() {
    check::<f32, f32>(&sweep::images(), NATIVE_ERROR);
}

#[test]
fn radii_up_to_three_times_the_axis() {
    check::<f32, f32>(&sweep::radii(), NATIVE_ERROR);
}

#[test]
fn stacks_and_volumes() {
    check::<f32, f32>(&sweep::volumes(), NATIVE_ERROR);
}

#[test]
fn images_larger_than_a_tile_and_sigma_60() {
    check::<f32, f32>(&sweep::large(), NATIVE_ERROR);
}

#[test]
fn f64_is_within_rounding() {
    let cases: Vec<Case> = [sweep::images(), sweep::radii(), sweep::volumes()].concat();
    check::<f64, f64>(&cases, F64_ERROR);
    check::<f64, f64>(&sweep::large()[1..3], F64_ERROR);
}

#[test]
fn f32_in_double_precision_is_within_its_storage() {
    check::<f32, f32>(&in_double(sweep::images()), STORED_ERROR);
    check::<f32, f32>(&in_double(sweep::volumes()), STORED_ERROR);
}

#[test]
fn mixed_elements_are_within_their_storage() {
    check::<f32, f64>(&sweep::volumes(), F64_ERROR);
    check::<f64, f32>(&sweep::volumes(), STORED_ERROR);
}

/// The library's weights against the formula, far beyond the goldens' sigmas and orders.
#[test]
fn weights_follow_the_formula() {
    for sigma in [0.3, 0.5, 1.0, 1.7, 4.2, 19.0, 60.0, 151.5] {
        for order in 0..=6 {
            let radius = (4.0 * sigma + 0.5) as usize;
            let expected = reference::weights(sigma, order, radius);
            let found = Weights::gaussian(sigma, order, radius, 0).expect("usable weights");
            assert_eq!(found.radius(), radius);
            let largest = expected.iter().fold(0.0, |max: f64, w| max.max(w.abs()));
            for (k, w) in found.kept().iter().enumerate() {
                let error = (w - expected[radius - k]).abs();
                assert!(error <= 1e-13 * largest, "sigma {sigma} order {order} k {k}: {error:e}");
            }
            let sum: f64 = expected.iter().sum();
            let absolute: f64 = expected.iter().map(|w| w.abs()).sum();
            assert!((found.sum() - sum).abs() <= 1e-12 * absolute);
            assert!((found.magnitude() - absolute).abs() <= 1e-12 * absolute);
        }
    }
}

/// The slope of a ramp and the curvature of a parabola have the sign that mathematics gives them.
#[test]
fn derivatives_point_forward() {
    let ramp = ArrayD::from_shape_fn(vec![101], |i| 3.0 * i[0] as f64);
    let slope = Gaussian::new(4.0).order(1).apply(&ramp).expect("a valid request");
    assert!((slope[50] - 3.0).abs() < 3e-3, "slope {}", slope[50]);
    let parabola = ramp.mapv(|x| (x / 3.0 - 50.0).powi(2));
    let curvature = Gaussian::new(4.0).order(2).apply(&parabola).expect("a valid request");
    assert!((curvature[50] - 2.0).abs() < 2e-2, "curvature {}", curvature[50]);
}
