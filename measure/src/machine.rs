//! The machine card: what a measurement ran on, read by the program.

use std::fmt;
use std::path::Path;

use gausstack::Tuning;
use gausstack_kernels::Level;

use crate::cache::Cache;
use crate::procfs;
use crate::sysfs::Tree;
use crate::topology::Topology;
use crate::units::{binary_size, count};

/// The machine, the system and the build that measure.
/// `None`: the system does not say. [`Display`](fmt::Display) prints one line per
/// topic.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Machine {
    /// The processor's name.
    pub cpu: Option<String>,
    /// Logical CPUs that this process may run on; a quota may allow less than all of their time.
    pub usable_cpus: usize,
    /// Cores of the machine.
    pub cores: Option<usize>,
    /// Hardware threads per core: 2 with SMT.
    pub threads_per_core: Option<usize>,
    /// Where there are several kinds of core: how fast beside the fastest, of 1024, and how many,
    /// the fastest first.
    pub core_kinds: Vec<(u32, usize)>,
    /// Processor packages.
    pub sockets: Option<usize>,
    /// NUMA nodes.
    pub numa_nodes: Option<usize>,
    /// Whether the machine is a guest of a hypervisor.
    pub virtual_machine: Option<bool>,
    /// Instruction levels this CPU runs, weakest first.
    pub levels: Vec<String>,
    /// The core whose tuned constants plans use, unless they force another; `None` where it is not
    /// known, as in older reports.
    pub tuning: Option<String>,
    /// The caches of the first CPU.
    pub caches: Vec<Cache>,
    /// Memory in bytes.
    pub memory: Option<u64>,
    /// Bytes of it that the control group allows; `None` where that is all of it.
    pub memory_limit: Option<u64>,
    /// Transparent huge pages: `always`, `madvise` or `never`.
    pub huge_pages: Option<String>,
    /// Frequency governors in use.
    pub governor: Option<String>,
    /// CPUs that the control group's quota allows; `None` without one.
    pub quota: Option<f64>,
    /// Operating system, kernel release and architecture.
    pub system: String,
    /// Version of the crates.
    pub version: String,
    /// The compiler.
    pub rustc: Option<String>,
    /// How it compiled: profile, optimisation level and `RUSTFLAGS`.
    pub flags: Option<String>,
    /// The commit that was built, with a mark when files differed from it.
    pub commit: Option<String>,
}

impl Machine {
    /// Reads the card, all but [`commit`](Self::commit): the program that was built knows it, and
    /// this crate is not built anew for a commit that changes nothing in it.
    #[must_use]
    pub fn read() -> Self {
        Self::read_below(Path::new("/"))
    }

