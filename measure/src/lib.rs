//! Measurement tools of gausstack, shared by its demo, benches and reports.
//!
//! * [`Machine`]: the machine card, read by the program itself;
//! * [`CopyFloor`] and [`ArithmeticFloor`]: the two floors below which no filter's time can fall,
//!   measured in the same process, on the same rows and with as many threads as the filter;
//! * [`Rounds`]: contenders run alternately, so that a slow minute of the machine hits all of them,
//!   and ratios are taken within a round; rounds that lost CPU to others are dropped and counted;
//! * [`Topology`] and [`Team`]: which CPUs share a core, and threads pinned to them;
//! * [`Summary`]: median and spread; [`compare`] tells which of two runs' differences are more than
//!   [`noise`];
//! * [`Amdahl`], [`Scalability`]: laws of scaling, fitted to the throughputs of several thread
//!   counts;
//! * [`PeakMemory`]: the memory that something takes at its worst moment.
//!
//! Readings of the kernel's counters exist on Linux only. Elsewhere, and where a container hides
//! them, a reading is `None` and every printed form says so.
//!
//! ```
//! use gausstack_measure::{CopyFloor, Rounds};
//! use ndarray::Array3;
//!
//! let stack = Array3::<f32>::ones((64, 3, 200));
//! let mut out = Array3::<f32>::ones(stack.dim());
//! let floor = CopyFloor::new(1)?;
//! let mut rounds = Rounds::new(3);
//! let copy = rounds.add("copy", |out: &mut Array3<f32>| floor.copy(&stack, out, &[0, 2]));
//! let filter = rounds.add("filter", |out| {
//!     gausstack::Gaussian::new(2.0).axes([0, 2]).apply_into(&stack, out)?;
//!     Ok(())
//! });
//! let outcome = rounds.run(&mut out)?;
//! println!("{} times a copy", outcome.ratio(filter, copy).median);
//! # Ok::<(), gausstack_measure::Error>(())
//! ```

mod arithmetic;
mod cache;
mod comparison;
mod copy;
mod error;
mod interference;
mod machine;
mod memory;
mod procfs;
mod rounds;
mod scaling;
mod summary;
mod sysfs;
mod team;
#[cfg(test)]
mod test_folder;
mod topology;
mod units;
mod workers;

pub use arithmetic::{ArithmeticFloor, operations};
pub use cache::Cache;
pub use comparison::{Change, Pair, Verdict, compare, noise};
pub use copy::CopyFloor;
pub use error::Error;
pub use interference::{Interference, LostCpu};
pub use machine::Machine;
pub use memory::PeakMemory;
pub use rounds::{Contender, Outcome, Rounds};
pub use scaling::{Amdahl, Point, Scalability, memory_wall};
pub use summary::Summary;
pub use team::Team;
pub use topology::{Cpu, Topology};
