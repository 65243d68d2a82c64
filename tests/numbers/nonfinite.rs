//! NaN and infinities appear exactly within the footprint of the pixel they stand in.

use crate::common::case::Case;
use crate::common::compare::same_bits;
use crate::common::inputs::{Distribution, random};
use crate::common::levels::{each_level, products};
use crate::common::model;
use crate::common::pixel::Pixel;
use crate::common::reference::reach;
use gausstack::{Level, Mode, Precision, TileShape};
use ndarray::{ArrayD, Axis, IxDyn};

/// A tile that cuts every footprint.
const TILE: TileShape = TileShape { panel: 18, chunk: 5, group: 3 };

fn filtered<T: Pixel>(case: &Case, level: Level, data: &ArrayD<T>) -> ArrayD<T> {
    let tiled = case.gaussian().level(level).tile(TILE).apply(data).expect("a valid request");
    let found = case.gaussian().level(level).apply(data).expect("a valid request");
    same_bits(&tiled, &found, ("tiled", case));
    found
}

/// Puts `bad` at `at`: within the reach of `at` every pixel must be `as_expected`, and all others
/// must have the bits that they have without it.
fn check<T: Pixel>(case: &Case, at: &[usize], bad: f64, as_expected: impl Fn(f64) -> bool) {
    let clean: ArrayD<T> = random(Distribution::Normal, &case.shape, 31);
    let mut spoilt = clean.clone();
    spoilt[IxDyn(at)] = T::of(bad);
    let mut marked = clean.mapv(|_| false);
    marked[IxDyn(at)] = true;
    let reached = reach(&marked, case, false);
    each_level(|level| {
        let found = filtered(case, level, &spoilt);
        for ((index, x), reached) in found.indexed_iter().zip(&reached) {
            let fits = if *reached { as_expected(x.wide()) } else { x.wide().is_finite() };
            assert!(fits, "{bad} at {at:?} gave {x:?} at {index:?}, reached: {reached}; {case:?}");
        }
        let mut kept = found.clone();
        let expected = filtered(case, level, &clean);
        for ((kept, clean), reached) in kept.iter_mut().zip(&expected).zip(&reached) {
            if *reached {
                *kept = *clean;
            }
        }
        same_bits(&kept, &expected, ("beside the footprint", at, case));
    });
}

/// Corners, edges and the middle of an image whose rows end with a tail in every vector width.
const PLACES: [[usize; 2]; 6] = [[0, 0], [22, 36], [0, 20], [11, 0], [11, 19], [20, 33]];

#[test]
fn nan_in_every_mode() {
    for (first, second) in Mode::ALL.into_iter().flat_map(|a| Mode::ALL.map(|b| (a, b))) {
        for at in PLACES {
            let case = Case::image([23, 37], [0.8, 1.3]).modes(&[first, second]).cval(0.5);
            check::<f32>(&case, &at, f64::NAN, f64::is_nan);
            check::<f64>(&case, &at, f64::NAN, f64::is_nan);
        }
    }
}

/// Every tap takes part, also those whose weight is zero: the centre of an odd derivative.
#[test]
fn nan_in_derivatives() {
    for orders in [[1, 0], [0, 1], [2, 1], [3, 3]] {
        for at in PLACES {
            let case = Case::image([23, 37], [1.0, 1.0]).orders(&orders).mode(Mode::Mirror);
            check::<f32>(&case, &at, f64::NAN, f64::is_nan);
            let double = case.clone().precision(Precision::Double);
            check::<f32>(&double, &at, f64::NAN, f64::is_nan);
        }
    }
}

/// A radius longer than the axis reaches everything.
#[test]
fn nan_beyond_the_axis() {
    for mode in [Mode::Reflect, Mode::Mirror, Mode::Wrap] {
        let case = Case::image([5, 37], [1.0, 1.0]).mode(mode).radii(&[14, 2]);
        check::<f32>(&case, &[4, 18], f64::NAN, f64::is_nan);
    }
}

#[test]
fn nan_in_volumes_and_stacks() {
    for axes in [&[0isize, 1, 2] as &[isize], &[0, 2], &[0, 1], &[1]] {
        for at in [[0, 0, 0], [6, 8, 17], [3, 4, 9]] {
            let case = Case::new(&[7, 9, 18], axes, &[0.6, 0.5, 0.8][..axes.len()]);
            check::<f32>(&case, &at, f64::NAN, f64::is_nan);
            check::<f64>(&case, &at, f64::NAN, f64::is_nan);
        }
    }
}

