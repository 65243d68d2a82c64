//! What errors must say.

use std::fmt::Display;

/// An error is a line of words.
pub(crate) fn told(error: &impl Display) {
    let text = error.to_string();
    assert!(!text.is_empty() && !text.contains('\n'), "an error that is not a line: {text:?}");
}
