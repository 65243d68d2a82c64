//! The public face: what types promise, one-line forms, the plan's answers, scratch of one's own.

use crate::common::filter::Filter;
use crate::common::inputs::{Distribution, random};
use crate::common::strategies::workers;
use gausstack::{
    Error, Gaussian, Level, Missing, Mode, Options, Parity, PerAxis, Plan, Precision, Progress,
    Rounding, Scratch, Separable, StorePolicy, Threads, TileShape, Tuning, Weights,
    gaussian_filter, gaussian_filter1d,
};
use ndarray::{Array2, Array3, ArrayD, Axis, array};

/// What can be shared and moved between threads, checked by the compiler.
const _: () = {
    const fn shared<T: Send + Sync>() {}
    shared::<Gaussian>();
    shared::<Options>();
    shared::<Plan<f32, f32>>();
    shared::<Plan<f32, f64>>();
    shared::<Scratch>();
    shared::<Threads>();
    shared::<Mode>();
    shared::<PerAxis<f64>>();
    shared::<Precision>();
    shared::<Progress>();
    shared::<TileShape>();
    shared::<Weights>();
    shared::<gausstack::Pass>();
    shared::<gausstack::Level>();
    shared::<Error>();
    const fn copied<T: Clone>() {}
    copied::<Gaussian>();
    copied::<Plan<f64, f64>>();
};

fn stack() -> Array3<f32> {
    let data = random(Distribution::Normal, &[90, 7, 110], 61);
    data.into_dimensionality().expect("three axes")
}

#[test]
fn one_line_forms() {
    let data = stack();
    let all = Gaussian::new(1.5).apply(&data).expect("valid");
    assert_eq!(gaussian_filter(&data, 1.5), Ok(all));
    let each = Gaussian::new([1.5, 0.0, 2.0]).apply(&data).expect("valid");
    assert_eq!(gaussian_filter(&data, [1.5, 0.0, 2.0]), Ok(each));
    let one = Gaussian::new(2.0).axes([2]).apply(&data).expect("valid");
    assert_eq!(gaussian_filter1d(&data, 2.0, 2), Ok(one.clone()));
    assert_eq!(gaussian_filter1d(&data, 2.0, -1), Ok(one));
    assert_eq!(gaussian_filter1d(&data, 0.0, 0), Ok(data));
    // scipy's own numbers, from its documentation and from a run of it.
    let line = array![1.0f64, 2.0, 3.0, 4.0, 5.0];
    let found = gaussian_filter1d(&line, 1.0, 0).expect("valid");
    let expected = [1.427040950391, 2.067822034779, 3.0, 3.932177965221, 4.572959049609];
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
    }
}

/// Views, slices of arrays and arrays of any dimension type are inputs alike.
#[test]
fn any_array_is_an_input() {
    let data = stack();
    let gaussian = Gaussian::new([1.0, 2.0]).axes([0, 2]);
    let expected = gaussian.apply(&data).expect("valid");
    assert_eq!(gaussian.apply(&data.view()), Ok(expected.clone()));
    assert_eq!(gaussian.apply(&data.to_shared()), Ok(expected.clone()));
    let dynamic: ArrayD<f32> = gaussian.apply(&data.view().into_dyn()).expect("valid");
    assert_eq!(dynamic, expected.clone().into_dyn());
    let mut out = Array3::<f32>::zeros(data.raw_dim());
    gaussian.apply_into(&data, &mut out).expect("valid");
    assert_eq!(out, expected);
    gaussian.apply_into(&data.view(), &mut out.view_mut()).expect("valid");
    assert_eq!(out, expected);
    let mut image = data;
    gaussian.apply_in_place(&mut image.view_mut()).expect("valid");
    assert_eq!(image, expected);
}

/// What a builder's parameter does is what its default would: scipy's defaults.
#[test]
fn defaults_are_scipys() {
    let data = stack();
    let spelt = Gaussian::new([1.3; 3])
        .order([0, 0, 0])
        .truncate(4.0)
        .radius([Some(5), None, Some(5)])
        .mode(["reflect", "grid-mirror", "reflect"].map(|m| m.parse::<Mode>().expect("a mode")))
        .cval(0.0)
        .axes([0, 1, -1])
        .precision(Precision::Native)
        .threads(Threads::Current);
    assert_eq!(spelt.apply(&data), gaussian_filter(&data, 1.3));
    let names = [
        ("reflect", Mode::Reflect),
        ("grid-mirror", Mode::Reflect),
        ("mirror", Mode::Mirror),
        ("nearest", Mode::Nearest),
        ("wrap", Mode::Wrap),
        ("grid-wrap", Mode::Wrap),
        ("constant", Mode::Constant),
        ("grid-constant", Mode::Constant),
    ];
    for (name, mode) in names {
        assert_eq!(name.parse(), Ok(mode));
        assert_eq!(mode.to_string().parse(), Ok(mode));
    }
}

