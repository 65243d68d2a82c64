//! Arrays and plans whose element types are values.

use crate::common::compare::same_bits;
use crate::common::inputs::{Distribution, random};
use gausstack::{AnyArray, AnyView, AnyViewMut, ElementType, Error, Gaussian, Missing};
use ndarray::{Array2, Array3, ArrayD, Axis, Slice, array};

/// Asserts that a plan without types gives the bits of the plan with types.
macro_rules! as_typed {
    ($($name:ident: $element:ty)*) => {$({
        let data: ArrayD<$element> = random(Distribution::Unit, &[23, 3, 31], 5);
        let filter = Gaussian::new([1.5, 2.0]).axes([0, 2]);
        let typed = filter.apply(&data).expect("a valid request");
        let element = ElementType::of::<$element>();
        let plan = filter.plan_any([23, 3, 31], element, element).expect("a valid request");
        assert_eq!(plan.element_types(), [element; 2]);
        let AnyArray::$name(found) = plan.apply(&data).expect("a valid input") else {
            panic!("the output is of {element}");
        };
        same_bits(&found.view(), &typed, element);
        let mut image = AnyArray::from(data.clone());
        plan.apply_in_place(image.view_mut()).expect("one type");
        let AnyArray::$name(found) = &image else { panic!("{element} stays") };
        same_bits(&found.view(), &typed, (element, "in place"));
        let mut scratch = plan.scratch().expect("memory");
        let mut slice = AnyArray::zeros(&[23, 31], element).expect("memory");
        let first = data.index_axis(Axis(1), 1);
        plan.apply_slice(first, slice.view_mut(), &mut scratch).expect("a valid slice");
        let AnyArray::$name(found) = &slice else { panic!("{element} stays") };
        let expected = typed.index_axis(Axis(1), 1).to_owned();
        same_bits(&found.view(), &expected, (element, "a slice"));
    })*};
}

#[test]
fn plans_without_types_have_the_bits_of_those_with_types() {
    as_typed! {
        F32: f32 F64: f64 U8: u8 I8: i8 U16: u16 I16: i16 U32: u32 I32: i32 U64: u64 I64: i64 Bool: bool
    }
}

#[test]
fn slices_with_strides_are_taken_without_a_copy() {
    let numbers: Vec<f32> = (0..240).map(|i| ((i * 7919) % 101) as f32).collect();
    let all = Array2::from_shape_vec((12, 20), numbers.clone()).expect("240 numbers");
    let filter = Gaussian::new(1.0);
    // Rows from the last to the first, of them every second column.
    let view = all.slice_axis(Axis(0), Slice::new(0, None, -1));
    let view = view.slice_axis(Axis(1), Slice::new(0, None, 2));
    let expected = filter.apply(&view).expect("a valid request");
    let plan = filter.plan_any([12, 10], ElementType::F32, ElementType::F32).expect("valid");
    let taken = AnyView::from_slice(&numbers, &[12, 10], &[-20, 2]).expect("elements of the slice");
    let AnyArray::F32(found) = plan.apply(taken.clone()).expect("a valid input") else {
        panic!("f32 to f32");
    };
    same_bits(&found.view(), &expected.clone().into_dyn(), "to a new array");
    // Into every third number of another slice.
    let mut target = vec![-1.0_f32; 360];
    let out = AnyViewMut::from_slice(&mut target, &[12, 10], &[30, 3]).expect("distinct elements");
    plan.apply_into(taken, out).expect("valid arrays");
    for (i, &number) in target.iter().enumerate() {
        let pixel = if i % 3 == 0 { expected[[i / 30, i % 30 / 3]] } else { -1.0 };
        assert_eq!(number, pixel, "number {i}");
    }
}

