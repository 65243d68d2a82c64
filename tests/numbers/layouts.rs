//! Results do not depend on where the pixels lie: every layout to every layout, with loop axes in
//! every place, and arrays with nothing in them.

use crate::common::case::Case;
use crate::common::compare::same_bits;
use crate::common::inputs::{Distribution, random};
use crate::common::layout::{Layout, Placed};
use crate::common::levels::{each_level, products};
use crate::common::model;
use crate::common::pixel::Pixel;
use gausstack::{Gaussian, Mode, Precision, Rounding, TileShape};
use ndarray::{Array0, ArrayD, ArrayView2, ArrayViewD, IxDyn, ShapeBuilder};

/// `apply_into` from each of the layouts to each of the others.
fn check<In: Pixel, Out: Pixel>(case: &Case, inputs: &[Layout], outputs: &[Layout]) {
    let data: ArrayD<In> = random(Distribution::Normal, &case.shape, 21);
    let inputs: Vec<_> = inputs.iter().map(|layout| (layout, Placed::new(&data, layout))).collect();
    let unwritten = ArrayD::from_elem(data.raw_dim(), Out::POISON);
    each_level(|level| {
        let expected = model::filter::<In, Out>(&data, case, products(level));
        let plan = case.gaussian().level(level).plan::<In, Out>(&case.shape).expect("valid");
        for (from, input) in &inputs {
            for to in outputs {
                let mut output = Placed::new(&unwritten, to);
                let around = output.surroundings();
                plan.apply_into(&input.view(), &mut output.view_mut()).expect("a valid input");
                let about = (In::TYPE, Out::TYPE, from, to, case);
                same_bits(&output.view(), &expected, about);
                same_bits(&output.surroundings(), &around, ("surroundings", about));
            }
        }
    });
}

#[test]
fn images_between_all_layouts() {
    let layouts = Layout::all(2);
    for shape in [[35, 50], [50, 35], [3, 130], [130, 2]] {
        check::<f32, f32>(&Case::image(shape, [2.0, 1.3]), &layouts, &layouts);
        check::<f64, f64>(&Case::image(shape, [2.0, 1.3]), &layouts, &layouts);
        check::<u8, u8>(&Case::image(shape, [2.0, 1.3]), &layouts, &layouts);
        check::<u16, f32>(&Case::image(shape, [2.0, 4.0]), &layouts, &layouts);
        check::<f32, i16>(&Case::image(shape, [0.7, 1.0]), &layouts, &layouts);
        let cut = Case::image(shape, [2.0, 1.3]).rounding(Rounding::Scipy);
        check::<u16, u16>(&cut, &layouts, &layouts);
        check::<u32, i64>(&cut, &layouts, &layouts);
        let wrapped = Case::image(shape, [1.0, 2.0]).mode(Mode::Wrap).orders(&[1, 0]);
        check::<f32, f32>(&wrapped.precision(Precision::Double), &layouts, &layouts);
    }
}

#[test]
fn single_axes_between_all_layouts() {
    let layouts = Layout::all(2);
    for axis in [0, 1] {
        check::<f32, f32>(&Case::new(&[37, 45], &[axis], &[2.0]), &layouts, &layouts);
        check::<f32, f64>(&Case::new(&[37, 45], &[axis], &[2.0]), &layouts, &layouts);
    }
    let lines = Layout::all(1);
    check::<f32, f32>(&Case::new(&[203], &[0], &[2.0]), &lines, &lines);
    check::<f64, f32>(&Case::new(&[203], &[0], &[2.0]), &lines, &lines);
}

/// The loop axis first, middle and last.
#[test]
fn stacks_between_all_layouts() {
    let layouts = Layout::all(3);
    for axes in [[1isize, 2], [0, 2], [0, 1]] {
        let case = Case::new(&[19, 18, 21], &axes, &[1.2, 2.0]);
        check::<f32, f32>(&case.clone().modes(&[Mode::Mirror, Mode::Wrap]), &layouts, &layouts);
        check::<f64, f64>(&case, &layouts, &layouts[..4]);
    }
}

#[test]
fn volumes_between_all_layouts() {
    let layouts = Layout::all(3);
    let case = Case::new(&[9, 18, 21], &[0, 1, 2], &[1.2, 0.7, 2.0]);
    check::<f32, f32>(&case, &layouts, &layouts);
    check::<f64, f64>(&case, &layouts[..7], &layouts);
    check::<u16, u16>(&case, &layouts, &layouts);
    check::<bool, bool>(&case.clone().rounding(Rounding::Scipy), &layouts[..7], &layouts);
    check::<i32, i32>(&case.rounding(Rounding::Scipy), &layouts[..7], &layouts);
}

