//! Elements to numbers and back: every type, arithmetic and rounding, on every level, against the
//! definition one number at a time.

use std::fmt::Debug;

use crate::common::{each_token, layouts, span};
use gausstack_kernels::{
    Arithmetic, Element, ElementType, Extent, Kernels, Level, Plane, PlaneMut, Rounding, Strides,
    copy,
};

/// An element as this test sees it.
trait Sample: Element + Debug {
    /// All values, or many with those at the limits.
    fn samples() -> Vec<Self>;
    /// What a sum should become.
    fn expected(sum: f64, rounding: Rounding) -> Self;
}

/// Toward zero into an integer of so many bits, its lowest value for what it does not hold.
fn cut(sum: f64, bits: u32) -> i128 {
    let (low, high) = (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1);
    let whole = if sum.is_nan() { i128::MIN } else { sum.trunc() as i128 };
    if (low..=high).contains(&whole) { whole } else { low }
}

macro_rules! sample {
    ($($element:ident: $cut:expr;)*) => {$(
        impl Sample for $element {
            fn samples() -> Vec<Self> {
                let mut rng = fastrand::Rng::with_seed(7);
                let limits = [Self::MIN, Self::MIN + 1, 0, 1, 2, Self::MAX / 2, Self::MAX - 1, Self::MAX];
                limits.into_iter().chain((0..700).map(|_| rng.$element(..))).collect()
            }
            fn expected(sum: f64, rounding: Rounding) -> Self {
                match rounding {
                    // Rust's cast saturates, and makes NaN 0.
                    Rounding::Nearest => sum.round_ties_even() as Self,
                    _ => ($cut)(sum) as Self,
                }
            }
        }
    )*};
}
sample! {
    u8: |sum| cut(sum, 32);
    i8: |sum| cut(sum, 32);
    u16: |sum| cut(sum, 32);
    i16: |sum| cut(sum, 32);
    u32: |sum| cut(sum, 64);
    i32: |sum| cut(sum, 32);
    i64: |sum| cut(sum, 64);
    u64: |sum: f64| if sum >= 2f64.powi(63) { cut(sum - 2f64.powi(63), 64) ^ (1 << 63) } else { cut(sum, 64) };
}
impl Sample for bool {
    fn samples() -> Vec<Self> {
        (0..99).map(|i| i % 3 == 0).collect()
    }
    fn expected(sum: f64, rounding: Rounding) -> Self {
        match rounding {
            // The nearest of 0 and 1, halves to the even one.
            Rounding::Nearest => sum.clamp(0.0, 1.0).round_ties_even() == 1.0,
            _ => cut(sum, 32) as u8 != 0,
        }
    }
}
impl Sample for f32 {
    fn samples() -> Vec<Self> {
        [0.0, -1.5, f32::MAX, f32::MIN_POSITIVE, f32::INFINITY, 1.0 / 3.0, 7.0].repeat(9)
    }
    fn expected(sum: f64, _: Rounding) -> Self {
        sum as f32
    }
}

/// Sums about every limit, halves, beyond all limits, and none at all.
fn sums() -> Vec<f64> {
    let mut rng = fastrand::Rng::with_seed(8);
    let mut sums = vec![
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.0,
        -0.0,
        1e300,
        -1e300,
        0.5,
        1.5,
        2.5,
        -0.5,
    ];
    for power in [0, 1, 7, 8, 15, 16, 20, 31, 32, 50, 51, 52, 53, 63, 64] {
        for sign in [1.0, -1.0] {
            for beside in [-1.5, -1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0, 1.5] {
                sums.push(sign * 2f64.powi(power) + beside);
            }
        }
    }
    sums.extend((0..300).map(|_| (rng.f64() - 0.5) * 700.0));
    sums.extend((0..300).map(|_| (rng.f64() - 0.5) * 1e6));
    sums.extend((0..300).map(|_| (rng.i32(-400..400) as f64) / 2.0));
    sums
}

