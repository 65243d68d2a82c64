//! New arrays, in memory that the allocator hands out full of other bytes.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use gausstack::{
    AnyView, Error, Gaussian, GradientMagnitude, Laplace, Level, Missing, Mode, Plan, Precision,
    Rounding,
};
use ndarray::ArrayD;

use crate::common::compare::same_bits;
use crate::common::inputs::{Distribution, random};
use crate::common::layout::{Layout, Placed};
use crate::common::pixel::Pixel;
use crate::common::strategies::workers;
use crate::counting::watch;

/// Bytes from which on a new array asks for huge pages.
const HUGE_FROM: usize = 2 << 20;

/// What a run may leave behind beside its plan's scratch: a queue of the pool.
const SLACK: usize = 64 << 10;

type Planned<T> = Result<Plan<T, T>, Error>;

macro_rules! with_each_element {
    ($element:ident => $body:expr) => {
        with_each_element!(@ $element => $body; f32 f64 u8 i8 u16 i16 u32 i32 u64 i64 bool)
    };
    (@ $element:ident => $body:expr; $($name:ident)*) => {$({
        type $element = $name;
        $body
    })*};
}

/// Every element of a new array is written by the run, of every type, in every order, on both sides
/// of the size from which on huge pages are asked for.
pub(crate) fn are_written_whole(level: Level) {
    with_each_element!(T => {
        let len = HUGE_FROM / size_of::<T>();
        for len in [len - 1, len, len + 20_001] {
            let line = Gaussian::new(1.5).level(level);
            check::<T, T>(&[len], &Layout::c(1), |shape| line.plan(shape));
        }
        let stack = Gaussian::new([1.0, 2.0]).axes([0, 2]).level(level);
        for rows in [300, HUGE_FROM / size_of::<T>() / 303 + 1] {
            for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
                let stack = stack.clone().threads(workers(2));
                let layout = Layout::permuted(&order);
                check::<T, T>(&[rows, 3, 101], &layout, |shape| stack.plan(shape));
            }
        }
        every_route::<T>(level);
    });
}

/// The routes of the data: copies, one to three axes, several terms, missing pixels, other types.
fn every_route<T: Pixel>(level: Level) {
    let shape = [40, 37, 61];
    let gaussian = |sigma: f64| Gaussian::new(sigma).level(level).mode(Mode::Wrap);
    for layout in [Layout::c(3), Layout::f(3), Layout::c(3).steps(&[1, -1, 2])] {
        let gradient = GradientMagnitude::new(1.0).level(level);
        let check_all = |plan: &dyn Fn(&[usize]) -> Planned<T>| {
            check::<T, T>(&shape, &layout, plan);
        };
        check_all(&|shape| gaussian(0.0).plan(shape));
        check_all(&|shape| gaussian(0.0).missing(Missing::Keep).fill(1.0).plan(shape));
        check_all(&|shape| gaussian(1.0).axes([1]).plan(shape));
        check_all(&|shape| gaussian(1.0).plan(shape));
        check_all(&|shape| gaussian(1.0).precision(Precision::Double).plan(shape));
        check_all(&|shape| gaussian(1.0).rounding(Rounding::Scipy).plan(shape));
        check_all(&|shape| gaussian(1.0).missing(Missing::Keep).fill(1.0).plan(shape));
        check_all(&|shape| gaussian(1.0).missing(Missing::Ignore).axes([0, 2]).plan(shape));
        check_all(&|shape| gradient.clone().axes([0, 2]).plan(shape));
        check_all(&|shape| gradient.plan(shape));
        check_all(&|shape| gradient.clone().rounding(Rounding::Scipy).plan(shape));
        check_all(&|shape| Laplace::new(1.0).level(level).plan(shape));
        check::<T, f32>(&shape, &layout, |shape| gaussian(1.0).plan(shape));
        check::<T, u16>(&shape, &layout, |shape| gaussian(0.0).plan(shape));
        check::<u8, T>(&shape, &layout, |shape| gaussian(1.0).plan(shape));
    }
    let (data, mask) = (
        random::<T>(Distribution::Unit, &shape, 71),
        random::<bool>(Distribution::Unit, &shape, 72),
    );
    for missing in [Missing::Ignore, Missing::Keep] {
        let filter = gaussian(1.0).missing(missing);
        let mut given = data.clone();
        filter.apply_masked_into(&data, &mask, &mut given).expect("a valid request");
        let new = filter.apply_masked(&data, &mask).expect("a valid request");
        same_bits(&new, &given, (T::TYPE, missing));
    }
}

/// A new array has the bits that the same run writes to an array that is there, and lies in memory
/// as the input does.
fn check<In: Pixel, Out: Pixel>(
    shape: &[usize],
    layout: &Layout,
    plan: impl Fn(&[usize]) -> Result<Plan<In, Out>, Error>,
) {
    let about = (In::TYPE, Out::TYPE, shape, layout);
    let data: ArrayD<In> = random(Distribution::Unit, shape, 70);
    let data = Placed::new(&data, layout);
    let plan = plan(shape).expect("a valid request");
    let mut given = ArrayD::from_elem(shape, Out::of(1.0));
    plan.apply_into(&data.view(), &mut given).expect("arrays of the shape");
    let new = plan.apply(&data.view()).expect("an input of the shape");
    same_bits(&new, &given, about);
    let in_order = new.view().permuted_axes(layout.order.clone());
    assert!(in_order.is_standard_layout(), "strides {:?} of {about:?}", new.strides());
    let any = plan.as_any().apply(AnyView::from(data.view())).expect("an input of the shape");
    assert_eq!((any.element_type(), any.view().shape()), (Out::TYPE, shape), "{about:?}");
}

/// A run that is stopped, or whose observer panics, hands out no array and keeps none.
pub(crate) fn are_dropped_by_runs_that_end_early(level: Level) {
    let shape = [700, 20, 150];
    let bytes = shape.iter().product::<usize>() * size_of::<f32>();
    let data: ArrayD<f32> = random(Distribution::Unit, &shape, 73);
    for count in [1, 2] {
        for panics in [false, true] {
            let calls = Arc::new(AtomicUsize::new(0));
            let called = Arc::clone(&calls);
            let gaussian = Gaussian::new(1.0).axes([0, 2]).level(level).threads(workers(count));
            let plan = gaussian.observer(move |_| {
                let enough = called.fetch_add(1, SeqCst) % 7 == 6;
                if enough && panics {
                    // Without a message, whose symbols and text would stay in memory.
                    resume_unwind(Box::new("the observer's own panic"));
                }
                if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            let plan = plan.plan::<f32, f32>(shape).expect("a valid request");
            for any in [false, true] {
                let run = || {
                    catch_unwind(AssertUnwindSafe(|| match any {
                        false => plan.apply(&data).map(drop),
                        true => plan.as_any().apply(&data).map(drop),
                    }))
                };
                // The first run makes the plan's scratch.
                let _ = run();
                let (ended, usage) = watch(run);
                match ended {
                    Ok(ended) => assert!(!panics && matches!(ended, Err(Error::Stopped { .. }))),
                    Err(_) => assert!(panics, "nobody panics"),
                }
                assert!(usage.peak >= bytes, "no array of {bytes} bytes was made: {usage:?}");
                // A panic takes the plan's scratch along.
                assert!(usage.kept < SLACK, "{usage:?} after panics {panics}");
            }
        }
    }
}
