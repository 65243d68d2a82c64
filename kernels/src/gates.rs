//! One `#[target_feature]` function per level and entry point: the gates.
//!
//! Everything between a gate and an intrinsic is `#[inline(always)]`, because a generic function has
//! only the features of the gate it is inlined into (compiled apart, every intrinsic in it becomes a
//! call). `tests/machine_code.rs` reads the machine code of every gate of [`GATES`].

use crate::along::{AlongArgs, EVEN, ODD, along, along_two};
use crate::between::{BetweenArgs, between};
use crate::combine::{CombineArgs, combine};
use crate::egress::{self, EgressArgs};
use crate::fir::fir;
use crate::ingest::{self, IngestArgs, RowArgs};
use crate::level::{Level, Portable};
use crate::listed;
use crate::peak::{self, PeakArgs};
use crate::plane::Kind;
use crate::retile::{RetileArgs, retile};
use crate::rounding::{Nearest, TowardZero};
use crate::validity::{DivideArgs, ValidityArgs, divide, validity};
use crate::walk::FirArgs;

#[cfg(target_arch = "x86_64")]
use crate::level::{Avx2, Avx512};

/// What the multiplications and additions of a gate must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub enum Sums {
    Fused,
    Unfused,
    None,
}

/// A gate, as the machine-code test looks for it.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct Gate {
    pub level: &'static str,
    pub name: &'static str,
    pub sums: Sums,
}

/// The entries of a level that sum and move numbers of one arithmetic.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct FirEntries<A> {
    pub(crate) lanes: usize,
    pub(crate) register_rows: usize,
    pub(crate) most_radius_along: usize,
    pub(crate) even: unsafe fn(&FirArgs<A>),
    pub(crate) odd: unsafe fn(&FirArgs<A>),
    pub(crate) listed: unsafe fn(&FirArgs<A>),
    pub(crate) along_even: unsafe fn(&AlongArgs<A>),
    pub(crate) along_odd: unsafe fn(&AlongArgs<A>),
    pub(crate) along_listed: unsafe fn(&AlongArgs<A>),
    pub(crate) along_even_even: unsafe fn(&AlongArgs<A>),
    pub(crate) along_even_odd: unsafe fn(&AlongArgs<A>),
    pub(crate) combine: unsafe fn(&CombineArgs<A>),
    pub(crate) validity: unsafe fn(&ValidityArgs<A>),
    pub(crate) divide: unsafe fn(&DivideArgs<A>),
    pub(crate) retile: unsafe fn(&RetileArgs<A>),
}

/// The entries of a level that read elements from memory.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct Inputs<A> {
    pub(crate) kind: Kind,
    pub(crate) columns: unsafe fn(&IngestArgs<A>),
    pub(crate) row: unsafe fn(&RowArgs<A>),
}

/// The entries of a level that round sums to elements, in one of the roundings.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct Outputs<A> {
    pub(crate) kind: Kind,
    pub(crate) egress: unsafe fn(&EgressArgs<A>),
    /// The rounding of sums between two passes, where there is one.
    pub(crate) between: Option<unsafe fn(&BetweenArgs<A>)>,
}

