//! The ceilings that measured times are compared with: arithmetic in registers and a copy past the
//! caches.

use std::cell::Cell;

use crate::door::Kernels;
use crate::element::Arithmetic;
use crate::gates::peak_entry;
use crate::level::Level;
use crate::plane::{Extent, PlaneMut, Strides};
use crate::rounding::Rounding;
use crate::simd::Simd;

/// How long to run, and where the count of operations goes.
pub(crate) struct PeakArgs {
    pub(crate) iterations: u64,
    pub(crate) operations: Cell<u64>,
}

/// Products in flight: latency (4 cycles) times instructions a cycle (2), and two more, because exactly as many
/// leave a fifth of the peak unused. With half as many sums and one constant that is all of AVX2's 16
/// registers.
const PRODUCTS: usize = 10;
/// Sums in flight, each added to twice a round: an addition's latency is at most half the product's.
const SUMS: usize = 5;

/// As many ADDs as FMAs, none waiting for another: the mix of a pair-folded sum.
///
/// # Safety
/// None beyond the level's.
#[inline(always)]
pub(crate) unsafe fn fused<S: Simd<A>, A: Arithmetic>(s: S, args: &PeakArgs) {
    let one = s.splat(A::from_f64(std::hint::black_box(1.0)));
    let mut sums = [one; SUMS];
    let mut products = [one; PRODUCTS];
    for _ in 0..args.iterations {
        for i in 0..PRODUCTS {
            sums[i % SUMS] = s.add(sums[i % SUMS], one);
            products[i] = s.mul_add(products[i], one, one);
        }
    }
    let operations = 2 * PRODUCTS as u64 * S::LANES as u64 * args.iterations;
    finish(s, args, sums, products, operations);
}

/// Two ADDs for each MUL: the mix of a pair-folded sum that is not fused.
///
/// # Safety
/// None beyond the level's.
#[inline(always)]
pub(crate) unsafe fn unfused<S: Simd<A>, A: Arithmetic>(s: S, args: &PeakArgs) {
    let one = s.splat(A::from_f64(std::hint::black_box(1.0)));
    let mut sums = [one; SUMS];
    let mut products = [one; PRODUCTS];
    for _ in 0..args.iterations {
        for i in 0..PRODUCTS {
            sums[i % SUMS] = s.add(sums[i % SUMS], one);
            products[i] = s.add(s.mul(products[i], one), one);
        }
    }
    let operations = 3 * PRODUCTS as u64 * S::LANES as u64 * args.iterations;
    finish(s, args, sums, products, operations);
}

#[inline(always)]
fn finish<S: Simd<A>, A: Arithmetic>(
    s: S,
    args: &PeakArgs,
    sums: [S::V; SUMS],
    products: [S::V; PRODUCTS],
    operations: u64,
) {
    let mut total = s.splat(A::default());
    for value in sums.into_iter().chain(products) {
        total = s.add(total, value);
    }
    // As many elements as the widest vector has. All of them count as used: if only one did, LLVM
    // would keep that lane's sums alone, in the sixteen registers that have a 128-bit name.
    let mut lanes = [A::default(); 16];
    // SAFETY: LANES <= 16.
    unsafe { s.store(total, lanes.as_mut_ptr()) }
    std::hint::black_box(lanes);
    args.operations.set(operations);
}

/// Runs a loop of vector arithmetic that touches no memory and returns its operations: one ADD, MUL
/// or FMA on one lane counts 1.
///
/// `single` runs as many ADDs as FMAs on f32, the mix of the fused sums; otherwise two ADDs for each
/// MUL on f64, the mix of the unfused ones. Time the call to get the level's arithmetic peak.
#[must_use]
pub fn multiply_add(level: Level, single: bool, iterations: u64) -> u64 {
    let args = PeakArgs { iterations, operations: Cell::new(0) };
    // SAFETY: the level's value is the proof that the CPU has its instructions.
    unsafe { peak_entry(level, single)(&args) }
    args.operations.get()
}

/// Copies with non-temporal stores, where the level has them.
///
/// # Panics
/// When the lengths differ.
pub fn copy_streaming(level: Level, src: &[f32], dst: &mut [f32]) {
    assert_eq!(src.len(), dst.len(), "source and destination of a copy");
    let Some(kernels) = Kernels::<f32>::new::<f32, f32>(level, Rounding::Nearest) else { return };
    let whole = src.len() - src.len() % kernels.lanes();
    let extent = Extent { rows: 1, columns: whole, inner: 1 };
    let strides = Strides { row: 0, column: 1, inner: 1 };
    // SAFETY: a mutable slice of at least `whole` elements.
    let mut plane = unsafe { PlaneMut::new(dst.as_mut_ptr(), extent, strides) };
    if whole > 0 {
        kernels.egress(&src[..whole], whole, &mut plane, 0..1, 0..whole, true);
    }
    dst[whole..].copy_from_slice(&src[whole..]);
}