/// What a plan has prepared for one layout is not taken for another, though squares look alike in
/// both.
#[test]
fn one_plan_in_all_layouts_in_turn() {
    for (shape, axes) in [
        (&[64usize, 64] as &[usize], &[0isize] as &[isize]),
        (&[64, 64], &[1]),
        (&[40, 40], &[0, 1]),
        (&[7, 7, 1], &[0]),
        (&[20, 20, 20], &[1]),
        (&[20, 20, 20], &[0, 2]),
    ] {
        let case = Case::new(shape, axes, &[2.0, 1.5][..axes.len()]);
        let data: ArrayD<u8> = random(Distribution::Unit, shape, 23);
        each_level(|level| {
            let plan = case.gaussian().level(level).plan::<u8, u8>(shape).expect("valid");
            let expected = model::filter::<u8, u8>(&data, &case, products(level));
            for layout in Layout::all(shape.len()).iter().cycle().take(60) {
                let mut image = Placed::new(&data, layout);
                let mut output = Placed::new(&data, layout);
                plan.apply_into(&image.view(), &mut output.view_mut()).expect("a valid input");
                same_bits(&output.view(), &expected, (layout, &case));
                plan.apply_in_place(&mut image.view_mut()).expect("a valid input");
                same_bits(&image.view(), &expected, ("in place", layout, &case));
            }
        });
    }
}

/// Two loop axes in all places.
#[test]
fn two_loop_axes() {
    let layouts = Layout::all(4);
    for axes in [[0isize, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]] {
        let case = Case::new(&[6, 7, 5, 17], &axes, &[1.0, 0.8]);
        check::<f32, f32>(&case, &layouts, &[Layout::c(4), Layout::f(4)]);
        check::<f32, f32>(&case, &[Layout::c(4)], &layouts[5..]);
    }
}

/// Slices along the last axis: the lanes are filled with slices, however few or many.
#[test]
fn innermost_loop_axes_of_any_length() {
    let layouts = [
        Layout::c(3),
        Layout::f(3),
        Layout::permuted(&[1, 0, 2]),
        Layout::c(3).steps(&[1, 1, 2]),
        Layout::c(3).steps(&[1, 1, -1]),
        Layout::c(3).margin(1),
    ];
    for count in [1, 2, 3, 7, 8, 15, 16, 17, 31, 40] {
        for mode in [Mode::Reflect, Mode::Constant] {
            let case = Case::new(&[25, 34, count], &[0, 1], &[1.5, 2.0]).mode(mode).cval(2.0);
            check::<f32, f32>(&case, &layouts, &layouts);
            check::<f64, f64>(&case, &layouts[..2], &layouts);
        }
    }
}

/// A stride of 0 reads the same memory again and again.
#[test]
fn broadcast_inputs() {
    for axes in [&[0isize, 1] as &[isize], &[0, 2], &[1, 2], &[2], &[0, 1, 2]] {
        let case = Case::new(&[20, 18, 33], axes, &[1.5, 0.9, 2.0][..axes.len()]);
        for repeated in 0..3 {
            let mut shape = case.shape.clone();
            shape[repeated] = 1;
            let base: ArrayD<f32> = random(Distribution::Normal, &shape, 22);
            let view = base.broadcast(IxDyn(&case.shape)).expect("a length of 1 is repeated");
            assert_eq!(view.strides()[repeated], 0);
            check_view(&case, &view);
        }
        let one = ArrayD::from_elem(vec![1, 1, 1], 0.7f32);
        check_view(&case, &one.broadcast(IxDyn(&case.shape)).expect("a single pixel"));
    }
}

fn check_view(case: &Case, view: &ArrayViewD<'_, f32>) {
    each_level(|level| {
        let expected = model::filter::<f32, f32>(&view.to_owned(), case, products(level));
        let found = case.gaussian().level(level).apply(view).expect("a valid input");
        same_bits(&found, &expected, (view.strides(), case));
    });
}

/// Windows of a line: neighbouring rows share all but one pixel.
#[test]
fn overlapping_inputs() {
    let line: ArrayD<f32> = random(Distribution::Normal, &[90], 23);
    let line = line.as_slice().expect("a line is contiguous");
    let windows = ArrayView2::from_shape((51, 40).strides((1, 1)), line).expect("within the line");
    let case = Case::new(&[51, 40], &[0, 1], &[1.0, 2.0]);
    check_view(&case, &windows.into_dyn());
}

