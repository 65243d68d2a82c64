//! Topologies of machines whose files are made after those of real ones: what the kernel writes for
//! each, and no more.

use super::*;
use crate::machine::Machine;
use crate::test_folder::Folder;

/// A CPU's files.
fn cpu(folder: Folder, id: usize, siblings: &str, socket: i32) -> Folder {
    let path = format!("sys/devices/system/cpu/cpu{id}/topology");
    folder
        .with(&format!("{path}/thread_siblings_list"), &format!("{siblings}\n"))
        .with(&format!("{path}/physical_package_id"), &format!("{socket}\n"))
}

fn topology(folder: &Folder) -> Topology {
    let tree = Tree { root: folder.path() };
    Topology::of(&tree).unwrap().allowed_by(&tree)
}

/// Two sockets of 32 cores with SMT: siblings are 64 apart, as on EPYC and Xeon servers.
fn server(name: &str) -> Folder {
    let mut folder = Folder::new(name)
        .with("sys/devices/system/node/online", "0-1\n")
        .with("sys/devices/system/node/node0/cpulist", "0-31,64-95\n")
        .with("sys/devices/system/node/node1/cpulist", "32-63,96-127\n");
    for id in 0..128 {
        let core = id % 64;
        folder = cpu(folder, id, &format!("{core},{}", core + 64), (core / 32) as i32);
    }
    folder
}

#[test]
fn a_server_of_two_sockets_with_smt() {
    let folder = server("server");
    let topology = topology(&folder);
    assert_eq!((topology.cores(), topology.sockets(), topology.threads_per_core()), (64, 2, 2));
    assert_eq!(topology.kinds(), [(None, 64)]);
    // All cores of one socket, those of the other, then the siblings.
    assert_eq!(topology.pin_order(), (0..128).collect::<Vec<_>>());
    let cpu = topology.cpus()[100];
    assert_eq!((cpu.core, cpu.sibling, cpu.socket, cpu.node), (36, 1, 1, Some(1)));
    let machine = Machine::read_below(folder.path());
    assert_eq!((machine.cores, machine.sockets, machine.numa_nodes), (Some(64), Some(2), Some(2)));
    assert!(machine.core_kinds.is_empty());
}

/// A job that may use the second half of one socket, and of two cores only one hardware thread.
#[test]
fn what_the_process_may_not_use_is_left_out() {
    let folder = server("job").with(
        "proc/self/status",
        "Name:\tx\nCpus_allowed:\tff\nCpus_allowed_list:\t16-18,80,83,127\n",
    );
    let topology = topology(&folder);
    assert_eq!(topology.cores(), 5);
    // 80 is the sibling of 16; 83 and 127 are cores of their own here.
    assert_eq!(topology.pin_order(), [16, 17, 18, 83, 127, 80]);
}

/// Six fast cores with SMT, whose siblings are neighbours, and eight slow ones: a laptop of 2022.
/// Its kernel tells the kinds apart by their counters.
#[test]
fn a_laptop_with_two_kinds_of_core() {
    let mut folder = Folder::new("laptop")
        .with("sys/devices/system/node/node0/cpulist", "0-19\n")
        .with("sys/devices/cpu_core/cpus", "0-11\n")
        .with("sys/devices/cpu_atom/cpus", "12-19\n");
    for id in 0..12 {
        folder = cpu(folder, id, &format!("{}-{}", id & !1, id | 1), 0);
    }
    for id in 12..20 {
        folder = cpu(folder, id, &id.to_string(), 0);
    }
    let topology = topology(&folder);
    assert_eq!((topology.cores(), topology.threads_per_core()), (14, 2));
    assert_eq!(topology.kinds(), [(Some(1024), 6), (Some(512), 8)]);
    let order = topology.pin_order();
    assert_eq!(order[..6], [0, 2, 4, 6, 8, 10]);
    assert_eq!(order[6..14], [12, 13, 14, 15, 16, 17, 18, 19]);
    assert_eq!(order[14..], [1, 3, 5, 7, 9, 11]);
    let machine = Machine::read_below(folder.path());
    assert_eq!(machine.core_kinds, [(1024, 6), (512, 8)]);
    let card = machine.to_string();
    assert!(card.contains("14 cores, 2 threads each, by speed 6 of 100 % and 8 of 50 %"), "{card}");
}

/// An arm64 server of 80 cores: no SMT, capacities that are all the same, and no package number
/// before Linux 5.
#[test]
fn an_arm_server() {
    let mut folder = Folder::new("arm").with("sys/devices/system/node/node0/cpulist", "0-79\n");
    for id in 0..80 {
        folder = cpu(folder, id, &id.to_string(), -1)
            .with(&format!("sys/devices/system/cpu/cpu{id}/cpu_capacity"), "1024\n");
    }
    let topology = topology(&folder);
    assert_eq!((topology.cores(), topology.sockets(), topology.threads_per_core()), (80, 1, 1));
    assert_eq!(topology.pin_order(), (0..80).collect::<Vec<_>>());
    assert!(Machine::read_below(folder.path()).core_kinds.is_empty());
}

/// A phone's processor: three kinds of core, the slow ones first.
#[test]
fn capacities_are_taken_from_the_kernel() {
    let mut folder = Folder::new("phone");
    for (id, capacity) in [250, 250, 250, 250, 768, 768, 768, 1024].into_iter().enumerate() {
        folder = cpu(folder, id, &id.to_string(), 0).with(
            &format!("sys/devices/system/cpu/cpu{id}/cpu_capacity"),
            &format!("{capacity}\n"),
        );
    }
    let topology = topology(&folder);
    assert_eq!(topology.pin_order(), [7, 4, 5, 6, 0, 1, 2, 3]);
    assert_eq!(topology.kinds(), [(Some(1024), 1), (Some(768), 3), (Some(250), 4)]);
}

/// A container on a machine of four cores that may use one and a half: its quota is in the group's
/// own file.
#[test]
fn a_container_with_a_quota() {
    let mut folder = Folder::new("container")
        .with("proc/self/cgroup", "0::/\n")
        .with("sys/fs/cgroup/cpu.max", "150000 100000\n")
        .with("proc/self/status", "Cpus_allowed_list:\t0-3\n");
    for id in 0..4 {
        folder = cpu(folder, id, &id.to_string(), 0);
    }
    assert_eq!(topology(&folder).pin_order(), [0, 1, 2, 3]);
    assert_eq!(Machine::read_below(folder.path()).quota, Some(1.5));
}

#[test]
fn a_system_that_tells_nothing_has_none() {
    assert_eq!(Topology::of(&Tree { root: Folder::new("none").path() }), None);
}

#[test]
#[cfg(target_os = "linux")]
fn this_machine_has_one() {
    let Some(all) = Topology::read() else { return eprintln!("skipped: no topology to read") };
    let usable = all.clone().usable();
    assert!(usable.cpus().len() <= all.cpus().len() && !usable.cpus().is_empty());
    assert_eq!(usable.pin_order().len(), usable.cpus().len());
}
