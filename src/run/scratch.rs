//! What a worker works in: sized by the plan, allocated once, used for every slice.

use std::marker::PhantomData;
use std::sync::{Arc, Mutex};

use gausstack_kernels::{AlignedBuffer, Arithmetic, Element, zeroed_vec};

use crate::array::bridge::words;
use crate::error::Error;
use crate::panel::column_pass::{ColumnKey, ColumnScratch};
use crate::panel::scratch::{PanelScratch, buffer};
use crate::plan::sizes::{ScratchSizes, SliceRing};

/// The scratch of one worker, with sums in `A`.
#[derive(Debug)]
pub(crate) struct WorkerScratch<A> {
    pub(crate) panel: PanelScratch<A>,
    pub(crate) halo: HaloScratch,
    /// For volumes that are filtered in one sweep.
    pub(crate) slices: Option<SliceScratch<A>>,
    /// The array between two sweeps, of the first worker alone.
    pub(crate) stage: Vec<A>,
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
    /// Scratch without room for edges and without a stage.
    pub(crate) fn new(sizes: ScratchSizes) -> Result<Self, Error> {
        let ring = Some(sizes.ring).filter(SliceRing::is_there);
        let slices = ring.map(SliceScratch::new).transpose()?;
        let panel = PanelScratch::new(&sizes)?;
        let halo = HaloScratch { edges: Vec::new(), rolling: zeros(sizes.rolling_words())? };
        Ok(Self { panel, halo, slices, stage: Vec::new(), sizes })
    }
}

fn zeros<T: Element>(len: usize) -> Result<Vec<T>, Error> {
    zeroed_vec(len).map_err(|failed| Error::OutOfMemory { bytes: failed.bytes })
}

fn reserve<T: Element>(vec: &mut Vec<T>, len: usize) -> Result<(), Error> {
    if vec.len() < len {
        // Frees the old memory first.
        *vec = Vec::new();
        *vec = zeros(len)?;
    }
    Ok(())
}

/// Scratch that a plan and its clones keep for their next runs.
pub(crate) type Spare = Arc<Mutex<Vec<ScratchKind>>>;

/// The working memory of one thread, made by [`Plan::scratch`](crate::Plan::scratch).
///
/// It belongs to the plan that made it and to that plan's clones, fits any layout, and may be used
/// for any number of slices.
#[derive(Debug)]
pub struct Scratch<Out> {
    pub(crate) kind: ScratchKind,
    /// The plan that it belongs to.
    pub(crate) plan: Spare,
    pub(crate) output: PhantomData<Out>,
}

#[derive(Debug)]
pub(crate) enum ScratchKind {
    /// Nothing is summed.
    Empty,
    Single(WorkerScratch<f32>),
    Double(WorkerScratch<f64>),
}

impl ScratchKind {
    /// Makes room for the halo of a sweep in place, in elements.
    pub(crate) fn reserve_edges(&mut self, len: usize) -> Result<(), Error> {
        match self {
            Self::Empty => Ok(()),
            Self::Single(WorkerScratch { halo, sizes, .. }) => {
                reserve(&mut halo.edges, words(len, sizes.saved_size))
            }
            Self::Double(WorkerScratch { halo, sizes, .. }) => {
                reserve(&mut halo.edges, words(len, sizes.saved_size))
            }
        }
    }

    /// Makes room for an array of so many sums between two sweeps.
    pub(crate) fn reserve_stage(&mut self, len: usize) -> Result<(), Error> {
        match self {
            Self::Empty => Ok(()),
            Self::Single(scratch) => reserve(&mut scratch.stage, len),
            Self::Double(scratch) => reserve(&mut scratch.stage, len),
        }
    }
}