/// Smoothing has positive weights only, so an infinity stays one as far as it reaches.
#[test]
fn infinities_in_every_mode() {
    for mode in Mode::ALL {
        for at in PLACES {
            let case = Case::image([23, 37], [0.8, 1.3]).mode(mode).cval(0.5);
            for bad in [f64::INFINITY, f64::NEG_INFINITY] {
                check::<f32>(&case, &at, bad, |x| x == bad);
                check::<f64>(&case, &at, bad, |x| x == bad);
            }
        }
    }
}

/// Where an f32 weight underflows to zero an infinity may become NaN; f64 weights do not yet.
#[test]
fn infinities_under_vanishing_weights() {
    let case = Case::image([23, 37], [0.4, 0.4]).radii(&[7, 7]);
    let bad = f64::INFINITY;
    check::<f32>(&case, &[11, 19], bad, |x| x == bad || x.is_nan());
    check::<f64>(&case, &[11, 19], bad, |x| x == bad);
}

/// Infinities of both signs meet in a NaN, and nowhere else.
#[test]
fn infinities_of_both_signs() {
    let case = Case::image([23, 37], [0.8, 1.3]);
    let mut data: ArrayD<f32> = random(Distribution::Normal, &case.shape, 32);
    let mark = |at: [usize; 2]| {
        let mut marked = data.mapv(|_| false);
        marked[IxDyn(&at)] = true;
        reach(&marked, &case, false)
    };
    let (above, below) = (mark([10, 16]), mark([12, 21]));
    data[[10, 16]] = f32::INFINITY;
    data[[12, 21]] = f32::NEG_INFINITY;
    assert!(above.iter().zip(&below).any(|(a, b)| *a && *b), "the footprints meet");
    each_level(|level| {
        let found = filtered(&case, level, &data);
        for ((x, above), below) in found.iter().zip(&above).zip(&below) {
            match (above, below) {
                (false, false) => assert!(x.is_finite(), "found {x}"),
                (true, false) => assert_eq!(*x, f32::INFINITY),
                (false, true) => assert_eq!(*x, f32::NEG_INFINITY),
                (true, true) => assert!(x.is_nan(), "found {x}"),
            }
        }
    });
}

/// A constant that is not finite reaches as far in as the radius, in the model's bits.
#[test]
fn constants_that_are_not_finite() {
    for cval in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for modes in [[Mode::Constant; 2], [Mode::Constant, Mode::Wrap]] {
            for axes in [[0isize, 1], [1, 0]] {
                let case = Case::new(&[23, 37], &axes, &[0.8, 1.3]).modes(&modes).cval(cval);
                let data: ArrayD<f32> = random(Distribution::Normal, &case.shape, 33);
                let reached = reach(&data.mapv(|_| false), &case, true);
                assert!(reached.iter().any(|reached| !reached), "the middle is out of reach");
                each_level(|level| {
                    let found = filtered(&case, level, &data);
                    for (x, reached) in found.iter().zip(&reached) {
                        assert_eq!(!x.is_finite(), *reached, "found {x} in {case:?}");
                    }
                    let expected = model::filter::<f32, f32>(&data, &case, products(level));
                    same_bits(&found, &expected, &case);
                });
            }
        }
    }
}

/// A slice full of NaN leaves its neighbours alone, wherever the slices lie.
#[test]
fn nan_stays_in_its_slice() {
    for axes in [[1isize, 2], [0, 2], [0, 1]] {
        let case = Case::new(&[19, 18, 21], &axes, &[1.2, 2.0]);
        let clean: ArrayD<f32> = random(Distribution::Normal, &case.shape, 34);
        let loop_axis = Axis(3 - axes.iter().sum::<isize>() as usize);
        let count = clean.len_of(loop_axis);
        for bad in [0, 1, count / 2, count - 1] {
            let mut spoilt = clean.clone();
            spoilt.index_axis_mut(loop_axis, bad).fill(f32::NAN);
            each_level(|level| {
                let mut expected = filtered(&case, level, &clean);
                expected.index_axis_mut(loop_axis, bad).fill(f32::NAN);
                same_bits(&filtered(&case, level, &spoilt), &expected, (bad, &case));
            });
        }
    }
}
