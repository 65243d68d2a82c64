//! Arrays that are read from files.

use std::path::Path;

use gausstack_io::Layout;

use crate::file::refuse_dash;
use crate::message::say;

/// What a file or a data set of one holds. What follows the elements is reported and not read, for that
/// is what a file of several arrays looks like.
pub(crate) fn look(path: &Path) -> anyhow::Result<Layout> {
    refuse_dash(path)?;
    let source = gausstack_io::open(path)?;
    let bytes = source.bytes_behind();
    if bytes > 0 {
        say(&format!("'{}': {bytes} bytes after the array are not read", path.display()));
    }
    Ok(source.layout().clone())
}
