//! New arrays, in memory that the allocator hands out full of other bytes: every element is written
//! by the run, of every type.

use gausstack::{
    AnyView, Error, Gaussian, GradientMagnitude, Laplace, Level, Missing, Mode, Plan, Precision,
    Rounding,
};
use ndarray::ArrayD;

use crate::common::compare::same_bits;
use crate::common::inputs::{Distribution, random};
use crate::common::layout::{Layout, Placed};
use crate::common::levels::each_level;
use crate::common::pixel::{Pixel, with_each_element};
use crate::common::strategies::workers;

/// Bytes from which on a new array asks for huge pages.
const HUGE_FROM: usize = 2 << 20;

type Planned<T> = Result<Plan<T, T>, Error>;

/// On both sides of the size from which on huge pages are asked for, in every order.
#[test]
fn lines_are_written_whole() {
    each_level(|level| {
        with_each_element!(T => {
            let len = HUGE_FROM / size_of::<T>();
            for len in [len - 1, len, len + 20_001] {
                let line = Gaussian::new(1.5).level(level);
                check::<T, T>(&[len], &Layout::c(1), |shape| line.plan(shape));
            }
        });
    });
}

#[test]
fn stacks_are_written_whole() {
    each_level(|level| {
        with_each_element!(T => {
            let stack = Gaussian::new([1.0, 2.0]).axes([0, 2]).level(level);
            for rows in [300, HUGE_FROM / size_of::<T>() / 303 + 1] {
                for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
                    let stack = stack.clone().threads(workers(2));
                    let layout = Layout::permuted(&order);
                    check::<T, T>(&[rows, 3, 101], &layout, |shape| stack.plan(shape));
                }
            }
        });
    });
}

#[test]
fn every_route_writes_new_arrays_whole() {
    each_level(|level| {
        with_each_element!(T => every_route::<T>(level));
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
    let data = Placed::new(&repeated(shape), layout);
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

/// Random elements, so many that no two rows of the tests are alike, again and again: drawing takes
/// longer than filtering.
fn repeated<T: Pixel>(shape: &[usize]) -> ArrayD<T> {
    let drawn: ArrayD<T> = random(Distribution::Unit, &[65_537], 70);
    let mut all = drawn.iter().copied().cycle();
    ArrayD::from_shape_simple_fn(shape, || all.next().expect("a cycle has no end"))
}
