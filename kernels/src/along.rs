//! The FIR along one row: the samples of a tap are neighbours in the row itself.
//!
//! A vector of samples `k` elements away straddles two vectors of the row. Loads of such vectors cross a cache line,
//! at half speed; where the level can, most of them are taken from the two vectors, which are in registers, and the
//! rest loaded, so that both units are busy ([`beside`](crate::simd::Simd::beside)). The orders of summation are those of
//! [`fir`](crate::fir), hence the same bits.

use crate::chores::{Ahead, Asking};
use crate::element::Arithmetic;
use crate::fir::pair_of;
use crate::simd::Simd;

/// What the kernel reads and writes; asserted by [`Kernels::fir_along`](crate::Kernels::fir_along).
#[derive(Clone, Copy)]
pub(crate) struct AlongArgs<A> {
    /// The first output's own sample, or where all weights are listed, the sample of its first tap.
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
                        Folded<FUSED, ODD, $vectors, $radius, true>,
                        Folded<FUSED, ODD, 1, $radius, true>,
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
            rows::<S, A, Folded<FUSED, ODD, PAIR, 0, false>, Folded<FUSED, ODD, 1, 0, false>>(
                s, args,
            );
        } else {
            rows::<S, A, Folded<FUSED, ODD, PAIR, 1, false>, Folded<FUSED, ODD, 1, 1, false>>(
                s, args,
            );
        }
    }
}

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

/// Blocks of `W` vectors; the radius is `REST`, or if not `STRAIGHT`, more by an even number.
struct Folded<
    const FUSED: bool,
    const ODD: bool,
    const W: usize,
    const REST: usize,
    const STRAIGHT: bool,
>;

impl<
    S,
    A,
    const FUSED: bool,
    const ODD: bool,
    const W: usize,
    const REST: usize,
    const STRAIGHT: bool,
> RowBlock<S, A> for Folded<FUSED, ODD, W, REST, STRAIGHT>
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

        let centre = weight(0);
        let mut even = [zero; W];
        let mut odd = [zero; W];
        if !FUSED {
            for (i, sum) in even.iter_mut().enumerate() {
                *sum = s.mul(near[beside + i], centre);
            }
        }
        let mut k = if STRAIGHT { REST } else { args.radius };
        macro_rules! tap {
            ($parity:expr) => {{
                let w = weight(k);
                for i in 0..W {
                    let (before, after) = (sample!(i, -(k as isize)), sample!(i, k as isize));
                    let p = pair_of::<S, A, FUSED, ODD>(s, i, one, before, after);
                    if !FUSED {
                        even[i] = s.add(even[i], s.mul(p, w));
                    } else {
                        let chain = if $parity % 2 == 1 { &mut odd[i] } else { &mut even[i] };
                        *chain = s.mul_add(p, w, *chain);
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
            let sum = if FUSED {
                s.add(s.mul_add(near[beside + i], centre, even[i]), odd[i])
            } else {
                even[i]
            };
            // SAFETY: the caller's.
            unsafe { s.store(sum, dst.add(i * S::LANES)) }
        }
    }
}
