//! Columns of scratch back to rows: the second tile transpose.

use crate::element::Arithmetic;
use crate::simd::Simd;

/// Columns of scratch, one vector each, and the rows that they become.
#[derive(Clone, Copy)]
pub(crate) struct UnpackArgs<A> {
    /// The columns, padded to whole tiles.
    pub(crate) src: *const A,
    pub(crate) columns: usize,
    /// Base of the destination rows.
    pub(crate) dst: *mut A,
    /// Offset of each row from the base.
    pub(crate) offsets: *const usize,
    /// `1 ..= LANES`.
    pub(crate) rows: usize,
}

/// Transposes tiles and stores their rows.
///
/// # Safety
/// With `n` the columns rounded up to `LANES`: `n LANES` elements are readable at `src`, and `n`
/// are writable at `dst` plus each of the `rows <= LANES` offsets.
#[inline(always)]
pub(crate) unsafe fn unpack<S, A>(s: S, args: &UnpackArgs<A>)
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
        // Whole tiles have a loop of their own: with one of variable length LLVM kept each tile in
        // memory by a call of memcpy (6 % of the filter).
        if args.rows == S::LANES {
            tile.as_ref().iter().enumerate().for_each(|(row, &vector)| put(row, vector));
        } else {
            tile.as_ref().iter().enumerate().take(args.rows).for_each(|(row, &v)| put(row, v));
        }
    }
}
