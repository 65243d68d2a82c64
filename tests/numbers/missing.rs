//! Data of which some are missing: bits against the model of both terms, values against their
//! definition.

mod gaps;

use crate::common::case::{Case, with_filter};
use crate::common::compare::{same_bits, within};
use crate::common::inputs::{Distribution, random, widen};
use crate::common::layout::{Layout, Placed};
use crate::common::levels::{each_level, products};
use crate::common::model;
use crate::common::pixel::Pixel;
use crate::common::random::for_random;
use crate::common::reference::{self, NATIVE_ERROR};
use crate::common::stopped::stops_at_any_call;
use crate::common::strategies::{Job, shared_job, workers};
use gaps::{MissingPixels, fill_of, gapped, modelled, smoothing};
use gausstack::{
    Error, Gaussian, GradientMagnitude, Laplace, Missing, Mode, Precision, Rounding, Separable,
};
use ndarray::{Array0, Array1, ArrayD, ArrayViewD, IxDyn, Zip, array};
use proptest::prelude::*;

/// An image with something else where nothing is valid.
fn kept<T: Pixel>(mut image: ArrayD<T>, valid: &ArrayD<bool>, fill: T) -> ArrayD<T> {
    image.zip_mut_with(valid, |x, &valid| *x = if valid { *x } else { fill });
    image
}

/// From the job's input layout to its output layout.
fn bits<In: Pixel, Out: Pixel>(job: &Job, gaps: &MissingPixels) {
    let (data, mask) = gaps.make::<In>(job);
    let valid = gaps.valid(&data, mask.as_ref());
    let input = Placed::new(&data, &job.input);
    let mask = mask.map(|mask| Placed::new(&mask, &gaps.layout));
    let blank = ArrayD::from_elem(data.raw_dim(), Out::of(-5.0));
    each_level(|level| {
        let mut output = Placed::new(&blank, &job.output);
        let around = output.surroundings();
        let (view, mut target) = (input.view(), output.view_mut());
        with_filter!(job.case, filter => {
            let filter = gaps.configured(filter, job, level);
            match &mask {
                Some(mask) => filter.apply_masked_into(&view, &mask.view(), &mut target),
                None => filter.apply_into(&view, &mut target),
            }
        })
        .expect("a valid request");
        let about = (In::TYPE, Out::TYPE, job, gaps);
        let expected: ArrayD<Out> = match (&mask, gaps.missing) {
            (None, Missing::Propagate) => model::filter(&data, &job.case, products(level)),
            // Nothing can be missing.
            (None, _) if In::BITS > 0 => model::filter(&data, &job.case, products(level)),
            _ => modelled(&data, &valid, &job.case, fill_of::<Out>(gaps), products(level)),
        };
        let expected = if gaps.missing == Missing::Keep {
            kept(expected, &valid, Out::rounded(fill_of::<Out>(gaps), Rounding::Nearest))
        } else {
            expected
        };
        same_bits(&output.view(), &expected, about);
        same_bits(&output.surroundings(), &around, ("memory beside the output", about));
    });
}

/// In place the same bits as apart.
fn in_place<T: Pixel>(job: &Job, gaps: &MissingPixels) {
    let (data, mask) = gaps.make::<T>(job);
    let mask = mask.map(|mask| Placed::new(&mask, &gaps.layout));
    each_level(|level| {
        let mut image = Placed::new(&data, &job.output);
        let around = image.surroundings();
        let mut view = image.view_mut();
        let expected = with_filter!(job.case, filter => {
            let filter = gaps.configured(filter, job, level);
            match &mask {
                Some(mask) => {
                    filter.apply_masked_in_place(&mut view, &mask.view()).expect("valid");
                    filter.apply_masked(&data, &mask.view())
                }
                None => {
                    filter.apply_in_place(&mut view).expect("valid");
                    filter.apply(&data)
                }
            }
        })
        .expect("a valid request");
        same_bits(&image.view(), &expected, (T::TYPE, job, gaps));
        same_bits(&image.surroundings(), &around, ("memory beside the image", job, gaps));
    });
}

