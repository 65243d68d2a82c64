//! The checked entry points: every length, shape and stride is asserted here, and gates are called
//! nowhere else.

mod elements;
mod in_row;
mod leaving;
mod sums;

use std::ops::Range;

use crate::dispatch::{Inputs, InputsOf, Outputs, OutputsOf, SumGates, SumGatesOf};
use crate::element::{Arithmetic, ElementType};
use crate::fir_in_row::LoadedShare;
use crate::level::Level;
use crate::plane::PlaneMut;
use crate::rounding::Rounding;

/// The kernels of one level that read elements of one type, sum in `A`, and write elements of one
/// type.
///
/// Scratch holds elements of `A` in two shapes: *columns*, each one vector of [`lanes`] rows, and
/// *rows* of whole vectors.
///
/// [`lanes`]: Self::lanes
#[derive(Clone, Copy, Debug)]
pub struct Kernels<A> {
    level: Level,
    rounding: Rounding,
    sums: SumGates<A>,
    input: Inputs<A>,
    output: Outputs<A>,
}

impl<A: Arithmetic> Kernels<A> {
    /// The kernels that read elements of type `from` and write elements of type `to`, or `None`
    /// where `A` does not hold every element of both, or cannot be rounded to `to` as asked: f32
    /// takes [`Rounding::Nearest`] of integers only.
    #[must_use]
    pub fn new(
        level: Level,
        rounding: Rounding,
        from: ElementType,
        to: ElementType,
    ) -> Option<Self> {
        // What is written may have to be read again.
        A::select(InputsOf(level, to))?;
        Some(Self {
            level,
            rounding,
            sums: A::select(SumGatesOf(level)),
            input: A::select(InputsOf(level, from))?,
            output: A::select(OutputsOf(level, to, rounding))?,
        })
    }

    /// The same kernels with other ends: level, arithmetic, what is loaded and the rounding between two
    /// passes stay. Where `to` is the type of `A`, sums are stored as they are. `None` as for
    /// [`new`](Self::new).
    #[must_use]
    pub fn ends(&self, from: ElementType, to: ElementType) -> Option<Self> {
        let other = Self::new(self.level, self.rounding, from, to)?;
        let output = Outputs { intermediate: self.output.intermediate, ..other.output };
        Some(Self { output, sums: self.sums, ..other })
    }

    /// The same kernels for inputs of another type. `None` where `A` does not hold every element.
    #[must_use]
    pub fn reading(&self, from: ElementType) -> Option<Self> {
        Some(Self { input: A::select(InputsOf(self.level, from))?, ..*self })
    }

    /// The same kernels with this share of samples loaded by [`fir_in_row`](Self::fir_in_row) of one
    /// kernel. [`new`](Self::new) has [`LoadedShare::Third`].
    #[must_use]
    pub fn loading(&self, share: LoadedShare) -> Self {
        let SumGates { in_row_even_half, in_row_odd_half, .. } = self.sums;
        match share {
            LoadedShare::Third => Self { sums: A::select(SumGatesOf(self.level)), ..*self },
            LoadedShare::Half => Self {
                sums: SumGates {
                    in_row_even: in_row_even_half,
                    in_row_odd: in_row_odd_half,
                    ..self.sums
                },
                ..*self
            },
        }
    }

    /// The kernels that read masks of bytes, 1 where a sample is valid and 0 where it is not.
    #[must_use]
    pub fn masks(&self) -> Self {
        let bytes = A::select(InputsOf(self.level, ElementType::U8));
        Self { input: bytes.expect("f32 and f64 hold bytes"), ..*self }
    }

    /// The kernels that do not round sums between two passes.
    #[must_use]
    pub fn rounding_once(&self) -> Self {
        Self { output: Outputs { intermediate: None, ..self.output }, ..*self }
    }

    /// Whether [`round_intermediate`](Self::round_intermediate) rounds sums between two passes to
    /// the output's type.
    #[must_use]
    pub fn rounds_intermediate(&self) -> bool {
        self.output.intermediate.is_some()
    }

    /// Whether the elements that are loaded are numbers of the arithmetic.
    #[must_use]
    pub fn loads_numbers(&self) -> bool {
        self.input.element == A::TYPE
    }

    /// The level of the kernels.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// Elements of a vector, which is also the number of rows in a column of scratch.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.sums.lanes
    }

    /// Output rows that the FIR sums together. It takes any number of rows; a multiple of this is
    /// fastest.
    #[must_use]
    pub fn register_rows(&self) -> usize {
        self.sums.register_rows
    }
}

/// Whether rows are contiguous in memory, upwards, as non-temporal stores need them.
pub(super) fn streams(dst: &PlaneMut<'_>) -> bool {
    dst.strides().run(dst.extent()) == Some(1)
}

/// Whether a range is not empty and ends within `len`.
pub(super) fn within(range: &Range<usize>, len: usize) -> bool {
    range.start < range.end && range.end <= len
}

/// Whether `rows` rows of `width` elements, `pitch` apart, lie in `len` elements.
pub(super) fn fits(rows: usize, pitch: usize, width: usize, len: usize) -> bool {
    rows.checked_sub(1)
        .and_then(|last| last.checked_mul(pitch))
        .and_then(|start| start.checked_add(width))
        .is_some_and(|end| end <= len)
}
