//! Records what only the build knows: the compiler and, inside a checkout, the commit.

use std::path::Path;
use std::process::Command;

/// What may change the commit or its dirty mark, seen from the workspace's root.
const WATCHED: [&str; 9] = [
    ".git/HEAD",
    ".git/index",
    ".git/logs/HEAD",
    "Cargo.toml",
    "Cargo.lock",
    "src",
    "kernels",
    "measure",
    "cli",
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    if let Some(version) = output(Command::new(rustc).arg("--version")) {
        println!("cargo::rustc-env=GAUSSTACK_RUSTC={version}");
    }
    println!("cargo::rustc-env=GAUSSTACK_FLAGS={}", flags());
    let Ok(manifest) = std::env::var("CARGO_MANIFEST_DIR") else { return };
    let Some(root) = Path::new(&manifest).parent() else { return };
    if let Some(commit) = commit(root) {
        println!("cargo::rustc-env=GAUSSTACK_COMMIT={commit}");
    }
}

/// The profile, the optimisation level and what `RUSTFLAGS` adds.
fn flags() -> String {
    let variable = |name| std::env::var(name).unwrap_or_else(|_| "unknown".to_owned());
    // Separated by a character that no flag has.
    let flags = std::env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default().replace('\x1f', " ");
    let flags = if flags.is_empty() { "no RUSTFLAGS".to_owned() } else { flags };
    format!("{} profile, opt-level {}, {flags}", variable("PROFILE"), variable("OPT_LEVEL"))
}

/// The commit of the checkout whose root is `root`, marked when files differ from it.
fn commit(root: &Path) -> Option<String> {
    let git = |arguments: &[&str]| {
        output(Command::new("git").arg("--no-optional-locks").arg("-C").arg(root).args(arguments))
    };
    // A crate unpacked inside some other repository must not report that repository's commit.
    let top = Path::new(&git(&["rev-parse", "--show-toplevel"])?).canonicalize().ok()?;
    if top != root.canonicalize().ok()? {
        return None;
    }
    for path in WATCHED {
        let path = root.join(path);
        if path.exists() {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
    let hash = git(&["rev-parse", "--short=12", "HEAD"])?;
    let clean = git(&["status", "--porcelain"])?.is_empty();
    Some(if clean { hash } else { format!("{hash} with changes") })
}

/// A command's trimmed output, if it ran and succeeded.
fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
