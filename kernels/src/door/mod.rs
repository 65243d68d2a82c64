//! The one safe door: every length, shape and stride is asserted here, and nowhere else is a gate
//! called.

mod elements;
mod sums;

use std::ops::Range;

use crate::element::{Arithmetic, Element};
use crate::gates::{ElementEntries, FirEntries};
use crate::level::Level;
use crate::plane::PlaneMut;

/// The kernels of one level for input elements `In`, sums in `A` and output elements `Out`.
///
/// Scratch is in elements of `A`, in two shapes: *columns*, each one vector of [`lanes`] rows, and
/// *rows*, of whole vectors.
///
/// [`lanes`]: Self::lanes
#[derive(Clone, Copy, Debug)]
pub struct Kernels<In, A, Out> {
    level: Level,
    fir: FirEntries<A>,
    input: ElementEntries<In, A>,
    output: ElementEntries<Out, A>,
}

impl<In: Element, A: Arithmetic, Out: Element> Kernels<In, A, Out> {
    /// The kernels, or `None` where `A` cannot hold the elements.
    #[must_use]
    pub fn new(level: Level) -> Option<Self> {
        Some(Self {
            level,
            fir: A::fir_entries(level),
            input: A::element_entries::<In>(level)?,
            output: A::element_entries::<Out>(level)?,
        })
    }

    /// The kernels that read what these have written.
    #[must_use]
    pub fn following(&self) -> Kernels<Out, A, Out> {
        Kernels { level: self.level, fir: self.fir, input: self.output, output: self.output }
    }

    /// The level.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// Elements of a vector: rows of a band.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.fir.lanes
    }

    /// Output rows that the FIR sums together; any other number works, a multiple is fastest.
    #[must_use]
    pub fn register_rows(&self) -> usize {
        self.fir.register_rows
    }
}

/// Whether rows are runs in memory, upwards: what non-temporal stores are for.
pub(super) fn streams<T>(dst: &PlaneMut<'_, T>) -> bool {
    dst.strides().run(dst.extent()) == Some(1)
}

pub(super) fn within(range: &Range<usize>, len: usize) -> bool {
    range.start < range.end && range.end <= len
}

/// Whether `rows` rows of `width`, `pitch` apart, lie in `len` elements.
pub(super) fn fits(rows: usize, pitch: usize, width: usize, len: usize) -> bool {
    rows.checked_sub(1)
        .and_then(|last| last.checked_mul(pitch))
        .and_then(|start| start.checked_add(width))
        .is_some_and(|end| end <= len)
}
