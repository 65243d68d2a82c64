//! Records what only the build knows: the compiler and its flags.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    if let Some(version) = output(Command::new(rustc).arg("--version")) {
        println!("cargo::rustc-env=GAUSSTACK_RUSTC={version}");
    }
    println!("cargo::rustc-env=GAUSSTACK_FLAGS={}", flags());
}

/// The profile, the optimisation level and what `RUSTFLAGS` adds.
fn flags() -> String {
    let variable = |name| std::env::var(name).unwrap_or_else(|_| "unknown".to_owned());
    // Separated by a character that no flag has.
    let flags = std::env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default().replace('\x1f', " ");
    let flags = if flags.is_empty() { "no RUSTFLAGS".to_owned() } else { flags };
    format!("{} profile, opt-level {}, {flags}", variable("PROFILE"), variable("OPT_LEVEL"))
}

/// A command's trimmed output, if it ran and succeeded.
fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
