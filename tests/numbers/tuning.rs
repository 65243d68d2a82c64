//! Tunings: how one is forced, what it changes, and that no bit of a result is among it.

use std::env;

use crate::common::case::{Along, Case};
use crate::common::child::child;
use crate::common::compare::same_bits;
use crate::common::inputs::{Distribution, random};
use crate::common::levels::each_level;
use crate::common::pixel::Pixel;
use crate::common::strategies::workers;
use gausstack::{
    Error, Gaussian, GradientMagnitude, Level, Missing, Mode, Plan, Precision, Rounding, Separable,
    StorePolicy, Tuning,
};
use ndarray::ArrayD;

/// The caches of a Xeon, as a guest of two CPUs sees them: more of the last than two cores have.
const XEON: &str = "2M,260M";

/// Every tuning at every level, on one thread and on three, into another array and in place: the
/// bits of the generic one on one thread.
fn check<T: Pixel>(
    shape: &[usize],
    about: &Case,
    plan: impl Fn(Level, Tuning, usize) -> Plan<T, T>,
) {
    let data: ArrayD<T> = random(Distribution::Normal, shape, shape.iter().sum::<usize>() as u64);
    each_level(|level| {
        let expected = plan(level, Tuning::Generic, 1).apply(&data).expect("a valid input");
        for (tuning, count) in Tuning::ALL.into_iter().flat_map(|tuning| [(tuning, 1), (tuning, 3)])
        {
            let plan = plan(level, tuning, count);
            assert_eq!((plan.level(), plan.tuning()), (level, tuning));
            let about = (T::TYPE, tuning, count, about);
            let mut output = ArrayD::from_elem(data.raw_dim(), T::POISON);
            plan.apply_into(&data, &mut output).expect("arrays of the shape");
            same_bits(&output, &expected, about);
            let mut image = data.clone();
            plan.apply_in_place(&mut image).expect("an array of the shape");
            same_bits(&image, &expected, ("in place", about));
        }
    });
}

fn check_case<T: Pixel>(case: &Case) {
    check::<T>(&case.shape, case, |level, tuning, count| {
        let gaussian = case.gaussian().level(level).tuning(tuning).threads(workers(count));
        gaussian.plan(&case.shape).expect("a valid request")
    });
}

/// Radii on both sides of every one up to which rows are summed as they lie, in every mode, of
/// every parity, and of two terms.
#[test]
fn no_bit_depends_on_the_radius_of_sums_in_rows() {
    for (i, radius) in [4, 5, 6, 7, 8, 9, 12, 13, 15, 16, 17, 20].into_iter().enumerate() {
        let (first, second) =
            (Mode::ALL[i % Mode::ALL.len()], Mode::ALL[(i + 2) % Mode::ALL.len()]);
        let case = Case::image([37, 230], [1.5, radius as f64 / 3.0]).radii(&[3, radius]);
        let case = case.modes(&[first, second]).cval(0.5);
        check_case::<f32>(&case);
        check_case::<f64>(&case.clone().orders(&[0, 1]));
        check_case::<f32>(&case.clone().orders(&[1, 2]).precision(Precision::Double));
        check_case::<u8>(&case);
        check_case::<i16>(&case.clone().rounding(Rounding::Scipy));
        check_case::<i64>(&case);
        let terms = case.clone().radii(&[radius, radius]);
        check::<f32>(&case.shape, &terms, |level, tuning, count| {
            let along: Vec<&Along> = terms.along.iter().collect();
            let filter = terms.configured(GradientMagnitude::new(2.0).radius(Some(radius)), &along);
            let filter = filter.level(level).tuning(tuning).threads(workers(count));
            filter.plan(&terms.shape).expect("a valid request")
        });
    }
}

/// The same of weights without symmetry.
#[test]
fn no_bit_of_listed_weights_depends_on_the_tuning() {
    for taps in [9, 14, 25, 32, 33, 36] {
        let weights: Vec<f64> = (0..taps).map(|tap| f64::from(tap).sin()).collect();
        let case = Case::image([33, 210], [1.0, 1.0]);
        macro_rules! check {
            ($($pixel:ty)*) => {$(
                check::<$pixel>(&case.shape, &case, |level, tuning, count| {
                    let filter = Separable::new(weights.clone()).mode(Mode::Mirror).level(level);
                    let filter = filter.tuning(tuning).threads(workers(count));
                    filter.plan(&case.shape).expect("a valid request")
                });
            )*};
        }
        check!(f32 f64);
    }
}

