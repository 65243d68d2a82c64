//! What an observer hears of a run, and that it can stop it.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use crate::common::case::Case;
use crate::common::compare::same_bits;
use crate::common::inputs::{Distribution, random};
use crate::common::layout::{Layout, Placed};
use crate::common::levels::each_level;
use crate::common::strategies::workers;
use gausstack::{Error, Gaussian, Progress, TileShape};
use ndarray::{ArrayD, Axis};

/// All progress that the observer received, and whether two calls ever overlapped.
#[derive(Default)]
struct Log {
    calls: Mutex<Vec<Progress>>,
    inside: AtomicBool,
    overlaps: AtomicUsize,
}

impl Log {
    fn note(&self, progress: Progress) {
        if self.inside.swap(true, SeqCst) {
            self.overlaps.fetch_add(1, SeqCst);
        }
        std::thread::yield_now();
        self.calls.lock().expect("no call panicked").push(progress);
        self.inside.store(false, SeqCst);
    }
}

#[test]
fn observers_see_the_run_grow_to_its_end() {
    let cases = [
        Case::new(&[200, 9, 150], &[0, 2], &[2.0, 3.0]),
        Case::new(&[60, 70, 40], &[0, 1], &[2.0, 3.0]),
        Case::image([700, 800], [2.0, 3.0]),
        Case::new(&[50, 60, 70], &[0, 1, 2], &[1.0, 1.0, 1.0]),
        // A slice in each lane.
        Case::new(&[3, 900, 7, 6], &[2, 3], &[1.0, 2.0]),
        Case::new(&[5000, 4], &[0, 1], &[2.0, 1.0]),
    ];
    for case in cases {
        let data: ArrayD<f32> = random(Distribution::Unit, &case.shape, 62);
        each_level(|level| {
            for count in [1, 3] {
                for in_place in [false, true] {
                    let log = Arc::new(Log::default());
                    let seen = log.clone();
                    let gaussian = case.gaussian().level(level).threads(workers(count)).observer(
                        move |progress| {
                            seen.note(progress);
                            ControlFlow::Continue(())
                        },
                    );
                    if in_place {
                        gaussian.apply_in_place(&mut data.clone()).expect("valid");
                    } else {
                        gaussian.apply(&data).expect("valid");
                    }
                    check_log(&log, &case, count);
                }
            }
        });
    }
}

fn check_log(log: &Log, case: &Case, count: usize) {
    assert_eq!(log.overlaps.load(SeqCst), 0, "calls overlapped");
    let calls = log.calls.lock().expect("no call panicked");
    let slices = case.gaussian().plan::<f32, f32>(&case.shape).expect("valid").slices();
    let last = calls.last().expect("the observer was called");
    let about = format!("{count} workers, {case:?}, {} calls", calls.len());
    assert_eq!((last.slices_done, last.slices), (slices, slices), "{about}");
    assert_eq!(last.pixels_done, last.pixels, "{about}");
    assert!(last.pixels >= case.shape.iter().product::<usize>() as u64, "{about}");
    for pair in calls.windows(2) {
        assert!(pair[0].slices_done <= pair[1].slices_done, "{pair:?}: {about}");
        assert!(pair[0].pixels_done <= pair[1].pixels_done, "{pair:?}: {about}");
        assert_eq!((pair[0].slices, pair[0].pixels), (pair[1].slices, pair[1].pixels), "{about}");
    }
}

