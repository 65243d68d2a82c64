//! Arrays in Zarr stores: read and written part by part.
//!
//! A store is a folder; its arrays are folders in it, with their metadata in `zarr.json` (version 3)
//! or `.zarray` (version 2) and their elements in a file for each chunk. What is read: regular grids
//! of chunks, also in shards, with any names of chunks; both orders of elements and of bytes; gzip,
//! zlib, zstd, lz4, and Blosc of LZ4, Zstandard, zlib and BloscLZ; byte shuffle and bit shuffle;
//! CRC32C checksums, which are verified. A chunk without a file has the fill value.
//!
//! What is written: version 3, or the version of the input or of the group that the array gets to;
//! chunks, and shards of chunks; plain or by gzip. Attributes and names of axes are copied.

mod blosc;
mod codec;
mod copy;
mod crc32c;
mod destination;
mod files;
mod fill;
mod grid;
mod json;
mod keys;
mod metadata;
mod name;
mod node;
mod shard;
mod sink;
mod source;
mod v2;
mod v3;

pub(crate) use self::destination::Destination;
pub use self::name::ZarrArray;
pub use self::sink::ZarrSink;
pub use self::source::ZarrSource;
pub(crate) use self::source::files_of;
