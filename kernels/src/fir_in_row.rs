//! The FIR in rows: the samples of a tap are neighbours in the row itself.
//!
//! A vector of samples `k` elements away straddles two vectors of the row. Loads of such vectors
//! cross a cache line, at half speed. Where the level can, most of them are shuffled out of the two
//! vectors, which are in registers, and the rest are loaded, so that both units are busy
//! ([`beside`](crate::simd::Simd::beside)): a third of them where two shuffles go beside a load, half
//! of them where one does. The orders of summation are those of [`fir`](crate::fir), hence the same
//! bits.

use crate::accumulators::{Accumulators, pair_of};
use crate::element::Arithmetic;
use crate::row_blocks::{InRowArgs, RowBlock, SecondKernel, TwoArgs, sum_rows};
use crate::simd::Simd;

/// Vectors on each side of a block that its samples may be in.
const MAX_BESIDE: usize = 2;
/// The most vectors of a block.
const MAX_VECTORS: usize = 4;
/// Vectors of a block with many taps, where two are enough to keep all units busy.
const PAIR: usize = 2;
/// Samples at multiples of this distance are loaded: a third of them.
pub(crate) const THIRD: isize = 3;
/// The same for half of them.
#[cfg(target_arch = "x86_64")]
pub(crate) const HALF: isize = 2;

/// How many of the vectors that straddle two others are loaded by [`Kernels::fir_in_row`], at levels
/// that shuffle the rest. It changes the speed alone.
///
/// [`Kernels::fir_in_row`]: crate::Kernels::fir_in_row
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadedShare {
    /// Those whose distance is a multiple of 3.
    Third,
    /// Those whose distance is a multiple of 2.
    Half,
}

/// Elements in front of the first sample and behind the last that the kernel may read.
pub(crate) fn reach(radius: usize, step: usize, lanes: usize) -> usize {
    radius.saturating_mul(step).saturating_add(lanes - 1) / lanes * lanes
}

/// Whether the samples of a vector lie in the vectors beside it that a block holds.
const fn straight<S: Simd<A>, A: Copy>(radius: usize) -> bool {
    radius <= MAX_BESIDE * S::LANES
}

/// Sums rows with folded weights, the vectors of a block together: by straight-line code where the
/// step is 1 and the radius at most 20, else in rounds of two taps. `args.last_tap` is the radius.
/// Samples whose distance is a multiple of `LOADED` are loaded.
///
/// # Safety
/// As [`sum_rows`]: for every row `y < rows`, `width` elements at `src + y pitch`, and [`reach`]
/// elements before and behind them, are readable.
#[inline(always)]
pub(crate) unsafe fn folded<
    S,
    A,
    const FUSED: bool,
    const ODD: bool,
    const W: usize,
    const LOADED: isize,
>(
    s: S,
    args: &InRowArgs<A>,
) where
    S: Simd<A>,
    A: Arithmetic,
{
    macro_rules! straight {
        ($vectors:ident: $($radius:literal)*) => {
            match (args.step, args.last_tap) {
                // SAFETY: the caller's.
                $((1, $radius) if const { straight::<S, A>($radius) } => return unsafe {
                    sum_rows::<
                        S,
                        A,
                        InRowArgs<A>,
                        Folded<FUSED, ODD, LOADED, $vectors, $radius, true>,
                        Folded<FUSED, ODD, LOADED, 1, $radius, true>,
                    >(s, args)
                },)*
                _ => {}
            }
        };
    }
    straight!(W: 0 1 2 3 4 5 6 7 8);
    straight!(PAIR: 9 10 11 12 13 14 15 16 17 18 19 20);
    // SAFETY: the caller's.
    unsafe {
        if args.last_tap.is_multiple_of(2) {
            sum_rows::<
                S,
                A,
                InRowArgs<A>,
                Folded<FUSED, ODD, LOADED, PAIR, 0, false>,
                Folded<FUSED, ODD, LOADED, 1, 0, false>,
            >(s, args);
        } else {
            sum_rows::<
                S,
                A,
                InRowArgs<A>,
                Folded<FUSED, ODD, LOADED, PAIR, 1, false>,
                Folded<FUSED, ODD, LOADED, 1, 1, false>,
            >(s, args);
        }
    }
}

