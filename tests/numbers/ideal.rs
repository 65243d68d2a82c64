//! The ideal Gaussian, against sums of f64 with twelve sigmas of weights: every pixel is within the
//! tolerance.

use crate::common::compare::same_bits;
use crate::common::levels::each_level;
use crate::common::reference::extend;
use crate::common::strategies::workers;
use gausstack::{
    Combination, Combine, Derivatives, ElementType, Error, Gaussian, GradientMagnitude, Laplace,
    Level, Missing, Mode, Options, Rounding, Term, Weights,
};
use ndarray::{Array1, Array2, ArrayD, ArrayViewMutD, Axis, IxDyn, Slice};

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
    check_on(Level::detect(), image, along, cval, tolerance)
}

fn check_on(
    level: Level,
    image: &ArrayD<f64>,
    along: &[Option<Along>],
    cval: f64,
    tolerance: f64,
) -> f64 {
    let axes: Vec<isize> =
        (0..along.len() as isize).filter(|&a| along[a as usize].is_some()).collect();
    let each: Vec<Along> = along.iter().flatten().copied().collect();
    let modes: Vec<Mode> = each.iter().map(|along| along.mode).collect();
    let filter = Gaussian::new(each.iter().map(|along| along.sigma).collect::<Vec<_>>())
        .order(each.iter().map(|along| along.order).collect::<Vec<_>>())
        .ideal(tolerance)
        .options(Options::new().mode(modes).axes(axes).cval(cval).level(level));
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
    each_level(|level| {
        for (number, &sigma) in SIGMAS.iter().enumerate() {
            for mode in Mode::ALL {
                let tolerance = [1e-4, 1e-6, 1e-7, 1e-9, 1e-12][(number + mode as usize) % 5];
                let along = Some(Along { sigma, order: 0, mode });
                let worst = check_on(level, &image, &[along, along], 0.75, tolerance);
                assert!(worst <= 1.0, "sigma {sigma}, {mode}, {tolerance}: {worst} of the bound");
                println!("sigma {sigma} {mode} {tolerance:e}: {worst:.3}");
            }
        }
    });
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
    each_level(|level| {
        for len in 1..=40 {
            for mode in Mode::ALL {
                let along = Some(Along { sigma: 32.0, order: 0, mode });
                let worst = check_on(level, &noise(&[len, 5], 3), &[along, None], 1.0, 1e-6);
                assert!(worst <= 1.0, "{len} samples, {mode}: {worst} of the bound");
            }
        }
    });
}

/// Axes that are too long for a row of weights for each sample, and shorter than the analysis.
#[test]
fn axes_shorter_than_the_analysis_are_within_the_tolerance() {
    let image = noise(&[700, 3], 12);
    for sigma in [300.0, 500.0] {
        for order in 0..3 {
            for mode in Mode::ALL {
                let along = Some(Along { sigma, order, mode });
                let worst = check(&image, &[along, None], 0.5, 1e-6);
                assert!(worst <= 1.0, "sigma {sigma}, order {order}, {mode}: {worst} of the bound");
            }
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
    // (Every phase of the synthesis sums to 1, not only all of them together to the tolerance.)
    let flat = ArrayD::from_elem(IxDyn(&[200, 300]), 1000.0);
    let smooth = Gaussian::new(21.0).ideal(1e-3).apply(&flat).expect("a constant");
    assert!(smooth.iter().all(|&x: &f64| (x - 1000.0).abs() <= 64.0 * 1000.0 * f64::EPSILON));
    let flat = ArrayD::from_elem(IxDyn(&[200, 300]), 1000.0_f32);
    let smooth = Gaussian::new(21.0).ideal(1e-6).apply(&flat).expect("a constant");
    assert!(smooth.iter().all(|&x| (x - 1000.0).abs() <= 4.0 * 1000.0 * f32::EPSILON));
}

/// Arrays of a shape with their axes in an order in memory, the last of them every second element
/// or backwards.
fn placed(shape: &[usize], order: &[usize], step: isize) -> (ArrayD<f32>, Vec<usize>, isize) {
    let mut lengths: Vec<usize> = order.iter().map(|&axis| shape[axis]).collect();
    *lengths.last_mut().expect("an axis") *= step.unsigned_abs();
    (ArrayD::zeros(IxDyn(&lengths)), order.to_vec(), step)
}

fn view<'a>(memory: &'a mut (ArrayD<f32>, Vec<usize>, isize)) -> ArrayViewMutD<'a, f32> {
    let (array, order, step) = memory;
    let mut back = vec![0; order.len()];
    for (place, &axis) in order.iter().enumerate() {
        back[axis] = place;
    }
    let last = Axis(array.ndim() - 1);
    array.slice_axis_mut(last, Slice::new(0, None, *step)).permuted_axes(back)
}

