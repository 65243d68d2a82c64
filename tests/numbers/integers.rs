//! Integer images: bits against the model for every pair of element types, both roundings, and what
//! [`Rounding::Nearest`] promises against the exact result.

use crate::common;
use crate::common::case::Case;
use crate::common::compare::same_bits;
use crate::common::inputs::{Distribution, random, widen};
use crate::common::levels::{each_level, products};
use crate::common::pixel::{Pixel, with_each_element};
use crate::common::strategies::workers;
use crate::common::{model, reference, sweep};
use gausstack::{Gaussian, Mode, Precision, Rounding, Separable, TileShape};
use ndarray::{ArrayD, IxDyn};

/// The requests of a case that outputs of this type can be rounded to.
fn requests<Out: Pixel>(case: &Case) -> Vec<Case> {
    let mut requests = Vec::new();
    for rounding in [Rounding::Nearest, Rounding::Scipy] {
        for precision in [Precision::Native, Precision::Double] {
            // Where there is nothing to choose, one request stands for both.
            let once = (Out::BITS == 0 && rounding == Rounding::Scipy)
                || (rounding == Rounding::Scipy && precision == Precision::Double && Out::BITS > 0);
            if !once {
                requests.push(case.clone().rounding(rounding).precision(precision));
            }
        }
    }
    requests
}

fn check<In: Pixel, Out: Pixel>(cases: &[Case]) {
    for (seed, case) in cases.iter().enumerate() {
        let data: ArrayD<In> = random(Distribution::ALL[seed % 3], &case.shape, seed as u64);
        for case in requests::<Out>(case) {
            each_level(|level| {
                let expected = model::filter::<In, Out>(&data, &case, products(level));
                let plan = case.gaussian().level(level).plan::<In, Out>(&case.shape);
                let found = plan.expect("a valid request").apply(&data).expect("a valid input");
                same_bits(&found, &expected, (In::TYPE, Out::TYPE, &case));
            });
        }
    }
}

/// Images by every path, a stack, a volume, four axes, and nothing to do.
fn pairs() -> Vec<Case> {
    vec![
        Case::image([37, 150], [0.6, 1.0]),
        Case::image([23, 131], [2.0, 5.0]).modes(&[Mode::Wrap, Mode::Mirror]),
        Case::image([19, 40], [1.2, 0.9]).orders(&[1, 0]).mode(Mode::Constant).cval(40.5),
        Case::image([2, 90], [0.5, 4.0]).orders(&[0, 2]),
        Case::new(&[12, 3, 40], &[0, 2], &[1.0, 2.0]),
        Case::new(&[9, 11, 20, 2], &[0, 1, 2], &[0.8, 1.1, 1.4]).mode(Mode::Nearest),
        Case::new(&[60, 9, 33], &[2, 0, 1], &[1.0, 0.7, 1.2]),
        Case::new(&[5, 6, 7, 8], &[0, 1, 2, 3], &[0.7, 0.8, 0.9, 1.0]).mode(Mode::Wrap),
        Case::image([5, 40], [1.0, 300.0]).radii(&[3, 1025]),
        Case::new(&[30, 20], &[], &[]),
    ]
}

fn pair<In: Pixel, Out: Pixel>() {
    check::<In, Out>(&pairs());
}

fn pairs_from<In: Pixel>() {
    with_each_element!(Out => pair::<In, Out>());
}

#[test]
fn every_pair_of_elements_has_the_bits_of_the_model() {
    with_each_element!(T => pairs_from::<T>());
}

fn sweeps<T: Pixel>() {
    let every = if common::heavy() { 1 } else { 7 };
    let cases: Vec<Case> = [sweep::images(), sweep::radii(), sweep::volumes()]
        .concat()
        .into_iter()
        .step_by(every)
        .collect();
    check::<T, T>(&cases);
}

#[test]
fn every_element_has_the_bits_of_the_model_in_every_mode_and_order() {
    with_each_element!(T => sweeps::<T>());
}

