//! The FIR along one row: the samples of a tap are neighbours in the row itself.
//!
//! A vector of samples `k` elements away straddles two vectors of the row. Loads of such vectors cross a cache line,
//! at half speed; where the level can, most of them are taken from the two vectors, which are in registers, and the
//! rest loaded, so that both units are busy ([`beside`](crate::simd::Simd::beside)). The orders of summation are those of
//! [`fir`](crate::fir), hence the same bits.

use crate::chains::Chains;
use crate::chores::{Ahead, Asking};
use crate::element::Arithmetic;
use crate::fir::pair_of;
use crate::simd::Simd;

/// What the kernel reads and writes; asserted by [`Kernels::fir_along`](crate::Kernels::fir_along).
#[derive(Clone, Copy)]
pub(crate) struct AlongArgs<A> {
    /// The sample of the first output's centre (its own, if that is where the centre is), or where all weights are listed, of its
    /// first tap.
    pub(crate) src: *const A,
    /// Elements from one row of samples to the next.
    pub(crate) pitch: isize,
    /// Elements from a sample to the next one.
    pub(crate) step: usize,
    /// Rows.
    pub(crate) rows: usize,
    /// Outputs of a row: a multiple of the lanes.
    pub(crate) width: usize,
    /// `radius + 1` weights, the centre first; or all weights in order, of which there is one more than this too.
    pub(crate) weights: *const A,
    pub(crate) radius: usize,
    /// Other weights of the same radius, of whose sums the same samples are read: where two are summed together.
    pub(crate) also: *const A,
    /// Elements from an output to that of the other weights.
    pub(crate) second: isize,
    /// 1.
    pub(crate) one: A,
    pub(crate) dst: *mut A,
    /// Where in `dst` each row goes.
    pub(crate) offsets: *const usize,
    /// What to prefetch meanwhile.
    pub(crate) ahead: Ahead,
}

impl<A> AlongArgs<A> {
    /// The samples and the place of outputs from `x` on in row `y`.
    ///
    /// # Safety
    /// As [`along`]; `y < rows` and `x <= width`.
    #[inline(always)]
    unsafe fn place(&self, y: usize, x: usize) -> (*const A, *mut A) {
        // SAFETY: the caller's.
        unsafe {
            (
                self.src.offset(y as isize * self.pitch).add(x),
                self.dst.add(*self.offsets.add(y) + x),
            )
        }
    }
}

/// Vectors on each side of those of a block that samples may be in.
const MOST_BESIDE: usize = 2;
/// Vectors of a block at most, and of one with so many taps that two are enough to have all units busy.
const MOST_VECTORS: usize = 4;
const PAIR: usize = 2;

/// Elements in front of the first sample and behind the last that the kernel may read.
pub(crate) fn reach(radius: usize, step: usize, lanes: usize) -> usize {
    radius.saturating_mul(step).saturating_add(lanes - 1) / lanes * lanes
}

/// Whether the samples of a vector lie in the vectors beside it that a block holds.
const fn straight<S: Simd<A>, A: Copy>(radius: usize) -> bool {
    radius <= MOST_BESIDE * S::LANES
}