/// Results have the same bits for every layout, number of threads, in place and slice by slice.
#[test]
fn bits_depend_on_nothing_else() {
    let shape = [70, 3, 130];
    let image = noise(&shape, 5).mapv(|x| x as f32);
    let orders = [[0, 1, 2], [2, 1, 0], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1]];
    let all: [(&[isize], &[f64]); 7] = [
        (&[0, 2], &[9.0, 20.0]),
        (&[0, 2], &[90.0, 14.0]),
        (&[0, 2], &[1.0, 14.0]),
        (&[0, 2], &[90.0, 90.0]),
        (&[0], &[8.0]),
        (&[2], &[12.0]),
        (&[0, 1, 2], &[8.0, 5.0, 9.0]),
    ];
    for (axes, sigmas) in all {
        for mode in [Mode::Reflect, Mode::Constant] {
            let options = Options::new().mode(mode).cval(0.5).axes(axes);
            let filter = Gaussian::new(sigmas).ideal(1e-6).options(options);
            let plan = filter.plan::<f32, f32>(&shape[..]).expect("a valid filter");
            let expected = plan.apply(&image).expect("an image");
            for (number, order) in orders.iter().enumerate() {
                for step in [1_isize, 2, -1] {
                    let threads = 1 + (number + step.unsigned_abs()) % 3;
                    let plan =
                        filter.clone().threads(workers(threads)).plan::<f32, f32>(&shape[..]);
                    let plan = plan.expect("a valid filter");
                    let mut input = placed(&shape, order, step);
                    let mut output = placed(&shape, &orders[(number * 5 + 1) % 6], -step);
                    view(&mut input).assign(&image);
                    plan.apply_into(&view(&mut input), &mut view(&mut output)).expect("views");
                    let about = (axes, sigmas, mode, order, step);
                    same_bits(&view(&mut output).to_owned(), &expected, about);
                    plan.apply_in_place(&mut view(&mut input)).expect("a view");
                    same_bits(&view(&mut input).to_owned(), &expected, (about, "in place"));
                }
            }
            if axes.len() == 2 {
                let mut scratch = plan.scratch().expect("memory");
                for slice in 0..3 {
                    let mut found = ArrayD::zeros(IxDyn(&[70, 130]));
                    let pixels = image.index_axis(Axis(1), slice);
                    plan.apply_slice(&pixels, &mut found, &mut scratch).expect("a slice");
                    same_bits(&found, &expected.index_axis(Axis(1), slice), (axes, slice));
                }
            }
        }
    }
}

/// Levels that fuse have each other's bits, and f64 sums have the same on all.
#[test]
fn levels_have_each_others_bits() {
    let double = noise(&[150, 170], 13);
    let single = double.mapv(|x| x as f32);
    let filter = |level| Gaussian::new([11.0, 50.0]).ideal(1e-6).level(level);
    let best = Level::detect();
    let expected = filter(best).apply(&single).expect("an image");
    let expected_double = filter(best).apply(&double).expect("an image");
    each_level(|level| {
        let found = filter(level).apply(&single).expect("an image");
        if level.fuses() == best.fuses() {
            same_bits(&found, &expected, level);
        } else {
            let (found, right) = (found.mapv(f64::from), expected.mapv(f64::from));
            assert!(excess(&found, &right, 1.0, 1e-6) <= 1.0, "{level}");
        }
        let found = filter(level).apply(&double).expect("an image");
        same_bits(&found, &expected_double, level);
    });
}

