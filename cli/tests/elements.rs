//! Every element type to every other in both roundings, against sums formed here in f64.

mod common;

use common::dtype::{ALL, Dtype, named, smooth};
use common::{Case, npy, npy_with_header, text};
use ndarray::Array3;

const SHAPE: [usize; 3] = [13, 3, 17];
/// Axes and their sigmas, and how the command line puts it.
type Request = (&'static [(usize, f64)], [&'static str; 6]);

const SLICES: Request =
    (&[(0, 1.0), (2, 0.7)], ["--sigma", "1,0.7", "--axes", "0,2", "--threads", "1"]);
const LINES: Request = (&[(0, 1.0)], ["--sigma", "1", "--axes", "0", "--threads", "1"]);

/// Random values of a type, as large as `most`: negative ones, too, where the type has them and the
/// output shall.
fn random(dtype: Dtype, signed: bool, most: f64, seed: u64) -> Array3<f64> {
    let mut random = fastrand::Rng::with_seed(seed);
    Array3::from_shape_simple_fn(SHAPE, || {
        let value = most * random.f64();
        let value = if signed && dtype.is_signed() { 2.0 * value - most } else { value };
        match dtype.name {
            "f32" => f64::from(value as f32),
            "f64" => value,
            "bool" => f64::from(random.bool()),
            _ => value.round(),
        }
    })
}

/// What one axis' sums in f64 may err by here, as a share of the largest value.
const SUMS: f64 = 1e-13;

/// What the request errs by in all: f32 sums, numbers stored as f32 after each axis, or f64 sums.
fn share(from: Dtype, to: Dtype) -> f64 {
    let single = to.name == "f32" || (from.fits_f32() && to.fits_f32());
    if single { 4e-7 } else { 2.0 * SUMS }
}

fn filtered(
    data: &Array3<f64>,
    from: Dtype,
    to: Dtype,
    (_, request): Request,
    rounding: &str,
) -> Vec<f64> {
    let case = Case::of(from, &SHAPE, data.as_slice().unwrap());
    let more = ["--output-dtype", to.name, "--rounding", rounding];
    let output = case.run(&[&request[..], &more].concat());
    assert!(output.status.success(), "{from:?} {to:?}: {}", text(&output.stderr));
    let types = if from == to { to.name.into() } else { format!("{} to {}", from.name, to.name) };
    let line = text(&output.stdout);
    assert!(line.contains(&format!("13 x 3 x 17 {types}, sigma 1")), "{line}");
    to.decode(&case.data(to, false))
}

/// Asserts that an output is the exact result, rounded once, with at least so many values.
fn is_rounded_once(data: &Array3<f64>, from: Dtype, to: Dtype, least: usize) {
    let found = filtered(data, from, to, SLICES, "nearest");
    let exact = smooth(&smooth(data, 0, 1.0), 2, 0.7);
    let largest = data.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let room = share(from, to) * largest;
    let mut distinct = found.clone();
    for (found, &exact) in found.iter().zip(&exact) {
        let (low, high) = (to.nearest(exact - room), to.nearest(exact + room));
        assert!((low..=high).contains(found), "{found} for {exact}, {from:?} {to:?}");
    }
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    let least = match (from.name, to.name) {
        // What has no sign is more than half nearly everywhere.
        (_, "bool") if from.name != "bool" && !from.is_signed() => 1,
        ("bool", _) if to.is_float() => least,
        ("bool", _) | (_, "bool") => 2,
        _ => least,
    };
    assert!(distinct.len() >= least, "{distinct:?} {from:?} {to:?}");
}

/// Asserts that an output is what sums cut toward zero after each axis are.
fn is_cut_after_each_axis(data: &Array3<f64>, from: Dtype, to: Dtype) {
    // Of sums of bools those of nothing but true alone are cut to true: a second axis sees little
    // else.
    let request = if to.name == "bool" { LINES } else { SLICES };
    let found = filtered(data, from, to, request, "scipy");
    let largest = data.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let room = SUMS * largest;
    // A sum beside a whole number may be cut to either side of it; weights are positive.
    let mut low = data.clone();
    let mut high = data.clone();
    for &(axis, sigma) in request.0 {
        low = smooth(&low, axis, sigma).mapv(|sum| to.cut(sum - room));
        high = smooth(&high, axis, sigma).mapv(|sum| to.cut(sum + room));
    }
    let mut sure = 0;
    for (found, (low, high)) in found.iter().zip(low.iter().zip(&high)) {
        assert!((low..=high).contains(&found), "{found}, not {low} .. {high}: {from:?} {to:?}");
        sure += usize::from(low == high);
    }
    assert!(sure * 10 >= found.len() * 9, "{sure} {from:?} {to:?}");
    let counts = from.name != "bool" && to.name != "bool";
    if counts && data.iter().all(|&value| value >= 0.0) {
        // Half a level an axis is lost, which nothing that was rounded has.
        let exact = smooth(&smooth(data, 0, 1.0), 2, 0.7);
        let lost = (exact.sum() - found.iter().sum::<f64>()) / found.len() as f64;
        assert!((0.5..1.2).contains(&lost), "{lost} {from:?} {to:?}");
    }
}

#[test]
fn every_pair_is_rounded_once() {
    let pairs = ALL.iter().flat_map(|&from| ALL.iter().map(move |&to| (from, to)));
    for (seed, (from, to)) in pairs.enumerate() {
        is_rounded_once(&random(from, true, 100.0, seed as u64), from, to, 30);
    }
}

#[test]
fn every_pair_is_cut_after_each_axis() {
    let pairs = ALL.iter().flat_map(|&from| ALL.iter().map(move |&to| (from, to)));
    for (seed, (from, to)) in pairs.filter(|(_, to)| !to.is_float()).enumerate() {
        let most = if to.name == "bool" { 2.0 } else { 100.0 };
        is_cut_after_each_axis(&random(from, to.is_signed(), most, seed as u64), from, to);
    }
}

