//! The FIR of weights without symmetry, across rows and in rows: one product for every tap.
//!
//! Output `i` is the sum over `j` of `weights[j] x[first + i + j]`, from the first tap to the last.
//!
//! **Rows held.** Across rows, each input row is loaded once for `R` output rows, and each of those
//! multiplies it by another weight.
//!
//! **Orders of summation**, which depend on the number of weights alone:
//! * fused: two accumulators, for even and odd `j`, in order, then their sum;
//! * unfused: the last tap first, then the others in order, with a rounding after each
//!   multiplication and each addition: scipy's order, hence its bits.

use crate::accumulators::Accumulators;
use crate::blocks::{Block, FirArgs, sum_blocks, sum_few};
use crate::element::Arithmetic;
use crate::fir::WIDE;
use crate::row_blocks::{InRowArgs, RowBlock, sum_rows};
use crate::simd::Simd;

/// Sums across rows.
///
/// # Safety
/// As [`sum_blocks`], with `last_tap + 1` taps.
#[inline(always)]
pub(crate) unsafe fn across<S, A, const FUSED: bool, const R: usize>(s: S, args: &FirArgs<A>)
where
    S: Simd<A>,
    A: Arithmetic,
{
    // SAFETY: the caller's.
    unsafe {
        if args.rows < R {
            sum_few::<S, A, Row<FUSED, WIDE>, Row<FUSED, 1>>(s, args);
        } else {
            sum_blocks::<S, A, Listed<FUSED, R>>(s, args);
        }
    }
}

/// Sums in rows.
///
/// # Safety
/// As [`sum_rows`], with `last_tap + 1` taps, the first of which multiplies the sample at `src`.
#[inline(always)]
pub(crate) unsafe fn in_row<S, A, const FUSED: bool, const W: usize>(s: S, args: &InRowArgs<A>)
where
    S: Simd<A>,
    A: Arithmetic,
{
    // SAFETY: the caller's.
    unsafe { sum_rows::<S, A, InRowArgs<A>, Listed<FUSED, W>, Listed<FUSED, 1>>(s, args) }
}

/// Blocks of `N` output rows, or of `N` vectors of a row.
struct Listed<const FUSED: bool, const N: usize>;

impl<S, A, const FUSED: bool, const R: usize> Block<S, A> for Listed<FUSED, R>
where
    S: Simd<A>,
    A: Arithmetic,
{
    const ROWS: usize = R;
    const ROW_BY_ROW: bool = false;

    #[inline(always)]
    unsafe fn sum(s: S, args: &FirArgs<A>, src: *const A, offsets: *const usize, mut dst: *mut A) {
        let last = args.last_tap;
        // SAFETY: every use below has `index < R + last`.
        let row = |index: usize| unsafe { s.load(src.add(*offsets.add(index))) };
        // SAFETY: every use below has j <= last.
        let weight = |j: usize| s.splat(unsafe { *args.weights.add(j) });
        let zero = s.splat(A::default());
        let mut sums = [Accumulators { even: zero, odd: zero }; R];
        if !FUSED {
            for (i, sums) in sums.iter_mut().enumerate() {
                sums.even = s.mul(row(i + last), weight(last));
            }
        }
        let taps = if FUSED { last + 1 } else { last };
        // Taps in rows that only some of the outputs need.
        macro_rules! alone {
            (|$i:ident| $taps:expr) => {
                for ($i, sums) in sums.iter_mut().enumerate() {
                    for j in $taps {
                        sums.add::<S, A, FUSED>(s, j, row($i + j), weight(j));
                    }
                }
            };
        }
        // A row that all outputs need. Every second turn, the taps have the other parity.
        macro_rules! shared {
            ($row:expr, $turn:literal) => {{
                let (index, sample) = ($row, row($row));
                for (i, sums) in sums.iter_mut().enumerate() {
                    let parity = R - 1 - i + $turn;
                    sums.add::<S, A, FUSED>(s, parity, sample, weight(index - i));
                }
            }};
        }
        if taps < R {
            alone!(|i| 0..taps);
        } else {
            alone!(|i| 0..R - 1 - i);
            let shared = taps - (R - 1);
            for turn in 0..shared / 2 {
                shared!(R - 1 + 2 * turn, 0);
                shared!(R + 2 * turn, 1);
            }
            if !shared.is_multiple_of(2) {
                shared!(taps - 1, 0);
            }
            alone!(|i| taps - i..taps);
        }
        for sums in sums {
            // SAFETY: the caller's.
            unsafe { s.store(sums.sum::<S, A, FUSED>(s), dst) }
            dst = dst.wrapping_add(args.pitch);
        }
    }
}

