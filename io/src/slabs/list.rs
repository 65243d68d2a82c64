//! The slabs of a stream, as data.

use super::cut::{Cut, Slab};
use crate::region::Region;

/// The slabs of a stream, in the order in which they are read, filtered and written.
///
/// They are cut along one axis. Along an axis that is not filtered slabs need nothing of each
/// other; along a filtered one each is read with a halo of the filter's radius, whose rows are kept
/// from slab to slab, so that no row is read twice. (With [`Mode::Wrap`](gausstack::Mode::Wrap) the
/// rows at both ends of the axis are.) Where a slab over all positions of the other axes would not
/// fit the memory, the outermost axes that are not filtered have one position a slab.
///
/// Printing them says how many there are, what they take, and how often the file is read:
///
/// ```
/// use gausstack::Gaussian;
/// use gausstack_io::FileJob;
/// # use gausstack_io::{Layout, Order, npy};
/// # let folder = tempfile::tempdir()?;
/// # let (input, output) = (folder.path().join("in.npy"), folder.path().join("out.npy"));
/// # let shape = vec![30, 16, 5000];
/// # let layout = Layout { shape, element: gausstack::ElementType::U8, order: Order::C };
/// # npy::write(&layout, &vec![0; layout.bytes()], std::fs::File::create(&input)?)?;
///
/// let filter = Gaussian::new([3.0, 5.0]).axes([0, 2]).threads(1);
/// let job = FileJob::new(&input, &output, &filter).memory(4 << 20);
/// println!("{}", job.slabs()?);
/// assert!(job.slabs()?.count() > 1 && job.slabs()?.read_passes() == 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Slabs {
    /// Of the array.
    pub(super) shape: Vec<usize>,
    /// Axes with one position a slab, the outermost first.
    pub(super) singles: Vec<usize>,
    /// Where the array is cut; `None` if it is one slab.
    pub(super) cut: Option<Cut>,
    pub(super) costs: Costs,
}

/// What slabs take.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Costs {
    /// Bytes of a buffer for a slab that was read, and for one that was filtered.
    pub(super) buffers: [usize; 2],
    /// Bytes of the rows that are kept, of the input and of its mask.
    pub(super) kept: [usize; 2],
    /// What the filter takes beside the buffers.
    pub(super) plan: usize,
    /// What the files take.
    pub(super) files: usize,
    /// What is allowed.
    pub(super) memory: usize,
    /// How often the input is read, and how often the output is written.
    pub(super) passes: [f64; 2],
    /// What the input is read in, and the output written in, at least.
    pub(super) chunks: [Vec<usize>; 2],
    /// How often an input would be read that is copied first.
    pub(super) copied: Option<f64>,
    /// How often a mask is read, and in what at least; in nothing if it is held.
    pub(super) mask: Option<(f64, Vec<usize>)>,
}

impl Slabs {
    /// How many slabs there are; none of an array without elements.
    #[must_use]
    pub fn count(&self) -> usize {
        if self.shape.contains(&0) {
            return 0;
        }
        let singles: usize = self.singles.iter().map(|&axis| self.shape[axis]).product();
        singles * self.cut.as_ref().map_or(1, |cut| cut.count(self.shape[cut.axis]))
    }

    /// How often the input is read from end to end. It is more than 1 where slabs cut through
    /// what the file stores or compresses as a whole.
    #[must_use]
    pub fn read_passes(&self) -> f64 {
        self.costs.passes[0]
    }

    /// Slabs of a copy of an input that would be read so often.
    pub(crate) fn of_copy(mut self, passes: f64) -> Self {
        self.costs.copied = Some(passes);
        self
    }

    /// Whether the input is copied to a scratch file first, from which slabs are read.
    #[must_use]
    pub fn copies(&self) -> bool {
        self.costs.copied.is_some()
    }

    /// How often the output is written from end to end.
    #[must_use]
    pub fn write_passes(&self) -> f64 {
        self.costs.passes[1]
    }

