//! Memory for scratch, or an error.

use gausstack_kernels::{AlignedBuffer, Arithmetic, ReserveError, RowTable};

use crate::error::Error;

/// A buffer of `len` zeros.
pub(crate) fn buffer<A: Arithmetic>(len: usize) -> Result<AlignedBuffer<A>, Error> {
    AlignedBuffer::zeroed(len).map_err(out_of_memory)
}

/// An empty table with room for `len` rows.
pub(crate) fn table(len: usize) -> Result<RowTable, Error> {
    RowTable::with_capacity(len).map_err(out_of_memory)
}

fn out_of_memory(ReserveError { bytes }: ReserveError) -> Error {
    Error::OutOfMemory { bytes }
}