/// Threads, tiles, in place: bits do not depend on how the work is cut.
fn cuts<T: Pixel>() {
    let tiles = [
        TileShape { panel: 17, chunk: 7, group: 3 },
        TileShape { panel: 64, chunk: 64, group: 31 },
        TileShape { panel: 1 << 20, chunk: 1 << 20, group: 1 << 20 },
    ];
    for case in [
        Case::image([301, 217], [2.0, 4.0]).modes(&[Mode::Mirror, Mode::Wrap]),
        Case::image([190, 401], [0.7, 1.1]),
        Case::new(&[77, 3, 140], &[0, 2], &[3.0, 5.0]).orders(&[0, 1]),
        Case::new(&[71, 105, 7], &[0, 1], &[2.5, 2.0]),
        Case::new(&[31, 39, 47], &[0, 1, 2], &[1.0, 1.8, 2.2]).mode(Mode::Wrap),
        Case::new(&[9, 21, 30, 17], &[0, 1, 2, 3], &[1.0, 1.2, 0.8, 1.0]),
    ] {
        let data: ArrayD<T> = random(Distribution::Unit, &case.shape, 91);
        for case in requests::<T>(&case) {
            each_level(|level| {
                let gaussian = case.gaussian().level(level);
                let expected = gaussian.clone().threads(workers(1)).apply(&data).expect("valid");
                let check = |gaussian: Gaussian, about: &str| {
                    let found = gaussian.apply(&data).expect("a valid request");
                    same_bits(&found, &expected, (T::TYPE, about, &case));
                    let mut image = data.clone();
                    gaussian.apply_in_place(&mut image).expect("a valid request");
                    same_bits(&image, &expected, (T::TYPE, "in place", about, &case));
                };
                for count in [1, 3] {
                    check(gaussian.clone().threads(workers(count)), "workers");
                    for tile in tiles {
                        check(gaussian.clone().tile(tile).threads(workers(count)), "tiles");
                    }
                }
                // A slice alone, in scratch of its own.
                let plan = gaussian.clone().plan::<T, T>(&case.shape).expect("a valid request");
                if plan.slices() > 1 && case.shape.len() == 3 {
                    let mut scratch = plan.scratch().expect("memory");
                    let axis =
                        (0..3).find(|&axis| !case.along.iter().any(|a| case.axis(a) == axis));
                    let axis = ndarray::Axis(axis.expect("a loop axis"));
                    let slice = data.index_axis(axis, 1);
                    let mut out = slice.to_owned();
                    plan.apply_slice(&slice, &mut out, &mut scratch).expect("a valid slice");
                    same_bits(&out, &expected.index_axis(axis, 1), (T::TYPE, "a slice", &case));
                }
            });
        }
    }
}

#[test]
fn bits_do_not_depend_on_threads_and_tiles() {
    cuts::<u8>();
    cuts::<i16>();
    cuts::<u16>();
    cuts::<i32>();
    cuts::<u64>();
    cuts::<bool>();
}

/// A constant image stays constant: every value of a byte, many of the others, whatever the sigma.
#[test]
fn constant_images_stay_constant() {
    fn check<T: Pixel>(values: impl Iterator<Item = T> + Clone) {
        let sigmas = (1..=40).map(|i| 0.13 * f64::from(i) * f64::from(i)).chain([255.0, 300.0]);
        each_level(|level| {
            for sigma in sigmas.clone() {
                // Every line is one value.
                let lines: Vec<T> = values.clone().collect();
                let image = ArrayD::from_shape_fn(IxDyn(&[lines.len(), 37]), |i| lines[i[0]]);
                for precision in [Precision::Native, Precision::Double] {
                    let gaussian = Gaussian::new(sigma).axes([1]).precision(precision);
                    let found = gaussian.level(level).apply(&image).expect("a valid request");
                    same_bits(&found, &image, (T::TYPE, sigma, precision));
                }
            }
            // Along both axes, and along three.
            for &value in [lowest_and_highest(values.clone())].concat().iter() {
                for sigma in [0.7, 2.5, 7.0, 21.0, 255.0] {
                    let image = ArrayD::from_elem(IxDyn(&[40, 50]), value);
                    let found = Gaussian::new(sigma).level(level).apply(&image).expect("valid");
                    same_bits(&found, &image, (T::TYPE, sigma));
                    let volume = ArrayD::from_elem(IxDyn(&[14, 15, 16]), value);
                    let found = Gaussian::new(sigma).level(level).apply(&volume).expect("valid");
                    same_bits(&found, &volume, (T::TYPE, sigma));
                }
            }
        });
    }
    fn lowest_and_highest<T: Pixel>(values: impl Iterator<Item = T>) -> Vec<T> {
        let mut values: Vec<T> = values.collect();
        values.sort_by(|a, b| a.wide().total_cmp(&b.wide()));
        vec![values[0], values[values.len() / 3], values[values.len() - 1]]
    }
    check(0..=u8::MAX);
    check(i8::MIN..=i8::MAX);
    check((0..=u16::MAX).step_by(97).chain([u16::MAX]));
    check((i16::MIN..=i16::MAX).step_by(101).chain([i16::MAX]));
    check((0..=u32::MAX).step_by(77_777_777).chain([u32::MAX]));
    check((i32::MIN..=i32::MAX).step_by(77_777_777).chain([i32::MAX]));
    check([false, true].into_iter());
    // Sums in f64 are off by some parts in 2^53.
    check((0..=1_u64 << 48).step_by(7_777_777_777_777));
    check((-1_i64 << 48..=1 << 48).step_by(7_777_777_777_777));
}

