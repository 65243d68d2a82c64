//! Command lines of any words.

use std::ffi::OsString;

use gausstack_cli::texts;

/// Reads a command line, one word to a line, and plans what it asks for. Nothing is run.
pub fn target(data: &[u8]) {
    let words = data.split(|&byte| byte == b'\n').map(word);
    let line = std::iter::once("gausstack".into()).chain(words);
    let (Ok(text) | Err(text)) = texts::understood(line);
    assert!(!text.trim().is_empty(), "a command line of which nothing is said");
}

#[cfg(unix)]
fn word(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStringExt;
    OsString::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn word(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}