macro_rules! gate {
    ([$($feature:literal)?], $name:ident($args:ty) = $body:expr, $token:expr) => {
        /// # Safety
        /// The level's instructions are there, and the contract of the body holds for `args`.
        $(#[target_feature(enable = $feature)])?
        pub(crate) unsafe fn $name(args: &$args) {
            // SAFETY: the caller's; the token exists only where its features are enabled.
            unsafe { $body($token(), args) }
        }
    };
}

/// Calls a macro with what it was given and, behind that, the list of what is read, rounded between passes and written: the
/// name of the entries, the types, the rounding, the gates.
macro_rules! for_elements {
    ($macro:ident $given:tt) => {
        $macro! {
            @elements $given
            inputs {
                f32_in_f32: f32, f32, columns_f32_in_f32, row_f32_in_f32;
                u8_in_f32: u8, f32, columns_u8_in_f32, row_u8_in_f32;
                i8_in_f32: i8, f32, columns_i8_in_f32, row_i8_in_f32;
                u16_in_f32: u16, f32, columns_u16_in_f32, row_u16_in_f32;
                i16_in_f32: i16, f32, columns_i16_in_f32, row_i16_in_f32;
                f32_in_f64: f32, f64, columns_f32_in_f64, row_f32_in_f64;
                f64_in_f64: f64, f64, columns_f64_in_f64, row_f64_in_f64;
                u8_in_f64: u8, f64, columns_u8_in_f64, row_u8_in_f64;
                i8_in_f64: i8, f64, columns_i8_in_f64, row_i8_in_f64;
                u16_in_f64: u16, f64, columns_u16_in_f64, row_u16_in_f64;
                i16_in_f64: i16, f64, columns_i16_in_f64, row_i16_in_f64;
                u32_in_f64: u32, f64, columns_u32_in_f64, row_u32_in_f64;
                i32_in_f64: i32, f64, columns_i32_in_f64, row_i32_in_f64;
                u64_in_f64: u64, f64, columns_u64_in_f64, row_u64_in_f64;
                i64_in_f64: i64, f64, columns_i64_in_f64, row_i64_in_f64;
                bool_in_f64: bool, f64, columns_bool_in_f64, row_bool_in_f64;
            }
            between {
                between_f32_in_f64: f32, f64, Nearest;
                between_u8_cut_in_f64: u8, f64, TowardZero;
                between_i8_cut_in_f64: i8, f64, TowardZero;
                between_u16_cut_in_f64: u16, f64, TowardZero;
                between_i16_cut_in_f64: i16, f64, TowardZero;
                between_u32_cut_in_f64: u32, f64, TowardZero;
                between_i32_cut_in_f64: i32, f64, TowardZero;
                between_u64_cut_in_f64: u64, f64, TowardZero;
                between_i64_cut_in_f64: i64, f64, TowardZero;
            }
            outputs {
                f32_in_f32: f32, f32, Nearest, egress_f32_in_f32, None;
                u8_in_f32: u8, f32, Nearest, egress_u8_in_f32, None;
                i8_in_f32: i8, f32, Nearest, egress_i8_in_f32, None;
                u16_in_f32: u16, f32, Nearest, egress_u16_in_f32, None;
                i16_in_f32: i16, f32, Nearest, egress_i16_in_f32, None;
                f32_in_f64: f32, f64, Nearest, egress_f32_in_f64, Some(between_f32_in_f64);
                f64_in_f64: f64, f64, Nearest, egress_f64_in_f64, None;
                u8_in_f64: u8, f64, Nearest, egress_u8_in_f64, None;
                i8_in_f64: i8, f64, Nearest, egress_i8_in_f64, None;
                u16_in_f64: u16, f64, Nearest, egress_u16_in_f64, None;
                i16_in_f64: i16, f64, Nearest, egress_i16_in_f64, None;
                u32_in_f64: u32, f64, Nearest, egress_u32_in_f64, None;
                i32_in_f64: i32, f64, Nearest, egress_i32_in_f64, None;
                u64_in_f64: u64, f64, Nearest, egress_u64_in_f64, None;
                i64_in_f64: i64, f64, Nearest, egress_i64_in_f64, None;
                bool_in_f64: bool, f64, Nearest, egress_bool_in_f64, None;
                u8_cut_in_f64: u8, f64, TowardZero, egress_u8_cut_in_f64, Some(between_u8_cut_in_f64);
                i8_cut_in_f64: i8, f64, TowardZero, egress_i8_cut_in_f64, Some(between_i8_cut_in_f64);
                u16_cut_in_f64: u16, f64, TowardZero, egress_u16_cut_in_f64, Some(between_u16_cut_in_f64);
                i16_cut_in_f64: i16, f64, TowardZero, egress_i16_cut_in_f64, Some(between_i16_cut_in_f64);
                u32_cut_in_f64: u32, f64, TowardZero, egress_u32_cut_in_f64, Some(between_u32_cut_in_f64);
                i32_cut_in_f64: i32, f64, TowardZero, egress_i32_cut_in_f64, Some(between_i32_cut_in_f64);
                u64_cut_in_f64: u64, f64, TowardZero, egress_u64_cut_in_f64, Some(between_u64_cut_in_f64);
                i64_cut_in_f64: i64, f64, TowardZero, egress_i64_cut_in_f64, Some(between_i64_cut_in_f64);
                // scipy keeps bytes of any value in between.
                bool_cut_in_f64: bool, f64, TowardZero, egress_bool_cut_in_f64, Some(between_u8_cut_in_f64);
            }
        }
    };
}

macro_rules! level_gates {
    (
        $level:ident, $token:ident, $make:ident, $features:tt,
        single: $single_lanes:literal x $single_rows:literal / $single_unroll:literal, along $single_along:literal / $single_vectors:literal,
        double: $double_lanes:literal x $double_rows:literal / $double_unroll:literal, along $double_along:literal / $double_vectors:literal
    ) => {
        pub(crate) mod $level {
            use super::*;

            level_gates! {
                @gates GATES, $level, $token, $make, $features,
                fir_f32_even(FirArgs<f32>, Fused) =
                    fir::<$token, f32, true, false, $single_rows, $single_unroll>;
                fir_f32_odd(FirArgs<f32>, Fused) =
                    fir::<$token, f32, true, true, $single_rows, $single_unroll>;
                fir_f64_even(FirArgs<f64>, Unfused) =
                    fir::<$token, f64, false, false, $double_rows, $double_unroll>;
                fir_f64_odd(FirArgs<f64>, Unfused) =
                    fir::<$token, f64, false, true, $double_rows, $double_unroll>;
                fir_f32_listed(FirArgs<f32>, Fused) = listed::fir::<$token, f32, true, $single_rows>;
                fir_f64_listed(FirArgs<f64>, Unfused) = listed::fir::<$token, f64, false, $double_rows>;
                along_f32_even(AlongArgs<f32>, Fused) = along::<$token, f32, true, false, $single_vectors>;
                along_f32_odd(AlongArgs<f32>, Fused) = along::<$token, f32, true, true, $single_vectors>;
                along_f64_even(AlongArgs<f64>, Unfused) = along::<$token, f64, false, false, $double_vectors>;
                along_f64_odd(AlongArgs<f64>, Unfused) = along::<$token, f64, false, true, $double_vectors>;
                along_f32_even_even(AlongArgs<f32>, Fused) =
                    along_two::<$token, f32, true, EVEN, $single_vectors>;
                along_f32_even_odd(AlongArgs<f32>, Fused) =
                    along_two::<$token, f32, true, ODD, $single_vectors>;
                along_f64_even_even(AlongArgs<f64>, Unfused) =
                    along_two::<$token, f64, false, EVEN, $double_vectors>;
                along_f64_even_odd(AlongArgs<f64>, Unfused) =
                    along_two::<$token, f64, false, ODD, $double_vectors>;
                along_f32_listed(AlongArgs<f32>, Fused) = listed::along::<$token, f32, true, $single_vectors>;
                along_f64_listed(AlongArgs<f64>, Unfused) = listed::along::<$token, f64, false, $double_vectors>;
                combine_f32(CombineArgs<f32>, None) = combine::<$token, f32>;
                combine_f64(CombineArgs<f64>, None) = combine::<$token, f64>;
                validity_f32(ValidityArgs<f32>, None) = validity::<$token, f32>;
                validity_f64(ValidityArgs<f64>, None) = validity::<$token, f64>;
                divide_f32(DivideArgs<f32>, None) = divide::<$token, f32>;
                divide_f64(DivideArgs<f64>, None) = divide::<$token, f64>;
                retile_f32(RetileArgs<f32>, None) = retile::<$token, f32>;
                retile_f64(RetileArgs<f64>, None) = retile::<$token, f64>;
                peak_f32(PeakArgs, Fused) = peak::fused::<$token, f32>;
                peak_f64(PeakArgs, Unfused) = peak::unfused::<$token, f64>;
            }
            for_elements! { level_gates ($level, $token, $make, $features) }

            pub(super) fn single() -> FirEntries<f32> {
                FirEntries {
                    lanes: $single_lanes,
                    register_rows: $single_rows,
                    most_radius_along: $single_along,
                    even: fir_f32_even,
                    odd: fir_f32_odd,
                    listed: fir_f32_listed,
                    along_even: along_f32_even,
                    along_odd: along_f32_odd,
                    along_listed: along_f32_listed,
                    along_even_even: along_f32_even_even,
                    along_even_odd: along_f32_even_odd,
                    combine: combine_f32,
                    validity: validity_f32,
                    divide: divide_f32,
                    retile: retile_f32,
                }
            }

            pub(super) fn double() -> FirEntries<f64> {
                FirEntries {
                    lanes: $double_lanes,
                    register_rows: $double_rows,
                    most_radius_along: $double_along,
                    even: fir_f64_even,
                    odd: fir_f64_odd,
                    listed: fir_f64_listed,
                    along_even: along_f64_even,
                    along_odd: along_f64_odd,
                    along_listed: along_f64_listed,
                    along_even_even: along_f64_even_even,
                    along_even_odd: along_f64_even_odd,
                    combine: combine_f64,
                    validity: validity_f64,
                    divide: divide_f64,
                    retile: retile_f64,
                }
            }
        }
    };
    (
        @elements ($level:ident, $token:ident, $make:ident, $features:tt)
        inputs { $($input:ident: $in:ty, $in_float:ty, $columns:ident, $row:ident;)* }
        between { $($between:ident: $kept:ty, $kept_float:ty, $kept_rounding:ty;)* }
        outputs { $($output:ident: $out:ty, $float:ty, $rounding:ty, $egress:ident, $rounded:expr;)* }
    ) => {
        level_gates! {
            @gates ELEMENT_GATES, $level, $token, $make, $features,
            $($columns(IngestArgs<$in_float>, None) = ingest::columns::<$token, $in, $in_float>;)*
            $($row(RowArgs<$in_float>, None) = ingest::row::<$token, $in, $in_float>;)*
            $($between(BetweenArgs<$kept_float>, None) = between::<$token, $kept, $kept_float, $kept_rounding>;)*
            $($egress(EgressArgs<$float>, None) = egress::rows::<$token, $out, $float, $rounding>;)*
        }

        pub(super) mod inputs {
            use super::*;
            $(pub(crate) fn $input() -> Inputs<$in_float> {
                Inputs { kind: Kind::of::<$in>(), columns: $columns, row: $row }
            })*
        }

        pub(super) mod outputs {
            use super::*;
            $(pub(crate) fn $output() -> Outputs<$float> {
                Outputs { kind: Kind::of::<$out>(), egress: $egress, between: $rounded }
            })*
        }
    };
    (
        @gates $gates:ident, $level:ident, $token:ident, $make:ident, $features:tt,
        $($name:ident($args:ty, $sums:ident) = $body:expr;)*
    ) => {
        $(gate!($features, $name($args) = $body, $token::$make);)*

        pub(super) const $gates: &[Gate] =
            &[$(Gate { level: stringify!($level), name: stringify!($name), sums: Sums::$sums }),*];
    };
}

// Rows summed together, from the register count. AVX-512, 32 registers: 6 rows, two chains and two
// windows are 24. (7 rows are 28, and with the weight and a pair LLVM spills: 1.7 times slower.) AVX2 and
// SSE2, 16 registers: 3 rows are 12 with two chains, 4 rows are 12 with one.
//
// Along rows up to the radius, in steps of 4 or 2, at which transposes and sums across them took as long, on slices of
// 2048 x 2048 out of the caches; / vectors of a block with few taps.
level_gates!(portable, Portable, new, [], single: 4 x 3 / 6, along 8 / 2, double: 2 x 4 / 4, along 4 / 2);
#[cfg(target_arch = "x86_64")]
level_gates!(avx2, Avx2, assume, ["avx2,fma"], single: 8 x 3 / 6, along 6 / 2, double: 4 x 4 / 4, along 6 / 2);
#[cfg(target_arch = "x86_64")]
level_gates!(avx512, Avx512, assume, ["avx512f"], single: 16 x 6 / 6, along 12 / 4, double: 8 x 6 / 6, along 8 / 4);

/// Every gate of this build.
#[doc(hidden)]
pub const GATES: &[&[Gate]] = &[
    portable::GATES,
    portable::ELEMENT_GATES,
    #[cfg(target_arch = "x86_64")]
    avx2::GATES,
    #[cfg(target_arch = "x86_64")]
    avx2::ELEMENT_GATES,
    #[cfg(target_arch = "x86_64")]
    avx512::GATES,
    #[cfg(target_arch = "x86_64")]
    avx512::ELEMENT_GATES,
];

macro_rules! choose {
    ($($name:ident $(in $module:ident)? -> $entries:ty;)*) => {$(
        pub(crate) fn $name(level: Level) -> $entries {
            match level {
                Level::Portable(_) => portable::$($module::)?$name(),
                #[cfg(target_arch = "x86_64")]
                Level::Avx2(_) => avx2::$($module::)?$name(),
                #[cfg(target_arch = "x86_64")]
                Level::Avx512(_) => avx512::$($module::)?$name(),
            }
        }
    )*};
    (
        @elements ()
        inputs { $($input:ident: $in:ty, $in_float:ty, $columns:ident, $row:ident;)* }
        between $between:tt
        outputs { $($output:ident: $out:ty, $float:ty, $rounding:ty, $egress:ident, $rounded:expr;)* }
    ) => {
        /// What is read, by level.
        pub(crate) mod inputs {
            use super::*;
            choose! { $($input in inputs -> Inputs<$in_float>;)* }
        }

        /// What is written, by level.
        pub(crate) mod outputs {
            use super::*;
            choose! { $($output in outputs -> Outputs<$float>;)* }
        }
    };
}
for_elements! { choose () }

/// FIR entries by level.
pub(crate) mod fir_entries {
    use super::*;
    choose! {
        single -> FirEntries<f32>;
        double -> FirEntries<f64>;
    }
}

/// Peak loops by level; the level is the proof that they may be called.
pub(crate) fn peak_entry(level: Level, single: bool) -> unsafe fn(&PeakArgs) {
    match (level, single) {
        (Level::Portable(_), true) => portable::peak_f32,
        (Level::Portable(_), false) => portable::peak_f64,
        #[cfg(target_arch = "x86_64")]
        (Level::Avx2(_), true) => avx2::peak_f32,
        #[cfg(target_arch = "x86_64")]
        (Level::Avx2(_), false) => avx2::peak_f64,
        #[cfg(target_arch = "x86_64")]
        (Level::Avx512(_), true) => avx512::peak_f32,
        #[cfg(target_arch = "x86_64")]
        (Level::Avx512(_), false) => avx512::peak_f64,
    }
}
