//! CPU time lost to other work during a measurement.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use crate::procfs;
use crate::sysfs::{Tree, own_threads};

/// The kernel's counters at one moment; [`Interference::since`] gives what happened between two.
///
/// Waiting for a CPU counts whoever holds it: a measurement with more threads than CPUs takes CPU
/// from itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Interference {
    /// Seconds that each thread of this process has waited for a CPU.
    waited: Option<BTreeMap<OsString, f64>>,
    stolen: Option<f64>,
    throttled: Option<f64>,
}

/// CPU seconds lost between two moments, by cause; `None` where the system does not say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LostCpu {
    /// Threads of this process were ready to run and other work had the CPU.
    pub waited: Option<f64>,
    /// The hypervisor gave the CPU to other machines (all CPUs of this machine together).
    pub stolen: Option<f64>,
    /// The control group's CPU quota was used up.
    pub throttled: Option<f64>,
}

impl Interference {
    /// Reads the counters; on systems other than Linux none can be read.
    #[must_use]
    pub fn now() -> Self {
        let tree = Tree { root: Path::new("/") };
        Self {
            waited: waited(),
            stolen: tree.text("proc/stat").as_deref().and_then(procfs::steal_seconds),
            throttled: tree.throttled(),
        }
    }

    /// What was lost since `earlier`.
    ///
    /// Threads that ended in between are not counted, those that began are.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> LostCpu {
        let waited = self.waited.as_ref().zip(earlier.waited.as_ref()).map(|(now, before)| {
            let grown = |(thread, seconds): (&OsString, &f64)| {
                (seconds - before.get(thread).unwrap_or(&0.0)).max(0.0)
            };
            now.iter().map(grown).sum()
        });
        let grown = |now: Option<f64>, before: Option<f64>| {
            now.zip(before).map(|(now, before)| (now - before).max(0.0))
        };
        LostCpu {
            waited,
            stolen: grown(self.stolen, earlier.stolen),
            throttled: grown(self.throttled, earlier.throttled),
        }
    }
}

impl LostCpu {
    /// All causes together; causes that cannot be read count as nothing.
    #[must_use]
    pub fn total(&self) -> f64 {
        [self.waited, self.stolen, self.throttled].into_iter().flatten().sum()
    }

    /// Whether the two causes that a shared machine shows can both be read.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.waited.is_some() && self.stolen.is_some()
    }
}

/// The waits of this process's threads; `None` when the kernel keeps no such account.
fn waited() -> Option<BTreeMap<OsString, f64>> {
    let threads: BTreeMap<OsString, f64> = own_threads()
        .into_iter()
        .filter_map(|folder| {
            let schedstat = std::fs::read_to_string(folder.join("schedstat")).ok()?;
            Some((folder.file_name()?.to_owned(), procfs::run_delay_seconds(&schedstat)?))
        })
        .collect();
    // The thread that reads has run: an empty map means that nothing is counted.
    (!threads.is_empty()).then_some(threads)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(waits: &[(&str, f64)], stolen: Option<f64>) -> Interference {
        let waited = waits.iter().map(|(thread, seconds)| ((*thread).into(), *seconds)).collect();
        Interference { waited: Some(waited), stolen, throttled: None }
    }

    #[test]
    fn threads_that_began_count_and_threads_that_ended_do_not() {
        let before = reading(&[("1", 1.0), ("2", 50.0)], Some(0.5));
        let after = reading(&[("1", 1.25), ("3", 0.5)], Some(0.75));
        let lost = after.since(&before);
        assert_eq!(lost.waited, Some(0.75));
        assert_eq!(lost.stolen, Some(0.25));
        assert_eq!(lost.throttled, None);
        assert_eq!(lost.total(), 1.0);
    }

    #[test]
    fn what_cannot_be_read_is_not_zero() {
        let lost = reading(&[("1", 1.0)], None).since(&reading(&[("1", 1.0)], None));
        assert_eq!((lost.waited, lost.stolen), (Some(0.0), None));
        assert!(!lost.is_readable());
        assert!(!Interference::default().since(&Interference::default()).is_readable());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn crowding_a_cpu_shows_as_waiting() {
        let before = Interference::now();
        if before.waited.is_none() {
            println!("not tested: this kernel keeps no account of waits (schedstat)");
            return;
        }
        // Twice as many busy threads as CPUs: half of them wait at any moment.
        let threads = 2 * std::thread::available_parallelism().map_or(1, usize::from);
        let (busy, read) =
            (std::sync::Barrier::new(threads + 1), std::sync::Barrier::new(threads + 1));
        let lost = std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let start = std::time::Instant::now();
                    while start.elapsed().as_millis() < 100 {
                        std::hint::spin_loop();
                    }
                    busy.wait();
                    read.wait();
                });
            }
            busy.wait();
            let lost = Interference::now().since(&before);
            read.wait();
            lost
        });
        assert!(lost.waited.unwrap() > 0.02, "{lost:?}");
    }
}
