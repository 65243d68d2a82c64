//! Missing pixels: NaN in the file, and masks in another.

mod common;

use std::fs;
use std::path::Path;

use common::{Case, bytes_f32, noise, npy, text};
use gausstack::{Gaussian, Missing};
use ndarray::{Array1, Array3, ArrayD, Axis, Ix3};
use ndarray_npy::{read_npy, write_npy};

const SHAPE: [usize; 3] = [23, 4, 31];

/// A stack with gaps, and which of its pixels are there.
fn gapped() -> (Array3<f32>, Array3<bool>) {
    let data = noise(&SHAPE, false).into_dimensionality::<Ix3>().unwrap();
    let mask = data.mapv(|value| value < 0.6);
    let mut data = data.mapv(|value| value as f32);
    for (i, value) in data.iter_mut().enumerate() {
        if i % 11 == 3 {
            *value = f32::NAN;
        }
    }
    (data, mask)
}

/// Runs the binary on a stack beside a mask file, and gives what it wrote and said.
fn run(
    data: &Array3<f32>,
    mask: Option<&dyn Fn(&Path)>,
    arguments: &[&str],
) -> (Array3<f32>, String) {
    let case = Case::new(&[]);
    write_npy(&case.input, data).unwrap();
    let path = case.path().join("mask.npy");
    let mut arguments = [&["--sigma", "2,1", "--axes", "2,0"], arguments].concat();
    if let Some(write) = mask {
        write(&path);
        arguments.extend(["--mask", path.to_str().unwrap()]);
    }
    let output = case.run(&arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    (read_npy(&case.output).unwrap(), text(&output.stdout))
}

fn same(found: &Array3<f32>, want: &Array3<f32>, about: &str) {
    assert!(found.iter().zip(want).all(|(a, b)| a.to_bits() == b.to_bits()), "{about}");
}

fn gaussian() -> Gaussian {
    Gaussian::new([2.0, 1.0]).axes([2, 0])
}

#[test]
fn nan_is_left_out_where_it_is_asked_for() {
    let (data, _) = gapped();
    let (found, said) = run(&data, None, &["--missing", "ignore"]);
    same(&found, &gaussian().missing(Missing::Ignore).apply(&data).unwrap(), "ignored");
    assert!(said.contains("NaN left out, sigma 2,1"), "{said}");
    let (found, said) = run(&data, None, &[]);
    assert!(found.iter().any(|value| value.is_nan()));
    assert!(!said.contains("left out"), "{said}");
    let (found, _) = run(&data, None, &["--missing", "propagate"]);
    assert!(found.iter().any(|value| value.is_nan()));
    let nothing = data.mapv(|_| f32::NAN);
    let (found, _) = run(&nothing, None, &["--missing", "ignore", "--fill", "-7.5"]);
    assert!(found.iter().all(|&value| value == -7.5));
}

/// What is missing stays missing, and everything else is as with ignore.
#[test]
fn missing_pixels_are_kept_where_it_is_asked_for() {
    let (data, mask) = gapped();
    let (found, said) = run(&data, None, &["--missing", "keep"]);
    same(&found, &gaussian().missing(Missing::Keep).apply(&data).unwrap(), "kept");
    assert!(said.contains("NaN kept, sigma 2,1"), "{said}");
    let (ignored, _) = run(&data, None, &["--missing", "ignore"]);
    for ((kept, ignored), pixel) in found.iter().zip(&ignored).zip(&data) {
        assert!(if pixel.is_nan() { kept.is_nan() } else { kept == ignored });
    }
    let write = |path: &Path| write_npy(path, &mask).unwrap();
    let (found, said) = run(&data, Some(&write), &["--missing", "keep", "--fill", "-7"]);
    assert!(said.contains("masked pixels and NaN kept, sigma 2,1"), "{said}");
    let mut kept = 0;
    for ((found, pixel), there) in found.iter().zip(&data).zip(&mask) {
        let missing = pixel.is_nan() || !there;
        assert_eq!(*found == -7.0, missing);
        kept += usize::from(missing);
    }
    assert!(kept > 100 && kept < data.len() / 2, "{kept}");
}

#[test]
fn masks_of_the_array_and_of_a_slice() {
    let (data, mask) = gapped();
    let data = data.mapv(|value| if value.is_nan() { 0.5 } else { value });
    let want = gaussian().apply_masked(&data, &mask).unwrap();
    let (found, said) = run(&data, Some(&|path| write_npy(path, &mask).unwrap()), &[]);
    same(&found, &want, "bool");
    assert!(said.contains("masked, sigma 2,1"), "{said}");
    // Whatever is not 0 is there.
    let bytes = mask.mapv(|there| if there { 200_u8 } else { 0 });
    let (found, _) = run(&data, Some(&|path| write_npy(path, &bytes).unwrap()), &[]);
    same(&found, &want, "u8");
    let numbers = mask.mapv(|there| if there { -3_i32 } else { 0 });
    let (found, _) =
        run(&data, Some(&|path| write_npy(path, &numbers.t().to_owned().t()).unwrap()), &[]);
    same(&found, &want, "i32 in Fortran order");
    // In files of other formats.
    for name in ["mask.h5:/valid", "mask.zarr", "mask.tif"] {
        let case = Case::new(&[]);
        write_npy(&case.input, &data).unwrap();
        let (bytes, masks) = (case.path().join("bytes.npy"), case.path().join(name));
        write_npy(&bytes, &mask.mapv(u8::from)).unwrap();
        let masks = masks.to_str().unwrap();
        // (A filter that changes nothing.)
        let mut copy = common::gausstack();
        copy.arg("filter").arg(&bytes).args([masks, "--sigma", "0"]);
        assert!(copy.output().unwrap().status.success());
        let arguments = ["--sigma", "2,1", "--axes", "2,0", "--mask", masks];
        let output = case.run(&arguments);
        assert!(output.status.success(), "{name}: {}", text(&output.stderr));
        same(&read_npy(&case.output).unwrap(), &want, name);
    }
    // One slice for all.
    let slice = mask.index_axis(Axis(1), 2).to_owned();
    let mut all = mask.clone();
    all.axis_iter_mut(Axis(1)).for_each(|mut each| each.assign(&slice));
    let want = gaussian().apply_masked(&data, &all).unwrap();
    let (found, _) = run(&data, Some(&|path| write_npy(path, &slice).unwrap()), &[]);
    same(&found, &want, "of a slice");
    // With NaN beside it.
    let (gaps, _) = gapped();
    let want = gaussian().missing(Missing::Ignore).apply_masked(&gaps, &mask).unwrap();
    let both = ["--missing", "ignore"];
    let (found, said) = run(&gaps, Some(&|path| write_npy(path, &mask).unwrap()), &both);
    assert!(found.iter().zip(&want).all(|(a, b)| a == b || (a.is_nan() && b.is_nan())));
    assert!(said.contains("masked, NaN left out"), "{said}");
}

#[test]
fn what_is_wrong_with_a_mask_is_told() {
    let case = Case::ones(&[6, 3, 8]);
    // The mask lies elsewhere: a failure leaves the input alone in its folder.
    let masks = tempfile::tempdir().unwrap();
    let fails = |name: &str, array: &dyn Fn(&Path), more: &[&str], fact: &str| {
        let path = masks.path().join(name);
        array(&path);
        let mask = ["--sigma", "1", "--slice-axis", "1", "--mask", path.to_str().unwrap()];
        case.fails(&[&mask, more].concat(), fact);
    };
    let bools = |shape: &'static [usize]| {
        move |path: &Path| write_npy(path, &ArrayD::from_elem(shape, true)).unwrap()
    };
    fails(
        "floats.npy",
        &|path| write_npy(path, &Array1::<f32>::ones(8)).unwrap(),
        &[],
        "holds f32, which is no mask",
    );
    fails(
        "shape.npy",
        &bools(&[6, 3]),
        &[],
        "has shape [6, 3], not [6, 3, 8] or, for all slices, [6, 8]",
    );
    fails(
        "order.npy",
        &bools(&[6, 8]),
        &["--order", "1"],
        "order 1 of axis 0 cannot leave out missing pixels",
    );
    fails("absent.npy", &|_| {}, &[], "could not open");
    fails("text.npy", &|path| fs::write(path, "no array").unwrap(), &[], "is not a .npy file");
    let laplace = ["--filter", "laplace"];
    fails(
        "laplace.npy",
        &bools(&[6, 8]),
        &laplace,
        "order 2 of axis 0 cannot leave out missing pixels",
    );
    case.fails(
        &["--sigma", "1", "--fill", "3"],
        "--fill is for --mask, --missing ignore and --missing keep",
    );
    let bytes = Case::new(&npy("|u1", false, &[4], &[1, 2, 3, 4]));
    let fill = ["--sigma", "1", "--missing", "ignore", "--fill", "0.5"];
    bytes.fails(
        &fill,
        "u8 does not hold the fill value 0.5; --fill takes another, --output-dtype f32 holds any",
    );
    let wide = Case::new(&npy("<f4", false, &[2], &bytes_f32(&[1.0, 2.0])));
    wide.fails(&["--sigma", "1", "--missing", "ignore", "--order", "2"], "order 2 of axis 0");
}
