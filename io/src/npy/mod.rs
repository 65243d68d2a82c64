//! Arrays in .npy files: read and written part by part, or whole.

mod descriptor;
mod header;
mod literal;
mod mapped;
mod sink;
mod source;

#[cfg(feature = "zarr")]
pub(crate) use self::descriptor::{Descriptor, native};
pub use self::mapped::{Elements, NpyFile, write};
pub use self::sink::NpySink;
pub use self::source::NpySource;
