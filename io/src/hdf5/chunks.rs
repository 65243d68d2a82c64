//! Chunks of a data set, and the pieces in which a region is read.

use std::ops::Range;

use crate::region::Region;

/// The most that is decoded for one piece where chunks allow it.
const PIECE_BYTES: usize = 16 << 20;

/// How a data set is cut into chunks.
#[derive(Debug)]
pub(super) struct Chunks {
    /// Length of a chunk along each axis.
    pub(super) shape: Vec<usize>,
    /// Bytes of an element.
    pub(super) size: usize,
}

impl Chunks {
    /// The largest chunk that HDF5's usual formats have.
    const MAX_BYTES: usize = u32::MAX as usize;

    /// Chunks of a shape; what is wrong with it, if they cannot be read. A damaged shape would make
    /// the library reserve hundreds of gigabytes, and end the process.
    pub(super) fn new(shape: Vec<usize>, of: &[usize], size: usize) -> Result<Self, String> {
        let bytes = shape.iter().try_fold(size, |bytes, &len| bytes.checked_mul(len));
        let fits = bytes.is_some_and(|bytes| (1..=Self::MAX_BYTES).contains(&bytes));
        if shape.len() != of.len() || !fits {
            return Err(format!(
                "its chunks have shape {shape:?}: the file is damaged or not usable"
            ));
        }
        Ok(Self { shape, size })
    }

    pub(super) fn bytes(&self) -> usize {
        self.shape.iter().product::<usize>() * self.size
    }

    /// The chunks along an axis that some positions are in.
    fn along(&self, axis: usize, positions: Range<usize>) -> Range<usize> {
        positions.start / self.shape[axis]..positions.end.div_ceil(self.shape[axis])
    }

    /// The pieces of a region, each within one row of chunks, or within one chunk where a row
    /// would be decoded into too much memory.
    pub(super) fn pieces(&self, region: &Region) -> Vec<Region> {
        let axes = if self.row_bytes(region) > PIECE_BYTES { self.shape.len() } else { 1 };
        self.parts(region, axes)
    }

    /// The most bytes that a piece of an array is decoded into.
    pub(super) fn most_of_piece(&self, shape: &[usize]) -> usize {
        match self.row_bytes(&Region::whole(shape)) {
            row if row > PIECE_BYTES => PIECE_BYTES.max(self.bytes()),
            row => row,
        }
    }

    /// Bytes of the chunks of a row that a region is in.
    fn row_bytes(&self, region: &Region) -> usize {
        let first = self.size * self.shape.first().copied().unwrap_or(1);
        (1..self.shape.len()).fold(first, |bytes, axis| {
            let chunks = self.along(axis, region.positions(axis)).len();
            bytes.saturating_mul(chunks * self.shape[axis])
        })
    }

    /// The parts of a region in single chunks.
    pub(super) fn single(&self, region: &Region) -> Vec<Region> {
        self.parts(region, self.shape.len())
    }

    /// The chunk that the first element of a part is in.
    pub(super) fn chunk_of(&self, part: &Region) -> Vec<usize> {
        part.start.iter().zip(&self.shape).map(|(start, len)| start / len).collect()
    }

    /// A region cut at the borders of chunks along the first axes.
    fn parts(&self, region: &Region, axes: usize) -> Vec<Region> {
        let mut parts = vec![region.clone()];
        for axis in 0..axes {
            let (len, all) = (self.shape[axis], region.positions(axis));
            let cut = |part: Region| {
                let all = all.clone();
                self.along(axis, all.clone()).map(move |chunk| {
                    let positions = all.start.max(chunk * len)..all.end.min((chunk + 1) * len);
                    part.clone().along(axis, positions)
                })
            };
            parts = parts.into_iter().flat_map(cut).collect();
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_rows_of_chunks_or_chunks() {
        let chunks = Chunks::new(vec![4, 5], &[10, 11], 8).unwrap();
        let region = Region::whole(&[10, 11]).along(0, 3..9).along(1, 4..11);
        let pieces = chunks.pieces(&region);
        let rows: Vec<_> = pieces.iter().map(|piece| piece.positions(0)).collect();
        assert_eq!(rows, [3..4, 4..8, 8..9]);
        assert!(pieces.iter().all(|piece| piece.positions(1) == (4..11)));
        let single = chunks.single(&region);
        assert_eq!(single.len(), 9);
        assert_eq!(single[4], Region { start: vec![4, 5], shape: vec![4, 5] });
        assert_eq!(chunks.chunk_of(&single[4]), [1, 1]);
        let large = Chunks::new(vec![1 << 20, 1], &[1 << 20, 40], 8).unwrap();
        assert_eq!(large.pieces(&Region::whole(&[1 << 20, 40])).len(), 40);
        assert_eq!(large.pieces(&Region::whole(&[1 << 20, 40]).along(1, 3..5)).len(), 1);
    }

    #[test]
    fn shapes_that_no_file_has_are_refused() {
        for shape in [vec![0, 5], vec![1 << 31, 1 << 31], vec![1 << 20, 1 << 12], vec![5]] {
            let error = Chunks::new(shape, &[10, 11], 8).unwrap_err();
            assert!(error.contains("damaged"), "{error}");
        }
    }
}
