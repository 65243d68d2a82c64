//! The FIR kernel across rows. The column pass runs it on rows of scratch, the row pass on columns;
//! at small radii the row pass sums rows as they lie instead ([`fir_in_row`](crate::fir_in_row)).
//!
//! Output row `y` is the weighted sum of input rows `y ..= y + 2 radius`, each found through a
//! table of offsets, in which borders and ring buffers are already resolved. Vectors run across the
//! width of the rows, so no load is ever unaligned.
//!
//! **Register window.** `R` output rows are summed together. At distance `k` they need rows
//! `-k .. R - k` and `k .. R + k` about the first of them: from `k` to `k - 1` the upper window
//! moves down by one row and the lower one up by one, so that each step loads two vectors for `R`
//! outputs where pairs straight from memory need `2 R`. Unrolling `U` steps, a multiple of `R`,
//! lets the windows rotate through register names instead of being moved.
//!
//! **Orders of summation**, which depend on the radius alone:
//! * fused: two accumulators, for even and odd `k`, each from the outermost pair inward, the centre
//!   last into the even one, then their sum. Outermost first is 2.5 to 6 times as accurate as
//!   centre first, and two accumulators hide the latency of fused multiply-add.
//! * unfused: the centre first, then pairs from the outermost inward into the same accumulator,
//!   with a rounding after each multiplication and each addition: scipy's order, hence its bits.

use crate::accumulators::{Accumulators, pair_of};
use crate::blocks::{Block, FirArgs, sum_blocks, sum_few};
use crate::element::Arithmetic;
use crate::simd::Simd;

/// Sums all rows of `args` with folded weights, `R` rows together: by straight-line code up to
/// radius 20, beyond it in rounds of `U` taps. `args.last_tap` is the radius.
///
/// (Measured: straight-line code takes a block of 6 rows from 26 to 17 cycles at radius 1, from 57
/// to 49 at 12, avx512; a gate has 80 KiB of it.)
///
/// # Safety
/// As [`sum_blocks`], with `2 radius + 1` taps. `U` is a multiple of `R`, and even if `FUSED`.
#[inline(always)]
pub(crate) unsafe fn folded<
    S,
    A,
    const FUSED: bool,
    const ODD: bool,
    const R: usize,
    const U: usize,
