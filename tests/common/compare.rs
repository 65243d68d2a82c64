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
    assert_eq!(found.shape(), expected.shape(), "shape of {about:?}");
    let wrong = |a: &T, b: &T| a.pattern() != b.pattern();
    let count = found.iter().zip(expected).filter(|(a, b)| wrong(a, b)).count();
    if count > 0 {
        let ((index, a), b) = found
            .indexed_iter()
            .zip(expected)
            .find(|((_, a), b)| wrong(a, b))
            .expect("a wrong pixel was counted");
        panic!(
            "{count} of {} pixels differ, first at {:?}: found {a:e} ({:#x}), expected {b:e} \
             ({:#x}); {about:?}",
            found.len(),
            index.slice(),
            a.pattern(),
            b.pattern(),
            a = a.wide(),
            b = b.wide(),
        );
    }
}

/// Panics unless every pixel is within `bound` of the expected one.
#[track_caller]
pub(crate) fn within<T: Pixel>(
    found: &ArrayD<T>,
    expected: &ArrayD<f64>,
    bound: f64,
    about: impl Debug,
) {
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
