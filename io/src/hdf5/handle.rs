//! A file opened once, and what is read through it: the library has a lock for each.

use rust_hdf5::{H5Dataset, H5File, Hdf5Error};

use super::faults::fault;
use super::name::DataSet;
use crate::error::Error;
use crate::memory::Memory;

/// A data set of a file that is open for one worker.
pub(super) struct Handle {
    pub(super) set: H5Dataset,
    /// Room for what is brought to its place later.
    scratch: Memory,
}

impl Handle {
    /// Opens a data set; with a lock against writers, as far as the file system has some, unless
    /// this process has its own.
    pub(super) fn open(data: &DataSet, is_own: bool) -> Result<Self, Error> {
        let options = H5File::options();
        let options = if is_own { options.no_locking() } else { options.best_effort_locking() };
        let wrong = |error: Hdf5Error| fault(data, &error);
        let open = options.open(&data.file).map_err(wrong)?;
        let set = match open.dataset(&data.name) {
            Ok(set) => set,
            Err(Hdf5Error::NotFound(_)) => {
                let (path, name) = (data.file.clone(), data.name.clone());
                return Err(Error::NoDataSet { path, name, found: open.dataset_names() });
            }
            Err(error) => return Err(wrong(error)),
        };
        Ok(Self { set, scratch: memory(0)? })
    }

    /// The data set, and room for so many bytes.
    pub(super) fn with_scratch(&mut self, bytes: usize) -> Result<(&H5Dataset, &mut [u8]), Error> {
        if self.scratch.bytes().len() < bytes {
            self.scratch = memory(bytes)?;
        }
        Ok((&self.set, &mut self.scratch.bytes_mut()[..bytes]))
    }
}

fn memory(bytes: usize) -> Result<Memory, Error> {
    Memory::zeros(bytes).ok_or(Error::Buffers { bytes })
}
