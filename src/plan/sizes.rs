//! Sizes of a worker's scratch: decided with the plan, in numbers of the arithmetic.

use std::ops::{Index, IndexMut};

use gausstack_kernels::{AlignedBuffer, Arithmetic};

use crate::array::words::words;
use crate::plan::halo::HaloSizes;

/// Rows of scratch: of one term, or of two side by side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rows {
    /// Elements from one row to the next: an odd number of cache lines, because rows 4096 bytes
    /// apart would share their level-1 sets.
    pub(crate) pitch: usize,
    /// Elements from a row of the first term to that of the second; 0 where both terms read the
    /// same row, or there is one.
    pub(crate) second: usize,
}

impl Rows {
    /// Where the rows of a term start in the buffer.
    pub(crate) fn start(self, term: usize) -> usize {
        term * self.second
    }
}

/// The buffers of one worker that every sweep may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Buffer {
    /// Columns of the row pass, one vector of rows each.
    Columns,
    /// Row-filtered columns.
    Sums,
    /// A row of the source, converted to numbers.
    Line,
    /// Row-filtered rows.
    Ring,
    /// Source rows, if the column pass comes first.
    SourceRing,
    /// Column-filtered rows that wait for the row pass.
    Held,
    /// One of the two strips of the column pass.
    Strip,
    /// One of the two buffers of rows that leave beside sums.
    Leaving,
    /// Entries of the table of columns.
    ColumnTable,
    /// Entries of the table of rows.
    RowTable,
}

impl Buffer {
    const ALL: [Self; 10] = [
        Self::Columns,
        Self::Sums,
        Self::Line,
        Self::Ring,
        Self::SourceRing,
        Self::Held,
        Self::Strip,
        Self::Leaving,
        Self::ColumnTable,
        Self::RowTable,
    ];

    /// Bytes that a worker reserves for `len` elements of this buffer.
    fn bytes<A: Arithmetic>(self, len: usize) -> usize {
        match self {
            Self::ColumnTable | Self::RowTable => len.saturating_mul(size_of::<usize>()),
            Self::Strip | Self::Leaving => AlignedBuffer::<A>::bytes(len).saturating_mul(2),
            _ => AlignedBuffer::<A>::bytes(len),
        }
    }
}

/// Sizes of one worker's scratch, in elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ScratchSizes {
    pub(crate) buffers: [usize; Buffer::ALL.len()],
    /// The halo of a sweep in place.
    pub(crate) edges: HaloSizes,
    /// Columns that a panel overwrites and its right neighbour still reads: of two panels.
    pub(crate) rolling: usize,
    pub(crate) ring: SliceRing,
    pub(crate) between: BetweenSizes,
    /// Bytes of an element of the halo: of the output, or of the sums between two sweeps.
    pub(crate) saved_size: usize,
}

/// Elements of each of the two arrays between stages that resample. Workers that share every unit
/// have those of the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BetweenSizes {
    first: usize,
    others: usize,
}

impl BetweenSizes {
    /// So many elements for each worker, or for the first alone if workers are to share units.
    pub(crate) fn new(elements: usize, shared: bool) -> Self {
        Self { first: elements, others: if shared { 0 } else { elements } }
    }

    /// Enough for both.
    fn max(self, other: Self) -> Self {
        Self { first: self.first.max(other.first), others: self.others.max(other.others) }
    }

    /// Elements of a worker's.
    pub(crate) fn of(self, worker: usize) -> usize {
        if worker == 0 { self.first } else { self.others }
    }
}

impl Index<Buffer> for ScratchSizes {
    type Output = usize;

    fn index(&self, buffer: Buffer) -> &usize {
        &self.buffers[buffer as usize]
    }
}

impl IndexMut<Buffer> for ScratchSizes {
    fn index_mut(&mut self, buffer: Buffer) -> &mut usize {
        &mut self.buffers[buffer as usize]
    }
}

impl ScratchSizes {
    /// Enough for both sweeps. The ring of slices is left out: see [`SliceRing::common`].
    pub(crate) fn max(self, other: Self) -> Self {
        let mut buffers = self.buffers;
        for (len, other) in buffers.iter_mut().zip(other.buffers) {
            *len = other.max(*len);
        }
        Self {
            buffers,
            edges: self.edges.max(other.edges),
            rolling: self.rolling.max(other.rolling),
            ring: SliceRing::default(),
            between: self.between.max(other.between),
            saved_size: self.saved_size.max(other.saved_size),
        }
    }

    /// Words of the rolling columns: of each of the two panels whole words.
    pub(crate) fn rolling_words(self) -> usize {
        2 * words(self.rolling / 2, self.saved_size)
    }

    /// Bytes of the scratch of `workers` workers, with sums in `A`.
    pub(crate) fn bytes<A: Arithmetic>(self, workers: usize) -> usize {
        let word = size_of::<u64>();
        let buffers = Buffer::ALL.map(|buffer| buffer.bytes::<A>(self[buffer]));
        let each = buffers
            .into_iter()
            .chain([self.ring.bytes::<A>(), self.rolling_words().saturating_mul(word)])
            .fold(0, usize::saturating_add);
        let halo = |worker| words(self.edges.of(worker, workers), self.saved_size);
        let halos = halo(1).saturating_mul(workers.saturating_sub(1)).saturating_add(halo(0));
        let between = |worker| AlignedBuffer::<A>::bytes(self.between.of(worker)).saturating_mul(2);
        let others = between(1).saturating_mul(workers.saturating_sub(1));
        each.saturating_mul(workers)
            .saturating_add(halos.saturating_mul(word))
            .saturating_add(between(0).saturating_add(others))
    }
}

/// The ring of slices of one worker, for volumes that are filtered in one sweep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SliceRing {
    /// Slices made together; 0 where there is no ring.
    pub(crate) group: usize,
    /// Elements from one slice to the next.
    pub(crate) pitch: usize,
    /// Elements of the ring.
    pub(crate) slices: usize,
    /// Elements of one of the two strips.
    pub(crate) strip: usize,
    /// Entries of the table of slices.
    pub(crate) table: usize,
}

impl SliceRing {
    pub(crate) fn is_there(&self) -> bool {
        self.group > 0
    }

    /// The ring that serves several volumes in turn: none if one of them has none, or if they group
    /// their slices differently.
    pub(crate) fn common(rings: impl Iterator<Item = Self>) -> Self {
        let both = |a: Self, b: Self| match (a.group, a.pitch) == (b.group, b.pitch) {
            true => Self {
                slices: a.slices.max(b.slices),
                strip: a.strip.max(b.strip),
                table: a.table.max(b.table),
                ..a
            },
            false => Self::default(),
        };
        rings.reduce(both).unwrap_or_default()
    }

    fn bytes<A: Arithmetic>(self) -> usize {
        let Self { slices, strip, table, .. } = self;
        [(Buffer::Ring, slices), (Buffer::Strip, strip), (Buffer::RowTable, table)]
            .map(|(buffer, len)| buffer.bytes::<A>(len))
            .into_iter()
            .fold(0, usize::saturating_add)
    }
}
