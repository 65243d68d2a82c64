//! What a worker works in: sized by the plan, allocated once, used for every slice.

use std::ops::Range;

use gausstack_kernels::{
    AlignedBuffer, Arithmetic, Element, Extent, ReserveError, RowTable, zeroed_vec,
};

use crate::Error;
use crate::layout::PassOrder;
use crate::tile::Tiling;
use crate::volume::SliceRing;

/// Sizes of one worker's scratch, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    pub(crate) columns: usize,
    pub(crate) sums: usize,
    pub(crate) rows: usize,
    pub(crate) raw: usize,
    pub(crate) between: usize,
    pub(crate) strip: usize,
    pub(crate) column_table: usize,
    pub(crate) row_table: usize,
    pub(crate) edges: Edges,
    pub(crate) rolling: usize,
    pub(crate) ring: SliceRing,
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
            strip: self.strip.max(other.strip),
            column_table: self.column_table.max(other.column_table),
            row_table: self.row_table.max(other.row_table),
            edges: self.edges.max(other.edges),
            rolling: self.rolling.max(other.rolling),
            ring: if self.ring.group > 0 { self.ring } else { other.ring },
        }
    }

    /// Bytes of so many workers' scratch, with sums in `A` and outputs of type `Out`.
    pub(crate) fn bytes<A: Arithmetic, Out>(self, workers: usize) -> usize {
        let others = workers.saturating_sub(1);
        let edges = self.edges.of(1, workers).saturating_mul(others);
        let edges = edges.saturating_add(self.edges.of(0, workers));
        let SliceRing { slices, strip, table, .. } = self.ring;
        [self.columns, self.sums, self.rows, self.raw, self.strip, self.strip, slices, strip, strip]
            .into_iter()
            .map(AlignedBuffer::<A>::bytes)
            .chain(
                [self.column_table, self.row_table, table]
                    .map(|n| n.saturating_mul(size_of::<usize>())),
            )
            .chain([self.between, self.rolling].map(|n| n.saturating_mul(size_of::<Out>())))
            .fold(0, usize::saturating_add)
            .saturating_mul(workers)
            .saturating_add(edges.saturating_mul(size_of::<Out>()))
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
    /// Strips of the column pass: the one at work, and the one on its left, on its way out.
    pub(crate) strips: [AlignedBuffer<A>; 2],
    pub(crate) column_table: RowTable,
    pub(crate) row_table: RowTable,
    pub(crate) geometry: Option<Geometry>,
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
            strips: [buffer(needs.strip)?, buffer(needs.strip)?],
            column_table: table(needs.column_table)?,
            row_table: table(needs.row_table)?,
            geometry: None,
        })
    }
}

/// Buffers and saved edges of one worker, with sums in `A` and outputs of type `Out`.
#[derive(Debug)]
pub(crate) struct WorkerScratch<A, Out> {
    pub(crate) buffers: Buffers<A>,
    /// Column-filtered rows before the row pass.
    pub(crate) between: Vec<Out>,
    /// The ring of a volume's slices.
    pub(crate) ring: Option<Buffers<A>>,
    /// Original columns on both sides of each region's ends, when the output is the input.
    pub(crate) edges: Vec<Out>,
    /// Original columns at the end of the last panel and of this one.
    pub(crate) rolling: Vec<Out>,
    pub(crate) needs: Needs,
}

impl<A: Arithmetic, Out: Element> WorkerScratch<A, Out> {
    /// Scratch without room for edges.
    pub(crate) fn new(needs: Needs) -> Result<Self, Error> {
        let (between, rolling) = (zeros(needs.between)?, zeros(needs.rolling)?);
        let SliceRing { group, slices, strip, table, .. } = needs.ring;
        let of_ring = Needs { rows: slices, strip, row_table: table, ..Needs::default() };
        let ring = if group > 0 { Some(Buffers::new(of_ring)?) } else { None };
        let buffers = Buffers::new(needs)?;
        Ok(Self { buffers, between, ring, edges: Vec::new(), rolling, needs })
    }

    fn reserve_edges(&mut self, len: usize) -> Result<(), Error> {
        if self.edges.len() < len {
            // What there was goes first.
            self.edges = Vec::new();
            self.edges = zeros(len)?;
        }
        Ok(())
    }
}

fn zeros<T: Element>(len: usize) -> Result<Vec<T>, Error> {
    zeroed_vec(len).map_err(|failed| Error::OutOfMemory { bytes: failed.bytes })
}

/// The working memory of one thread, made by [`Plan::scratch`](crate::Plan::scratch).
///
/// It belongs to the plan that made it, fits any layout, and may be used for any number of slices.
#[derive(Debug)]
pub struct Scratch<Out> {
    pub(crate) kind: ScratchKind<Out>,
}

impl<Out: Element> Scratch<Out> {
    /// Makes room for so many elements that are saved to filter in place.
    pub(crate) fn reserve_edges(&mut self, len: usize) -> Result<(), Error> {
        match &mut self.kind {
            ScratchKind::Empty => Ok(()),
            ScratchKind::Single(scratch) => scratch.reserve_edges(len),
            ScratchKind::Double(scratch) => scratch.reserve_edges(len),
        }
    }
}

#[derive(Debug)]
pub(crate) enum ScratchKind<Out> {
    /// Nothing is summed.
    Empty,
    Single(WorkerScratch<f32, Out>),
    Double(WorkerScratch<f64, Out>),
}
