//! `gausstack filter` does what the library does, bit for bit, from file to file.

mod common;

use std::fs;
use std::path::Path;

use common::{Case, bytes_f32, bytes_f64, noise, npy, npy_with_header, text};
use gausstack::{
    Derivatives, Error, Gaussian, GradientMagnitude, Laplace, Level, Mode, Plan, Precision,
    Threads, Tuning,
};
use ndarray::{Array3, ArrayD};
use ndarray_npy::{read_npy, write_npy};

/// Whether a .npy file says that it is in Fortran order.
fn is_fortran(case: &Case) -> bool {
    let bytes = fs::read(&case.output).unwrap();
    let header = String::from_utf8_lossy(&bytes[..128.min(bytes.len())]).into_owned();
    assert!(header.contains("'fortran_order': "), "{header}");
    header.contains("'fortran_order': True")
}

/// Runs the binary and the library on f32 data and compares the bits.
fn same_f32(data: &ArrayD<f32>, arguments: &[&str], plan: Result<Plan<f32, f32>, Error>) -> Case {
    let case = Case::new(&[]);
    write_npy(&case.input, data).unwrap();
    let output = case.run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    assert_eq!(case.files(), ["in.npy", "out.npy"]);
    let found: ArrayD<f32> = read_npy(&case.output).unwrap();
    let want = plan.unwrap().apply(data).unwrap();
    assert_eq!(found.shape(), want.shape());
    let same = found.iter().zip(&want).all(|(a, b)| a.to_bits() == b.to_bits());
    assert!(same, "{arguments:?}");
    case
}

/// The same on f64 data.
fn same_f64(data: &ArrayD<f64>, arguments: &[&str], gaussian: &Gaussian) {
    let case = Case::new(&[]);
    write_npy(&case.input, data).unwrap();
    let output = case.run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    let found: ArrayD<f64> = read_npy(&case.output).unwrap();
    let want = gaussian.apply(data).unwrap();
    assert_eq!(found.shape(), want.shape());
    assert!(found.iter().zip(&want).all(|(a, b)| a.to_bits() == b.to_bits()), "{arguments:?}");
}

#[test]
fn every_slice_axis_order_and_type_equals_the_library() {
    for fortran in [false, true] {
        let data = noise(&[37, 5, 53], fortran);
        let single = data.mapv(|value| value as f32);
        for (axis, others) in [("0", [1, 2]), ("1", [0, 2]), ("-1", [0, 1])] {
            let arguments = ["--sigma", "1.5,2.5", "--slice-axis", axis];
            let gaussian = Gaussian::new([1.5, 2.5]).axes(others);
            let case = same_f32(&single, &arguments, gaussian.plan(single.shape()));
            assert_eq!(is_fortran(&case), fortran, "slices along {axis}");
            same_f64(&data, &arguments, &gaussian);
        }
    }
}

#[test]
fn every_parameter_reaches_the_library() {
    let data = noise(&[23, 4, 31], false).mapv(|value| value as f32);
    let two = || Gaussian::new([2.0, 1.0]).axes([2, 0]);
    let base = ["--sigma", "2,1", "--axes", "2,-3"];
    let portable = Level::from_name("portable").unwrap();
    let cases: [(&[&str], Gaussian); 15] = [
        (&[], two()),
        (&["--order", "1"], two().order(1)),
        (&["--order", "0,2"], two().order([0, 2])),
        (&["--mode", "mirror"], two().mode(Mode::Mirror)),
        (&["--mode", "grid-wrap,nearest"], two().mode([Mode::Wrap, Mode::Nearest])),
        (&["--mode", "constant", "--cval", "-2.5"], two().mode(Mode::Constant).cval(-2.5)),
        (&["--truncate", "2.5"], two().truncate(2.5)),
        (&["--ideal", "1e-4"], two().ideal(1e-4)),
        (&["--radius", "7"], two().radius(7)),
        (&["--radius", "40,3"], two().radius([40, 3])),
        (&["--threads", "1"], two().threads(Threads::Fixed(1))),
        (&["--threads", "3"], two().threads(Threads::Fixed(3))),
        (&["--precision", "double"], two().precision(Precision::Double)),
        (&["--precision", "native"], two().precision(Precision::Native)),
        (&["--level", "portable"], two().level(portable)),
    ];
    let plain = two().apply(&data).unwrap();
    let mut differ = 0;
    for (arguments, gaussian) in &cases {
        same_f32(&data, &[&base[..], arguments].concat(), gaussian.plan(data.shape()));
        differ += usize::from(gaussian.apply(&data).unwrap() != plain);
    }
    // The parameters that change a result did; otherwise nothing was shown above.
    assert!(differ >= 9, "{differ}");
}

