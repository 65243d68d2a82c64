//! Runs that the system or the user cuts short leave nothing behind.

#![cfg(unix)]

mod common;

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::{Case, npy, text};

/// Runs the binary below `sh -c "LIMITS; exec gausstack ..."`.
fn limited(case: &Case, limits: &str, arguments: &[&str]) -> Output {
    Command::new("sh")
        .args(["-c", &format!("{limits}; exec \"$0\" \"$@\"")])
        .arg(env!("CARGO_BIN_EXE_gausstack"))
        .arg("filter")
        .args([&case.input, &case.output])
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn a_file_that_may_not_grow() {
    // 40 kB of data against a limit of a few blocks, met in the middle of the data.
    let case = Case::ones(&[100, 100]);
    let output = limited(&case, "trap '' XFSZ; ulimit -f 8", &["--sigma", "1"]);
    case.assert_failed(&output, "could not write '");
    case.assert_failed(&output, "File too large");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk() {
    let case = Case::ones(&[100, 100]);
    let script = "mount -t tmpfs -o size=16k none \"$1\" || exit 99
        \"$0\" filter \"$2\" \"$1/out.npy\" --sigma 1
        status=$?
        ls -A \"$1\"
        exit $status";
    let folder = case.path().join("small");
    std::fs::create_dir(&folder).unwrap();
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", script])
        .arg(env!("CARGO_BIN_EXE_gausstack"))
        .args([&folder, &case.input])
        .output();
    match output {
        // What the file system has left is part of standard output: nothing.
        Ok(output)
            if output.status.code() == Some(1) && text(&output.stderr).contains("gausstack") =>
        {
            std::fs::remove_dir(&folder).unwrap();
            case.assert_failed(&output, "No space left on device");
        }
        Ok(output) if output.status.success() => panic!("40 kB went into 16 kB"),
        _ => println!("not tested: no small file system can be mounted here"),
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
    let arguments = ["--sigma", "1", "--slice-axis", "0", "--threads", "1"];
    let output = limited(&case, "ulimit -v 4500000", &arguments);
    case.assert_failed(&output, "could not reserve 3221225472 bytes");
}

/// A run of many short slices that takes half a minute at least.
const LONG_SHAPE: [usize; 3] = [2000, 64, 64];
const LONG: [&str; 8] =
    ["--sigma", "500", "--radius", "200000", "--slice-axis", "0", "--threads", "1"];

/// Starts a long run, waits for its temporary file, sends a signal and checks that the run stops
/// at once and what it leaves.
fn stopped_by(signal: &str) {
    let case = Case::ones(&LONG_SHAPE);
    let mut child =
        case.command(&LONG).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while case.files().len() == 1 {
        assert!(start.elapsed() < Duration::from_secs(60), "no temporary file");
        assert!(child.try_wait().unwrap().is_none(), "ended by itself");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(!case.output.exists());
    std::thread::sleep(Duration::from_millis(100));
    let signalled = Instant::now();
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    let stopped = signalled.elapsed();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "gausstack: stopped, nothing was written\n");
    assert_eq!(text(&output.stdout), "");
    assert_eq!(case.files(), ["in.npy"]);
    assert!(stopped < Duration::from_secs(10), "took {stopped:?} to stop");
}

#[test]
fn ctrl_c_stops_at_a_slice_and_leaves_nothing() {
    stopped_by("-INT");
}

#[test]
fn a_request_to_terminate_does_the_same() {
    stopped_by("-TERM");
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
