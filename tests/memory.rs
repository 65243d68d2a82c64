//! Memory: what a run takes is what its plan said, and does not grow with the number of rows.
//!
//! One test, because the counters are the process's.

mod common;
#[path = "memory/counting.rs"]
mod counting;
#[path = "memory/new_arrays.rs"]
mod new_arrays;

use common::case::Case;
use common::inputs::{Distribution, random};
use common::layout::{Layout, Placed};
use common::levels::each_level;
use common::pixel::Pixel;
use common::strategies::workers;
use counting::{Counting, Usage, starve, watch};
use gausstack::{Error, GradientMagnitude, Level, Missing, Mode, Plan, Precision, Rounding};
use ndarray::ArrayD;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What the contract leaves for lists of tasks and the queue of a pool.
const SLACK: usize = 64 << 10;

#[test]
fn memory() {
    each_level(|level| {
        peaks_are_what_the_plan_said(level);
        rows_cost_no_allocations(level);
        a_slice_needs_its_scratch_only(level);
        ideal_gaussians_need_what_was_planned(level);
        refused_memory_is_an_error(level);
        new_arrays::are_dropped_by_runs_that_end_early(level);
    });
    scratch_is_small();
}

fn plan_of<T: Pixel>(case: &Case, level: Level, count: usize) -> Plan<T, T> {
    case.gaussian().level(level).threads(workers(count)).plan(&case.shape).expect("valid")
}

fn requests() -> Vec<Case> {
    let stack = Case::new(&[200, 6, 301], &[0, 2], &[3.0, 5.0]);
    vec![
        stack.clone(),
        stack.clone().mode(Mode::Wrap),
        stack.clone().mode(Mode::Constant).orders(&[1, 0]).cval(2.0),
        stack.precision(Precision::Double),
        Case::image([401, 900], [3.0, 5.0]),
        Case::image([401, 500], [12.0, 16.0]).mode(Mode::Wrap),
        Case::image([40, 4000], [3.0, 5.0]),
        Case::image([4000, 40], [10.0, 5.0]),
        Case::new(&[100, 120, 41], &[0, 1], &[2.0, 2.0]),
        Case::new(&[60, 71, 83], &[0, 1, 2], &[1.0, 2.0, 1.5]),
        Case::new(&[15, 30, 25, 20], &[0, 1, 2, 3], &[1.0, 2.0, 1.5, 1.0]),
        Case::new(&[6, 40, 50, 20], &[1, 2, 3], &[1.0, 2.0, 1.5]),
        Case::new(&[100_000], &[0], &[5.0]),
        Case::new(&[500, 600], &[0], &[5.0]),
        // The radius is many times the axis.
        Case::image([5, 5000], [1.0, 1.0]).radii(&[500, 3]),
        Case::new(&[60, 71, 83], &[], &[]),
    ]
}

/// Peak live bytes are at most the plan's, plus the new array, plus 64 KiB.
fn peaks_are_what_the_plan_said(level: Level) {
    for case in requests() {
        check_filter::<f32>(&case, level);
        check_filter::<f64>(&case, level);
        check_filter::<u16>(&case, level);
        check_filter::<i8>(&case.clone().rounding(Rounding::Scipy), level);
        check_filter::<bool>(&case.clone().rounding(Rounding::Scipy), level);
        // Of the smaller ones, for time.
        if case.shape.iter().product::<usize>() < 400_000 {
            check_gaps::<f32>(&case.clone().orders(&vec![0; case.along.len()]), level);
        }
    }
    for (shape, axes) in [(vec![60, 71, 83], vec![0, 1, 2]), (vec![200, 6, 301], vec![0, 2])] {
        let sigma = [1.5, 2.0, 1.0];
        let case = Case::new(&shape, &axes, &sigma[..axes.len()]);
        check_terms::<f32>(&case, level);
        check_terms::<f32>(&case.clone().precision(Precision::Double), level);
        check_terms::<u16>(&case, level);
        check_terms::<i8>(&case.clone().rounding(Rounding::Scipy), level);
        check_gaps::<f64>(&case, level);
        check_gaps::<u16>(&case, level);
        check_gaps::<i64>(&case.rounding(Rounding::Scipy), level);
    }
}

fn check_filter<T: Pixel>(case: &Case, level: Level) {
    check_peaks::<T>(case, |count| plan_of(case, level, count));
}