#[test]
fn gradients_and_laplacians_are_the_librarys() {
    let data = noise(&[23, 4, 31], false).mapv(|value| value as f32);
    let arguments = |filter| {
        ["--sigma", "2,1", "--axes", "2,-3", "--mode", "wrap,mirror", "--truncate", "3"]
            .into_iter()
            .chain(["--filter", filter])
            .collect::<Vec<_>>()
    };
    let modes = [Mode::Wrap, Mode::Mirror];
    let slope = GradientMagnitude::new([2.0, 1.0]).axes([2, 0]).mode(modes).truncate(3.0);
    let case = same_f32(&data, &arguments("gradient-magnitude"), slope.plan(data.shape()));
    let again = case.run(&[&arguments("gradient-magnitude")[..], &["--force"]].concat());
    let said = text(&again.stdout);
    assert!(said.contains("gradient magnitude, sigma 2,1"), "{said}");
    let bend = Laplace::new([2.0, 1.0]).axes([2, 0]).mode(modes).truncate(3.0);
    same_f32(&data, &arguments("laplace"), bend.plan(data.shape()));
    same_f32(
        &data,
        &["--sigma", "1", "--radius", "5", "--filter", "laplace"],
        Laplace::new(1.0).radius(5).plan(data.shape()),
    );
    let smooth = Gaussian::new(1.0).plan(data.shape());
    same_f32(&data, &["--sigma", "1", "--filter", "gaussian"], smooth);
}

/// Exact weights give a flat image no curvature, and a parabola its own; scipy's do not.
#[test]
fn derivatives_may_be_exact() {
    let flat = ArrayD::<f64>::from_elem(vec![40, 50], 1000.0);
    let largest = |name: &str| {
        let case = Case::new(&[]);
        write_npy(&case.input, &flat).unwrap();
        let arguments = ["--sigma", "1", "--filter", "laplace", "--derivatives", name];
        let output = case.run(&arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout).contains("Laplacian, exact weights, "), name == "exact");
        let found: ArrayD<f64> = read_npy(&case.output).unwrap();
        found.iter().fold(0.0_f64, |most, value| most.max(value.abs()))
    };
    assert!(largest("truncated") > 0.1, "{}", largest("truncated"));
    assert!(largest("exact") < 1e-9, "{}", largest("exact"));
    let data = noise(&[23, 31], false);
    let exact = |order: usize| Gaussian::new(1.5).order(order).derivatives(Derivatives::Exact);
    let line = ["--sigma", "1.5", "--derivatives", "exact", "--order"];
    for order in ["0", "1", "2"] {
        same_f64(&data, &[&line[..], &[order]].concat(), &exact(order.parse().unwrap()));
    }
    let small = ["--sigma", "1", "--order", "3", "--radius", "1", "--derivatives", "exact"];
    Case::ones(&[9]).fails(&small, "an exact derivative of order 3 along axis 0 needs a radius of");
}

#[test]
fn all_levels_of_this_cpu_can_be_forced() {
    let data = noise(&[40, 60], false).mapv(|value| value as f32);
    for level in Level::available() {
        let gaussian = Gaussian::new(3.0).level(level);
        let arguments = ["--sigma", "3", "--level", level.name()];
        let case = same_f32(&data, &arguments, gaussian.plan(data.shape()));
        let output = case.run(&["--sigma", "3", "--level", level.name(), "--force"]);
        assert!(text(&output.stdout).contains(level.name()), "{}", text(&output.stdout));
        let forced = case
            .command(&["--sigma", "3", "--force"])
            .env("GAUSSTACK_LEVEL", level.name())
            .output()
            .unwrap();
        assert!(text(&forced.stdout).contains(level.name()), "{}", text(&forced.stdout));
    }
}

#[test]
fn all_tunings_can_be_forced() {
    let data = noise(&[40, 600], false).mapv(|value| value as f32);
    for tuning in Tuning::ALL {
        let gaussian = Gaussian::new(3.0).tuning(tuning);
        let arguments = ["--sigma", "3", "--tuning", tuning.name()];
        let case = same_f32(&data, &arguments, gaussian.plan(data.shape()));
        let named = format!(", tuning {tuning}, ");
        let output = case.run(&["--sigma", "3", "--tuning", tuning.name(), "--force"]);
        assert!(text(&output.stdout).contains(&named), "{}", text(&output.stdout));
        let mut command = case.command(&["--sigma", "3", "--force"]);
        let output = command.env("GAUSSTACK_TUNING", tuning.name()).output().unwrap();
        assert!(text(&output.stdout).contains(&named), "{}", text(&output.stdout));
    }
}

