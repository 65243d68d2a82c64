//! Bits against the model of the summation orders (oracle 2), pixel by pixel.

use crate::common::case::{Case, with_filter};
use crate::common::compare::same_bits;
use crate::common::filter::Filter;
use crate::common::inputs::{Distribution, random};
use crate::common::levels::{each_level, products};
use crate::common::model;
use crate::common::pixel::Pixel;
use crate::common::sweep;
use gausstack::{Level, Mode, Precision, TileShape};
use ndarray::ArrayD;

/// The plan's own tile and one that splits everything there is.
const TILES: [Option<TileShape>; 2] = [None, Some(TileShape { panel: 17, chunk: 7, group: 3 })];

fn configured<F: Filter>(filter: F, level: Level, tile: Option<TileShape>) -> F {
    let filter = filter.level(level);
    match tile {
        Some(tile) => filter.tile(tile),
        None => filter,
    }
}

/// The bits of one input, on every level and with both tiles.
fn check_data<In: Pixel, Out: Pixel>(case: &Case, data: &ArrayD<In>) {
    each_level(|level| {
        let expected = model::filter::<In, Out>(data, case, products(level));
        for tile in TILES {
            let plan = with_filter!(case, filter => {
                configured(filter, level, tile).plan::<In, Out>(&case.shape)
            });
            let plan = plan.expect("a valid request");
            let found = plan.apply(data).expect("a valid input");
            same_bits(&found, &expected, (In::TYPE, Out::TYPE, tile, case));
            let order: Vec<usize> = plan.passes().iter().map(|pass| pass.axis).collect();
            assert_eq!(order, model::running_axes::<In, Out>(case), "passes of {case:?}");
        }
    });
}

/// The distributions take turns through the cases.
fn check<In: Pixel, Out: Pixel>(cases: &[Case]) {
    for (seed, case) in cases.iter().enumerate() {
        let distribution = Distribution::ALL[seed % 3];
        check_data::<In, Out>(case, &random(distribution, &case.shape, seed as u64));
    }
}

fn in_double(cases: &[Case]) -> Vec<Case> {
    cases.iter().map(|case| case.clone().precision(Precision::Double)).collect()
}

#[test]
fn f32_images() {
    check::<f32, f32>(&sweep::images());
}

#[test]
fn f32_radii() {
    check::<f32, f32>(&sweep::radii());
}

#[test]
fn f32_volumes() {
    check::<f32, f32>(&sweep::volumes());
}

#[test]
fn f32_larger_than_a_tile() {
    check::<f32, f32>(&sweep::large());
}

#[test]
fn f64_everything() {
    check::<f64, f64>(&[sweep::images(), sweep::radii(), sweep::volumes()].concat());
    check::<f64, f64>(&sweep::large()[..2]);
    check::<f64, f64>(&sweep::large()[5..]);
}

#[test]
fn f32_in_double_precision() {
    check::<f32, f32>(&in_double(&[sweep::images(), sweep::radii(), sweep::volumes()].concat()));
    check::<f32, f32>(&in_double(&sweep::large()[..1]));
}

#[test]
fn mixed_elements() {
    let cases = [sweep::images(), sweep::volumes()].concat();
    check::<f32, f64>(&cases);
    check::<f64, f32>(&cases);
}

/// Weights of the caller's own, of both parities and of none, with zeros and ties of sign; where
/// those without parity are placed changes.
#[test]
fn weights_of_the_callers_own() {
    let mut rng = fastrand::Rng::with_seed(7);
    for radius in [0usize, 1, 2, 3, 4, 7, 8, 20, 45] {
        let left: Vec<f64> =
            (0..radius).map(|k| if k % 5 == 3 { 0.0 } else { rng.f64() - 0.3 }).collect();
        let mirrored = |sign: f64, centre: f64| -> Vec<f64> {
            let right = left.iter().rev().map(|w| sign * w);
            left.iter().copied().chain([centre]).chain(right).collect()
        };
        let mut noise = |len| -> Vec<f64> { (0..len).map(|_| rng.f64() - 0.3).collect() };
        let (last, shift) = (radius as isize, (radius / 2) as isize);
        let mut kinds = vec![
            (mirrored(1.0, 0.7), 0),
            (mirrored(1.0, 0.7), shift),
            (mirrored(-1.0, 0.0), 0),
            (mirrored(-1.0, 0.0), -last),
            (noise(2 * radius + 1), 0),
            (noise(2 * radius + 1), last),
            (vec![f64::NAN; radius + 1], 0),
        ];
        if radius > 0 {
            kinds.extend([(noise(2 * radius), 0), (noise(2 * radius), -last)]);
        }
        for ((weights, origin), mode) in kinds.iter().zip(Mode::ALL.iter().cycle()) {
            let mut case = Case::image([23, 37], [1.0, 1.0]).mode(*mode).cval(0.4);
            for along in &mut case.along {
                (along.weights, along.origin) = (Some(weights.clone()), *origin);
            }
            let data = random::<f32>(Distribution::Normal, &case.shape, radius as u64);
            check_data::<f32, f32>(&case, &data);
            check_data::<f64, f64>(&case, &data.mapv(f64::from));
            check_data::<u16, u16>(&case, &random(Distribution::Normal, &case.shape, 3));
        }
    }
}

/// Subnormal numbers are not flushed to zero, neither on the way in nor on the way out.
#[test]
fn subnormal_pixels() {
    let case = Case::image([35, 40], [1.5, 0.9]);
    let data: ArrayD<f32> = random(Distribution::Normal, &case.shape, 3);
    let tiny = data.mapv(|x| x * 1e-40);
    assert!(tiny.iter().any(|x| x.is_subnormal()), "the input has subnormal pixels");
    check_data::<f32, f32>(&case, &tiny);
    check_data::<f64, f64>(&case, &data.mapv(|x| f64::from(x) * 1e-310));
}

/// Pairs of huge pixels overflow where the order says so, and nowhere else.
#[test]
fn huge_pixels() {
    let case = Case::image([35, 40], [1.5, 0.9]);
    let data: ArrayD<f32> = random(Distribution::Unit, &case.shape, 4);
    let huge = data.mapv(|x| x * f32::MAX);
    check_data::<f32, f32>(&case, &huge);
    check_data::<f64, f64>(&case, &data.mapv(|x| f64::from(x) * f64::MAX));
    check_data::<f64, f32>(&case, &data.mapv(|x| f64::from(x) * f64::from(f32::MAX) * 1.5));
}

/// Signs of zero: sums start from +0, and pairs of -0 stay what the order makes of them.
#[test]
fn zeros_of_both_signs() {
    for orders in [[0, 0], [1, 0], [0, 2]] {
        let case = Case::image([9, 35], [0.8, 1.1]).orders(&orders);
        let zeros: ArrayD<f32> =
            random::<f32>(Distribution::Normal, &case.shape, 5).mapv(|x| 0.0f32.copysign(x));
        check_data::<f32, f32>(&case, &zeros);
        check_data::<f64, f64>(&case, &zeros.mapv(f64::from));
    }
}