#[test]
fn slices_that_hold_no_such_array_are_refused() {
    let mut numbers = [0_u8; 12];
    let outside = AnyView::from_slice(&numbers, &[3, 4], &[5, 1]).expect_err("too long");
    assert_eq!(
        outside.to_string(),
        "shape [3, 4] with strides [5, 1] in a slice of 12 elements: an element lies outside the slice"
    );
    assert!(matches!(
        AnyView::from_slice(&numbers, &[3, 4], &[4]),
        Err(Error::Strides { reason: "there must be one stride for each axis", .. })
    ));
    assert!(AnyView::from_slice(&numbers, &[5, 4], &[0, 1]).is_ok(), "rows may repeat to be read");
    assert!(matches!(
        AnyViewMut::from_slice(&mut numbers, &[5, 4], &[0, 1]),
        Err(Error::Strides { reason: "two elements could be the same", .. })
    ));
    assert!(AnyView::from_slice(&numbers, &[0, 1 << 60], &[1 << 60, 1]).is_ok(), "nothing to hold");
}

#[test]
fn other_types_are_refused_before_a_pixel_is_written() {
    let filter = Gaussian::new(1.0);
    let plan = filter.plan_any([5, 6], ElementType::F32, ElementType::U8).expect("valid");
    let (image, wrong) = (Array2::<f32>::ones((5, 6)), Array2::<f64>::ones((5, 6)));
    let mut out = Array2::<u8>::from_elem((5, 6), 7);
    let error = plan.apply_into(&wrong, &mut out).expect_err("f64 for f32");
    assert_eq!(error.to_string(), "the input has elements of type f64, expected f32");
    let mut floats = image.clone();
    let error = plan.apply_into(&image, &mut floats).expect_err("f32 for u8");
    assert_eq!(
        error,
        Error::ElementType { what: "output", expected: ElementType::U8, found: ElementType::F32 }
    );
    let error = plan.apply_in_place(&mut floats).expect_err("two types in place");
    assert_eq!(
        error,
        Error::ElementType { what: "array", expected: ElementType::U8, found: ElementType::F32 }
    );
    assert_eq!((floats, out.sum()), (image.clone(), 7 * 30));
    let masked = filter.missing(Missing::Ignore);
    let masked = masked.plan_any_masked([5, 6], ElementType::F32, ElementType::F32).expect("valid");
    let error = masked.apply_masked(&image, &image).expect_err("a mask of f32");
    assert_eq!(
        error,
        Error::ElementType { what: "mask", expected: ElementType::Bool, found: ElementType::F32 }
    );
}

#[test]
fn foreign_memory_has_strides_of_any_sign() {
    let cube = Array3::from_shape_fn((4, 5, 6), |(z, y, x)| (z * 30 + y * 6 + x) as i32);
    let turned = cube.slice_axis(Axis(1), Slice::new(0, None, -1));
    // SAFETY: the elements of an array that lives to the end of the test, in bytes.
    #[expect(unsafe_code, reason = "what a binding to another language does")]
    let view = unsafe {
        let first = cube.as_ptr().wrapping_add(4 * 6).cast();
        AnyView::from_raw_parts(first, &[4, 5, 6], &[120, -24, 4], ElementType::I32)
    };
    assert_eq!((view.shape(), view.strides()), (&[4, 5, 6][..], &[120, -24, 4][..]));
    let filter = Gaussian::new(0.7);
    let plan = filter.plan_any([4, 5, 6], ElementType::I32, ElementType::I32).expect("valid");
    let AnyArray::I32(found) = plan.apply(view).expect("a valid input") else { panic!("i32") };
    let expected = filter.apply(&turned).expect("a valid request");
    same_bits(&found.view(), &expected.into_dyn(), "reversed");
}

#[test]
fn a_plan_says_what_it_does() {
    let plan = Gaussian::new(2.0).plan::<f32, f32>([30, 40]).expect("valid");
    let text = plan.to_string();
    assert!(text.contains("1. sweep input -> output: axis 1 and axis 0 fused"), "{text}");
    assert_eq!(text, plan.as_any().to_string());
    let views = [AnyView::from(&array![[1_u8, 2]]).element_type(), ElementType::U8];
    assert_eq!(views[0], views[1]);
}