#[test]
fn floats_have_the_bits_of_their_ratio() {
    for_random(gapped(), (200, 4), |(job, gaps)| {
        bits::<f32, f32>(&job, &gaps);
        bits::<f64, f64>(&job, &gaps);
        bits::<f32, f64>(&job, &gaps);
        bits::<f64, f32>(&job, &gaps);
    });
}

#[test]
fn integers_have_the_bits_of_their_ratio() {
    for_random(gapped(), (200, 4), |(job, gaps)| {
        let nearest = Job { case: job.case.clone().rounding(Rounding::Nearest), ..job.clone() };
        bits::<u8, u8>(&nearest, &gaps);
        bits::<f32, i16>(&nearest, &gaps);
        bits::<u16, f32>(&nearest, &gaps);
        bits::<i32, i32>(&nearest, &gaps);
        let cut = Job { case: job.case.clone().rounding(Rounding::Scipy), ..job };
        let none = MissingPixels { fill: None, ..gaps.clone() };
        bits::<bool, bool>(&cut, &none);
        bits::<u64, u64>(&cut, &gaps);
        bits::<i64, f64>(&cut, &gaps);
        bits::<f64, u8>(&cut, &gaps);
    });
}

#[test]
fn arrays_with_gaps_are_filtered_in_place() {
    for_random(gapped(), (200, 4), |(job, gaps)| {
        let job = Job { case: job.case.clone().rounding(Rounding::Nearest), ..job };
        in_place::<f32>(&job, &gaps);
        in_place::<f64>(&job, &gaps);
        in_place::<u16>(&job, &gaps);
        in_place::<i32>(&job, &gaps);
    });
}

#[test]
fn shared_jobs_have_the_bits_of_their_ratio() {
    for_random((shared_job(), any::<u64>()).boxed(), (12, 4), |(job, seed)| {
        let job = smoothing(job);
        let layout = job.input.clone();
        let gaps = MissingPixels {
            nan: 0.1,
            masked: Some(0.2),
            missing: Missing::Ignore,
            fill: None,
            seed,
            layout,
        };
        bits::<f32, f32>(&job, &gaps);
        bits::<u8, u8>(&job, &gaps);
        in_place::<f32>(&job, &gaps);
        in_place::<f64>(&job, &MissingPixels { masked: None, ..gaps });
    });
}

/// The definition by brute force: of any modes, weights and constants, with few pixels left or
/// many.
fn ratio<T: Pixel>(case: &Case, part: f64, missing: Missing) {
    let gaps = MissingPixels {
        nan: part,
        masked: if missing == Missing::Ignore { None } else { Some(part) },
        missing,
        fill: None,
        seed: 77,
        layout: Layout::c(case.shape.len()),
    };
    let job = Job {
        case: case.clone(),
        distribution: Distribution::Normal,
        seed: 5,
        input: gaps.layout.clone(),
        output: gaps.layout.clone(),
        tile: None,
        workers: 2,
    };
    let (mut data, mask) = gaps.make::<T>(&job);
    if let Some(mask) = &mask {
        Zip::from(&mut data).and(mask).for_each(|x, &there| {
            *x = if there && x.wide().is_nan() { T::of(0.25) } else { *x };
        });
    }
    let valid = gaps.valid(&data, mask.as_ref());
    let mut numbers = widen(&data);
    numbers.zip_mut_with(&valid, |x, &valid| *x = if valid { *x } else { 0.0 });
    let mut ones = Case { cval: 1.0, ..case.clone() };
    let mut whole = 1.0;
    for along in &mut ones.along {
        let Some(weights) = &mut along.weights else { continue };
        let sum: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= sum);
        whole *= sum.max(1.0);
    }
    let most = numbers.iter().fold(case.cval.abs(), |most, x| most.max(x.abs())) * whole;
    let validity = reference::filter(&valid.mapv(|valid| f64::from(u8::from(valid))), &ones);
    let numbers = reference::filter(&numbers, case);
    let reached = reference::reach(&valid, case, true);
    let bound = match T::SINGLE && case.precision == Precision::Native {
        // Each term's error is in proportion to what is there: weights are positive.
        true => (2.0 * case.along.len() as f64 * NATIVE_ERROR + 1e-7) * most,
        false if T::SINGLE => 1e-7 * most,
        false => 1e-14 * most,
    };
    each_level(|level| {
        let found = with_filter!(case, filter => {
            let filter = gaps.configured(filter, &job, level);
            match &mask {
                Some(mask) => filter.apply_masked(&data, mask),
                None => filter.apply(&data),
            }
        })
        .expect("a valid request");
        let mut filled = 0;
        for (((index, x), n), (d, &reached)) in
            found.indexed_iter().zip(&numbers).zip(validity.iter().zip(&reached))
        {
            if x.wide().is_nan() {
                assert!(!reached, "NaN within reach of something at {index:?}: {case:?}");
                filled += 1;
            } else {
                let (error, wanted) = ((x.wide() - n / d).abs(), n / d);
                assert!(error <= bound, "{index:?}: {x:?}, not {wanted}: {error:e} {case:?}");
            }
        }
        assert_eq!(filled, reached.iter().filter(|reached| !**reached).count(), "{case:?}");
    });
}

