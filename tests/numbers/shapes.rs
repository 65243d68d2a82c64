//! Shapes beside images and volumes: axes of one sample anywhere, a few elements a sample, many
//! tiny slices. Bits against the model (oracle 2), and against the array without an axis.

use crate::common::case::{Case, with_filter};
use crate::common::compare::same_bits;
use crate::common::inputs::{Distribution, random};
use crate::common::layout::{Layout, Placed};
use crate::common::levels::{each_level, products};
use crate::common::model;
use crate::common::pixel::Pixel;
use crate::common::strategies::workers;
use gausstack::{
    Combination, Combine, Gaussian, GradientMagnitude, Laplace, Missing, Mode, Precision, Rounding,
    Term, Weights,
};
use ndarray::{ArrayD, Axis, IxDyn};

/// Arrays with axes of one sample, and the axes that are filtered.
const WITH_ONES: [(&[usize], &[isize]); 16] = [
    (&[1], &[0]),
    (&[1, 1, 1], &[0, 1, 2]),
    (&[37, 1], &[0, 1]),
    (&[1, 37], &[1, 0]),
    (&[37, 1], &[1]),
    (&[1, 1, 41], &[0, 1, 2]),
    (&[19, 23, 1], &[0, 1, 2]),
    (&[19, 1, 23], &[2, 1, 0]),
    (&[1, 19, 23], &[0, 1, 2]),
    (&[19, 23, 1], &[0, 2]),
    (&[1, 19, 23], &[0, 2]),
    (&[19, 1, 23], &[1]),
    (&[7, 9, 11, 1], &[0, 1, 2, 3]),
    (&[7, 1, 9, 11], &[3, 2, 1, 0]),
    (&[1, 7, 1, 9, 1], &[0, 1, 2, 3, 4]),
    (&[5, 1, 19, 1, 2], &[1, 2, 3]),
];

/// Lines of a few elements a sample, and many tiny slices.
const SLENDER: [(&[usize], &[isize]); 22] = [
    (&[1100, 2], &[0]),
    (&[1030, 3], &[0]),
    (&[1025, 4], &[0]),
    (&[1024, 16], &[0]),
    (&[1, 1100, 2, 1], &[0, 1, 3]),
    (&[3, 70, 2], &[1]),
    (&[21, 40, 3], &[1]),
    (&[70, 3, 3], &[1, 2]),
    (&[64, 4, 5], &[2, 1]),
    (&[66, 8, 8], &[1, 2]),
    (&[3, 70, 3], &[0, 2]),
    (&[80, 3, 1, 4], &[1, 2, 3]),
    (&[301, 4], &[1]),
    (&[1000, 2], &[1]),
    (&[70, 1], &[1]),
    (&[3, 70, 2, 3], &[3, 2]),
    (&[67, 2, 3, 4], &[1, 2, 3]),
    (&[64, 17, 19], &[1, 2]),
    (&[1030, 4], &[0, 1]),
    (&[2, 1025, 3], &[2, 1]),
    (&[3, 500, 16], &[1, 2]),
    (&[2, 70, 33, 2], &[2, 3]),
];

/// Each shape with each mode; every second one with derivatives, and every third with weights of its
/// own.
fn cases(shapes: &[(&[usize], &[isize])]) -> Vec<Case> {
    let mut cases = Vec::new();
    for (number, (shape, axes)) in shapes.iter().enumerate() {
        for (turn, mode) in Mode::ALL.into_iter().enumerate() {
            let sigma: Vec<f64> = (0..axes.len()).map(|i| [1.1, 0.7, 2.3][i % 3]).collect();
            let mut case = Case::new(shape, axes, &sigma).mode(mode).cval(0.375);
            let kind = number + turn;
            if kind % 2 == 1 {
                let orders: Vec<usize> = (0..axes.len()).map(|i| (i + kind) % 3).collect();
                case = case.orders(&orders);
            }
            if kind % 3 == 2 {
                let lists = [vec![0.2, 0.5, 0.1, 0.4], vec![0.2, 0.6, 0.2], vec![-0.4, 0.0, 0.4]];
                for (i, along) in case.along.iter_mut().enumerate() {
                    along.weights = Some(lists[(i + kind) % 3].clone());
                    along.origin = [-1, 0, 1][(i + turn) % 3];
                }
            }
            cases.push(case);
        }
    }
    cases
}

