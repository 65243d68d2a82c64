//! The target `zarr`, for cargo-fuzz.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gausstack_fuzz::zarr::target(data));
