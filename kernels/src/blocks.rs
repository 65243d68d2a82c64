//! The order in which blocks of sums cover the rows of a strip, and the memory traffic that
//! overlaps them.

use crate::buffer::CACHE_LINE;
use crate::element::Arithmetic;
use crate::leaving::LeavingLines;
use crate::overlap::{DeferredStore, Prefetch, PrefetchCursor};
use crate::simd::Simd;

/// What the kernel reads and writes; asserted by [`Kernels::fir`](crate::Kernels::fir).
#[derive(Clone, Copy)]
pub(crate) struct FirArgs<A> {
    /// Base of the input rows.
    pub(crate) src: *const A,
    /// Offset of each input row from the base, in elements. The first is the row that the first tap
    /// of the first output row multiplies.
    pub(crate) offsets: *const usize,
    /// Output rows.
    pub(crate) rows: usize,
    /// Elements of a row: a multiple of the lanes.
    pub(crate) width: usize,
    /// The weights: folded ones from the centre outward, listed ones in the order of the samples.
    pub(crate) weights: *const A,
    /// Index of the last weight, which for folded weights is the radius.
    pub(crate) last_tap: usize,
    /// 1, which LLVM must not fold: see [`pair_of`](crate::accumulators::pair_of).
    pub(crate) opaque_one: A,
    /// The first output row.
    pub(crate) dst: *mut A,
    /// Elements from one output row to the next.
    pub(crate) pitch: usize,
    /// Lines to prefetch between blocks.
    pub(crate) prefetch: Prefetch,
    /// Rows to store between blocks.
    pub(crate) deferred: DeferredStore<A>,
    /// Lines that leave between blocks.
    pub(crate) leaving: *mut LeavingLines<A>,
}

/// Vectors of output rows that are summed together: one of several rows, or several of one row.
pub(crate) trait Block<S, A> {
    /// Output rows.
    const ROWS: usize;
    /// Vectors of each.
    const VECTORS: usize = 1;
    /// Whether all vectors of these rows come before the next rows.
    const ROW_BY_ROW: bool;

    /// # Safety
    /// As [`sum_blocks`] for `ROWS` rows: `src` and `dst` are at the first of the vectors of their
    /// width, `offsets` at the entry of the first of them.
    unsafe fn sum(s: S, args: &FirArgs<A>, src: *const A, offsets: *const usize, dst: *mut A);
}

/// Sums all rows of `args`, at least as many as a block has, by blocks `B`.
///
/// # Safety
/// For every row `y < rows` and every tap of the blocks, `offsets` holds an entry, and `width`
/// elements are readable at `src` plus that entry. `last_tap + 1` weights are readable at
/// `weights`. `width` elements are writable at `dst + y pitch`, and nothing written is read.
/// `width` is a multiple of the lanes.
///
/// If `deferred.width > 0`: it is a multiple of a cache line and of the lanes, and `deferred` was
/// made for `rows` rows. That many elements, and a line in front of them, are readable in each row
/// of its source, `pitch` apart, and writable at its destination; a line in front of each row of
/// `dst` is writable.
///
/// `leaving` points to lines whose rows are readable and writable as
/// [`LeavingLines::store_behind`] asks.
#[inline(always)]
pub(crate) unsafe fn sum_blocks<S, A, B>(s: S, args: &FirArgs<A>)
where
    S: Simd<A>,
    A: Arithmetic,
    B: Block<S, A>,
{
    const { assert!(B::VECTORS == 1) }
    let mut prefetch = PrefetchCursor::new(args.prefetch);
    let blocks = args.rows.div_ceil(B::ROWS);
    // The last block overlaps the one before it and writes the same bits again.
    let last = args.rows - B::ROWS;
    let mut x = 0;
    let mut y = 0;
    // Blocks that are followed by stores or prefetches.
    // SAFETY: the caller's.
    let stores = args.deferred.width > 0 || unsafe { (*args.leaving).any() };
    // The columns whose lines are stored between blocks.
    let whole = args.deferred.width.min(args.width - args.width % (CACHE_LINE / size_of::<A>()));
    let overlapped = if stores { usize::MAX } else { args.prefetch.turns(B::ROWS) };
    for turn in 0..blocks * (args.width / S::LANES) {
        // SAFETY: y + ROWS <= rows, x + LANES <= width.
        unsafe {
            let (src, offsets) = (args.src.add(x), args.offsets.add(y));
            let dst = args.dst.add(y * args.pitch + x);
            B::sum(s, args, src, offsets, dst);
        }
        if turn < overlapped {
            // (One or the other: both checks behind every block took 2 % of the column pass at
            // radius 4.)
            if args.deferred.width == 0 {
                // SAFETY: the caller's.
                unsafe { LeavingLines::store_behind(args.leaving, s, B::ROWS) }
            } else if x < whole {
                // SAFETY: the caller's; y + ROWS <= rows, and x is in a line below `whole`.
                unsafe { args.deferred.store_beside(s, y, B::ROWS, x) }
            }
            prefetch.issue(s, B::ROWS);
        }
        // One loop over both coordinates: the exits of an inner loop would be mispredicted.
        if B::ROW_BY_ROW {
            let done = x + S::LANES == args.width;
            y = if done { last.min(y + B::ROWS) } else { y };
            x = if done { 0 } else { x + S::LANES };
        } else {
            let done = y == last;
            x = if done { x + S::LANES } else { x };
            y = if done { 0 } else { last.min(y + B::ROWS) };
        }
    }
    // SAFETY: the caller's; the blocks stored every line below `whole`.
    unsafe { store_rest(s, args, whole) }
}

