//! Memory traffic that overlaps with sums: lines that are prefetched, finished rows that are
//! stored.
//!
//! Issued in one burst, prefetches fill the load queue and stores the write-combining buffers, and
//! the core stalls. A few between two blocks of sums overlap with the arithmetic.

use std::mem::MaybeUninit;
use std::ops::Range;

use crate::buffer::CACHE_LINE;
use crate::element::Arithmetic;
use crate::leaving::Leaving;
use crate::plane::Plane;
use crate::simd::Simd;

/// A strip of finished rows to be stored past the caches while other rows are summed.
///
/// It has as many rows as are summed, their pitch apart. Whole cache lines are stored; the rest of
/// each row is copied in front of the row that is summed. A `width` of 0 is no strip.
#[derive(Clone, Copy)]
pub(crate) struct DeferredStore<A> {
    pub(crate) src: *const A,
    pub(crate) width: usize,
    /// Source and destination of the line-aligned part of each row, computed before the loop:
    /// between sums there is room for few other instructions.
    pub(crate) rows: *const Place<A>,
}

/// Source and destination of a row.
pub(crate) type Place<A> = (*const A, *mut A);

/// The most rows of a deferred strip.
pub(crate) const MAX_DEFERRED_ROWS: usize = 192;

impl<A: Arithmetic> DeferredStore<A> {
    pub(crate) const NONE: Self = Self { src: std::ptr::null(), width: 0, rows: std::ptr::null() };

    /// Writes source and destination of the line-aligned part of each row to `places`, for rows
    /// whose first elements are at `src` and go to `dst`.
    ///
    /// (The array is the caller's and uninitialised: of its 3 KiB a call needs a few hundred bytes,
    /// and returning or filling it took a tenth of the time at radius 4.)
    pub(crate) fn place(
        places: &mut [MaybeUninit<Place<A>>],
        (src, pitch): (*const A, usize),
        (dst, row_stride): (*mut A, isize),
    ) -> *const Place<A> {
        for (row, place) in places.iter_mut().enumerate() {
            let dst = dst.wrapping_offset((row as isize).wrapping_mul(row_stride));
            let before = (dst.addr() % CACHE_LINE) / size_of::<A>();
            let src = src.wrapping_add(row * pitch).wrapping_sub(before);
            place.write((src, dst.wrapping_sub(before)));
        }
        places.as_ptr().cast()
    }

    /// Stores the vector at `x` of the line-aligned part of a row.
    ///
    /// # Safety
    /// The aligned part, which may begin in the line in front of the row, is readable at its source
    /// and writable at its destination. `row` has a place, and `x + LANES <= width`.
    #[inline(always)]
    pub(crate) unsafe fn store<S: Simd<A>>(&self, s: S, row: usize, x: usize) {
        // SAFETY: the caller's; the destination starts a line and x is a multiple of the lanes.
        unsafe {
            let (src, dst) = *self.rows.add(row);
            s.stream(s.load(src.add(x)), dst.add(x));
        }
    }

    /// Stores the share of a block of sums, the vectors at `x` of `count` rows from `row` on: the
    /// line around `x` in some of these rows, so that the blocks on a line store it in all of them.
    ///
    /// (Storing the vector at `x` in all of them, which with AVX2 is half of each line, let lines
    /// leave in halves where rows are a multiple of 4096 bytes apart: the column pass of 2048 x
    /// 2048 took 1.4 to 2.4 times as long on Zen 3.)
    ///
    /// # Safety
    /// As [`DeferredStore::store`], for all rows and all of the line.
    #[inline(always)]
    pub(crate) unsafe fn store_beside<S: Simd<A>>(&self, s: S, row: usize, count: usize, x: usize) {
        let line = CACHE_LINE / size_of::<A>();
        let (block, blocks) = (x % line / S::LANES, line / S::LANES);
        for row in row + count * block / blocks..row + count * (block + 1) / blocks {
            for first in (0..line).step_by(S::LANES) {
                // SAFETY: the caller's.
                unsafe { self.store(s, row, x - x % line + first) }
            }
        }
    }
}

/// The memory traffic that overlaps with sums: lines that are prefetched, rows that leave.
#[derive(Debug)]
pub struct Traffic<'t, 'x, A> {
    /// The lines to prefetch.
    pub prefetch: Prefetch,
    /// The rows that leave, if there are any.
    pub leaving: Option<&'t mut Leaving<'x, A>>,
}

impl<A> From<Prefetch> for Traffic<'_, '_, A> {
    fn from(prefetch: Prefetch) -> Self {
        Self { prefetch, leaving: None }
    }
}

impl<'t, 'x, A> Traffic<'t, 'x, A> {
    /// Lines to prefetch, and rows that leave.
    pub fn new(prefetch: Prefetch, leaving: &'t mut Leaving<'x, A>) -> Self {
        Self { prefetch, leaving: Some(leaving) }
    }
}

