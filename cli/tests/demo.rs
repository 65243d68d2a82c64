//! The demo on small stacks.

mod common;

use std::fs::File;
use std::io::BufReader;
use std::process::{Output, Stdio};

use common::{assert_error, gausstack, text};

fn demo(arguments: &[&str]) -> Output {
    gausstack().arg("demo").args(arguments).output().unwrap()
}

#[test]
fn every_slice_axis_is_within_the_bound() {
    for (shape, axis) in [("60,5,100", "1"), ("3,60,100", "0"), ("60,100,4", "2"), ("40,1,7", "1")]
    {
        let output = demo(&["--shape", shape, "--slice-axis", axis, "--rounds", "1"]);
        let report = text(&output.stdout);
        assert!(output.status.success(), "{shape}: {report}{}", text(&output.stderr));
        assert!(report.contains(": within\n") && report.contains(": the same bits\n"), "{report}");
        for line in ["copy, 1 thread", "copy past caches, 1", "arithmetic alone, 1", "filter, 1"] {
            assert!(report.contains(line), "{line} in {report}");
        }
        assert!(report.contains("filter into a new array, "), "{report}");
        for title in ["speed-up", "Mpixel/s", "GB/s", "x copy", "x arithmetic"] {
            assert!(report.contains(title), "{title} in {report}");
        }
    }
}

#[test]
fn derivations_of_the_check_hold_for_other_sigmas() {
    for sigma in ["0", "0,2", "1", "9,0.3", "100,2"] {
        for dtype in ["f32", "u8", "i16", "u32"] {
            let line = ["--shape", "30,3,40", "--sigma", sigma, "--rounds", "1", "--dtype", dtype];
            let output = demo(&line);
            assert!(output.status.success(), "{sigma} {dtype}: {}", text(&output.stdout));
        }
    }
}

/// The check of an integer stack is against half a level, which leaves no room for another
/// rounding.
#[test]
fn every_element_type_is_within_the_bound() {
    let types =
        [("f64", 8), ("u8", 1), ("i8", 1), ("u16", 2), ("i16", 2), ("uint32", 4), ("int32", 4)];
    for (name, bytes) in types {
        let (shape, megabytes) = ("100,6,500", 0.3 * f64::from(bytes));
        let output = demo(&["--shape", shape, "--rounds", "1", "--dtype", name, "--sigma", "1,4"]);
        let report = text(&output.stdout);
        assert!(output.status.success(), "{name}: {report}{}", text(&output.stderr));
        assert!(report.contains(": within\n") && report.contains(": the same bits\n"), "{report}");
        let name = name.replace("uint", "u").replace("int", "i");
        let stack = format!("stack    (100, 6, 500) {name}, {megabytes:.0} MB: 6 slices");
        assert!(report.contains(&stack), "{stack} in {report}");
        assert!(report.contains("\ncopy, 1 thread") && !report.contains("past caches, 1"));
        let is_integer = !name.starts_with('f');
        assert_eq!(report.contains("rounded to nearest once"), is_integer, "{report}");
        assert_eq!(report.contains("the exact result rounded to nearest"), is_integer, "{report}");
        assert_eq!(report.contains(" levels, beyond half a level "), is_integer, "{report}");
    }
}

#[test]
fn threads_are_clamped_to_the_cpus() {
    let cpus = std::thread::available_parallelism().unwrap().get();
    let output = demo(&["--shape", "30,3,40", "--threads", "100000", "--rounds", "1"]);
    let report = text(&output.stdout);
    assert!(output.status.success(), "{report}");
    assert!(
        report.contains(&format!(
            "threads  {cpus}, as many as there are CPUs; 100000 were asked for"
        )),
        "{report}"
    );
    assert_eq!(report.contains(&format!("filter, {cpus} threads")), cpus > 1, "{report}");
    let one = text(&demo(&["--shape", "30,3,40", "--threads", "1", "--rounds", "1"]).stdout);
    assert!(one.matches("filter, 1 thread").count() == 1 && !one.contains("threads  "), "{one}");
}

