//! Runs that the system or the user cuts short leave nothing behind.

#![cfg(unix)]

mod common;

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::dtype::named;
use common::{Case, npy, text};

/// Runs the binary below `sh -c "LIMITS; exec gausstack ..."`.
fn limited(case: &Case, limits: &str, arguments: &[&str]) -> Output {
    limited_to(case, &case.output, limits, arguments)
}

fn limited_to(case: &Case, output: &Path, limits: &str, arguments: &[&str]) -> Output {
    Command::new("sh")
        .args(["-c", &format!("{limits}; exec \"$0\" \"$@\"")])
        .arg(env!("CARGO_BIN_EXE_gausstack"))
        .arg("filter")
        .args([&case.input, output])
        .args(arguments)
        .output()
        .unwrap()
}

/// Noise, which gzip makes no smaller: 40 kB, or five times as much.
fn noise(slices: usize) -> Case {
    let values = (0..slices * 10_000).map(|_| fastrand::f32()).collect::<Vec<_>>();
    Case::new(&npy("<f4", false, &[slices, 100, 100], &common::bytes_f32(&values)))
}

/// Ways to write: an output, more arguments, and what is left where the disk is full behind the first
/// slab. The second of each takes several slabs.
const WAYS: [(&str, &[&str], &[&str]); 7] = [
    ("out.npy", &[], &[]),
    ("out.npy", &["--memory", "1700kB"], &[]),
    ("out.h5:/a/b", &[], &[]),
    ("out.h5:/a/b", &["--memory", "1700kB"], &[]),
    ("out.h5:/a/b", &["--compress", "gzip"], &[]),
    (
        "out.h5:/a/b",
        &["--compress", "gzip", "--chunks", "1,100,100", "--memory", "1900kB"],
        &["out.h5.part", "out.h5.part.journal"],
    ),
    ("out.zarr", &["--compress", "gzip"], &[]),
];
const SLICES: [&str; 6] = ["--sigma", "1", "--slice-axis", "0", "--threads", "1"];

