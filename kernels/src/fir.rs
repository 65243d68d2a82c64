//! The FIR kernel: both passes run it, on different rows. (At small radii the row pass is that of [`along`](crate::along).)
//!
//! Output row `y` is the weighted sum of input rows `y ..= y + 2 radius`, each found through a table
//! of offsets, in which borders and ring buffers are already resolved. Vectors run across the width
//! of the rows, so no load is ever unaligned.
//!
//! **Register window.** `R` output rows are summed together. At distance `k` they need rows
//! `-k .. R - k` and `k .. R + k` about the first of them: from `k` to `k - 1` the upper window
//! moves down by one row and the lower one up by one, so that each step loads two vectors for `R`
//! outputs where pairs straight from memory need `2 R`. Unrolling `U` steps, a multiple of `R`, lets
//! the windows rotate through register names instead of being moved.
//!
//! **Orders of summation**, which depend on the radius alone:
//! * fused: two accumulators, for even and odd `k`, each from the outermost pair inward, the centre
//!   last into the even one, then their sum. Outermost first is 2.5 to 6 times as accurate as
//!   centre first, and two chains hide the latency of fused multiply-add.
//! * unfused: the centre first, then pairs from the outermost inward into the same accumulator, with
//!   a rounding after each multiplication and each addition: scipy's order, hence its bits.

use crate::element::Arithmetic;
use crate::simd::Simd;
use crate::walk::{Block, FirArgs, walk};

/// Sums all rows of `args`, `R` together: by straight-line code up to radius 20, beyond it in rounds of `U` taps.
///
/// (On AVX-512 straight-line code takes a block of 6 rows from 26 to 17 cycles at radius 1, from 57 to 49 at 12; a gate is
/// 80 KiB of it.)
///
/// # Safety
/// As [`walk`], with `2 radius + 1` taps. `U` is a multiple of `R`, and even if `FUSED`.
#[inline(always)]
pub(crate) unsafe fn fir<S, A, const FUSED: bool, const ODD: bool, const R: usize, const U: usize>(
    s: S,
    args: &FirArgs<A>,
) where
    S: Simd<A>,
    A: Arithmetic,
{
    const { assert!(U <= 6 && U.is_multiple_of(R) && (!FUSED || U.is_multiple_of(2))) }
    macro_rules! straight {
        ($($radius:literal)*) => {
            match args.radius {
                // SAFETY: the caller's.
                $($radius => return unsafe {
                    walk::<S, A, Folded<FUSED, ODD, R, U, $radius, true>, Single<FUSED, ODD>>(s, args)
                },)*
                _ => {}
            }
        };
    }
    straight!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20);
    // The taps that do not fill a round of U come first; their number is a constant of each arm, so
    // that the window's rotation stays free of moves.
    macro_rules! rounds {
        ($($rest:literal)*) => {
            match args.radius % U {
                // SAFETY: the caller's.
                $($rest if $rest < U => unsafe {
                    walk::<S, A, Folded<FUSED, ODD, R, U, $rest, false>, Single<FUSED, ODD>>(s, args);
                },)*
                _ => {}
            }
        };
    }
    rounds!(0 1 2 3 4 5);
}

/// The two samples of a tap.
#[inline(always)]
fn pair<S: Simd<A>, A: Arithmetic, const ODD: bool>(s: S, before: S::V, after: S::V) -> S::V {
    if ODD { s.sub(before, after) } else { s.add(before, after) }
}

/// The same bits by the units that multiply: `before * 1 + after`. Without fused multiply-adds these have one
/// of a tap's three operations and are idle for half of the time; with every second pair they have a half.
///
/// (`one` must be a number that the compiler does not know, or it makes additions of them again.)
#[inline(always)]
fn pair_by_fma<S: Simd<A>, A: Arithmetic, const ODD: bool>(
    s: S,
    one: S::V,
    before: S::V,
    after: S::V,
) -> S::V {
    if ODD { s.mul_sub(before, one, after) } else { s.mul_add(before, one, after) }
}

/// The pair of the `i`th of the outputs that are summed together, by the units that have less to do.
///
/// (With the addition to the chain in here too, LLVM spills: one instruction in eleven.)
#[inline(always)]
pub(crate) fn pair_of<S: Simd<A>, A: Arithmetic, const FUSED: bool, const ODD: bool>(
    s: S,
    i: usize,
    one: S::V,
    before: S::V,
    after: S::V,
) -> S::V {
    if !FUSED && S::LANES > 2 && i % 2 == 1 {
        pair_by_fma::<S, A, ODD>(s, one, before, after)
    } else {
        pair::<S, A, ODD>(s, before, after)
    }
}

