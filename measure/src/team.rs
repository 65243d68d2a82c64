//! Threads that a filter and its floors share, pinned to known CPUs or free.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use core_affinity::CoreId;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::Error;

/// A pool of threads, each pinned to a CPU or none.
///
/// ```
/// use gausstack::{Gaussian, Threads};
/// use gausstack_measure::{CopyFloor, Team};
///
/// let team = Team::new(2)?;
/// let floor = CopyFloor::on(&team);
/// let filter = Gaussian::new(2.0).threads(Threads::Pool(team.pool()));
/// # Ok::<(), gausstack_measure::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Team {
    pool: Arc<ThreadPool>,
    cpus: Option<Vec<usize>>,
}

impl Team {
    /// More threads than any machine has CPUs; no team has more.
    pub const MAX_THREADS: usize = 4096;

    /// So many threads, which the system moves about as it likes.
    ///
    /// # Errors
    /// [`Error::Threads`], also for 0 threads and for more than [`MAX_THREADS`](Self::MAX_THREADS).
    pub fn new(threads: usize) -> Result<Self, Error> {
        let pool = pool(threads, |_| {})?;
        Ok(Self { pool: Arc::new(pool), cpus: None })
    }

    /// One thread on each of these CPUs; [`Topology::pin_order`](crate::Topology::pin_order) has
    /// them in the order to choose from.
    ///
    /// # Errors
    /// [`Error::Threads`], and [`Error::Pin`] where the system refuses a CPU.
    pub fn pinned(cpus: &[usize]) -> Result<Self, Error> {
        // The CPU after the last is none that was refused.
        let refused = Arc::new(AtomicUsize::new(cpus.len()));
        let (list, first) = (cpus.to_vec(), Arc::clone(&refused));
        let pool = pool(cpus.len(), move |index| {
            if !core_affinity::set_for_current(CoreId { id: list[index] }) {
                first.fetch_min(index, Ordering::Relaxed);
            }
        })?;
        // Every thread has been started once all of them have answered.
        pool.broadcast(|_| ());
        match cpus.get(refused.load(Ordering::Relaxed)) {
            Some(&cpu) => Err(Error::Pin { cpu }),
            None => Ok(Self { pool: Arc::new(pool), cpus: Some(cpus.to_vec()) }),
        }
    }

    /// How many threads.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// The CPUs that they are pinned to, if they are.
    #[must_use]
    pub fn cpus(&self) -> Option<&[usize]> {
        self.cpus.as_deref()
    }

    /// The threads.
    #[must_use]
    pub fn pool(&self) -> Arc<ThreadPool> {
        Arc::clone(&self.pool)
    }
}

fn pool(
    threads: usize,
    started: impl Fn(usize) + Send + Sync + 'static,
) -> Result<ThreadPool, Error> {
    if !(1..=Team::MAX_THREADS).contains(&threads) {
        let reason = format!("from 1 to {} are possible", Team::MAX_THREADS);
        return Err(Error::Threads { threads, reason });
    }
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("team-{index}"))
        .start_handler(started)
        .build()
        .map_err(|error| Error::Threads { threads, reason: error.to_string() })
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use crate::Topology;
    use crate::procfs;

    /// Where each thread of a team may run.
    fn allowed(team: &Team) -> Vec<Vec<usize>> {
        let own = |_: rayon::BroadcastContext<'_>| {
            let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
            procfs::allowed_cpus(&status).unwrap()
        };
        team.pool().broadcast(own)
    }

    #[test]
    fn threads_are_pinned_where_they_should_be() {
        let Some(topology) = Topology::read() else { return eprintln!("skipped: no topology") };
        let order = topology.usable().pin_order();
        for count in 1..=order.len().min(4) {
            let team = Team::pinned(&order[..count]).unwrap();
            let pinned: Vec<_> = order[..count].iter().map(|&cpu| vec![cpu]).collect();
            assert_eq!(allowed(&team), pinned);
            assert_eq!((team.threads(), team.cpus()), (count, Some(&order[..count])));
        }
        let free = Team::new(2).unwrap();
        assert!(free.cpus().is_none());
        assert!(allowed(&free).iter().all(|cpus| cpus.len() == order.len()));
    }

    #[test]
    fn no_team_has_threads_without_limit() {
        for threads in [0, Team::MAX_THREADS + 1, 1_000_000_000, usize::MAX] {
            let error = Team::new(threads).map(drop).unwrap_err();
            assert!(matches!(error, Error::Threads { threads: told, .. } if told == threads));
            assert!(error.to_string().ends_with("from 1 to 4096 are possible"), "{error}");
        }
        let cpus = vec![0; Team::MAX_THREADS + 1];
        assert!(matches!(Team::pinned(&cpus), Err(Error::Threads { .. })));
        let floor = crate::CopyFloor::new(1_000_000_000);
        assert!(matches!(floor, Err(Error::Threads { .. })));
    }

    #[test]
    fn a_cpu_that_is_not_there_is_an_error() {
        assert_eq!(Team::pinned(&[1023]).map(drop), Err(Error::Pin { cpu: 1023 }));
    }
}
