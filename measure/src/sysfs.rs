//! The files a machine card is read from, below a root that tests can move.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cache::Cache;
use crate::procfs;

/// A file system tree with `/proc` and `/sys` in it.
pub(crate) struct Tree<'a> {
    pub(crate) root: &'a Path,
}

impl Tree<'_> {
    /// The text of a file, `None` when it cannot be read.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.root.join(path)).ok()
    }

    /// The caches of the first CPU, in the kernel's order.
    pub(crate) fn caches(&self) -> Vec<Cache> {
        self.numbered("sys/devices/system/cpu/cpu0/cache", "index")
            .iter()
            .filter_map(|(_, index)| {
                let text = |name: &str| self.text(&format!("{index}/{name}"));
                Some(Cache {
                    level: text("level")?.trim().parse().ok()?,
                    kind: text("type")?.trim().to_owned(),
                    bytes: procfs::size_bytes(&text("size")?)?,
                    shared_by: procfs::list_len(&text("shared_cpu_list")?)?,
                })
            })
            .collect()
    }

    /// The frequency governors in use, joined by commas.
    pub(crate) fn governor(&self) -> Option<String> {
        let governors: BTreeSet<String> = self
            .numbered("sys/devices/system/cpu", "cpu")
            .iter()
            .filter_map(|(_, cpu)| self.text(&format!("{cpu}/cpufreq/scaling_governor")))
            .map(|governor| governor.trim().to_owned())
            .collect();
        let joined = governors.into_iter().collect::<Vec<_>>().join(", ");
        Some(joined).filter(|joined| !joined.is_empty())
    }

    /// The CPUs this process may use at once by the quotas of its control group and all above it.
    pub(crate) fn quota(&self) -> Option<f64> {
        self.group_folders()
            .iter()
            .filter_map(|folder| {
                let text = |name: &str| self.text(&format!("{folder}/{name}"));
                text("cpu.max").as_deref().and_then(procfs::quota_unified).or_else(|| {
                    procfs::quota_legacy(&text("cpu.cfs_quota_us")?, &text("cpu.cfs_period_us")?)
                })
            })
            .min_by(f64::total_cmp)
    }

    /// Bytes that this process may hold by the limits of its control group and all above it.
    pub(crate) fn memory_limit(&self) -> Option<u64> {
        let folders = self.group_folders().into_iter();
        let unified = folders.filter_map(|folder| self.text(&format!("{folder}/memory.max")));
        // Containers see their own group of the old hierarchy as its root.
        let legacy = self.text("sys/fs/cgroup/memory/memory.limit_in_bytes");
        unified.chain(legacy).filter_map(|limit| limit.trim().parse().ok()).min()
    }

    /// Seconds this process's control group has been kept from running by its quota.
    pub(crate) fn throttled(&self) -> Option<f64> {
        self.group_folders().iter().find_map(|folder| {
            procfs::throttled_seconds(&self.text(&format!("{folder}/cpu.stat"))?)
        })
    }

    /// The folders of the process's cpu control group, innermost first, in both hierarchies.
    fn group_folders(&self) -> Vec<String> {
        let Some(text) = self.text("proc/self/cgroup") else { return Vec::new() };
        let (unified, legacy) = procfs::cpu_groups(&text);
        let mounts = [
            ("sys/fs/cgroup", unified),
            ("sys/fs/cgroup/unified", unified),
            ("sys/fs/cgroup/cpu", legacy),
            ("sys/fs/cgroup/cpu,cpuacct", legacy),
        ];
        let mut folders = Vec::new();
        for (mount, group) in mounts {
            let Some(group) = group else { continue };
            for folder in Path::new(group.trim_start_matches('/')).ancestors() {
                folders.push(format!("{mount}/{}", folder.display()));
            }
        }
        folders
    }

    /// The entries of a folder named `prefix` and a number, in the order of the numbers, which come
    /// with them.
    pub(crate) fn numbered(&self, folder: &str, prefix: &str) -> Vec<(usize, String)> {
        let Ok(entries) = fs::read_dir(self.root.join(folder)) else { return Vec::new() };
        let mut numbers: Vec<usize> = entries
            .filter_map(|entry| {
                entry.ok()?.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()
            })
            .collect();
        numbers.sort_unstable();
        let path = |number| (number, format!("{folder}/{prefix}{number}"));
        numbers.into_iter().map(path).collect()
    }
}

/// The threads of this process: their folders under `/proc`.
pub(crate) fn own_threads() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir("/proc/self/task") else { return Vec::new() };
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}