#[test]
fn ratios_are_those_of_the_definition() {
    for mode in Mode::ALL {
        for shape in [[23, 41], [3, 60], [60, 3]] {
            let case = Case::image(shape, [1.2, 2.6]).mode(mode).cval(1.5);
            for part in [0.05, 0.5, 0.99] {
                ratio::<f32>(&case, part, Missing::Ignore);
                ratio::<f64>(&case, part, Missing::Propagate);
            }
        }
        for axes in [&[0isize] as &[isize], &[1], &[2], &[2, 0], &[0, 1, 2], &[2, 1, 0]] {
            let case = Case::new(&[9, 12, 17], axes, &[1.0, 0.7, 1.4][..axes.len()]).mode(mode);
            ratio::<f32>(&case.clone().cval(-2.0), 0.6, Missing::Propagate);
            ratio::<f32>(&case.clone().precision(Precision::Double), 0.97, Missing::Ignore);
            let mut listed = case;
            for along in &mut listed.along {
                (along.weights, along.origin) = (Some(vec![0.5, 2.0, 1.0, 0.25]), 1);
            }
            ratio::<f64>(&listed, 0.6, Missing::Ignore);
            ratio::<f32>(&listed, 0.6, Missing::Propagate);
        }
    }
}

/// A mask that is true everywhere leaves what the plain filter makes, one that is false everywhere
/// nothing.
#[test]
fn masks_of_all_and_nothing() {
    for axes in [&[1isize] as &[isize], &[0, 2], &[1, 2], &[0, 1, 2], &[]] {
        let case = Case::new(&[20, 31, 42], axes, &[1.5, 2.0, 0.8][..axes.len()]);
        for mode in [Mode::Reflect, Mode::Constant] {
            let case = case.clone().mode(mode).cval(3.0);
            let data: ArrayD<f32> = random(Distribution::Normal, &case.shape, 8);
            let (all, nothing) = (data.mapv(|_| true), data.mapv(|_| false));
            let most = data.iter().fold(3.0_f32, |most, x| most.max(x.abs()));
            let bound = f64::from(most) * 3.0 * NATIVE_ERROR;
            each_level(|level| {
                let filter = case.gaussian().level(level);
                let plain = filter.apply(&data).expect("valid").mapv(f64::from);
                let masked = filter.apply_masked(&data, &all).expect("valid");
                within(&masked, &plain, bound, (&case, "all"));
                let ignoring = filter.clone().missing(Missing::Ignore).apply(&data);
                within(&ignoring.expect("valid"), &plain, bound, &case);
                let empty = filter.apply_masked(&data, &nothing).expect("valid");
                let constant = mode == Mode::Constant && !axes.is_empty();
                assert!(constant || empty.iter().all(|x| x.is_nan()), "{case:?}");
                let filled = filter.clone().fill(-7.5).apply_masked(&data, &nothing);
                let filled = filled.expect("valid");
                assert!(constant || filled.iter().all(|&x| x == -7.5), "{case:?}");
            });
        }
        // Integers of a masked constant keep their value.
        let flat = ArrayD::<u16>::from_elem(IxDyn(&case.shape), 1234);
        let mask = random::<bool>(Distribution::Unit, &case.shape, 9);
        let found = case.gaussian().fill(9.0).apply_masked(&flat, &mask).expect("valid");
        assert!(found.iter().all(|&x| x == 1234 || x == 9), "{case:?}");
    }
}