#[test]
fn the_picture_is_grey_and_shows_before_and_after() {
    for dtype in ["f32", "u8", "i32"] {
        picture_of(dtype);
    }
}

fn picture_of(dtype: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.png");
    let picture = ["--picture", path.to_str().unwrap(), "--dtype", dtype];
    let output =
        demo(&[&["--shape", "300,3,1300", "--rounds", "1", "--sigma", "4"][..], &picture].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let decoder = png::Decoder::new(BufReader::new(File::open(&path).unwrap()));
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(
        (info.color_type, info.bit_depth),
        (png::ColorType::Grayscale, png::BitDepth::Eight)
    );
    // 1300 columns shrink by 3; two panels and 8 pixels between them, and the same below.
    assert_eq!((info.width, info.height), (2 * 434 + 8, 2 * 100 + 8));
    let row = |y: usize| &pixels[y * info.width as usize..][..info.width as usize];
    let steps = |row: &[u8]| row.windows(2).map(|p| p[0].abs_diff(p[1])).max().unwrap();
    let (before, after) = (steps(&row(50)[..434]), steps(&row(50)[442..]));
    assert!(before > 150 && after < before / 2, "{before} {after}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Before the work, which would take hours here.
#[test]
fn a_picture_that_cannot_be_is_found_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("old.png");
    std::fs::write(&old, "precious").unwrap();
    let start = std::time::Instant::now();
    let refused = |path: &str, more: &[&str], fact: &str| {
        let line = ["--shape", "3000,16,5000", "--rounds", "100000", "--picture", path];
        assert_error(&demo(&[&line[..], more].concat()), fact);
    };
    refused("no/folder/p.png", &[], "there is no folder 'no/folder'");
    refused("new/", &["--force"], "'new/' names a folder");
    refused("-", &["--force"], "'-' is not taken for standard");
    refused("/dev/full", &["--force"], "'/dev/full' is a device, not a regular file");
    refused(old.to_str().unwrap(), &[], "old.png' exists; --force replaces it");
    assert_eq!(std::fs::read_to_string(&old).unwrap(), "precious");
    assert!(start.elapsed().as_secs() < 60, "worked before it looked");
    let line = ["--shape", "30,3,40", "--rounds", "1", "--force", "--picture"];
    let output = demo(&[&line[..], &[old.to_str().unwrap()]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(std::fs::read(&old).unwrap().starts_with(b"\x89PNG"));
    assert_eq!(demo(&["--force"]).status.code(), Some(2));
}

#[test]
fn slice_axes_count_from_either_end() {
    let output = demo(&["--shape", "30,40,3", "--slice-axis", "-1", "--rounds", "1"]);
    let told = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(told.contains("3 slices of 30 x 40 along axis 2"), "{told}");
}

#[test]
fn an_unknown_level_is_an_error() {
    let output = gausstack()
        .args(["demo", "--shape", "30,3,40"])
        .env("GAUSSTACK_LEVEL", "sse9")
        .stdout(Stdio::null())
        .output()
        .unwrap();
    assert_error(&output, "GAUSSTACK_LEVEL: unknown level 'sse9'");
}

#[test]
fn command_lines_that_cannot_be_understood() {
    let lines = [
        ["--shape", "30,40"],
        ["--shape", "30,0,40"],
        ["--sigma", "-1"],
        ["--sigma", "1,2,3"],
        ["--slice-axis", "3"],
        ["--threads", "0"],
        ["--rounds", "0"],
        ["--dtype", "i64"],
        ["--dtype", "bool"],
    ];
    for arguments in lines {
        assert_eq!(demo(&arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let mut command = gausstack();
    command.args(["demo", "--shape", "30,3,40", "--rounds", "1"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
}
