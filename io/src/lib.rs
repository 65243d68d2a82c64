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
//! | arrays that are no files, or files of another format | [`Source`], such as [`MemorySource`], and [`Sink`], joined by a [`Stream`], whose [`Workers`] they share |
//! | which parts of an array are held in memory at a time | [`Slabs`] |
//! | pixels that are left out, by an array that says which are valid | [`Mask`] |
//! | a file filtered by several processes | [`Share`] of a [`FileJob`] |
//! | .npy files, part by part or whole | [`npy`] |
//! | data sets in HDF5 files | `hdf5` |
//! | stacks of pages in TIFF files and folders | `tiff` |
//! | arrays in Zarr stores | `zarr` |
//! | how an array that is written lies in its file | [`Storage`] |
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
mod held;
mod input;
mod job;
mod journal;
mod layout;
mod mapping;
mod mask;
pub mod memory;
pub mod npy;
mod output;
mod region;
mod resumable;
mod runs;
mod share;
mod slabs;
mod storage;
mod stream;
pub mod target;
mod targets;
#[cfg(feature = "tiff")]
pub mod tiff;
mod workers;
#[cfg(feature = "zarr")]
pub mod zarr;
#[cfg(any(feature = "tiff", feature = "zarr"))]
mod zstd;

pub use block::{Block, BlockMut};
pub use budget::default_memory;
pub use ends::{Sink, Source};
pub use error::Error;
pub use file::{are_same_file, folder_of};
pub use filter::Filter;
pub use held::MemorySource;
pub use input::open;
pub use job::FileJob;
pub use layout::{Layout, Order};
pub use mask::Mask;
pub use region::Region;
pub use share::Share;
pub use slabs::Slabs;
pub use storage::Storage;
pub use stream::{Busy, Stream, StreamProgress, Summary};
pub use workers::Workers;
