//! Data sets in HDF5 files: read and written part by part.
//!
//! What is read: contiguous, compact and chunked data sets of any index, old and latest file
//! formats, gzip, shuffle, lzf, scale-offset and fletcher32, bitshuffle, LZ4, Blosc and bzip2 as
//! plug-ins write them, links and virtual data sets, in either byte order. Fletcher32 checksums are
//! verified.
//! What is written: a contiguous or chunked data set, the latter with gzip, and the groups it is in,
//! of a new file or of one with other data sets.

mod attributes;
mod checksum;
mod chunks;
mod element;
mod encoder;
mod faults;
mod filters;
mod handle;
mod name;
mod sink;
mod source;
mod spool;
mod stored;
mod writing;

pub(crate) use self::attributes::Attributes;
pub use self::name::DataSet;
pub(crate) use self::sink::Existing;
pub use self::sink::Hdf5Sink;
pub use self::source::Hdf5Source;
pub(crate) use self::spool::{Becomes, SpoolSink, chunk_memory};
