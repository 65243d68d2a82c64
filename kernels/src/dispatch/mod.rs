//! Kernel entries: one `#[target_feature]` function per level, algorithm and element type, and the
//! tables that find it.
//!
//! Such an entry is called a *gate*. Everything between a gate and an intrinsic is `#[inline(always)]`,
//! because a generic function has only the features of the gate it is inlined into; compiled apart, every
//! intrinsic in it becomes a call. `tests/machine_code.rs` reads the machine code of all [`gates`].
//!
//! The tables are built by functions that are neither generic nor inlined, so that every gate is compiled
//! in this crate and nowhere else.

mod levels;
mod listing;

pub use listing::{Gate, Sums, gates};

use crate::blocks::FirArgs;
use crate::combine::CombineArgs;
use crate::element::ElementType;
use crate::element::sealed::PerArithmetic;
use crate::fir_in_row::{InRowArgs, TwoArgs};
use crate::level::Level;
use crate::missing::{DivideArgs, SplitArgs};
use crate::pack::{LoadRowArgs, PackArgs};
use crate::peak_loops::PeakArgs;
use crate::round_intermediate::RoundArgs;
use crate::rounding::Rounding;
use crate::store::StoreArgs;
use crate::unpack::UnpackArgs;

/// Defines [`SumGates`] and lists its gates by their names.
macro_rules! sum_gates {
    (
        sums { $($sum:ident: $sum_args:ident,)* }
        moves { $($move:ident: $move_args:ident,)* }
    ) => {
        /// The gates of one level that sum and move numbers of one arithmetic, and what they are tuned to.
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct SumGates<A> {
            pub(crate) lanes: usize,
            pub(crate) register_rows: usize,
            pub(crate) max_radius_in_row: usize,
            $(pub(crate) $sum: unsafe fn(&$sum_args<A>),)*
            $(pub(crate) $move: unsafe fn(&$move_args<A>),)*
        }

        impl<A> SumGates<A> {
            /// The gates that multiply and add.
            fn sums(&self) -> Vec<(&'static str, *const ())> {
                vec![$((stringify!($sum), self.$sum as *const ()),)*]
            }

            /// The gates that fuse nothing.
            fn moves(&self) -> Vec<(&'static str, *const ())> {
                vec![$((stringify!($move), self.$move as *const ()),)*]
            }
        }
    };
}

sum_gates! {
    sums {
        fir_even: FirArgs,
        fir_odd: FirArgs,
        fir_listed: FirArgs,
        in_row_even: InRowArgs,
        in_row_odd: InRowArgs,
        in_row_listed: InRowArgs,
        in_row_even_even: TwoArgs,
        in_row_even_odd: TwoArgs,
    }
    moves {
        combine: CombineArgs,
        split_mask: SplitArgs,
        divide: DivideArgs,
        unpack: UnpackArgs,
    }
}

/// The gates of one level that read elements of one type from memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inputs<A> {
    pub(crate) element: ElementType,
    pub(crate) pack: unsafe fn(&PackArgs<A>),
    pub(crate) load_row: unsafe fn(&LoadRowArgs<A>),
}

/// The gates of one level that round sums to elements of one type, in one rounding.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outputs<A> {
    pub(crate) element: ElementType,
    pub(crate) store: unsafe fn(&StoreArgs<A>),
    /// Rounds sums between two passes, if they are rounded.
    pub(crate) intermediate: Option<unsafe fn(&RoundArgs<A>)>,
}

/// The tables of one level.
struct Tables {
    sums_f32: fn() -> SumGates<f32>,
    sums_f64: fn() -> SumGates<f64>,
    inputs_f32: fn(ElementType) -> Option<Inputs<f32>>,
    inputs_f64: fn(ElementType) -> Inputs<f64>,
    outputs_f32: fn(ElementType, Rounding) -> Option<Outputs<f32>>,
    outputs_f64: fn(ElementType, Rounding) -> Outputs<f64>,
    peak_f32: unsafe fn(&PeakArgs),
    peak_f64: unsafe fn(&PeakArgs),
}

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

/// Looks up the [`Inputs`] of a level and type; none where the arithmetic does not hold every element.
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

/// Looks up the [`Outputs`] of a level, type and rounding; none where the arithmetic does not hold every
/// element, or not the sums that the rounding needs.
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
