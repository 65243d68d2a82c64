//! What an output is made of, as far as a later run must find it unchanged.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::error::Error;

/// Names and values of one line each.
#[derive(Debug, Default)]
pub(crate) struct Facts(Vec<(&'static str, String)>);

impl Facts {
    pub(crate) fn push(&mut self, name: &'static str, value: impl Into<String>) {
        // Line breaks are part of file names.
        self.0.push((name, value.into().replace(['\n', '\r'], " ")));
    }

    /// These and others.
    pub(crate) fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

/// A file by its size and the time of its last change.
pub(crate) fn state(path: &Path) -> Result<String, Error> {
    let found = fs::metadata(path);
    let found = found.map_err(|source| Error::Look { path: path.to_owned(), source })?;
    Ok(format!("{} bytes changed at {}", found.len(), changed(&found)))
}

/// Several files by their names, sizes and times.
pub(crate) fn states(paths: &[PathBuf]) -> Result<String, Error> {
    if let [path] = paths {
        return state(path);
    }
    let mut all = crc32fast::Hasher::new();
    for path in paths {
        all.update(format!("{path:?} {}\n", state(path)?).as_bytes());
    }
    Ok(format!("{} files {:08x}", paths.len(), all.finalize()))
}

/// In seconds since 1970, to the nanosecond.
fn changed(found: &Metadata) -> String {
    let since = found.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or("0".to_owned(), |since| format!("{}.{:09}", since.as_secs(), since.subsec_nanos()))
}