/// The same of a filter that combines derivatives.
fn check_terms<T: Pixel>(case: &Case, level: Level) {
    let sigma: Vec<f64> = case.along.iter().map(|along| along.sigma).collect();
    let along: Vec<_> = case.along.iter().collect();
    check_peaks::<T>(case, |count| {
        let filter = case.configured(GradientMagnitude::new(sigma.clone()), &along);
        filter.level(level).threads(workers(count)).plan(&case.shape).expect("valid")
    });
    let data: ArrayD<T> = random(Distribution::Unit, &case.shape, 44);
    let filter = case.configured(GradientMagnitude::new(sigma), &along).level(level);
    let mut image = data.clone();
    check_untouched(case, &data, |out| filter.apply_into(&data, out));
    check_refusals(case, || filter.apply_in_place(&mut image));
}

/// Refusing each large allocation in turn leaves the output as it was.
fn check_untouched<T: Pixel>(
    case: &Case,
    data: &ArrayD<T>,
    mut filter: impl FnMut(&mut ArrayD<T>) -> Result<(), Error>,
) {
    let before = data.mapv(|_| T::of(1.0));
    let (mut out, mut touched) = (before.clone(), false);
    check_refusals(case, || {
        out.assign(&before);
        let done = filter(&mut out);
        touched |= done.is_err() && out != before;
        done
    });
    // Not where memory is refused: a panic wants some.
    assert!(!touched, "an error after pixels were written: {case:?}");
}

/// The same of a filter that leaves pixels out, and that a slice with a mask needs its scratch
/// alone.
fn check_gaps<T: Pixel>(case: &Case, level: Level) {
    for missing in [Missing::Propagate, Missing::Keep] {
        check_gaps_of::<T>(case, missing, level);
    }
}

fn check_gaps_of<T: Pixel>(case: &Case, missing: Missing, level: Level) {
    let plan = |count| {
        let filter = case.gaussian().missing(missing).level(level).threads(workers(count));
        filter.plan_masked::<T, T>(&case.shape).expect("valid")
    };
    check_peaks::<T>(case, plan);
    let data: ArrayD<T> = random(Distribution::Unit, &case.shape, 46);
    let mask = random::<bool>(Distribution::Unit, &case.shape, 47);
    let mut image = data.clone();
    for count in [1, 2] {
        let plan = plan(count);
        let said = plan.memory_bytes();
        // The first run of a pool may set up what later runs find.
        for _ in 0..2 {
            let (done, usage) = watch(|| plan.apply_masked(&data, &mask));
            drop(done.expect("valid"));
            let allowed = said + data.len() * size_of::<T>();
            assert!(usage.peak <= allowed + SLACK, "{usage:?}, {allowed} were planned: {case:?}");
            let (done, usage) = watch(|| plan.apply_masked_in_place(&mut image, &mask));
            done.expect("valid");
            assert!(usage.peak <= said + SLACK, "{usage:?}, {said} were planned: {case:?}");
        }
    }
    let filter = case.gaussian().missing(missing).level(level).threads(workers(1));
    if plan(1).memory_bytes() > SLACK {
        check_untouched(case, &data, |out| filter.apply_masked_into(&data, &mask, out));
    }
    let plan = plan(1);
    if plan.slice_shape().len() == 2 && plan.slices() == 6 {
        let mut scratch = plan.scratch().expect("memory");
        let (slice, mask) =
            (data.index_axis(ndarray::Axis(1), 1), mask.index_axis(ndarray::Axis(1), 1));
        let mut out = slice.to_owned();
        let (done, usage) =
            watch(|| plan.apply_masked_slice(&slice, &mask, &mut out, &mut scratch));
        done.expect("a valid slice");
        if missing == Missing::Keep && T::BITS == 0 {
            // What may be NaN and shall stay so is noted, a byte for each pixel.
            assert!(usage.peak <= slice.len() + SLACK, "{usage:?} of a slice in {case:?}");
        } else {
            assert_eq!(usage.own_count, 0, "{usage:?} of a slice in {case:?}");
        }
    }
}

fn check_peaks<T: Pixel>(case: &Case, plan_of: impl Fn(usize) -> Plan<T, T>) {
    let data: ArrayD<T> = random(Distribution::Unit, &case.shape, 41);
    let bytes = data.len() * size_of::<T>();
    let ndim = case.shape.len();
    for layout in [Layout::c(ndim), Layout::f(ndim)] {
        let input = Placed::new(&data, &layout);
        let mut output = Placed::new(&data, &Layout::f(ndim));
        let mut image = Placed::new(&data, &layout);
        for count in [1, 3] {
            let plan = plan_of(count);
            let said = plan.memory_bytes();
            let check = |what, usage: Usage, allowed: usize| {
                assert!(
                    usage.peak <= allowed + SLACK,
                    "{what}: {} bytes at once, {allowed} were planned; {} on {count} of {layout:?} \
                     {case:?}",
                    usage.peak,
                    T::TYPE,
                );
            };
            // The first run of a pool may set up what later runs find.
            for _ in 0..2 {
                let (found, usage) = watch(|| plan.apply(&input.view()));
                drop(found.expect("a valid input"));
                check("apply", usage, said + bytes);
                let (done, usage) =
                    watch(|| plan.apply_into(&input.view(), &mut output.view_mut()));
                done.expect("a valid input");
                check("apply_into", usage, said);
                let (done, usage) = watch(|| plan.apply_in_place(&mut image.view_mut()));
                done.expect("a valid input");
                check("apply_in_place", usage, said);
            }
            let (scratch, usage) = watch(|| plan.scratch());
            drop(scratch.expect("memory"));
            check("scratch", usage, plan.scratch_bytes());
            assert!(plan.scratch_bytes() <= said, "one worker's scratch is part of {said}");
        }
    }
}

