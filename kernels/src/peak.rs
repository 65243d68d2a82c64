//! The ceilings that measured times are compared with: arithmetic in registers and a copy past the
//! caches.

use std::cell::Cell;

use crate::checked::Kernels;
use crate::dispatch::peak_loop;
use crate::element::ElementType;
use crate::level::Level;
use crate::peak_loops::PeakArgs;
use crate::plane::{Extent, PlaneMut, Strides};
use crate::rounding::Rounding;

/// Runs a loop of vector arithmetic that touches no memory and returns its operations: one ADD, MUL
/// or FMA on one lane counts 1.
///
/// `single` runs as many ADDs as FMAs on f32, the mix of the fused sums; otherwise two ADDs for
/// each MUL on f64, the mix of the unfused ones. Time the call to get the level's arithmetic peak.
#[must_use]
pub fn multiply_add(level: Level, single: bool, iterations: u64) -> u64 {
    let args = PeakArgs { iterations, operations: Cell::new(0) };
    // SAFETY: the level's value is the proof that the CPU has its instructions.
    unsafe { peak_loop(level, single)(&args) }
    args.operations.get()
}

/// Copies with non-temporal stores, where the level has them.
///
/// # Panics
/// When the lengths differ.
pub fn copy_streaming(level: Level, src: &[f32], dst: &mut [f32]) {
    assert_eq!(src.len(), dst.len(), "source and destination of a copy");
    let f32s = ElementType::F32;
    let kernels = Kernels::<f32>::new(level, Rounding::Nearest, f32s, f32s);
    let kernels = kernels.expect("sums in f32 read and write f32");
    let whole = src.len() - src.len() % kernels.lanes();
    let extent = Extent { rows: 1, columns: whole, inner: 1 };
    let strides = Strides { row: 0, column: 1, inner: 1 };
    // SAFETY: a mutable slice of at least `whole` elements.
    let mut plane = unsafe { PlaneMut::new(dst.as_mut_ptr(), extent, strides) };
    if whole > 0 {
        kernels.store(&src[..whole], whole, &mut plane, 0..1, 0..whole, true);
    }
    dst[whole..].copy_from_slice(&src[whole..]);
}
