//! Folders, .npy files and runs of the binary for the tests beside this one.

#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod dtype;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ndarray::{ArrayD, IxDyn, ShapeBuilder};
use tempfile::TempDir;

use dtype::Dtype;

/// The binary, its surroundings free of anything that changes results.
pub(crate) fn gausstack() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gausstack"));
    command.env_remove("GAUSSTACK_LEVEL").env_remove("GAUSSTACK_TUNING");
    command
}

/// A folder with an input in it and a place for the output.
pub(crate) struct Case {
    folder: TempDir,
    pub(crate) input: PathBuf,
    pub(crate) output: PathBuf,
}

impl Case {
    /// A folder whose `in.npy` holds these bytes.
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("in.npy"), folder.path().join("out.npy"));
        fs::write(&input, bytes).unwrap();
        Self { folder, input, output }
    }

    /// A valid input of a given shape, ones of type f32.
    pub(crate) fn ones(shape: &[usize]) -> Self {
        let ones = vec![1.0_f32; shape.iter().product()];
        Self::new(&npy("<f4", false, shape, &bytes_f32(&ones)))
    }

    /// An input of these values in C order.
    pub(crate) fn of(dtype: Dtype, shape: &[usize], values: &[f64]) -> Self {
        Self::new(&npy(dtype.descriptor, false, shape, &dtype.encode(values)))
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// `gausstack filter in.npy out.npy` and more arguments.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = gausstack();
        command.arg("filter").args([&self.input, &self.output]).args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The bytes of the output's elements, after a look at what its header says.
    pub(crate) fn data(&self, dtype: Dtype, fortran: bool) -> Vec<u8> {
        let bytes = fs::read(&self.output).unwrap();
        let end = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        let header = String::from_utf8_lossy(&bytes[..end]);
        let fact = format!("'descr': '{}', ", dtype.descriptor);
        assert!(header.contains(&fact), "{header}");
        assert_eq!(header.contains("'fortran_order': True"), fortran, "{header}");
        bytes[end..].to_vec()
    }

    /// Everything in the folder, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Asserts that a run failed as every failure must: status 1, nothing on standard output, one
    /// line with `fact` on standard error, and nothing but the input left in the folder.
    pub(crate) fn assert_failed(&self, output: &Output, fact: &str) {
        assert_error(output, fact);
        assert_eq!(self.files(), ["in.npy"], "{fact}");
    }

    pub(crate) fn fails(&self, arguments: &[&str], fact: &str) {
        self.assert_failed(&self.run(arguments), fact);
    }
}

/// Asserts status 1 and one line with `fact` on standard error.
pub(crate) fn assert_error(output: &Output, fact: &str) {
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert_eq!(text(&output.stdout), "");
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(error.starts_with("gausstack: ") && error.contains(fact), "'{fact}' in '{error}'");
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A .npy file of version 1.0 with its data on a boundary of 64 bytes, as numpy writes it.
pub(crate) fn npy(descriptor: &str, fortran: bool, shape: &[usize], data: &[u8]) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    let shape: String = shape.iter().map(|length| format!("{length}, ")).collect();
    let header =
        format!("{{'descr': '{descriptor}', 'fortran_order': {order}, 'shape': ({shape}), }}");
    npy_with_header(&header, 64, data)
}

/// A .npy file of version 1.0 with any header, padded to a multiple of `boundary` bytes.
pub(crate) fn npy_with_header(header: &str, boundary: usize, data: &[u8]) -> Vec<u8> {
    const PREFIX: usize = 10;
    let length = (PREFIX + header.len() + 1).next_multiple_of(boundary) - PREFIX;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((length as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.resize(PREFIX + length - 1, b' ');
    bytes.push(b'\n');
    bytes.extend(data);
    bytes
}

pub(crate) fn bytes_f32(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

pub(crate) fn bytes_f64(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Seeded numbers in [-1, 1) in C or Fortran order.
pub(crate) fn noise(shape: &[usize], fortran: bool) -> ArrayD<f64> {
    let mut random = fastrand::Rng::with_seed(7);
    let values = (0..shape.iter().product()).map(|_| 2.0 * random.f64() - 1.0).collect();
    ArrayD::from_shape_vec(IxDyn(shape).set_f(fortran), values).unwrap()
}