/// A new array is contiguous, its strides positive and in the order of the input's.
#[test]
fn new_arrays_follow_the_inputs_order() {
    let case = Case::new(&[4, 5, 6], &[0, 2], &[1.0, 1.0]);
    let data: ArrayD<f32> = random(Distribution::Unit, &case.shape, 24);
    for layout in Layout::all(3) {
        let input = Placed::new(&data, &layout);
        let found = case.gaussian().apply(&input.view()).expect("a valid input");
        let mut expected = vec![0isize; 3];
        let mut stride = 1;
        for &axis in layout.order.iter().rev() {
            expected[axis] = stride;
            stride *= case.shape[axis] as isize;
        }
        assert_eq!(found.strides(), expected, "strides for {layout:?}");
    }
}

/// Nothing in, nothing out: any axis may have length 0, filtered or not.
#[test]
fn empty_arrays() {
    for shape in [vec![0], vec![0, 5], vec![5, 0], vec![0, 0], vec![3, 0, 4], vec![2, 3, 0]] {
        let data = ArrayD::<f32>::zeros(shape.clone());
        for mode in Mode::ALL {
            each_level(|level| {
                let gaussian = Gaussian::new(2.0).mode(mode).level(level);
                for gaussian in [gaussian.clone(), gaussian.clone().axes([0]), gaussian.axes([-1])]
                {
                    let found = gaussian.apply(&data).expect("an empty input");
                    assert_eq!(found.shape(), shape);
                    gaussian.apply_in_place(&mut data.clone()).expect("an empty input");
                    let mut out = data.clone();
                    gaussian.apply_into(&data, &mut out).expect("an empty input");
                }
            });
        }
    }
    // What is wrong is wrong on an empty array too.
    assert!(Gaussian::new(-1.0).apply(&ArrayD::<f32>::zeros(vec![0, 5])).is_err());
}

/// An array without axes is its one pixel.
#[test]
fn arrays_without_axes() {
    let pixel = Array0::from_elem((), 1.5f32);
    let found = Gaussian::new(2.0).apply(&pixel).expect("no axis to filter");
    assert_eq!(found, pixel);
    let mut in_place = pixel.clone();
    Gaussian::new(2.0).apply_in_place(&mut in_place).expect("no axis to filter");
    assert_eq!(in_place, pixel);
}

/// Without a filtered axis the pixels are copied, between any layouts and element types.
#[test]
fn nothing_to_filter_is_a_copy() {
    let layouts = Layout::all(3);
    let none = Case::new(&[5, 18, 7], &[], &[]);
    check::<f32, f32>(&none, &layouts, &layouts);
    check::<f64, f32>(&none, &layouts, &layouts[..3]);
    let zero = Case::new(&[5, 18, 7], &[0, 1, 2], &[0.0, 1e-15, 1e-3]).orders(&[1, 2, 0]);
    check::<f32, f32>(&zero, &layouts, &layouts[..3]);
    check::<f32, f64>(&zero, &layouts, &layouts[..3]);
    let data: ArrayD<f32> = random(Distribution::Normal, &none.shape, 25);
    let mut image = data.clone();
    none.gaussian().apply_in_place(&mut image).expect("a valid input");
    same_bits(&image, &data, "a copy in place");
}

/// More axes than anybody has: the loops nest as deep as the array does.
#[test]
fn six_axes() {
    let case = Case::new(&[2, 3, 9, 2, 3, 17], &[2, 5], &[1.0, 1.5]);
    let layouts = [Layout::c(6), Layout::f(6), Layout::permuted(&[3, 5, 0, 2, 4, 1])];
    check::<f32, f32>(&case, &layouts, &layouts);
    let all = Case::new(&[2, 3, 4, 2, 3, 5], &[0, 1, 2, 3, 4, 5], &[0.7; 6]);
    check::<f32, f32>(&all, &layouts, &layouts);
}

/// Small tiles between layouts: tails of panels meet strides.
#[test]
fn small_tiles_between_layouts() {
    let case = Case::new(&[29, 4, 37], &[0, 2], &[1.2, 2.0]).modes(&[Mode::Mirror, Mode::Reflect]);
    let data: ArrayD<f32> = random(Distribution::Normal, &case.shape, 26);
    each_level(|level| {
        let expected = model::filter::<f32, f32>(&data, &case, products(level));
        for (panel, chunk, group) in [(1, 1, 1), (5, 3, 2), (17, 16, 7)] {
            let tile = TileShape { panel, chunk, group };
            let gaussian = case.gaussian().level(level).tile(tile);
            for layout in Layout::all(3) {
                let input = Placed::new(&data, &layout);
                let mut output = Placed::new(&data.mapv(|_| f32::NAN), &layout);
                gaussian.apply_into(&input.view(), &mut output.view_mut()).expect("a valid input");
                same_bits(&output.view(), &expected, (tile, &layout));
            }
        }
    });
}
