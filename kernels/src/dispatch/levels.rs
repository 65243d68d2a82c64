//! One module of gates for each level, and its tables.

use super::tables::{Inputs, Outputs, SumGates, Tables};
use crate::blocks::FirArgs;
use crate::combine::{self, CombineArgs};
use crate::element::{Arithmetic, Element, ElementType, with_element};
use crate::fir;
#[cfg(target_arch = "x86_64")]
use crate::fir_in_row::HALF;
use crate::fir_in_row::{self, THIRD};
use crate::leaving::{self, LeaveArgs};
use crate::level::Portable;
#[cfg(target_arch = "x86_64")]
use crate::level::{Avx2, Avx512};
use crate::listed;
use crate::missing::{self, DivideArgs, SplitArgs};
use crate::pack::{self, LoadRowArgs, PackArgs};
use crate::peak_loops::{self, PeakArgs};
use crate::pointwise::{self, PointArgs};
use crate::round_intermediate::{self, RoundArgs};
use crate::rounding::{Cast, Narrow, Nearest, Rounding, TowardZero};
use crate::row_blocks::{InRowArgs, TwoArgs};
use crate::simd::{Load, Simd, Store};
use crate::store::{self, StoreArgs};
use crate::unpack::{self, UnpackArgs};

/// Defines one gate: a generic function with a level's features, whose body is inlined into it.
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