/// The model's bits of one type from and to memory of two orders, apart and in place, alone and
/// shared.
fn check<T: Pixel>(cases: &[Case]) {
    for (seed, case) in cases.iter().enumerate() {
        let data: ArrayD<T> = random(Distribution::ALL[seed % 3], &case.shape, seed as u64);
        let ndim = case.shape.len();
        let gaps = Layout::c(ndim).steps(&vec![2; ndim]).margin(1);
        let layouts = [Layout::c(ndim), Layout::f(ndim), gaps];
        each_level(|level| {
            let expected = model::filter::<T, T>(&data, case, products(level));
            for (number, layout) in layouts.iter().enumerate() {
                let threads = workers(1 + 2 * (number % 2));
                let about = (T::TYPE, case, layout);
                let input = Placed::new(&data, layout);
                let mut output =
                    Placed::new(&ArrayD::from_elem(data.raw_dim(), T::of(-5.0)), layout);
                let mut image = Placed::new(&data, layout);
                with_filter!(case, filter => {
                    let filter = filter.level(level).threads(threads);
                    filter.apply_into::<T, T, _>(&input.view(), &mut output.view_mut())
                        .and_then(|()| filter.apply_in_place(&mut image.view_mut()))
                })
                .expect("a valid request");
                same_bits(&output.view(), &expected, about);
                same_bits(&image.view(), &expected, ("in place", about));
            }
        });
    }
}

fn all_cases() -> Vec<Case> {
    [cases(&WITH_ONES), cases(&SLENDER)].concat()
}

fn cut(cases: &[Case]) -> Vec<Case> {
    cases.iter().map(|case| case.clone().rounding(Rounding::Scipy)).collect()
}

#[test]
fn floats_have_the_bits_of_the_model() {
    let double: Vec<Case> =
        all_cases().into_iter().map(|case| case.precision(Precision::Double)).collect();
    check::<f32>(&all_cases());
    check::<f64>(&all_cases());
    check::<f32>(&double);
}

#[test]
fn integers_have_the_bits_of_the_model_in_both_roundings() {
    let (cases, cut) = (all_cases(), cut(&all_cases()));
    check::<u8>(&cases);
    check::<u8>(&cut);
    check::<i16>(&cases);
    check::<u16>(&cut);
    check::<i32>(&cases);
    check::<i32>(&cut);
    check::<u64>(&cases);
    check::<i64>(&cut);
    check::<bool>(&cases);
    check::<bool>(&cut);
}

/// Outputs of another type are rounded between the passes, also where a pass has one sample.
#[test]
fn mixed_types_have_the_bits_of_the_model() {
    fn check<In: Pixel, Out: Pixel>(cases: &[Case]) {
        for (seed, case) in cases.iter().enumerate() {
            let data: ArrayD<In> = random(Distribution::ALL[seed % 3], &case.shape, seed as u64);
            each_level(|level| {
                let expected = model::filter::<In, Out>(&data, case, products(level));
                let plan = with_filter!(case, filter => {
                    filter.level(level).plan::<In, Out>(&case.shape)
                });
                let found = plan.expect("a valid request").apply(&data).expect("a valid input");
                same_bits(&found, &expected, (In::TYPE, Out::TYPE, case));
            });
        }
    }
    check::<f64, f32>(&all_cases());
    check::<u16, f32>(&all_cases());
    check::<f32, u8>(&cut(&all_cases()));
}

