//! Source pixels to scratch: conversion, any strides, and the first of the two tile transposes.

use crate::element::Arithmetic;
use crate::rounding::Cast;
use crate::simd::Load;

/// Evenly spaced columns of up to `LANES` rows, each of which becomes one vector.
#[derive(Clone, Copy)]
pub(crate) struct PackArgs<A> {
    /// The first column's element of the first row, of the gate's type.
    pub(crate) src: *const u8,
    /// `1 ..= LANES`; the lanes above become copies of the last row, or zeros.
    pub(crate) rows: usize,
    pub(crate) row_stride: isize,
    pub(crate) columns: usize,
    pub(crate) column_stride: isize,
    /// `columns` vectors.
    pub(crate) dst: *mut A,
    /// Elements from one vector to the next.
    pub(crate) pitch: usize,
    /// Elements from each load to the address to prefetch; 0 for no prefetch.
    pub(crate) prefetch: isize,
}

/// Evenly spaced elements of one row.
#[derive(Clone, Copy)]
pub(crate) struct LoadRowArgs<A> {
    /// The first element, of the gate's type.
    pub(crate) src: *const u8,
    pub(crate) columns: usize,
    pub(crate) column_stride: isize,
    /// `columns` elements.
    pub(crate) dst: *mut A,
}

/// Packs the columns of a band of rows into vectors.
///
/// # Safety
/// Elements `src + r row_stride + c column_stride` are readable for `r < rows`, `c < columns`.
/// `LANES` elements are writable at `dst + c pitch`, and `1 <= rows <= LANES`.
#[inline(always)]
pub(crate) unsafe fn columns<S, E, A>(s: S, args: &PackArgs<A>)
where
    S: Load<E, A>,
    E: Cast<A>,
    A: Arithmetic,
{
    // SAFETY: the caller's, for each of the three.
    unsafe {
        if args.column_stride.abs() == 1 {
            tiles::<S, E, A>(s, args);
        } else if args.row_stride == 1 || (args.row_stride == -1 && args.rows == S::LANES) {
            vectors::<S, E, A>(s, args);
        } else {
            elements::<S, E, A>(args);
        }
    }
}

/// Rows are contiguous in memory: a tile is loaded row by row and transposed in registers.
///
/// # Safety
/// As [`columns`]; the column stride is 1 or -1.
#[inline(always)]
unsafe fn tiles<S, E, A>(s: S, args: &PackArgs<A>)
where
    S: Load<E, A>,
    E: Cast<A>,
    A: Arithmetic,
{
    let backward = args.column_stride < 0;
    let whole = args.columns - args.columns % S::LANES;
    for first in (0..whole).step_by(S::LANES) {
        // SAFETY: LANES columns from `first` on. (Constant counts keep the tile in registers and
        // the addresses of its rows free of conditions.)
        unsafe {
            if args.rows == S::LANES {
                tile::<S, E, A>(s, args, first, S::LANES, S::LANES, backward);
            } else {
                tile::<S, E, A>(s, args, first, S::LANES, args.rows, backward);
            }
        }
    }
    if whole < args.columns {
        // SAFETY: the remaining columns.
        unsafe { tile::<S, E, A>(s, args, whole, args.columns - whole, args.rows, backward) }
    }
}

/// One tile of `count` columns from column `first` on, of `rows` rows.
///
/// # Safety
/// As [`tiles`]; `first + count <= columns`, `count <= LANES` and `rows == args.rows`.
#[inline(always)]
unsafe fn tile<S, E, A>(
    s: S,
    args: &PackArgs<A>,
    first: usize,
    count: usize,
    rows: usize,
    backward: bool,
) where
    S: Load<E, A>,
    E: Cast<A>,
    A: Arithmetic,
{
    // Backward in memory, the lowest address is that of the last column.
    let start = if backward { -((first + count - 1) as isize) } else { first as isize };
    let top = args.src.cast::<E>().wrapping_offset(start);
    if args.prefetch != 0 {
        let mut p = top.wrapping_offset(args.prefetch);
        for _ in 0..rows {
            s.prefetch(p.cast());
            p = p.wrapping_offset(args.row_stride);
        }
    }
    let mut p = top;
    let mut tile = s.tile();
    for (lane, vector) in tile.as_mut().iter_mut().enumerate() {
        // SAFETY: `count` elements of row `lane`, or of the last, from column `first` on.
        *vector =
            unsafe { if count == S::LANES { s.load_as(p) } else { s.load_first_as(p, count) } };
        p = p.wrapping_offset(if lane + 1 < rows { args.row_stride } else { 0 });
    }
    tile = s.transpose(tile);
    for (i, &vector) in tile.as_ref().iter().enumerate().take(count) {
        let column = first + if backward { count - 1 - i } else { i };
        // SAFETY: column < columns.
        unsafe { s.store(vector, args.dst.add(column * args.pitch)) }
    }
}

