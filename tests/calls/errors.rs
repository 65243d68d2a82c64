//! Each variant of [`Error`], with the value and the axis it names; nothing is written before it.

use std::error::Error as _;
use std::ops::ControlFlow;

use crate::common::filter::Filter;
use crate::common::strategies::workers;
use gausstack::{Error, Gaussian, LevelError, Mode, Separable, TileShape, gaussian_filter1d};
use ndarray::{Array2, ArrayD, IxDyn};

/// Shapes of more elements than there is memory for are refused when they are planned.
#[test]
fn shapes_beyond_all_memory() {
    for shape in [[1usize << 32, 1 << 32], [usize::MAX, 2], [3 << 32, 1 << 32]] {
        let found = Gaussian::new(1.0).plan::<u8, u8>(shape).map(drop);
        assert_eq!(found, Err(Error::OutOfMemory { bytes: usize::MAX }), "{shape:?}");
    }
    assert!(Gaussian::new(1.0).plan::<u8, u8>([0, usize::MAX]).is_ok());
}

/// An image of three axes, of which the requests below filter some.
const SHAPE: [usize; 3] = [6, 7, 8];

/// The error of a plan; every way to run the request must give it too, and write nothing.
#[track_caller]
fn error_of<F: Filter>(filter: &F) -> Error {
    let planned = match filter.plan::<f32, f32>(&SHAPE) {
        Ok(plan) => panic!("planned {plan}"),
        Err(error) => error,
    };
    let data = ArrayD::from_elem(IxDyn(&SHAPE), 1.5f32);
    // NaN is not equal to itself, so errors are compared as they are printed.
    let expected = format!("{planned:?}");
    assert_eq!(format!("{:?}", filter.apply(&data).expect_err("not planned")), expected);
    let mut out = ArrayD::from_elem(IxDyn(&SHAPE), -7.0f32);
    let error = filter.apply_into(&data, &mut out).expect_err("not planned");
    assert_eq!(format!("{error:?}"), expected);
    assert!(out.iter().all(|&x| x == -7.0), "the output was touched");
    let mut image = data.clone();
    let error = filter.apply_in_place(&mut image).expect_err("not planned");
    assert_eq!(format!("{error:?}"), expected);
    assert_eq!(image, data, "the image was touched");
    planned
}

/// The message names everything that helps.
#[track_caller]
fn says(error: &Error, parts: &[&str]) {
    let message = error.to_string();
    for part in parts {
        assert!(message.contains(part), "{message:?} does not say {part:?}");
    }
}

