//! How much memory a stream may take.

use std::fs;
use std::path::Path;

/// What is taken for the memory of a system that does not say.
const UNKNOWN: u64 = 4 << 30;

/// The memory that a stream takes by default, in bytes: a quarter of what the container may hold or
/// of what the system has available, whichever is less.
///
/// ```
/// println!("slabs fit {} MiB", gausstack_io::default_memory() >> 20);
/// ```
#[must_use]
pub fn default_memory() -> usize {
    let quarter = memory_in(Path::new("/")) / 4;
    usize::try_from(quarter).unwrap_or(usize::MAX)
}

/// What this process may hold, by the files below a root.
fn memory_in(root: &Path) -> u64 {
    let text = |path: &str| fs::read_to_string(root.join(path)).ok();
    let available = text("proc/meminfo").and_then(|meminfo| {
        let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
        let kib: u64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
        kib.checked_mul(1024)
    });
    // The groups of the unified hierarchy from the process's own outwards.
    let cgroup = text("proc/self/cgroup").unwrap_or_default();
    let group = cgroup.lines().find_map(|line| line.strip_prefix("0::/"));
    let unified = group.into_iter().flat_map(|group| Path::new(group).ancestors());
    let unified =
        unified.filter_map(|group| text(&format!("sys/fs/cgroup/{}/memory.max", group.display())));
    // Containers see their own group of the old hierarchy as its root.
    let legacy = text("sys/fs/cgroup/memory/memory.limit_in_bytes");
    let limits = unified.chain(legacy).filter_map(|limit| limit.trim().parse().ok());
    limits.chain(available).min().unwrap_or(UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_limit_counts() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let memory = || memory_in(root.path()) >> 20;
        assert_eq!(memory(), 4096);
        write("proc/meminfo", "MemTotal: 9999999 kB\nMemAvailable:    2097152 kB\n");
        assert_eq!(memory(), 2048);
        write("proc/self/cgroup", "1:cpu:/x\n0::/job/step\n");
        write("sys/fs/cgroup/job/step/memory.max", "max\n");
        assert_eq!(memory(), 2048);
        write("sys/fs/cgroup/job/memory.max", "1073741824\n");
        assert_eq!(memory(), 1024);
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", "536870912\n");
        assert_eq!(memory(), 512);
    }
}
