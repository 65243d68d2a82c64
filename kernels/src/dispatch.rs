//! Kernel entries: one `#[target_feature]` function per level, algorithm and element type, and the
//! tables that find it.
//!
//! Everything between such a gate and an intrinsic is `#[inline(always)]`, because a generic function has
//! only the features of the gate it is inlined into; compiled apart, every intrinsic in it becomes a
//! call. `tests/machine_code.rs` reads the machine code of all [`gates`].
//!
//! The tables are built by functions that are not generic and not inlined, so that every gate is compiled
//! in this crate and nowhere else.

use crate::along::{self, AlongArgs};
use crate::between::{self, BetweenArgs};
use crate::combine::{self, CombineArgs};
use crate::egress::{self, EgressArgs};
use crate::element::sealed::PerArithmetic;
use crate::element::{Arithmetic, Element, ElementType, with_element};
use crate::fir;
use crate::ingest::{self, IngestArgs, RowArgs};
use crate::level::{Level, Portable};
use crate::listed;
use crate::peak_loops::{self, PeakArgs};
use crate::retile::{self, RetileArgs};
use crate::rounding::{Cast, Narrow, Nearest, Rounding, TowardZero};
use crate::simd::{Load, Simd, Store};
use crate::validity::{self, DivideArgs, ValidityArgs};
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
#[derive(Clone, Debug)]
#[doc(hidden)]
pub struct Gate {
    pub level: &'static str,
    pub name: String,
    pub sums: Sums,
    pub address: *const (),
}

/// The gates of one level that sum and move numbers of one arithmetic, and what they are tuned to.
macro_rules! sum_gates {
    (
        sums { $($sum:ident: $sum_args:ident,)* }
        moves { $($move:ident: $move_args:ident,)* }
    ) => {
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct SumGates<A> {
            pub(crate) lanes: usize,
            pub(crate) register_rows: usize,
            pub(crate) max_radius_along: usize,
            $(pub(crate) $sum: unsafe fn(&$sum_args<A>),)*
            $(pub(crate) $move: unsafe fn(&$move_args<A>),)*
        }

        impl<A: Arithmetic> SumGates<A> {
            /// The gates with their names, and how those that sum do so.
            fn named(self, sums: Sums) -> Vec<(String, Sums, *const ())> {
                let name = |field: &str| format!("{field}<{}>", A::TYPE);
                vec![
                    $((name(stringify!($sum)), sums, self.$sum as *const ()),)*
                    $((name(stringify!($move)), Sums::None, self.$move as *const ()),)*
                ]
            }
        }
    };
}

sum_gates! {
    sums {
        fir_even: FirArgs,
        fir_odd: FirArgs,
        fir_listed: FirArgs,
        along_even: AlongArgs,
        along_odd: AlongArgs,
        along_listed: AlongArgs,
        along_even_even: AlongArgs,
        along_even_odd: AlongArgs,
    }
    moves {
        combine: CombineArgs,
        validity: ValidityArgs,
        divide: DivideArgs,
        retile: RetileArgs,
    }
}

/// The gates of one level that read elements of one type from memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inputs<A> {
    pub(crate) element: ElementType,
    pub(crate) columns: unsafe fn(&IngestArgs<A>),
    pub(crate) row: unsafe fn(&RowArgs<A>),
}

/// The gates of one level that round sums to elements of one type, in one of the roundings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outputs<A> {
    pub(crate) element: ElementType,
    pub(crate) egress: unsafe fn(&EgressArgs<A>),
    /// The rounding of sums between two passes, where there is one.
    pub(crate) between: Option<unsafe fn(&BetweenArgs<A>)>,
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

