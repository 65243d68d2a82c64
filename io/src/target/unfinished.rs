//! The registry of unfinished files, for signals that stop a program.

use std::fs;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The targets of this process, as far as a signal that stops it must know them.
pub(super) struct Unfinished {
    /// Unfinished files and folders that have a name, and nobody goes on with.
    pub(super) named: Vec<PathBuf>,
    /// An unfinished file that a later run can go on with.
    kept: Option<PathBuf>,
    /// Whether a target has been published.
    pub(super) published: bool,
}

static UNFINISHED: Mutex<Unfinished> =
    Mutex::new(Unfinished { named: Vec::new(), kept: None, published: false });

/// The registry, locked: nothing is published or abandoned meanwhile.
pub(super) fn unfinished() -> MutexGuard<'static, Unfinished> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Registers a file that is to be removed unless it is [kept](keep).
pub(crate) fn register(path: &Path) {
    unfinished().named.push(path.to_owned());
}

/// Keeps an unfinished file from now on, and the file that says what of it is complete.
pub(crate) fn keep(part: &Path, beside: &Path) {
    let mut unfinished = unfinished();
    unfinished.named.retain(|path| path != part && path != beside);
    unfinished.kept = Some(part.to_owned());
}

/// Removes a folder that another thread may still write files to.
fn remove_folder(path: &Path) -> io::Result<()> {
    const TRIES: usize = 100;
    let mut result = Ok(());
    for _ in 0..TRIES {
        result = fs::remove_dir_all(path);
        match &result {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
            _ => break,
        }
    }
    result
}

/// What [`abandon`] left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Abandoned {
    /// Nothing.
    Nothing,
    /// An unfinished file that a later run can go on with.
    Kept(PathBuf),
}

/// Removes the unfinished files of this process but those that a later run can go on with, and
/// blocks every later publication: for programs that a signal ends. Returns `None`, and does
/// nothing, once a target has been published.
///
/// ```no_run
/// // In the handler of Ctrl-C.
/// if gausstack_io::target::abandon().is_some() {
///     std::process::exit(130);
/// }
/// ```
pub fn abandon() -> Option<Abandoned> {
    let mut unfinished = unfinished();
    if unfinished.published {
        return None;
    }
    for path in &unfinished.named {
        // A file that cannot be removed is reported by the next run.
        let is_folder = fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
        let _ = if is_folder { remove_folder(path) } else { fs::remove_file(path) };
    }
    let abandoned = unfinished.kept.take().map_or(Abandoned::Nothing, Abandoned::Kept);
    // The lock is never released: whoever waits for it to publish waits until the process ends.
    mem::forget(unfinished);
    Some(abandoned)
}
