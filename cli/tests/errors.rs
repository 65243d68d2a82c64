//! Every way to fail: one clear line, the right status, and no file left behind.

mod common;

use std::fs;

use common::{Case, assert_error, bytes_f32, dtype, gausstack, npy, npy_with_header, text};
use gausstack::Level;

const SIGMA: [&str; 2] = ["--sigma", "1"];

#[test]
fn inputs_that_are_no_files() {
    let case = Case::ones(&[4, 4]);
    let run = |input: &str| {
        let input = case.path().join(input);
        gausstack().arg("filter").arg(input).arg(&case.output).args(SIGMA).output().unwrap()
    };
    case.assert_failed(&run("nowhere.npy"), "could not open '");
    case.assert_failed(&run("nowhere.npy"), "No such file or directory");
    case.assert_failed(&run("no\nwhere.npy"), "no where.npy': No such file or directory");
    case.assert_failed(&run("no/folder/in.npy"), "No such file or directory");
    case.assert_failed(&run("."), "' has no TIFF file");
    case.assert_failed(&run("nowhere/"), "could not open '");
    case.assert_failed(&run("proj_*.tif"), "proj_*.tif' has no TIFF file");
    case.assert_failed(&run("/dev/null"), "'/dev/null' is a device, not a regular file");
    let dash = gausstack().args(["filter", "-"]).arg(&case.output).args(SIGMA).output().unwrap();
    case.assert_failed(&dash, "'-' is not taken for standard input");
    let mask = case.run(&["--sigma", "1", "--mask", "-"]);
    case.assert_failed(&mask, "'-' is not taken for standard input");
}

#[test]
fn files_that_are_no_arrays() {
    Case::new(b"").fails(&SIGMA, "is not a .npy file: it ends within the header");
    Case::new(b"hello, world, this is text").fails(&SIGMA, "is not a .npy file: ");
    Case::new(b"\x93NUMPY\x09\x00\x01\x00").fails(&SIGMA, "version 9.0 of the format is unknown");
    let whole = npy("<f4", false, &[2, 2], &bytes_f32(&[1.0; 4]));
    Case::new(&whole[..40]).fails(&SIGMA, "it ends within the header");
    let header = |text: &str| Case::new(&npy_with_header(text, 64, &[0; 16]));
    header("complete garbage").fails(&SIGMA, "its header is not a literal of Python");
    header("{'descr': '<f4'}").fails(&SIGMA, "its header lacks 'fortran_order'");
    header("{'descr': '<f4', 'fortran_order': False, 'shape': (-4,)}").fails(&SIGMA, "shape");
    header("[1, 2, 3]").fails(&SIGMA, "is not a dict");
    header(&"(".repeat(9_000)).fails(&SIGMA, "its header is not a literal of Python");
    header(&"(".repeat(60_000)).fails(&SIGMA, "and 10000 are the most");
}

#[test]
fn arrays_that_are_cut_short() {
    let bytes = npy("<f4", false, &[3, 5], &bytes_f32(&[1.0; 15]));
    Case::new(&bytes[..bytes.len() - 7]).fails(&SIGMA, "is truncated: 7 of 60 bytes");
}

/// As numpy.load reads the first of several arrays; that there is more is told.
#[test]
fn what_follows_an_array_is_told_and_not_read() {
    let mut bytes = npy("<f4", false, &[3, 5], &bytes_f32(&[1.0; 15]));
    bytes.extend(b"xy");
    let case = Case::new(&bytes);
    let output = case.run(&SIGMA);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stderr).ends_with("in.npy': 2 bytes after the array are not read\n"));
    assert_eq!(case.data(dtype::named("f32"), false).len(), 60);
}

#[test]
fn shapes_that_no_memory_holds() {
    for shape in [[1 << 40, 1 << 40, 2], [0, 1 << 62, 1 << 62], [1 << 62, 2, 0]] {
        Case::new(&npy("<f4", false, &shape, &[])).fails(&SIGMA, "is corrupt: no memory holds");
    }
    Case::new(&npy("<f4", false, &[1 << 40], &[])).fails(&SIGMA, "is truncated");
}

