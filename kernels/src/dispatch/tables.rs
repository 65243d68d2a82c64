//! What the tables of a level hold: gates by what they do, read and write.

use crate::blocks::FirArgs;
use crate::combine::CombineArgs;
use crate::element::ElementType;
use crate::leaving::LeaveArgs;
use crate::missing::{DivideArgs, SplitArgs};
use crate::pack::{LoadRowArgs, PackArgs};
use crate::peak_loops::PeakArgs;
use crate::pointwise::PointArgs;
use crate::round_intermediate::RoundArgs;
use crate::rounding::Rounding;
use crate::row_blocks::{InRowArgs, TwoArgs};
use crate::store::StoreArgs;
use crate::unpack::UnpackArgs;

/// Defines [`SumGates`] and lists its gates by their names.
macro_rules! sum_gates {
    (
        sums { $($sum:ident: $sum_args:ident,)* }
        moves { $($move:ident: $move_args:ident,)* }
    ) => {
        /// The gates of one level that sum and move numbers of one arithmetic, and how many lanes
        /// and rows they sum together.
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct SumGates<A> {
            pub(crate) lanes: usize,
            pub(crate) register_rows: usize,
            $(pub(crate) $sum: unsafe fn(&$sum_args<A>),)*
            $(pub(crate) $move: unsafe fn(&$move_args<A>),)*
        }

        impl<A> SumGates<A> {
            /// The gates that multiply and add.
            pub(super) fn sums(&self) -> Vec<(&'static str, *const ())> {
                vec![$((stringify!($sum), self.$sum as *const ()),)*]
            }

            /// The gates that fuse nothing.
            pub(super) fn moves(&self) -> Vec<(&'static str, *const ())> {
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
        in_row_even_half: InRowArgs,
        in_row_odd_half: InRowArgs,
        in_row_listed: InRowArgs,
        in_row_even_even: TwoArgs,
        in_row_even_odd: TwoArgs,
        point_even: PointArgs,
        point_odd: PointArgs,
        point_listed: PointArgs,
    }
    moves {
        combine: CombineArgs,
        split_mask: SplitArgs,
        divide: DivideArgs,
        unpack: UnpackArgs,
        leave: LeaveArgs,
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
pub(super) struct Tables {
    pub(super) sums_f32: fn() -> SumGates<f32>,
    pub(super) sums_f64: fn() -> SumGates<f64>,
    pub(super) inputs_f32: fn(ElementType) -> Option<Inputs<f32>>,
    pub(super) inputs_f64: fn(ElementType) -> Inputs<f64>,
    pub(super) outputs_f32: fn(ElementType, Rounding) -> Option<Outputs<f32>>,
    pub(super) outputs_f64: fn(ElementType, Rounding) -> Outputs<f64>,
    pub(super) peak_f32: unsafe fn(&PeakArgs),
    pub(super) peak_f64: unsafe fn(&PeakArgs),
}
