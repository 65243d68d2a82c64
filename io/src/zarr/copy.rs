//! Boxes of elements copied from one array to another.

/// A box of an array: where it begins in the array's bytes, and its strides in bytes.
pub(super) struct Place<'a> {
    pub(super) at: usize,
    pub(super) strides: &'a [usize],
}

/// Copies a box of elements of a size. It lies in both arrays.
pub(super) fn copy(
    shape: &[usize],
    size: usize,
    (from, source): (&[u8], Place<'_>),
    (to, target): (&mut [u8], Place<'_>),
) {
    let rows = |axes: usize| shape[..axes].iter().product::<usize>();
    let Some(last) = shape.len().checked_sub(1) else {
        to[target.at..][..size].copy_from_slice(&from[source.at..][..size]);
        return;
    };
    let (len, steps) = (shape[last], [source.strides[last], target.strides[last]]);
    for row in 0..rows(last) {
        let (mut rest, mut read, mut written) = (row, source.at, target.at);
        for axis in (0..last).rev() {
            let at = rest % shape[axis];
            rest /= shape[axis];
            read += at * source.strides[axis];
            written += at * target.strides[axis];
        }
        if steps == [size; 2] {
            to[written..][..len * size].copy_from_slice(&from[read..][..len * size]);
            continue;
        }
        let (from, to) = (&from[read..], &mut to[written..]);
        match size {
            1 => step::<1>(len, from, to, steps),
            2 => step::<2>(len, from, to, steps),
            4 => step::<4>(len, from, to, steps),
            _ => step::<8>(len, from, to, steps),
        }
    }
}

/// Copies elements that lie apart.
fn step<const SIZE: usize>(len: usize, from: &[u8], to: &mut [u8], [read, written]: [usize; 2]) {
    for at in 0..len {
        to[at * written..][..SIZE].copy_from_slice(&from[at * read..][..SIZE]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_copied_between_strides() {
        // A (3, 4) array of u16 in Fortran order to the middle of one of (5, 6) in C order.
        let from: Vec<u8> = (0..12_u16).flat_map(u16::to_le_bytes).collect();
        let mut to = vec![255; 60];
        let source = Place { at: 0, strides: &[2, 6] };
        let target = Place { at: 14, strides: &[12, 2] };
        copy(&[3, 4], 2, (&from, source), (&mut to, target));
        for row in 0..5 {
            for column in 0..6 {
                let found =
                    u16::from_le_bytes(to[12 * row + 2 * column..][..2].try_into().unwrap());
                let is_in = (1..4).contains(&row) && (1..5).contains(&column);
                let expected = if is_in { row - 1 + 3 * (column - 1) } else { 65535 };
                assert_eq!(usize::from(found), expected);
            }
        }
        copy(
            &[],
            2,
            (&from[2..], Place { at: 0, strides: &[] }),
            (&mut to, Place { at: 0, strides: &[] }),
        );
        assert_eq!(to[..2], [1, 0]);
    }
}