#[test]
fn element_types_that_are_not_supported() {
    let supported = "f32, f64, u8, i8, u16, i16, u32, i32, u64, i64 and bool are supported";
    for (descriptor, what) in [
        ("<f2", "floats of 16 bits"),
        ("<f16", "floats of more than 64 bits"),
        ("<c8", "complex numbers"),
        ("|O", "Python objects"),
        ("|S1", "texts"),
        ("<U1", "texts"),
        ("<M8[ns]", "dates"),
        ("<m8[s]", "spans of time"),
        ("|V2", "raw bytes"),
        ("<int32", "elements of a type that is not known"),
    ] {
        let fact = format!("holds {what} ('{descriptor}'); {supported}");
        Case::new(&npy(descriptor, false, &[4], &[0; 16])).fails(&SIGMA, &fact);
    }
    let record = "{'descr': [('a', '<f4'), ('b', '<f4')], 'fortran_order': False, 'shape': (2,)}";
    let fact = format!("holds records of named fields; {supported}");
    Case::new(&npy_with_header(record, 64, &[0; 16])).fails(&SIGMA, &fact);
}

#[test]
fn bools_that_are_neither_0_nor_1() {
    let cut = ["--sigma", "1", "--rounding", "scipy"];
    let bools = |bytes: &[u8]| Case::new(&npy("|b1", false, &[bytes.len()], bytes));
    let fact = "is corrupt: error parsing value 0x02 as a bool";
    bools(&[0, 1, 1, 2]).fails(&cut, fact);
    bools(&[2]).fails(&["--sigma", "0", "--output-dtype", "f32"], fact);
    // The last of so many that they are read in pieces.
    let mut many = vec![1; 200_000];
    many.push(0xff);
    bools(&many).fails(&cut, "is corrupt: error parsing value 0xff as a bool");
    Case::new(&npy("|b1", false, &[5], &[1; 4])).fails(&cut, "is truncated: 1 of 5 bytes");
    Case::new(&npy("|b1", false, &[1 << 40], &[])).fails(&cut, "is truncated");
}

#[test]
fn parameters_that_do_not_fit_the_array() {
    let case = Case::ones(&[6, 3, 8]);
    let fails = |arguments: &[&str], fact: &str| case.fails(arguments, fact);
    fails(&["--sigma", "1,2"], "sigma has 2 values for 3 filtered axes");
    fails(&["--sigma", "1,2,3", "--slice-axis", "1"], "sigma has 3 values for 2 filtered axes");
    fails(&["--sigma", "1", "--axes", "0,2", "--order", "1,0,0"], "order has 3 values");
    fails(&["--sigma", "1", "--mode", "wrap,wrap"], "mode has 2 values for 3 filtered axes");
    fails(&["--sigma", "1", "--radius", "1,2"], "radius has 2 values for 3 filtered axes");
    fails(&["--sigma", "-1"], "sigma of axis 0 must be finite and not negative, found -1");
    fails(&["--sigma", "1,NaN,1"], "sigma of axis 1 must be finite");
    fails(&["--sigma", "inf"], "sigma of axis 0 must be finite");
    fails(&["--sigma", "1", "--axes", "0,3"], "axis 3 is out of range for an array of 3");
    fails(&["--sigma", "1", "--axes", "-4"], "axis -4 is out of range for an array of 3");
    fails(&["--sigma", "1", "--axes", "0,-3"], "axis 0 is listed more than once");
    fails(&["--sigma", "1", "--slice-axis", "3"], "axis 3 is out of range");
    fails(&["--sigma", "1", "--slice-axis", "1,-2"], "axis 1 is listed more than once");
    fails(&["--sigma", "1", "--truncate", "-9"], "truncate -9 gives no radius");
    fails(&["--sigma", "1", "--ideal", "-1"], "must be above 0 and below 1, found -1");
    fails(&["--sigma", "1", "--ideal", "1e-15"], "tolerance of axis 2 must be at least 1e-7");
    fails(&["--sigma", "1", "--order", "999"], "order 999 of axis 0 is above");
    let laplace = ["--sigma", "1,0,1", "--filter", "laplace"];
    fails(&laplace, "sigma of axis 1 must be above 1e-15 for a derivative along it, found 0");
    let slope = ["--sigma", "1", "--filter", "gradient-magnitude", "--order", "1"];
    fails(&slope, "--order is for --filter gaussian alone");
    fails(&["--sigma", "1", "--threads", "0"], "the number of threads must be at least 1");
}

