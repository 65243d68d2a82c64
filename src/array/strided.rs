//! Shapes and strides of slices, checked.

use crate::error::Error;

/// An array in a slice: the length of each axis, and the distance of neighbours in elements.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strided<'s> {
    pub(crate) shape: &'s [usize],
    pub(crate) strides: &'s [isize],
}

impl Strided<'_> {
    /// Where in a slice of `len` elements, whose first has the lowest address, the array's first
    /// element is. The elements must lie in the slice, and be `distinct` where that is asked.
    pub(crate) fn check(self, len: usize, distinct: bool) -> Result<usize, Error> {
        let Self { shape, strides } = self;
        let error = |reason| Error::Strides {
            shape: shape.to_vec(),
            strides: strides.to_vec(),
            len,
            reason,
        };
        if shape.len() != strides.len() {
            return Err(error("there must be one stride for each axis"));
        }
        if shape.contains(&0) {
            return Ok(0);
        }
        let (mut first, mut last) = (0_usize, 0_usize);
        let mut reaches = Vec::with_capacity(shape.len());
        for (&len, &stride) in shape.iter().zip(strides).filter(|&(&len, _)| len > 1) {
            let reach = stride.unsigned_abs().checked_mul(len - 1);
            let end = reach.and_then(|reach| last.checked_add(reach));
            let (Some(reach), Some(end)) = (reach, end) else {
                return Err(error("an element lies outside the slice"));
            };
            last = end;
            first += if stride < 0 { reach } else { 0 };
            reaches.push((stride.unsigned_abs(), reach));
        }
        if last >= len {
            return Err(error("an element lies outside the slice"));
        }
        // Axes nest if each steps over all that those with smaller strides reach.
        reaches.sort_unstable();
        let mut reached = 0;
        for (stride, reach) in reaches {
            if distinct && stride <= reached {
                return Err(error("two elements could be the same"));
            }
            reached += reach;
        }
        Ok(first)
    }

    /// The strides in bytes, of elements of `size`. The array was checked.
    pub(crate) fn in_bytes(self, size: usize) -> Vec<isize> {
        self.strides.iter().map(|stride| stride.wrapping_mul(size as isize)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(len: usize, shape: &[usize], strides: &[isize], distinct: bool) -> Option<usize> {
        Strided { shape, strides }.check(len, distinct).ok()
    }

    #[test]
    fn arrays_lie_in_their_slice() {
        assert_eq!(check(24, &[3, 4], &[8, 2], true), Some(0));
        assert_eq!(check(23, &[3, 4], &[8, 2], true), Some(0));
        assert_eq!(check(22, &[3, 4], &[8, 2], true), None);
        assert_eq!(check(12, &[3, 4], &[-4, 1], true), Some(8));
        assert_eq!(check(12, &[3, 4], &[4, -1], true), Some(3));
        assert_eq!(check(11, &[3, 4], &[4, -1], true), None);
        assert_eq!(check(0, &[3, 0], &[4, 1], true), Some(0));
        assert_eq!(check(1, &[1, 1], &[isize::MIN, isize::MAX], true), Some(0));
        assert_eq!(check(9, &[3, usize::MAX], &[isize::MAX, isize::MAX], false), None);
        assert_eq!(check(9, &[3], &[1, 1], false), None);
    }

    #[test]
    fn elements_to_write_are_distinct() {
        assert_eq!(check(9, &[5, 4], &[0, 1], false), Some(0));
        assert_eq!(check(9, &[5, 4], &[0, 1], true), None);
        assert_eq!(check(9, &[3, 3], &[2, 1], true), None);
        assert_eq!(check(9, &[3, 3], &[2, 1], false), Some(0));
        assert_eq!(check(9, &[3, 3], &[-3, 1], true), Some(6));
    }
}