#[test]
fn any_number_of_dimensions() {
    let narrow = |case: &Case| text(&case.run(&["--sigma", "1e-300"]).stdout);
    assert!(narrow(&Case::ones(&[4])).contains("sigma 1e-300, axis 0"));
    let sigma = ["--sigma", "1.5"];
    same_f64(&noise(&[], false), &sigma, &Gaussian::new(1.5));
    same_f64(&noise(&[50], false), &sigma, &Gaussian::new(1.5));
    same_f64(&noise(&[9, 8, 7, 6], true), &sigma, &Gaussian::new(1.5));
    same_f64(&noise(&[3, 0, 5], false), &sigma, &Gaussian::new(1.5));
    let loops = Gaussian::new(1.5).axes([1, 3]);
    same_f64(&noise(&[3, 9, 4, 8], false), &["--sigma", "1.5", "--slice-axis", "2,0"], &loops);
    same_f64(&noise(&[5, 6], false), &["--sigma", "0"], &Gaussian::new(0.0));
}

#[test]
fn data_off_their_boundary_are_read_all_the_same() {
    let values: Vec<f64> = (0..30).map(f64::from).collect();
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (5, 6), }";
    let data = bytes_f64(&values);
    let mut boundaries = Vec::new();
    for boundary in [1, 16, 64] {
        let bytes = npy_with_header(header, boundary, &data);
        boundaries.push((bytes.len() - data.len()) % 8);
        let case = Case::new(&bytes);
        let output = case.run(&["--sigma", "1"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let found: ArrayD<f64> = read_npy(&case.output).unwrap();
        let array = ArrayD::from_shape_vec(vec![5, 6], values.clone()).unwrap();
        assert_eq!(found, Gaussian::new(1.0).apply(&array).unwrap());
    }
    assert!(boundaries.iter().any(|&rest| rest != 0), "{boundaries:?}");
}

#[test]
fn one_line_tells_what_was_done() {
    let case = Case::ones(&[30, 4, 50]);
    let output = case.run(&["--sigma", "3,5", "--slice-axis", "1", "--threads", "1"]);
    let line = text(&output.stdout);
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(line.contains("out.npy: 30 x 4 x 50 f32, sigma 3,5, axes 0,2, "), "{line}");
    assert!(line.contains(", 1 thread: filtered in "), "{line}");
    // No terminal, no bar.
    assert_eq!(text(&output.stderr), "");
    let told = |shape: &[usize], arguments: &[&str]| {
        let output = Case::ones(shape).run(&[&["--sigma", "1"], arguments].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    assert!(told(&[], &[]).contains("out.npy: 0-d f32, sigma 1, no axis, "));
    assert!(told(&[9], &[]).contains("out.npy: 9 f32, sigma 1, axis 0, "));
    assert!(told(&[9], &["--slice-axis", "0"]).contains("out.npy: 9 f32, sigma 1, no axis, "));
}

/// However many threads are asked for, there are no more than CPUs.
#[test]
fn threads_beyond_the_cpus_are_not_started() {
    let case = Case::ones(&[64, 300, 300]);
    let cpus = std::thread::available_parallelism().unwrap().get();
    let start = std::time::Instant::now();
    for asked in ["1000000000", "4294967295"] {
        let output =
            case.run(&["--sigma", "1", "--slice-axis", "0", "--force", "--threads", asked]);
        let line = text(&output.stdout);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let (used, noun) =
            if cpus == 1 { ("1 thread", "CPU") } else { (&*format!("{cpus} threads"), "CPUs") };
        let fact = format!(", {used} ({asked} asked for, {cpus} {noun} to use): filtered in ");
        assert!(line.contains(&fact), "{fact} in {line}");
    }
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
    let one = Case::ones(&[30, 30]).run(&["--sigma", "1", "--threads", "1"]);
    assert!(text(&one.stdout).contains(", 1 thread: filtered in"), "{}", text(&one.stdout));
}

#[test]
fn force_replaces_and_the_input_is_never_the_output() {
    let case = Case::ones(&[20, 30]);
    fs::write(&case.output, "old").unwrap();
    assert!(case.run(&["--sigma", "1", "--force"]).status.success());
    let found: ArrayD<f32> = read_npy(&case.output).unwrap();
    assert_eq!(found.shape(), [20, 30]);
    fs::remove_file(&case.output).unwrap();

    let mask = case.path().join("m.npy");
    write_npy(&mask, &Array3::from_elem((1, 20, 30), true).remove_axis(ndarray::Axis(0))).unwrap();
    let bytes = fs::read(&case.input).unwrap();
    let onto = |output: &Path, arguments: &[&str]| {
        let mut command = common::gausstack();
        command.arg("filter").arg(&case.input).arg(output).args(["--sigma", "2", "--force"]);
        command.args(arguments).output().unwrap()
    };
    let fact = "is the input: a file is not filtered onto itself";
    common::assert_error(&onto(&case.input, &[]), fact);
    common::assert_error(&onto(&case.input, &["--mask", mask.to_str().unwrap()]), fact);
    #[cfg(unix)]
    {
        let (soft, hard) = (case.path().join("soft.npy"), case.path().join("hard.npy"));
        std::os::unix::fs::symlink(&case.input, &soft).unwrap();
        fs::hard_link(&case.input, &hard).unwrap();
        common::assert_error(&onto(&soft, &[]), fact);
        common::assert_error(&onto(&hard, &[]), fact);
    }
    assert_eq!(fs::read(&case.input).unwrap(), bytes);
}

#[test]
#[cfg(unix)]
fn the_result_has_the_permissions_of_a_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let case = Case::ones(&[4, 4]);
    assert!(case.run(&["--sigma", "1"]).status.success());
    let mode = |path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&case.output), mode(&case.input));
}

