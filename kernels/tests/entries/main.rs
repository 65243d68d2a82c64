//! The entries of the crate: what they compute, on every level, and what they refuse.
//!
//! One program, because what these tests share takes longer to compile than they do. The test that
//! reads the machine code is another: it looks at all functions of its program.

mod common;

mod conversions;
mod cpu;
mod elements;
mod elementwise;
mod fresh;
mod in_row;
mod leaving;
mod refused;
mod storing;
mod sums;