/// Rows that are a column shorter or longer than a chunk of any width of vectors, or several.
#[test]
fn no_bit_depends_on_the_chunks() {
    for (i, columns) in [
        [215, 216, 217, 239, 240, 241],
        [431, 432, 433, 479, 480, 481],
        [863, 864, 865, 959, 960, 961],
        [1727, 1729, 1919, 1921, 2161, 2401],
    ]
    .into_iter()
    .flatten()
    .enumerate()
    {
        // Large radii, whose rows are transposed at every level.
        let case = Case::image([19, columns], [2.0, 7.0]).mode(Mode::ALL[i % Mode::ALL.len()]);
        check_case::<f32>(&case);
        check_case::<f64>(&case.clone().orders(&[0, 1]));
        check_case::<u16>(&case.clone().rounding(Rounding::Scipy));
        check_case::<u8>(&case);
    }
    // Interleaved images, whose chunks are as without a tuning; and loops in front.
    check_case::<f32>(&Case::new(&[40, 600, 3], &[0, 1], &[1.0, 8.0]).mode(Mode::Wrap));
    check_case::<f32>(&Case::new(&[30, 3, 1100], &[0, 2], &[3.0, 8.0]).mode(Mode::Wrap));
}

/// Outputs that are stored past the caches, whose rows leave strip by strip or beside the sums of
/// both passes: radii on both sides of the one up to which f32 does, groups and bands that are not
/// full, rows shorter and longer than a line, images side by side in memory.
#[test]
fn no_bit_depends_on_how_rows_leave() {
    let streamed = |case: &Case, level: Level, tuning: Tuning, count: usize| {
        let gaussian = case.gaussian().level(level).tuning(tuning).threads(workers(count));
        gaussian.stores(StorePolicy::Streamed)
    };
    macro_rules! check_streamed {
        ($pixel:ty, $case:expr) => {{
            let case = $case;
            check::<$pixel>(&case.shape, &case, |level, tuning, count| {
                let plan = streamed(&case, level, tuning, count).plan(&case.shape);
                plan.expect("a valid request")
            });
        }};
    }
    for (i, radius) in [1, 4, 8, 9, 13].into_iter().enumerate() {
        let mode = Mode::ALL[i % Mode::ALL.len()];
        for columns in [5, 16, 17, 140, 703] {
            let case = Case::image([53, columns], [1.5, 1.0]).radii(&[radius, 2]).mode(mode);
            check_streamed!(f32, case.clone());
            check_streamed!(f64, case.clone());
            check_streamed!(f32, case.precision(Precision::Double));
        }
        let stack = Case::new(&[50, 3, 311], &[0, 2], &[1.0, 2.0]).radii(&[radius, radius]);
        check_streamed!(f32, stack.clone().mode(mode));
        check_streamed!(f64, stack.mode(mode));
        let pixels = Case::new(&[40, 60, 3], &[0, 1], &[1.0, 2.0]).radii(&[radius, radius]);
        check_streamed!(f32, pixels.clone().mode(mode));
        check_streamed!(f64, pixels.mode(mode));
    }
}

#[test]
fn no_bit_of_missing_pixels_depends_on_the_tuning() {
    let case = Case::image([60, 1000], [2.0, 6.0]).mode(Mode::Constant);
    for missing in [Missing::Ignore, Missing::Keep] {
        check::<f32>(&case.shape, &case, |level, tuning, count| {
            let gaussian = case.gaussian().missing(missing).level(level).tuning(tuning);
            gaussian.threads(workers(count)).plan(&case.shape).expect("a valid request")
        });
    }
}

/// Chunks are what the tunings differ in on every machine.
#[test]
fn a_tuning_changes_the_chunks() {
    each_level(|level| {
        let lanes = match level.name() {
            "avx512" => 16,
            "avx2" => 8,
            _ => 4,
        };
        let gaussian = Gaussian::new([3.0, 8.0]).level(level).threads(workers(1));
        let chunk = |tuning| {
            let plan = gaussian.clone().tuning(tuning).plan::<f32, f32>([64, 3000]);
            plan.expect("a valid request").tile().chunk
        };
        let [zen5, golden_cove, generic] = Tuning::ALL.map(chunk);
        assert_eq!(zen5, generic);
        assert!(golden_cove * lanes <= 240 * 16, "{golden_cove} columns at {level}");
    });
}

/// Rows that leave beside the sums of both passes wait in two buffers, which a run of that tuning
/// has: of a band for f64, of a group for f32.
#[test]
fn a_tuning_says_which_rows_leave_beside_both_passes() {
    fn scratch<T: Pixel>(level: Level, tuning: Tuning) -> usize {
        let gaussian = Gaussian::new(1.0).level(level).tuning(tuning).threads(workers(1));
        gaussian.plan::<T, T>([100, 512]).expect("a valid request").scratch_bytes()
    }
    each_level(|level| {
        let lanes = match level.name() {
            "avx512" => 8,
            "avx2" => 4,
            _ => 2,
        };
        let more = scratch::<f64>(level, Tuning::Generic) - scratch::<f64>(level, Tuning::Zen5);
        // Scratch is that of any layout, in which a row has 512 pixels at most, two vectors, and
        // fills an odd number of lines: two bands at least, two groups at most.
        let (least, most) = (2 * lanes * 512 * 8, 2 * 30 * (512 + 2 * lanes + 16) * 8);
        assert!((least..=most).contains(&more), "{more} bytes at {level}");
        let more = scratch::<f32>(level, Tuning::Generic) - scratch::<f32>(level, Tuning::Zen5);
        let (least, most) = (2 * 24 * 512 * 4, 2 * 30 * (512 + 4 * lanes + 32) * 4);
        assert!((least..=most).contains(&more), "{more} bytes at {level}");
    });
}

