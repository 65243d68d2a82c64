//! What the memory is asked to do while sums are formed: to bring lines that will be wanted, to take rows that
//! are finished.
//!
//! Asked for all at once, either fills a queue and stops the core until the memory has answered; a few
//! lines between two blocks of sums are hidden by them.

use std::mem::MaybeUninit;
use std::ops::Range;

use crate::buffer::CACHE_LINE;
use crate::element::Arithmetic;
use crate::plane::Plane;
use crate::simd::Simd;

/// A strip of finished rows, as many as are being summed and `pitch` apart, to be stored past the caches
/// in whole lines: what is left of each row goes in front of the rows being summed. `width` 0 is none.
#[derive(Clone, Copy)]
pub(crate) struct Finished<A> {
    pub(crate) src: *const A,
    pub(crate) width: usize,
    /// Where the line-aligned part of each row is and goes, worked out once: in the loop the sums leave
    /// room for few other instructions.
    pub(crate) rows: *const Place<A>,
}

/// Source and destination of a row.
pub(crate) type Place<A> = (*const A, *mut A);

/// Rows of a finished strip at most.
pub(crate) const MOST_FINISHED_ROWS: usize = 192;

impl<A: Arithmetic> Finished<A> {
    pub(crate) const NONE: Self = Self { src: std::ptr::null(), width: 0, rows: std::ptr::null() };

    /// Where the line-aligned parts of rows are and go whose first elements are at `src` and go to `dst`. (Into the
    /// caller's array, uninitialised: of 3 KiB the first few hundred bytes are wanted as a rule, and to return or to fill
    /// it took a tenth of the time at radius 4.)
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

    /// Stores a vector of the line-aligned part of a row, `x` elements from where that begins.
    ///
    /// # Safety
    /// The row and the line in front of it are readable at its source and writable at its destination as
    /// far as the aligned part goes; `row` is one of the places; `x + LANES <= width`.
    #[inline(always)]
    pub(crate) unsafe fn store<S: Simd<A>>(&self, s: S, row: usize, x: usize) {
        // SAFETY: the caller's; the destination starts a line and x is a multiple of the lanes.
        unsafe {
            let (src, dst) = *self.rows.add(row);
            s.stream(s.load(src.add(x)), dst.add(x));
        }
    }
}

/// Cache lines that will be wanted soon: `lines` of each of `rows` rows.
#[derive(Clone, Copy, Debug)]
pub struct Ahead {
    start: *const u8,
    /// Bytes from row to row.
    row_stride: isize,
    /// Bytes from line to line of a row.
    line_stride: isize,
    rows: usize,
    lines: usize,
}

impl Ahead {
    /// Nothing.
    pub const NONE: Self =
        Self { start: std::ptr::null(), row_stride: 0, line_stride: 0, rows: 0, lines: 0 };

    /// The lines of some rows and columns of a plane, where its columns or rows are runs in memory; none
    /// elsewhere.
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
                // Rows without gaps between them are one.
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

    /// The same lines so many bytes further on.
    #[must_use]
    pub fn shifted(self, bytes: isize) -> Self {
        Self { start: self.start.wrapping_offset(bytes), ..self }
    }

    /// One of `parts` parts, as even as they can be.
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

    /// An address in each of the lines, row by row.
    pub fn lines(&self) -> impl Iterator<Item = *const u8> {
        (0..self.rows).flat_map(|row| {
            let start = self.start.wrapping_offset(self.row_stride.wrapping_mul(row as isize));
            let stride = self.line_stride;
            (0..self.lines)
                .map(move |line| start.wrapping_offset(stride.wrapping_mul(line as isize)))
        })
    }

    /// Asks for all of them at once: few, where no sums are near that could hide more.
    pub fn ask(&self) {
        #[cfg(target_arch = "x86_64")]
        for line in self.lines() {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            // SAFETY: SSE is part of x86-64; a prefetch of any address is harmless.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(line.cast()) }
        }
    }

    /// Turns of [`Asking::ask`] that bring all of them.
    pub(crate) fn turns(&self, each: usize) -> usize {
        self.rows * self.lines.div_ceil(each)
    }
}

/// How far the asking for lines has come.
pub(crate) struct Asking {
    next: *const u8,
    /// Lines left in the row, negative where more were asked for.
    left: isize,
    ahead: Ahead,
}

impl Asking {
    #[inline(always)]
    pub(crate) fn new(ahead: Ahead) -> Self {
        Self { next: ahead.start, left: ahead.lines as isize, ahead }
    }

    /// Asks for the next `count` lines of a row; a few beyond its last, at most.
    ///
    /// (A row after the other: a row further with every turn brought (256, 256, 256) along its first axis an
    /// eighth more slowly.)
    #[inline(always)]
    pub(crate) fn ask<A: Copy, S: Simd<A>>(&mut self, s: S, count: usize) {
        if self.ahead.rows == 0 {
            return;
        }
        for _ in 0..count {
            s.prefetch(self.next);
            self.next = self.next.wrapping_offset(self.ahead.line_stride);
        }
        self.left -= count as isize;
        if self.left <= 0 {
            self.ahead.rows -= 1;
            self.ahead.start = self.ahead.start.wrapping_offset(self.ahead.row_stride);
            (self.next, self.left) = (self.ahead.start, self.ahead.lines as isize);
        }
    }
}
