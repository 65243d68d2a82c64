//! HDF5 files of any bytes.

use std::fs;
use std::path::Path;

use crate::files;
use crate::folder::folder;
use crate::seeds::DATA_SET;

/// Reads and filters a data set of a file of these bytes.
pub fn target(data: &[u8]) {
    let path = folder("hdf5").join("in.h5");
    fs::write(&path, data).expect("a file in memory");
    files::check(Path::new(&format!("{}:/{DATA_SET}", path.display())));
}