/// A file that is replaced keeps who may read it.
#[test]
#[cfg(unix)]
fn a_replaced_file_keeps_its_mode_and_owner() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    for mode in [0o600, 0o640, 0o444, 0o664] {
        let case = Case::ones(&[4, 4]);
        fs::write(&case.output, "old").unwrap();
        fs::set_permissions(&case.output, fs::Permissions::from_mode(mode)).unwrap();
        let other = chown(&case.output, Some(65534), Some(65534)).is_ok();
        if !other {
            println!("not tested: only root gives files away");
        }
        let before = fs::metadata(&case.output).unwrap();
        let output = case.run(&["--sigma", "1", "--force"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let after = fs::metadata(&case.output).unwrap();
        assert_ne!(before.ino(), after.ino());
        assert_eq!(after.mode() & 0o7777, mode);
        assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
        assert_eq!(other, after.uid() == 65534);
        assert_eq!(case.files(), ["in.npy", "out.npy"]);
    }
}

/// In a folder such as /tmp nobody replaces a file of somebody else; that is told before the work.
#[test]
#[cfg(target_os = "linux")]
fn files_of_others_in_a_shared_folder() {
    use std::os::unix::fs::{PermissionsExt, chown};
    let case = Case::ones(&[4, 4]);
    let shared = tempfile::tempdir().unwrap();
    let output = shared.path().join("out.npy");
    fs::write(&output, "theirs").unwrap();
    let open =
        |path: &std::path::Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode));
    open(shared.path(), 0o1777).unwrap();
    open(case.path(), 0o755).unwrap();
    if chown(&output, Some(1), Some(1)).is_err() {
        return println!("not tested: only root gives files away");
    }
    let mut command = std::process::Command::new("setpriv");
    command.args(["--reuid", "65534", "--clear-groups", env!("CARGO_BIN_EXE_gausstack"), "filter"]);
    command.args([&case.input, &output]).args(["--sigma", "1", "--force"]);
    match command.output() {
        Ok(found)
            if found.status.code() == Some(1) && text(&found.stderr).contains("gausstack: ") =>
        {
            common::assert_error(&found, "out.npy' belongs to another user, and its folder");
            assert_eq!(fs::read(&output).unwrap(), b"theirs");
        }
        Ok(found) if text(&found.stderr).starts_with("setpriv") => {
            println!("not tested: {}", text(&found.stderr));
        }
        Ok(found) => panic!("{}{}", text(&found.stdout), text(&found.stderr)),
        Err(error) => println!("not tested: no setpriv: {error}"),
    }
}

#[test]
fn output_named_without_a_folder() {
    let case = Case::new(&npy("<f4", false, &[2, 2], &bytes_f32(&[1.0, 2.0, 3.0, 4.0])));
    let output = common::gausstack()
        .current_dir(case.path())
        .args(["filter", "in.npy", "out.npy", "--sigma", "1"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(case.files(), ["in.npy", "out.npy"]);
}

#[test]
fn a_summary_nobody_reads_is_no_error() {
    let case = Case::ones(&[4, 4]);
    let mut command = case.command(&["--sigma", "1"]);
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
    assert!(case.output.exists());
}

/// The size at which a mistake in offsets or pieces shows; GAUSSTACK_HEAVY=1 runs it.
#[test]
fn one_gigabyte_equals_the_library() {
    if std::env::var_os("GAUSSTACK_HEAVY").is_none_or(|heavy| heavy != "1") {
        println!("not tested: a file of 1 GB (set GAUSSTACK_HEAVY=1)");
        return;
    }
    let mut random = fastrand::Rng::with_seed(1);
    let data = Array3::from_shape_simple_fn((3000, 16, 5000), || random.f32()).into_dyn();
    let gaussian = Gaussian::new([3.0, 5.0]).axes([0, 2]);
    let arguments = ["--sigma", "3,5", "--slice-axis", "1"];
    same_f32(&data, &arguments, gaussian.plan(data.shape()));
}