#[test]
fn sigma() {
    for (value, text) in [
        (-1.0, "-1"),
        (-1e-300, "-1e-300"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
    ] {
        let error = error_of(&Gaussian::new([1.0, value]).axes([0, -1]));
        match error {
            Error::Sigma { axis: 2, value: found } => {
                assert!(found == value || value.is_nan() && found.is_nan());
            }
            other => panic!("{other:?}"),
        }
        says(&error, &["axis 2", text]);
    }
    assert_eq!(error_of(&Gaussian::new(-2.0)), Error::Sigma { axis: 0, value: -2.0 });
    let line = ndarray::Array1::<f64>::zeros(5);
    let error = gaussian_filter1d(&line, -0.5, 0).expect_err("negative");
    assert_eq!(error, Error::Sigma { axis: 0, value: -0.5 });
}

#[test]
fn truncate() {
    for value in [f64::NAN, f64::INFINITY, -4.0] {
        let error = error_of(&Gaussian::new([0.0, 2.0]).axes([0, 1]).truncate(value));
        match error {
            Error::Truncate { axis: 1, value: found, sigma: 2.0 } => {
                assert!(found == value || value.is_nan() && found.is_nan());
            }
            other => panic!("{other:?}"),
        }
        says(&error, &["axis 1", &value.to_string(), "sigma 2"]);
    }
}

#[test]
fn radius() {
    let error = error_of(&Gaussian::new(1.0).axes([2]).radius(usize::MAX));
    assert!(matches!(error, Error::Radius { axis: 2, value } if value > 1e18), "{error:?}");
    says(&error, &["axis 2"]);
    let error = error_of(&Gaussian::new(1e300).axes([1]));
    assert_eq!(error, Error::Radius { axis: 1, value: 4e300 });
}

#[test]
fn order() {
    let error = error_of(&Gaussian::new(1.0).axes([1]).order(usize::MAX));
    let Error::Order { axis: 1, value: usize::MAX, max } = error else { panic!("{error:?}") };
    says(&error, &["axis 1", &max.to_string()]);
    let above = error_of(&Gaussian::new(3.0).axes([0]).order(max + 1));
    assert_eq!(above, Error::Order { axis: 0, value: max + 1, max });
}

#[test]
fn weights() {
    let none = error_of(&Separable::new(Vec::<f64>::new()).axes([2]));
    assert!(matches!(none, Error::Weights { axis: 2, .. }), "{none:?}");
    says(&none, &["axis 2"]);
    // f32 cannot hold it, f64 can; what is infinite is so in both.
    let plan = |weights: Vec<f64>| Separable::new(weights).axes([1]).plan::<f32, f32>([2, 3]);
    let error = plan(vec![1e300, 1.0]).expect_err("more than f32 holds");
    assert!(matches!(error, Error::Weights { axis: 1, .. }), "{error:?}");
    assert!(plan(vec![f64::INFINITY, f64::NAN]).is_ok());
    assert!(Separable::new(vec![1e300, 1.0]).plan::<f32, f64>([2, 3]).is_ok());
    // A derivative of a sigma whose powers leave the range of f64.
    let error = error_of(&Gaussian::new(1e-14).axes([0]).order(100));
    assert!(matches!(error, Error::Weights { axis: 0, .. }), "{error:?}");
}

/// Every origin that scipy takes, and none beyond.
#[test]
fn origins() {
    for (taps, least, most) in [(1, 0, 0), (2, -1, 0), (3, -1, 1), (4, -2, 1), (7, -3, 3)] {
        let filter = |origin| Separable::new(vec![1.0; taps]).origin(origin).axes([1]);
        for origin in least..=most {
            let plan = filter(origin).plan::<f64, f64>([2, 30]).expect("in range");
            let weights = &plan.passes().first().map_or((0, 0), |pass| {
                (pass.weights.before() as isize, pass.weights.after() as isize)
            });
            let before = taps as isize / 2 + origin;
            assert_eq!(*weights, (before, taps as isize - 1 - before));
            let turned = filter(-origin - isize::from(taps % 2 == 0)).convolve();
            assert!(turned.plan::<f64, f64>([2, 30]).is_ok());
        }
        for origin in [least - 1, most + 1, isize::MIN, isize::MAX] {
            let wrong = Error::Origin { axis: 1, value: origin, taps };
            assert_eq!(error_of(&filter(origin)), wrong);
            let texts = [origin, least, most].map(|number| number.to_string());
            says(&wrong, &["axis 1", &texts[0], &texts[1], &texts[2]]);
        }
        for origin in [-most - 1 - isize::from(taps % 2 == 0), isize::MIN, isize::MAX] {
            let wrong = Error::Origin { axis: 1, value: origin, taps };
            assert_eq!(error_of(&filter(origin).convolve()), wrong);
        }
    }
}

#[test]
fn lengths() {
    let two = || Gaussian::new(1.0).axes([0, 2]);
    let wrong = |parameter, found| Error::Length { parameter, expected: 2, found };
    let sigma = Gaussian::new([1.0, 1.0, 1.0]).axes([0, 2]);
    assert_eq!(error_of(&sigma), wrong("sigma", 3));
    assert_eq!(error_of(&two().order([1])), wrong("order", 1));
    assert_eq!(error_of(&two().mode([Mode::Wrap; 3])), wrong("mode", 3));
    assert_eq!(error_of(&two().radius([2, 2, 2])), wrong("radius", 3));
    let lists = Separable::new([vec![1.0], vec![0.5, 0.5], vec![1.0]]).axes([0, 2]);
    assert_eq!(error_of(&lists), wrong("weights", 3));
    let origins = Separable::new(vec![0.5, 0.5]).origin([0, 0, 0]).axes([0, 2]);
    assert_eq!(error_of(&origins), wrong("origin", 3));
    let all = Error::Length { parameter: "sigma", expected: 3, found: 2 };
    assert_eq!(error_of(&Gaussian::new([1.0, 1.0])), all);
    says(&all, &["sigma", "2", "3"]);
    assert_eq!(
        error_of(&Gaussian::new([1.0]).axes([0_isize; 0])),
        Error::Length { parameter: "sigma", expected: 0, found: 1 }
    );
}

#[test]
fn axes() {
    for axis in [3, -4, isize::MAX, isize::MIN] {
        let error = error_of(&Gaussian::new(1.0).axes([axis]));
        assert_eq!(error, Error::Axis { axis, ndim: 3 });
        says(&error, &[&axis.to_string(), "3"]);
    }
    let error = error_of(&Gaussian::new(1.0).axes([1, 0, -2]));
    assert_eq!(error, Error::RepeatedAxis { axis: 1 });
    says(&error, &["1"]);
    let pixel = ndarray::arr0(1.0f32);
    let error = gaussian_filter1d(&pixel, 1.0, 0).expect_err("there is no axis");
    assert_eq!(error, Error::Axis { axis: 0, ndim: 0 });
}

#[test]
fn mode_names() {
    for name in ["Reflect", "edge", "", "reflect "] {
        let error = name.parse::<Mode>().expect_err("not a mode");
        assert_eq!(error, Error::UnknownMode { name: name.to_owned() });
        says(&error, &[name, "grid-mirror"]);
    }
}

#[test]
fn shapes() {
    let plan = Gaussian::new(1.0).axes([0, 2]).plan::<f32, f32>(SHAPE).expect("valid");
    let data = ArrayD::<f32>::ones(IxDyn(&SHAPE));
    let expected = SHAPE.to_vec();
    for found in [vec![6, 7, 9], vec![6, 7], vec![8, 7, 6], vec![6, 7, 8, 1]] {
        let wrong = ArrayD::<f32>::ones(IxDyn(&found));
        let is_it = |error: Error| {
            let Error::Shape { expected: e, found: f, .. } = &error else { panic!("{error:?}") };
            assert_eq!((e, f), (&expected, &found));
            says(&error, &[&format!("{found:?}"), &format!("{expected:?}")]);
        };
        is_it(plan.apply(&wrong).expect_err("another shape"));
        is_it(plan.apply_in_place(&mut wrong.clone()).expect_err("another shape"));
        let mut out = wrong.clone();
        is_it(plan.apply_into(&data, &mut out).expect_err("another shape"));
        is_it(Gaussian::new(1.0).apply_into(&data, &mut out).expect_err("another shape"));
        assert!(out.iter().all(|&x| x == 1.0), "the output was touched");
        let mut out = ArrayD::<f32>::zeros(IxDyn(&SHAPE));
        is_it(plan.apply_into(&wrong, &mut out).expect_err("another shape"));
        assert!(out.iter().all(|&x| x == 0.0), "the output was touched");
    }
    let mut scratch = plan.scratch().expect("memory");
    let (slice, wrong) = (Array2::<f32>::ones((6, 8)), Array2::<f32>::ones((8, 6)));
    for (input, output) in [(&slice, &wrong), (&wrong, &slice)] {
        let mut out = output.clone();
        let error = plan.apply_slice(input, &mut out, &mut scratch).expect_err("another shape");
        let Error::Shape { expected, found, .. } = error else { panic!("{error:?}") };
        assert_eq!((expected, found), (vec![6, 8], vec![8, 6]));
        assert_eq!(out, output, "the output was touched");
    }
}

#[test]
fn tiles() {
    let tile =
        |panel, chunk, group| error_of(&Gaussian::new(1.0).tile(TileShape { panel, chunk, group }));
    assert_eq!(tile(0, 1, 1), Error::Tile { dimension: "panel" });
    assert_eq!(tile(1, 0, 1), Error::Tile { dimension: "chunk" });
    assert_eq!(tile(1, 1, 0), Error::Tile { dimension: "group" });
    says(&tile(1, 1, 0), &["group"]);
}

#[test]
fn levels() {
    let error = Error::from(LevelError::Unknown { name: "avx9".to_owned() });
    assert!(matches!(error, Error::Level(_)));
    says(&error, &["avx9"]);
    let error = Error::from(LevelError::Absent { name: "avx512" });
    says(&error, &["avx512"]);
}

#[cfg(feature = "rayon")]
#[test]
fn no_threads() {
    let error = error_of(&Gaussian::new(1.0).threads(gausstack::Threads::Fixed(0)));
    assert_eq!(error, Error::NoThreads);
}

#[cfg(all(feature = "rayon", target_pointer_width = "64"))]
#[test]
fn more_threads_than_any_machine_has() {
    let threads = u32::MAX as usize + 1;
    let error = error_of(&Gaussian::new(1.0).threads(threads));
    assert_eq!(error, Error::TooManyThreads { threads });
    says(&error, &["4294967296"]);
}

/// As numpy has it.
#[test]
fn more_axes_than_are_filtered() {
    let error = Gaussian::new(1.0).plan::<f32, f32>([1; 65]).map(drop);
    let wrong = Error::Dimensions { ndim: 65, max: 64 };
    assert_eq!(error, Err(wrong.clone()));
    says(&wrong, &["65", "64"]);
}

/// Numbers of many digits are printed with an exponent.
#[test]
fn large_numbers_are_readable() {
    let error = error_of(&Gaussian::new(1e300).truncate(1e300));
    assert!(error.to_string().len() < 90 && error.to_string().contains("1e300"), "{error}");
    let error = error_of(&Gaussian::new(1e300));
    assert!(error.to_string().len() < 60 && error.to_string().contains("4e300"), "{error}");
    let error = error_of(&Gaussian::new(-1e300));
    assert!(error.to_string().ends_with("found -1e300"), "{error}");
}

#[test]
fn scratch_of_another_plan() {
    let plan = |sigma| {
        let gaussian = Gaussian::new(sigma).axes([0, 2]);
        gaussian.plan::<f32, f32>(SHAPE).expect("valid")
    };
    let image = Array2::<f32>::ones((60, 80));
    let other = Gaussian::new(9.0).plan::<f32, f32>([60, 80]).expect("valid");
    let mut scratch = plan(1.0).scratch().expect("memory");
    let mut out = Array2::<f32>::zeros((60, 80));
    let error = other.apply_slice(&image, &mut out, &mut scratch);
    assert_eq!(error, Err(Error::Scratch));
    assert!(out.iter().all(|&x| x == 0.0), "the output was touched");
    says(&Error::Scratch, &["scratch"]);
    // Of the same size, but with tables of another border.
    let nearest = Gaussian::new(1.0).axes([0, 2]).mode(Mode::Nearest).plan::<f32, f32>(SHAPE);
    let (one, mut two) = (Array2::<f32>::ones((6, 8)), Array2::<f32>::zeros((6, 8)));
    let error = nearest.expect("valid").apply_slice(&one, &mut two, &mut scratch);
    assert_eq!(error, Err(Error::Scratch));
    // The same plan's clone has the same scratch.
    let (first, slice) = (plan(1.0), Array2::<f32>::ones((6, 8)));
    let mut out = Array2::<f32>::zeros((6, 8));
    let mut scratch = first.scratch().expect("memory");
    assert_eq!(first.clone().apply_slice(&slice, &mut out, &mut scratch), Ok(()));
}

/// More memory than any machine addresses: for the weights, and for the new array.
#[test]
fn out_of_memory() {
    let radius = 1usize << 52;
    let error = error_of(&Gaussian::new(1.0).axes([0]).radius(radius));
    let Error::OutOfMemory { bytes } = error else { panic!("{error:?}") };
    assert!(bytes > 8 * radius, "{bytes} bytes");
    says(&error, &[&bytes.to_string()]);
    let pixel = ArrayD::from_elem(IxDyn(&[1, 1, 1]), 1.0f32);
    let huge = [1 << 20, 1 << 20, 1 << 17];
    let data = pixel.broadcast(IxDyn(&huge)).expect("repeated");
    for gaussian in [Gaussian::new(1.0).axes([0, 1]), Gaussian::new(1.0).axes([0_isize; 0])] {
        let error = gaussian.apply(&data).expect_err("half an exabyte");
        assert!(matches!(error, Error::OutOfMemory { .. }), "{error:?}");
    }
}

#[test]
fn stopped() {
    let gaussian = Gaussian::new(1.0).axes([0, 2]).threads(workers(1));
    let gaussian = gaussian.observer(|_| ControlFlow::Break(()));
    let data = ArrayD::<f32>::ones(IxDyn(&SHAPE));
    let error = gaussian.apply(&data).expect_err("the observer stops");
    let Error::Stopped { done, total: 7 } = error else { panic!("{error:?}") };
    assert!(done < 7, "{done} slices were done before the first call");
    says(&error, &[&done.to_string(), "7"]);
}

/// Run in a process of its own by the test below, where no thread can start. Anywhere else they do.
#[cfg(feature = "rayon")]
#[test]
fn starts_a_pool() {
    let starved = std::env::var_os(STARVED).is_some();
    let gaussian = Gaussian::new(3.0).threads(gausstack::Threads::Fixed(3));
    match gaussian.plan::<f32, f32>([2000, 2000]) {
        Ok(plan) => {
            let cpus = std::thread::available_parallelism().map_or(1, |cpus| cpus.get());
            assert_eq!((plan.workers(), starved && cpus > 1), (cpus.min(3), false));
        }
        Err(error) => {
            assert!(matches!(error, Error::ThreadPool { threads: 2..=3, .. }), "{error:?}");
            says(&error, &[" threads"]);
            println!("no pool: {error}");
        }
    }
}

#[cfg(feature = "rayon")]
const STARVED: &str = "GAUSSTACK_TEST_STARVED";

/// A stack as large as the address space makes threads fail to start; the test harness then runs
/// the test on its main thread.
#[cfg(all(feature = "rayon", target_os = "linux"))]
#[test]
fn thread_pool() {
    let binary = std::env::current_exe().expect("the test binary has a path");
    let output = std::process::Command::new(binary)
        .args(["--exact", "errors::starts_a_pool", "--nocapture"])
        .env(STARVED, "1")
        .env("RUST_MIN_STACK", (1u64 << 47).to_string())
        .output()
        .expect("the test binary runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("no pool: "), "{output:?}");
}

/// Errors travel between threads and into boxes.
#[test]
fn errors_are_ordinary() {
    fn ordinary<T: std::error::Error + Send + Sync + Clone + 'static>(_: &T) {}
    let error = Error::from(LevelError::Unknown { name: "x".to_owned() });
    ordinary(&error);
    assert!(error.source().is_none() || error.source().is_some_and(|s| !s.to_string().is_empty()));
    let boxed: Box<dyn std::error::Error + Send + Sync> = error.into();
    assert!(boxed.downcast_ref::<Error>().is_some());
}