/// A run that is stopped says so; the slices it says are done are done, and the plan can go on.
#[test]
fn observers_stop_the_run() {
    let case = Case::new(&[150, 24, 160], &[0, 2], &[2.0, 3.0]);
    let data: ArrayD<f32> = random(Distribution::Normal, &case.shape, 63);
    each_level(|level| {
        for count in [1, 2] {
            let plain = case.gaussian().level(level).threads(workers(count));
            let whole = plain.apply(&data).expect("valid");
            let stopping = Arc::new(AtomicBool::new(true));
            let stop = stopping.clone();
            let gaussian = plain.observer(move |progress| {
                if stop.load(SeqCst) && progress.slices_done >= 5 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
            let plan = gaussian.plan::<f32, f32>(&case.shape).expect("valid");
            let mut out = data.mapv(|_| f32::NAN);
            let error = plan.apply_into(&data, &mut out).expect_err("the observer stops");
            let Error::Stopped { done, total: 24 } = error else { panic!("{error:?}") };
            assert!((5..24).contains(&done), "stopped after {done}");
            let complete = (0..24)
                .filter(|&i| {
                    let (found, whole) = (out.index_axis(Axis(1), i), whole.index_axis(Axis(1), i));
                    found.iter().zip(&whole).all(|(a, b)| a.to_bits() == b.to_bits())
                })
                .count();
            assert!(complete >= done, "{done} slices were said to be done, {complete} are");
            assert!(complete < 24, "nothing was stopped");
            assert!(matches!(plan.apply(&data), Err(Error::Stopped { .. })));
            stopping.store(false, SeqCst);
            plan.apply_into(&data, &mut out).expect("nobody stops it now");
            same_bits(&out, &whole, "after a stop");
        }
    });
}

/// Slices whose every pixel is as in `whole`.
fn complete(found: &ArrayD<f32>, whole: &ArrayD<f32>, slice_axes: &[usize]) -> usize {
    let pixels: usize = slice_axes.iter().map(|&axis| whole.shape()[axis]).product();
    let others = (0..whole.ndim()).filter(|axis| !slice_axes.contains(axis));
    let order: Vec<usize> = others.chain(slice_axes.iter().copied()).collect();
    let [found, whole] = [found, whole].map(|array| {
        let array = array.view().permuted_axes(order.clone());
        array.iter().map(|pixel| pixel.to_bits()).collect::<Vec<_>>()
    });
    found.chunks(pixels).zip(whole.chunks(pixels)).filter(|(found, whole)| found == whole).count()
}

/// However slices are cut, joined and shared out, those that were said to be done are done,
/// whenever the run is stopped.
#[test]
fn finished_slices_are_finished() {
    let tile = TileShape { panel: 16, chunk: 16, group: 8 };
    let cases = [
        // Interleaved slices.
        (Case::new(&[60, 300, 40], &[0, 1], &[2.0, 3.0]), None),
        (Case::new(&[60, 80, 200], &[0, 1], &[2.0, 3.0]), None),
        (Case::new(&[50, 7, 60, 5], &[0, 2], &[2.0, 3.0]), None),
        // Slices, and panels of them.
        (Case::new(&[150, 9, 160], &[0, 2], &[2.0, 3.0]), None),
        (Case::new(&[2, 150, 900], &[1, 2], &[2.0, 3.0]), None),
        (Case::new(&[3, 90, 200], &[1, 2], &[2.0, 3.0]), Some(tile)),
        // More parts than there are counters.
        (Case::new(&[1500, 8, 60], &[1, 2], &[1.0, 1.0]), Some(tile)),
        // Several sweeps; axes of a slice among the loops, and joined with others.
        (Case::new(&[5, 30, 40, 50], &[1, 2, 3], &[1.0, 1.0, 1.0]), None),
        (Case::new(&[30, 5, 40, 50], &[0, 2, 3], &[1.0, 1.0, 1.0]), None),
        (Case::new(&[30, 20, 25, 5], &[0, 1, 2], &[1.0, 1.0, 1.0]), None),
        (Case::new(&[30, 20, 25, 5], &[0, 1, 2], &[1.0, 1.0, 1.0]), Some(tile)),
        (Case::new(&[30, 20, 5, 25], &[0, 1, 3], &[1.0, 1.0, 1.0]), Some(tile)),
        // Slices are lines.
        (Case::new(&[500, 600], &[0], &[3.0]), None),
        (Case::new(&[500, 600], &[1], &[3.0]), None),
        (Case::new(&[40, 50, 60], &[1], &[3.0]), Some(tile)),
        (Case::new(&[64, 30, 300], &[0], &[3.0]), Some(tile)),
        // A slice in each lane, and several.
        (Case::new(&[4, 500, 12, 9], &[2, 3], &[1.0, 1.0]), None),
        (Case::new(&[5, 700, 3], &[2], &[1.0]), None),
    ];
    for (case, tile) in cases {
        let data: ArrayD<f32> = random(Distribution::Normal, &case.shape, 64);
        let whole = case.gaussian().apply(&data).expect("valid");
        for layout in [Layout::c(data.ndim()), Layout::f(data.ndim())] {
            for count in [1, 3] {
                for in_place in [false, true] {
                    let run = |calls: usize| {
                        let arrays = (&data, &whole, &layout);
                        stopped_run((&case, tile), arrays, count, in_place, calls)
                    };
                    let all = run(usize::MAX);
                    for calls in [1, all / 3, all * 2 / 3, all - 1] {
                        run(calls.max(1));
                    }
                }
            }
        }
    }
}

/// A run that is stopped by the observer's call of this number, if there are as many: how many
/// there were.
fn stopped_run(
    (case, tile): (&Case, Option<TileShape>),
    (data, whole, layout): (&ArrayD<f32>, &ArrayD<f32>, &Layout),
    count: usize,
    in_place: bool,
    stop: usize,
) -> usize {
    let about =
        format!("{count} workers, in place {in_place}, stop at {stop} of {case:?} {tile:?}");
    let log = Arc::new(Log::default());
    let seen = log.clone();
    let gaussian = case.gaussian().threads(workers(count)).observer(move |progress| {
        seen.note(progress);
        let last = seen.calls.lock().expect("no call panicked").len() == stop;
        if last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let gaussian = tile.iter().fold(gaussian, |gaussian, &tile| gaussian.tile(tile));
    let (input, mut found) = (Placed::new(data, layout), Placed::new(data, layout));
    let done = if in_place {
        gaussian.apply_in_place(&mut found.view_mut())
    } else {
        found.view_mut().fill(f32::NAN);
        let plan = gaussian.plan::<f32, f32>(&case.shape).expect("valid");
        plan.apply_into(&input.view(), &mut found.view_mut())
    };
    let axes: Vec<usize> = case.along.iter().map(|along| along.axis as usize).collect();
    let complete = complete(&found.view().to_owned(), whole, &axes);
    let calls = log.calls.lock().expect("no call panicked");
    let last = calls.last().expect("the observer was called");
    match done {
        Ok(()) => assert_eq!((last.slices_done, complete), (last.slices, last.slices), "{about}"),
        Err(Error::Stopped { done, total }) => {
            assert_eq!(
                (calls.len(), done, total),
                (stop, last.slices_done, last.slices),
                "{about}"
            );
            assert!(complete >= done, "{complete} of {done} slices are done: {about}");
            assert!(done < total, "everything was done: {about}");
        }
        Err(error) => panic!("{error:?}: {about}"),
    }
    assert!(calls.is_sorted_by_key(|progress| progress.slices_done), "{about}");
    calls.len()
}

/// A panic in the observer comes out of the run, as panics do, and spoils nothing.
#[test]
fn observers_may_panic() {
    let data: ArrayD<f32> = random(Distribution::Normal, &[90, 7, 110], 61);
    let first = Arc::new(AtomicBool::new(true));
    let gaussian = Gaussian::new(1.0).axes([0, 2]).threads(workers(2)).observer(move |_| {
        assert!(!first.swap(false, SeqCst), "the observer's own panic");
        ControlFlow::Continue(())
    });
    let plan = gaussian.plan::<f32, f32>(data.shape()).expect("valid");
    let run = std::panic::AssertUnwindSafe(|| plan.apply(&data));
    assert!(std::panic::catch_unwind(run).is_err(), "the panic was swallowed");
    let plain = Gaussian::new(1.0).axes([0, 2]).apply(&data);
    assert_eq!(plan.apply(&data), plain);
}

/// A part may be a whole image: who wants to stop it need not wait for its end.
#[test]
fn a_part_can_be_stopped_in_its_middle() {
    for (shape, axes) in [([2000, 60], vec![0, 1]), ([2000, 60], vec![0]), ([1, 20_000], vec![1])] {
        let radius = 12_000;
        let data: ArrayD<f32> = random(Distribution::Unit, &shape, 7);
        // One part whatever the caches.
        let whole = TileShape { panel: 1 << 20, chunk: 64, group: 24 };
        let gaussian = Gaussian::new(3.0).radius(radius).axes(axes).threads(workers(1)).tile(whole);
        each_level(|level| {
            let mut out = ArrayD::from_elem(data.raw_dim(), -9.0);
            let calls = Arc::new(AtomicUsize::new(0));
            let called = Arc::clone(&calls);
            let stopped = gaussian.clone().level(level).observer(move |progress| {
                assert_eq!(progress.pixels_done, 0, "the image is one part");
                let enough = called.fetch_add(1, SeqCst) == 5;
                if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            let result = stopped.apply_into(&data, &mut out);
            assert!(matches!(result, Err(Error::Stopped { done: 0, .. })), "{result:?}");
            assert_eq!(calls.load(SeqCst), 6);
            assert!(out.iter().any(|&pixel| pixel == -9.0), "the end of the image was not reached");
        });
    }
}
