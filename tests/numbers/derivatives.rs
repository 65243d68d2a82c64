//! Weights of derivatives that are exact for polynomials.

use crate::common::levels::each_level;
use gausstack::{
    Derivatives, Error, Gaussian, GradientMagnitude, Laplace, Parity, Precision, Weights,
};
use ndarray::{Array1, Array2};

/// All weights in order.
fn listed(weights: &Weights) -> Vec<f64> {
    let half = weights.kept();
    let sign = if weights.parity() == Some(Parity::Odd) { -1.0 } else { 1.0 };
    half[1..]
        .iter()
        .rev()
        .copied()
        .chain([half[0]])
        .chain(half[1..].iter().map(|w| sign * w))
        .collect()
}

/// The sum of the weights times a power of the distance, and the sum of the magnitudes of what is
/// added.
fn moment(weights: &[f64], power: usize) -> (f64, f64) {
    let radius = (weights.len() / 2) as f64;
    let terms = weights.iter().enumerate().map(|(i, w)| w * (i as f64 - radius).powi(power as i32));
    terms.fold((0.0, 0.0), |(sum, size), term| (sum + term, size + term.abs()))
}

/// Of every polynomial up to the degree of the derivative, at any length of the kernel that
/// determines one.
#[test]
fn moments_are_those_of_the_derivative() {
    let factorial = |n: usize| (1..=n).product::<usize>() as f64;
    for sigma in [0.15, 0.2, 0.3, 0.5, 1.0, 1.7, 3.0, 10.0, 100.0] {
        for order in 1..=6_usize {
            let least = order.div_ceil(2);
            for radius in [
                least,
                least + 1,
                (2.0 * sigma) as usize,
                (4.0 * sigma + 0.5) as usize,
                (9.0 * sigma) as usize,
            ] {
                let Ok(weights) = Weights::exact_derivative(sigma, order, radius, 0) else {
                    // Too short, or the Gaussian has no sample left beside the centre.
                    assert!(
                        order > 2 * radius
                            || (-0.5 / sigma / sigma) * (least as f64).powi(2) < -700.0
                    );
                    continue;
                };
                let weights = listed(&weights);
                for power in 0..=order {
                    let (found, size) = moment(&weights, power);
                    let right = if power == order { factorial(order) } else { 0.0 };
                    let about = format!("x^{power}, order {order}, sigma {sigma}, radius {radius}");
                    assert!((found - right).abs() <= 1e-12 * size.max(right), "{found}: {about}");
                }
            }
        }
    }
}

/// Where nothing is cut off, scipy's weights are as exact, and these are they.
#[test]
fn long_kernels_have_scipys_weights() {
    for sigma in [2.0, 5.0, 30.0] {
        for order in 0..=4 {
            let radius = (9.0 * sigma) as usize;
            let exact = match order {
                0 => Weights::gaussian(sigma, 0, radius, 0),
                _ => Weights::exact_derivative(sigma, order, radius, 0),
            };
            let sampled = Weights::gaussian(sigma, order, radius, 0).expect("usable");
            let largest = sampled.kept().iter().fold(0.0, |most: f64, w| most.max(w.abs()));
            for (exact, sampled) in exact.expect("usable").kept().iter().zip(sampled.kept()) {
                assert!((exact - sampled).abs() <= 1e-12 * largest, "{exact} for {sampled}");
            }
        }
    }
}

#[test]
fn images_with_an_offset_have_right_derivatives() {
    let flat = Array2::<f64>::from_elem((120, 120), 1000.0);
    let flat_f32 = flat.mapv(|x| x as f32);
    let parabola = Array1::from_shape_fn(200, |x| (x * x) as f64);
    let line = Array1::from_shape_fn(200, |x| 3.0 * x as f64 + 500.0);
    each_level(|level| {
        for sigma in [0.5, 1.0, 2.0, 3.0, 10.0] {
            let laplace = Laplace::new(sigma).derivatives(Derivatives::Exact).level(level);
            let found = laplace.apply(&flat).expect("valid");
            assert!(found.iter().all(|x| x.abs() < 1e-9), "sigma {sigma}: {}", found[[60, 60]]);
            // In f32 the weights themselves are rounded.
            let magnitude = Weights::exact_derivative(sigma, 2, (4.0 * sigma + 0.5) as usize, 0);
            let bound = 1000.0 * 4e-7 * 2.0 * magnitude.expect("usable").magnitude();
            let found = laplace.apply(&flat_f32).expect("valid");
            assert!(found.iter().all(|x| f64::from(x.abs()) < bound), "{}", found[[60, 60]]);
            let slope = GradientMagnitude::new(sigma).derivatives(Derivatives::Exact).level(level);
            let found = slope.apply(&flat).expect("valid");
            assert!(found.iter().all(|x| x.abs() < 1e-9), "sigma {sigma}: {}", found[[60, 60]]);
            let along = |order| {
                Gaussian::new(sigma).order(order).derivatives(Derivatives::Exact).level(level)
            };
            let bend = along(2).apply(&parabola).expect("valid")[100];
            assert!((bend - 2.0).abs() < 1e-8, "sigma {sigma}: {bend}");
            let slope = along(1).apply(&line).expect("valid")[100];
            assert!((slope - 3.0).abs() < 1e-9, "sigma {sigma}: {slope}");
            // Smoothing is not another.
            let smooth = Gaussian::new(sigma).level(level);
            let found = along(0).apply(&parabola).expect("valid");
            assert_eq!(found, smooth.apply(&parabola).expect("valid"));
        }
    });
    // scipy's, which stay the default, are off by these.
    let found =
        Laplace::new(1.0).precision(Precision::Double).apply(&flat).expect("valid")[[60, 60]];
    assert!((-3.0..-0.05).contains(&found), "{found}");
}

#[test]
fn kernels_too_short_for_an_exact_derivative() {
    let exact = |order, radius| {
        let filter = Gaussian::new([1.0, 1.0]).order([0, order]).radius(radius);
        filter.derivatives(Derivatives::Exact).axes([0, 2]).plan::<f32, f32>([6, 7, 8]).map(drop)
    };
    for (order, radius) in [(1, 0), (2, 0), (3, 1), (5, 2)] {
        let wrong = Error::DerivativeRadius { axis: 2, order, radius };
        assert_eq!(exact(order, radius), Err(wrong.clone()));
        let said = wrong.to_string();
        for part in ["axis 2", &order.to_string(), &radius.to_string()] {
            assert!(said.contains(part), "{said}");
        }
    }
    for (order, radius) in [(0, 0), (1, 1), (2, 1), (3, 2), (4, 2)] {
        assert_eq!(exact(order, radius), Ok(()));
    }
}