/// An image and a volume that a cache of 32 MiB treats otherwise than one of 260 MiB: with the
/// caches of [`XEON`], this is what a run of its own by the test below looks at.
#[test]
fn outputs_of_middling_size() {
    let image = Case::image([1024, 1100], [1.0, 1.5]);
    let volume = Case::new(&[33, 470, 470], &[0, 1, 2], &[1.0, 0.5, 0.5]);
    check_case::<f32>(&image);
    check_case::<f32>(&volume);
    if env::var("GAUSSTACK_CACHES").as_deref() != Ok(XEON) {
        return;
    }
    each_level(|level| {
        let plans = Tuning::ALL.map(|tuning| {
            let on_one = |case: &Case| {
                let gaussian = case.gaussian().level(level).tuning(tuning).threads(workers(1));
                gaussian.plan::<f32, f32>(&case.shape).expect("a valid request")
            };
            (on_one(&image), on_one(&volume))
        });
        let [zen5, golden_cove, generic] = &plans;
        // But for the scratch, which rows that leave beside both passes have two buffers of.
        let text = |plan: &Plan<f32, f32>| {
            let text = plan.to_string();
            text.lines().filter(|line| !line.contains("scratch")).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(text(&zen5.0).replace("zen5", "generic"), text(&generic.0));
        assert_eq!(text(&zen5.1).replace("zen5", "generic"), text(&generic.1));
        let stores = [generic, golden_cove].map(|(image, _)| image.stores());
        assert_eq!(stores, [StorePolicy::Cached, StorePolicy::Streamed], "{level}");
        // Half of 32 MiB holds 18 slices, 8 of which are those beside a group.
        assert!(text(&generic.1).contains("slices made 12 at a time"), "{}", generic.1);
        let fewer = if level.name() == "avx512" { 6 } else { 9 };
        let made = format!("slices made {fewer} at a time");
        assert!(text(&golden_cove.1).contains(&made), "{}", golden_cove.1);
        println!("{level}: as described");
    });
}

/// What is described as larger than the cores of this machine have is not counted on.
#[test]
fn a_last_cache_of_strangers_is_not_counted_on() {
    let said = child("tuning::outputs_of_middling_size", "GAUSSTACK_CACHES", Some(XEON));
    each_level(|level| assert!(said.contains(&format!("{level}: as described")), "{said}"));
}

#[test]
fn a_forced_tuning_is_the_plans() {
    for tuning in Tuning::ALL {
        let plan = Gaussian::new(1.0).tuning(tuning).plan::<f32, f32>([40, 50]).expect("valid");
        assert_eq!(plan.tuning(), tuning);
        let named = format!(", tuning {tuning}, ");
        assert!(plan.to_string().contains(&named), "{plan}");
    }
    let unknown = Error::UnknownTuning { name: "zen9".to_owned() };
    assert_eq!(Tuning::from_name("zen9"), Err(unknown.clone()));
    assert_eq!(
        unknown.to_string(),
        "unknown tuning 'zen9' (expected zen5, golden-cove or generic)"
    );
}

/// Run in a process of its own by the test below: prints the tuning that a plan chooses.
#[test]
fn a_plan_says_its_tuning() {
    match Gaussian::new(1.0).plan::<f32, f32>([10, 10]) {
        Ok(plan) => println!("tuning: <{}>", plan.tuning()),
        Err(error @ Error::Environment { .. }) => println!("tuning: <{error}>"),
        Err(error) => panic!("{error}"),
    }
}

/// `GAUSSTACK_TUNING` forces the tuning of every plan that does not force one itself.
#[test]
fn the_environment_forces_a_tuning() {
    let says = |tuning: Option<&str>, expected: &str| {
        let found = child("tuning::a_plan_says_its_tuning", "GAUSSTACK_TUNING", tuning);
        assert!(found.contains(&format!("tuning: <{expected}>")), "{tuning:?}: {found}");
    };
    for tuning in Tuning::ALL {
        says(Some(tuning.name()), tuning.name());
    }
    // Empty is as if it were not set.
    for none in [None, Some("")] {
        says(none, Tuning::detect().name());
    }
    let unknown = Error::UnknownTuning { name: "zen9".to_owned() };
    says(Some("zen9"), &format!("GAUSSTACK_TUNING: {unknown}"));
}
