//! Reports of small stacks, measured by the binary.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::{assert_error, gausstack, text};
use serde_json::Value;

fn report(arguments: &[&str]) -> Output {
    gausstack().arg("report").args(arguments).output().unwrap()
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

fn json(folder: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join("report.json")).unwrap()).unwrap()
}

/// A quick report of a small stack, in a folder of its own.
fn quick(more: &[&str]) -> (tempfile::TempDir, String) {
    quick_of("60,5,100", more)
}

fn quick_of(shape: &str, more: &[&str]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let out = path(folder.path(), "new/report");
    let line = ["--quick", "--shape", shape, "--out", &out];
    let output = report(&[&line[..], more].concat());
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    (folder, text(&output.stdout))
}

#[test]
fn a_quick_report_is_written_in_every_form() {
    let (folder, told) = quick(&["--sigma", "1,2", "--rounds", "2"]);
    let out = folder.path().join("new/report");
    let mut names: Vec<_> =
        fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let expected = ["report.html", "report.json", "report.md", "scaling.svg"];
    assert!(expected.iter().all(|name| names.contains(&(*name).into()) || *name == "scaling.svg"));
    assert!(names.len() <= expected.len());
    assert!(told.contains("Scaling with threads") && told.contains("Not measured"), "{told}");
    for line in told.lines().filter(|line| line.contains(' ') && !line.starts_with("written")) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let report = json(&out);
    assert_eq!(report["settings"]["shape"], serde_json::json!([60, 5, 100]));
    assert_eq!(report["settings"]["sigma"], serde_json::json!([1.0, 2.0]));
    let measurements = report["races"][0]["measurements"].as_array().unwrap();
    assert!(!measurements.is_empty());
    for measured in measurements {
        // Twice as many where no round was quiet.
        let rounds = measured["seconds"].as_array().unwrap().len();
        assert!([2, 4].contains(&rounds), "{measured}");
        let (error, bound) =
            (measured["check"]["error"].as_f64().unwrap(), measured["check"]["bound"].as_f64());
        assert!(error > 0.0 && error <= bound.unwrap(), "{measured}");
    }
}

/// (The images of a full report have sizes of their own: `.ci/check_report.py` makes one with the
/// program as it is released: in 74 s where this build of it took 180, on a Zen 4.)
#[test]
fn every_level_is_measured() {
    let (folder, _) = quick(&["--rounds", "1"]);
    let found = json(&folder.path().join("new/report"));
    let levels = found["settings"]["levels"].as_array().unwrap();
    assert_eq!(levels.len(), found["machine"]["levels"].as_array().unwrap().len());
    let mut topics = found["races"].as_array().unwrap().iter().map(|race| &race["topic"]);
    assert!(topics.any(|topic| topic == "strong-scaling"));
}

