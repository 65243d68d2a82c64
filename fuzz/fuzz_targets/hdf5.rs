//! The target `hdf5`, for cargo-fuzz.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gausstack_fuzz::hdf5::target(data));
