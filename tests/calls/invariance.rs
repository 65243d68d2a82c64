//! Bits do not depend on how the work is cut: threads, tiles, scratch, slices, in place.

use crate::common::case::Case;
use crate::common::compare::same_bits;
use crate::common::inputs::{Distribution, random};
use crate::common::layout::{Layout, Placed};
use crate::common::levels::each_level;
use crate::common::pixel::Pixel;
use crate::common::strategies::workers;
use gausstack::{Level, Mode, Precision, TileShape};
use ndarray::{ArrayD, Axis};

/// From the smallest to larger than anything, and counts that divide nothing.
const TILES: [TileShape; 9] = [
    TileShape { panel: 1, chunk: 1, group: 1 },
    TileShape { panel: 7, chunk: 5, group: 3 },
    TileShape { panel: 16, chunk: 16, group: 8 },
    TileShape { panel: 33, chunk: 17, group: 2 },
    TileShape { panel: 64, chunk: 1, group: 13 },
    TileShape { panel: 1, chunk: 64, group: 31 },
    TileShape { panel: 101, chunk: 103, group: 107 },
    TileShape { panel: 1 << 20, chunk: 1 << 20, group: 1 << 20 },
    TileShape { panel: usize::MAX, chunk: usize::MAX, group: usize::MAX },
];

/// The result on one thread with the plan's own tile.
fn baseline<T: Pixel>(case: &Case, level: Level, data: &ArrayD<T>) -> ArrayD<T> {
    case.gaussian().level(level).threads(workers(1)).apply(data).expect("a valid request")
}

/// Jobs that are worth several threads: many slices, few slices, one image, volumes, and a loop
/// axis that is the innermost.
fn large() -> Vec<Case> {
    vec![
        Case::new(&[120, 9, 331], &[0, 2], &[3.0, 5.0]),
        Case::new(&[40, 150, 170], &[1, 2], &[2.0, 1.0]).modes(&[Mode::Wrap, Mode::Mirror]),
        Case::new(&[700, 2, 515], &[0, 2], &[3.0, 5.0]).mode(Mode::Wrap),
        Case::image([900, 1101], [3.0, 5.0]),
        Case::image([900, 1101], [5.0, 3.0]).mode(Mode::Constant).orders(&[1, 0]).cval(0.5),
        Case::new(&[60, 71, 83], &[0, 1, 2], &[1.0, 2.0, 1.5]).modes(&[
            Mode::Wrap,
            Mode::Nearest,
            Mode::Reflect,
        ]),
        Case::new(&[150, 160, 40], &[0, 1], &[2.0, 3.0]),
        Case::new(&[400, 300, 3], &[0, 1], &[2.0, 3.0]).mode(Mode::Wrap),
        Case::new(&[60, 71, 150], &[0, 1], &[2.0, 3.0]).mode(Mode::Wrap),
        // Few columns or few rows: parts of a slice are bands or panels.
        Case::image([9001, 35], [3.0, 5.0]).mode(Mode::Wrap),
        Case::image([35, 9001], [3.0, 5.0]).mode(Mode::Wrap),
        Case::new(&[500_009], &[0], &[6.0]),
        Case::new(&[600, 701], &[0], &[6.0]),
        Case::new(&[600, 701], &[1], &[6.0]).precision(Precision::Double),
    ]
}

/// 1, 2, 3 and 7 workers, into an array of its own and in place.
fn check_threads<T: Pixel>(cases: &[Case]) {
    for (seed, case) in cases.iter().enumerate() {
        let data: ArrayD<T> = random(Distribution::Normal, &case.shape, seed as u64);
        each_level(|level| {
            let expected = baseline(case, level, &data);
            for count in [1, 2, 3, 7] {
                let gaussian = case.gaussian().level(level).threads(workers(count));
                let plan = gaussian.plan::<T, T>(&case.shape).expect("a valid request");
                #[cfg(feature = "rayon")]
                assert_eq!(plan.workers(), count, "workers of {case:?}");
                let about = (T::TYPE, count, case);
                same_bits(&plan.apply(&data).expect("a valid input"), &expected, about);
                let mut image = data.clone();
                plan.apply_in_place(&mut image).expect("a valid input");
                same_bits(&image, &expected, ("in place", about));
            }
        });
    }
}

#[test]
fn threads_f32() {
    check_threads::<f32>(&large());
}

#[test]
fn threads_f64() {
    check_threads::<f64>(&large());
}

