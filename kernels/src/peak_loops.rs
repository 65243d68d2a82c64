//! Loops of vector arithmetic in registers, which run at the level's peak.

use std::cell::Cell;

use crate::element::Arithmetic;
use crate::simd::{MAX_LANES, Simd};

/// How often a loop runs, and the operations that it reports.
pub(crate) struct PeakArgs {
    pub(crate) iterations: u64,
    pub(crate) operations: Cell<u64>,
}

/// Products in flight: latency (4 cycles) times instructions per cycle (2), and two more, because
/// exactly 8 leave a fifth of the peak unused. With half as many sums and one constant they fill
/// AVX2's 16 registers.
const PRODUCTS: usize = 10;
/// Sums in flight. Each is added to twice per round, because an addition's latency is at most half
/// a product's.
const SUMS: usize = 5;

/// Runs as many ADDs as FMAs, none waiting for another: the mix of a pair-folded sum.
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

/// Runs two ADDs for each MUL: the mix of a pair-folded sum that is not fused.
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
    // Every lane counts as used: if only one did, LLVM would compute that lane alone, in the
    // sixteen registers that have a 128-bit name.
    let mut lanes = [A::default(); MAX_LANES];
    // SAFETY: LANES <= MAX_LANES.
    unsafe { s.store(total, lanes.as_mut_ptr()) }
    std::hint::black_box(lanes);
    args.operations.set(operations);
}
