//! Runs that are killed at any moment, and runs that go on with what those left.

#![cfg(unix)]

mod common;

use std::fs;
use std::path::Path;
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

const OUTPUTS: [&str; 3] = ["out.npy", "out.h5:/entry/data", "out.h5:/packed"];

fn case() -> Case {
    let mut random = fastrand::Rng::with_seed(5);
    let pixels: Vec<f32> = (0..SHAPE.iter().product()).map(|_| random.f32()).collect();
    Case::new(&npy("<f4", false, &SHAPE, &bytes_f32(&pixels)))
}

/// A run onto an output.
fn run(case: &Case, output: &str, more: &[&str]) -> Command {
    let mut command = common::gausstack();
    command.arg("filter").arg(&case.input).arg(case.path().join(output)).args(ARGUMENTS);
    if output.ends_with("/packed") {
        command.args(["--chunks", "2,100,256", "--compress", "gzip:1"]);
    }
    command.args(more).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn ended(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    (output.status.code(), text(&output.stderr))
}

/// The result as a .npy file, whose bytes are compared.
fn result(case: &Case, output: &str) -> Vec<u8> {
    let file = case.path().join("result.npy");
    let mut copy = common::gausstack();
    copy.arg("filter").arg(case.path().join(output)).arg(&file).args(["--sigma", "0"]);
    let copied = copy.output().unwrap();
    assert!(copied.status.success(), "{}", text(&copied.stderr));
    let bytes = fs::read(&file).unwrap();
    fs::remove_file(file).unwrap();
    bytes
}

fn file_of(case: &Case, output: &str) -> std::path::PathBuf {
    case.path().join(Path::new(output.split(':').next().unwrap()))
}

#[test]
fn killed_at_any_moment_a_run_goes_on_to_the_right_result() {
    let moments = if std::env::var_os("GAUSSTACK_HEAVY").is_some_and(|heavy| heavy == "1") {
        100
    } else {
        20
    };
    let case = case();
    let start = Instant::now();
    assert_eq!(ended(run(&case, "whole.npy", &[]).spawn().unwrap()).0, Some(0));
    let whole = start.elapsed();
    let expected = result(&case, "whole.npy");
    fs::remove_file(case.path().join("whole.npy")).unwrap();

    let seed = fastrand::u64(..);
    println!("seed {seed}, a run takes {whole:?}");
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut killed, mut results) = (0, 0);
    for output in OUTPUTS.into_iter().cycle() {
        let file = file_of(&case, output);
        while !file.exists() {
            let mut child = run(&case, output, &["--resume"]).spawn().unwrap();
            if killed < moments {
                std::thread::sleep(whole.mul_f64(0.5 * random.f64()));
                if child.try_wait().unwrap().is_none() {
                    child.kill().unwrap();
                    killed += 1;
                }
            }
            let (status, said) = ended(child);
            match status {
                Some(0) => assert!(file.exists()),
                None => assert!(!file.exists() || result(&case, output) == expected),
                other => panic!("{other:?}: {said}"),
            }
        }
        assert!(result(&case, output) == expected, "{output} after {killed} moments, seed {seed}");
        results += 1;
        fs::remove_file(&file).unwrap();
        // Killed between the name and its last step, or while a spool became a file.
        for left in ["out.npy.part.journal", "out.h5.part", "out.h5.part.journal"] {
            let _ = fs::remove_file(case.path().join(left));
        }
        for hidden in case.files().into_iter().filter(|name| name.starts_with(".gausstack-")) {
            fs::remove_file(case.path().join(hidden)).unwrap();
        }
        assert_eq!(case.files(), ["in.npy"]);
        if killed == moments && results >= 3 {
            break;
        }
    }
    println!("{killed} kills, {results} results");
}

#[test]
fn a_signal_keeps_what_was_written_and_says_how_to_go_on() {
    let case = case();
    for output in OUTPUTS {
        let file = file_of(&case, output);
        let part = file.file_name().unwrap().to_str().unwrap().to_owned() + ".part";
        for name in ["-TERM", "-INT"] {
            let child = run(&case, output, &[]).spawn().unwrap();
            let journal = case.path().join(format!("{part}.journal"));
            let start = Instant::now();
            // Until some slabs are in the journal.
            while fs::read_to_string(&journal).map_or(0, |text| text.matches("slab ").count()) < 4 {
                assert!(start.elapsed() < Duration::from_secs(60), "no slab was written");
                std::thread::sleep(Duration::from_millis(5));
            }
            assert!(
                Command::new("kill")
                    .args([name, &child.id().to_string()])
                    .status()
                    .unwrap()
                    .success()
            );
            let (status, said) = ended(child);
            assert_eq!(status, Some(130), "{said}");
            let fact = format!("{part}' keeps what was written, --resume goes on with it\n");
            assert!(said.starts_with("gausstack: stopped; '") && said.ends_with(&fact), "{said}");
            assert!(!file.exists());

            let refused = run(&case, output, &[]).output().unwrap();
            common::assert_error(&refused, "--resume goes on with it, --force begins anew");
            let mut other = common::gausstack();
            other.arg("filter").arg(&case.input).arg(case.path().join(output));
            other.args(["--sigma", "2", "--slice-axis", "0", "--memory", "6MB", "--resume"]);
            if output.ends_with("/packed") {
                other.args(["--chunks", "2,100,256", "--compress", "gzip:1"]);
            }
            let fact = "its filter was ";
            common::assert_error(&other.output().unwrap(), fact);

            let dry = run(&case, output, &["--dry-run"]).output().unwrap();
            assert!(text(&dry.stdout).contains("is left of an earlier run: --resume"));
            let resumed = run(&case, output, &["--resume"]).output().unwrap();
            assert!(resumed.status.success(), "{}", text(&resumed.stderr));
            let told = text(&resumed.stdout);
            assert!(told.lines().nth(1).is_some_and(|line| line.contains(" slabs in ")), "{told}");
            assert!(file.exists() && case.files().len() == 2, "{:?}", case.files());
            fs::remove_file(&file).unwrap();
        }
    }
}

#[test]
fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let case = case();
    for output in ["out.npy", "out.h5:/entry/data"] {
        let dry = run(&case, output, &["--dry-run"]).output().unwrap();
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
    let chunked =
        run(&case, "o.h5:/d", &["--dry-run", "--chunks", "32,16,64", "--compress", "gzip"]);
    let told = text(&{ chunked }.output().unwrap().stdout);
    assert!(told.contains("times, in chunks or pages of [32, 16, 64]: slabs of "), "{told}");
    assert!(told.contains("cut through those of 32 along axis 0"), "{told}");
}
