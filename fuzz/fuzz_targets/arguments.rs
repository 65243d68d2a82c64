//! The target `arguments`, for cargo-fuzz.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gausstack_fuzz::arguments::target(data));
