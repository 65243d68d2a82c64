//! Finished rows to the caller's array: conversion, any strides, non-temporal stores.

use crate::element::{Arithmetic, Cast};
use crate::simd::Convert;

/// Finished rows of scratch and where they go.
#[derive(Clone, Copy)]
pub(crate) struct EgressArgs<A, E> {
    /// Rows of scratch.
    pub(crate) src: *const A,
    pub(crate) pitch: usize,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// The first element's place.
    pub(crate) dst: *mut E,
    pub(crate) row_stride: isize,
    pub(crate) column_stride: isize,
    /// Past the caches, where rows are runs in memory.
    pub(crate) streaming: bool,
}

/// Stores a block of rows.
///
/// # Safety
/// For `r < rows`: `columns` elements are readable at `src + r pitch`; elements `dst + r row_stride + c column_stride` are writable for `c < columns`.
#[inline(always)]
pub(crate) unsafe fn rows<S, E, A>(s: S, args: &EgressArgs<A, E>)
where
    S: Convert<E, A>,
    E: Copy,
    A: Arithmetic + Cast<E>,
{
    // SAFETY: the caller's, for each of the three.
    unsafe {
        if args.column_stride.abs() == 1 {
            for row in 0..args.rows {
                let src = args.src.add(row * args.pitch);
                let dst = args.dst.offset(row as isize * args.row_stride);
                if args.column_stride < 0 {
                    backward::<S, E, A>(s, src, dst, args.columns);
                } else if args.streaming {
                    streamed::<S, E, A>(s, src, dst, args.columns);
                } else {
                    forward::<S, E, A>(s, src, dst, args.columns);
                }
            }
            if args.streaming {
                s.fence();
            }
        } else if args.row_stride == 1 || args.row_stride == -1 {
            turned(s, args);
        } else {
            for row in 0..args.rows {
                for column in 0..args.columns {
                    let offset =
                        row as isize * args.row_stride + column as isize * args.column_stride;
                    *args.dst.offset(offset) = (*args.src.add(row * args.pitch + column)).cast();
                }
            }
        }
    }
}

/// # Safety
/// `columns` elements are readable at `src` and writable at `dst`.
#[inline(always)]
unsafe fn forward<S, E, A>(s: S, src: *const A, dst: *mut E, columns: usize)
where
    S: Convert<E, A>,
    E: Copy,
    A: Arithmetic + Cast<E>,
{
    let whole = columns - columns % S::LANES;
    // SAFETY: whole vectors below `columns`, then the part of one.
    unsafe {
        for first in (0..whole).step_by(S::LANES) {
            s.store_as(s.load(src.add(first)), dst.add(first));
        }
        if whole < columns {
            let tail = s.load_first(src.add(whole), columns - whole);
            s.store_first_as(tail, dst.add(whole), columns - whole);
        }
    }
}

/// Rows of an image rarely start on a cache line, and non-temporal stores must: a part of a vector
/// leads up to the first boundary.
///
/// # Safety
/// As [`forward`].
#[inline(always)]
unsafe fn streamed<S, E, A>(s: S, src: *const A, dst: *mut E, columns: usize)
where
    S: Convert<E, A>,
    E: Copy,
    A: Arithmetic + Cast<E>,
{
    let head = dst.align_offset(S::LANES * size_of::<E>());
    if head >= columns {
        // SAFETY: the caller's.
        return unsafe { forward::<S, E, A>(s, src, dst, columns) };
    }
    let body = head + (columns - head) / S::LANES * S::LANES;
    // SAFETY: head < LANES elements, then aligned vectors, then fewer than LANES, all below `columns`.
    unsafe {
        if head > 0 {
            s.store_first_as(s.load_first(src, head), dst, head);
        }
        for first in (head..body).step_by(S::LANES) {
            s.stream_as(s.load(src.add(first)), dst.add(first));
        }
        if body < columns {
            let tail = s.load_first(src.add(body), columns - body);
            s.store_first_as(tail, dst.add(body), columns - body);
        }
    }
}

/// A row whose elements run down in memory.
///
/// # Safety
/// As [`forward`], but column `c` is at `dst - c`.
#[inline(always)]
unsafe fn backward<S, E, A>(s: S, src: *const A, dst: *mut E, columns: usize)
where
    S: Convert<E, A>,
    E: Copy,
    A: Arithmetic + Cast<E>,
{
    let whole = columns - columns % S::LANES;
    // SAFETY: whole vectors below `columns`, lowest address first, then single elements.
    unsafe {
        for first in (0..whole).step_by(S::LANES) {
            let vector = s.reverse(s.load(src.add(first)));
            s.store_as(vector, dst.offset(-((first + S::LANES - 1) as isize)));
        }
        for column in whole..columns {
            *dst.offset(-(column as isize)) = (*src.add(column)).cast();
        }
    }
}

/// Columns are runs in memory: turn tiles and store along them.
///
/// # Safety
/// As [`rows`]; the row stride is 1 or -1.
#[inline(always)]
unsafe fn turned<S, E, A>(s: S, args: &EgressArgs<A, E>)
where
    S: Convert<E, A>,
    E: Copy,
    A: Arithmetic + Cast<E>,
{
    for top in (0..args.rows).step_by(S::LANES) {
        let count = S::LANES.min(args.rows - top);
        for left in (0..args.columns).step_by(S::LANES) {
            let width = S::LANES.min(args.columns - left);
            let mut tile = s.tile();
            for (lane, vector) in tile.as_mut().iter_mut().enumerate() {
                let row = top + lane.min(count - 1);
                // SAFETY: row < rows; `width` elements from column `left` on.
                *vector = unsafe {
                    let p = args.src.add(row * args.pitch + left);
                    if width == S::LANES { s.load(p) } else { s.load_first(p, width) }
                };
            }
            tile = s.transpose(tile);
            for (i, &vector) in tile.as_ref().iter().enumerate().take(width) {
                let offset = (left + i) as isize * args.column_stride;
                // SAFETY: rows top .. top + count of column left + i, lowest address first.
                unsafe {
                    if args.row_stride > 0 {
                        let p = args.dst.offset(offset + top as isize);
                        if count == S::LANES {
                            s.store_as(vector, p);
                        } else {
                            s.store_first_as(vector, p, count);
                        }
                    } else if count == S::LANES {
                        let p = args.dst.offset(offset - (top + S::LANES - 1) as isize);
                        s.store_as(s.reverse(vector), p);
                    } else {
                        for row in top..top + count {
                            let value = *args.src.add(row * args.pitch + left + i);
                            *args.dst.offset(offset - row as isize) = value.cast();
                        }
                    }
                }
            }
        }
    }
}