#[test]
fn an_older_report_is_not_lost() {
    let (folder, _) = quick(&["--rounds", "1"]);
    let out = folder.path().join("new/report");
    let before = fs::read(out.join("report.json")).unwrap();
    let line = ["--quick", "--shape", "60,5,100", "--rounds", "1", "--out"];
    let name = out.display().to_string();
    assert_error(&report(&[&line[..], &[&name]].concat()), "exists; --force replaces it");
    assert_eq!(fs::read(out.join("report.json")).unwrap(), before);
    let output = report(&[&line[..], &[&name, "--force"]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_ne!(fs::read(out.join("report.json")).unwrap(), before);
}

#[test]
fn pages_are_made_anew_from_the_file() {
    let (folder, told) = quick(&["--rounds", "2"]);
    let out = folder.path().join("new/report");
    let (page, file) = (out.join("report.html"), path(&out, "report.json"));
    let before = fs::read(&page).unwrap();
    fs::remove_file(&page).unwrap();
    let output = report(&["--from", &file]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(fs::read(&page).unwrap(), before);
    let body = |told: &str| told.split("\nwritten: ").next().unwrap().to_owned();
    assert_eq!(body(&text(&output.stdout)), body(&told));
    // Not over another's pages, and not over the file itself.
    let others = path(folder.path(), "others");
    fs::create_dir(&others).unwrap();
    fs::write(Path::new(&others).join("report.md"), "theirs").unwrap();
    assert_error(&report(&["--from", &file, "--out", &others]), "exists; --force replaces it");
    assert!(!Path::new(&others).join("report.html").exists());
    let named = path(Path::new(&others), "report.html");
    fs::copy(&file, &named).unwrap();
    assert_error(&report(&["--from", &named, "--force"]), "would be replaced by its own");
    // Elsewhere too, and without touching the file.
    let other = path(folder.path(), "other");
    assert!(report(&["--from", &file, "--out", &other]).status.success());
    assert_eq!(fs::read(Path::new(&other).join("report.html")).unwrap(), before);
    assert!(!Path::new(&other).join("report.json").exists());
}

#[test]
fn two_reports_are_compared() {
    let (folder, _) = quick(&["--rounds", "3"]);
    let out = folder.path().join("new/report");
    let before = path(&out, "report.json");
    let output = report(&["--compare", &before, &before, "--fail-above", "0"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("0 slower, 0 faster"), "{}", text(&output.stdout));
    let mut slower = json(&out);
    for time in slower["races"][0]["measurements"][0]["seconds"].as_array_mut().unwrap() {
        *time = Value::from(100.0 * time.as_f64().unwrap());
    }
    let after = path(&out, "after.json");
    fs::write(&after, slower.to_string()).unwrap();
    let output = report(&["--compare", &before, &after]);
    assert!(output.status.success() && text(&output.stdout).contains("1 slower, 0 faster"));
    let output = report(&["--compare", &before, &after, "--fail-above", "5"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("1 measurement takes more than 5 % longer"));
    let output = report(&["--compare", &after, &before, "--fail-above", "5"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// One CPU of several: no scaling, and the report says so.
#[test]
#[cfg(target_os = "linux")]
fn one_cpu_alone_tells_what_could_not_be_measured() {
    let folder = tempfile::tempdir().unwrap();
    let out = path(folder.path(), "one");
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap();
    let first: String = allowed.trim().chars().take_while(char::is_ascii_digit).collect();
    let mut command = Command::new("taskset");
    command.args(["-c", &first, env!("CARGO_BIN_EXE_gausstack"), "report"]);
    command.args(["--quick", "--shape", "60,5,100", "--threads", "1..=4", "--rounds", "2"]);
    let Ok(output) = command.args(["--out", &out]).output() else {
        return eprintln!("skipped: no taskset");
    };
    let told = text(&output.stdout);
    assert!(output.status.success(), "{told}{}", text(&output.stderr));
    for expected in [
        "usable    1 CPU,",
        "Up to 4 threads: this process may use 1 CPU.",
        "Scaling with threads, numbers of slices that do not divide by them, and weak",
        "results are within the bound of error.",
        "Laws of scaling are not fitted",
    ] {
        assert!(told.contains(expected), "{expected} in {told}");
    }
    let found = json(Path::new(&out));
    assert_eq!(found["settings"]["threads"], serde_json::json!([1]));
    assert_eq!(found["cpus"].as_array().unwrap().len(), 1);
    assert_eq!(found["races"].as_array().unwrap().len(), 1);
}

#[test]
fn odd_stacks_are_measured_too() {
    for (shape, axis, sigma) in
        [("1,1,1", "0", "1"), ("3,40,50", "0", "0"), ("40,50,3", "2", "0,2"), ("7,1,9", "1", "100")]
    {
        let (_folder, told) = quick_of(shape, &["--slice-axis", axis, "--sigma", sigma]);
        assert!(told.contains("within the bound of error"), "{told}");
        assert!(!told.contains("NaN"), "{told}");
    }
}

#[test]
fn command_lines_that_make_no_sense_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let out = path(folder.path(), "never");
    let refused = |line: &[&str], message: &str| {
        let output = report(line);
        assert!(!output.status.success(), "{line:?}");
        assert!(text(&output.stderr).contains(message), "{line:?}: {}", text(&output.stderr));
    };
    refused(&["--threads", "0", "--out", &out], "from 1 up");
    refused(&["--threads", "1000000000", "--out", &out], "no range of 1 to 4096 threads");
    refused(&["--from", "-"], "'-' is not taken for standard");
    refused(&["--quick", "--out", "-"], "'-' is not taken for standard");
    refused(&["--threads", "4..=2", "--out", &out], "no range");
    refused(&["--levels", "sse9", "--out", &out], "sse9");
    refused(&["--levels", "all,sse9", "--out", &out], "sse9");
    refused(&["--rounds", "9223372036854775808", "--out", &out], "from 1 to 10000");
    refused(&["--quick", "--from", "x"], "cannot be used with");
    refused(&["--compare", "x"], "--compare");
    refused(&["--fail-above", "5"], "--compare");
    refused(&["--compare", "/nowhere/a", "/nowhere/b"], "could not read '/nowhere/a'");
    refused(&["--from", "/nowhere/report.json"], "could not read '/nowhere/report.json'");
    refused(&["--shape", "1000000,1000,1000", "--out", &out], "choose a smaller --shape");
    let file = path(folder.path(), "file");
    fs::write(&file, "{\"schema\": 99}").unwrap();
    refused(&["--from", &file], "format 99");
    refused(&["--quick", "--out", &format!("{file}/below")], "could not make the folder");
    assert!(!Path::new(&out).exists(), "nothing was measured, and there is a folder for it");
}
