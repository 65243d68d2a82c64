//! Boxes of arrays.

use std::ops::Range;

/// A box of an array: where it begins along each axis, and how long it is.
///
/// ```
/// use gausstack_io::Region;
///
/// let rows = Region::whole(&[30, 4, 50]).along(0, 10..20);
/// assert_eq!((rows.start, rows.shape), (vec![10, 0, 0], vec![10, 4, 50]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// The first position along each axis.
    pub start: Vec<usize>,
    /// The length along each axis.
    pub shape: Vec<usize>,
}

impl Region {
    /// A whole array.
    #[must_use]
    pub fn whole(shape: &[usize]) -> Self {
        Self { start: vec![0; shape.len()], shape: shape.to_vec() }
    }

    /// The part at these positions along an axis. An axis that does not exist changes nothing.
    #[must_use]
    pub fn along(mut self, axis: usize, positions: Range<usize>) -> Self {
        if let (Some(start), Some(len)) = (self.start.get_mut(axis), self.shape.get_mut(axis)) {
            *start = positions.start;
            *len = positions.len();
        }
        self
    }

    /// The positions along an axis; none along one that does not exist.
    #[must_use]
    pub fn positions(&self, axis: usize) -> Range<usize> {
        match (self.start.get(axis), self.shape.get(axis)) {
            (Some(&start), Some(&len)) => start..start.saturating_add(len),
            _ => 0..0,
        }
    }

    /// Whether the box lies in an array of a shape.
    #[must_use]
    pub fn is_in(&self, shape: &[usize]) -> bool {
        let ends = self.start.iter().zip(&self.shape).map(|(&start, &len)| start.checked_add(len));
        self.start.len() == shape.len()
            && self.shape.len() == shape.len()
            && ends.zip(shape).all(|(end, &len)| end.is_some_and(|end| end <= len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_beyond_the_array_are_found_out() {
        let region = Region::whole(&[3, 4]);
        assert!(region.is_in(&[3, 4]) && !region.is_in(&[3, 3]) && !region.is_in(&[3]));
        assert!(!region.along(1, usize::MAX - 1..usize::MAX).is_in(&[3, 4]));
    }
}