macro_rules! gate {
    (
        [$($feature:literal)?] $token:ident::$make:ident:
        $name:ident [$($generics:tt)*] ($args:ty) where [$($bounds:tt)*] = $body:expr
    ) => {
        /// # Safety
        /// The level's instructions are there, and the contract of the body holds for `args`.
        $(#[target_feature(enable = $feature)])?
        unsafe fn $name<$($generics)*>(args: &$args)
        where
            $($bounds)*
        {
            // SAFETY: the caller's; the token exists only where its features are enabled.
            unsafe { $body($token::$make(), args) }
        }
    };
}

macro_rules! level {
    (
        $level:ident: $token:ident::$make:ident, $features:tt,
        f32: $f32_rows:literal rows / $f32_unroll:literal taps, along $f32_along:literal / $f32_vectors:literal vectors,
        f64: $f64_rows:literal rows / $f64_unroll:literal taps, along $f64_along:literal / $f64_vectors:literal vectors
    ) => {
        mod $level {
            use super::*;

            gate! {
                $features $token::$make:
                fir_folded[A, const FUSED: bool, const ODD: bool, const R: usize, const U: usize](FirArgs<A>)
                where [$token: Simd<A>, A: Arithmetic] = fir::fir::<$token, A, FUSED, ODD, R, U>
            }
            gate! {
                $features $token::$make:
                fir_listed[A, const FUSED: bool, const R: usize](FirArgs<A>)
                where [$token: Simd<A>, A: Arithmetic] = listed::fir::<$token, A, FUSED, R>
            }
            gate! {
                $features $token::$make:
                along_folded[A, const FUSED: bool, const ODD: bool, const W: usize](AlongArgs<A>)
                where [$token: Simd<A>, A: Arithmetic] = along::along::<$token, A, FUSED, ODD, W>
            }
            gate! {
                $features $token::$make:
                along_listed[A, const FUSED: bool, const W: usize](AlongArgs<A>)
                where [$token: Simd<A>, A: Arithmetic] = listed::along::<$token, A, FUSED, W>
            }
            gate! {
                $features $token::$make:
                along_two[A, const FUSED: bool, const ALSO: u8, const W: usize](AlongArgs<A>)
                where [$token: Simd<A>, A: Arithmetic] = along::along_two::<$token, A, FUSED, ALSO, W>
            }
            gate! {
                $features $token::$make: combine[A](CombineArgs<A>)
                where [$token: Simd<A>, A: Arithmetic] = combine::combine::<$token, A>
            }
            gate! {
                $features $token::$make: validity[A](ValidityArgs<A>)
                where [$token: Simd<A>, A: Arithmetic] = validity::validity::<$token, A>
            }
            gate! {
                $features $token::$make: divide[A](DivideArgs<A>)
                where [$token: Simd<A>, A: Arithmetic] = validity::divide::<$token, A>
            }
            gate! {
                $features $token::$make: retile[A](RetileArgs<A>)
                where [$token: Simd<A>, A: Arithmetic] = retile::retile::<$token, A>
            }
            gate! {
                $features $token::$make: columns[E, A](IngestArgs<A>)
                where [$token: Load<E, A>, E: Cast<A>, A: Arithmetic] = ingest::columns::<$token, E, A>
            }
            gate! {
                $features $token::$make: row[E, A](RowArgs<A>)
                where [$token: Load<E, A>, E: Cast<A>, A: Arithmetic] = ingest::row::<$token, E, A>
            }
            gate! {
                $features $token::$make: between[E, A, R](BetweenArgs<A>)
                where [
                    $token: Load<E, A> + Store<E, A, R>,
                    E: Cast<A> + Default,
                    A: Arithmetic + Narrow<E, R>
                ] = between::between::<$token, E, A, R>
            }
            gate! {
                $features $token::$make: egress[E, A, R](EgressArgs<A>)
                where [$token: Store<E, A, R>, E: Copy, A: Arithmetic + Narrow<E, R>] =
                    egress::rows::<$token, E, A, R>
            }
            gate! {
                $features $token::$make: peak_fused[](PeakArgs) where [] = peak_loops::fused::<$token, f32>
            }
            gate! {
                $features $token::$make: peak_unfused[](PeakArgs) where [] = peak_loops::unfused::<$token, f64>
            }

            fn sums<A, const FUSED: bool, const R: usize, const U: usize, const W: usize>(
                max_radius_along: usize,
            ) -> SumGates<A>
            where
                $token: Simd<A>,
                A: Arithmetic,
            {
                SumGates {
                    lanes: <$token as Simd<A>>::LANES,
                    register_rows: R,
                    max_radius_along,
                    fir_even: fir_folded::<A, FUSED, false, R, U>,
                    fir_odd: fir_folded::<A, FUSED, true, R, U>,
                    fir_listed: fir_listed::<A, FUSED, R>,
                    along_even: along_folded::<A, FUSED, false, W>,
                    along_odd: along_folded::<A, FUSED, true, W>,
                    along_listed: along_listed::<A, FUSED, W>,
                    along_even_even: along_two::<A, FUSED, { along::EVEN }, W>,
                    along_even_odd: along_two::<A, FUSED, { along::ODD }, W>,
                    combine: combine::<A>,
                    validity: validity::<A>,
                    divide: divide::<A>,
                    retile: retile::<A>,
                }
            }

            #[inline(never)]
            fn sums_f32() -> SumGates<f32> {
                sums::<f32, true, $f32_rows, $f32_unroll, $f32_vectors>($f32_along)
            }

            #[inline(never)]
            fn sums_f64() -> SumGates<f64> {
                sums::<f64, false, $f64_rows, $f64_unroll, $f64_vectors>($f64_along)
            }

            fn inputs<E, A>() -> Inputs<A>
            where
                $token: Load<E, A>,
                E: Cast<A> + Element,
                A: Arithmetic,
            {
                Inputs { element: E::TYPE, columns: columns::<E, A>, row: row::<E, A> }
            }

            #[inline(never)]
            fn inputs_f32(element: ElementType) -> Option<Inputs<f32>> {
                Some(match element {
                    ElementType::F32 => inputs::<f32, f32>(),
                    ElementType::U8 => inputs::<u8, f32>(),
                    ElementType::I8 => inputs::<i8, f32>(),
                    ElementType::U16 => inputs::<u16, f32>(),
                    ElementType::I16 => inputs::<i16, f32>(),
                    ElementType::F64
                    | ElementType::U32
                    | ElementType::I32
                    | ElementType::U64
                    | ElementType::I64
                    | ElementType::Bool => return None,
                })
            }

            #[inline(never)]
            fn inputs_f64(element: ElementType) -> Inputs<f64> {
                with_element!(element, E => inputs::<E, f64>())
            }

            fn outputs<E, A, R>(between: Option<unsafe fn(&BetweenArgs<A>)>) -> Outputs<A>
            where
                $token: Store<E, A, R>,
                E: Element,
                A: Arithmetic + Narrow<E, R>,
            {
                Outputs { element: E::TYPE, egress: egress::<E, A, R>, between }
            }

            #[inline(never)]
            fn outputs_f32(element: ElementType, rounding: Rounding) -> Option<Outputs<f32>> {
                Some(match (element, rounding) {
                    (ElementType::F32, _) => outputs::<f32, f32, Nearest>(None),
                    (ElementType::U8, Rounding::Nearest) => outputs::<u8, f32, Nearest>(None),
                    (ElementType::I8, Rounding::Nearest) => outputs::<i8, f32, Nearest>(None),
                    (ElementType::U16, Rounding::Nearest) => outputs::<u16, f32, Nearest>(None),
                    (ElementType::I16, Rounding::Nearest) => outputs::<i16, f32, Nearest>(None),
                    _ => return None,
                })
            }

            #[inline(never)]
            fn outputs_f64(element: ElementType, rounding: Rounding) -> Outputs<f64> {
                macro_rules! truncated {
                    ($E:ty, between $stored:ty) => {
                        outputs::<$E, f64, TowardZero>(Some(between::<$stored, f64, TowardZero>))
                    };
                }
                match (element, rounding) {
                    (ElementType::F64, _) => outputs::<f64, f64, Nearest>(None),
                    (ElementType::F32, _) => {
                        outputs::<f32, f64, Nearest>(Some(between::<f32, f64, Nearest>))
                    }
                    (_, Rounding::Nearest) => {
                        with_element!(element, E => outputs::<E, f64, Nearest>(None))
                    }
                    (ElementType::U8, Rounding::Scipy) => truncated!(u8, between u8),
                    (ElementType::I8, Rounding::Scipy) => truncated!(i8, between i8),
                    (ElementType::U16, Rounding::Scipy) => truncated!(u16, between u16),
                    (ElementType::I16, Rounding::Scipy) => truncated!(i16, between i16),
                    (ElementType::U32, Rounding::Scipy) => truncated!(u32, between u32),
                    (ElementType::I32, Rounding::Scipy) => truncated!(i32, between i32),
                    (ElementType::U64, Rounding::Scipy) => truncated!(u64, between u64),
                    (ElementType::I64, Rounding::Scipy) => truncated!(i64, between i64),
                    // scipy keeps bytes of any value between two passes.
                    (ElementType::Bool, Rounding::Scipy) => truncated!(bool, between u8),
                }
            }

            pub(super) static TABLES: Tables = Tables {
                sums_f32,
                sums_f64,
                inputs_f32,
                inputs_f64,
                outputs_f32,
                outputs_f64,
                peak_f32: peak_fused,
                peak_f64: peak_unfused,
            };
        }
    };
}

// Rows summed together follow from the register count. AVX-512 has 32 registers: 6 rows, two chains and
// two windows are 24. (7 rows are 28, and with the weight and a pair LLVM spills: 1.7 times slower.) AVX2
// and SSE2 have 16: 3 rows are 12 with two chains, 4 rows are 12 with one.
//
// `along`: the greatest radius at which sums along rows are faster than two transposes and sums across
// the rows, in steps of 4 or 2, on slices of 2048 x 2048 outside the caches; then the vectors of a block
// with few taps.
level!(
    portable: Portable::new, [],
    f32: 3 rows / 6 taps, along 8 / 2 vectors,
    f64: 4 rows / 4 taps, along 4 / 2 vectors
);
#[cfg(target_arch = "x86_64")]
level!(
    avx2: Avx2::assume, ["avx2,fma"],
    f32: 3 rows / 6 taps, along 6 / 2 vectors,
    f64: 4 rows / 4 taps, along 6 / 2 vectors
);
#[cfg(target_arch = "x86_64")]
level!(
    avx512: Avx512::assume, ["avx512f"],
    f32: 6 rows / 6 taps, along 12 / 4 vectors,
    f64: 6 rows / 6 taps, along 8 / 4 vectors
);

fn tables(level: Level) -> &'static Tables {
    match level {
        Level::Portable(_) => &portable::TABLES,
        #[cfg(target_arch = "x86_64")]
        Level::Avx2(_) => &avx2::TABLES,
        #[cfg(target_arch = "x86_64")]
        Level::Avx512(_) => &avx512::TABLES,
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

/// Every gate of this build, also of levels that this CPU lacks, read from the tables themselves.
#[doc(hidden)]
#[must_use]
pub fn gates() -> Vec<Gate> {
    let mut gates = named("portable", &portable::TABLES);
    #[cfg(target_arch = "x86_64")]
    gates.extend(named("avx2", &avx2::TABLES));
    #[cfg(target_arch = "x86_64")]
    gates.extend(named("avx512", &avx512::TABLES));
    gates
}

fn named(level: &'static str, tables: &Tables) -> Vec<Gate> {
    let mut all = (tables.sums_f32)().named(Sums::Fused);
    all.extend((tables.sums_f64)().named(Sums::Unfused));
    all.push(("peak<f32>".to_owned(), Sums::Fused, tables.peak_f32 as *const ()));
    all.push(("peak<f64>".to_owned(), Sums::Unfused, tables.peak_f64 as *const ()));
    let mut moves = Vec::new();
    for element in ElementType::ALL {
        let mut reads = |arithmetic, columns, row| {
            moves.push((format!("columns<{element}, {arithmetic}>"), columns));
            moves.push((format!("row<{element}, {arithmetic}>"), row));
        };
        if let Some(inputs) = (tables.inputs_f32)(element) {
            reads("f32", inputs.columns as *const (), inputs.row as *const ());
        }
        let inputs = (tables.inputs_f64)(element);
        reads("f64", inputs.columns as *const (), inputs.row as *const ());
        let roundings: &[_] = match element.is_float() {
            true => &[Rounding::Nearest],
            false => &[Rounding::Nearest, Rounding::Scipy],
        };
        for &rounding in roundings {
            let mut writes = |arithmetic, egress, between: Option<*const ()>| {
                moves.push((format!("egress<{element}, {arithmetic}, {rounding:?}>"), egress));
                // Between passes, bool has the gate of u8.
                if let Some(between) = between.filter(|_| element != ElementType::Bool) {
                    moves
                        .push((format!("between<{element}, {arithmetic}, {rounding:?}>"), between));
                }
            };
            if let Some(outputs) = (tables.outputs_f32)(element, rounding) {
                let between = outputs.between.map(|gate| gate as *const ());
                writes("f32", outputs.egress as *const (), between);
            }
            let outputs = (tables.outputs_f64)(element, rounding);
            let between = outputs.between.map(|gate| gate as *const ());
            writes("f64", outputs.egress as *const (), between);
        }
    }
    all.extend(moves.into_iter().map(|(name, address)| (name, Sums::None, address)));
    let gate = |(name, sums, address)| Gate { level, name, sums, address };
    all.into_iter().map(gate).collect()
}