fn check<E: Sample, A: Arithmetic + Element>(level: Level, rounding: Rounding) {
    let about = (E::TYPE, A::TYPE, rounding, level);
    let Some(kernels) = Kernels::<A>::new(level, rounding, E::TYPE, E::TYPE) else {
        panic!("no kernels: {about:?}")
    };
    // Read: along rows, along columns, strided; whole vectors, parts of them, backward.
    let samples = E::samples();
    for len in [samples.len(), 1, kernels.lanes() - 1, kernels.lanes(), kernels.lanes() + 1] {
        for step in [1_isize, -1, 3] {
            let reach = (len as isize - 1) * step.abs() + 1;
            let mut memory = vec![E::default(); reach as usize];
            let first = if step < 0 { reach - 1 } else { 0 };
            for (i, &sample) in samples[..len].iter().enumerate() {
                memory[(first + i as isize * step) as usize] = sample;
            }
            let extent = Extent { rows: 1, columns: len, inner: 1 };
            let strides = Strides { row: 0, column: step, inner: 1 };
            // SAFETY: `len` elements from the first on, `step` apart.
            let plane = unsafe { Plane::new(memory.as_ptr().offset(first), extent, strides) };
            let mut line = vec![A::from_f64(-7.0); len];
            kernels.load_row(&plane, 0, 0..len, &mut line);
            for (found, sample) in line.iter().zip(&samples) {
                assert_eq!(
                    found.to_f64(),
                    sample.to_f64(),
                    "{sample:?} read {step} apart: {about:?}"
                );
            }
            let mut vectors = vec![A::from_f64(-7.0); len * kernels.lanes()];
            kernels.pack_columns(&plane, 0..1, 0..len, &mut vectors, 0);
            for (vector, sample) in vectors.chunks(kernels.lanes()).zip(&samples) {
                assert_eq!(
                    vector[0].to_f64(),
                    sample.to_f64(),
                    "{sample:?} as a column: {about:?}"
                );
            }
        }
    }
    // Written.
    let sums: Vec<A> = sums().into_iter().map(A::from_f64).collect();
    for start in [0, 1, 5] {
        for step in [1_isize, -1, 2] {
            for streaming in [false, true] {
                let sums = &sums[start..];
                let reach = (sums.len() as isize - 1) * step.abs() + 1;
                let first = if step < 0 { reach - 1 } else { 0 };
                let mut memory = vec![E::default(); reach as usize + start];
                let extent = Extent { rows: 1, columns: sums.len(), inner: 1 };
                let strides = Strides { row: 0, column: step, inner: 1 };
                // SAFETY: as many elements as sums from the first on, `step` apart.
                let mut plane = unsafe {
                    PlaneMut::new(memory.as_mut_ptr().add(start).offset(first), extent, strides)
                };
                kernels.store(sums, sums.len(), &mut plane, 0..1, 0..sums.len(), streaming);
                drop(plane);
                for (i, sum) in sums.iter().enumerate() {
                    let found = memory[(start as isize + first + i as isize * step) as usize];
                    let expected = E::expected(sum.to_f64(), rounding);
                    assert!(
                        same(found, expected),
                        "{sum:?} is {expected:?}, not {found:?}: {about:?}"
                    );
                }
            }
        }
    }
    // Rounded between passes: what would be read of what is written, of bool the byte that scipy
    // keeps.
    if kernels.rounds_intermediate() && E::TYPE != ElementType::Bool {
        for len in [sums.len(), 1, kernels.lanes() + 1] {
            let mut rounded = sums[..len].to_vec();
            kernels.round_intermediate(&mut rounded);
            for (found, sum) in rounded.iter().zip(&sums) {
                let expected = E::expected(sum.to_f64(), rounding).to_f64();
                assert!(same(found.to_f64(), expected), "{sum:?} between, {found:?}: {about:?}");
            }
        }
    }
    let integer_once = !E::TYPE.is_float() && rounding == Rounding::Nearest;
    assert_eq!(kernels.rounds_intermediate(), !integer_once && E::TYPE != A::TYPE, "{about:?}");
}

fn same<T: Element>(a: T, b: T) -> bool {
    a == b || (a.to_f64().is_nan() && b.to_f64().is_nan())
}

#[test]
fn every_element_is_read_and_rounded_as_defined() {
    each_token(|level| {
        macro_rules! all {
            ($(($arithmetic:ty, $rounding:ident): $($element:ty),*;)*) => {$($(
                check::<$element, $arithmetic>(level, Rounding::$rounding);
            )*)*};
        }
        all! {
            (f32, Nearest): f32, u8, i8, u16, i16;
            (f64, Nearest): f32, u8, i8, u16, i16, u32, i32, u64, i64, bool;
            (f64, Scipy): f32, u8, i8, u16, i16, u32, i32, u64, i64, bool;
        }
    });
}

/// One number at a time.
#[test]
fn single_numbers_are_rounded_the_same() {
    macro_rules! all {
        ($($element:ty)*) => {$(
            for sum in sums() {
                let near = <$element as Element>::from_f64(sum);
                let expected = <$element>::expected(sum, Rounding::Nearest);
                assert!(same(near, expected), "{sum}, {near:?}");
            }
        )*};
    }
    all!(f32 u8 i8 u16 i16 u32 i32 u64 i64 bool);
}