#[test]
fn a_file_that_may_not_grow() {
    // Against a limit of some blocks of 512 bytes, met in the middle of the data.
    let case = noise(5);
    for (output, more, left) in WAYS {
        let path = case.path().join(output);
        let arguments = [&SLICES[..], more].concat();
        let output = limited_to(&case, &path, "trap '' XFSZ; ulimit -f 80", &arguments);
        common::assert_error(&output, "could not write '");
        common::assert_error(&output, "File too large");
        assert_eq!(case.files(), [&["in.npy"], left].concat(), "{path:?}");
        if !left.is_empty() {
            common::assert_error(&output, "keeps what was written, --resume goes on with it");
            let resumed = limited_to(&case, &path, ":", &[&arguments[..], &["--resume"]].concat());
            assert!(resumed.status.success(), "{}", text(&resumed.stderr));
            std::fs::remove_file(case.path().join("out.h5")).unwrap();
            assert_eq!(case.files(), ["in.npy"]);
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk() {
    let case = noise(5);
    let script = "mount -t tmpfs -o size=64k none \"$1\" || exit 99
        \"$0\" filter \"$2\" \"$1/$3\" $4
        status=$?
        ls -A \"$1\"
        exit $status";
    let folder = case.path().join("small");
    for (output, more, left) in WAYS {
        std::fs::create_dir(&folder).unwrap();
        let output = Command::new("unshare")
            .args(["--map-root-user", "--mount", "sh", "-c", script])
            .arg(env!("CARGO_BIN_EXE_gausstack"))
            .args([&folder, &case.input])
            .args([output, &[&SLICES[..], more].concat().join(" ")])
            .output();
        std::fs::remove_dir(&folder).unwrap();
        match output {
            // What the file system has left is part of standard output.
            Ok(mut output)
                if output.status.code() == Some(1)
                    && text(&output.stderr).contains("gausstack") =>
            {
                let found = text(&std::mem::take(&mut output.stdout));
                assert_eq!(found.lines().collect::<Vec<_>>(), left, "{more:?}");
                case.assert_failed(&output, "No space left on device");
            }
            Ok(output) if output.status.success() => panic!("200 kB went into 64 kB"),
            _ => println!("not tested: no small file system can be mounted here"),
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn memory_that_is_not_there() {
    // 3 GiB that take no room on the disk, and room for one copy of them.
    let shape = [3 << 18, 1 << 10];
    let header = npy("<f4", false, &shape, &[]);
    let case = Case::new(&header);
    let mut file = File::options().append(true).open(&case.input).unwrap();
    if let Err(error) = file.set_len(header.len() as u64 + (3 << 30)) {
        println!("not tested: no sparse file here: {error}");
        return;
    }
    file.seek(SeekFrom::End(0)).unwrap();
    file.flush().unwrap();
    // A kernel as long as the array needs all of it.
    let arguments = ["--sigma", "1", "--radius", "800000,1", "--threads", "1", "--memory", "99GB"];
    let output = limited(&case, "ulimit -v 4500000", &arguments);
    case.assert_failed(&output, "could not reserve 3221225472 bytes");
    let arguments = ["--sigma", "1", "--slice-axis", "0", "--threads", "1"];
    let output = limited(&case, "true", &[&arguments[..], &["--memory", "100kB"]].concat());
    case.assert_failed(&output, "the smallest slab of '");
}

/// A run of many short slices that takes half a minute at least.
const LONG_SHAPE: [usize; 3] = [2000, 64, 64];
const LONG: [&str; 8] =
    ["--sigma", "500", "--radius", "200000", "--slice-axis", "0", "--threads", "1"];

/// How soon a run must be over once it was told to stop: far less than the work that is left, on
/// the busiest machine.
const SOON: Duration = Duration::from_secs(5);

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Starts a run, sends a signal after a while and checks that the run stops at once and what it
/// leaves.
fn stopped_by(name: &str, case: &Case, arguments: &[&str], delay: Duration) {
    let mut command = case.command(arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(delay);
    assert!(child.try_wait().unwrap().is_none(), "ended by itself: {arguments:?}");
    let signalled = Instant::now();
    signal(&child, name);
    let output = child.wait_with_output().unwrap();
    let stopped = signalled.elapsed();
    println!("{name} after {delay:?}, {arguments:?}: {stopped:?}");
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "gausstack: stopped, nothing was written\n");
    assert_eq!(text(&output.stdout), "");
    assert_eq!(case.files(), ["in.npy"]);
    assert!(stopped < SOON, "took {stopped:?} to stop");
}

#[test]
fn every_signal_stops_at_once_and_leaves_nothing() {
    let case = Case::ones(&LONG_SHAPE);
    for name in ["-INT", "-TERM", "-HUP"] {
        for milliseconds in [200, 700] {
            stopped_by(name, &case, &LONG, Duration::from_millis(milliseconds));
        }
    }
}

/// Weights take seconds, and nobody asks meanwhile.
#[test]
fn weights_are_no_reason_to_wait() {
    let case = Case::ones(&[1000]);
    let delay = Duration::from_millis(300);
    stopped_by("-INT", &case, &["--sigma", "1", "--radius", "100000000"], delay);
    stopped_by("-TERM", &case, &["--sigma", "2e7"], delay);
}

/// Whatever it is doing: starting, reading, planning, filtering or writing.
#[test]
fn a_signal_at_any_time_leaves_nothing_or_all() {
    let case = Case::ones(&[200, 100, 100]);
    let arguments = ["--sigma", "2", "--force"];
    for delay in [0, 1, 2, 3, 5, 8, 12, 20, 30, 50, 80] {
        let mut command = case.command(&arguments);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        signal(&child, "-TERM");
        let status = child.wait().unwrap();
        match (status.code(), status.signal()) {
            (Some(0), _) => {
                assert_eq!(case.files(), ["in.npy", "out.npy"]);
                let bytes = case.data(named("f32"), false).len();
                assert_eq!(bytes, 4 * 200 * 100 * 100);
                std::fs::remove_file(&case.output).unwrap();
            }
            // Before it could watch, or after.
            (None, Some(15)) | (Some(130), _) => assert_eq!(case.files(), ["in.npy"]),
            other => panic!("{other:?} after {delay} ms"),
        }
    }
}

/// The first signal cannot be told of here, since nobody reads what the program says; the second
/// one ends it all the same.
#[test]
fn the_second_signal_waits_for_nothing() {
    let case = Case::ones(&LONG_SHAPE);
    let (reader, writer) = std::io::pipe().unwrap();
    let mut full = writer.try_clone().unwrap();
    // Blocks once the pipe is full, until its reader is gone.
    let filling = std::thread::spawn(move || drop(full.write_all(&vec![b' '; 16 << 20])));
    std::thread::sleep(Duration::from_millis(200));
    let mut child = case.command(&LONG).stderr(writer).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    signal(&child, "-INT");
    std::thread::sleep(Duration::from_millis(500));
    assert!(child.try_wait().unwrap().is_none(), "the first signal was told of");
    let signalled = Instant::now();
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(signalled.elapsed() < SOON, "{:?}", signalled.elapsed());
    assert_eq!(case.files(), ["in.npy"]);
    drop(reader);
    filling.join().unwrap();
}

/// `nohup` and a shell's background jobs ignore signals; so does what they start.
#[test]
#[cfg(target_os = "linux")]
fn signals_that_were_ignored_stay_so() {
    let case = Case::ones(&[1000]);
    let script = "trap '' HUP INT; exec \"$0\" \"$@\"";
    let mut child = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_gausstack"), "filter"])
        .args([&case.input, &case.output])
        .args(["--sigma", "1", "--radius", "100000000"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    signal(&child, "-HUP");
    signal(&child, "-INT");
    std::thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none(), "stopped all the same");
    signal(&child, "-TERM");
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

/// A pipe is refused by name; opening it would wait for somebody who writes to it.
#[test]
fn pipes_are_refused_and_not_waited_for() {
    let case = Case::ones(&[4, 4]);
    let elsewhere = tempfile::tempdir().unwrap();
    let pipe = elsewhere.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let start = Instant::now();
    let mut command = common::gausstack();
    command.arg("filter").args([&pipe, &case.output]).args(["--sigma", "1"]);
    case.assert_failed(&command.output().unwrap(), "pipe' is a named pipe, not a regular file");
    let mask = ["--sigma", "1", "--mask", pipe.to_str().unwrap()];
    case.assert_failed(&case.run(&mask), "pipe' is a named pipe, not a regular file");
    let mut command = common::gausstack();
    command.arg("filter").args([&case.input, &pipe]).args(["--sigma", "1", "--force"]);
    case.assert_failed(&command.output().unwrap(), "pipe' is a named pipe, not a regular file");
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}

/// Nothing is left of a run that was killed, where the file system has files without names.
#[test]
#[cfg(target_os = "linux")]
fn a_killed_run_leaves_nothing_or_is_told_of() {
    let case = Case::ones(&LONG_SHAPE);
    let mut child = case.command(&LONG).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(700));
    child.kill().unwrap();
    child.wait().unwrap();
    for name in case.files().iter().filter(|name| *name != "in.npy") {
        assert!(name.starts_with(".gausstack-") && name.ends_with(".part"), "{name}");
        println!("this file system has no files without names: {name}");
        std::fs::remove_file(case.path().join(name)).unwrap();
    }
    // What an older one left is told by the next, and one that is being written is not.
    std::fs::write(case.path().join(".gausstack-abc.part"), "rest").unwrap();
    let written = File::create(case.path().join(".gausstack-def.part")).unwrap();
    written.lock().unwrap();
    let small = Case::ones(&[4, 4]);
    let mut command = common::gausstack();
    command.arg("filter").args([&small.input, &case.output]).args(["--sigma", "1"]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told = text(&output.stderr);
    assert_eq!(told.lines().count(), 1, "{told}");
    let fact = ".gausstack-abc.part' (4 bytes) is left of a run that was killed and can be removed";
    assert!(told.contains(fact), "{told}");
}

/// What keeps a file from being created is told once, and without the name that it would have had.
#[test]
#[cfg(target_os = "linux")]
fn folders_that_take_no_files_are_told_once() {
    let case = Case::ones(&[4, 4]);
    let mut command = common::gausstack();
    command.arg("filter").arg(&case.input).arg("/proc/out.npy").args(["--sigma", "1"]);
    let output = command.output().unwrap();
    case.assert_failed(&output, "could not create a file in '/proc': ");
    let told = text(&output.stderr);
    assert!(!told.contains(".part") && told.matches("/proc").count() == 1, "{told}");
}

/// A report that is stopped leaves no file either.
#[test]
fn a_report_stops_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("report");
    let mut child = common::gausstack()
        .args(["report", "--quick", "--rounds", "10000", "--shape", "300,5,500", "--out"])
        .arg(&out)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while !out.exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "no folder");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(500));
    let signalled = Instant::now();
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(signalled.elapsed() < SOON);
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 0);
}

#[test]
fn outputs_that_cannot_be_are_found_before_the_work() {
    let case = Case::ones(&LONG_SHAPE);
    let start = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_gausstack"))
        .arg("filter")
        .arg(&case.input)
        .arg(case.path().join("no/folder/out.npy"))
        .args(LONG)
        .output()
        .unwrap();
    case.assert_failed(&output, "there is no folder '");
    std::fs::write(&case.output, "precious").unwrap();
    common::assert_error(&case.run(&LONG), "exists; --force replaces it");
    assert!(start.elapsed() < Duration::from_secs(10), "worked before it looked");
}