/// Cache lines to prefetch: `lines` of each of `rows` rows.
#[derive(Clone, Copy, Debug)]
pub struct Prefetch {
    start: *const u8,
    /// Bytes from row to row.
    row_stride: isize,
    /// Bytes from line to line of a row.
    line_stride: isize,
    rows: usize,
    lines: usize,
}

impl Prefetch {
    /// No lines.
    pub const NONE: Self =
        Self { start: std::ptr::null(), row_stride: 0, line_stride: 0, rows: 0, lines: 0 };

    /// The lines of some rows and columns of a plane whose rows or columns are contiguous in
    /// memory; no lines of other planes.
    #[must_use]
    pub fn of(plane: &Plane<'_>, rows: Range<usize>, columns: Range<usize>) -> Self {
        let (extent, strides) = (plane.extent(), plane.strides());
        let size = plane.element_type().size();
        let bytes = |stride: isize| stride.wrapping_mul(size as isize);
        let (start, row_stride) = (plane.at(rows.start, columns.start), bytes(strides.row));
        let line = CACHE_LINE as isize;
        let len = columns.len() * extent.inner;
        match strides.run(extent) {
            Some(run @ (1 | -1)) => {
                // Rows without gaps between them are one row.
                let whole = strides.row == run * len as isize;
                let (rows, len) = if whole { (1, len * rows.len()) } else { (rows.len(), len) };
                let lines = (len * size).div_ceil(CACHE_LINE);
                Self { start, row_stride, line_stride: run * line, rows, lines }
            }
            // A line of each column.
            Some(run) if strides.row.abs() == 1 => {
                Self { start, row_stride: 0, line_stride: bytes(run), rows: 1, lines: len }
            }
            _ => Self::NONE,
        }
    }

    /// The line of one column in each of some rows.
    #[must_use]
    pub fn down(plane: &Plane<'_>, rows: Range<usize>, column: usize) -> Self {
        let between = plane.strides().row.wrapping_mul(plane.element_type().size() as isize);
        let start = plane.at(rows.start, column);
        Self { start, row_stride: 0, line_stride: between, rows: 1, lines: rows.len() }
    }

    /// The lines that are `bytes` further on.
    #[must_use]
    pub fn shifted(self, bytes: isize) -> Self {
        Self { start: self.start.wrapping_offset(bytes), ..self }
    }

    /// Part `part` of `parts` parts of nearly equal size.
    #[must_use]
    pub(crate) fn part(self, part: usize, parts: usize) -> Self {
        let share = |all: usize| part * all / parts..(part + 1) * all / parts;
        let skip = |stride: isize, first: usize| {
            self.start.wrapping_offset(stride.wrapping_mul(first as isize))
        };
        if self.rows == 1 {
            let lines = share(self.lines);
            Self { start: skip(self.line_stride, lines.start), lines: lines.len(), ..self }
        } else {
            let rows = share(self.rows);
            Self { start: skip(self.row_stride, rows.start), rows: rows.len(), ..self }
        }
    }

    /// An address in each line, row by row.
    pub fn lines(&self) -> impl Iterator<Item = *const u8> {
        (0..self.rows).flat_map(|row| {
            let start = self.start.wrapping_offset(self.row_stride.wrapping_mul(row as isize));
            let stride = self.line_stride;
            (0..self.lines)
                .map(move |line| start.wrapping_offset(stride.wrapping_mul(line as isize)))
        })
    }

    /// Prefetches all lines at once: for a few lines, where no sums are near to overlap with.
    pub fn issue(&self) {
        #[cfg(target_arch = "x86_64")]
        for line in self.lines() {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            // SAFETY: SSE is part of x86-64; a prefetch of any address is harmless.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(line.cast()) }
        }
    }

    /// Calls of [`PrefetchCursor::issue`] that prefetch all lines.
    pub(crate) fn turns(&self, each: usize) -> usize {
        self.rows * self.lines.div_ceil(each)
    }
}

/// How far the prefetching of lines has come.
pub(crate) struct PrefetchCursor {
    next: *const u8,
    /// Lines left in the row, negative where more were prefetched.
    left: isize,
    rest: Prefetch,
}

impl PrefetchCursor {
    #[inline(always)]
    pub(crate) fn new(all: Prefetch) -> Self {
        Self { next: all.start, left: all.lines as isize, rest: all }
    }

    /// Prefetches the next `count` lines of a row, and a few beyond its last at most.
    ///
    /// (Row after row: with one line of each row in turn, 256^3 filtered along its first axis took
    /// an eighth longer.)
    #[inline(always)]
    pub(crate) fn issue<A: Copy, S: Simd<A>>(&mut self, s: S, count: usize) {
        if self.rest.rows == 0 {
            return;
        }
        for _ in 0..count {
            s.prefetch(self.next);
            self.next = self.next.wrapping_offset(self.rest.line_stride);
        }
        self.left -= count as isize;
        if self.left <= 0 {
            self.rest.rows -= 1;
            self.rest.start = self.rest.start.wrapping_offset(self.rest.row_stride);
            (self.next, self.left) = (self.rest.start, self.rest.lines as isize);
        }
    }
}
