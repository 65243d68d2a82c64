//! What a worker works in: sized by the plan, allocated once, used for every slice.

use gausstack_kernels::{AlignedBuffer, Arithmetic, Element, zeroed_vec};

use crate::array::words::words;
use crate::error::Error;
use crate::panel::column_pass::{ColumnKey, ColumnScratch};
use crate::panel::reserve::buffer;
use crate::panel::scratch::PanelScratch;
use crate::plan::sizes::{ScratchSizes, SliceRing};

/// The scratch of one worker, with sums in `A`.
#[derive(Debug)]
pub(crate) struct WorkerScratch<A> {
    pub(crate) panel: PanelScratch<A>,
    pub(crate) halo: HaloScratch,
    /// For volumes that are filtered in one sweep.
    pub(crate) slices: Option<SliceScratch<A>>,
    /// What is between two stages that resample.
    pub(crate) between: [AlignedBuffer<A>; 2],
    pub(crate) sizes: ScratchSizes,
}

/// Pixels that a sweep in place overwrites while they still have to be read, in words.
#[derive(Debug)]
pub(crate) struct HaloScratch {
    /// Original columns on both sides of each boundary between regions.
    pub(crate) edges: Vec<u64>,
    /// Original columns at the end of the last panel and of this one.
    pub(crate) rolling: Vec<u64>,
}

/// The ring of slices of a volume, and what is needed to filter along the stack.
#[derive(Debug)]
pub(crate) struct SliceScratch<A> {
    pub(crate) ring: AlignedBuffer<A>,
    pub(crate) column: ColumnScratch<A>,
    /// What the table and the constant slice were last filled for.
    pub(crate) prepared: Option<ColumnKey>,
    /// Products since an observer was last asked whether to go on.
    pub(crate) unasked: usize,
}

impl<A: Arithmetic> SliceScratch<A> {
    fn new(SliceRing { slices, strip, table, .. }: SliceRing) -> Result<Self, Error> {
        let column = ColumnScratch::new(table, strip)?;
        Ok(Self { ring: buffer(slices)?, column, prepared: None, unasked: 0 })
    }
}

impl<A: Arithmetic> WorkerScratch<A> {
    /// Scratch of the worker of that number, without room for the halo of a sweep in place.
    pub(crate) fn new(sizes: ScratchSizes, worker: usize) -> Result<Self, Error> {
        let ring = Some(sizes.ring).filter(SliceRing::is_there);
        let slices = ring.map(SliceScratch::new).transpose()?;
        let panel = PanelScratch::new(&sizes)?;
        let halo = HaloScratch { edges: Vec::new(), rolling: zeros(sizes.rolling_words())? };
        let between = || buffer(sizes.between.of(worker));
        let between = [between()?, between()?];
        Ok(Self { panel, halo, slices, between, sizes })
    }

    /// Makes room for the halo of a sweep in place, of so many elements.
    pub(crate) fn reserve_edges(&mut self, len: usize) -> Result<(), Error> {
        reserve(&mut self.halo.edges, words(len, self.sizes.saved_size))
    }
}

fn zeros<T: Element>(len: usize) -> Result<Vec<T>, Error> {
    zeroed_vec(len).map_err(|failed| Error::OutOfMemory { bytes: failed.bytes })
}

pub(crate) fn reserve<T: Element>(vec: &mut Vec<T>, len: usize) -> Result<(), Error> {
    if vec.len() < len {
        // Frees the old memory first.
        *vec = Vec::new();
        *vec = zeros(len)?;
    }
    Ok(())
}
