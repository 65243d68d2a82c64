//! Data sets in HDF5 files: read and written part by part.
//!
//! What is read: contiguous, compact and chunked data sets of any index, old and latest file
//! formats, gzip, shuffle, lzf, scale-offset and fletcher32, links and virtual data sets, in
//! either byte order. Fletcher32 checksums are verified, for which each chunk is read a second time.
//! What is written: a new file with one contiguous data set, and the groups it is in.

mod checksum;
mod chunks;
mod element;
mod faults;
mod name;
mod sink;
mod source;

pub use self::name::DataSet;
pub use self::sink::Hdf5Sink;
pub use self::source::Hdf5Source;
