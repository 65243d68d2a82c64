//! Arrays that are read from files.

use std::path::Path;

use anyhow::anyhow;
use gausstack_io::Layout;
use gausstack_io::npy::{Elements, NpyFile};

use crate::file::refuse_dash;
use crate::message::say;

pub(crate) fn open(path: &Path) -> anyhow::Result<NpyFile> {
    refuse_dash(path)?;
    NpyFile::open(path).map_err(|error| anyhow!(error))
}

/// What a file or a data set of one holds. What follows the elements is reported, as by [`elements`].
pub(crate) fn look(path: &Path) -> anyhow::Result<Layout> {
    refuse_dash(path)?;
    let source = gausstack_io::open(path)?;
    report_behind(source.bytes_behind(), path);
    Ok(source.layout().clone())
}

/// The elements of a file. What follows them is reported and not read, for that is what a file of
/// several arrays looks like.
pub(crate) fn elements<'f>(file: &'f NpyFile, path: &Path) -> anyhow::Result<Elements<'f>> {
    report_behind(file.bytes_behind()? as u64, path);
    Ok(file.elements()?)
}

fn report_behind(bytes: u64, path: &Path) {
    if bytes > 0 {
        say(&format!("'{}': {bytes} bytes after the array are not read", path.display()));
    }
}
