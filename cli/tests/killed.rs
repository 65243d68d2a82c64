//! Runs that are killed at any moment, and runs that go on with what those left.

#![cfg(unix)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{Case, bytes_f32, npy, text};

/// 60 slices, of which a slab holds few, and so many taps that a run takes a second or more.
const SHAPE: [usize; 3] = [60, 256, 256];
const ARGUMENTS: [&str; 10] = [
    "--sigma",
    "300",
    "--radius",
    "1500",
    "--slice-axis",
    "0",
    "--threads",
    "1",
    "--memory",
    "6MB",
];

/// An output that a run can go on with.
#[derive(Clone, Copy)]
struct Output {
    /// Its file, or the folder of a store.
    file: &'static str,
    /// The data set in it.
    set: &'static str,
    /// How it is stored.
    options: &'static [&'static str],
}

const fn output(file: &'static str, set: &'static str, options: &'static [&'static str]) -> Output {
    Output { file, set, options }
}

const PACKED: &[&str] = &["--chunks", "2,100,256", "--compress", "gzip:1"];

fn case() -> Case {
    let mut random = fastrand::Rng::with_seed(5);
    let pixels: Vec<f32> = (0..SHAPE.iter().product()).map(|_| random.f32()).collect();
    Case::new(&npy("<f4", false, &SHAPE, &bytes_f32(&pixels)))
}

