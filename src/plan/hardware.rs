//! The machine that a sweep is tiled for, and the choices that the caller forces.

use gausstack_kernels::Extent;

use crate::plan::cache::CacheSizes;
use crate::plan::tuning::SumConstants;
use crate::request::{StorePolicy, TileShape};

/// The machine, the output's elements, and what the caller forces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hardware {
    pub(crate) lanes: usize,
    pub(crate) register_rows: usize,
    pub(crate) caches: CacheSizes,
    /// Constants of the arithmetic that are tuned for the core.
    pub(crate) sums: &'static SumConstants,
    pub(crate) forced: Overrides,
    /// Bytes of an element of the output.
    pub(crate) output_size: usize,
}

/// Choices of the caller, which the plan would make otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Overrides {
    pub(crate) tile: Option<TileShape>,
    pub(crate) stores: Option<StorePolicy>,
}

impl Hardware {
    /// The same machine for a sweep whose output is sums of type `A`.
    pub(crate) fn storing_sums<A>(self) -> Self {
        Self { output_size: size_of::<A>(), ..self }
    }

    /// How an output of so many elements, in slices of this extent, is stored.
    pub(crate) fn stores(&self, elements: usize, slice: Extent) -> StorePolicy {
        let slice = slice.rows * slice.row_len();
        let [elements, slice] = [elements, slice].map(|n| n.saturating_mul(self.output_size));
        let chosen = || StorePolicy::choose(elements, slice, self.output_size, self.caches);
        self.forced.stores.unwrap_or_else(chosen)
    }
}
