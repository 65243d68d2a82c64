//! Data sets in HDF5 files: read and written part by part.
//!
//! What is read: contiguous, compact and chunked data sets of any index, old and latest file
//! formats, gzip, shuffle, lzf, scale-offset and fletcher32, links and virtual data sets, in
//! either byte order. Fletcher32 checksums are verified, for which each chunk is read a second time.
//! What is written: a contiguous or chunked data set, the latter with gzip, and the groups it is in,
//! of a new file or of one with other data sets.

mod attributes;
mod checksum;
mod chunks;
mod element;
mod faults;
mod name;
mod sink;
mod source;
mod writing;

pub(crate) use self::attributes::Attributes;
pub use self::name::DataSet;
pub use self::sink::Hdf5Sink;
pub(crate) use self::sink::{Existing, chunk_memory};
pub use self::source::Hdf5Source;
