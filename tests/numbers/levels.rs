//! The instruction levels themselves: their names, how one is forced, and how they compare.

use crate::common::case::Case;
use crate::common::child::child;
use crate::common::compare::{same_bits, within};
use crate::common::inputs::{Distribution, magnitude, random, widen};
use crate::common::levels::{available, each_level};
use crate::common::reference::{self, NATIVE_ERROR};
use crate::common::sweep;
use gausstack::{Error, Gaussian, Level, LevelError, Precision};
use ndarray::ArrayD;

/// All names there are.
const NAMES: [&str; 3] = ["portable", "avx2", "avx512"];

#[test]
fn the_weakest_level_is_portable_and_the_best_is_detected() {
    let levels = available();
    assert_eq!(levels[0].name(), "portable");
    assert_eq!(levels.last(), Some(&Level::detect()));
    let ranks: Vec<_> =
        levels.iter().map(|level| NAMES.iter().position(|name| *name == level.name())).collect();
    assert!(ranks.is_sorted() && !ranks.contains(&None), "{levels:?} is not weakest first");
    for pair in ranks.windows(2) {
        assert_ne!(pair[0], pair[1], "{levels:?} has a level twice");
    }
    for level in levels {
        assert_eq!(level.to_string(), level.name());
        assert_eq!(level.fuses(), level.name() != "portable" || cfg!(target_feature = "fma"));
    }
}

#[test]
fn names_give_levels_or_say_why_not() {
    for name in NAMES {
        match available().into_iter().find(|level| level.name() == name) {
            Some(level) => assert_eq!(Level::from_name(name), Ok(level)),
            None => {
                let absent = LevelError::Absent { name };
                assert_eq!(Level::from_name(name), Err(absent));
            }
        }
    }
    for name in ["", "AVX2", "avx", "avx1024", "sse2 "] {
        let unknown = LevelError::Unknown { name: name.to_owned() };
        assert_eq!(Level::from_name(name), Err(unknown));
    }
}

#[test]
fn a_forced_level_is_the_plans() {
    each_level(|level| {
        let plan = Gaussian::new(1.0).level(level).plan::<f32, f32>([40, 50]).expect("valid");
        assert_eq!(plan.level(), level);
        assert!(plan.to_string().contains(level.name()), "{plan} does not name {level}");
    });
}

/// Levels that fuse have each other's bits; f64 has them on all levels.
#[test]
fn levels_have_each_others_bits() {
    let cases = [sweep::images(), sweep::volumes(), sweep::large()[..2].to_vec()].concat();
    for (seed, case) in cases.iter().enumerate() {
        let data: ArrayD<f32> = random(Distribution::ALL[seed % 3], &case.shape, seed as u64);
        let doubled = widen(&data);
        let double = case.clone().precision(Precision::Double);
        let on = |case: &Case, level| {
            case.gaussian().level(level).apply(&data).expect("a valid request")
        };
        let on_f64 = |level| case.gaussian().level(level).apply(&doubled).expect("a valid request");
        let (first, best) = (available()[0], Level::detect());
        let (expected, expected_double) = (on(case, best), on(&double, first));
        let expected_f64 = on_f64(first);
        let bound = 2.0 * reference::bound(case, magnitude(&data), NATIVE_ERROR);
        each_level(|level| {
            if level.fuses() == best.fuses() {
                same_bits(&on(case, level), &expected, case);
            } else {
                within(&on(case, level), &widen(&expected), bound, case);
            }
            same_bits(&on(&double, level), &expected_double, &double);
            same_bits(&on_f64(level), &expected_f64, ("f64", case));
        });
    }
}

/// Run in a process of its own by the test below: prints the level that a plan chooses.
#[test]
fn a_plan_says_its_level() {
    match Gaussian::new(1.0).plan::<f32, f32>([10, 10]) {
        Ok(plan) => println!("planned level: <{}>", plan.level().name()),
        Err(error @ Error::Environment { .. }) => println!("no level: <{error}>"),
        Err(error) => panic!("{error}"),
    }
}

/// `GAUSSTACK_LEVEL` forces the level of every plan that does not force one itself.
#[test]
fn the_environment_forces_a_level() {
    let child = |level| child("levels::a_plan_says_its_level", "GAUSSTACK_LEVEL", level);
    assert!(child(None).contains(&format!("planned level: <{}>", Level::detect().name())));
    for name in NAMES {
        let found = child(Some(name));
        if available().iter().any(|level| level.name() == name) {
            assert!(found.contains(&format!("planned level: <{name}>")), "{name}: {found}");
        } else {
            let absent = LevelError::Absent { name };
            let said = format!("no level: <GAUSSTACK_LEVEL: {absent}>");
            assert!(found.contains(&said), "{name}: {found}");
        }
    }
    let unknown = LevelError::Unknown { name: "avx9".to_owned() };
    let found = child(Some("avx9"));
    assert!(found.contains(&format!("no level: <GAUSSTACK_LEVEL: {unknown}>")), "{found}");
    // Empty is as if it were not set.
    assert!(child(Some("")).contains(&format!("planned level: <{}>", Level::detect().name())));
}

/// So are the sizes of caches, which decide tiles alone.
#[test]
fn the_environment_forces_cache_sizes() {
    let tile = |caches: &str| {
        let stdout = child("levels::a_plan_says_its_tile", "GAUSSTACK_CACHES", Some(caches));
        let line = stdout.lines().find_map(|line| line.split_once("tile: ")).map(|(_, said)| said);
        line.unwrap_or_else(|| panic!("no tile in {stdout}")).to_owned()
    };
    let (small, large) = (tile("256K,6M"), tile("8M,64M"));
    assert!(small.starts_with("TileShape") && large.starts_with("TileShape"), "{small}, {large}");
    assert_ne!(small, large);
    let wrong = tile("many");
    assert!(wrong.contains("GAUSSTACK_CACHES") && wrong.contains("'many'"), "{wrong}");
}

/// Run in a process of its own by the test above.
#[test]
fn a_plan_says_its_tile() {
    match Gaussian::new(3.0).plan::<f32, f32>([3000, 20_000]) {
        Ok(plan) => println!("tile: {:?}", plan.tile()),
        Err(error) => println!("tile: {error}"),
    }
}
