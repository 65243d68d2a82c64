//! What a worker works in: sized by the plan, allocated once, used for every slice.

use std::ops::Range;

use gausstack_kernels::{
    AlignedBuffer, Arithmetic, Element, Extent, ReserveError, RowTable, zeroed_vec,
};

use crate::array::view::words;
use crate::error::Error;
use crate::plan::layout::PassOrder;
use crate::plan::tile::Tiling;
use crate::run::volume::SliceRing;

/// Sizes of one worker's scratch, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    pub(crate) columns: usize,
    pub(crate) sums: usize,
    pub(crate) rows: usize,
    pub(crate) raw: usize,
    pub(crate) between: usize,
    pub(crate) line: usize,
    pub(crate) strip: usize,
    pub(crate) column_table: usize,
    pub(crate) row_table: usize,
    pub(crate) edges: Edges,
    pub(crate) rolling: usize,
    pub(crate) ring: SliceRing,
    /// Bytes of an element that is saved: of the output, or of the stage.
    pub(crate) saved_size: usize,
}

/// Elements saved before a slice is filtered in place, of which there may be many: only those workers hold
/// them that ever save a slice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Edges {
    /// What each of several workers saves, when there is a slice for each.
    each: usize,
    /// What the only worker saves.
    alone: usize,
    /// What the first of several workers saves, for itself or for all.
    first: usize,
}

impl Edges {
    /// So many are saved where slices are cut into parts for the workers, or in one part.
    pub(crate) fn new(saved: usize, slices: usize, parts: usize) -> Self {
        let whole = if parts == 1 { saved } else { 0 };
        Self { each: if slices == 1 { 0 } else { whole }, alone: whole, first: saved }
    }

    fn max(self, other: Self) -> Self {
        Self {
            each: self.each.max(other.each),
            alone: self.alone.max(other.alone),
            first: self.first.max(other.first),
        }
    }

    /// What a worker's scratch has to hold.
    pub(crate) fn of(self, worker: usize, workers: usize) -> usize {
        match (worker, workers) {
            (_, 1) => self.alone,
            (0, _) => self.first,
            _ => self.each,
        }
    }
}

impl Needs {
    pub(crate) fn max(self, other: Self) -> Self {
        Self {
            columns: self.columns.max(other.columns),
            sums: self.sums.max(other.sums),
            rows: self.rows.max(other.rows),
            raw: self.raw.max(other.raw),
            between: self.between.max(other.between),
            line: self.line.max(other.line),
            strip: self.strip.max(other.strip),
            column_table: self.column_table.max(other.column_table),
            row_table: self.row_table.max(other.row_table),
            edges: self.edges.max(other.edges),
            rolling: self.rolling.max(other.rolling),
            // One for all sweeps, or none: see `SliceRing::common`.
            ring: SliceRing::default(),
            saved_size: self.saved_size.max(other.saved_size),
        }
    }

    /// Words of each of the two halves, where there is something to keep.
    fn rolling_words(self) -> usize {
        2 * words(self.rolling / 2, self.saved_size)
    }

    /// Bytes of so many workers' scratch, with sums in `A`.
    pub(crate) fn bytes<A: Arithmetic>(self, workers: usize) -> usize {
        let others = workers.saturating_sub(1);
        let edges = |worker| words(self.edges.of(worker, workers), self.saved_size);
        let edges = edges(1).saturating_mul(others).saturating_add(edges(0));
        let SliceRing { slices, strip, table, .. } = self.ring;
        let strips = [self.strip, self.strip, strip, strip];
        [self.columns, self.sums, self.rows, self.raw, self.between, self.line, slices]
            .into_iter()
            .chain(strips)
            .map(AlignedBuffer::<A>::bytes)
            .chain(
                [self.column_table, self.row_table, table]
                    .map(|n| n.saturating_mul(size_of::<usize>())),
            )
            .chain([self.rolling_words() * size_of::<u64>()])
            .fold(0, usize::saturating_add)
            .saturating_mul(workers)
            .saturating_add(edges.saturating_mul(size_of::<u64>()))
    }
}

/// What the tables and constant lines were last filled for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Geometry {
    pub(crate) step: usize,
    pub(crate) extent: Extent,
    pub(crate) rows: Range<usize>,
    pub(crate) columns: Range<usize>,
    pub(crate) inner: usize,
    pub(crate) tiling: Tiling,
    pub(crate) source_turned: bool,
    pub(crate) order: PassOrder,
    /// Whether there is a row pass and a column pass: of one filtered axis, memory order decides.
    pub(crate) passes: [bool; 2],
}

