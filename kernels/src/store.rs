//! Finished rows to the caller's array: conversion, any strides, non-temporal stores.

use crate::buffer::CACHE_LINE;
use crate::element::Arithmetic;
use crate::rounding::Narrow;
use crate::simd::Store;

/// Finished rows of scratch and their destination.
#[derive(Clone, Copy)]
pub(crate) struct StoreArgs<A> {
    /// The first row of scratch.
    pub(crate) src: *const A,
    pub(crate) pitch: usize,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// The first element's destination, of the gate's type.
    pub(crate) dst: *mut u8,
    pub(crate) row_stride: isize,
    pub(crate) column_stride: isize,
    /// Set for stores past the caches, for which rows must be contiguous in memory.
    pub(crate) stream: Option<SharedLines>,
}

/// The sides on which a block shares cache lines with another block of the same rows. A shared line
/// is stored whole, with the block on its right: a line stored in two parts is two transfers to
/// memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SharedLines {
    /// Whether a block was stored on the left.
    pub left: bool,
    /// Whether a block follows on the right.
    pub right: bool,
}

/// Stores a block of rows.
///
/// # Safety
/// For `r < rows`: `columns` elements are readable at `src + r pitch`, and elements
/// `dst + r row_stride + c column_stride` are writable for `c < columns`. With `stream` the column
/// stride is 1. With a shared line on the left, as many elements as `E` has in a cache line are
/// readable in front of each row of `src`, and those that share a line with the first column are
/// writable in front of each row of `dst`. With a shared line on the right, there are at least that
/// many columns.
#[inline(always)]
pub(crate) unsafe fn rows<S, E, A, R>(s: S, args: &StoreArgs<A>)
where
    S: Store<E, A, R>,
    E: Copy,
    A: Arithmetic + Narrow<E, R>,
{
    // SAFETY: the caller's, for each of the three.
    unsafe {
        if args.column_stride.abs() == 1 {
            for row in 0..args.rows {
                let src = args.src.add(row * args.pitch);
                let dst = args.dst.cast::<E>().offset(row as isize * args.row_stride);
                if let Some(shared) = args.stream {
                    streamed::<S, E, A, R>(s, src, dst, args.columns, shared);
                } else if args.column_stride < 0 {
                    backward::<S, E, A, R>(s, src, dst, args.columns);
                } else {
                    forward::<S, E, A, R>(s, src, dst, args.columns);
                }
            }
        } else if args.row_stride == 1 || args.row_stride == -1 {
            transposed::<S, E, A, R>(s, args);
        } else {
            for row in 0..args.rows {
                for column in 0..args.columns {
                    let offset =
                        row as isize * args.row_stride + column as isize * args.column_stride;
                    *args.dst.cast::<E>().offset(offset) =
                        (*args.src.add(row * args.pitch + column)).narrow();
                }
            }
        }
    }
}

/// Stores a row that is contiguous in memory.
///
/// # Safety
/// `columns` elements are readable at `src` and writable at `dst`.
#[inline(always)]
unsafe fn forward<S, E, A, R>(s: S, src: *const A, dst: *mut E, columns: usize)
where
    S: Store<E, A, R>,
    E: Copy,
    A: Arithmetic + Narrow<E, R>,
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

/// Stores a row past the caches. Rows of an image rarely start on a cache line, and non-temporal
/// stores must: at an end without a shared line, the elements up to the first line boundary, or
/// from the last one on, are stored through the caches.
///
/// # Safety
/// As [`forward`], and as [`rows`] for shared lines.
#[inline(always)]
unsafe fn streamed<S, E, A, R>(
    s: S,
    src: *const A,
    dst: *mut E,
    columns: usize,
    shared: SharedLines,
) where
    S: Store<E, A, R>,
    E: Copy,
    A: Arithmetic + Narrow<E, R>,
{
    let line = CACHE_LINE / size_of::<E>();
    // Elements between the last line boundary and `p`.
    let past = |p: *mut E| (p.addr() % CACHE_LINE) / size_of::<E>();
    let (before, behind) = (past(dst), past(dst.wrapping_add(columns)));
    let first =
        if shared.left || before == 0 { -(before as isize) } else { (line - before) as isize };
    let last = columns as isize - behind as isize;
    // SAFETY: where no line is shared, the parts in front of `first` and behind `last` are this
    // row's, and shorter than a line. Between them are whole lines, the first of which may be
    // shared.
    unsafe {
        if first > last {
            // The row lies within one line.
            if !shared.left && !shared.right {
                forward::<S, E, A, R>(s, src, dst, columns);
            }
            return;
        }
        if first > 0 {
            forward::<S, E, A, R>(s, src, dst, first as usize);
        }
        for column in (first..last).step_by(S::LANES) {
            s.stream_as(s.load(src.offset(column)), dst.offset(column));
        }
        if !shared.right && behind > 0 {
            forward::<S, E, A, R>(s, src.offset(last), dst.offset(last), behind);
        }
    }
}