    pub(crate) fn read_below(root: &Path) -> Self {
        let tree = Tree { root };
        let cpuinfo = tree.text("proc/cpuinfo");
        let cpuinfo = cpuinfo.as_deref();
        let topology = Topology::of(&tree);
        let topology = topology.as_ref();
        let release = tree.text("proc/sys/kernel/osrelease");
        let system = [std::env::consts::OS, release.as_deref().unwrap_or("").trim()];
        let memory = tree.text("proc/meminfo").as_deref().and_then(procfs::memory_bytes);
        let huge_pages = tree.text("sys/kernel/mm/transparent_hugepage/enabled");
        Self {
            cpu: cpuinfo.and_then(procfs::cpu_model),
            // Not the standard library's available parallelism: the quota, an entry of its own,
            // lowers that.
            usable_cpus: topology
                .map(|topology| topology.clone().allowed_by(&tree).cpus().len())
                .filter(|&cpus| cpus > 0)
                .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)),
            cores: topology.map(Topology::cores),
            threads_per_core: topology.map(Topology::threads_per_core),
            core_kinds: topology.map(kinds).unwrap_or_default(),
            sockets: topology.map(Topology::sockets),
            numa_nodes: tree
                .text("sys/devices/system/node/online")
                .and_then(|nodes| procfs::list_len(&nodes)),
            virtual_machine: cpuinfo
                .filter(|_| cfg!(target_arch = "x86_64"))
                .map(|text| text.split_whitespace().any(|flag| flag == "hypervisor")),
            levels: Level::available().into_iter().map(|level| level.name().to_owned()).collect(),
            tuning: Tuning::chosen().ok().map(|tuning| tuning.name().to_owned()),
            caches: tree.caches(),
            memory,
            // The old hierarchy writes a number beyond all memory for no limit.
            memory_limit: tree.memory_limit().filter(|&l| memory.is_none_or(|all| l < all)),
            huge_pages: huge_pages.as_deref().and_then(procfs::bracketed).map(str::to_owned),
            governor: tree.governor(),
            quota: tree.quota(),
            system: format!("{} {}", system.join(" ").trim_end(), std::env::consts::ARCH),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rustc: option_env!("GAUSSTACK_RUSTC").map(str::to_owned),
            flags: option_env!("GAUSSTACK_FLAGS").map(str::to_owned),
            commit: None,
        }
    }

    /// The card as topics and texts, in the order [`Display`](fmt::Display) prints them.
    #[must_use]
    pub fn entries(&self) -> Vec<(&'static str, String)> {
        let or_unknown = |text: Option<&str>| text.unwrap_or("not readable").to_owned();
        let mut cpu = or_unknown(self.cpu.as_deref());
        if let (Some(cores), Some(threads)) = (self.cores, self.threads_per_core) {
            cpu += &format!("; {}, {} each", count(cores, "core"), count(threads, "thread"));
        }
        if !self.core_kinds.is_empty() {
            let kind = |&(speed, cores): &(u32, usize)| {
                format!("{cores} of {:.0} %", f64::from(speed) / 10.24)
            };
            let kinds: Vec<_> = self.core_kinds.iter().map(kind).collect();
            cpu += &format!(", by speed {}", kinds.join(" and "));
        }
        if let Some(sockets) = self.sockets {
            cpu += &format!(", {}", count(sockets, "socket"));
        }
        if let Some(nodes) = self.numa_nodes {
            cpu += &format!(", {}", count(nodes, "NUMA node"));
        }
        if self.virtual_machine == Some(true) {
            cpu += ", virtual";
        }
        let quota = match self.quota {
            Some(cpus) => format!("quota of {cpus:.2} CPUs"),
            None => "no quota found".to_owned(),
        };
        let caches: Vec<String> = self.caches.iter().map(Cache::to_string).collect();
        let caches = Some(caches.join(", ")).filter(|caches| !caches.is_empty());
        let memory = self.memory.map(binary_size);
        let limit = self.memory_limit.map(binary_size);
        let limit = limit.map_or_else(String::new, |limit| format!(", limit of {limit}"));
        let memory = format!(
            "{}{limit}, transparent huge pages {}",
            or_unknown(memory.as_deref()),
            or_unknown(self.huge_pages.as_deref())
        );
        let system = format!("{}, governor {}", self.system, or_unknown(self.governor.as_deref()));
        let build = format!(
            "gausstack {}, {}, {}, {}",
            self.version,
            self.rustc.as_deref().unwrap_or("unknown compiler"),
            self.flags.as_deref().unwrap_or("unknown flags"),
            self.commit.as_ref().map_or_else(|| "no commit".to_owned(), |c| format!("commit {c}"))
        );
        let mut entries = vec![
            ("cpu", cpu),
            ("usable", format!("{}, {quota}", count(self.usable_cpus, "CPU"))),
            ("levels", self.levels.join(", ")),
        ];
        entries.extend(self.tuning.clone().map(|tuning| ("tuning", tuning)));
        entries.extend([
            ("caches", or_unknown(caches.as_deref())),
            ("memory", memory),
            ("system", system),
            ("build", build),
        ]);
        entries
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (row, (topic, text)) in self.entries().iter().enumerate() {
            let end = if row == 0 { "" } else { "\n" };
            write!(f, "{end}{topic:<8} {text}")?;
        }
        Ok(())
    }
}

/// The kinds of core, if there are several.
fn kinds(topology: &Topology) -> Vec<(u32, usize)> {
    let kinds = topology.kinds();
    let kind = |(speed, cores): (Option<u32>, usize)| Some((speed?, cores));
    kinds
        .into_iter()
        .map(kind)
        .collect::<Option<Vec<_>>>()
        .filter(|k| k.len() > 1)
        .unwrap_or_default()
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
