//! Elements from plane to plane, as they are.

use crate::plane::{Extent, Plane, PlaneMut, Strides};

/// Copies a plane into another of the same type and extent, of any strides.
///
/// # Panics
/// When the types or the extents differ.
pub fn copy(src: &Plane<'_>, dst: &mut PlaneMut<'_>) {
    assert_eq!(src.kind(), dst.kind(), "planes of one type");
    assert_eq!(src.extent(), dst.extent(), "planes of one extent");
    match src.kind().size {
        1 => words::<u8>(src, dst),
        2 => words::<u16>(src, dst),
        4 => words::<u32>(src, dst),
        size => {
            assert_eq!(size, 8, "no element has another size");
            words::<u64>(src, dst);
        }
    }
}

/// Elements of the size of `W`.
fn words<W: Copy>(src: &Plane<'_>, dst: &mut PlaneMut<'_>) {
    let Extent { rows, columns, inner } = src.extent();
    let (from, to) = (src.strides(), dst.strides());
    let (source, target) = (src.at(0, 0).cast::<W>(), dst.at(0, 0).cast::<W>());
    let offset = |strides: Strides, row: usize, column: usize, i: usize| {
        row as isize * strides.row + column as isize * strides.column + i as isize * strides.inner
    };
    if from.run(src.extent()) == Some(1) && to.run(src.extent()) == Some(1) {
        for row in 0..rows {
            // SAFETY: a row of both planes, each a run in memory; nothing else reaches what is written.
            unsafe {
                let (source, target) =
                    (source.offset(offset(from, row, 0, 0)), target.offset(offset(to, row, 0, 0)));
                target.copy_from_nonoverlapping(source, columns * inner);
            }
        }
        return;
    }
    for row in 0..rows {
        for column in 0..columns {
            for i in 0..inner {
                // SAFETY: elements of both planes, which have one extent; `W` has the size of their type, numbers or
                // bools, of which it takes every pattern and gives none that was not there.
                unsafe {
                    *target.offset(offset(to, row, column, i)) =
                        *source.offset(offset(from, row, column, i));
                }
            }
        }
    }
}
