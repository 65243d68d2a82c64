//! Where targets put their files: in memory, where the system has a folder for that.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{env, fs, io, process};

/// A folder of this process for one target. Files in it are overwritten by each run.
pub(crate) fn folder(target: &str) -> PathBuf {
    let folder = all().join(target);
    fs::create_dir_all(&folder).expect("a folder for files of a fuzz target");
    folder
}

/// Removes the folders of this process. A fuzzer's process leaves them, each a few kilobytes.
///
/// # Errors
/// The system's.
pub fn remove_folders() -> io::Result<()> {
    let all = all();
    if all.exists() { fs::remove_dir_all(all) } else { Ok(()) }
}

fn all() -> &'static Path {
    static ALL: OnceLock<PathBuf> = OnceLock::new();
    ALL.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { env::temp_dir() };
        parent.join(format!("gausstack-fuzz-{}", process::id()))
    })
}