    /// What the stream takes, in bytes: buffers, kept rows, the filter's own memory, and that of
    /// the files.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.costs.total(self.buffers())
    }

    /// The memory that was allowed, in bytes.
    pub(crate) fn allowed_bytes(&self) -> usize {
        self.costs.memory
    }

    /// Where the array is cut, for a later run to compare.
    pub(crate) fn cuts(&self) -> String {
        let singles = &self.singles;
        match &self.cut {
            Some(Cut { axis, first, thickness, radius, wraps }) => {
                format!("{singles:?} {axis} {first} {thickness} {radius} {wraps}")
            }
            None => format!("{singles:?}"),
        }
    }

    /// How many buffers there are for slabs that were read, and as many for those that were
    /// filtered: with two, the next slab is read and the one before written while one is filtered.
    #[must_use]
    pub fn buffers(&self) -> usize {
        self.count().min(2)
    }

    /// Bytes of a buffer for a slab that was read, with its mask behind it, and for one that was
    /// filtered.
    pub(crate) fn buffer_bytes(&self) -> [usize; 2] {
        self.costs.buffers
    }

    /// Bytes of the rows that are kept from slab to slab, of the input and of its mask.
    pub(crate) fn kept_bytes(&self) -> [usize; 2] {
        self.costs.kept
    }

    /// Whether no slab before one has a chunk in common with it or one behind it.
    pub(crate) fn are_apart(&self, at: usize, chunks: &[usize]) -> bool {
        let pieces = self.cut.as_ref().map_or(1, |cut| cut.count(self.shape[cut.axis]));
        let (piece, mut rest) = (at % pieces, at / pieces);
        let chunk = |axis: usize| chunks.get(axis).map_or(1, |&len| len.max(1));
        // Of the outermost positions that are the same in both, others follow: they must be chunks.
        let are_chunks = |axes: &[usize]| axes.iter().all(|&axis| chunk(axis) == 1);
        if let Some(cut) = self.cut.as_ref().filter(|_| piece > 0) {
            let start = cut.piece(piece, self.shape[cut.axis]).start;
            return start.is_multiple_of(chunk(cut.axis)) && are_chunks(&self.singles);
        }
        for (place, &axis) in self.singles.iter().enumerate().rev() {
            let position = rest % self.shape[axis];
            rest /= self.shape[axis];
            if position > 0 {
                return position.is_multiple_of(chunk(axis)) && are_chunks(&self.singles[..place]);
            }
        }
        true
    }

    /// The slabs from one on, in order, of which the first keeps nothing of the one before.
    pub(crate) fn iter_from(&self, first: usize) -> impl Iterator<Item = Slab> {
        let pieces = self.cut.as_ref().map_or(1, |cut| cut.count(self.shape[cut.axis]));
        (first..self.count()).map(move |slab| {
            let mut rest = slab / pieces;
            let mut whole = Region::whole(&self.shape);
            for &axis in self.singles.iter().rev() {
                let at = rest % self.shape[axis];
                rest /= self.shape[axis];
                whole = whole.along(axis, at..at + 1);
            }
            match &self.cut {
                Some(cut) => cut.slab(slab % pieces, whole, slab > first),
                None => Slab {
                    window: whole.shape.clone(),
                    reads: vec![whole.clone()],
                    output: whole,
                    kept: 0,
                    axis: 0,
                    before: 0,
                },
            }
        })
    }
}