/// Sums fewer rows than a block has: by blocks `Wide`, which share weights and offsets among the
/// vectors of a row, and what is left of a row by blocks `One`. Nothing overlaps the sums.
///
/// # Safety
/// As [`sum_blocks`].
#[inline(always)]
pub(crate) unsafe fn sum_few<S, A, Wide, One>(s: S, args: &FirArgs<A>)
where
    S: Simd<A>,
    A: Arithmetic,
    Wide: Block<S, A>,
    One: Block<S, A>,
{
    const { assert!(Wide::ROWS == 1 && One::ROWS == 1 && One::VECTORS == 1) }
    // SAFETY: the caller's.
    unsafe { store_rest(s, args, 0) }
    for y in 0..args.rows {
        let offsets = args.offsets.wrapping_add(y);
        let (src, dst) = (args.src, args.dst.wrapping_add(y * args.pitch));
        let step = Wide::VECTORS * S::LANES;
        let wide = args.width - args.width % step;
        for x in (0..wide).step_by(step) {
            // SAFETY: y < rows, x + VECTORS LANES <= width.
            unsafe { Wide::sum(s, args, src.add(x), offsets, dst.add(x)) }
        }
        for x in (wide..args.width).step_by(S::LANES) {
            // SAFETY: y < rows, x + LANES <= width.
            unsafe { One::sum(s, args, src.add(x), offsets, dst.add(x)) }
        }
    }
}

/// Stores what is left of the deferred rows, from the column `first` on, and copies their last
/// lines.
///
/// # Safety
/// As [`sum_blocks`].
#[inline(always)]
unsafe fn store_rest<S: Simd<A>, A: Arithmetic>(s: S, args: &FirArgs<A>, first: usize) {
    if args.deferred.width > 0 {
        let line = CACHE_LINE / size_of::<A>();
        for y in 0..args.rows {
            for x in (first..args.deferred.width).step_by(S::LANES) {
                // SAFETY: the caller's; y < rows and x + LANES <= width.
                unsafe { args.deferred.store(s, y, x) }
            }
            let start = y * args.pitch;
            for x in (0..line).step_by(S::LANES) {
                // SAFETY: the last line of the deferred row, and the line in front of the row being
                // summed.
                unsafe {
                    let last =
                        s.load(args.deferred.src.add(start + args.deferred.width - line + x));
                    s.store(last, args.dst.add(start + x).sub(line));
                }
            }
        }
    }
}
