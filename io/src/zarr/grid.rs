//! Grids of chunks, and the parts of a region in each.

use crate::layout::Layout;
use crate::region::Region;

/// An array cut into chunks of one shape, the last of which reach beyond it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    /// Length of a chunk along each axis, none 0.
    shape: Vec<usize>,
    /// Bytes of a chunk.
    bytes: usize,
}

/// What a region has of a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Which chunk it is along each axis.
    pub(super) chunk: Vec<usize>,
    /// In the array.
    pub(super) region: Region,
}

impl Grid {
    /// Chunks of a shape for an array; what is wrong with it, if there are none such.
    pub(super) fn new(shape: Vec<usize>, of: &Layout, most: usize) -> Result<Self, String> {
        if shape.len() != of.shape.len() {
            return Err(format!("chunks {shape:?} do not have the axes of shape {:?}", of.shape));
        }
        let bytes = shape.iter().try_fold(of.element.size(), |bytes, &len| bytes.checked_mul(len));
        match bytes.filter(|bytes| (1..=most).contains(bytes)) {
            Some(bytes) => Ok(Self { shape, bytes }),
            None => Err(format!("a chunk of shape {shape:?} has no bytes, or more than {most}")),
        }
    }

    pub(super) fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Bytes of a chunk, decoded.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Where a chunk begins in the array, and its whole shape.
    pub(super) fn chunk(&self, chunk: &[usize]) -> Region {
        let start = chunk.iter().zip(&self.shape).map(|(&at, &len)| at.saturating_mul(len));
        Region { start: start.collect(), shape: self.shape.clone() }
    }

    /// The parts of a region in single chunks, in C order.
    pub(super) fn parts<'a>(&'a self, region: &'a Region) -> impl Iterator<Item = Part> + 'a {
        let along = |axis: usize| {
            let (positions, len) = (region.positions(axis), self.shape[axis]);
            positions.start / len..positions.end.div_ceil(len)
        };
        let chunks: Vec<_> = (0..self.shape.len()).map(along).collect();
        let is_empty = region.shape.contains(&0);
        let first = chunks.iter().map(|chunks| chunks.start).collect::<Vec<_>>();
        let mut next = (!is_empty).then_some(first);
        std::iter::from_fn(move || {
            let chunk = next.take()?;
            let mut after = chunk.clone();
            for axis in (0..chunk.len()).rev() {
                after[axis] += 1;
                if after[axis] < chunks[axis].end {
                    next = Some(after);
                    break;
                }
                after[axis] = chunks[axis].start;
            }
            let mut part = region.clone();
            for (axis, (&at, &len)) in chunk.iter().zip(&self.shape).enumerate() {
                let all = region.positions(axis);
                let end = all.end.min((at + 1).saturating_mul(len));
                part = part.along(axis, all.start.max(at * len)..end);
            }
            Some(Part { chunk, region: part })
        })
    }

    /// How many chunks of this grid are in one of another, along each axis; `None` if they do not
    /// end together.
    pub(super) fn in_each(&self, outer: &[usize]) -> Option<Vec<usize>> {
        let along = |(&inner, &outer): (&usize, &usize)| {
            outer.is_multiple_of(inner).then_some(outer / inner)
        };
        self.shape.iter().zip(outer).map(along).collect()
    }
}

#[cfg(test)]
mod tests {
    use gausstack::ElementType;

    use super::*;
    use crate::layout::Order;

    #[test]
    fn parts_are_what_a_region_has_of_each_chunk() {
        let of = Layout { shape: vec![10, 11], element: ElementType::U16, order: Order::C };
        let grid = Grid::new(vec![4, 5], &of, 1 << 20).unwrap();
        let region = Region::whole(&of.shape).along(0, 3..9).along(1, 4..11);
        let parts: Vec<Part> = grid.parts(&region).collect();
        assert_eq!(parts.len(), 9);
        assert_eq!(parts[0].region, Region { start: vec![3, 4], shape: vec![1, 1] });
        assert_eq!((&parts[5].chunk[..], parts[5].region.positions(1)), (&[1, 2][..], 10..11));
        assert_eq!(grid.chunk(&[1, 2]), Region { start: vec![4, 10], shape: vec![4, 5] });
        assert_eq!(grid.in_each(&[8, 5]), Some(vec![2, 1]));
        assert_eq!(grid.in_each(&[8, 6]), None);
        assert_eq!(grid.parts(&region.along(0, 2..2)).count(), 0);
        let point = Layout { shape: vec![], ..of.clone() };
        let grid = Grid::new(vec![], &point, 8).unwrap();
        assert_eq!(grid.parts(&Region::whole(&[])).count(), 1);
        for shape in [vec![0, 5], vec![1 << 62, 1 << 62], vec![1 << 20, 1], vec![5]] {
            assert!(Grid::new(shape, &of, 1 << 20).is_err());
        }
    }
}
