//! TIFF files of any bytes.

use std::fs;

use crate::files;
use crate::folder::folder;

/// Reads and filters a file of these bytes.
pub fn target(data: &[u8]) {
    let path = folder("tiff").join("in.tif");
    fs::write(&path, data).expect("a file in memory");
    files::check(&path);
}
