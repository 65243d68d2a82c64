//! Elements from plane to plane, as they are.

use crate::lines::Lines;
use crate::plane::{Plane, PlaneMut};

/// Copies a plane into another of the same type and extent, of any strides.
///
/// # Panics
/// When the types or the extents differ.
pub fn copy(src: &Plane<'_>, dst: &mut PlaneMut<'_>) {
    assert_eq!(src.element_type(), dst.element_type(), "planes of one type");
    assert_eq!(src.extent(), dst.extent(), "planes of one extent");
    match src.element_type().size() {
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
    let lines = Lines::of(dst.extent(), [dst.strides(), src.strides()]);
    let (len, strides) = (lines.len(), lines.strides());
    let (target, source) = (dst.at(0, 0).cast::<W>(), src.at(0, 0).cast::<W>());
    for [to, from] in lines.starts() {
        let (target, source) = (target.wrapping_offset(to), source.wrapping_offset(from));
        if strides == [1, 1] {
            // SAFETY: lines of both planes, contiguous in memory; nothing else reaches what is
            // written.
            unsafe { target.copy_from_nonoverlapping(source, len) }
            continue;
        }
        for i in 0..len as isize {
            // SAFETY: elements of both planes; `W` has the size of their type, numbers or `bool`s,
            // and every pattern that it holds was one of theirs.
            unsafe { *target.offset(i * strides[0]) = *source.offset(i * strides[1]) }
        }
    }
}
