//! The ideal Gaussian, against sums of f64 with twelve sigmas of weights: every pixel is within the
//! tolerance.

mod common;

use common::reference::extend;
use gausstack::{Gaussian, Mode, Options};
use ndarray::{Array1, Array2, ArrayD, Axis, IxDyn};

/// The Gaussian along an axis as a matrix: what each sample of the axis, and the constant beyond
/// its borders in the last column, contributes to each.
fn matrix(len: usize, sigma: f64, order: usize, mode: Mode) -> Array2<f64> {
    let radius = (12.0 * sigma).ceil() as isize;
    let gaussian = |x: isize| (-0.5 * (x as f64 / sigma).powi(2)).exp();
    let norm: f64 = (-radius..=radius).map(gaussian).sum();
    let mut matrix = Array2::zeros((len, len + 1));
    let numbers: Vec<usize> = (0..len).collect();
    let places = extend(&numbers, radius as usize, mode, len);
    for row in 0..len {
        for x in -radius..=radius {
            // y = sum over x of w(x) sample(row + x), and w is the derivative at -x.
            let s = x as f64 / sigma;
            let factor = match order {
                0 => 1.0,
                1 => s / sigma,
                _ => (s * s - 1.0) / (sigma * sigma),
            };
            let column = places[(row as isize + x + radius) as usize];
            matrix[[row, column]] += factor * gaussian(x) / norm;
        }
    }
    matrix
}

/// An axis of a case.
#[derive(Clone, Copy, Debug)]
struct Along {
    sigma: f64,
    order: usize,
    mode: Mode,
}

/// The image filtered along each axis that has an entry, in order.
fn oracle(image: &ArrayD<f64>, along: &[Option<Along>], cval: f64) -> ArrayD<f64> {
    let mut image = image.clone();
    for (axis, along) in along.iter().enumerate() {
        let Some(Along { sigma, order, mode }) = *along else { continue };
        let weights = matrix(image.len_of(Axis(axis)), sigma, order, mode);
        for mut lane in image.lanes_mut(Axis(axis)) {
            let mut samples = lane.to_vec();
            samples.push(cval);
            lane.assign(&weights.dot(&Array1::from(samples)));
        }
    }
    image
}

/// The largest error of a result in units of its bound, which is the tolerance of the largest
/// sample and the rounding of the sums.
fn excess(found: &ArrayD<f64>, right: &ArrayD<f64>, largest: f64, bound: f64) -> f64 {
    let errors = found.iter().zip(right).map(|(found, right)| (found - right).abs());
    errors.fold(0.0, f64::max) / (bound * largest)
}

fn noise(shape: &[usize], seed: u64) -> ArrayD<f64> {
    let mut rng = fastrand::Rng::with_seed(seed);
    ArrayD::from_shape_simple_fn(IxDyn(shape), || f64::from(rng.f32()) - 0.25)
}

/// Filters along some axes, in f64 and in f32 where it holds the tolerance, and compares.
fn check(image: &ArrayD<f64>, along: &[Option<Along>], cval: f64, tolerance: f64) -> f64 {
    let axes: Vec<isize> =
        (0..along.len() as isize).filter(|&a| along[a as usize].is_some()).collect();
    let each: Vec<Along> = along.iter().flatten().copied().collect();
    let modes: Vec<Mode> = each.iter().map(|along| along.mode).collect();
    let filter = Gaussian::new(each.iter().map(|along| along.sigma).collect::<Vec<_>>())
        .order(each.iter().map(|along| along.order).collect::<Vec<_>>())
        .ideal(tolerance)
        .options(Options::new().mode(modes).axes(axes).cval(cval));
    let right = oracle(image, along, cval);
    let largest = image.iter().fold(cval.abs(), |most, x| most.max(x.abs()));
    let scale: f64 = each.iter().map(|along| along.sigma.powi(-(along.order as i32))).product();
    let found = filter.apply(image).expect("a filter of f64");
    let mut worst = excess(&found, &right, largest, scale * (tolerance + 2e-14));
    if tolerance >= 1e-7 {
        // Of a derivative, the rounding of the sums is that of the synthesis, which is narrower.
        let rounding = 4e-7 * each.len() as f64;
        let steeper: f64 = each.iter().map(|along| 8_f64.powi(along.order as i32)).product();
        let single = image.mapv(|x| x as f32);
        let found = filter.apply(&single).expect("a filter of f32").mapv(f64::from);
        worst =
            worst.max(excess(&found, &right, largest, scale * (tolerance + rounding * steeper)));
    }
    worst
}