/// A loop of length 1 is no loop: with it inserted anywhere, filters of every kind have the bits that
/// they have without.
#[test]
fn loops_of_length_1_change_no_bit() {
    let second = || Weights::gaussian(1.0, 2, 4, 0).expect("weights");
    let smooth = || Weights::gaussian(1.0, 0, 4, 0).expect("weights");
    for shape in [&[40][..], &[23, 31], &[9, 12, 10], &[70, 3, 4], &[1040, 2]] {
        let mut data: ArrayD<f32> = random(Distribution::Normal, shape, 8);
        data.iter_mut().step_by(9).for_each(|pixel| *pixel = f32::NAN);
        for place in 0..=shape.len() {
            let with = data.clone().insert_axis(Axis(place));
            let axes: Vec<isize> =
                (0..=shape.len()).filter(|&axis| axis != place).map(|axis| axis as isize).collect();
            macro_rules! same {
                ($filter:expr) => {{
                    let right = $filter.apply(&data).expect("valid").insert_axis(Axis(place));
                    let found = $filter.axes(axes.clone()).apply(&with).expect("valid");
                    same_bits(&found, &right, (shape, place));
                    let mut image = with.clone();
                    $filter.axes(axes.clone()).apply_in_place(&mut image).expect("valid");
                    same_bits(&image, &right, ("in place", shape, place));
                }};
            }
            same!(Gaussian::new(1.3));
            same!(Gaussian::new(1.3).missing(Missing::Ignore));
            same!(Gaussian::new(1.3).missing(Missing::Keep).fill(0.5));
            same!(GradientMagnitude::new(1.0));
            same!(Laplace::new(1.0));
            if shape.len() == 2 {
                let terms = || {
                    [[second(), smooth()], [smooth(), second()]]
                        .map(|weights| Term::new(weights.to_vec()))
                };
                same!(Combination::new(Combine::Sum, terms()));
            }
        }
    }
}

/// Filtered along an axis of one sample, combined and missing pixels have the values that they have
/// without it: smoothing weights sum to 1.
#[test]
fn combined_and_missing_pixels_along_axes_of_one_sample() {
    for shape in [&[1][..], &[60], &[30, 40], &[9, 12, 10]] {
        let mut data: ArrayD<f32> = random(Distribution::Normal, shape, 5);
        if data.len() > 1 {
            data.iter_mut().step_by(7).for_each(|pixel| *pixel = f32::NAN);
        }
        let mask = data.mapv(|pixel| pixel < 1.0 || pixel.is_nan());
        for place in 0..=shape.len() {
            for precision in [Precision::Native, Precision::Double] {
                let filter =
                    || Gaussian::new(1.2).missing(Missing::Keep).fill(7.0).precision(precision);
                let right = filter().apply_masked(&data, &mask).expect("valid");
                let (with, mask) =
                    (data.clone().insert_axis(Axis(place)), mask.clone().insert_axis(Axis(place)));
                let found = filter().apply_masked(&with, &mask).expect("valid");
                let mut image = with.clone();
                filter().apply_masked_in_place(&mut image, &mask).expect("valid");
                same_bits(&image, &found, ("in place", shape, place));
                for (found, right) in found.iter().zip(&right) {
                    assert!((found - right).abs() < 1e-5, "{found} for {right} of {shape:?}");
                }
            }
        }
    }
}

/// A slice that is filtered by itself has the bits that it has in its array.
#[test]
fn slices_have_the_bits_of_their_array() {
    for (shape, axes) in WITH_ONES.iter().chain(&SLENDER) {
        let data: ArrayD<f32> = random(Distribution::Unit, shape, 3);
        let plan = Gaussian::new(1.0).axes(*axes).plan::<f32, f32>(shape).expect("valid");
        let all = plan.apply(&data).expect("valid");
        let (mut slice, mut right) = (data.view(), all.view());
        for axis in (0..shape.len()).rev().filter(|&axis| !axes.contains(&(axis as isize))) {
            let last = shape[axis] - 1;
            slice = slice.index_axis_move(Axis(axis), last);
            right = right.index_axis_move(Axis(axis), last);
        }
        let mut found = ArrayD::zeros(IxDyn(plan.slice_shape()));
        let mut scratch = plan.scratch().expect("memory");
        plan.apply_slice(&slice, &mut found, &mut scratch).expect("valid");
        same_bits(&found, &right, (shape, axes));
    }
}
