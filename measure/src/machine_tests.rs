//! The card of a machine made of files.

use super::*;
use crate::test_folder::Folder;

#[test]
fn a_machine_with_smt_two_sockets_and_a_quota() {
    let mut folder = Folder::new("smt")
        .with("proc/cpuinfo", "model name\t: Some CPU\nflags\t\t: fpu hypervisor avx2\n")
        .with("proc/meminfo", "MemTotal:       24607892 kB\n")
        .with("proc/sys/kernel/osrelease", "6.1.2-test\n")
        .with("proc/self/cgroup", "0::/a/b\n")
        .with("sys/fs/cgroup/cpu.max", "400000 100000\n")
        .with("sys/fs/cgroup/a/cpu.max", "150000 100000\n")
        .with("sys/fs/cgroup/a/b/cpu.max", "max 100000\n")
        .with("sys/fs/cgroup/memory.max", "max\n")
        .with("sys/fs/cgroup/a/memory.max", "2147483648\n")
        .with("sys/fs/cgroup/a/b/memory.max", "3221225472\n")
        .with("sys/fs/cgroup/a/b/cpu.stat", "usage_usec 9\nthrottled_usec 3000000\n")
        .with("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n")
        .with("sys/devices/system/node/online", "0-1\n")
        .with("sys/devices/system/cpu/cpufreq/policy0/x", "not a cpu\n");
    for cpu in 0..8 {
        let path = format!("sys/devices/system/cpu/cpu{cpu}");
        let siblings = format!("{},{}\n", cpu % 4, cpu % 4 + 4);
        let governor = if cpu == 7 { "performance\n" } else { "powersave\n" };
        folder = folder
            .with(&format!("{path}/topology/thread_siblings_list"), &siblings)
            .with(&format!("{path}/topology/physical_package_id"), &format!("{}\n", cpu % 2))
            .with(&format!("{path}/cpufreq/scaling_governor"), governor);
    }
    // A CPU that is switched off.
    folder = folder.with("sys/devices/system/cpu/cpu8/online", "0\n");
    let caches = [("1", "Data", "48K", "0,4"), ("3", "Unified", "32M", "0-7")];
    for (index, (level, kind, size, shared)) in caches.into_iter().enumerate() {
        let path = format!("sys/devices/system/cpu/cpu0/cache/index{index}");
        folder = folder
            .with(&format!("{path}/level"), &format!("{level}\n"))
            .with(&format!("{path}/type"), &format!("{kind}\n"))
            .with(&format!("{path}/size"), &format!("{size}\n"))
            .with(&format!("{path}/shared_cpu_list"), &format!("{shared}\n"));
    }
    let machine = Machine::read_below(folder.path());
    assert_eq!(machine.cpu.as_deref(), Some("Some CPU"));
    assert_eq!((machine.cores, machine.threads_per_core), (Some(4), Some(2)));
    assert_eq!((machine.sockets, machine.numa_nodes), (Some(2), Some(2)));
    assert_eq!(machine.quota, Some(1.5));
    assert_eq!(Tree { root: folder.path() }.throttled(), Some(3.0));
    assert_eq!(machine.governor.as_deref(), Some("performance, powersave"));
    assert_eq!(machine.huge_pages.as_deref(), Some("madvise"));
    assert_eq!(machine.memory, Some(24_607_892 * 1024));
    let card = machine.to_string();
    assert!(card.contains("4 cores, 2 threads each, 2 sockets, 2 NUMA nodes"), "{card}");
    assert!(card.contains("L1d 48 KiB for 2 CPUs, L3 32 MiB for 8 CPUs"), "{card}");
    assert!(card.contains("quota of 1.50 CPUs"), "{card}");
    assert!(card.contains("23.5 GiB, limit of 2.0 GiB, transparent huge pages madvise"), "{card}");
    assert!(card.contains("6.1.2-test"), "{card}");
}

#[test]
fn the_old_hierarchy_of_control_groups() {
    let folder = Folder::new("legacy")
        .with("proc/self/cgroup", "2:cpu,cpuacct:/job\n0::/\n")
        .with("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "50000\n")
        .with("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n")
        .with("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n")
        .with("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    assert_eq!(Machine::read_below(folder.path()).quota, Some(0.5));
}

#[test]
fn a_system_that_tells_nothing_gives_a_card_that_says_so() {
    let folder = Folder::new("empty");
    let machine = Machine::read_below(folder.path());
    assert_eq!((machine.cpu.as_ref(), machine.cores, machine.quota), (None, None, None));
    assert!(machine.usable_cpus >= 1);
    let card = machine.to_string();
    assert!(card.contains("cpu      not readable\n"), "{card}");
    assert!(card.contains("caches   not readable\n"), "{card}");
    assert!(card.contains("governor not readable"), "{card}");
    assert_eq!(card.lines().count(), machine.entries().len());
}

#[test]
#[cfg(target_os = "linux")]
fn this_machine_has_a_system_memory_and_a_level() {
    let machine = Machine::read();
    assert!(machine.memory.is_some_and(|bytes| bytes > 1 << 20));
    assert!(machine.system.starts_with("linux "), "{}", machine.system);
    assert!(machine.levels.iter().any(|level| level == "portable"));
    let tuning = machine.tuning.as_deref().expect("the environment forces none that is unknown");
    assert!(Tuning::from_name(tuning).is_ok(), "{tuning}");
    assert!(machine.to_string().contains(&format!("\ntuning   {tuning}\n")), "{machine}");
    assert!(machine.rustc.is_some_and(|rustc| rustc.starts_with("rustc ")));
}
