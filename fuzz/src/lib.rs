//! Fuzz targets: functions of bytes that must not panic, whatever the bytes are.
//!
//! A fuzzer calls them through the programs in `fuzz_targets/`. The program `replay` calls them without one,
//! on what the fuzzers kept and on random changes of it.

pub mod arguments;
mod common;
mod files;
mod folder;
pub mod hdf5;
pub mod journal;
pub mod npy;
pub mod report;
pub mod request;
pub mod seeds;
pub mod tiff;
mod told;
pub mod zarr;

pub use folder::remove_folders;

/// What a fuzzer calls.
pub type Target = fn(&[u8]);

/// All targets, by the names of their programs and of the folders of their corpora.
pub const TARGETS: [(&str, Target); 8] = [
    ("request", request::target),
    ("npy", npy::target),
    ("hdf5", hdf5::target),
    ("tiff", tiff::target),
    ("zarr", zarr::target),
    ("journal", journal::target),
    ("arguments", arguments::target),
    ("report", report::target),
];