impl Costs {
    fn total(&self, buffers: usize) -> usize {
        let [read, filtered] = self.buffers;
        let buffers = read.saturating_add(filtered).saturating_mul(buffers);
        let others = self.kept.into_iter().chain([self.plan, self.files]);
        others.fold(buffers, usize::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Brute force: all pairs of a slab before and one that is not.
    #[test]
    fn slabs_are_apart_that_have_no_chunk_in_common() {
        let shape = [4, 6, 9];
        let mut found = 0;
        for singles in [&[][..], &[0], &[0, 1]] {
            for (thickness, axis) in [(1, 2), (2, 2), (4, 2), (3, 1)] {
                if singles.contains(&axis) {
                    continue;
                }
                let cut = Cut { axis, first: thickness, thickness, radius: 0, wraps: false };
                let slabs = slabs(&shape, singles, cut);
                for chunks in [[1, 1, 1], [1, 1, 4], [2, 1, 2], [1, 3, 9], [2, 2, 2], [4, 6, 9]] {
                    let of = |slab: &super::Slab| {
                        let along = |axis: usize| {
                            let positions = slab.output.positions(axis);
                            positions.start / chunks[axis]..positions.end.div_ceil(chunks[axis])
                        };
                        [along(0), along(1), along(2)]
                    };
                    let all: Vec<_> = slabs.iter_from(0).map(|slab| of(&slab)).collect();
                    for at in 0..all.len() {
                        let common = all[..at].iter().any(|a| {
                            all[at..].iter().any(|b| {
                                a.iter().zip(b).all(|(a, b)| a.start < b.end && b.start < a.end)
                            })
                        });
                        assert_eq!(
                            slabs.are_apart(at, &chunks),
                            !common,
                            "{slabs:?} {chunks:?} {at}"
                        );
                        found += usize::from(common);
                    }
                }
            }
        }
        assert!(found > 100);
    }

    fn slabs(shape: &[usize], singles: &[usize], cut: Cut) -> Slabs {
        let costs = Costs::default();
        Slabs { shape: shape.to_vec(), singles: singles.to_vec(), cut: Some(cut), costs }
    }

    /// Each row of the output is written once, by slabs whose windows hold the rows around it, and
    /// each row is read once, or at the ends of an axis that wraps twice.
    #[test]
    fn windows_hold_the_rows_around_each_output() {
        for len in [1, 2, 7, 30] {
            for (first, thickness) in [(1, 1), (3, 3), (2, 5), (30, 4), (1, 29)] {
                for radius in [0, 1, 3, 9] {
                    for wraps in [false, true] {
                        // Beyond that the array is one slab.
                        if wraps && first.max(thickness) + 2 * radius > len {
                            continue;
                        }
                        let cut = Cut { axis: 0, first, thickness, radius, wraps };
                        let slabs = slabs(&[len, 2], &[1], cut);
                        check(&slabs, len, radius, wraps);
                        check_from(&slabs);
                    }
                }
            }
        }
    }

    /// From whichever slab they begin, they are the same but for what the first keeps.
    fn check_from(slabs: &Slabs) {
        let all: Vec<_> = slabs.iter_from(0).collect();
        for first in 0..=all.len() {
            let mut found = slabs.iter_from(first);
            if let Some(slab) = found.next() {
                let read: usize = slab.reads.iter().map(|region| region.shape[0]).sum();
                assert_eq!((slab.kept, read), (0, slab.window[0]));
                assert_eq!((&slab.output, slab.before), (&all[first].output, all[first].before));
            }
            assert!(found.eq(all.iter().skip(first + 1).cloned()));
        }
    }

    fn check(slabs: &Slabs, len: usize, radius: usize, wraps: bool) {
        let mut held: Vec<usize> = Vec::new();
        let (mut written, mut read) = (vec![0; 2 * len], vec![0; 2 * len]);
        for slab in slabs.iter_from(0) {
            let column = slab.output.start[1];
            held.drain(..held.len() - slab.kept);
            for region in &slab.reads {
                assert_eq!((region.start[1], region.shape[1]), (column, 1));
                held.extend(region.positions(0));
                region.positions(0).for_each(|row| read[2 * row + column] += 1);
            }
            assert_eq!(slab.window, [held.len(), 1]);
            for (at, row) in slab.output.positions(0).enumerate() {
                written[2 * row + column] += 1;
                let at = at + slab.before;
                for offset in -(radius as isize)..=radius as isize {
                    let (row, at) = (row as isize + offset, at as isize + offset);
                    let is_inside = (0..len as isize).contains(&row);
                    if is_inside || wraps {
                        assert_eq!(held[at as usize] as isize, row.rem_euclid(len as isize));
                    } else {
                        // The window ends where the axis does.
                        assert!(at < 0 || at >= held.len() as isize);
                    }
                }
            }
        }
        assert!(written.iter().all(|&times| times == 1), "{slabs:?}");
        let most = if wraps { 2 } else { 1 };
        assert!(read.iter().all(|times| (1..=most).contains(times)), "{slabs:?}");
    }
}