/// Defines the gates of a level and its tables, from its token, its features and the registers that
/// its sums take.
macro_rules! level {
    (
        $level:ident: $token:ident::$make:ident, $features:tt,
        f32: $f32_rows:literal rows / $f32_unroll:literal taps,
            $f32_vectors:literal vectors in row, $f32_two:literal of two kernels,
        f64: $f64_rows:literal rows / $f64_unroll:literal taps,
            $f64_vectors:literal vectors in row, $f64_two:literal of two kernels,
        $half:ident of their samples loaded if not a third
    ) => {
        pub(super) mod $level {
            use super::*;

            gate! {
                $features $token::$make:
                fir_folded[
                    A, const FUSED: bool, const ODD: bool, const R: usize, const U: usize
                ](FirArgs<A>)
                where [$token: Simd<A>, A: Arithmetic] = fir::folded::<$token, A, FUSED, ODD, R, U>
            }
            gate! {
                $features $token::$make:
                fir_listed[A, const FUSED: bool, const R: usize](FirArgs<A>)
                where [$token: Simd<A>, A: Arithmetic] = listed::across::<$token, A, FUSED, R>
            }
            gate! {
                $features $token::$make:
                in_row_folded[
                    A, const FUSED: bool, const ODD: bool, const W: usize, const LOADED: isize
                ](InRowArgs<A>)
                where [$token: Simd<A>, A: Arithmetic] =
                    fir_in_row::folded::<$token, A, FUSED, ODD, W, LOADED>
            }
            gate! {
                $features $token::$make:
                in_row_listed[A, const FUSED: bool, const W: usize](InRowArgs<A>)
                where [$token: Simd<A>, A: Arithmetic] = listed::in_row::<$token, A, FUSED, W>
            }
            gate! {
                $features $token::$make:
                in_row_two[A, const FUSED: bool, const SECOND_ODD: bool, const W: usize](TwoArgs<A>)
                where [$token: Simd<A>, A: Arithmetic] =
                    fir_in_row::two::<$token, A, FUSED, SECOND_ODD, W>
            }
            gate! {
                $features $token::$make:
                point_folded[A, const FUSED: bool, const ODD: bool](PointArgs<A>)
                where [$token: Simd<A>, A: Arithmetic] = pointwise::folded::<$token, A, FUSED, ODD>
            }
            gate! {
                $features $token::$make: point_listed[A, const FUSED: bool](PointArgs<A>)
                where [$token: Simd<A>, A: Arithmetic] = pointwise::listed::<$token, A, FUSED>
            }
            gate! {
                $features $token::$make: combine[A](CombineArgs<A>)
                where [$token: Simd<A>, A: Arithmetic] = combine::combine::<$token, A>
            }
            gate! {
                $features $token::$make: split_mask[A](SplitArgs<A>)
                where [$token: Simd<A>, A: Arithmetic] = missing::split_mask::<$token, A>
            }
            gate! {
                $features $token::$make: divide[A](DivideArgs<A>)
                where [$token: Simd<A>, A: Arithmetic] = missing::divide::<$token, A>
            }
            gate! {
                $features $token::$make: unpack[A](UnpackArgs<A>)
                where [$token: Simd<A>, A: Arithmetic] = unpack::unpack::<$token, A>
            }
            gate! {
                $features $token::$make: leave[A](LeaveArgs<A>)
                where [$token: Simd<A>, A: Arithmetic] = leaving::all::<$token, A>
            }
            gate! {
                $features $token::$make: pack[E, A](PackArgs<A>)
                where [$token: Load<E, A>, E: Cast<A>, A: Arithmetic] =
                    pack::columns::<$token, E, A>
            }
            gate! {
                $features $token::$make: load_row[E, A](LoadRowArgs<A>)
                where [$token: Load<E, A>, E: Cast<A>, A: Arithmetic] = pack::row::<$token, E, A>
            }
            gate! {
                $features $token::$make: round_intermediate[E, A, R](RoundArgs<A>)
                where [
                    $token: Load<E, A> + Store<E, A, R>,
                    E: Cast<A> + Default,
                    A: Arithmetic + Narrow<E, R>
                ] = round_intermediate::round::<$token, E, A, R>
            }
            gate! {
                $features $token::$make: store[E, A, R](StoreArgs<A>)
                where [$token: Store<E, A, R>, E: Copy, A: Arithmetic + Narrow<E, R>] =
                    store::rows::<$token, E, A, R>
            }
            gate! {
                $features $token::$make: peak_fused[](PeakArgs) where [] =
                    peak_loops::fused::<$token, f32>
            }
            gate! {
                $features $token::$make: peak_unfused[](PeakArgs) where [] =
                    peak_loops::unfused::<$token, f64>
            }

            fn sums<
                A,
                const FUSED: bool,
                const R: usize,
                const U: usize,
                const W: usize,
                const TWO: usize,
            >() -> SumGates<A>
            where
                $token: Simd<A>,
                A: Arithmetic,
            {
                SumGates {
                    lanes: <$token as Simd<A>>::LANES,
                    register_rows: R,
                    fir_even: fir_folded::<A, FUSED, false, R, U>,
                    fir_odd: fir_folded::<A, FUSED, true, R, U>,
                    fir_listed: fir_listed::<A, FUSED, R>,
                    in_row_even: in_row_folded::<A, FUSED, false, W, THIRD>,
                    in_row_odd: in_row_folded::<A, FUSED, true, W, THIRD>,
                    in_row_even_half: in_row_folded::<A, FUSED, false, W, $half>,
                    in_row_odd_half: in_row_folded::<A, FUSED, true, W, $half>,
                    in_row_listed: in_row_listed::<A, FUSED, W>,
                    in_row_even_even: in_row_two::<A, FUSED, false, TWO>,
                    in_row_even_odd: in_row_two::<A, FUSED, true, TWO>,
                    point_even: point_folded::<A, FUSED, false>,
                    point_odd: point_folded::<A, FUSED, true>,
                    point_listed: point_listed::<A, FUSED>,
                    combine: combine::<A>,
                    split_mask: split_mask::<A>,
                    divide: divide::<A>,
                    unpack: unpack::<A>,
                    leave: leave::<A>,
                }
            }

            #[inline(never)]
            fn sums_f32() -> SumGates<f32> {
                sums::<f32, true, $f32_rows, $f32_unroll, $f32_vectors, $f32_two>()
            }

            #[inline(never)]
            fn sums_f64() -> SumGates<f64> {
                sums::<f64, false, $f64_rows, $f64_unroll, $f64_vectors, $f64_two>()
            }

            fn inputs<E, A>() -> Inputs<A>
            where
                $token: Load<E, A>,
                E: Cast<A> + Element,
                A: Arithmetic,
            {
                Inputs { element: E::TYPE, pack: pack::<E, A>, load_row: load_row::<E, A> }
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

            fn outputs<E, A, R>(intermediate: Option<unsafe fn(&RoundArgs<A>)>) -> Outputs<A>
            where
                $token: Store<E, A, R>,
                E: Element,
                A: Arithmetic + Narrow<E, R>,
            {
                Outputs { element: E::TYPE, store: store::<E, A, R>, intermediate }
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
                    ($E:ty, intermediate $stored:ty) => {
                        outputs::<$E, f64, TowardZero>(Some(
                            round_intermediate::<$stored, f64, TowardZero>,
                        ))
                    };
                }
                match (element, rounding) {
                    (ElementType::F64, _) => outputs::<f64, f64, Nearest>(None),
                    (ElementType::F32, _) => {
                        outputs::<f32, f64, Nearest>(Some(round_intermediate::<f32, f64, Nearest>))
                    }
                    (_, Rounding::Nearest) => {
                        with_element!(element, E => outputs::<E, f64, Nearest>(None))
                    }
                    (ElementType::U8, Rounding::Scipy) => truncated!(u8, intermediate u8),
                    (ElementType::I8, Rounding::Scipy) => truncated!(i8, intermediate i8),
                    (ElementType::U16, Rounding::Scipy) => truncated!(u16, intermediate u16),
                    (ElementType::I16, Rounding::Scipy) => truncated!(i16, intermediate i16),
                    (ElementType::U32, Rounding::Scipy) => truncated!(u32, intermediate u32),
                    (ElementType::I32, Rounding::Scipy) => truncated!(i32, intermediate i32),
                    (ElementType::U64, Rounding::Scipy) => truncated!(u64, intermediate u64),
                    (ElementType::I64, Rounding::Scipy) => truncated!(i64, intermediate i64),
                    // scipy keeps bytes of any value between two passes.
                    (ElementType::Bool, Rounding::Scipy) => truncated!(bool, intermediate u8),
                }
            }

            pub(crate) static TABLES: Tables = Tables {
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

// Rows summed together follow from the number of registers. AVX-512 has 32: 6 rows take 24 with two
// accumulators and two windows each. (7 rows take 28; with a weight and a pair LLVM spills, 1.7
// times slower.) AVX2 and SSE2 have 16: 3 rows take 12 with two accumulators, 4 rows take 12 with
// one. `vectors in row` are those of a block of sums in rows, with few taps: a block shares weights,
// prefetches and the stores of rows that leave. (Measured with AVX2 on Zen 3, 3 vectors of f32 and
// 4 of f64 beside 2: rows of f32 at radius 4 0.93, both passes at sigma 0.5 and 1 0.93 to 0.98, of
// f64 0.92 to 0.95; 4 of f32 were as fast, and spill one instruction in forty. Sums of two kernels
// have twice the accumulators.) AVX2 and the portable level load all of their samples, and have one
// gate for any share.
level!(
    portable: Portable::new, [],
    f32: 3 rows / 6 taps, 2 vectors in row, 2 of two kernels,
    f64: 4 rows / 4 taps, 2 vectors in row, 2 of two kernels,
    THIRD of their samples loaded if not a third
);
#[cfg(target_arch = "x86_64")]
level!(
    avx2: Avx2::assume, ["avx2,fma"],
    f32: 3 rows / 6 taps, 3 vectors in row, 2 of two kernels,
    f64: 4 rows / 4 taps, 4 vectors in row, 2 of two kernels,
    THIRD of their samples loaded if not a third
);
#[cfg(target_arch = "x86_64")]
level!(
    avx512: Avx512::assume, ["avx512f"],
    f32: 6 rows / 6 taps, 4 vectors in row, 4 of two kernels,
    f64: 6 rows / 6 taps, 4 vectors in row, 4 of two kernels,
    HALF of their samples loaded if not a third
);
