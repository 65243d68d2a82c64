//! Chunks of a data set, and the pieces in which a region is read.

use std::ops::Range;

use crate::region::Region;

/// The most that is decoded at once where chunks allow it, for the pieces of all workers.
const PIECE_BYTES: usize = 16 << 20;
/// So many pieces for each worker that all end at about the same time.
const PIECES_OF_WORKER: usize = 4;

/// How a data set is cut into chunks.
#[derive(Clone, Debug)]
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

    /// The pieces of a region for so many workers, in the order of the array: rows of chunks, and
    /// parts of these where a row would be decoded into too much memory, or are too few.
    ///
    /// They come in boxes whose elements lie one behind the other in the region.
    pub(super) fn pieces(&self, region: &Region, workers: usize) -> Vec<(Region, Vec<Region>)> {
        let depth = self.depth(region, workers);
        // Behind an axis along which a chunk has one position the next may be cut too.
        let boxes = 1 + self.shape.iter().take_while(|&&len| len == 1).count();
        let boxes = self.parts(region, boxes.min(depth));
        boxes.into_iter().map(|of| (of.clone(), self.parts(&of, depth))).collect()
    }

    /// The axes along which a region is cut into pieces.
    fn depth(&self, region: &Region, workers: usize) -> usize {
        let suits = |&depth: &usize| {
            let along = |axis: usize| self.along(axis, region.positions(axis)).len();
            let count: usize = (0..depth).map(along).product();
            let is_enough = workers == 1 || count >= PIECES_OF_WORKER * workers;
            is_enough && self.piece_bytes(region, depth) <= PIECE_BYTES / workers
        };
        (1..self.shape.len()).find(suits).unwrap_or(self.shape.len())
    }

    /// The most bytes that a piece of an array takes with each of so many workers: those that it is
    /// decoded into, and those of its own elements where they are brought to their places later.
    pub(super) fn most_of_piece(&self, shape: &[usize], workers: usize) -> usize {
        let (chunk, most) = (self.bytes(), PIECE_BYTES / workers);
        match self.piece_bytes(&Region::whole(shape), 1) {
            row if row <= chunk => chunk,
            row if row <= most => row.saturating_mul(2),
            _ => most.max(chunk).saturating_mul(2),
        }
    }

    /// How many chunks an array has.
    pub(super) fn count(&self, shape: &[usize]) -> usize {
        let along = shape.iter().zip(&self.shape).map(|(len, chunk)| len.div_ceil(*chunk));
        along.fold(1, usize::saturating_mul)
    }

    /// Bytes of the chunks that a piece of a region is in, which is cut along some axes.
    fn piece_bytes(&self, region: &Region, depth: usize) -> usize {
        self.shape.iter().enumerate().fold(self.size, |bytes, (axis, &len)| {
            let chunks =
                if axis < depth { 1 } else { self.along(axis, region.positions(axis)).len() };
            bytes.saturating_mul(chunks.saturating_mul(len))
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

    /// The box of the chunk that the first element of a part is in: it may reach beyond the array.
    pub(super) fn box_of(&self, part: &Region) -> Region {
        let start = part.start.iter().zip(&self.shape).map(|(start, len)| start / len * len);
        Region { start: start.collect(), shape: self.shape.clone() }
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
        let pieces = chunks.pieces(&region, 1);
        let rows: Vec<_> = pieces.iter().map(|(row, _)| row.positions(0)).collect();
        assert_eq!(rows, [3..4, 4..8, 8..9]);
        for (row, pieces) in &pieces {
            assert_eq!((row.positions(1), pieces), (4..11, &vec![row.clone()]));
        }
        // Of each row three chunks for two workers.
        for (row, pieces) in chunks.pieces(&region, 2) {
            assert_eq!(pieces, chunks.single(&row));
            assert_eq!(pieces.len(), 3);
        }
        let single = chunks.single(&region);
        assert_eq!(single.len(), 9);
        assert_eq!(single[4], Region { start: vec![4, 5], shape: vec![4, 5] });
        assert_eq!(chunks.chunk_of(&single[4]), [1, 1]);
        let large = Chunks::new(vec![1 << 20, 1], &[1 << 20, 40], 8).unwrap();
        let pieces = |region: Region, workers| large.pieces(&region, workers)[0].1.len();
        let whole = Region::whole(&[1 << 20, 40]);
        assert_eq!(pieces(whole.clone(), 1), 40);
        assert_eq!(pieces(whole.clone().along(1, 3..5), 1), 1);
        assert_eq!(pieces(whole.along(1, 3..5), 2), 2);
    }

    /// Parts of frames lie one behind the other.
    #[test]
    fn pieces_come_in_boxes_without_gaps() {
        let chunks = Chunks::new(vec![1, 2, 9], &[6, 8, 9], 4).unwrap();
        let boxes = chunks.pieces(&Region::whole(&[6, 8, 9]), 5);
        assert_eq!(boxes.len(), 24);
        assert!(boxes.iter().all(|(of, pieces)| pieces == std::slice::from_ref(of)));
        let chunks = Chunks::new(vec![1, 2, 3], &[6, 8, 9], 4).unwrap();
        let boxes = chunks.pieces(&Region::whole(&[6, 8, 9]), 16);
        assert_eq!(boxes.len(), 24);
        assert!(boxes.iter().all(|(_, pieces)| pieces.len() == 3));
    }

    #[test]
    fn no_piece_takes_more_than_what_is_said() {
        let shape = [70, 60, 5000];
        for chunk in [[1, 60, 5000], [7, 6, 500], [70, 60, 10], [3, 60, 50], [70, 60, 5000]] {
            let chunks = Chunks::new(chunk.to_vec(), &shape, 4).unwrap();
            for workers in [1, 2, 3, 16] {
                let most = chunks.most_of_piece(&shape, workers);
                for rows in [1, 3, 40, 70] {
                    let region = Region::whole(&shape).along(0, 0..rows);
                    let decoded = chunks.piece_bytes(&region, chunks.depth(&region, workers));
                    for (of, pieces) in chunks.pieces(&region, workers) {
                        for piece in &pieces {
                            let own = 4 * piece.shape.iter().product::<usize>();
                            let own = if piece == &of { 0 } else { own };
                            assert!(decoded + own <= most, "{chunk:?} {workers} {rows}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn shapes_that_no_file_has_are_refused() {
        for shape in [vec![0, 5], vec![1 << 31, 1 << 31], vec![1 << 20, 1 << 12], vec![5]] {
            let error = Chunks::new(shape, &[10, 11], 8).unwrap_err();
            assert!(error.contains("damaged"), "{error}");
        }
    }
}
