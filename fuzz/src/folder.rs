//! Where targets put their files: in memory, where the system has a folder for that.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{env, fs, process};

/// A folder of this process for one target. Files in it are overwritten by each run.
pub(crate) fn folder(target: &str) -> PathBuf {
    static ALL: OnceLock<PathBuf> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { env::temp_dir() };
        parent.join(format!("gausstack-fuzz-{}", process::id()))
    });
    let folder = all.join(target);
    fs::create_dir_all(&folder).expect("a folder for files of a fuzz target");
    folder
}
