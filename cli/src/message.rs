//! Messages on standard error.

use std::io::{self, Write};

/// Writes one line to standard error.
pub(crate) fn say(text: &str) {
    // One line whatever is in it: names of files may hold line breaks.
    let line = text.replace(['\n', '\r'], " ");
    // There is no other place to report a closed standard error.
    let _ = writeln!(io::stderr(), "gausstack: {line}");
}