/// Every tile shape on images, stacks and volumes, alone and on three workers.
fn check_tiles<T: Pixel>() {
    let stack = Case::new(&[77, 3, 140], &[0, 2], &[3.0, 5.0]);
    let cases = [
        stack.clone(),
        stack.clone().mode(Mode::Wrap).orders(&[0, 1]),
        stack.clone().mode(Mode::Constant).orders(&[2, 0]).cval(1.5),
        stack.precision(Precision::Double),
        Case::image([441, 108], [2.0, 4.0]).modes(&[Mode::Mirror, Mode::Nearest]),
        Case::new(&[71, 105, 7], &[0, 1], &[2.5, 2.0]),
        Case::new(&[31, 39, 47], &[0, 1, 2], &[1.0, 1.8, 2.2]),
        // Radii longer than the axis: every tile needs all of it, several times over.
        Case::image([42, 170], [30.0, 120.0]).mode(Mode::Mirror),
    ];
    for (seed, case) in cases.iter().enumerate() {
        let data: ArrayD<T> = random(Distribution::Unit, &case.shape, seed as u64);
        each_level(|level| {
            let expected = baseline(case, level, &data);
            for tile in TILES {
                for count in [1, 3] {
                    let gaussian = case.gaussian().level(level).tile(tile).threads(workers(count));
                    let plan = gaussian.plan::<T, T>(&case.shape).expect("a valid request");
                    #[cfg(feature = "rayon")]
                    {
                        // Where a kernel is longer than the axis parts may be too few.
                        let mut along = case.along.iter();
                        let long = along.any(|a| case.radius(a) >= case.shape[case.axis(a)]);
                        let fewer = long && plan.workers() < count;
                        assert!(fewer || plan.workers() == count, "workers of {case:?}");
                    }
                    let about = (T::TYPE, tile, count, case);
                    same_bits(&plan.apply(&data).expect("a valid input"), &expected, about);
                    let mut image = data.clone();
                    plan.apply_in_place(&mut image).expect("a valid input");
                    same_bits(&image, &expected, ("in place", about));
                }
            }
        });
    }
}

#[test]
fn tiles_f32() {
    check_tiles::<f32>();
}

#[test]
fn tiles_f64() {
    check_tiles::<f64>();
}

/// In place in every layout and mode: what a tile overwrites must have been kept for its
/// neighbours.
#[test]
fn in_place_in_every_mode_and_layout() {
    let tile = TileShape { panel: 16, chunk: 9, group: 4 };
    for (i, first) in Mode::ALL.into_iter().enumerate() {
        let second = Mode::ALL[(i + 1) % Mode::ALL.len()];
        for (shape, axes) in [([41, 67, 1], [0, 1]), ([23, 3, 50], [0, 2]), ([3, 26, 40], [2, 1])] {
            let case = Case::new(&shape, &axes, &[2.0, 3.0]).modes(&[first, second]).cval(0.25);
            let data: ArrayD<f32> = random(Distribution::Normal, &case.shape, i as u64);
            each_level(|level| {
                let expected = baseline(&case, level, &data);
                for layout in Layout::all(3) {
                    for count in [1, 3] {
                        let gaussian = case.gaussian().level(level).threads(workers(count));
                        let mut image = Placed::new(&data, &layout);
                        let around = image.surroundings();
                        let gaussian = if count == 1 { gaussian.tile(tile) } else { gaussian };
                        gaussian.apply_in_place(&mut image.view_mut()).expect("a valid input");
                        let about = (&layout, count, &case);
                        same_bits(&image.view(), &expected, about);
                        same_bits(&image.surroundings(), &around, ("surroundings", about));
                    }
                }
            });
        }
    }
}

/// Several workers between all layouts.
#[test]
fn threads_in_every_layout() {
    let modes = [[Mode::Reflect, Mode::Wrap], [Mode::Constant, Mode::Mirror]];
    for axes in [[0isize, 1], [0, 2], [1, 2]] {
        for modes in modes {
            let case = Case::new(&[45, 39, 51], &axes, &[3.0, 2.0]).modes(&modes).cval(0.25);
            let data: ArrayD<f32> = random(Distribution::Normal, &case.shape, 14);
            each_level(|level| {
                let expected = baseline(&case, level, &data);
                let gaussian = case.gaussian().level(level).threads(workers(3));
                let plan = gaussian.plan::<f32, f32>(&case.shape).expect("a valid request");
                #[cfg(feature = "rayon")]
                assert_eq!(plan.workers(), 3, "workers of {case:?}");
                let layouts = Layout::all(3);
                for (from, to) in layouts.iter().zip(layouts.iter().cycle().skip(7)) {
                    let about = (from, to, &case);
                    let input = Placed::new(&data, from);
                    let mut output = Placed::new(&data.mapv(|_| f32::NAN), to);
                    plan.apply_into(&input.view(), &mut output.view_mut()).expect("a valid input");
                    same_bits(&output.view(), &expected, about);
                    let mut image = Placed::new(&data, from);
                    plan.apply_in_place(&mut image.view_mut()).expect("a valid input");
                    same_bits(&image.view(), &expected, ("in place", about));
                }
            });
        }
    }
}

