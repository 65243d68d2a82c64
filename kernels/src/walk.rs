//! How blocks of sums go over the rows of a strip, and what is done between them.

use crate::buffer::CACHE_LINE;
use crate::chores::{Ahead, Asking, Finished};
use crate::element::Arithmetic;
use crate::simd::Simd;

/// What the kernel reads and writes; asserted by [`Kernels::fir`](crate::Kernels::fir).
#[derive(Clone, Copy)]
pub(crate) struct FirArgs<A> {
    /// Base of the input rows.
    pub(crate) src: *const A,
    /// Offset of each input row from the base, in elements, the first of them that of the first tap of the first output
    /// row.
    pub(crate) offsets: *const usize,
    /// Output rows.
    pub(crate) rows: usize,
    /// Elements of a row: a multiple of the lanes.
    pub(crate) width: usize,
    /// `radius + 1` weights, the centre first; or all weights in order, of which there is one more than this too.
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

/// One vector of some output rows, summed together.
pub(crate) trait Block<S, A> {
    /// Output rows.
    const ROWS: usize;
    /// All vectors of these rows come before the next rows.
    const ROW_BY_ROW: bool;

    /// # Safety
    /// As [`walk`] for `ROWS` rows, `src` and `dst` a vector of their width and `offsets` those of the first of them.
    unsafe fn sum(s: S, args: &FirArgs<A>, src: *const A, offsets: *const usize, dst: *mut A);
}

/// Sums all rows of `args` by blocks `B`, fewer rows than one has by blocks `One` of a single row.
///
/// # Safety
/// For every row `y < rows` and every tap the blocks have, `offsets` holds an entry, and `width` elements are readable at `src +`
/// that; `radius + 1` weights are readable at `weights`, and `width` elements are writable at `dst + y
/// pitch`; nothing written is read. If `finished.width > 0`, it is a multiple of a cache line and
/// of the lanes, and `finished` was made for `rows` rows: as many elements with a line in front of each are
/// readable at its source, `pitch` apart, and writable at its destination; and a line in front of
/// each row of `dst` is writable. `width` is a multiple of the lanes.
#[inline(always)]
pub(crate) unsafe fn walk<S, A, B, One>(s: S, args: &FirArgs<A>)
where
    S: Simd<A>,
    A: Arithmetic,
    B: Block<S, A>,
    One: Block<S, A>,
{
    const { assert!(One::ROWS == 1) }
    let mut ahead = Asking::new(args.ahead);
    if args.rows >= B::ROWS {
        let blocks = args.rows.div_ceil(B::ROWS);
        // The last block overlaps the one before it: the same bits are written again.
        let last = args.rows - B::ROWS;
        let mut x = 0;
        let mut y = 0;
        // Blocks of sums behind which there is something else to do.
        let chores = if args.finished.width > 0 { usize::MAX } else { args.ahead.turns(B::ROWS) };
        for turn in 0..blocks * (args.width / S::LANES) {
            // SAFETY: y + ROWS <= rows, x + LANES <= width.
            unsafe {
                let (src, offsets) = (args.src.add(x), args.offsets.add(y));
                let dst = args.dst.add(y * args.pitch + x);
                B::sum(s, args, src, offsets, dst);
            }
            if turn < chores {
                if x < args.finished.width {
                    for row in y..y + B::ROWS {
                        // SAFETY: the caller's; row < rows and x + LANES <= width.
                        unsafe { args.finished.store(s, row, x) }
                    }
                }
                ahead.ask(s, B::ROWS);
            }
            // One loop for both: the exits of an inner one would be mispredicted.
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
    }
    if args.finished.width > 0 {
        let line = CACHE_LINE / size_of::<A>();
        for y in 0..args.rows {
            let first = if args.rows < B::ROWS { 0 } else { args.width };
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
    if args.rows < B::ROWS {
        for y in 0..args.rows {
            let offsets = args.offsets.wrapping_add(y);
            for x in (0..args.width).step_by(S::LANES) {
                let src = args.src.wrapping_add(x);
                // SAFETY: y < rows, x + LANES <= width.
                unsafe {
                    let dst = args.dst.add(y * args.pitch + x);
                    One::sum(s, args, src, offsets, dst);
                }
            }
        }
    }
}
