//! Row-filtered columns back to rows: the second tile transpose.

use crate::element::Arithmetic;
use crate::simd::Simd;

/// Columns of vectors, one lane per row, to rows of scratch.
#[derive(Clone, Copy)]
pub(crate) struct RetileArgs<A> {
    /// Columns of one vector each, rounded up to whole tiles.
    pub(crate) src: *const A,
    pub(crate) columns: usize,
    /// Base of the destination rows.
    pub(crate) dst: *mut A,
    /// Offset of each row from the base.
    pub(crate) offsets: *const usize,
    /// `1 ..= LANES`.
    pub(crate) rows: usize,
}

/// Turns tiles and stores their rows.
///
/// # Safety
/// With `n = columns` rounded up to `LANES`: `n * LANES` elements are readable at `src`, `n` are
/// writable at `dst +` each of the `rows <= LANES` offsets.
#[inline(always)]
pub(crate) unsafe fn retile<S, A>(s: S, args: &RetileArgs<A>)
where
    S: Simd<A>,
    A: Arithmetic,
{
    for first in (0..args.columns).step_by(S::LANES) {
        let mut tile = s.tile();
        for (i, vector) in tile.as_mut().iter_mut().enumerate() {
            // SAFETY: column first + i is below `columns` rounded up.
            *vector = unsafe { s.load(args.src.add((first + i) * S::LANES)) };
        }
        tile = s.transpose(tile);
        // SAFETY: row < rows; first + LANES is at most `columns` rounded up.
        let put = |row: usize, vector| unsafe {
            let offset = *args.offsets.add(row);
            s.store(vector, args.dst.add(offset + first));
        };
        // Whole tiles apart: a loop of variable length would keep the tile in memory, and did so by
        // a call of memcpy for each (6 % of the filter).
        if args.rows == S::LANES {
            tile.as_ref().iter().enumerate().for_each(|(row, &vector)| put(row, vector));
        } else {
            tile.as_ref().iter().enumerate().take(args.rows).for_each(|(row, &v)| put(row, v));
        }
    }
}
