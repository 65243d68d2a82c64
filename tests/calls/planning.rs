//! What planning looks at is bounded: by lengths that differ, not by axes, panels or pixels that
//! are not there.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use crate::common::compare::same_bits;
use crate::common::inputs::{Distribution, random};
use crate::common::strategies::workers;
use crate::common::watchdog;
use gausstack::{Error, Gaussian, Laplace, Mode, Threads};
use ndarray::{ArrayD, IxDyn};

/// Far more than any of these checks takes: each took minutes when planning looked at everything.
const LIMIT: Duration = Duration::from_secs(20);

/// numpy's limit of axes, most of them of length 1.
fn many_axes() -> Vec<usize> {
    let mut shape = vec![1; 64];
    (shape[3], shape[40], shape[63]) = (3, 4, 3);
    shape
}

/// As many axes as numpy has are filtered as the array without those of length 1.
#[test]
fn many_axes_are_planned_by_their_lengths() {
    watchdog::within(LIMIT, || {
        let shape = many_axes();
        let data: ArrayD<f64> = random(Distribution::Normal, &shape, 3);
        let few = data.clone().into_shape_with_order(IxDyn(&[3, 4, 3])).expect("as many pixels");
        let flat =
            |found: ArrayD<f64>| found.into_shape_with_order(IxDyn(&[3, 4, 3])).expect("same");
        let close = |found: ArrayD<f64>, right: ArrayD<f64>| {
            for (found, right) in flat(found).iter().zip(&right) {
                assert!((found - right).abs() < 1e-12, "{found} for {right}");
            }
        };
        let smooth = Gaussian::new(1.0).mode(Mode::Mirror);
        close(smooth.apply(&data).expect("valid"), smooth.apply(&few).expect("valid"));
        let mut image = data.clone();
        smooth.apply_in_place(&mut image).expect("valid");
        same_bits(&image, &smooth.apply(&data).expect("valid"), "in place");
        // Second derivatives along axes of one pixel are sums of weights: left out by exact ones.
        let laplace = Laplace::new(1.0).derivatives(gausstack::Derivatives::Exact);
        close(laplace.apply(&data).expect("valid"), laplace.apply(&few).expect("valid"));
    });
}

/// Arrays without pixels are no work and take no memory, however long their other axes are.
#[test]
fn empty_arrays_are_planned_at_once() {
    watchdog::within(LIMIT, || {
        for (shape, axes) in [
            (vec![0, 35, 12_654_571, 1_048_576], vec![1, 2, 3]),
            (vec![0, 104, 1_265_457_100_000], vec![1, 2]),
            (vec![35, 36, 0, 12_654_571, 1_048_576], vec![4, 3, 0]),
            (vec![0, 1 << 40], vec![1]),
            (vec![1 << 40, 0], vec![0]),
        ] {
            for mode in Mode::ALL {
                for threads in [Threads::Current, workers(1)] {
                    let filter = Gaussian::new(50.0).mode(mode).axes(&axes).threads(threads);
                    let plan = filter.plan::<u8, u8>(&shape).expect("no pixels");
                    assert_eq!(plan.memory_bytes(), 0, "{shape:?}");
                    let empty = ArrayD::<u8>::zeros(IxDyn(&shape));
                    assert_eq!(plan.apply(&empty), Ok(empty.clone()));
                    assert_eq!(plan.apply_in_place(&mut empty.clone()), Ok(()));
                }
            }
        }
    });
}

/// Lengths that no array of elements has, beside one of 0.
#[test]
fn lengths_beyond_all_counting() {
    let plan = Gaussian::new(1.0).axes([2]).plan::<f32, f32>([1 << 40, 1 << 40, 0]);
    let plan = plan.expect("no pixels");
    assert_eq!((plan.memory_bytes(), plan.slice_shape()), (0, &[0][..]));
    assert!(plan.slices() >= 1 << 40 && plan.to_string().contains("axis 2"));
    let plan = Gaussian::new(1.0).axes([0]).plan::<f32, f32>([1 << 40, 1 << 40, 0]).map(drop);
    assert!(matches!(plan, Err(Error::OutOfMemory { .. })), "{plan:?}");
}

/// Weights that take long to make are not made to the end if the observer says so, nor are tables.
#[test]
fn long_planning_can_be_stopped() {
    let calls = Arc::new(AtomicUsize::new(0));
    for stop in [1, 3, 70] {
        calls.store(0, SeqCst);
        let called = Arc::clone(&calls);
        let gaussian = Gaussian::new(2e7).axes([1]).observer(move |progress| {
            assert_eq!((progress.slices_done, progress.pixels_done), (0, 0));
            assert_eq!(progress.slices, 3);
            let enough = called.fetch_add(1, SeqCst) + 1 == stop;
            if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let planned = gaussian.plan::<f32, f32>([3, 1000]).map(drop);
        assert_eq!(planned, Err(Error::Stopped { done: 0, total: 3 }));
        assert_eq!(calls.load(SeqCst), stop);
    }
    // The table of a kernel that is long beside the line.
    let called = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&called);
    let gaussian = Gaussian::new(1.0).radius(20_000_000).axes([0]).threads(workers(1));
    let plan = gaussian.observer(move |progress| {
        let started = progress.pixels_done > 0 || count.fetch_add(1, SeqCst) > 30;
        if started { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let found = plan.apply(&ArrayD::<f32>::zeros(IxDyn(&[3])));
    assert!(matches!(found, Err(Error::Stopped { done: 0, .. })), "{found:?}");
    assert!(called.load(SeqCst) > 30, "{called:?}");
}