#[test]
fn whole_ranges_and_what_is_beyond() {
    let most =
        |name: &str, most: f64, seed: u64| (named(name), random(named(name), true, most, seed));
    let wide = [("u8", 255.0), ("i8", 127.0), ("u16", 65535.0), ("i16", 32767.0)];
    let wider = [("u32", f64::from(u32::MAX)), ("i32", f64::from(i32::MAX))];
    for (seed, &(name, limit)) in wide.iter().chain(&wider).enumerate() {
        let (dtype, data) = most(name, limit, seed as u64);
        is_rounded_once(&data, dtype, dtype, 30);
        is_cut_after_each_axis(&data, dtype, dtype);
    }
    for (seed, name) in ["u64", "i64"].into_iter().enumerate() {
        let (dtype, data) = most(name, (1_u64 << 36) as f64, seed as u64);
        is_cut_after_each_axis(&data, dtype, dtype);
        is_rounded_once(&data, dtype, dtype, 30);
        is_rounded_once(&data, dtype, named("f64"), 30);
    }
    // To the limit, where a narrower type does not hold it.
    for (seed, to) in ["u8", "i8", "u16"].into_iter().enumerate() {
        for (from, largest) in [("i16", 32767.0), ("f32", 1e6), ("i32", 1e6)] {
            let (from, data) = most(from, largest, seed as u64);
            is_rounded_once(&data, from, named(to), 2);
        }
    }
}

/// A mask that is true everywhere stays so, and its edge stays where it was.
#[test]
fn masks_stay_masks() {
    let bools = named("bool");
    let smooth = |values: &[f64]| {
        let case = Case::of(bools, &[values.len()], values);
        let output = case.run(&["--sigma", "1"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        bools.decode(&case.data(bools, false))
    };
    assert_eq!(smooth(&[1.0; 40]), [1.0; 40]);
    let half = [vec![1.0; 20], vec![0.0; 20]].concat();
    assert_eq!(smooth(&half), half);
}

/// Without sums nothing is lost, and the defaults are the input's type and rounding to nearest.
#[test]
fn a_copy_and_the_defaults() {
    let extremes = [i64::MAX, i64::MIN, (1 << 53) + 1, -1].map(i64::to_le_bytes).concat();
    let case = Case::new(&npy("<i8", false, &[2, 2], &extremes));
    assert!(case.run(&["--sigma", "0", "--rounding", "scipy"]).status.success());
    assert_eq!(case.data(named("i64"), false), extremes);
    for dtype in ALL {
        let data = random(dtype, true, 100.0, 3);
        let case = Case::of(dtype, &SHAPE, data.as_slice().unwrap());
        assert!(case.run(&SLICES.1).status.success());
        let default = case.data(dtype, false);
        let told = ["--rounding", "nearest", "--output-dtype", dtype.numpy, "--force"];
        assert!(case.run(&[&SLICES.1[..], &told].concat()).status.success());
        assert_eq!(case.data(dtype, false), default);
    }
}

#[test]
fn every_numpy_name_is_an_alias() {
    let case = Case::of(named("u8"), &[2, 3], &[9.0, 1.0, 250.0, 30.0, 70.0, 0.0]);
    for dtype in ALL {
        let mut found = Vec::new();
        for name in [dtype.name, dtype.numpy] {
            let more = ["--rounding", "scipy", "--output-dtype", name, "--force"];
            assert!(case.run(&[&["--sigma", "1"][..], &more].concat()).status.success());
            found.push(case.data(dtype, false));
        }
        assert_eq!(found[0], found[1]);
    }
}

/// Integers in Fortran order and off their boundary come out as those in C order.
#[test]
fn layouts_and_boundaries() {
    for name in ["u8", "i16", "u32", "i64", "bool"] {
        let dtype = named(name);
        let data = random(dtype, true, 100.0, 5);
        let want = filtered(&data, dtype, dtype, SLICES, "scipy");
        let fortran: Vec<f64> = data.t().iter().copied().collect();
        let case = Case::new(&npy(dtype.descriptor, true, &SHAPE, &dtype.encode(&fortran)));
        assert!(case.run(&[&SLICES.1[..], &["--rounding", "scipy"]].concat()).status.success());
        let found = dtype.decode(&case.data(dtype, true));
        let found = Array3::from_shape_vec([17, 3, 13], found).unwrap();
        assert_eq!(found.t().iter().copied().collect::<Vec<_>>(), want, "{name}");

        let bytes = dtype.encode(data.as_slice().unwrap());
        let header = "'fortran_order': False, 'shape': (13, 3, 17), }";
        let header = format!("{{'descr': '{}', {header}", dtype.descriptor);
        for length in 0..8 {
            let padded = format!("{header}{}", " ".repeat(length));
            let case = Case::new(&npy_with_header(&padded, 1, &bytes));
            assert!(case.run(&[&SLICES.1[..], &["--rounding", "scipy"]].concat()).status.success());
            assert_eq!(dtype.decode(&case.data(dtype, false)), want, "{name}");
        }
    }
}

/// Bools are copied in pieces; all of them arrive.
#[test]
fn many_bools() {
    let mut random = fastrand::Rng::with_seed(11);
    let values: Vec<f64> = (0..300_007).map(|_| f64::from(random.bool())).collect();
    let case = Case::of(named("bool"), &[values.len()], &values);
    assert!(case.run(&["--sigma", "0", "--rounding", "scipy"]).status.success());
    assert!(named("bool").decode(&case.data(named("bool"), false)) == values);
}