/// Columns are contiguous in memory: each is a vector already.
///
/// # Safety
/// As [`columns`]; the row stride is 1, or it is -1 and all lanes are rows.
#[inline(always)]
unsafe fn vectors<S, E, A>(s: S, args: &PackArgs<A>)
where
    S: Load<E, A>,
    E: Cast<A>,
    A: Arithmetic,
{
    let backward = args.row_stride < 0;
    let start = if backward { 1 - S::LANES as isize } else { 0 };
    for column in 0..args.columns {
        // SAFETY: the rows of one column, lowest address first; column < columns.
        unsafe {
            let p = args.src.cast::<E>().offset(column as isize * args.column_stride + start);
            if args.prefetch != 0 {
                s.prefetch(p.wrapping_offset(args.prefetch).cast());
            }
            let vector =
                if args.rows == S::LANES { s.load_as(p) } else { s.load_first_as(p, args.rows) };
            let vector = if backward { s.reverse(vector) } else { vector };
            s.store(vector, args.dst.add(column * args.pitch));
        }
    }
}

/// No axis is contiguous in memory: elements are loaded one by one. The arithmetic that follows is
/// still in vectors. Gathers were not faster on the cores this was written for, which split them
/// into loads.
///
/// # Safety
/// As [`columns`].
#[inline(always)]
unsafe fn elements<S, E, A>(args: &PackArgs<A>)
where
    S: Load<E, A>,
    E: Cast<A>,
    A: Arithmetic,
{
    for column in 0..args.columns {
        for lane in 0..S::LANES {
            let row = lane.min(args.rows - 1) as isize;
            // SAFETY: row < rows, column < columns, lane < LANES.
            unsafe {
                let offset = row * args.row_stride + column as isize * args.column_stride;
                let p = args.src.cast::<E>().offset(offset);
                *args.dst.add(column * args.pitch + lane) = (*p).cast();
            }
        }
    }
}

/// Loads one row's elements into a row of scratch.
///
/// # Safety
/// Elements `src + c column_stride` are readable for `c < columns`, and `columns` elements are
/// writable at `dst`.
#[inline(always)]
pub(crate) unsafe fn row<S, E, A>(s: S, args: &LoadRowArgs<A>)
where
    S: Load<E, A>,
    E: Cast<A>,
    A: Arithmetic,
{
    let src = args.src.cast::<E>();
    let whole = args.columns - args.columns % S::LANES;
    // SAFETY: every access is of elements c < columns.
    unsafe {
        match args.column_stride {
            1 => {
                for first in (0..whole).step_by(S::LANES) {
                    s.store(s.load_as(src.add(first)), args.dst.add(first));
                }
                if whole < args.columns {
                    let count = args.columns - whole;
                    let tail = s.load_first_as(src.add(whole), count);
                    s.store_first(tail, args.dst.add(whole), count);
                }
            }
            -1 => {
                for first in (0..whole).step_by(S::LANES) {
                    let p = src.offset(-((first + S::LANES - 1) as isize));
                    s.store(s.reverse(s.load_as(p)), args.dst.add(first));
                }
                for column in whole..args.columns {
                    *args.dst.add(column) = (*src.offset(-(column as isize))).cast();
                }
            }
            stride => {
                for column in 0..args.columns {
                    *args.dst.add(column) = (*src.offset(column as isize * stride)).cast();
                }
            }
        }
    }
}
