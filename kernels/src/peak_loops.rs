//! Loops of vector arithmetic in registers, which run at the level's peak.

use std::cell::Cell;

use crate::element::Arithmetic;
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
