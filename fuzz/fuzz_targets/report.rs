//! The target `report`, for cargo-fuzz.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gausstack_fuzz::report::target(data));