#[test]
fn levels_that_this_cpu_lacks_or_nobody_knows() {
    let case = Case::ones(&[6, 8]);
    let output = case.command(&SIGMA).env("GAUSSTACK_LEVEL", "sse9").output().unwrap();
    case.assert_failed(&output, "GAUSSTACK_LEVEL: unknown level 'sse9'");
    let output = case.command(&SIGMA).env("GAUSSTACK_TUNING", "zen9").output().unwrap();
    case.assert_failed(&output, "GAUSSTACK_TUNING: unknown tuning 'zen9'");
    // An empty variable is none.
    assert!(case.command(&SIGMA).env("GAUSSTACK_LEVEL", "").output().unwrap().status.success());
    fs::remove_file(&case.output).unwrap();
    case.fails(
        &["--sigma", "1", "--threads", "4294967296"],
        "the number of threads must be at most 4294967295, found 4294967296",
    );
    let available: Vec<_> = Level::available().into_iter().map(Level::name).collect();
    for level in ["avx2", "avx512"] {
        if available.contains(&level) {
            println!("not tested: this CPU has {level}");
        } else {
            case.fails(&["--sigma", "1", "--level", level], &format!("lacks level '{level}'"));
        }
    }
}

#[test]
fn an_existing_output_is_kept_and_found_before_the_work() {
    let case = Case::ones(&[6, 8]);
    fs::write(&case.output, "precious").unwrap();
    assert_error(&case.run(&SIGMA), "out.npy' exists; --force replaces it");
    assert_eq!(fs::read_to_string(&case.output).unwrap(), "precious");
    // A run that fails with --force leaves it alone, too.
    assert_error(&case.run(&["--sigma", "-1", "--force"]), "sigma of axis 0");
    assert_eq!(fs::read_to_string(&case.output).unwrap(), "precious");
    assert_eq!(case.files(), ["in.npy", "out.npy"]);
}

#[test]
fn outputs_that_can_be_no_files() {
    let case = Case::ones(&[6, 8]);
    let run = |output: &str, arguments: &[&str]| {
        let output = case.path().join(output);
        let mut command = gausstack();
        command.arg("filter").arg(&case.input).arg(output).args(SIGMA).args(arguments);
        command.output().unwrap()
    };
    case.assert_failed(&run("no/folder/out.npy", &[]), "there is no folder '");
    case.assert_failed(&run("in.npy/out.npy", &[]), "could not look at '");
    for force in [&[][..], &["--force"]] {
        case.assert_failed(&run("in.npy/", force), "in.npy' is a file, not a folder");
        case.assert_failed(&run("no/folder/", force), "there is no folder '");
        case.assert_failed(&run("no/..", force), "there is no folder '");
        let mut command = gausstack();
        command.current_dir(case.path()).arg("filter").arg(&case.input).arg("-").args(SIGMA);
        let output = command.args(force).output().unwrap();
        case.assert_failed(&output, "'-' is not taken for standard input or output");
    }
}

/// A rename onto a device or a socket would destroy it.
#[test]
#[cfg(unix)]
fn force_does_not_replace_what_is_not_a_regular_file() {
    let case = Case::ones(&[6, 8]);
    let socket = std::os::unix::net::UnixListener::bind(&case.output).unwrap();
    assert_error(
        &case.run(&["--sigma", "1", "--force"]),
        "out.npy' is a socket, not a regular file",
    );
    assert_error(&case.run(&SIGMA), "out.npy' is a socket, not a regular file");
    assert_eq!(case.files(), ["in.npy", "out.npy"]);
    drop(socket);
    fs::remove_file(&case.output).unwrap();
    std::os::unix::fs::symlink("nowhere/at/all", &case.output).unwrap();
    assert_error(&case.run(&["--sigma", "1", "--force"]), "could not follow '");
}

#[test]
fn command_lines_that_cannot_be_understood() {
    let case = Case::ones(&[6, 8]);
    let lines: [&[&str]; 14] = [
        &[],
        &["--sigma", "wide"],
        &["--sigma", "1", "--slice-axis", "0", "--axes", "1"],
        &["--sigma", "1", "--mode", "edge"],
        &["--sigma", "1", "--level", "sse9"],
        &["--sigma", "1", "--tuning", "zen9"],
        &["--sigma", "1", "--precision", "half"],
        &["--sigma", "1", "--rounding", "up"],
        &["--sigma", "1", "--output-dtype", "f16"],
        &["--sigma", "1", "--output-dtype", "|u1"],
        &["--sigma", "1", "--order", "-1"],
        &["--sigma", "1", "--radius", "-1"],
        &["--sigma", "1", "--threads", "many"],
        &["--sigma", "1", "--unknown"],
    ];
    for arguments in lines {
        let output = case.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains("error: "), "{arguments:?}");
        assert_eq!(case.files(), ["in.npy"]);
    }
    assert_eq!(gausstack().output().unwrap().status.code(), Some(2));
    assert_eq!(gausstack().arg("blur").output().unwrap().status.code(), Some(2));
    let help = gausstack().args(["filter", "--help"]).output().unwrap();
    assert!(help.status.success() && text(&help.stdout).contains("--slice-axis"));
}