/// The greatest radius that [`two`] sums; at greater ones it is faster to transpose rows.
pub(crate) fn max_radius_of_two(lanes: usize) -> usize {
    12.min(MAX_BESIDE * lanes)
}

/// Sums rows with two kernels that read the same samples, an even one and one that is even or odd:
/// by straight-line code, at step 1 and up to [`max_radius_of_two`].
///
/// (Measured: magnitude of the gradient of 2048^2 pixels, samples loaded or shuffled once for both
/// 2.6 ms at sigma 1 and 3.3 ms at sigma 2, each kernel alone 2.95 and 3.6 ms, with half the
/// vectors in a block 2.75 and 3.5 ms.)
///
/// # Safety
/// As [`folded`] for the first kernel. As many weights are readable at `second.weights`, and as
/// many elements writable at `second.offset` from those written. The step is 1, the radius at most
/// [`max_radius_of_two`].
#[inline(always)]
pub(crate) unsafe fn two<S, A, const FUSED: bool, const SECOND_ODD: bool, const W: usize>(
    s: S,
    args: &TwoArgs<A>,
) where
    S: Simd<A>,
    A: Arithmetic,
{
    macro_rules! straight {
        ($vectors:ident: $($radius:literal)*) => {
            match args.first.last_tap {
                // SAFETY: the caller's.
                $($radius if const { straight::<S, A>($radius) } => return unsafe {
                    sum_rows::<
                        S,
                        A,
                        TwoArgs<A>,
                        Two<FUSED, SECOND_ODD, $vectors, $radius>,
                        Two<FUSED, SECOND_ODD, 1, $radius>,
                    >(s, args)
                },)*
                _ => {}
            }
        };
    }
    straight!(W: 0 1 2 3 4 5 6 7 8);
    straight!(PAIR: 9 10 11 12);
    unreachable!("the radius of two kernels is at most max_radius_of_two");
}

/// Blocks of `W` vectors. If `STRAIGHT`, the radius is `REST`, and samples at multiples of `LOADED`
/// are loaded; else it exceeds `REST` by an even number, and all are.
struct Folded<
    const FUSED: bool,
    const ODD: bool,
    const LOADED: isize,
    const W: usize,
    const REST: usize,
    const STRAIGHT: bool,
>;

impl<
    S,
    A,
    const FUSED: bool,
    const ODD: bool,
    const LOADED: isize,
    const W: usize,
    const REST: usize,
    const STRAIGHT: bool,
> RowBlock<S, A, InRowArgs<A>> for Folded<FUSED, ODD, LOADED, W, REST, STRAIGHT>
where
    S: Simd<A>,
    A: Arithmetic,
{
    const VECTORS: usize = W;

    #[inline(always)]
    unsafe fn sum(s: S, args: &InRowArgs<A>, centres: *const A, dst: *mut A) {
        // SAFETY: the caller's.
        unsafe {
            sum_block::<S, A, FUSED, ODD, false, LOADED, W, REST, STRAIGHT>(
                s, args, None, centres, dst,
            );
        }
    }
}

/// Blocks of `W` vectors of two kernels, the first of them even; the radius is `RADIUS`.
struct Two<const FUSED: bool, const SECOND_ODD: bool, const W: usize, const RADIUS: usize>;

impl<S, A, const FUSED: bool, const SECOND_ODD: bool, const W: usize, const RADIUS: usize>
    RowBlock<S, A, TwoArgs<A>> for Two<FUSED, SECOND_ODD, W, RADIUS>
where
    S: Simd<A>,
    A: Arithmetic,
{
    const VECTORS: usize = W;

    #[inline(always)]
    unsafe fn sum(s: S, args: &TwoArgs<A>, centres: *const A, dst: *mut A) {
        let (first, second) = (&args.first, Some(&args.second));
        // SAFETY: the caller's.
        unsafe {
            sum_block::<S, A, FUSED, false, SECOND_ODD, THIRD, W, RADIUS, true>(
                s, first, second, centres, dst,
            );
        }
    }
}

