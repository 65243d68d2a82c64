//! Comparisons that name the first pixel that is wrong.

use std::fmt::Debug;

use ndarray::{ArrayD, ArrayRef, Dimension, IxDyn};

use super::pixel::Pixel;

/// Panics unless both arrays have the same bits, any NaN being equal to any NaN.
#[track_caller]
pub(crate) fn same_bits<T: Pixel>(
    found: &ArrayRef<T, IxDyn>,
    expected: &ArrayRef<T, IxDyn>,
    about: impl Debug,
) {
    all_same(found, expected, &about);
}

/// Compiled once for each type, whatever it is about.
#[track_caller]
fn all_same<T: Pixel>(
    found: &ArrayRef<T, IxDyn>,
    expected: &ArrayRef<T, IxDyn>,
    about: &dyn Debug,
) {
    assert_eq!(found.shape(), expected.shape(), "shape of {about:?}");
    let wrong = |(a, b): (&T, &T)| a.pattern() != b.pattern();
    let Some(first) = found.iter().zip(expected).position(wrong) else { return };
    let count = found.iter().zip(expected).filter(|&(a, b)| wrong((a, b))).count();
    let shown = |array: &ArrayRef<T, IxDyn>| {
        array.iter().nth(first).map(|pixel| (pixel.wide(), pixel.pattern())).expect("a pixel")
    };
    differ(found.shape(), first, count, [shown(found), shown(expected)], about);
}

/// Panics with a number and the bits of the first pixel that is wrong, of so many.
#[track_caller]
fn differ(
    shape: &[usize],
    first: usize,
    count: usize,
    [(found, found_bits), (expected, expected_bits)]: [(f64, u64); 2],
    about: &dyn Debug,
) -> ! {
    let mut rest = first;
    let mut index = vec![0; shape.len()];
    for (index, len) in index.iter_mut().zip(shape).rev() {
        (*index, rest) = (rest % len, rest / len);
    }
    panic!(
        "{count} of {} pixels differ, first at {index:?}: found {found:e} ({found_bits:#x}), \
         expected {expected:e} ({expected_bits:#x}); {about:?}",
        shape.iter().product::<usize>(),
    );
}

/// Panics unless every pixel is within `bound` of the expected one.
#[track_caller]
pub(crate) fn within<T: Pixel>(
    found: &ArrayD<T>,
    expected: &ArrayD<f64>,
    bound: f64,
    about: impl Debug,
) {
    all_within(found, expected, bound, &about);
}

/// Compiled once for each type, whatever it is about.
#[track_caller]
fn all_within<T: Pixel>(found: &ArrayD<T>, expected: &ArrayD<f64>, bound: f64, about: &dyn Debug) {
    assert_eq!(found.shape(), expected.shape(), "shape of {about:?}");
    for ((index, a), b) in found.indexed_iter().zip(expected) {
        let error = (a.wide() - b).abs();
        assert!(
            error <= bound,
            "pixel {:?}: found {a:?}, expected {b}, error {error:e} above {bound:e}; {about:?}",
            index.slice(),
        );
    }
}