/// Kernels with other ends read and write those; between two passes they round as before.
#[test]
fn ends_keep_the_rounding_between_passes() {
    let (bytes, doubles) = (ElementType::U8, ElementType::F64);
    let passed = |kernels: &Kernels<f64>| {
        let mut sums = vec![1.75; 3];
        kernels.round_intermediate(&mut sums);
        sums[0]
    };
    let stored = |kernels: &Kernels<f64>, to: ElementType| {
        let mut memory = 0_u64;
        let extent = Extent { rows: 1, columns: 1, inner: 1 };
        let strides = Strides { row: 0, column: 1, inner: 1 };
        // SAFETY: one element of at most 8 bytes.
        let mut plane = unsafe { PlaneMut::of_type((&raw mut memory).cast(), to, extent, strides) };
        kernels.store(&[1.75], 1, &mut plane, 0..1, 0..1, false);
        drop(plane);
        memory
    };
    each_token(|level| {
        for (rounding, between, rounded) in
            [(Rounding::Nearest, 1.75, 2), (Rounding::Scipy, 1.0, 1)]
        {
            let whole = Kernels::<f64>::new(level, rounding, bytes, bytes).expect("f64 holds u8");
            let first = whole.ends(bytes, doubles).expect("f64 holds f64");
            let middle = whole.ends(doubles, doubles).expect("f64 holds f64");
            let last = whole.ends(doubles, bytes).expect("f64 holds u8");
            let again = first.ends(bytes, bytes).expect("f64 holds u8");
            for kernels in [whole, first, middle, last, again] {
                assert_eq!(passed(&kernels), between, "{level:?} {rounding:?}");
                assert_eq!(kernels.rounds_intermediate(), rounding == Rounding::Scipy);
                let once = kernels.rounding_once().ends(bytes, bytes).expect("f64 holds u8");
                assert_eq!(passed(&once), 1.75, "{level:?} {rounding:?}");
            }
            for kernels in [first, middle] {
                assert_eq!(stored(&kernels, doubles), 1.75_f64.to_bits(), "{level:?} {rounding:?}");
            }
            for kernels in [whole, last, again] {
                assert_eq!(stored(&kernels, bytes), rounded, "{level:?} {rounding:?}");
            }
        }
        let single = Kernels::<f32>::new(level, Rounding::Nearest, bytes, bytes);
        let single = single.expect("f32 holds u8");
        assert!(single.ends(bytes, ElementType::I32).is_none());
        assert!(single.ends(doubles, bytes).is_none());
    });
}

/// What a type says about itself is what Rust says about it.
#[test]
fn element_types_describe_themselves() {
    fn check<T: Element>(name: &str, holds: &[f64], lacks: &[f64]) {
        let element = ElementType::of::<T>();
        assert_eq!((element.name(), element.size()), (name, size_of::<T>()));
        assert_eq!(ElementType::from_name(name), Some(element));
        assert_eq!((element.to_string(), T::TYPE), (name.to_owned(), element));
        for &value in holds {
            assert!(element.holds(value), "{name} holds {value}");
        }
        for &value in lacks {
            assert!(!element.holds(value), "{name} does not hold {value}");
        }
    }
    let (big, nan) = (2f64.powi(53), f64::NAN);
    check::<f32>("f32", &[0.1, -1e38, nan, f64::INFINITY, 1e-60], &[1e39, -1e300]);
    check::<f64>("f64", &[0.1, 1e300, nan, f64::NEG_INFINITY], &[]);
    check::<u8>("u8", &[0.0, 255.0], &[-1.0, 256.0, 0.5, nan]);
    check::<i8>("i8", &[-128.0, 127.0], &[-129.0, 128.0, 0.5, nan]);
    check::<u16>("u16", &[0.0, 65535.0], &[-1.0, 65536.0, 0.5, nan]);
    check::<i16>("i16", &[-32768.0, 32767.0], &[-32769.0, 32768.0, 0.5, nan]);
    check::<u32>("u32", &[0.0, 4_294_967_295.0], &[-1.0, 4_294_967_296.0, 0.5, nan]);
    check::<i32>("i32", &[-2_147_483_648.0], &[2_147_483_648.0, 0.5, nan]);
    check::<u64>("u64", &[0.0, big, 2f64.powi(63)], &[-1.0, 2f64.powi(65), 0.5, nan]);
    check::<i64>("i64", &[-big, big, -2f64.powi(63)], &[2f64.powi(64), -2f64.powi(65), 0.5, nan]);
    check::<bool>("bool", &[0.0, 1.0], &[0.5, 2.0, -1.0, nan]);
    let named = |test: fn(ElementType) -> bool| -> Vec<&str> {
        ElementType::ALL.into_iter().filter(|&e| test(e)).map(ElementType::name).collect()
    };
    assert_eq!(named(ElementType::is_float), ["f32", "f64"]);
    let integers = ["u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64"];
    assert_eq!(named(ElementType::is_integer), integers);
    assert_eq!(named(ElementType::fits_f32), ["f32", "u8", "i8", "u16", "i16"]);
    assert_eq!(ElementType::from_name("f16"), None);
}

