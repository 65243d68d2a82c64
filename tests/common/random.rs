//! Checks of random values, all through one instance of proptest's runner: it is compiled for
//! boxed strategies alone, and not anew for each test.

use std::fmt::Debug;

use proptest::strategy::BoxedStrategy;
use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};

/// Runs `check` on values of a strategy: on `cases` of them, or on so many times more with
/// `GAUSSTACK_HEAVY=1`. Panics with the smallest value found that fails.
///
/// Failures are kept beside the tests and are run first from then on.
#[track_caller]
pub(crate) fn for_random<T: Debug>(
    strategy: BoxedStrategy<T>,
    (cases, times): (u32, u32),
    check: impl Fn(T),
) {
    run(strategy, if super::heavy() { times * cases } else { cases }, &check);
}

#[track_caller]
fn run<T: Debug>(strategy: BoxedStrategy<T>, cases: u32, check: &dyn Fn(T)) {
    let failures = FileFailurePersistence::Direct("tests/random.regressions");
    let mut runner = TestRunner::new(Config {
        failure_persistence: Some(Box::new(failures)),
        ..Config::with_cases(cases)
    });
    let result = runner.run(&strategy, |value| {
        check(value);
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}\n{runner}");
    }
}