const SIGMAS: [f64; 12] = [0.5, 1.0, 2.3, 4.0, 5.7, 8.0, 16.0, 23.4, 32.0, 64.0, 150.0, 500.0];

/// Every mode at every sigma, along an axis that is shorter than the kernels and one that is not.
#[test]
fn images_are_within_the_tolerance() {
    let image = noise(&[61, 240], 1);
    for (number, &sigma) in SIGMAS.iter().enumerate() {
        for mode in Mode::ALL {
            let tolerance = [1e-4, 1e-6, 1e-7, 1e-9, 1e-12][(number + mode as usize) % 5];
            let along = Some(Along { sigma, order: 0, mode });
            let worst = check(&image, &[along, along], 0.75, tolerance);
            assert!(worst <= 1.0, "sigma {sigma}, {mode}, {tolerance}: {worst} of the bound");
            println!("sigma {sigma} {mode} {tolerance:e}: {worst:.3}");
        }
    }
}

/// A single axis, the first or the last.
#[test]
fn single_axes_are_within_the_tolerance() {
    let image = noise(&[300, 37], 2);
    for &sigma in &SIGMAS {
        for (number, mode) in Mode::ALL.into_iter().enumerate() {
            let along = Some(Along { sigma, order: 0, mode });
            let tolerance = [1e-5, 1e-6, 1e-8][number % 3];
            for along in [[along, None], [None, along]] {
                let worst = check(&image, &along, -0.5, tolerance);
                assert!(worst <= 1.0, "{along:?}, {tolerance}: {worst} of the bound");
            }
        }
    }
}

/// Lines of 1 to 40 samples at sigma 32.
#[test]
fn short_axes_are_within_the_tolerance() {
    for len in 1..=40 {
        for mode in Mode::ALL {
            let along = Some(Along { sigma: 32.0, order: 0, mode });
            let worst = check(&noise(&[len, 5], 3), &[along, None], 1.0, 1e-6);
            assert!(worst <= 1.0, "{len} samples, {mode}: {worst} of the bound");
        }
    }
}

/// Slopes and curvatures, scaled by their sigma.
#[test]
fn derivatives_are_within_the_tolerance() {
    let image = noise(&[150, 210], 4);
    for order in [[1, 0], [0, 1], [2, 0], [0, 2], [1, 1]] {
        for mode in [Mode::Reflect, Mode::Wrap, Mode::Nearest] {
            for sigma in [3.0, 9.0, 20.0, 70.0] {
                let along = order.map(|order| Some(Along { sigma, order, mode }));
                for tolerance in [1e-4, 1e-6, 1e-10] {
                    let worst = check(&image, &along, 0.0, tolerance);
                    let what = format!("order {order:?}, sigma {sigma}, {mode}, {tolerance}");
                    assert!(worst <= 1.0, "{what}: {worst} of the bound");
                }
            }
        }
    }
}

/// Impulses at every phase of the sums, and a constant.
#[test]
fn impulses_and_constants() {
    let along = Some(Along { sigma: 21.0, order: 0, mode: Mode::Reflect });
    for place in 300..320 {
        let mut image = ArrayD::zeros(IxDyn(&[700, 1]));
        image[[place, 0]] = 1.0;
        let worst = check(&image, &[along, None], 0.0, 1e-9);
        assert!(worst <= 1.0, "an impulse at {place}: {worst} of the bound");
    }
    let flat = ArrayD::from_elem(IxDyn(&[200, 300]), 1000.0_f32);
    let smooth = Gaussian::new(21.0).ideal(1e-6).apply(&flat).expect("a constant");
    assert!(smooth.iter().all(|&x| (x - 1000.0).abs() <= 4.0 * 1000.0 * f32::EPSILON));
}
