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

use crate::buffer::CACHE_LINE;
use crate::chores::{Ahead, Asking, Finished};
use crate::element::Arithmetic;
use crate::simd::Simd;

/// What the kernel reads and writes; asserted by [`Kernels::fir`](crate::Kernels::fir).
#[derive(Clone, Copy)]
pub(crate) struct FirArgs<A> {
    /// Base of the input rows.
    pub(crate) src: *const A,
    /// Offset of each input row from the base, in elements: `rows + 2 radius` of them.
    pub(crate) offsets: *const usize,
    /// Output rows.
    pub(crate) rows: usize,
    /// Elements of a row: a multiple of the lanes.
    pub(crate) width: usize,
    /// `radius + 1` weights, the centre first.
    pub(crate) weights: *const A,
    pub(crate) radius: usize,
    /// 1.
    pub(crate) one: A,
    /// The first output row.
    pub(crate) dst: *mut A,
    /// Elements from one output row to the next.
    pub(crate) pitch: usize,
    /// What to prefetch meanwhile.
    pub(crate) ahead: Ahead,
    /// What to store meanwhile.
    pub(crate) finished: Finished<A>,
}

/// Sums all rows of `args`, `R` together: by straight-line code up to radius 20, beyond it in rounds of `U` taps.
///
/// (On AVX-512 straight-line code takes a block of 6 rows from 26 to 17 cycles at radius 1, from 57 to 49 at 12; a gate is
/// 80 KiB of it.)
///
/// # Safety
/// With `n = rows + 2 radius`: `offsets` holds `n` entries, `width` elements are readable at `src +`
/// each of them, `radius + 1` weights at `weights`, and `width` elements are writable at `dst + y
/// pitch` for every `y < rows`; nothing written is read. If `finished.width > 0`, it is a multiple of a cache line and
/// of the lanes, and `finished` was made for `rows` rows: as many elements with a line in front of each are
/// readable at its source, `pitch` apart, and writable at its destination; and a line in front of
/// each row of `dst` is writable. `width` is a multiple of the lanes. `U` is a
/// multiple of `R`, and even if `FUSED`.
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
                    rows::<S, A, FUSED, ODD, R, U, $radius, true>(s, args)
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
                    rows::<S, A, FUSED, ODD, R, U, $rest, false>(s, args);
                },)*
                _ => {}
            }
        };
    }
    rounds!(0 1 2 3 4 5);
}

/// # Safety
/// As [`fir`], with `radius` at least `REST` and the difference a multiple of `U`.
#[inline(always)]
unsafe fn rows<
    S,
    A,
    const FUSED: bool,
    const ODD: bool,
    const R: usize,
    const U: usize,
    const REST: usize,
    const STRAIGHT: bool,
>(
    s: S,
    args: &FirArgs<A>,
) where
    S: Simd<A>,
    A: Arithmetic,
{
    let mut ahead = Asking::new(args.ahead);
    if args.rows >= R {
        let blocks = args.rows.div_ceil(R);
        // The last block overlaps the one before it: the same bits are written again.
        let last = args.rows - R;
        let mut x = 0;
        let mut y = 0;
        // Blocks of sums behind which there is something else to do.
        let chores = if args.finished.width > 0 { usize::MAX } else { args.ahead.turns(R) };
        for turn in 0..blocks * (args.width / S::LANES) {
            // SAFETY: y + R <= rows, x + LANES <= width.
            unsafe {
                let (src, offsets) = (args.src.add(x), args.offsets.add(y));
                let dst = args.dst.add(y * args.pitch + x);
                block::<S, A, FUSED, ODD, R, U, REST, STRAIGHT>(s, args, src, offsets, dst);
            }
            if turn < chores {
                if x < args.finished.width {
                    for row in y..y + R {
                        // SAFETY: the caller's; row < rows and x + LANES <= width.
                        unsafe { args.finished.store(s, row, x) }
                    }
                }
                ahead.ask::<A, S, R>(s);
            }
            // One loop for both: the exits of an inner one would be mispredicted. Along the rows first, so that lines follow
            // each other, while the rows of a block stay in the first cache, else down the columns. (The other way
            // the slice took 4 % longer, sigma 1 with AVX2 a quarter; at radius 128 and 256 a tenth.)
            if STRAIGHT {
                let done = x + S::LANES == args.width;
                y = if done { last.min(y + R) } else { y };
                x = if done { 0 } else { x + S::LANES };
            } else {
                let done = y == last;
                x = if done { x + S::LANES } else { x };
                y = if done { 0 } else { last.min(y + R) };
            }
        }
    }
    if args.finished.width > 0 {
        let line = CACHE_LINE / size_of::<A>();
        for y in 0..args.rows {
            let first = if args.rows < R { 0 } else { args.width };
            for x in (first..args.finished.width).step_by(S::LANES) {
                // SAFETY: the caller's; y < rows and x + LANES <= width.
                unsafe { args.finished.store(s, y, x) }
            }
            let start = y * args.pitch;
            for x in (0..line).step_by(S::LANES) {
                // SAFETY: the last line of the finished row, and what is in front of the row being summed.
                unsafe {
                    let last =
                        s.load(args.finished.src.add(start + args.finished.width - line + x));
                    s.store(last, args.dst.add(start + x).sub(line));
                }
            }
        }
    }
    if args.rows < R {
        for y in 0..args.rows {
            let offsets = args.offsets.wrapping_add(y);
            for x in (0..args.width).step_by(S::LANES) {
                let src = args.src.wrapping_add(x);
                // SAFETY: y < rows, x + LANES <= width.
                unsafe {
                    let dst = args.dst.add(y * args.pitch + x);
                    if args.radius.is_multiple_of(2) {
                        block::<S, A, FUSED, ODD, 1, 2, 0, false>(s, args, src, offsets, dst);
                    } else {
                        block::<S, A, FUSED, ODD, 1, 2, 1, false>(s, args, src, offsets, dst);
                    }
                }
            }
        }
    }
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

/// One vector of `R` output rows from row `y` on.
///
/// # Safety
/// As [`fir`] for `R` rows, `src` and `dst` a vector of their width and `offsets` those of the first of them.
#[inline(always)]
unsafe fn block<
    S,
    A,
    const FUSED: bool,
    const ODD: bool,
    const R: usize,
    const U: usize,
    const REST: usize,
    const STRAIGHT: bool,
>(
    s: S,
    args: &FirArgs<A>,
    src: *const A,
    offsets: *const usize,
    mut dst: *mut A,
) where
    S: Simd<A>,
    A: Arithmetic,
{
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