/// `W` vectors of a single output row, which share its weights.
struct Row<const FUSED: bool, const W: usize>;

impl<S, A, const FUSED: bool, const W: usize> Block<S, A> for Row<FUSED, W>
where
    S: Simd<A>,
    A: Arithmetic,
{
    const ROWS: usize = 1;
    const VECTORS: usize = W;
    const ROW_BY_ROW: bool = false;

    #[inline(always)]
    unsafe fn sum(s: S, args: &FirArgs<A>, src: *const A, offsets: *const usize, dst: *mut A) {
        let last = args.last_tap;
        // SAFETY: every use below has `index <= last`.
        let row = |index: usize| unsafe { src.add(*offsets.add(index)) };
        // SAFETY: a row, and every use below has i < W.
        let vector = |row: *const A, i: usize| unsafe { s.load(row.add(i * S::LANES)) };
        // SAFETY: every use below has j <= last.
        let weight = |j: usize| s.splat(unsafe { *args.weights.add(j) });
        let zero = s.splat(A::default());
        let mut sums = [Accumulators { even: zero, odd: zero }; W];
        if !FUSED {
            let (row, w) = (row(last), weight(last));
            for (i, sums) in sums.iter_mut().enumerate() {
                sums.even = s.mul(vector(row, i), w);
            }
        }
        let taps = if FUSED { last + 1 } else { last };
        macro_rules! tap {
            ($j:expr, $parity:literal) => {{
                let (row, w) = (row($j), weight($j));
                for (i, sums) in sums.iter_mut().enumerate() {
                    sums.add::<S, A, FUSED>(s, $parity, vector(row, i), w);
                }
            }};
        }
        for turn in 0..taps / 2 {
            tap!(2 * turn, 0);
            tap!(2 * turn + 1, 1);
        }
        if !taps.is_multiple_of(2) {
            tap!(taps - 1, 0);
        }
        for (i, sums) in sums.into_iter().enumerate() {
            // SAFETY: the caller's; i < W.
            unsafe { s.store(sums.sum::<S, A, FUSED>(s), dst.add(i * S::LANES)) }
        }
    }
}

impl<S, A, const FUSED: bool, const W: usize> RowBlock<S, A, InRowArgs<A>> for Listed<FUSED, W>
where
    S: Simd<A>,
    A: Arithmetic,
{
    const VECTORS: usize = W;

    #[inline(always)]
    unsafe fn sum(s: S, args: &InRowArgs<A>, first: *const A, dst: *mut A) {
        let last = args.last_tap;
        // SAFETY: every use below has j <= last, within the reach.
        let (sample, weight) = (
            |i: usize, j: usize| unsafe { s.load(first.add(i * S::LANES + j * args.step)) },
            |j: usize| s.splat(unsafe { *args.weights.add(j) }),
        );
        let zero = s.splat(A::default());
        let mut sums = [Accumulators { even: zero, odd: zero }; W];
        if !FUSED {
            for (i, sums) in sums.iter_mut().enumerate() {
                sums.even = s.mul(sample(i, last), weight(last));
            }
        }
        let taps = if FUSED { last + 1 } else { last };
        macro_rules! tap {
            ($j:expr, $parity:literal) => {{
                let (j, w) = ($j, weight($j));
                for (i, sums) in sums.iter_mut().enumerate() {
                    sums.add::<S, A, FUSED>(s, $parity, sample(i, j), w);
                }
            }};
        }
        for turn in 0..taps / 2 {
            tap!(2 * turn, 0);
            tap!(2 * turn + 1, 1);
        }
        if !taps.is_multiple_of(2) {
            tap!(taps - 1, 0);
        }
        for (i, sums) in sums.into_iter().enumerate() {
            // SAFETY: the caller's.
            unsafe { s.store(sums.sum::<S, A, FUSED>(s), dst.add(i * S::LANES)) }
        }
    }
}
