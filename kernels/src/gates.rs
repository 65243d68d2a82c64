//! One `#[target_feature]` function per level and entry point: the gates.
//!
//! Everything between a gate and an intrinsic is `#[inline(always)]`, because a generic function has
//! only the features of the gate it is inlined into (compiled apart, every intrinsic in it becomes a
//! call). `tests/machine_code.rs` reads the machine code of every gate of [`GATES`].

use crate::along::{AlongArgs, along};
use crate::egress::{self, EgressArgs};
use crate::fir::{FirArgs, fir};
use crate::ingest::{self, IngestArgs, RowArgs};
use crate::level::{Level, Portable};
use crate::peak::{self, PeakArgs};
use crate::retile::{RetileArgs, retile};

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

/// The FIR entries of a level for one arithmetic.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct FirEntries<A> {
    pub(crate) lanes: usize,
    pub(crate) register_rows: usize,
    pub(crate) most_radius_along: usize,
    pub(crate) even: unsafe fn(&FirArgs<A>),
    pub(crate) odd: unsafe fn(&FirArgs<A>),
}

/// The entries of a level that touch elements in memory.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct ElementEntries<E, A> {
    pub(crate) columns: unsafe fn(&IngestArgs<E, A>),
    pub(crate) row: unsafe fn(&RowArgs<E, A>),
    pub(crate) retile: unsafe fn(&RetileArgs<A>),
    pub(crate) egress: unsafe fn(&EgressArgs<A, E>),
    /// Sums along rows, each rounded to `E`.
    pub(crate) along_even: unsafe fn(&AlongArgs<A>),
    pub(crate) along_odd: unsafe fn(&AlongArgs<A>),
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

