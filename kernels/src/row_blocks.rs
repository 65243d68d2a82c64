//! The order in which blocks of sums cover rows whose samples lie in the rows themselves.

use crate::element::Arithmetic;
use crate::leaving::LeavingLines;
use crate::overlap::{Prefetch, PrefetchCursor};
use crate::simd::Simd;

/// What the kernel reads and writes; asserted by
/// [`Kernels::fir_in_row`](crate::Kernels::fir_in_row).
#[derive(Clone, Copy)]
pub(crate) struct InRowArgs<A> {
    /// For folded weights, the sample that the centre multiplies for the first output; for listed
    /// weights, the sample that the first tap multiplies.
    pub(crate) src: *const A,
    /// Elements from one row of samples to the next.
    pub(crate) pitch: isize,
    /// Elements from a sample to the next one.
    pub(crate) step: usize,
    /// Rows.
    pub(crate) rows: usize,
    /// Outputs of a row: a multiple of the lanes.
    pub(crate) width: usize,
    /// The weights: folded ones from the centre outward, listed ones in the order of the samples.
    pub(crate) weights: *const A,
    /// Index of the last weight, which for folded weights is the radius.
    pub(crate) last_tap: usize,
    /// 1, which LLVM must not fold: see [`pair_of`](crate::accumulators::pair_of).
    pub(crate) opaque_one: A,
    /// Base of the output rows.
    pub(crate) dst: *mut A,
    /// Offset of each output row from the base.
    pub(crate) offsets: *const usize,
    /// Lines to prefetch between blocks.
    pub(crate) prefetch: Prefetch,
    /// Lines that leave between blocks.
    pub(crate) leaving: *mut LeavingLines<A>,
}

/// Two kernels that read the same samples: the first of them, which is even, and the second.
#[derive(Clone, Copy)]
pub(crate) struct TwoArgs<A> {
    pub(crate) first: InRowArgs<A>,
    pub(crate) second: SecondKernel<A>,
}

/// A kernel whose radius and samples are those of the first.
#[derive(Clone, Copy)]
pub(crate) struct SecondKernel<A> {
    /// Folded weights, from the centre outward.
    pub(crate) weights: *const A,
    /// Elements from an output of the first kernel to that of this one.
    pub(crate) offset: isize,
}

impl<A> AsRef<Self> for InRowArgs<A> {
    #[inline(always)]
    fn as_ref(&self) -> &Self {
        self
    }
}

impl<A> AsRef<InRowArgs<A>> for TwoArgs<A> {
    #[inline(always)]
    fn as_ref(&self) -> &InRowArgs<A> {
        &self.first
    }
}

impl<A> InRowArgs<A> {
    /// The samples and the place of outputs from `x` on in row `y`.
    ///
    /// # Safety
    /// As [`sum_rows`]; `y < rows` and `x <= width`.
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

/// Some vectors of a row, summed together.
pub(crate) trait RowBlock<S, A, Args> {
    /// Vectors.
    const VECTORS: usize;

    /// # Safety
    /// As [`sum_rows`]; the vectors are in the row, from the output at `dst` on, whose place among
    /// the samples is `src`.
    unsafe fn sum(s: S, args: &Args, src: *const A, dst: *mut A);
}

/// Sums all rows of `args` by blocks `B`; rows narrower than a block are summed by blocks `One`.
///
/// # Safety
/// For every row `y < rows`: the samples that the blocks read for `width` outputs at `src + y
/// pitch` are readable; `width` elements are writable at `dst + offsets[y]`, and nothing written is
/// read. `last_tap + 1` weights are readable at `weights`. `width` is a multiple of the lanes.
/// `leaving` points to lines whose rows are readable and writable as
/// [`LeavingLines::store_behind`] asks.
#[inline(always)]
pub(crate) unsafe fn sum_rows<S, A, Args, B, One>(s: S, args: &Args)
where
    S: Simd<A>,
    A: Arithmetic,
    Args: AsRef<InRowArgs<A>>,
    B: RowBlock<S, A, Args>,
    One: RowBlock<S, A, Args>,
{
    const { assert!(One::VECTORS == 1) }
    let rows = args.as_ref();
    let block_width = B::VECTORS * S::LANES;
    if rows.width < block_width {
        for y in 0..rows.rows {
            for x in (0..rows.width).step_by(S::LANES) {
                // SAFETY: y < rows, x + LANES <= width.
                unsafe {
                    let (src, dst) = rows.place(y, x);
                    One::sum(s, args, src, dst);
                }
            }
        }
        return;
    }
    let mut prefetch = PrefetchCursor::new(rows.prefetch);
    // The last block overlaps the one before it and writes the same bits again.
    let last = rows.width - block_width;
    for y in 0..rows.rows {
        // SAFETY: y < rows. (Of each row once: in the loop over blocks these addresses take
        // registers and, at radius 4, a twentieth of the time.)
        let (src, dst) = unsafe { rows.place(y, 0) };
        let mut x = 0;
        loop {
            // SAFETY: the caller's; x + VECTORS LANES <= width.
            unsafe {
                B::sum(s, args, src.add(x), dst.add(x));
                prefetch.issue(s, B::VECTORS);
                LeavingLines::store_behind(rows.leaving, s, B::VECTORS);
            }
            if x == last {
                break;
            }
            x = last.min(x + block_width);
        }
    }
}
