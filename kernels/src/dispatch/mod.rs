//! Kernel entries: one `#[target_feature]` function per level, algorithm and element type, and the
//! tables that find it.
//!
//! Such an entry is called a *gate*. Everything between a gate and an intrinsic is
//! `#[inline(always)]`, because a generic function has only the features of the gate it is inlined
//! into; compiled apart, every intrinsic in it becomes a call. `tests/machine_code.rs` reads the
//! machine code of all [`gates`].
//!
//! The tables are built by functions that are neither generic nor inlined, so that every gate is
//! compiled in this crate and nowhere else.

mod levels;
mod listing;
mod tables;

pub use listing::{Gate, Sums, gates};
pub(crate) use tables::{Inputs, Outputs, SumGates};

use crate::element::ElementType;
use crate::element::sealed::PerArithmetic;
use crate::level::Level;
use crate::peak_loops::PeakArgs;
use crate::rounding::Rounding;
use tables::Tables;

fn tables(level: Level) -> &'static Tables {
    match level {
        Level::Portable(_) => &levels::portable::TABLES,
        #[cfg(target_arch = "x86_64")]
        Level::Avx2(_) => &levels::avx2::TABLES,
        #[cfg(target_arch = "x86_64")]
        Level::Avx512(_) => &levels::avx512::TABLES,
    }
}

/// Looks up the [`SumGates`] of a level.
pub(crate) struct SumGatesOf(pub(crate) Level);

impl PerArithmetic for SumGatesOf {
    type Of<A> = SumGates<A>;

    fn in_f32(self) -> SumGates<f32> {
        (tables(self.0).sums_f32)()
    }
    fn in_f64(self) -> SumGates<f64> {
        (tables(self.0).sums_f64)()
    }
}

/// Looks up the [`Inputs`] of a level and type; none where the arithmetic does not hold every
/// element.
pub(crate) struct InputsOf(pub(crate) Level, pub(crate) ElementType);

impl PerArithmetic for InputsOf {
    type Of<A> = Option<Inputs<A>>;

    fn in_f32(self) -> Option<Inputs<f32>> {
        (tables(self.0).inputs_f32)(self.1)
    }
    fn in_f64(self) -> Option<Inputs<f64>> {
        Some((tables(self.0).inputs_f64)(self.1))
    }
}

/// Looks up the [`Outputs`] of a level, type and rounding; none where the arithmetic does not hold
/// every element, or not the sums that the rounding needs.
pub(crate) struct OutputsOf(pub(crate) Level, pub(crate) ElementType, pub(crate) Rounding);

impl PerArithmetic for OutputsOf {
    type Of<A> = Option<Outputs<A>>;

    fn in_f32(self) -> Option<Outputs<f32>> {
        (tables(self.0).outputs_f32)(self.1, self.2)
    }
    fn in_f64(self) -> Option<Outputs<f64>> {
        Some((tables(self.0).outputs_f64)(self.1, self.2))
    }
}

/// The peak loop of a level, on f32 (fused) or f64 (unfused).
pub(crate) fn peak_loop(level: Level, single: bool) -> unsafe fn(&PeakArgs) {
    let tables = tables(level);
    if single { tables.peak_f32 } else { tables.peak_f64 }
}
