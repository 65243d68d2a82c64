//! Every test runs on every instruction level of this CPU, and leaves a record of it.

use std::panic::Location;
use std::path::Path;
use std::{env, fs, thread};

use gausstack::Level;

use super::model::Products;

/// Runs `check` on every level, weakest first.
///
/// `GAUSSTACK_LEVEL_RECORD` names a directory in which each level that was run leaves a file named
/// by the calling source file and the level, `tests.numbers.shapes.rs.avx2`;
/// `GAUSSTACK_REQUIRE_LEVELS` lists, with commas, the levels that must be available. A run from
/// outside can so tell a level that passed from one that was never met.
#[track_caller]
pub(crate) fn each_level(mut check: impl FnMut(Level)) {
    run_each_level(&mut check, Location::caller().file());
}

/// Compiled once, whatever the check.
fn run_each_level(check: &mut dyn FnMut(Level), file: &str) {
    for level in available() {
        let context = Context(level);
        check(level);
        drop(context);
        record(level, file);
    }
}

/// All levels, after a look at those that are required.
pub(crate) fn available() -> Vec<Level> {
    let levels = Level::available();
    assert!(!levels.is_empty(), "no level is available");
    let required = env::var("GAUSSTACK_REQUIRE_LEVELS").unwrap_or_default();
    for name in required.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        assert!(
            levels.iter().any(|level| level.name() == name),
            "level {name} is required but not among {levels:?}",
        );
    }
    levels
}

/// How a level adds the products of f32 sums.
pub(crate) fn products(level: Level) -> Products {
    if level.fuses() { Products::Fused } else { Products::Rounded }
}

fn record(level: Level, file: &str) {
    if let Some(directory) = env::var_os("GAUSSTACK_LEVEL_RECORD") {
        let name = format!("{}.{}", file.replace(['/', '\\'], "."), level.name());
        let file = Path::new(&directory).join(name);
        fs::write(&file, "").unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
}

/// Tells the level of a check that panicked.
struct Context(Level);

impl Drop for Context {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the failed check ran on level {}", self.0.name());
        }
    }
}
