//! Arrays in .npy files: read and written part by part, or whole.

mod descriptor;
mod header;
mod literal;
mod mapped;
mod scratch;
mod sink;
mod source;

#[cfg(feature = "zarr")]
pub(crate) use self::descriptor::{Descriptor, native};
pub use self::mapped::{Elements, NpyFile, write};
pub(crate) use self::scratch::Scratch;
pub use self::sink::NpySink;
pub(crate) use self::source::AT_ONCE;
pub use self::source::NpySource;