/// A mask of one image for a whole stack, of a line or of a single pixel: what it repeats, it does
/// not store.
#[test]
fn masks_that_are_broadcast() {
    let shape = [6, 33, 40];
    let of = |lens: [usize; 3]| random::<bool>(Distribution::Unit, &lens, 31);
    let masks = [[1, 33, 40], [6, 1, 40], [6, 33, 1], [1, 1, 40], [1, 33, 1], [6, 1, 1], [1, 1, 1]];
    for axes in [&[1isize, 2] as &[isize], &[0, 2], &[1, 0], &[0], &[1], &[2], &[0, 1, 2], &[]] {
        let case = Case::new(&shape, axes, &[1.1, 2.0, 0.7][..axes.len()]);
        for lens in masks {
            let small = of(lens);
            let wide: ArrayViewD<'_, bool> = small.broadcast(IxDyn(&shape)).expect("a stack of it");
            let stored = wide.to_owned();
            for layout in Layout::all(3) {
                let data: ArrayD<f32> = random(Distribution::Normal, &shape, 3);
                let mut image = Placed::new(&data, &layout);
                let expected = case.gaussian().apply_masked(&image.view(), &stored).expect("valid");
                let found = case.gaussian().apply_masked(&image.view(), &wide).expect("valid");
                same_bits(&found, &expected, (lens, &layout, &case));
                let place = case.gaussian().apply_masked_in_place(&mut image.view_mut(), &wide);
                place.expect("valid");
                same_bits(&image.view(), &expected, ("in place", lens, &layout, &case));
            }
        }
    }
}

/// A plan for masks: whole arrays, slices in the caller's scratch, and without a mask.
#[test]
fn plans_for_masks() {
    let data: ArrayD<f32> = random(Distribution::Normal, &[30, 4, 50], 12);
    let mask = random::<bool>(Distribution::Unit, &[30, 4, 50], 13);
    let filter = Gaussian::new([2.0, 3.0]).axes([0, 2]);
    let plan = filter.plan_masked::<f32, f32>([30, 4, 50]).expect("valid");
    assert!(plan.to_string().contains("left out"), "{plan}");
    let whole = plan.apply_masked(&data, &mask).expect("valid");
    same_bits(&whole, &filter.apply_masked(&data, &mask).expect("valid"), "the one-line form");
    let mut scratch = plan.scratch().expect("memory");
    for i in 0..4 {
        let slice = |array: &ArrayD<bool>| array.index_axis(ndarray::Axis(1), i).to_owned();
        let image = data.index_axis(ndarray::Axis(1), i);
        let mut out = ArrayD::zeros(image.raw_dim());
        plan.apply_masked_slice(&image, &slice(&mask), &mut out, &mut scratch).expect("valid");
        same_bits(&out, &whole.index_axis(ndarray::Axis(1), i), i);
        // And again without a mask.
        plan.apply_slice(&image, &mut out, &mut scratch).expect("valid");
        let plain = Gaussian::new([2.0, 3.0]).apply(&image).expect("valid").mapv(f64::from);
        within(&out, &plain, 5e-6, i);
    }
    let wrong = array![[true]].into_dyn();
    let found = plan.apply_masked(&data, &wrong);
    let shape = |what, expected: &[usize]| Error::Shape {
        what,
        expected: expected.to_vec(),
        found: vec![1, 1],
    };
    assert_eq!(found.map(drop), Err(shape("mask", &[30, 4, 50])));
    let image = data.index_axis(ndarray::Axis(1), 0);
    let mut out = ArrayD::zeros(image.raw_dim());
    let found = plan.apply_masked_slice(&image, &wrong, &mut out, &mut scratch);
    assert_eq!(found, Err(shape("mask slice", &[30, 50])));
    let plain = filter.plan::<f32, f32>([30, 4, 50]).expect("valid");
    assert_eq!(plain.apply_masked(&data, &mask).map(drop), Err(Error::NotMasked));
    let mut own = plain.scratch().expect("memory");
    let mask = mask.index_axis(ndarray::Axis(1), 0).to_owned();
    let found = plain.apply_masked_slice(&image, &mask, &mut out, &mut own);
    assert_eq!(found, Err(Error::NotMasked));
    assert!(Error::NotMasked.to_string().contains("plan_masked"));
}