/// Terms with the weights of ideal Gaussians are ideal.
#[test]
fn weights_of_ideal_gaussians_are_resampled_too() {
    let image = noise(&[140, 150], 14);
    let weights = |axis: usize, order: usize| {
        Weights::ideal(13.0, order, 1e-7, axis).expect("a sigma, an order and a tolerance")
    };
    let along = |order| Some(Along { sigma: 13.0, order, mode: Mode::Mirror });
    let terms = [[2, 0], [0, 2]]
        .map(|[down, across]| Term::new([weights(0, down), weights(1, across)]).mode(Mode::Mirror));
    let filter = Combination::new(Combine::Sum, terms);
    let found = filter.apply(&image).expect("an image");
    let [down, across] =
        [[2, 0], [0, 2]].map(|orders: [usize; 2]| oracle(&image, &orders.map(along), 0.0));
    assert!(excess(&found, &(down + across), 1.0, 4.2e-7 / 169.0) <= 1.0);
    let printed = filter.plan::<f64, f64>(image.shape()).expect("a valid filter").to_string();
    assert!(printed.contains("axis 0 by sums "), "{printed}");
}

/// Bits of an ideal Gaussian follow from the length of the axis, all of which a pixel reaches.
#[test]
fn reach_is_the_whole_axis() {
    let plan = Gaussian::new([20.0, 1.0]).axes([0, 2]).ideal(1e-6);
    let plan = plan.plan_any([300, 5, 200], ElementType::F32, ElementType::F32);
    let plan = plan.expect("a valid filter");
    assert_eq!([0, 1, 2].map(|axis| plan.reach(axis).radius), [300, 0, 200]);
}

/// Integers are rounded once, to the nearest.
#[test]
fn integers_are_rounded_once() {
    let image = noise(&[200, 170], 6).mapv(|x| ((x + 0.25) * 60000.0) as u16);
    let along = Some(Along { sigma: 17.0, order: 0, mode: Mode::Mirror });
    let right = oracle(&image.mapv(f64::from), &[along, along], 0.0);
    let filter = Gaussian::new(17.0).ideal(1e-6).mode(Mode::Mirror);
    let found = filter.apply(&image).expect("an image");
    for (found, right) in found.iter().zip(&right) {
        assert!((f64::from(*found) - right).abs() <= 0.5 + 60000.0 * 2e-6, "{found} {right}");
    }
    let flat = ArrayD::from_elem(IxDyn(&[90, 80]), 255_u8);
    let smooth = filter.apply(&flat).expect("a constant");
    assert!(smooth.iter().all(|&x| x == 255));
}

/// Pixels that are missing are left out: the ratio of two ideal Gaussians.
#[test]
fn missing_pixels_are_left_out() {
    let mut image = noise(&[160, 190], 7);
    let mut rng = fastrand::Rng::with_seed(8);
    image.iter_mut().for_each(|x| *x = if rng.f32() < 0.3 { f64::NAN } else { *x });
    for (sigma, mode) in [(16.0, Mode::Reflect), (40.0, Mode::Constant), (90.0, Mode::Wrap)] {
        let along = [Some(Along { sigma, order: 0, mode }); 2];
        let numbers = image.mapv(|x| if x.is_nan() { 0.0 } else { x });
        let validity = image.mapv(|x| if x.is_nan() { 0.0 } else { 1.0 });
        let right = oracle(&numbers, &along, 0.5) / oracle(&validity, &along, 1.0);
        let options = Options::new().mode(mode).cval(0.5).missing(Missing::Ignore);
        let filter = Gaussian::new(sigma).ideal(1e-9).options(options);
        let found = filter.apply(&image).expect("an image");
        // A quotient of numbers that are each within the tolerance, over at least half of all.
        let worst = excess(&found, &right, 1.0, 4e-9);
        assert!(worst <= 1.0, "sigma {sigma}, {mode}: {worst} of the bound");
        let mask = image.mapv(|x| !x.is_nan());
        let masked = Gaussian::new(sigma).ideal(1e-9).mode(mode).cval(0.5);
        let found = masked.apply_masked(&numbers, &mask).expect("an image and its mask");
        assert!(excess(&found, &right, 1.0, 4e-9) <= 1.0, "masked, sigma {sigma}, {mode}");
        let mut array = numbers.clone();
        masked.apply_masked_in_place(&mut array, &mask).expect("an image and its mask");
        same_bits(&array, &found, (sigma, mode));
    }
}

