//! What a panel works in: sized by the plan, allocated once, used for every panel.

use gausstack_kernels::{AlignedBuffer, Arithmetic};

use crate::error::Error;
use crate::panel::column_pass::{ColumnKey, ColumnScratch};
use crate::panel::reserve::{buffer, table};
use crate::panel::row_pass::{RowKey, RowScratch};
use crate::plan::lanes::LaneKey;
use crate::plan::sizes::{Buffer, ScratchSizes};

/// One worker's buffers with sums in `A`.
#[derive(Debug)]
pub(crate) struct PanelScratch<A> {
    pub(crate) stages: StageScratch<A>,
    /// Rows that leave beside sums, and those that are made meanwhile.
    pub(crate) leaving: [AlignedBuffer<A>; 2],
}

/// What the stages of a panel work in.
#[derive(Debug)]
pub(crate) struct StageScratch<A> {
    pub(crate) row: RowScratch<A>,
    pub(crate) column: ColumnScratch<A>,
    /// The ring of rows that the last pass stores from. If the row pass comes second, a band on its
    /// way out.
    pub(crate) ring: AlignedBuffer<A>,
    /// The ring of source rows, if the column pass comes first.
    pub(crate) source_ring: AlignedBuffer<A>,
    /// Column-filtered rows before the row pass.
    pub(crate) held: AlignedBuffer<A>,
    /// What tables and constant lines were last filled for.
    pub(crate) prepared: Option<PanelKey>,
    /// Products since an observer was last asked whether to go on.
    pub(crate) unasked: usize,
}

/// What the tables and constant lines of a panel are made from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PanelKey {
    RowPassFirst(RowKey, ColumnKey),
    ColumnPassFirst(RowKey, ColumnKey),
    RowPassAlone(RowKey),
    ColumnPassAlone(ColumnKey),
    Lanes(LaneKey),
}

impl<A: Arithmetic> PanelScratch<A> {
    pub(crate) fn new(sizes: &ScratchSizes) -> Result<Self, Error> {
        let leaving = || buffer(sizes[Buffer::Leaving]);
        let stages = StageScratch {
            row: RowScratch {
                columns: buffer(sizes[Buffer::Columns])?,
                sums: buffer(sizes[Buffer::Sums])?,
                line: buffer(sizes[Buffer::Line])?,
                table: table(sizes[Buffer::ColumnTable])?,
            },
            column: ColumnScratch::new(sizes[Buffer::RowTable], sizes[Buffer::Strip])?,
            ring: buffer(sizes[Buffer::Ring])?,
            source_ring: buffer(sizes[Buffer::SourceRing])?,
            held: buffer(sizes[Buffer::Held])?,
            prepared: None,
            unasked: 0,
        };
        Ok(Self { stages, leaving: [leaving()?, leaving()?] })
    }
}