/// Within one of the correctly rounded exact result, and equal to it nearly always.
fn near_the_exact<T: Pixel>(least_share: f64) {
    let cases = [
        Case::image([301, 517], [1.0, 1.0]),
        Case::image([301, 517], [3.0, 5.0]).mode(Mode::Mirror),
        Case::image([301, 517], [20.0, 12.0]).mode(Mode::Wrap),
        Case::image([301, 517], [60.0, 60.0]),
        Case::image([200, 217], [90.0, 110.0]),
        Case::image([90, 117], [150.0, 255.0]),
        Case::new(&[40, 50, 60], &[0, 1, 2], &[1.0, 2.0, 1.5]),
    ];
    for case in cases {
        let data: ArrayD<T> = random(Distribution::Unit, &case.shape, 92);
        let exact = reference::filter(&widen(&data), &case);
        each_level(|level| {
            for precision in [Precision::Native, Precision::Double] {
                let gaussian = case.gaussian().level(level).precision(precision);
                let found = gaussian.apply(&data).expect("a valid request");
                let mut equal = 0;
                for (found, exact) in found.iter().zip(&exact) {
                    let off = (found.wide() - T::rounded(*exact, Rounding::Nearest).wide()).abs();
                    assert!(off <= 1.0, "{found:?} for {exact}, {}, {case:?}", T::TYPE);
                    equal += usize::from(off == 0.0);
                }
                let share = equal as f64 / exact.len() as f64;
                let least = if precision == Precision::Double { 0.999_9 } else { least_share };
                assert!(share >= least, "{share} of {} {precision:?} {case:?}", T::TYPE);
            }
        });
    }
}

#[test]
fn rounded_sums_are_near_the_exact_result() {
    near_the_exact::<u8>(0.999);
    near_the_exact::<i8>(0.999);
    near_the_exact::<u16>(0.99);
    near_the_exact::<i16>(0.99);
    near_the_exact::<u32>(0.99);
    near_the_exact::<i32>(0.99);
    near_the_exact::<bool>(0.999);
}

/// Halves go to the even neighbour; what is out of range to the limit.
#[test]
fn halves_and_limits() {
    each_level(|level| {
        let mean = Separable::new(vec![0.5, 0.0, 0.5]).level(level).mode(Mode::Nearest);
        let data = ndarray::array![0_u8, 9, 1, 10, 2, 11, 253, 9].into_dyn();
        // (0 + 1) / 2, (0 + 1) / 2, (9 + 10) / 2, (1 + 2) / 2, (10 + 11) / 2, ..
        let found = mean.apply(&data).expect("a valid request");
        assert_eq!(found.as_slice(), Some(&[4, 0, 10, 2, 10, 128, 10, 131][..]));
        let slope = Separable::new(vec![-9.0, 0.0, 9.0]).level(level);
        let data = ndarray::array![0_i8, 0, 100, 0, 0].into_dyn();
        let found = slope.apply(&data).expect("a valid request");
        assert_eq!(found.as_slice(), Some(&[0, 127, 0, -128, 0][..]));
        let data = data.mapv(f32::from);
        let mut bytes = ArrayD::<u8>::zeros(data.shape());
        slope
            .apply_into(&data.mapv(|x| if x > 0.0 { f32::NAN } else { x }), &mut bytes)
            .expect("a valid request");
        assert_eq!(bytes.as_slice(), Some(&[0, 0, 0, 0, 0][..]));
    });
}