/// One block of `W` vectors, of one kernel or of two. `second` is a constant once this is inlined.
///
/// # Safety
/// As [`folded`] and [`two`]; the vectors are in the row.
#[inline(always)]
unsafe fn sum_block<
    S,
    A,
    const FUSED: bool,
    const ODD: bool,
    const SECOND_ODD: bool,
    const LOADED: isize,
    const W: usize,
    const REST: usize,
    const STRAIGHT: bool,
>(
    s: S,
    args: &InRowArgs<A>,
    second: Option<&SecondKernel<A>>,
    centres: *const A,
    dst: *mut A,
) where
    S: Simd<A>,
    A: Arithmetic,
{
    const { assert!(W <= MAX_VECTORS) }
    // SAFETY: every use below has k <= radius.
    let weight = |k: usize| s.splat(unsafe { *args.weights.add(k) });
    let zero = s.splat(A::default());
    let opaque_one = s.splat(args.opaque_one);
    let beside = if STRAIGHT { REST.div_ceil(S::LANES) } else { 0 };
    let mut near = [zero; MAX_VECTORS + 2 * MAX_BESIDE];
    for (i, vector) in near.iter_mut().enumerate().take(W + 2 * beside) {
        let distance = (i as isize - beside as isize) * S::LANES as isize;
        // SAFETY: within the reach.
        *vector = unsafe { s.load(centres.offset(distance)) };
    }
    macro_rules! sample {
        ($i:expr, $distance:expr) => {{
            let (own, distance) = (centres.wrapping_add($i * S::LANES), $distance);
            // SAFETY: within the reach: distance <= radius.
            unsafe {
                if STRAIGHT {
                    s.beside::<LOADED>(own, distance, &near, beside + $i)
                } else {
                    s.load(own.offset(distance * args.step as isize))
                }
            }
        }};
    }

    let other = |k: usize| match second {
        // SAFETY: the second kernel has as many weights, and k <= radius.
        Some(second) => s.splat(unsafe { *second.weights.add(k) }),
        None => zero,
    };
    let centre = weight(0);
    let mut sums = [Accumulators { even: zero, odd: zero }; W];
    let mut others = sums;
    if !FUSED {
        for i in 0..W {
            sums[i].even = s.mul(near[beside + i], centre);
            if second.is_some() {
                others[i].even = s.mul(near[beside + i], other(0));
            }
        }
    }
    let mut k = if STRAIGHT { REST } else { args.last_tap };
    macro_rules! tap {
        ($parity:expr) => {{
            let (w, v) = (weight(k), other(k));
            for i in 0..W {
                let (before, after) = (sample!(i, -(k as isize)), sample!(i, k as isize));
                let p = pair_of::<S, A, FUSED, ODD>(s, i, opaque_one, before, after);
                sums[i].add::<S, A, FUSED>(s, $parity, p, w);
                if second.is_some() && !SECOND_ODD {
                    others[i].add::<S, A, FUSED>(s, $parity, p, v);
                } else if second.is_some() {
                    let p = pair_of::<S, A, FUSED, true>(s, i, opaque_one, before, after);
                    others[i].add::<S, A, FUSED>(s, $parity, p, v);
                }
            }
            k -= 1;
        }};
    }
    macro_rules! taps {
        ($count:expr, $($step:literal)*) => {
            $(if const { $step < $count } { tap!($count - $step) })*
        };
    }
    taps!(REST, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19);
    if !STRAIGHT {
        while k > 0 {
            taps!(2, 0 1);
        }
    }
    for i in 0..W {
        let (own, dst) = (near[beside + i], dst.wrapping_add(i * S::LANES));
        // SAFETY: the caller's.
        unsafe {
            s.store(sums[i].with_centre::<S, A, FUSED>(s, own, centre), dst);
            if let Some(second) = second {
                let sum = others[i].with_centre::<S, A, FUSED>(s, own, other(0));
                s.store(sum, dst.wrapping_offset(second.offset));
            }
        }
    }
}
