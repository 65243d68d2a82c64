//! The one safe door: every length, shape and stride is asserted here, and nowhere else is a gate
//! called.

mod elements;
mod sums;

use std::ops::Range;

use crate::element::{Arithmetic, Element};
use crate::gates::{FirEntries, Inputs, Outputs};
use crate::level::Level;
use crate::plane::PlaneMut;
use crate::rounding::Rounding;

/// The kernels of one level for elements of one type, sums in `A` and outputs of one type.
///
/// Scratch is in elements of `A`, in two shapes: *columns*, each one vector of [`lanes`] rows, and
/// *rows*, of whole vectors.
///
/// [`lanes`]: Self::lanes
#[derive(Clone, Copy, Debug)]
pub struct Kernels<A> {
    level: Level,
    fir: FirEntries<A>,
    input: Inputs<A>,
    output: Outputs<A>,
    /// How what was written is read.
    written: Inputs<A>,
    /// How masks are read.
    mask: Inputs<A>,
    /// How sums are read and written.
    sums: Inputs<A>,
    kept: Outputs<A>,
}

impl<A: Arithmetic> Kernels<A> {
    /// The kernels for inputs of `In` and outputs of `Out`, or `None` where `A` cannot hold them or `Out` not be rounded
    /// so.
    #[must_use]
    pub fn new<In: Element, Out: Element>(level: Level, rounding: Rounding) -> Option<Self> {
        Some(Self {
            level,
            fir: A::fir_entries(level),
            input: A::inputs::<In>(level)?,
            output: A::outputs::<Out>(level, rounding)?,
            written: A::inputs::<Out>(level)?,
            mask: A::inputs::<u8>(level)?,
            sums: A::inputs::<A>(level)?,
            kept: A::outputs::<A>(level, Rounding::default())?,
        })
    }

    /// The kernels that read what these do and write sums as they are.
    #[must_use]
    pub fn starting(&self) -> Self {
        let Self { level, fir, input, mask, sums, kept, .. } = *self;
        // Rounded as these round between passes.
        let output = Outputs { between: self.output.between, ..kept };
        Self { level, fir, input, output, written: sums, mask, sums, kept }
    }

    /// The kernels that read what these have written.
    #[must_use]
    pub fn following(&self) -> Self {
        Self { input: self.written, ..*self }
    }

    /// The kernels that read sums of these and write what these do.
    #[must_use]
    pub fn finishing(&self) -> Self {
        Self { input: self.sums, ..*self }
    }

    /// The kernels that read masks of bytes, 1 where a sample is valid and 0 where it is not.
    #[must_use]
    pub fn masks(&self) -> Self {
        Self { input: self.mask, ..*self }
    }

    /// The kernels that leave sums between two passes as they are.
    #[must_use]
    pub fn rounding_once(&self) -> Self {
        Self { output: Outputs { between: None, ..self.output }, ..*self }
    }

    /// Whether sums between two passes are rounded to the output's type ([`between`](Self::between)).
    #[must_use]
    pub fn rounds_between(&self) -> bool {
        self.output.between.is_some()
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
pub(super) fn streams(dst: &PlaneMut<'_>) -> bool {
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