/// Integers of 64 bits and bool need no word about rounding: they are rounded to nearest like all
/// others.
#[test]
fn every_type_is_rounded_to_nearest_by_default() {
    each_level(|level| {
        let smooth = Gaussian::new(1.0).level(level);
        let ramp = ArrayD::from_shape_fn(IxDyn(&[30, 40]), |i| 10 * (i[0] + i[1]) as i64);
        let mut floats = ArrayD::<f64>::zeros(ramp.shape());
        smooth.apply_into(&ramp, &mut floats).expect("a valid request");
        let nearest = floats.mapv(|sum| sum.round_ties_even() as i64);
        same_bits(&smooth.apply(&ramp).expect("a valid request"), &nearest, "i64");
        let mut unsigned = ramp.mapv(|_| 0_u64);
        smooth.apply_into(&ramp.mapv(|x| x - 300), &mut unsigned).expect("a valid request");
        let shifted = |sum: f64| (sum - 300.0).round_ties_even() as u64;
        for (found, sum) in unsigned.iter().zip(&floats) {
            let slack = (sum.fract() - 0.5).abs() < 1e-9;
            assert!(slack || *found == shifted(*sum), "{found} for {sum}");
        }
        // A mask that is true everywhere stays so; halves are false.
        let all = ArrayD::from_elem(IxDyn(&[30, 40]), true);
        assert_eq!(smooth.apply(&all).expect("a valid request"), all);
        let mean = Separable::new(vec![0.5, 0.0, 0.5]).mode(Mode::Nearest).level(level);
        let found = mean.apply(&ndarray::array![false, false, true, true, true].into_dyn());
        assert_eq!(found.expect("valid").as_slice(), Some(&[false, false, false, true, true][..]));
    });
}

/// What beyond the type is becomes its limit, also where f64 cannot tell it from its neighbours.
#[test]
fn integers_of_64_bits_end_at_their_limits() {
    each_level(|level| {
        let twice = Separable::new(vec![2.0]).level(level);
        let data = ndarray::array![i64::MAX, i64::MIN, i64::MAX / 2 + 1, -3, 5].into_dyn();
        let found = twice.apply(&data).expect("a valid request");
        assert_eq!(found.as_slice(), Some(&[i64::MAX, i64::MIN, i64::MAX, -6, 10][..]));
        let data = ndarray::array![u64::MAX, 1 << 63, 7].into_dyn();
        let found = twice.apply(&data).expect("a valid request");
        assert_eq!(found.as_slice(), Some(&[u64::MAX, u64::MAX, 14][..]));
    });
    // A copy to the other type of 64 bits keeps what both hold.
    let copy = Gaussian::new(0.0);
    let (signed, exact) = (ndarray::array![-1, (1_i64 << 62) + 1].into_dyn(), (1_u64 << 62) + 1);
    let mut unsigned = signed.mapv(|_| 7_u64);
    copy.apply_into(&signed, &mut unsigned).expect("a valid request");
    assert_eq!(unsigned.as_slice(), Some(&[0, exact][..]));
    let mut back = signed.mapv(|_| 7_i64);
    copy.apply_into(&ndarray::array![u64::MAX, exact].into_dyn(), &mut back).expect("valid");
    assert_eq!(back.as_slice(), Some(&[i64::MAX, exact as i64][..]));
}

/// A plan without slices filters one that is handed to it.
#[test]
fn a_slice_of_a_plan_without_any() {
    let plan = Gaussian::new(1.0).axes([1, 2]).plan::<u8, u8>([0, 5, 6]).expect("valid");
    let slice: ArrayD<u8> = random(Distribution::Unit, &[5, 6], 93);
    let (mut out, mut scratch) = (slice.clone(), plan.scratch().expect("memory"));
    plan.apply_slice(&slice, &mut out, &mut scratch).expect("a slice of the shape");
    same_bits(&out, &Gaussian::new(1.0).apply(&slice).expect("valid"), "a slice");
}

/// A copy keeps every bit of its own type, beyond 2^53 too.
#[test]
fn copies_are_exact() {
    let data = ndarray::array![i64::MAX, i64::MIN, (1 << 53) + 1].into_dyn();
    let copy = Gaussian::new(0.0).rounding(Rounding::Scipy);
    assert_eq!(copy.apply(&data).expect("a valid request"), data);
    // To other types as C converts.
    let mut low = data.mapv(|_| 0_u8);
    copy.apply_into(&data, &mut low).expect("a valid request");
    assert_eq!(low.as_slice(), Some(&[255, 0, 1][..]));
    let mut set = data.mapv(|_| false);
    let floats = ndarray::array![0.0, 0.3, f64::NAN].into_dyn();
    copy.apply_into(&floats, &mut set).expect("a valid request");
    assert_eq!(set.as_slice(), Some(&[false, true, true][..]));
}