/// NaN reaches no further than the three filters together.
#[test]
fn nan_stays_near() {
    let mut image = noise(&[900, 40], 9);
    image[[450, 20]] = f64::NAN;
    let found = Gaussian::new([20.0, 1.0]).ideal(1e-6).apply(&image).expect("an image");
    for (index, x) in found.indexed_iter() {
        let (row, column) = (index[0], index[1]);
        if (row as isize - 450).abs() <= 90 && (column as isize - 20).abs() <= 3 {
            assert!(x.is_nan(), "{row} {column}");
        } else if (row as isize - 450).abs() > 9 * 20 || (column as isize - 20).abs() > 6 {
            assert!(x.is_finite(), "{row} {column}");
        }
    }
}

/// Filters of several terms.
#[test]
fn derived_filters_are_within_the_tolerance() {
    let image = noise(&[140, 180], 10);
    let (sigma, mode) = (13.0, Mode::Reflect);
    let of = |order: [usize; 2]| {
        oracle(&image, &order.map(|order| Some(Along { sigma, order, mode })), 0.0)
    };
    let laplace = of([2, 0]) + of([0, 2]);
    let found = Laplace::new(sigma).ideal(1e-8).apply(&image).expect("an image");
    assert!(excess(&found, &laplace, 1.0, 2e-8 / (sigma * sigma)) <= 1.0);
    let (down, across) = (of([1, 0]), of([0, 1]));
    let slope = (&down * &down + &across * &across).mapv(f64::sqrt);
    let found = GradientMagnitude::new(sigma).ideal(1e-8).apply(&image).expect("an image");
    assert!(excess(&found, &slope, 1.0, 2e-8 / sigma) <= 1.0);
}

/// The printed plan has the way along each axis, and its bound.
#[test]
fn plans_say_which_way_they_take() {
    let text = |sigma: [f64; 2], shape: [usize; 2]| {
        let plan = Gaussian::new(sigma).ideal(1e-6).plan::<f32, f32>(shape);
        plan.expect("a valid filter").to_string()
    };
    let printed = text([1.0, 60.0], [500, 700]);
    assert!(printed.contains("ideal to 5.0e-7, by its weights, error at most "), "{printed}");
    assert!(printed.contains("ideal to 5.0e-7, by sums "), "{printed}");
    assert!(printed.contains("in place: axis 1 by sums "), "{printed}");
    let printed = text([60.0, 60.0], [20, 700]);
    assert!(printed.contains("axis 0 by a row of weights for each sample"), "{printed}");
}

/// What cannot be done is an error that says so.
#[test]
fn errors_name_the_axis() {
    let image = noise(&[30, 20], 11);
    let single = image.mapv(|x| x as f32);
    for value in [0.0, 1.0, -1e-6, f64::INFINITY] {
        let found = Gaussian::new(2.0).ideal(value).apply(&image);
        assert_eq!(found, Err(Error::Tolerance { axis: 0, value }));
    }
    assert!(matches!(
        Gaussian::new(2.0).ideal(f64::NAN).axes([1]).apply(&image),
        Err(Error::Tolerance { axis: 1, .. })
    ));
    let found = Gaussian::new(2.0).ideal(1e-8).axes([1]).apply(&single);
    assert!(matches!(found, Err(Error::ToleranceOfSums { axis: 1, value: 1e-8, .. })));
    let found = Gaussian::new(2.0).ideal(1e-6).order([0, 3]).apply(&image);
    assert_eq!(found, Err(Error::IdealOrder { axis: 1, value: 3, max: 2 }));
    let found = Gaussian::new(2.0).ideal(1e-6).radius([None, Some(4)]).apply(&image);
    assert_eq!(found, Err(Error::IdealRadius { axis: 1 }));
    let found = Laplace::new(2.0).ideal(1e-6).derivatives(Derivatives::Exact).apply(&image);
    assert_eq!(found, Err(Error::IdealDerivative { axis: 0, order: 2 }));
    let bytes = image.mapv(|x| x as u8);
    let found = Gaussian::new(2.0).ideal(1e-6).rounding(Rounding::Scipy).apply(&bytes);
    assert_eq!(found, Err(Error::IdealRounding { element: ElementType::U8 }));
    let found = Gaussian::new(2.0).ideal(1e-6).truncate(4.0).apply(&image);
    assert_eq!(found, Gaussian::new(2.0).apply(&image));
}