/// Options set every common parameter of a filter, and replace those set before.
#[test]
fn options_are_the_filters_parameters() {
    let data = stack().mapv(|x| if x > 2.0 { f32::NAN } else { x });
    let portable = Level::from_name("portable").expect("every CPU has it");
    let options = Options::new()
        .mode([Mode::Constant, Mode::Wrap])
        .cval(2.5)
        .axes([2, 0])
        .precision(Precision::Double)
        .rounding(Rounding::Scipy)
        .threads(workers(2))
        .level(portable)
        .tuning(Tuning::GoldenCove)
        .tile(TileShape { panel: 17, chunk: 7, group: 3 })
        .stores(StorePolicy::Cached)
        .missing(Missing::Keep)
        .fill(7.0);
    let spelt = Gaussian::new([1.0, 2.0])
        .mode([Mode::Constant, Mode::Wrap])
        .cval(2.5)
        .axes([2, 0])
        .precision(Precision::Double)
        .rounding(Rounding::Scipy)
        .threads(workers(2))
        .level(portable)
        .tuning(Tuning::GoldenCove)
        .tile(TileShape { panel: 17, chunk: 7, group: 3 })
        .stores(StorePolicy::Cached)
        .missing(Missing::Keep)
        .fill(7.0);
    let filter = Gaussian::new([1.0, 2.0]).fill(9.0).options(options);
    assert_eq!(format!("{filter:?}"), format!("{spelt:?}"));
    let found = filter.apply(&data).expect("valid");
    assert_eq!(Ok(&found), spelt.apply(&data).as_ref());
    assert!(found.iter().any(|&pixel| pixel == 7.0), "gaps are filled");
    let plan = filter.plan::<u8, u8>([30, 4, 50]).expect("valid");
    assert_eq!((plan.level(), plan.precision()), (portable, Precision::Double));
    assert_eq!(plan.tuning(), Tuning::GoldenCove);
}

/// The plan answers for what it chose.
#[test]
fn plans_say_what_they_chose() {
    let gaussian = Gaussian::new([3.0, 0.0, 5.0])
        .axes([-1, 1, 0])
        .mode([Mode::Wrap, Mode::Mirror, Mode::Nearest])
        .order([1, 0, 0])
        .threads(workers(2));
    let plan = gaussian.plan::<f32, f32>([300, 40, 16, 500]).expect("valid");
    assert_eq!(plan.shape(), [300, 40, 16, 500]);
    assert_eq!(plan.slice_shape(), [300, 40, 500]);
    assert_eq!(plan.slices(), 16);
    assert_eq!(plan.precision(), Precision::Native);
    let [x, y] = plan.passes() else { panic!("{:?}", plan.passes()) };
    assert_eq!((x.axis, x.mode, x.order, x.weights.radius()), (3, Mode::Wrap, 1, 12));
    assert_eq!((y.axis, y.mode, y.order, y.weights.radius()), (0, Mode::Nearest, 0, 20));
    assert_eq!((x.weights.parity(), y.weights.parity()), (Some(Parity::Odd), Some(Parity::Even)));
    assert!(plan.scratch_bytes() > 0 && plan.memory_bytes() >= plan.scratch_bytes());
    let text = plan.to_string();
    assert!(text.lines().count() > 1, "{text}");
    assert!(text.contains(plan.level().name()), "{text}");
    let double = gaussian.clone().precision(Precision::Double);
    let double = double.plan::<f32, f32>([300, 40, 16, 500]).expect("valid");
    assert_eq!(double.precision(), Precision::Double);
    let [first, second] = double.passes() else { panic!("{:?}", double.passes()) };
    assert_eq!((first.axis, second.axis), (3, 0));
    // Some element in f64 means sums in f64.
    for precision in [
        gaussian.plan::<f64, f64>([30, 4, 6, 50]).expect("valid").precision(),
        gaussian.plan::<f32, f64>([30, 4, 6, 50]).expect("valid").precision(),
        gaussian.plan::<f64, f32>([30, 4, 6, 50]).expect("valid").precision(),
    ] {
        assert_eq!(precision, Precision::Double);
    }
    let tile = TileShape { panel: 64, chunk: 32, group: 8 };
    let tiled = Gaussian::new(1.0).tile(tile).plan::<f32, f32>([300, 300]).expect("valid");
    assert_eq!(tiled.tile(), tile);
}