/// Outputs larger than the last-level cache are written past it: a stack of them has the bits of
/// its slices, which are small enough to be written as usual.
#[test]
fn outputs_larger_than_the_cache() {
    let case = Case::new(&[350, 48, 1001], &[0, 2], &[1.0, 1.5]);
    let alone = Case::image([350, 1001], [1.0, 1.5]);
    let data: ArrayD<f32> = random(Distribution::Unit, &case.shape, 15);
    for layout in [Layout::c(3), Layout::f(3), Layout::permuted(&[1, 0, 2]).margin(1)] {
        each_level(|level| {
            let gaussian = case.gaussian().level(level).threads(workers(2));
            let mut output = Placed::new(&data.mapv(|_| f32::NAN), &layout);
            gaussian.apply_into(&data, &mut output.view_mut()).expect("a valid input");
            for i in [0, 1, 24, 47] {
                let slice = data.index_axis(Axis(1), i).to_owned();
                let expected = alone.gaussian().level(level).apply(&slice).expect("a valid slice");
                same_bits(&output.view().index_axis(Axis(1), i), &expected, (&layout, i));
            }
        });
    }
}

/// One plan, one scratch: every slice alone has the bits it has in the stack, whatever the scratch
/// has seen before.
#[test]
fn slices_alone_with_a_reused_scratch() {
    for axes in [[0isize, 2], [2, 0], [1, 2], [0, 1]] {
        let case = Case::new(&[33, 35, 38], &axes, &[2.0, 1.2]).modes(&[Mode::Wrap, Mode::Reflect]);
        let data: ArrayD<f32> = random(Distribution::Normal, &case.shape, 11);
        let loop_axis = Axis((0..3).find(|a| !axes.contains(&(*a as isize))).expect("one is left"));
        each_level(|level| {
            let plan = case.gaussian().level(level).plan::<f32, f32>(&case.shape).expect("valid");
            assert_eq!(plan.slices(), case.shape[loop_axis.0]);
            let stack = plan.apply(&data).expect("a valid input");
            let mut scratch = plan.scratch().expect("memory");
            let mut filtered = data.mapv(|_| f32::NAN);
            // Out of order, and each of them twice.
            for pass in 0..2 {
                for i in (0..plan.slices()).rev().map(|i| (i * 13 + pass) % plan.slices()) {
                    let slice = data.index_axis(loop_axis, i);
                    assert_eq!(plan.slice_shape(), slice.shape());
                    let mut out = filtered.index_axis_mut(loop_axis, i);
                    plan.apply_slice(&slice, &mut out, &mut scratch).expect("a valid slice");
                }
            }
            same_bits(&filtered, &stack, ("slice by slice", &case));
            // Alone: a plan for the slice's own shape.
            let mut alone = case.clone();
            alone.shape.remove(loop_axis.0);
            for along in &mut alone.along {
                along.axis -= isize::from(along.axis as usize > loop_axis.0);
            }
            for i in [0, 7, plan.slices() - 1] {
                let slice = data.index_axis(loop_axis, i).to_owned();
                let found = alone.gaussian().level(level).apply(&slice).expect("a valid slice");
                same_bits(&found, &stack.index_axis(loop_axis, i), ("alone", i, &alone));
            }
        });
    }
}

/// A slice's bits do not depend on which neighbours stand beside it, nor on how many.
#[test]
fn slices_do_not_depend_on_their_neighbours() {
    let case = Case::new(&[30, 41, 34], &[0, 1], &[1.5, 2.0]);
    let data: ArrayD<f32> = random(Distribution::Normal, &case.shape, 12);
    each_level(|level| {
        let gaussian = case.gaussian().level(level);
        let all = gaussian.apply(&data).expect("a valid input");
        for count in [1, 2, 3, 5, 8, 15, 16, 17, 33] {
            let part = data.slice_axis(Axis(2), (1..1 + count).into());
            let found = gaussian.apply(&part).expect("a valid input");
            let expected = all.slice_axis(Axis(2), (1..1 + count).into());
            same_bits(&found, &expected, ("innermost slices", count));
        }
    });
}

/// A run has the bits of the run before it.
#[test]
fn a_plan_can_be_used_again() {
    let case = Case::new(&[64, 5, 90], &[0, 2], &[2.0, 3.0]);
    let first: ArrayD<f32> = random(Distribution::Normal, &case.shape, 13);
    let second = first.mapv(|x| x * 1e30);
    each_level(|level| {
        let plan = case.gaussian().level(level).plan::<f32, f32>(&case.shape).expect("valid");
        let expected = plan.apply(&first).expect("a valid input");
        let copy = plan.clone();
        plan.apply(&second).expect("a valid input");
        same_bits(&plan.apply(&first).expect("a valid input"), &expected, "the same plan");
        same_bits(&copy.apply(&first).expect("a valid input"), &expected, "a clone of the plan");
    });
}
