//! The kernels of [gausstack](https://docs.rs/gausstack): planes of numbers in, planes of numbers
//! out.
//!
//! This crate computes and decides nothing: it knows vectors, rows and columns, but no sigma, no
//! border, no view and no thread. It is an implementation detail of `gausstack`; use that.
//!
//! * [`Level`] names the instruction levels of this CPU. Each holds a token that cannot be forged,
//!   so a level that the CPU lacks cannot be named and choosing one is safe.
//! * [`Cpu`] is the identification of this CPU, by which its core can be told.
//! * [`Kernels`] are the checked entry points. They assert every length, shape and stride, and only
//!   they call the `#[target_feature]` gates behind them.
//! * [`Plane`] and [`PlaneMut`] are strided planes of a caller's array, made by an unsafe
//!   constructor. Their elements have an [`ElementType`], which is a value.
//! * [`elementwise`] converts, joins and marks the elements of planes.
//! * [`AlignedBuffer`] is scratch.
//! * [`peak`] has the arithmetic and copy ceilings that measured times are compared with.
//!
//! Each algorithm is written once, generic over the vectors of a level; the levels differ in
//! `arch/`. All tests stand in `tests/`: one inside would compile every kernel once more.

mod accumulators;
mod arch;
mod blocks;
mod buffer;
mod checked;
mod combine;
mod copy;
mod cpu;
mod dispatch;
mod element;
pub mod elementwise;
mod fir;
mod fir_in_row;
mod fresh;
mod huge_pages;
mod leaving;
mod level;
mod lines;
mod listed;
mod missing;
mod operands;
mod overlap;
mod pack;
pub mod peak;
mod peak_loops;
mod plane;
mod pointwise;
mod round_intermediate;
mod rounding;
mod row_blocks;
mod simd;
mod store;
mod table;
mod unpack;

pub use buffer::{AlignedBuffer, CACHE_LINE, ReserveError};
pub use checked::Kernels;
pub use combine::Combine;
pub use copy::copy;
pub use cpu::{Cpu, Vendor};
#[doc(hidden)]
pub use dispatch::{Gate, Sums, gates};
pub use element::{Arithmetic, Element, ElementType};
pub use fir_in_row::LoadedShare;
pub use fresh::{unwritten_vec, zeroed_vec};
#[doc(hidden)]
pub use huge_pages::{LARGE_MEMORY, request_huge_pages};
pub use leaving::Leaving;
#[cfg(target_arch = "x86_64")]
pub use level::{Avx2, Avx512};
pub use level::{Level, LevelError, Portable};
pub use operands::{InRows, OutRows, Parity, PlaneRows, Taps};
pub use overlap::{Prefetch, Traffic};
pub use plane::{Extent, Plane, PlaneMut, Strides};
pub use rounding::Rounding;
pub use store::SharedLines;
pub use table::RowTable;
