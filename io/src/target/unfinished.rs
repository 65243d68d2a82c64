//! The registry of unfinished files, for signals that stop a program.

use std::fs;
use std::mem;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The targets of this process, as far as a signal that stops it must know them.
pub(super) struct Unfinished {
    /// Unfinished files that have a name, and folders.
    pub(super) named: Vec<PathBuf>,
    /// Whether a target has been published.
    pub(super) published: bool,
}

static UNFINISHED: Mutex<Unfinished> =
    Mutex::new(Unfinished { named: Vec::new(), published: false });

/// The registry, locked: nothing is published or abandoned meanwhile.
pub(super) fn unfinished() -> MutexGuard<'static, Unfinished> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the unfinished files of this process and blocks every later publication: for programs
/// that a signal ends. Returns false, and does nothing, once a target has been published.
///
/// ```no_run
/// // In the handler of Ctrl-C.
/// if gausstack_io::target::abandon() {
///     std::process::exit(130);
/// }
/// ```
pub fn abandon() -> bool {
    let unfinished = unfinished();
    if unfinished.published {
        return false;
    }
    for path in &unfinished.named {
        // A file that cannot be removed is reported by the next run.
        let is_folder = fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
        let _ = if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
    // The lock is never released: whoever waits for it to publish waits until the process ends.
    mem::forget(unfinished);
    true
}