/// As many allocations for 1000 rows as for 100.
fn rows_cost_no_allocations(level: Level) {
    // The axis that grows, from arrays in which it has length 1, and the filtered axes.
    let grown = [([1, 4, 65], 0, [0, 2]), ([4, 1, 65], 1, [1, 2]), ([1, 65, 8], 0, [0, 1])];
    for (shape, rows_axis, axes) in grown {
        for mode in [Mode::Reflect, Mode::Wrap] {
            let usage = |rows: usize, count: usize| {
                let mut shape = shape;
                shape[rows_axis] = rows;
                let case = Case::new(&shape, &axes, &[3.0, 5.0]).mode(mode);
                let data: ArrayD<f32> = random(Distribution::Unit, &case.shape, 42);
                let mut out = data.clone();
                let plan = plan_of::<f32>(&case, level, count);
                // The first runs set up what later runs find.
                plan.apply_into(&data, &mut out).expect("a valid input");
                plan.apply_in_place(&mut out).expect("a valid input");
                let into = watch(|| plan.apply_into(&data, &mut out)).1;
                let new = watch(|| plan.apply(&data)).1;
                let in_place = watch(|| plan.apply_in_place(&mut out)).1;
                // A single worker is the calling thread.
                [into, new, in_place].map(|u| if count == 1 { u.own_count } else { u.count })
            };
            let about = (shape, axes, mode);
            assert_eq!(usage(100, 1), usage(1000, 1), "{about:?}");
            for (few, many) in usage(100, 2).into_iter().zip(usage(1000, 2)) {
                // Queues of tasks grow now and then, and threads come and go.
                assert!(many <= few + 100, "{few} grew to {many}: {about:?}");
            }
        }
    }
}

/// With a scratch in hand a slice allocates nothing.
fn a_slice_needs_its_scratch_only(level: Level) {
    for (shape, axes) in [([90, 3, 140], [0, 2]), ([3, 90, 140], [1, 2]), ([90, 140, 3], [0, 1])] {
        for mode in Mode::ALL {
            let case = Case::new(&shape, &axes, &[3.0, 5.0]).mode(mode).cval(1.0);
            let data: ArrayD<f32> = random(Distribution::Unit, &case.shape, 43);
            let plan = plan_of::<f32>(&case, level, 1);
            let mut scratch = plan.scratch().expect("memory");
            let loop_axis = ndarray::Axis(3 - axes.iter().sum::<isize>() as usize);
            let slice = data.index_axis(loop_axis, 1);
            let mut out = ArrayD::zeros(slice.raw_dim());
            let (done, usage) = watch(|| plan.apply_slice(&slice, &mut out, &mut scratch));
            done.expect("a valid slice");
            assert_eq!(usage.own_count, 0, "{usage:?} of a slice in {case:?}");
        }
    }
}

/// Gaussians that are resampled: what is between their stages is part of what was planned.
fn ideal_gaussians_need_what_was_planned(level: Level) {
    let cases = [
        Case::new(&[200, 6, 301], &[0, 2], &[13.0, 25.0]),
        Case::image([401, 900], [12.0, 60.0]).mode(Mode::Wrap),
        Case::image([700, 500], [12.0, 1.0]).mode(Mode::Constant).cval(2.0),
        Case::new(&[500, 600], &[0], &[25.0]),
        Case::new(&[500, 600], &[1], &[25.0]),
        Case::new(&[20, 900], &[0, 1], &[90.0, 30.0]),
        Case::new(&[60, 71, 83], &[0, 1, 2], &[9.0, 12.0, 15.0]),
        Case::new(&[100_000], &[0], &[50.0]),
    ];
    for case in cases {
        check_ideal::<f32>(&case, level);
        check_ideal::<f64>(&case, level);
        check_ideal::<u16>(&case, level);
    }
    let case = Case::new(&[90, 3, 140], &[0, 2], &[9.0, 25.0]);
    let data: ArrayD<f32> = random(Distribution::Unit, &case.shape, 43);
    let plan = case.gaussian().ideal(1e-5).level(level).threads(workers(1));
    let plan = plan.plan::<f32, f32>(&case.shape).expect("valid");
    let mut scratch = plan.scratch().expect("memory");
    let slice = data.index_axis(ndarray::Axis(1), 1);
    let mut out = ArrayD::zeros(slice.raw_dim());
    let (done, usage) = watch(|| plan.apply_slice(&slice, &mut out, &mut scratch));
    done.expect("a valid slice");
    assert!(usage.peak <= SLACK, "{usage:?} of a slice in {case:?}");
}

