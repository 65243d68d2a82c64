//! How outputs are stored: what the plan chooses, and that it changes no bit.

use crate::common::case::Case;
use crate::common::compare::same_bits;
use crate::common::inputs::{Distribution, random};
use crate::common::layout::{Layout, Placed};
use crate::common::levels::each_level;
use crate::common::pixel::Pixel;
use gausstack::{Gaussian, Precision, StorePolicy};
use ndarray::{ArrayD, IxDyn};

const POLICIES: [StorePolicy; 2] = [StorePolicy::Cached, StorePolicy::Streamed];

/// Both policies, into every layout of the output: nothing but the output is written, and its bits
/// are those of the plan's own choice.
fn check<T: Pixel>(case: &Case) {
    let data: ArrayD<T> = random(Distribution::Normal, &case.shape, 7);
    let unwritten = ArrayD::from_elem(IxDyn(&case.shape), T::POISON);
    each_level(|level| {
        let expected = case.gaussian().level(level).apply(&data).expect("a valid request");
        for layout in Layout::all(case.shape.len()) {
            for policy in POLICIES {
                let gaussian = case.gaussian().level(level).stores(policy);
                let plan = gaussian.plan::<T, T>(&case.shape).expect("a valid request");
                assert_eq!(plan.stores(), policy);
                let mut output = Placed::new(&unwritten, &layout);
                let around = output.surroundings();
                plan.apply_into(&data, &mut output.view_mut()).expect("arrays of the shape");
                same_bits(&output.view(), &expected, (policy, &layout, case));
                same_bits(&output.surroundings(), &around, ("around", policy, &layout, case));
            }
        }
    });
}

#[test]
fn no_bit_depends_on_the_stores_of_f32() {
    check::<f32>(&Case::new(&[61, 2, 400], &[0, 2], &[1.5, 2.0]));
    check::<f32>(&Case::image([40, 37], [1.0, 3.0]));
    check::<f32>(&Case::new(&[90, 310], &[0], &[2.0]));
}

#[test]
fn no_bit_depends_on_the_stores_of_f64() {
    check::<f64>(&Case::new(&[61, 2, 200], &[0, 2], &[1.5, 2.0]));
    check::<f32>(&Case::image([70, 290], [2.0, 1.0]).precision(Precision::Double));
}

/// By default, large outputs go past the caches and small ones do not; the plan says which.
#[test]
fn the_plan_tells_how_it_stores() {
    let gaussian = Gaussian::new([3.0, 5.0]).axes([0, 2]);
    let small = gaussian.plan::<f32, f32>([30, 4, 50]).expect("valid");
    assert_eq!(small.stores(), StorePolicy::Cached);
    assert!(small.to_string().contains("stored through the caches"), "{small}");
    // No last cache holds a tebibyte.
    let large = gaussian.plan::<f32, f32>([1 << 19, 1, 1 << 19]).expect("valid");
    assert_eq!(large.stores(), StorePolicy::Streamed);
    assert!(large.to_string().contains("stored past the caches"), "{large}");
    for policy in POLICIES {
        let forced = gaussian.clone().stores(policy).plan::<f32, f32>([30, 4, 50]);
        assert_eq!(forced.expect("valid").stores(), policy);
    }
    let nothing = gaussian.plan::<f32, f32>([30, 0, 50]).expect("valid");
    assert_eq!(nothing.stores(), StorePolicy::Cached);
}