/// Blocks of `R` output rows, `REST` taps first and `U` at a time then; if `STRAIGHT`, the radius is `REST`, else more than it by
/// a multiple of `U`.
struct Folded<
    const FUSED: bool,
    const ODD: bool,
    const R: usize,
    const U: usize,
    const REST: usize,
    const STRAIGHT: bool,
>;

impl<
    S,
    A,
    const FUSED: bool,
    const ODD: bool,
    const R: usize,
    const U: usize,
    const REST: usize,
    const STRAIGHT: bool,
> Block<S, A> for Folded<FUSED, ODD, R, U, REST, STRAIGHT>
where
    S: Simd<A>,
    A: Arithmetic,
{
    const ROWS: usize = R;
    // Along the rows first, so that lines follow each other, while the rows of a block stay in the first cache, else down the
    // columns. (The other way the slice took 4 % longer, sigma 1 with AVX2 a quarter; at radius 128 and 256 a tenth.)
    const ROW_BY_ROW: bool = STRAIGHT;

    #[inline(always)]
    unsafe fn sum(s: S, args: &FirArgs<A>, src: *const A, offsets: *const usize, mut dst: *mut A) {
        let radius = if STRAIGHT { REST } else { args.radius };
        // SAFETY: every use below has `index < R + 2 radius`.
        let row = |index: usize| unsafe { s.load(src.add(*offsets.add(index))) };
        // SAFETY: every use below has k <= radius.
        let weight = |k: usize| s.splat(unsafe { *args.weights.add(k) });

        let centre = weight(0);
        let one = s.splat(args.one);
        let zero = s.splat(A::default());
        let mut even = [zero; R];
        let mut odd = [zero; R];
        let mut before = [zero; R];
        let mut after = [zero; R];
        for i in 0..R {
            if !FUSED {
                even[i] = s.mul(row(radius + i), centre);
            }
            before[i] = row(i);
            after[i] = row(2 * radius + i);
        }
        let mut k = radius;
        // One tap: sum the windows at distance k, then move them to k - 1. `$turn` taps have gone before,
        // so row `i` of the window above is in slot `i + turn`, of the one below in slot `i - turn`.
        // (Moving the arrays' elements instead turns into calls of memmove, and the arrays into memory:
        // 8 times slower.)
        macro_rules! tap {
            ($turn:expr, $parity:expr) => {{
                let w = weight(k);
                for i in 0..R {
                    let (before, after) = (before[(i + $turn) % R], after[(i + U - $turn % R) % R]);
                    let p = pair_of::<S, A, FUSED, ODD>(s, i, one, before, after);
                    if !FUSED {
                        even[i] = s.add(even[i], s.mul(p, w));
                    } else {
                        let chain = if $parity % 2 == 1 { &mut odd[i] } else { &mut even[i] };
                        *chain = s.mul_add(p, w, *chain);
                    }
                }
                before[$turn % R] = row(radius + R - k);
                after[(U - 1 - $turn % R) % R] = row(radius + k - 1);
                k -= 1;
            }};
        }
        // The parity of k is known: k = REST, REST - 1, .. modulo U, which is even where it matters.
        macro_rules! taps {
            ($turned:expr, $count:expr, $($step:literal)*) => {
                $(if $step < $count { tap!($turned + $step, $count - $step) })*
            };
        }
        taps!(0, REST, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19);
        if !STRAIGHT {
            while k > 0 {
                taps!(REST, U, 0 1 2 3 4 5);
            }
        }
        for i in 0..R {
            let sum = if FUSED {
                // At distance 0 the window above is the centre.
                let middle = before[(i + REST) % R];
                s.add(s.mul_add(middle, centre, even[i]), odd[i])
            } else {
                even[i]
            };
            // SAFETY: the caller's.
            unsafe { s.store(sum, dst) }
            dst = dst.wrapping_add(args.pitch);
        }
    }
}

/// Single rows of any radius.
struct Single<const FUSED: bool, const ODD: bool>;

impl<S, A, const FUSED: bool, const ODD: bool> Block<S, A> for Single<FUSED, ODD>
where
    S: Simd<A>,
    A: Arithmetic,
{
    const ROWS: usize = 1;
    const ROW_BY_ROW: bool = false;

    #[inline(always)]
    unsafe fn sum(s: S, args: &FirArgs<A>, src: *const A, offsets: *const usize, dst: *mut A) {
        // SAFETY: the caller's; two taps at a time, of which the first is left over where their number is odd.
        unsafe {
            if args.radius.is_multiple_of(2) {
                Folded::<FUSED, ODD, 1, 2, 0, false>::sum(s, args, src, offsets, dst);
            } else {
                Folded::<FUSED, ODD, 1, 2, 1, false>::sum(s, args, src, offsets, dst);
            }
        }
    }
}
