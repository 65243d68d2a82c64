//! Finished rows that leave past the caches, some lines behind every block of sums.
//!
//! The core takes a line of non-temporal stores no faster than memory does. If all of them go
//! beside the sums of one pass of few taps, they are its bound. So finished rows wait in scratch,
//! and leave beside the sums of whatever pass comes next.

use std::marker::PhantomData;

use crate::buffer::CACHE_LINE;
use crate::element::Arithmetic;
use crate::simd::Simd;

/// Finished rows of scratch that leave for a plane past the caches, beside sums.
///
/// Kernels that are given one store some of its lines behind every block of sums. Rows begin to
/// leave in [`Kernels::leave`](crate::Kernels::leave), and the last of them have left behind
/// [`Kernels::leave_all`](crate::Kernels::leave_all).
///
/// When it is dropped, a fence orders its stores before everything that follows.
#[derive(Debug)]
pub struct Leaving<'x, A> {
    /// The buffer of the rows that leave, lent for `'x`.
    pub(crate) held: *mut [A],
    pub(crate) lines: LeavingLines<A>,
    /// Fourths of the bytes of sums that leave behind them.
    pub(crate) fourths: usize,
    pub(crate) unfenced: bool,
    lifetime: PhantomData<&'x mut [A]>,
}

impl<'x, A> Leaving<'x, A> {
    /// No rows yet. `spare` is handed out when the first leave. Behind every block of sums rows of
    /// `fourths` fourths of its bytes leave.
    #[must_use]
    pub fn new(spare: &'x mut [A], fourths: usize) -> Self {
        Self {
            held: spare,
            lines: LeavingLines::NONE,
            fourths,
            unfenced: false,
            lifetime: PhantomData,
        }
    }
}

impl<A> Drop for Leaving<'_, A> {
    fn drop(&mut self) {
        #[cfg(target_arch = "x86_64")]
        if self.unfenced {
            // SAFETY: SSE is part of x86-64.
            unsafe { std::arch::x86_64::_mm_sfence() }
        }
    }
}

/// The whole cache lines of rows that have yet to leave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LeavingLines<A> {
    /// The next line, and the lines left in its row.
    src: *const A,
    dst: *mut A,
    left: usize,
    /// The rows behind it.
    rows: Rows<A>,
    fourths: usize,
}

/// Rows with a whole line each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows<A> {
    pub(crate) src: *const A,
    pub(crate) pitch: usize,
    pub(crate) dst: *mut A,
    pub(crate) stride: isize,
    pub(crate) len: usize,
    pub(crate) count: usize,
}

impl<A> Rows<A> {
    /// Elements in front of the first line of the row at `dst`.
    pub(crate) fn head(dst: *mut A) -> usize {
        dst.addr().wrapping_neg() % CACHE_LINE / size_of::<A>()
    }
}

impl<A> LeavingLines<A> {
    /// No lines.
    pub(crate) const NONE: Self = Self {
        src: std::ptr::null(),
        dst: std::ptr::null_mut(),
        left: 0,
        rows: Rows {
            src: std::ptr::null(),
            pitch: 0,
            dst: std::ptr::null_mut(),
            stride: 0,
            len: 0,
            count: 0,
        },
        fourths: 0,
    };

    /// The lines of rows, of which as many bytes leave at a time as `fourths` of the sums' before.
    pub(crate) fn new(rows: Rows<A>, fourths: usize) -> Self {
        let mut lines = Self { rows, fourths, ..Self::NONE };
        lines.next_row();
        lines
    }

    /// Whether lines have yet to leave.
    #[inline(always)]
    pub(crate) fn any(&self) -> bool {
        self.left > 0
    }

    #[inline(always)]
    fn next_row(&mut self) {
        let rows = &mut self.rows;
        if rows.count > 0 {
            let head = Rows::head(rows.dst);
            self.src = rows.src.wrapping_add(head);
            self.dst = rows.dst.wrapping_add(head);
            self.left = (rows.len - head) / (CACHE_LINE / size_of::<A>());
            rows.count -= 1;
            rows.src = rows.src.wrapping_add(rows.pitch);
            rows.dst = rows.dst.wrapping_offset(rows.stride);
        }
    }

    /// Stores the lines that leave behind a block of so many vectors of sums, as far as they are in
    /// one row.
    ///
    /// (The state stays in memory: as a copy in the loop over blocks it took that loop's registers,
    /// and a tenth of the time of radius 4 where nothing left.)
    ///
    /// # Safety
    /// `this` points to lines whose rows are all readable in scratch and writable in the plane, and
    /// have a whole line each.
    #[inline(always)]
    pub(crate) unsafe fn store_behind<S: Simd<A>>(this: *mut Self, s: S, vectors: usize)
    where
        A: Arithmetic,
    {
        // SAFETY: the caller's.
        unsafe {
            if (*this).left > 0 {
                let bytes = vectors * S::LANES * size_of::<A>() * (*this).fourths;
                (*this).store(s, bytes.div_ceil(4 * CACHE_LINE));
            }
        }
    }

    /// Stores the next `count` lines, as far as they are in one row.
    ///
    /// # Safety
    /// As [`store_behind`](Self::store_behind).
    #[inline(always)]
    unsafe fn store<S: Simd<A>>(&mut self, s: S, count: usize)
    where
        A: Arithmetic,
    {
        let count = count.min(self.left);
        let line = CACHE_LINE / size_of::<A>();
        for _ in 0..count {
            for x in (0..line).step_by(S::LANES) {
                // SAFETY: the caller's; `left` lines follow, and `dst` starts one of them.
                unsafe { s.stream(s.load(self.src.add(x)), self.dst.add(x)) }
            }
            self.src = self.src.wrapping_add(line);
            self.dst = self.dst.wrapping_add(line);
        }
        self.left -= count;
        if self.left == 0 {
            self.next_row();
        }
    }
}

/// Lines that leave with no sums beside them.
#[derive(Clone, Copy)]
pub(crate) struct LeaveArgs<A> {
    pub(crate) lines: LeavingLines<A>,
}

/// Stores all lines that are left.
///
/// # Safety
/// As [`LeavingLines::store_behind`].
#[inline(always)]
pub(crate) unsafe fn all<S, A>(s: S, args: &LeaveArgs<A>)
where
    S: Simd<A>,
    A: Arithmetic,
{
    let mut lines = args.lines;
    while lines.any() {
        // SAFETY: the caller's.
        unsafe { lines.store(s, usize::MAX) }
    }
}