/// One worker's buffers with sums in `A`.
#[derive(Debug)]
pub(crate) struct Buffers<A> {
    /// Columns of the plane, one vector of rows each.
    pub(crate) columns: AlignedBuffer<A>,
    /// Row-filtered columns.
    pub(crate) sums: AlignedBuffer<A>,
    /// Row-filtered rows: the ring of the column pass if that comes second, else a band on its way out.
    pub(crate) rows: AlignedBuffer<A>,
    /// The ring of the column pass if that comes first: rows of the source.
    pub(crate) raw: AlignedBuffer<A>,
    /// Column-filtered rows before the row pass.
    pub(crate) between: AlignedBuffer<A>,
    /// A row of the source as numbers that are summed.
    pub(crate) line: AlignedBuffer<A>,
    /// Strips of the column pass: the one at work, and the one on its left, on its way out.
    pub(crate) strips: [AlignedBuffer<A>; 2],
    pub(crate) column_table: RowTable,
    pub(crate) row_table: RowTable,
    pub(crate) geometry: Option<Geometry>,
    /// Products since the observer was last asked whether to stop.
    pub(crate) unasked: usize,
}

impl<A: Arithmetic> Buffers<A> {
    pub(crate) fn new(needs: Needs) -> Result<Self, Error> {
        let failed = |failed: ReserveError| Error::OutOfMemory { bytes: failed.bytes };
        let buffer = |len| AlignedBuffer::zeroed(len).map_err(failed);
        let table = |len| RowTable::with_capacity(len).map_err(failed);
        Ok(Self {
            columns: buffer(needs.columns)?,
            sums: buffer(needs.sums)?,
            rows: buffer(needs.rows)?,
            raw: buffer(needs.raw)?,
            between: buffer(needs.between)?,
            line: buffer(needs.line)?,
            strips: [buffer(needs.strip)?, buffer(needs.strip)?],
            column_table: table(needs.column_table)?,
            row_table: table(needs.row_table)?,
            geometry: None,
            unasked: 0,
        })
    }
}

/// Pixels that a sweep in place overwrites while they still have to be read, in words.
#[derive(Debug)]
pub(crate) struct Saved {
    /// Original columns on both sides of each region's ends.
    pub(crate) edges: Vec<u64>,
    /// Original columns at the end of the last panel and of this one.
    pub(crate) rolling: Vec<u64>,
}

/// Buffers and saved pixels of one worker, with sums in `A`.
#[derive(Debug)]
pub(crate) struct WorkerScratch<A> {
    pub(crate) buffers: Buffers<A>,
    /// The ring of a volume's slices.
    pub(crate) ring: Option<Buffers<A>>,
    pub(crate) saved: Saved,
    pub(crate) needs: Needs,
}

impl<A: Arithmetic> WorkerScratch<A> {
    /// Scratch without room for edges.
    pub(crate) fn new(needs: Needs) -> Result<Self, Error> {
        let SliceRing { slices, strip, table, .. } = needs.ring;
        let of_ring = Needs { rows: slices, strip, row_table: table, ..Needs::default() };
        let ring = if needs.ring.is_there() { Some(Buffers::new(of_ring)?) } else { None };
        let buffers = Buffers::new(needs)?;
        let saved = Saved { edges: Vec::new(), rolling: zeros(needs.rolling_words())? };
        Ok(Self { buffers, ring, saved, needs })
    }

    /// Makes room for so many elements that are saved to filter in place.
    pub(crate) fn reserve_edges(&mut self, len: usize) -> Result<(), Error> {
        reserve(&mut self.saved.edges, words(len, self.needs.saved_size))
    }
}

impl<A> AsMut<Buffers<A>> for Buffers<A> {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

impl<A> AsMut<Buffers<A>> for WorkerScratch<A> {
    fn as_mut(&mut self) -> &mut Buffers<A> {
        &mut self.buffers
    }
}

fn zeros<T: Element>(len: usize) -> Result<Vec<T>, Error> {
    zeroed_vec(len).map_err(|failed| Error::OutOfMemory { bytes: failed.bytes })
}

pub(crate) fn reserve<T: Element>(vec: &mut Vec<T>, len: usize) -> Result<(), Error> {
    if vec.len() < len {
        // What there was goes first.
        *vec = Vec::new();
        *vec = zeros(len)?;
    }
    Ok(())
}
