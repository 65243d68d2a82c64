//! Files as memory.

#![expect(unsafe_code, reason = "a memory map is unsafe by nature; this is the only one")]

use std::fs::File;
use std::io;

use memmap2::Mmap;

/// Maps a whole file for reading. The file must not change while the map lives; the documentation
/// of what is mapped says so. If it does, the result has other pixels, or the process gets a bus
/// error.
pub(crate) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the map is read-only and private to this process. That no other process changes the
    // file cannot be had from any operating system; like every program that maps its input this one
    // takes it as given. All bytes are read as integers or floats, for which any bits are valid;
    // of bools only a copy that was checked is read.
    unsafe { Mmap::map(file) }
}