/// A run onto an output.
fn run(case: &Case, output: Output, more: &[&str]) -> Command {
    let mut command = common::gausstack();
    command.arg("filter").arg(&case.input).arg(output.name(case)).args(ARGUMENTS);
    command.args(output.options).args(more).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn ended(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    (output.status.code(), text(&output.stderr))
}

impl Output {
    fn name(self, case: &Case) -> PathBuf {
        let mut name = case.path().join(self.file).into_os_string();
        name.push(self.set);
        name.into()
    }

    fn file(self, case: &Case) -> PathBuf {
        case.path().join(self.file)
    }

    fn part(self) -> String {
        format!("{}.part", self.file)
    }

    fn journal(self) -> String {
        format!("{}.part.journal", self.file)
    }

    /// The result as a .npy file, whose bytes are compared.
    fn result(self, case: &Case) -> Vec<u8> {
        let file = case.path().join("result.npy");
        let mut copy = common::gausstack();
        copy.arg("filter").arg(self.name(case)).arg(&file).args(["--sigma", "0"]);
        let copied = copy.output().unwrap();
        assert!(copied.status.success(), "{}", text(&copied.stderr));
        let bytes = fs::read(&file).unwrap();
        fs::remove_file(file).unwrap();
        bytes
    }
}

/// Removes a file or a folder, if there is one.
fn remove(path: &Path) {
    if path.is_dir() {
        fs::remove_dir_all(path).unwrap();
    } else if path.exists() {
        fs::remove_file(path).unwrap();
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Runs are stopped at random moments, each sixth by SIGTERM, the others by SIGKILL, until one comes
/// to its end: its result is right, and nothing has its name before.
fn goes_on_after_any_moment(output: Output) {
    let moments =
        if std::env::var_os("GAUSSTACK_HEAVY").is_some_and(|heavy| heavy == "1") { 24 } else { 4 };
    let case = case();
    let whole = self::output("whole.npy", "", &[]);
    let start = Instant::now();
    assert_eq!(ended(run(&case, whole, &[]).spawn().unwrap()).0, Some(0));
    let took = start.elapsed();
    let expected = whole.result(&case);
    remove(&whole.file(&case));

    let seed = fastrand::u64(..);
    println!("seed {seed}, a run takes {took:?}");
    let mut random = fastrand::Rng::with_seed(seed);
    let (file, mut stopped, mut results) = (output.file(&case), 0, 0);
    while stopped < moments || results == 0 {
        while !file.exists() {
            let mut child = run(&case, output, &["--resume"]).spawn().unwrap();
            if stopped < moments {
                std::thread::sleep(took.mul_f64(0.5 * random.f64()));
                if child.try_wait().unwrap().is_none() {
                    signal(&child, if stopped % 6 == 5 { "-TERM" } else { "-KILL" });
                    stopped += 1;
                }
            }
            let (status, said) = ended(child);
            match status {
                Some(0) => assert!(file.exists()),
                Some(130) => assert!(said.starts_with("gausstack: stopped"), "{said}"),
                None => assert!(!file.exists() || output.result(&case) == expected),
                other => panic!("{other:?}: {said}"),
            }
        }
        assert!(output.result(&case) == expected, "after {stopped} moments, seed {seed}");
        results += 1;
        remove(&file);
        // Killed between the name and its last step, or while a spool became a file.
        remove(&case.path().join(output.journal()));
        remove(&case.path().join(output.part()));
        for hidden in case.files().into_iter().filter(|name| name.starts_with(".gausstack-")) {
            remove(&case.path().join(hidden));
        }
        assert_eq!(case.files(), ["in.npy"]);
    }
    println!("stopped {stopped} times, {results} results");
}

/// A signal keeps what was written, and the message says how to go on.
fn signals_keep_what_was_written(output: Output) {
    let case = case();
    let (file, part) = (output.file(&case), output.part());
    for name in ["-TERM", "-INT"] {
        let child = run(&case, output, &[]).spawn().unwrap();
        let journal = case.path().join(output.journal());
        let start = Instant::now();
        // Until some slabs are in the journal.
        while fs::read_to_string(&journal).map_or(0, |text| text.matches("slab ").count()) < 4 {
            assert!(start.elapsed() < Duration::from_secs(60), "no slab was written");
            std::thread::sleep(Duration::from_millis(5));
        }
        signal(&child, name);
        let (status, said) = ended(child);
        assert_eq!(status, Some(130), "{said}");
        let fact = format!("{part}' keeps what was written, --resume goes on with it\n");
        assert!(said.starts_with("gausstack: stopped; '") && said.ends_with(&fact), "{said}");
        assert!(!file.exists());

        let refused = run(&case, output, &[]).output().unwrap();
        common::assert_error(&refused, "--resume goes on with it, --force begins anew");
        let mut other = common::gausstack();
        other.arg("filter").arg(&case.input).arg(output.name(&case)).args(output.options);
        other.args(["--sigma", "2", "--slice-axis", "0", "--memory", "6MB", "--resume"]);
        let fact = "its filter was ";
        common::assert_error(&other.output().unwrap(), fact);

        let dry = run(&case, output, &["--dry-run"]).output().unwrap();
        assert!(text(&dry.stdout).contains("is left of an earlier run: --resume"));
        let resumed = run(&case, output, &["--resume"]).output().unwrap();
        assert!(resumed.status.success(), "{}", text(&resumed.stderr));
        let told = text(&resumed.stdout);
        assert!(told.lines().nth(1).is_some_and(|line| line.contains(" slabs in ")), "{told}");
        assert!(file.exists() && case.files().len() == 2, "{:?}", case.files());
        remove(&file);
    }
}

// A module for each, so that they run side by side.
macro_rules! outputs {
    ($($name:ident: $output:expr;)*) => {$(
        mod $name {
            #[test]
            fn goes_on_after_any_moment() {
                super::goes_on_after_any_moment($output);
            }

            #[test]
            fn signals_keep_what_was_written() {
                super::signals_keep_what_was_written($output);
            }
        }
    )*};
}

outputs! {
    npy: super::output("out.npy", "", &[]);
    tiff: super::output("out.tif", "", &[]);
    hdf5: super::output("out.h5", ":/entry/data", &[]);
    hdf5_in_chunks: super::output("out.h5", ":/entry/data", super::PACKED);
    zarr: super::output("out.zarr", "", super::PACKED);
}

#[test]
fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let case = case();
    for dry in [output("out.npy", "", &[]), output("out.h5", ":/entry/data", &[])] {
        let dry = run(&case, dry, &["--dry-run"]).output().unwrap();
        let told = text(&dry.stdout);
        assert!(dry.status.success(), "{}", text(&dry.stderr));
        for fact in [
            "in.npy': f32 [60, 256, 256] in C order",
            "60 slices of [256, 256]",
            "axis 1: radius 1500, order 0, reflect",
            "slabs of shape [60, 256, 256]: ",
            "input read once, in chunks or pages of [1, 4, 256]",
            "output written once, in chunks or pages of ",
            "memory ",
            " of 5.7 MiB: 2 x ",
        ] {
            assert!(told.contains(fact), "'{fact}' in {told}");
        }
        assert_eq!(case.files(), ["in.npy"]);
    }
    let chunked = output("o.h5", ":/d", &["--chunks", "32,16,64", "--compress", "gzip"]);
    let told = text(&run(&case, chunked, &["--dry-run"]).output().unwrap().stdout);
    assert!(told.contains("times, in chunks or pages of [32, 16, 64]: slabs of "), "{told}");
    assert!(told.contains("cut through those of 32 along axis 0"), "{told}");
}
