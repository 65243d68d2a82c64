//! CPUs of the machine, the cores they share, and the order in which threads are pinned to them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::procfs;
use crate::sysfs::Tree;

/// A hardware thread, as the kernel numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Cpu {
    /// The kernel's number.
    pub id: usize,
    /// The lowest number of a hardware thread of the same core.
    pub core: usize,
    /// Its place among the hardware threads of its core: 0, with SMT 1 too.
    pub sibling: usize,
    /// The processor package; 0 where the kernel knows none.
    pub socket: usize,
    /// The NUMA node, if known.
    pub node: Option<usize>,
    /// How fast its core is beside the fastest, from 1 to 1024, where there are several kinds.
    pub capacity: Option<u32>,
}

/// The CPUs that are on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topology {
    cpus: Vec<Cpu>,
}

/// Capacity of efficiency cores where the kernel reports only the two kinds.
const EFFICIENCY_CAPACITY: u32 = 512;

impl Topology {
    /// Reads the topology of this machine; `None` where the system does not say.
    #[must_use]
    pub fn read() -> Option<Self> {
        Self::of(&Tree { root: Path::new("/") })
    }

    pub(crate) fn of(tree: &Tree<'_>) -> Option<Self> {
        let nodes = numbers_of(tree, "sys/devices/system/node", "node", "cpulist");
        let slow: BTreeSet<usize> = tree
            .text("sys/devices/cpu_atom/cpus")
            .and_then(|list| procfs::list(&list))
            .unwrap_or_default()
            .into_iter()
            .collect();
        let mut cpus = Vec::new();
        for (id, folder) in tree.numbered("sys/devices/system/cpu", "cpu") {
            let text = |name: &str| tree.text(&format!("{folder}/{name}"));
            // A CPU that is off has no topology.
            let Some(siblings) = text("topology/thread_siblings_list") else { continue };
            let mut siblings = procfs::list(&siblings)?;
            siblings.sort_unstable();
            let number = |text: String| text.trim().parse().ok();
            let by_kind = (!slow.is_empty())
                .then(|| if slow.contains(&id) { EFFICIENCY_CAPACITY } else { 1024 });
            cpus.push(Cpu {
                id,
                core: *siblings.first()?,
                sibling: siblings.iter().position(|&sibling| sibling == id)?,
                // arm64 boards without the table have -1.
                socket: text("topology/physical_package_id").and_then(number).unwrap_or(0),
                node: nodes.get(&id).copied(),
                capacity: text("cpu_capacity")
                    .and_then(|text| text.trim().parse().ok())
                    .or(by_kind),
            });
        }
        (!cpus.is_empty()).then_some(Self { cpus })
    }

    /// The CPUs, by number.
    #[must_use]
    pub fn cpus(&self) -> &[Cpu] {
        &self.cpus
    }

    /// Those of the CPUs that this process may run on.
    #[must_use]
    pub fn usable(self) -> Self {
        self.allowed_by(&Tree { root: Path::new("/") })
    }

    pub(crate) fn allowed_by(self, tree: &Tree<'_>) -> Self {
        let status = tree.text("proc/self/status");
        let allowed = status.as_deref().and_then(procfs::allowed_cpus);
        let is_allowed = |cpu: &Cpu| allowed.as_ref().is_none_or(|list| list.contains(&cpu.id));
        Self { cpus: self.cpus.into_iter().filter(is_allowed).collect() }
    }

    /// How many cores.
    #[must_use]
    pub fn cores(&self) -> usize {
        self.cpus.iter().map(|cpu| cpu.core).collect::<BTreeSet<_>>().len()
    }

    /// How many processor packages.
    #[must_use]
    pub fn sockets(&self) -> usize {
        self.cpus.iter().map(|cpu| cpu.socket).collect::<BTreeSet<_>>().len()
    }

    /// The most hardware threads of a core: 2 with SMT.
    #[must_use]
    pub fn threads_per_core(&self) -> usize {
        self.cpus.iter().map(|cpu| cpu.sibling + 1).max().unwrap_or(1)
    }

    /// The kinds of core: how fast beside the fastest, and how many, the fastest first. One without
    /// a speed where the kernel tells of none.
    #[must_use]
    pub fn kinds(&self) -> Vec<(Option<u32>, usize)> {
        let mut kinds: BTreeMap<Reverse<Option<u32>>, BTreeSet<usize>> = BTreeMap::new();
        for cpu in &self.cpus {
            kinds.entry(Reverse(cpu.capacity)).or_default().insert(cpu.core);
        }
        kinds.into_iter().map(|(Reverse(capacity), cores)| (capacity, cores.len())).collect()
    }

    /// The CPUs in the order in which threads are pinned: one hardware thread of every core first,
    /// those of the fastest cores before others, one socket filled after the other; then the cores'
    /// further hardware threads in the same order.
    #[must_use]
    pub fn pin_order(&self) -> Vec<usize> {
        // Where a core's first thread may not be used, its second is its first.
        let turn = |cpu: &Cpu| {
            let before = |other: &&Cpu| other.core == cpu.core && other.sibling < cpu.sibling;
            self.cpus.iter().filter(before).count()
        };
        let mut order: Vec<_> = self.cpus.iter().map(|cpu| (turn(cpu), cpu)).collect();
        order.sort_by_key(|(turn, cpu)| (*turn, Reverse(cpu.capacity), cpu.socket, cpu.core));
        order.into_iter().map(|(_, cpu)| cpu.id).collect()
    }
}

/// Which numbered folder lists each CPU.
fn numbers_of(tree: &Tree<'_>, folder: &str, prefix: &str, list: &str) -> BTreeMap<usize, usize> {
    let mut numbers = BTreeMap::new();
    for (number, folder) in tree.numbered(folder, prefix) {
        let cpus = tree.text(&format!("{folder}/{list}")).and_then(|list| procfs::list(&list));
        numbers.extend(cpus.unwrap_or_default().into_iter().map(|cpu| (cpu, number)));
    }
    numbers
}

#[cfg(test)]
#[path = "topology_tests.rs"]
mod tests;