macro_rules! level_gates {
    (
        $level:ident, $token:ident, $make:ident, $features:tt,
        single: $single_lanes:literal x $single_rows:literal / $single_unroll:literal, along $single_along:literal / $single_vectors:literal,
        double: $double_lanes:literal x $double_rows:literal / $double_unroll:literal, along $double_along:literal / $double_vectors:literal
    ) => {
        pub(crate) mod $level {
            use super::*;

            level_gates! {
                @gates $level, $token, $make, $features,
                fir_f32_even(FirArgs<f32>, Fused) =
                    fir::<$token, f32, true, false, $single_rows, $single_unroll>;
                fir_f32_odd(FirArgs<f32>, Fused) =
                    fir::<$token, f32, true, true, $single_rows, $single_unroll>;
                fir_f64_even(FirArgs<f64>, Unfused) =
                    fir::<$token, f64, false, false, $double_rows, $double_unroll>;
                fir_f64_odd(FirArgs<f64>, Unfused) =
                    fir::<$token, f64, false, true, $double_rows, $double_unroll>;
                columns_f32_in_f32(IngestArgs<f32, f32>, None) = ingest::columns::<$token, f32, f32>;
                columns_f32_in_f64(IngestArgs<f32, f64>, None) = ingest::columns::<$token, f32, f64>;
                columns_f64_in_f64(IngestArgs<f64, f64>, None) = ingest::columns::<$token, f64, f64>;
                row_f32_in_f32(RowArgs<f32, f32>, None) = ingest::row::<$token, f32, f32>;
                row_f32_in_f64(RowArgs<f32, f64>, None) = ingest::row::<$token, f32, f64>;
                row_f64_in_f64(RowArgs<f64, f64>, None) = ingest::row::<$token, f64, f64>;
                retile_f32_in_f32(RetileArgs<f32>, None) = retile::<$token, f32, f32>;
                retile_f32_in_f64(RetileArgs<f64>, None) = retile::<$token, f32, f64>;
                retile_f64_in_f64(RetileArgs<f64>, None) = retile::<$token, f64, f64>;
                egress_f32_in_f32(EgressArgs<f32, f32>, None) = egress::rows::<$token, f32, f32>;
                egress_f32_in_f64(EgressArgs<f64, f32>, None) = egress::rows::<$token, f32, f64>;
                egress_f64_in_f64(EgressArgs<f64, f64>, None) = egress::rows::<$token, f64, f64>;
                along_even_f32_in_f32(AlongArgs<f32>, Fused) = along::<$token, f32, f32, true, false, $single_vectors>;
                along_odd_f32_in_f32(AlongArgs<f32>, Fused) = along::<$token, f32, f32, true, true, $single_vectors>;
                along_even_f32_in_f64(AlongArgs<f64>, Unfused) = along::<$token, f32, f64, false, false, $double_vectors>;
                along_odd_f32_in_f64(AlongArgs<f64>, Unfused) = along::<$token, f32, f64, false, true, $double_vectors>;
                along_even_f64_in_f64(AlongArgs<f64>, Unfused) = along::<$token, f64, f64, false, false, $double_vectors>;
                along_odd_f64_in_f64(AlongArgs<f64>, Unfused) = along::<$token, f64, f64, false, true, $double_vectors>;
                peak_f32(PeakArgs, Fused) = peak::fused::<$token, f32>;
                peak_f64(PeakArgs, Unfused) = peak::unfused::<$token, f64>;
            }

            pub(super) fn single() -> FirEntries<f32> {
                FirEntries {
                    lanes: $single_lanes,
                    register_rows: $single_rows,
                    most_radius_along: $single_along,
                    even: fir_f32_even,
                    odd: fir_f32_odd,
                }
            }

            pub(super) fn double() -> FirEntries<f64> {
                FirEntries {
                    lanes: $double_lanes,
                    register_rows: $double_rows,
                    most_radius_along: $double_along,
                    even: fir_f64_even,
                    odd: fir_f64_odd,
                }
            }

            pub(super) fn f32_in_f32() -> ElementEntries<f32, f32> {
                ElementEntries {
                    columns: columns_f32_in_f32,
                    row: row_f32_in_f32,
                    retile: retile_f32_in_f32,
                    egress: egress_f32_in_f32,
                    along_even: along_even_f32_in_f32,
                    along_odd: along_odd_f32_in_f32,
                }
            }

            pub(super) fn f32_in_f64() -> ElementEntries<f32, f64> {
                ElementEntries {
                    columns: columns_f32_in_f64,
                    row: row_f32_in_f64,
                    retile: retile_f32_in_f64,
                    egress: egress_f32_in_f64,
                    along_even: along_even_f32_in_f64,
                    along_odd: along_odd_f32_in_f64,
                }
            }

            pub(super) fn f64_in_f64() -> ElementEntries<f64, f64> {
                ElementEntries {
                    columns: columns_f64_in_f64,
                    row: row_f64_in_f64,
                    retile: retile_f64_in_f64,
                    egress: egress_f64_in_f64,
                    along_even: along_even_f64_in_f64,
                    along_odd: along_odd_f64_in_f64,
                }
            }
        }
    };
    (
        @gates $level:ident, $token:ident, $make:ident, $features:tt,
        $($name:ident($args:ty, $sums:ident) = $body:expr;)*
    ) => {
        $(gate!($features, $name($args) = $body, $token::$make);)*

        pub(super) const GATES: &[Gate] =
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
    #[cfg(target_arch = "x86_64")]
    avx2::GATES,
    #[cfg(target_arch = "x86_64")]
    avx512::GATES,
];

macro_rules! choose {
    ($($name:ident -> $entries:ty;)*) => {$(
        pub(crate) fn $name(level: Level) -> $entries {
            match level {
                Level::Portable(_) => portable::$name(),
                #[cfg(target_arch = "x86_64")]
                Level::Avx2(_) => avx2::$name(),
                #[cfg(target_arch = "x86_64")]
                Level::Avx512(_) => avx512::$name(),
            }
        }
    )*};
}

/// FIR entries by level.
pub(crate) mod fir_entries {
    use super::*;
    choose! {
        single -> FirEntries<f32>;
        double -> FirEntries<f64>;
    }
}

/// Element entries by level.
pub(crate) mod element_entries {
    use super::*;
    choose! {
        f32_in_f32 -> ElementEntries<f32, f32>;
        f32_in_f64 -> ElementEntries<f32, f64>;
        f64_in_f64 -> ElementEntries<f64, f64>;
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