/// Passes run by axis number, last to first, unless the listed order means something.
#[test]
fn the_order_of_passes() {
    fn axes<F: Filter>(filter: F) -> Vec<usize> {
        let plan = filter.plan::<f32, f32>(&[30, 40, 50]).expect("valid");
        plan.passes().iter().map(|pass| pass.axis).collect()
    }
    let listed = || Gaussian::new(1.0).axes([1, 0, 2]);
    let constant = || listed().mode([Mode::Reflect, Mode::Constant, Mode::Wrap]);
    assert_eq!(axes(listed()), [2, 1, 0]);
    assert_eq!(axes(listed().order([1, 0, 0])), [2, 1, 0]);
    assert_eq!(axes(listed().precision(Precision::Double)), [1, 0, 2]);
    assert_eq!(axes(constant()), [2, 1, 0]);
    assert_eq!(axes(constant().cval(3.0)), [2, 1, 0]);
    assert_eq!(axes(constant().cval(f64::NAN)), [1, 0, 2]);
    assert_eq!(axes(constant().cval(f64::INFINITY)), [1, 0, 2]);
    assert_eq!(axes(constant().order([0, 1, 0])), [1, 0, 2]);
    assert_eq!(axes(constant().order([0, 0, 2])), [1, 0, 2]);
    let own = vec![0.25, 0.5, 0.25];
    let weights = |third: Vec<f64>| {
        let separable = Separable::new([own.clone(), own.clone(), third]).axes([1, 0, 2]);
        axes(separable.mode([Mode::Reflect, Mode::Constant, Mode::Wrap]))
    };
    assert_eq!(weights(own.clone()), [2, 1, 0]);
    assert_eq!(weights(vec![0.25, 0.6, 0.25]), [1, 0, 2]);
    assert_eq!(weights(vec![0.25, 0.75]), [2, 1, 0]);
    assert_eq!(weights(vec![0.25, f64::NAN]), [1, 0, 2]);
}

/// The caller's own scratch serves any slice, also of another thread.
#[test]
fn scratch_travels() {
    let data = stack();
    let plan = Gaussian::new([1.0, 2.0]).axes([0, 2]).plan::<f32, f32>(data.shape());
    let plan = plan.expect("valid");
    let expected = plan.apply(&data).expect("valid");
    let mut scratch = plan.scratch().expect("memory");
    for i in 0..7 {
        let out = std::thread::scope(|scope| {
            let work = scope.spawn(|| {
                let mut out = Array2::<f32>::zeros((90, 110));
                plan.apply_slice(&data.index_axis(Axis(1), i), &mut out, &mut scratch)?;
                Ok::<_, Error>(out)
            });
            work.join().expect("no panic")
        });
        assert_eq!(out, Ok(expected.index_axis(Axis(1), i).to_owned()));
    }
}

/// Weights are folded where scipy folds them, and small ones where they are symmetric.
#[test]
fn symmetry_of_weights() {
    let parity = |weights: &[f64]| Weights::correlation(weights, 0, 0).expect("weights").parity();
    assert_eq!(parity(&[1.0, 2.0, 1.0]), Some(Parity::Even));
    assert_eq!(parity(&[-1.0, 0.0, 1.0]), Some(Parity::Odd));
    assert_eq!(parity(&[1.0, 2.0, 1.0 + f64::EPSILON]), Some(Parity::Even));
    assert_eq!(parity(&[5.0, 1e17, 3.0]), None);
    assert_eq!(parity(&[1000.0, 0.0, 1000.0 + 2.0 * 1000.0 * f64::EPSILON]), None);
    assert_eq!(parity(&[1e-17, 0.0, -1e-17]), Some(Parity::Odd));
    assert_eq!(parity(&[1e-17, 0.0, 2e-17]), None);
    assert_eq!(parity(&[1.0, 1.0]), None);
}