/// Stores a row that runs backward in memory.
///
/// # Safety
/// As [`forward`], but column `c` is at `dst - c`.
#[inline(always)]
unsafe fn backward<S, E, A, R>(s: S, src: *const A, dst: *mut E, columns: usize)
where
    S: Store<E, A, R>,
    E: Copy,
    A: Arithmetic + Narrow<E, R>,
{
    let whole = columns - columns % S::LANES;
    // SAFETY: whole vectors below `columns`, lowest address first, then single elements.
    unsafe {
        for first in (0..whole).step_by(S::LANES) {
            let vector = s.reverse(s.load(src.add(first)));
            s.store_as(vector, dst.offset(-((first + S::LANES - 1) as isize)));
        }
        for column in whole..columns {
            *dst.offset(-(column as isize)) = (*src.add(column)).narrow();
        }
    }
}

/// Columns are contiguous in memory: tiles are transposed and stored column by column.
///
/// # Safety
/// As [`rows`]; the row stride is 1 or -1.
#[inline(always)]
unsafe fn transposed<S, E, A, R>(s: S, args: &StoreArgs<A>)
where
    S: Store<E, A, R>,
    E: Copy,
    A: Arithmetic + Narrow<E, R>,
{
    // Whole tiles first, in a loop without conditions: along the columns, but down the rows where there
    // is one tile across. (On a Zen 3, 1000 images of 16 x 16 as lanes take 0.68 of the time that one
    // loop over all tiles took, which kept its addresses in memory. Down the rows wherever they are the
    // more, the filter of rows alone takes 1.07.)
    let (dst, lanes) = (args.dst.cast::<E>(), S::LANES);
    let (tall, wide) = match args.row_stride {
        1 => (args.rows / lanes, args.columns / lanes),
        _ => (0, 0),
    };
    let down = (lanes * args.pitch, lanes as isize);
    let along = (lanes, lanes as isize * args.column_stride);
    let [(outer, apart), (inner, step)] =
        if wide == 1 { [(wide, along), (tall, down)] } else { [(tall, down), (wide, along)] };
    for i in 0..outer {
        let src = args.src.wrapping_add(i * apart.0);
        let dst = dst.wrapping_offset(i as isize * apart.1);
        // SAFETY: LANES rows and as many columns for each of `tall` times `wide` tiles.
        unsafe {
            whole_tiles::<S, E, A, R>(s, (src, args.pitch), (dst, args.column_stride), inner, step);
        }
    }
    // Then those at the ends.
    for top in (0..args.rows).step_by(lanes) {
        let count = lanes.min(args.rows - top);
        let whole = if top < tall * lanes { wide * lanes } else { 0 };
        for left in (whole..args.columns).step_by(lanes) {
            let width = lanes.min(args.columns - left);
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
                        let p = args.dst.cast::<E>().offset(offset + top as isize);
                        if count == S::LANES {
                            s.store_as(vector, p);
                        } else {
                            s.store_first_as(vector, p, count);
                        }
                    } else if count == S::LANES {
                        let p = args.dst.cast::<E>().offset(offset - (top + S::LANES - 1) as isize);
                        s.store_as(s.reverse(vector), p);
                    } else {
                        for row in top..top + count {
                            let value = *args.src.add(row * args.pitch + left + i);
                            *args.dst.cast::<E>().offset(offset - row as isize) = value.narrow();
                        }
                    }
                }
            }
        }
    }
}

/// Transposes so many tiles of whole vectors, each a step from the one before, and stores them column by
/// column. (Constant counts keep a tile in registers, and the addresses free of conditions.)
///
/// # Safety
/// For each tile `LANES` rows of as many elements are readable at `src`, a pitch apart, and as many
/// columns are writable at `dst`, a stride apart, their rows contiguous in memory.
#[inline(always)]
unsafe fn whole_tiles<S, E, A, R>(
    s: S,
    (mut src, pitch): (*const A, usize),
    (mut dst, column_stride): (*mut E, isize),
    count: usize,
    step: (usize, isize),
) where
    S: Store<E, A, R>,
    E: Copy,
    A: Arithmetic + Narrow<E, R>,
{
    for _ in 0..count {
        let mut tile = s.tile();
        for (lane, vector) in tile.as_mut().iter_mut().enumerate() {
            // SAFETY: the caller's.
            *vector = unsafe { s.load(src.add(lane * pitch)) };
        }
        tile = s.transpose(tile);
        for (lane, &vector) in tile.as_ref().iter().enumerate() {
            // SAFETY: the caller's.
            unsafe { s.store_as(vector, dst.offset(lane as isize * column_stride)) }
        }
        src = src.wrapping_add(step.0);
        dst = dst.wrapping_offset(step.1);
    }
}
