//! Tests that run in a process of their own, for what the environment changes.

use std::env;
use std::process::{Command, Output};

/// Runs one test of this program with a variable set, or without it, and returns what it printed.
pub(crate) fn child(test: &str, variable: &str, value: Option<&str>) -> String {
    let mut command = Command::new(env::current_exe().expect("the test binary has a path"));
    command.args(["--exact", test, "--nocapture"]);
    match value {
        Some(value) => command.env(variable, value),
        None => command.env_remove(variable),
    };
    let Output { stdout, stderr, status } = command.output().expect("the test binary runs");
    let said = String::from_utf8_lossy(&stdout).into_owned();
    assert!(status.success(), "{said}\n{}", String::from_utf8_lossy(&stderr));
    said
}