fn check_ideal<T: Pixel>(case: &Case, level: Level) {
    let gaussian = |count| case.gaussian().ideal(1e-5).level(level).threads(workers(count));
    check_peaks::<T>(case, |count| gaussian(count).plan(&case.shape).expect("valid"));
    let data: ArrayD<T> = random(Distribution::Unit, &case.shape, 44);
    let (mut image, gaussian) = (data.clone(), gaussian(1));
    check_untouched(case, &data, |out| gaussian.apply_into(&data, out));
    check_refusals(case, || gaussian.apply_in_place(&mut image));
}

/// Weights, tables, scratch and new arrays are reserved fallibly: refusing each large allocation in
/// turn gives an error, never an abort.
fn refused_memory_is_an_error(level: Level) {
    let cases = [
        Case::new(&[100, 3, 101], &[0, 2], &[3.0, 5.0]).radii(&[12, 2100]),
        Case::new(&[200, 301, 3], &[0, 1], &[3.0, 5.0]).mode(Mode::Wrap),
        Case::new(&[60, 71, 83], &[0, 1, 2], &[1.0, 2.0, 1.5]),
        Case::image([20_000, 40], [3.0, 5.0]).mode(Mode::Mirror),
    ];
    for case in cases {
        for count in [1, 2] {
            let data: ArrayD<f32> = random(Distribution::Unit, &case.shape, 44);
            let gaussian = case.gaussian().level(level).threads(workers(count));
            let mut image = data.clone();
            check_refusals(&case, || gaussian.apply(&data).map(drop));
            check_refusals(&case, || gaussian.apply_in_place(&mut image));
            check_refusals(&case, || gaussian.plan::<f32, f32>(&case.shape)?.scratch().map(drop));
            let data: ArrayD<u16> = random(Distribution::Unit, &case.shape, 45);
            let mut image = data.clone();
            check_refusals(&case, || gaussian.apply(&data).map(drop));
            check_refusals(&case, || gaussian.apply_in_place(&mut image));
        }
    }
}

fn check_refusals(case: &Case, mut work: impl FnMut() -> Result<(), Error>) {
    work().expect("there is enough memory");
    let mut refusals = 0;
    for granted in 0.. {
        let (done, refused) = starve(granted, &mut work);
        match done {
            Err(Error::OutOfMemory { bytes }) if refused => assert!(bytes > 0),
            // A queue of the thread pool may be one of the refused; it may also be done without.
            Ok(()) if !refused => break,
            other => panic!("{other:?} with {granted} allocations, refused: {refused}; {case:?}"),
        }
        refusals += 1;
    }
    assert!(refusals > 0, "nothing large was ever allocated for {case:?}");
}

/// Scratch is rows, not images: for the real stack, and its worst layout in place, it is a part of
/// one slice.
fn scratch_is_small() {
    for axes in [[0isize, 2], [2, 0]] {
        let case = Case::new(&[3000, 16, 5000], &axes, &[3.0, 5.0]);
        let plan = plan_of::<f32>(&case, Level::detect(), 2);
        let slice = 3000 * 5000 * size_of::<f32>();
        assert!(plan.scratch_bytes() < slice / 2, "{} bytes of scratch", plan.scratch_bytes());
        assert!(plan.memory_bytes() < slice, "{} bytes in all", plan.memory_bytes());
    }
    // What many workers save to share a slice in place is saved once.
    for axes in [[0isize, 2], [2, 0]] {
        let case = Case::new(&[3000, 16, 5000], &axes, &[3.0, 5.0]);
        let plan = plan_of::<f32>(&case, Level::detect(), 16);
        let boundaries = plan.workers() - 1;
        let saved = boundaries * 2 * 20 * 5000 * 16 * size_of::<f32>();
        let allowed = plan.workers() * plan.scratch_bytes() + saved;
        assert!(plan.memory_bytes() <= allowed, "{} bytes in all", plan.memory_bytes());
    }
}
