//! Arrays in .npy files: read and written part by part, or whole.

mod descriptor;
mod header;
mod mapped;
mod sink;
mod source;

pub use self::mapped::{Elements, NpyFile, write};
pub use self::sink::NpySink;
pub use self::source::NpySource;
