//! The kernels of [gausstack](https://docs.rs/gausstack): planes of numbers in, planes of numbers
//! out.
//!
//! This crate computes and decides nothing: it knows vectors, rows and columns, but no sigma, no
//! border, no view and no thread. It is an implementation detail of `gausstack`; use that.
//!
//! * [`Level`] names the instruction levels of this CPU. Each holds a token that cannot be forged, so a
//!   level that the CPU lacks cannot be named and choosing one is safe.
//! * [`Kernels`] is the one safe door. It asserts every length, shape and stride and makes the only
//!   calls of the `#[target_feature]` gates behind it.
//! * [`Plane`] and [`PlaneMut`] are strided planes of a caller's array, made by an unsafe constructor.
//! * [`AlignedBuffer`] is scratch.
//! * [`peak`] has the arithmetic and copy ceilings that measured times are compared with.
//!
//! The algorithm is written once, generic over the vectors of a level; the levels differ in `arch/`.

mod along;
mod arch;
mod between;
mod buffer;
mod chains;
mod chores;
mod combine;
mod copy;
mod dispatch;
mod door;
mod egress;
mod element;
pub mod elementwise;
mod fir;
mod ingest;
mod level;
mod lines;
mod listed;
mod operands;
pub mod peak;
mod peak_loops;
mod plane;
mod retile;
mod rounding;
mod simd;
mod table;
mod validity;
mod walk;

pub use buffer::{AlignedBuffer, CACHE_LINE, ReserveError, zeroed_vec};
pub use chores::Ahead;
pub use combine::Combine;
pub use copy::copy;
#[doc(hidden)]
pub use dispatch::{Gate, Sums, gates};
pub use door::Kernels;
pub use egress::Seams;
pub use element::{Arithmetic, Element, ElementType};
#[cfg(target_arch = "x86_64")]
pub use level::{Avx2, Avx512};
pub use level::{Level, LevelError, Portable};
pub use operands::{InRows, OutRows, Parity, Taps};
pub use plane::{Extent, Plane, PlaneMut, Strides};
pub use rounding::Rounding;
pub use table::RowTable;
