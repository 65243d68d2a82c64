//! Files of stacks larger than memory, filtered by [`gausstack`]: read, filtered and written slab
//! by slab, all three at once.
//!
//! A [`FileJob`] filters one file into another:
//!
//! ```no_run
//! use gausstack::Gaussian;
//! use gausstack_io::FileJob;
//!
//! // A scan of (3000, 16, 5000) pixels: sixteen slices along axis 1.
//! let filter = Gaussian::new([3.0, 5.0]).axes([0, 2]);
//! let job = FileJob::new("scan.npy", "smooth.npy", &filter).memory(1 << 30);
//! println!("{}", job.slabs()?); // what will be read, and how often
//! job.run()?;
//! # Ok::<(), gausstack_io::Error>(())
//! ```
//!
//! | you need | item |
//! |---|---|
//! | a file filtered into another | [`FileJob`] |
//! | arrays that are no files, or files of another format | [`Source`] and [`Sink`], joined by a [`Stream`] |
//! | which parts of an array are held in memory at a time | [`Slabs`] |
//! | .npy files, part by part or whole | [`npy`] |
//! | data sets in HDF5 files | `hdf5`; how they lie in them, [`Storage`] |
//! | stacks of pages in TIFF files and folders | `tiff` |
//! | an array of a file by the file's name | [`open`] |
//! | files that appear complete or not at all | [`target::Target`] |
//!
//! Results have the bits of the filter's own `apply` on the whole array, whatever the slabs are. The
//! output appears under its name when it is complete. After an error nothing is left of it, or by
//! [`FileJob::resumable`] what a later run goes on with.

mod block;
mod budget;
mod ends;
mod error;
mod file;
mod filter;
#[cfg(feature = "hdf5")]
pub mod hdf5;
mod input;
mod job;
mod journal;
mod layout;
mod mapping;
pub mod memory;
pub mod npy;
mod output;
mod region;
mod runs;
mod slabs;
mod storage;
mod stream;
pub mod target;
#[cfg(feature = "tiff")]
pub mod tiff;

pub use block::{Block, BlockMut};
pub use budget::default_memory;
pub use ends::{Sink, Source};
pub use error::Error;
pub use file::{are_same_file, folder_of};
pub use filter::Filter;
pub use input::open;
pub use job::FileJob;
pub use layout::{Layout, Order};
pub use region::Region;
pub use slabs::Slabs;
pub use storage::Storage;
pub use stream::{Busy, Stream, StreamProgress, Summary};