#[test]
fn what_cannot_be_left_out() {
    let data = Array1::<f32>::zeros(9);
    let mask = data.mapv(|_| true);
    let order = Error::MissingOrder { axis: 0, order: 2 };
    let gaussian = Gaussian::new(1.0).order(2);
    assert_eq!(gaussian.apply_masked(&data, &mask).map(drop), Err(order.clone()));
    let ignoring = gaussian.missing(Missing::Ignore);
    assert_eq!(ignoring.apply(&data).map(drop), Err(order.clone()));
    assert_eq!(ignoring.apply(&data.mapv(|x| x as u8)).map(drop), Err(order.clone()));
    assert!(order.to_string().contains("order 2 of axis 0"), "{order}");
    let slope = Error::MissingOrder { axis: 0, order: 1 };
    let found = GradientMagnitude::new(1.0).apply_masked(&data, &mask);
    assert_eq!(found.map(drop), Err(slope));
    assert_eq!(Laplace::new(1.0).apply_masked(&data, &mask).map(drop), Err(order));
    for (weights, value) in [
        (vec![0.5, -0.25, 0.75], -0.25),
        (vec![1.0, 0.0, -1.0], -1.0),
        (vec![-1.0, 0.0, 1.0], -1.0),
        (vec![0.0, 0.0], 0.0),
        (vec![1.0, f64::INFINITY], f64::INFINITY),
        (vec![f64::MAX, f64::MAX], f64::INFINITY),
    ] {
        let wrong = Error::MissingWeights { axis: 0, value };
        let found = Separable::new(weights.clone()).missing(Missing::Ignore).apply(&data);
        assert_eq!(found.map(drop), Err(wrong.clone()), "{weights:?}");
        assert!(wrong.to_string().contains("axis 0"), "{wrong}");
    }
    let found = Separable::new(vec![1.0, f64::NAN]).missing(Missing::Ignore).apply(&data);
    assert!(matches!(found, Err(Error::MissingWeights { axis: 0, value }) if value.is_nan()));
    for fill in [0.5, 256.0, -1.0, f64::NAN] {
        let image = data.mapv(|x| x as u8);
        let found = Gaussian::new(1.0).fill(fill).apply_masked(&image, &mask).map(drop);
        let Err(Error::Fill { element: "u8", value }) = found else { panic!("{found:?}") };
        assert!(value == fill || fill.is_nan());
    }
    let found = Gaussian::new(1.0).fill(1e300).apply_masked(&data, &mask).map(drop);
    assert_eq!(found, Err(Error::Fill { element: "f32", value: 1e300 }));
    for fill in [f64::INFINITY, f64::NAN, 0.1] {
        Gaussian::new(1.0).fill(fill).apply_masked(&data, &mask).expect("f32 holds it");
    }
    assert!(Error::Fill { element: "u8", value: 256.0 }.to_string().contains("256"));
}