>(
    s: S,
    args: &FirArgs<A>,
) where
    S: Simd<A>,
    A: Arithmetic,
{
    const { assert!(U <= 6 && U.is_multiple_of(R) && (!FUSED || U.is_multiple_of(2))) }
    if args.rows < R {
        // SAFETY: the caller's.
        return unsafe { sum_few::<S, A, Row<FUSED, ODD, WIDE>, Row<FUSED, ODD, 1>>(s, args) };
    }
    macro_rules! straight {
        ($($radius:literal)*) => {
            match args.last_tap {
                // SAFETY: the caller's.
                $($radius => return unsafe {
                    sum_blocks::<
                        S,
                        A,
                        Folded<FUSED, ODD, R, U, $radius, true>,
                    >(s, args)
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
            match args.last_tap % U {
                // SAFETY: the caller's.
                $($rest if const { $rest < U } => unsafe {
                    sum_blocks::<
                        S,
                        A,
                        Folded<FUSED, ODD, R, U, $rest, false>,
                    >(s, args);
                },)*
                _ => unreachable!("a remainder is less than its divisor"),
            }
        };
    }
    rounds!(0 1 2 3 4 5);
}

/// Blocks of `R` output rows: `REST` taps first, then `U` at a time. If `STRAIGHT`, the radius is
/// `REST`, else it exceeds `REST` by a multiple of `U`.
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
    // Few taps: in the rows first, so that cache lines follow each other while the rows of a block
    // stay in the first cache. Many taps: down the columns first. (Measured the other way round:
    // 3000 x 5000 pixels 4 % longer, sigma 1 with avx2 a quarter, radius 128 and 256 a tenth.)
    const ROW_BY_ROW: bool = STRAIGHT;

    #[inline(always)]
    unsafe fn sum(s: S, args: &FirArgs<A>, src: *const A, offsets: *const usize, mut dst: *mut A) {
        let radius = if STRAIGHT { REST } else { args.last_tap };
        // SAFETY: every use below has `index < R + 2 radius`.
        let row = |index: usize| unsafe { s.load(src.add(*offsets.add(index))) };
        // SAFETY: every use below has k <= radius.
        let weight = |k: usize| s.splat(unsafe { *args.weights.add(k) });

        let centre = weight(0);
        let opaque_one = s.splat(args.opaque_one);
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
        // One tap: sums the windows at distance k, then moves them to k - 1. After `$turn` taps,
        // row `i` of the window above is in slot `i + turn`, row `i` of the window below in slot
        // `i - turn`. (Moving the arrays' elements instead makes LLVM call memmove and keep the
        // arrays in memory: 8 times slower.)
        macro_rules! tap {
            ($turn:expr, $parity:expr) => {{
                let w = weight(k);
                for i in 0..R {
                    let (before, after) = (before[(i + $turn) % R], after[(i + U - $turn % R) % R]);
                    let p = pair_of::<S, A, FUSED, ODD>(s, i, opaque_one, before, after);
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
        // The parity of k is known: k = REST, REST - 1, .. modulo U, which is even where it
        // matters.
        macro_rules! taps {
            ($turned:expr, $count:expr, $($step:literal)*) => {
                $(if const { $step < $count } { tap!($turned + $step, $count - $step) })*
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

/// Vectors of a row that share its weights, where a row is summed by itself: their accumulators,
/// pairs and a weight take 14 registers at most.
pub(crate) const WIDE: usize = 4;

/// `W` vectors of a single output row of any radius.
struct Row<const FUSED: bool, const ODD: bool, const W: usize>;

impl<S, A, const FUSED: bool, const ODD: bool, const W: usize> Block<S, A> for Row<FUSED, ODD, W>
where
    S: Simd<A>,
    A: Arithmetic,
{
    const ROWS: usize = 1;
    const VECTORS: usize = W;
    const ROW_BY_ROW: bool = false;

    #[inline(always)]
    unsafe fn sum(s: S, args: &FirArgs<A>, src: *const A, offsets: *const usize, dst: *mut A) {
        let radius = args.last_tap;
        // SAFETY: every use below has `index <= 2 radius`.
        let row = |index: usize| unsafe { src.add(*offsets.add(index)) };
        // SAFETY: a row, and every use below has i < W.
        let vector = |row: *const A, i: usize| unsafe { s.load(row.add(i * S::LANES)) };
        // SAFETY: every use below has k <= radius.
        let weight = |k: usize| s.splat(unsafe { *args.weights.add(k) });
        let (opaque_one, zero) = (s.splat(args.opaque_one), s.splat(A::default()));
        let (middle, centre) = (row(radius), weight(0));
        let mut sums = [Accumulators { even: zero, odd: zero }; W];
        if !FUSED {
            for (i, sums) in sums.iter_mut().enumerate() {
                sums.even = s.mul(vector(middle, i), centre);
            }
        }
        macro_rules! tap {
            ($k:expr, $parity:literal) => {{
                let (before, after, w) = (row(radius - $k), row(radius + $k), weight($k));
                for (i, sums) in sums.iter_mut().enumerate() {
                    let (before, after) = (vector(before, i), vector(after, i));
                    let p = pair_of::<S, A, FUSED, ODD>(s, i, opaque_one, before, after);
                    sums.add::<S, A, FUSED>(s, $parity, p, w);
                }
            }};
        }
        let mut k = radius;
        if !k.is_multiple_of(2) {
            tap!(k, 1);
            k -= 1;
        }
        while k > 0 {
            tap!(k, 0);
            tap!(k - 1, 1);
            k -= 2;
        }
        for (i, sums) in sums.into_iter().enumerate() {
            let own = vector(middle, i);
            let sum = sums.with_centre::<S, A, FUSED>(s, own, centre);
            // SAFETY: the caller's; i < W.
            unsafe { s.store(sum, dst.add(i * S::LANES)) }
        }
    }
}