/// The sums of rows, the vectors of a block together: by straight-line code where the step is 1 and
/// the radius at most 20, else in rounds of two taps.
///
/// # Safety
/// For every row `y < rows`: `width` elements, and [`reach`] before and behind them, are readable at `src + y pitch`, and
/// `width` elements writable at `dst + offsets[y]`; nothing written is read. `radius + 1` weights are readable at `weights`.
/// `width` is a multiple of the lanes.
#[inline(always)]
pub(crate) unsafe fn along<S, A, const FUSED: bool, const ODD: bool, const W: usize>(
    s: S,
    args: &AlongArgs<A>,
) where
    S: Simd<A>,
    A: Arithmetic,
{
    macro_rules! straight {
        ($vectors:ident: $($radius:literal)*) => {
            match (args.step, args.radius) {
                // SAFETY: the caller's.
                $((1, $radius) if straight::<S, A>($radius) => return unsafe {
                    rows::<
                        S,
                        A,
                        Folded<FUSED, ODD, NONE, $vectors, $radius, true>,
                        Folded<FUSED, ODD, NONE, 1, $radius, true>,
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
        if args.radius.is_multiple_of(2) {
            rows::<
                S,
                A,
                Folded<FUSED, ODD, NONE, PAIR, 0, false>,
                Folded<FUSED, ODD, NONE, 1, 0, false>,
            >(s, args);
        } else {
            rows::<
                S,
                A,
                Folded<FUSED, ODD, NONE, PAIR, 1, false>,
                Folded<FUSED, ODD, NONE, 1, 1, false>,
            >(s, args);
        }
    }
}

/// The greatest radius at which [`along_two`] sums: at greater ones it is faster to turn rows.
pub(crate) fn most_radius_of_two(lanes: usize) -> usize {
    12.min(MOST_BESIDE * lanes)
}

/// The sums of rows by two kernels whose samples are the same, an even one and one that is even or odd: by straight-line code, at
/// step 1 and up to [`most_radius_of_two`].
///
/// (With samples loaded or shuffled once for both, the magnitude of the gradient of 2048 x 2048 pixels took 2.6 ms for 2.95 at
/// sigma 1, 3.3 for 3.6 at 2. With half the vectors in a block 2.75 and 3.5.)
///
/// # Safety
/// As [`along`], with `radius + 1` more weights readable at `also`, and as many more elements writable `second` from those written;
/// the step is 1, the radius at most [`most_radius_of_two`].
#[inline(always)]
pub(crate) unsafe fn along_two<S, A, const FUSED: bool, const ALSO: u8, const W: usize>(
    s: S,
    args: &AlongArgs<A>,
) where
    S: Simd<A>,
    A: Arithmetic,
{
    macro_rules! straight {
        ($vectors:ident: $($radius:literal)*) => {
            match args.radius {
                // SAFETY: the caller's.
                $($radius if straight::<S, A>($radius) => return unsafe {
                    rows::<
                        S,
                        A,
                        Folded<FUSED, false, ALSO, $vectors, $radius, true>,
                        Folded<FUSED, false, ALSO, 1, $radius, true>,
                    >(s, args)
                },)*
                _ => {}
            }
        };
    }
    straight!(W: 0 1 2 3 4 5 6 7 8);
    straight!(PAIR: 9 10 11 12);
}

/// What is summed beside the first weights.
pub(crate) const NONE: u8 = 0;
pub(crate) const EVEN: u8 = 1;
pub(crate) const ODD: u8 = 2;

/// Some vectors of a row, summed together.
pub(crate) trait RowBlock<S, A> {
    /// Vectors.
    const VECTORS: usize;

    /// # Safety
    /// As [`along`]; the vectors are in the row, from the output on that is at `dst` and whose place among the samples is `src`.
    unsafe fn sum(s: S, args: &AlongArgs<A>, src: *const A, dst: *mut A);
}

/// Sums all rows of `args` by blocks `B`, narrower ones than one by blocks `One` of a single vector.
///
/// # Safety
/// As [`along`], of the samples that the blocks read.
#[inline(always)]
pub(crate) unsafe fn rows<S, A, B, One>(s: S, args: &AlongArgs<A>)
where
    S: Simd<A>,
    A: Arithmetic,
    B: RowBlock<S, A>,
    One: RowBlock<S, A>,
{
    const { assert!(One::VECTORS == 1) }
    let block_width = B::VECTORS * S::LANES;
    if args.width < block_width {
        for y in 0..args.rows {
            for x in (0..args.width).step_by(S::LANES) {
                // SAFETY: y < rows, x + LANES <= width.
                unsafe {
                    let (src, dst) = args.place(y, x);
                    One::sum(s, args, src, dst);
                }
            }
        }
        return;
    }
    let mut ahead = Asking::new(args.ahead);
    // The last block overlaps the one before it: the same bits are written again.
    let last = args.width - block_width;
    let (mut x, mut y) = (0, 0);
    for _ in 0..args.rows * args.width.div_ceil(block_width) {
        // SAFETY: y < rows, x + VECTORS LANES <= width.
        unsafe {
            let (src, dst) = args.place(y, x);
            B::sum(s, args, src, dst);
        }
        ahead.ask(s, B::VECTORS);
        // One loop for both: the exits of an inner one would be mispredicted.
        let done = x == last;
        y = if done { y + 1 } else { y };
        x = if done { 0 } else { last.min(x + block_width) };
    }
}

/// Blocks of `W` vectors, `ALSO` those of other weights too; the radius is `REST`, or if not `STRAIGHT`, more by an even number.
struct Folded<
    const FUSED: bool,
    const ODD: bool,
    const ALSO: u8,
    const W: usize,
    const REST: usize,
    const STRAIGHT: bool,
>;

impl<
    S,
    A,
    const FUSED: bool,
    const ODD: bool,
    const ALSO: u8,
    const W: usize,
    const REST: usize,
    const STRAIGHT: bool,
> RowBlock<S, A> for Folded<FUSED, ODD, ALSO, W, REST, STRAIGHT>
where
    S: Simd<A>,
    A: Arithmetic,
{
    const VECTORS: usize = W;

    #[inline(always)]
    unsafe fn sum(s: S, args: &AlongArgs<A>, centres: *const A, dst: *mut A) {
        const { assert!(W <= MOST_VECTORS) }
        // SAFETY: every use below has k <= radius.
        let weight = |k: usize| s.splat(unsafe { *args.weights.add(k) });
        let zero = s.splat(A::default());
        let one = s.splat(args.one);
        let beside = if STRAIGHT { REST.div_ceil(S::LANES) } else { 0 };
        let mut near = [zero; MOST_VECTORS + 2 * MOST_BESIDE];
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
                        s.beside(own, distance, &near, beside + $i)
                    } else {
                        s.load(own.offset(distance * args.step as isize))
                    }
                }
            }};
        }

        // SAFETY: with other weights there are as many, and k <= radius.
        let other = |k: usize| s.splat(unsafe { *args.also.add(k) });
        let centre = weight(0);
        let mut sums = [Chains { even: zero, odd: zero }; W];
        let mut others = sums;
        if !FUSED {
            for i in 0..W {
                sums[i].even = s.mul(near[beside + i], centre);
                if ALSO != NONE {
                    others[i].even = s.mul(near[beside + i], other(0));
                }
            }
        }
        let mut k = if STRAIGHT { REST } else { args.radius };
        macro_rules! tap {
            ($parity:expr) => {{
                let (w, v) = (weight(k), if ALSO == NONE { zero } else { other(k) });
                for i in 0..W {
                    let (before, after) = (sample!(i, -(k as isize)), sample!(i, k as isize));
                    let p = pair_of::<S, A, FUSED, ODD>(s, i, one, before, after);
                    sums[i].add::<S, A, FUSED>(s, $parity, p, w);
                    if ALSO == EVEN {
                        others[i].add::<S, A, FUSED>(s, $parity, p, v);
                    } else if ALSO != NONE {
                        let p = pair_of::<S, A, FUSED, true>(s, i, one, before, after);
                        others[i].add::<S, A, FUSED>(s, $parity, p, v);
                    }
                }
                k -= 1;
            }};
        }
        macro_rules! taps {
            ($count:expr, $($step:literal)*) => {
                $(if $step < $count { tap!($count - $step) })*
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
                if ALSO != NONE {
                    let sum = others[i].with_centre::<S, A, FUSED>(s, own, other(0));
                    s.store(sum, dst.wrapping_offset(args.second));
                }
            }
        }
    }
}