#[test]
fn what_cannot_be_held_or_rounded_has_no_kernels() {
    each_token(|level| {
        let kernels = |rounding, from, to| Kernels::<f32>::new(level, rounding, from, to);
        assert!(kernels(Rounding::Nearest, ElementType::U32, ElementType::U8).is_none());
        assert!(kernels(Rounding::Nearest, ElementType::U8, ElementType::F64).is_none());
        assert!(kernels(Rounding::Scipy, ElementType::U8, ElementType::U8).is_none());
        assert!(kernels(Rounding::Nearest, ElementType::U8, ElementType::I64).is_none());
        assert!(kernels(Rounding::Nearest, ElementType::Bool, ElementType::Bool).is_none());
    });
}

/// A block of every size of element, from every layout to every other.
#[test]
fn blocks_are_copied_between_all_layouts() {
    fn check<T: Sample>(extent: Extent) {
        let samples = T::samples();
        let count = span(extent);
        let source: Vec<T> = samples.iter().copied().cycle().take(count).collect();
        for (from, first) in layouts(extent) {
            for (to, start) in layouts(extent) {
                let mut target = vec![T::default(); count];
                // SAFETY: the layouts stay within the span, for every element of the extent, all of
                // them distinct.
                let (src, mut dst) = unsafe {
                    (
                        Plane::new(source[first..].as_ptr(), extent, from),
                        PlaneMut::new(target[start..].as_mut_ptr(), extent, to),
                    )
                };
                copy(&src, &mut dst);
                drop(dst);
                let mut expected = vec![T::default(); count];
                for row in 0..extent.rows as isize {
                    for column in 0..extent.columns as isize {
                        for i in 0..extent.inner as isize {
                            let at = |first: usize, strides: Strides| {
                                let offset =
                                    row * strides.row + column * strides.column + i * strides.inner;
                                first.wrapping_add_signed(offset)
                            };
                            expected[at(start, to)] = source[at(first, from)];
                        }
                    }
                }
                assert!(target == expected, "{extent:?} from {from:?} to {to:?}");
            }
        }
    }
    for extent in [
        Extent { rows: 3, columns: 5, inner: 1 },
        Extent { rows: 2, columns: 4, inner: 3 },
        Extent { rows: 1, columns: 1, inner: 2 },
    ] {
        check::<u8>(extent);
        check::<bool>(extent);
        check::<i16>(extent);
        check::<f32>(extent);
        check::<u64>(extent);
    }
}

#[test]
#[should_panic(expected = "planes of one type")]
fn other_types_are_not_copied() {
    let (source, mut target) = ([0_u8; 2], [0_i8; 2]);
    let extent = Extent { rows: 1, columns: 2, inner: 1 };
    let strides = Strides { row: 0, column: 1, inner: 1 };
    // SAFETY: two elements each.
    let (src, mut dst) = unsafe {
        (
            Plane::new(source.as_ptr(), extent, strides),
            PlaneMut::new(target.as_mut_ptr(), extent, strides),
        )
    };
    copy(&src, &mut dst);
}

#[test]
#[should_panic(expected = "planes of one extent")]
fn other_extents_are_not_copied() {
    let (source, mut target) = ([0_u8; 2], [0_u8; 1]);
    let strides = Strides { row: 0, column: 1, inner: 1 };
    let extent = |columns| Extent { rows: 1, columns, inner: 1 };
    // SAFETY: two elements and one.
    let (src, mut dst) = unsafe {
        (
            Plane::new(source.as_ptr(), extent(2), strides),
            PlaneMut::new(target.as_mut_ptr(), extent(1), strides),
        )
    };
    copy(&src, &mut dst);
}
