//! HDF5 files that are written.

use std::path::Path;

use rust_hdf5::{H5File, Hdf5Error};

/// A file that is open for writing. Unlike the library's own it is silent when it is dropped: whoever
/// drops it has an error to return already.
pub(super) struct Writing(Option<H5File>);

/// A file is there until it is closed, which consumes it.
const OPEN: &str = "it is open until it is closed";

impl Writing {
    pub(super) fn create(path: &Path) -> Result<Self, Hdf5Error> {
        // Nobody else knows the file; the lock on it is this process's own.
        Ok(Self(Some(H5File::options().no_locking().create(path)?)))
    }

    pub(super) fn open(path: &Path) -> Result<Self, Hdf5Error> {
        Ok(Self(Some(H5File::options().no_locking().open_rw(path)?)))
    }

    pub(super) fn file(&self) -> &H5File {
        self.0.as_ref().expect(OPEN)
    }

    /// Completes the file.
    pub(super) fn close(mut self) -> Result<(), Hdf5Error> {
        self.0.take().expect(OPEN).close()
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if let Some(file) = self.0.take() {
            let _ = file.close_no_sync();
        }
    }
}
