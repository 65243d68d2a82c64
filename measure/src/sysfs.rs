//! The files a machine card is read from, below a root that tests can move.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::machine::Cache;
use crate::procfs;

/// A file system tree with `/proc` and `/sys` in it.
pub(crate) struct Tree<'a> {
    pub(crate) root: &'a Path,
}

/// How the CPUs of a machine hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Topology {
    pub(crate) cores: usize,
    pub(crate) threads_per_core: usize,
    pub(crate) sockets: usize,
}

impl Tree<'_> {
    /// The text of a file, `None` when it cannot be read.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.root.join(path)).ok()
    }

    /// Cores, hardware threads per core and sockets of the CPUs that are on.
    pub(crate) fn topology(&self) -> Option<Topology> {
        let (mut cores, mut sockets, mut threads_per_core) = (BTreeSet::new(), BTreeSet::new(), 1);
        for cpu in self.numbered("sys/devices/system/cpu", "cpu") {
            // A CPU that is off has no topology.
            let Some(siblings) = self.text(&format!("{cpu}/topology/thread_siblings_list")) else {
                continue;
            };
            threads_per_core = threads_per_core.max(procfs::list_len(&siblings)?);
            cores.insert(siblings);
            sockets.insert(self.text(&format!("{cpu}/topology/physical_package_id")));
        }
        let (cores, sockets) = (cores.len(), sockets.len());
        (cores > 0).then_some(Topology { cores, threads_per_core, sockets })
    }

    /// The caches of the first CPU, in the kernel's order.
    pub(crate) fn caches(&self) -> Vec<Cache> {
        self.numbered("sys/devices/system/cpu/cpu0/cache", "index")
            .iter()
            .filter_map(|index| {
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
            .filter_map(|cpu| self.text(&format!("{cpu}/cpufreq/scaling_governor")))
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

    /// The entries of a folder named `prefix` and a number, in the order of the numbers.
    fn numbered(&self, folder: &str, prefix: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.root.join(folder)) else { return Vec::new() };
        let mut numbers: Vec<usize> = entries
            .filter_map(|entry| {
                entry.ok()?.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()
            })
            .collect();
        numbers.sort_unstable();
        numbers.into_iter().map(|number| format!("{folder}/{prefix}{number}")).collect()
    }
}

/// The threads of this process: their folders under `/proc`.
pub(crate) fn own_threads() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir("/proc/self/task") else { return Vec::new() };
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}