/// Rounding errors of both terms take nothing from a constant, though it is cut.
#[test]
fn constants_that_are_cut() {
    fn check<T: Pixel>(value: f64) {
        for axes in [&[0isize] as &[isize], &[0, 1], &[2, 1, 0]] {
            let case = Case::new(&[12, 40, 50], axes, &[2.0, 1.3, 0.9][..axes.len()]);
            let flat = ArrayD::from_elem(IxDyn(&case.shape), T::of(value));
            let mut rng = fastrand::Rng::with_seed(3);
            let mask = flat.mapv(|_| rng.f64() > 0.3);
            each_level(|level| {
                let filter = case.gaussian().rounding(Rounding::Scipy).level(level);
                let found = filter.apply_masked(&flat, &mask).expect("valid");
                assert!(found.iter().all(|&x| x == T::of(value)), "{} {value} {axes:?}", T::TYPE);
            });
        }
    }
    check::<u8>(200.0);
    check::<i16>(-12_345.0);
    check::<u32>(4e9);
    check::<i64>(1000.0);
    check::<i64>(-7.0);
    check::<u64>((1_u64 << 40) as f64);
    check::<bool>(1.0);
}

/// An observer hears of every pixel, and may stop the run at any point.
#[test]
fn observers_of_gaps() {
    for (shape, axes) in [(vec![40, 3, 50], vec![0, 2]), (vec![30, 40, 50], vec![0, 1, 2])] {
        let data: ArrayD<f32> = random(Distribution::Unit, &shape, 5);
        let mask = random::<bool>(Distribution::Unit, &shape, 6);
        let filter = Gaussian::new(1.5).axes(axes).threads(workers(1));
        stops_at_any_call(filter, |filter| filter.apply_masked(&data, &mask));
    }
}

/// One plan, several threads, with masks and without.
#[test]
fn one_plan_for_several_threads() {
    let data: ArrayD<f32> = random(Distribution::Normal, &[60, 3, 70], 1);
    let masks = [7, 8].map(|seed| random::<bool>(Distribution::Unit, &[60, 3, 70], seed));
    let filter = Gaussian::new(1.5).axes([0, 2]).missing(Missing::Ignore);
    let plan = filter.plan_masked::<f32, f32>([60, 3, 70]).expect("valid");
    let run = |i: usize| match masks.get(i % 3) {
        Some(mask) => plan.apply_masked(&data, mask).expect("valid"),
        None => plan.apply(&data).expect("valid"),
    };
    let expected = [0, 1, 2].map(run);
    std::thread::scope(|scope| {
        for start in 0..4 {
            let (run, expected) = (&run, &expected);
            scope.spawn(move || {
                for i in start..start + 12 {
                    same_bits(&run(i), &expected[i % 3], i);
                }
            });
        }
    });
}

/// Arrays of no dimension and of no pixels.
#[test]
fn next_to_nothing() {
    let point = Array0::from_elem((), 2.5_f32);
    let (yes, no) = (Array0::from_elem((), true), Array0::from_elem((), false));
    let filter = Gaussian::new(1.0).fill(-1.0);
    assert_eq!(filter.apply_masked(&point, &yes), Ok(point.clone()));
    assert_eq!(filter.apply_masked(&point, &no), Ok(Array0::from_elem((), -1.0)));
    let ignoring = filter.clone().missing(Missing::Ignore);
    let mut nan = Array0::from_elem((), f32::NAN);
    ignoring.apply_in_place(&mut nan).expect("valid");
    assert_eq!(nan, Array0::from_elem((), -1.0));
    for shape in [vec![0], vec![0, 5], vec![5, 0], vec![3, 0, 4], vec![2, 3, 0]] {
        let empty = ArrayD::<f32>::zeros(IxDyn(&shape));
        let mask = empty.mapv(|_| true);
        let found = filter.apply_masked(&empty, &mask).expect("valid");
        assert_eq!(found.shape(), shape);
        assert_eq!(ignoring.apply(&empty).expect("valid").shape(), shape);
    }
}
