//! Thread pools that outlive the plans they are made for: starting threads takes longer than small
//! images do.

use std::sync::{Arc, Mutex};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::Error;

/// Pools that no plan has, those that came back last at the end.
static IDLE: Mutex<Vec<Owned>> = Mutex::new(Vec::new());

/// Idle pools that are kept: their threads cost memory, and a program that asks for ever other
/// numbers shall not collect them.
const MOST_IDLE: usize = 4;

/// A pool and the process that has its threads. A forked child inherits the pool without them.
#[derive(Debug)]
struct Owned {
    pool: Arc<ThreadPool>,
    process: u32,
}

impl Owned {
    fn is_alive(&self) -> bool {
        self.process == std::process::id()
    }
}

/// A pool that one plan and its clones have for themselves. The last of them hands it back.
#[derive(Debug)]
pub(crate) struct PoolOfPlan {
    /// There until it is handed back.
    owned: Option<Owned>,
}

impl PoolOfPlan {
    /// An idle pool of so many threads, or a new one.
    pub(crate) fn of(threads: usize) -> Result<Self, Error> {
        let idle = take_idle(|owned| owned.pool.current_num_threads() == threads);
        let owned = idle.map_or_else(|| start(threads), Ok)?;
        Ok(Self { owned: Some(owned) })
    }

    pub(crate) fn pool(&self) -> &ThreadPool {
        &self.owned.as_ref().expect("a pool is handed back by the drop alone").pool
    }
}

impl Drop for PoolOfPlan {
    fn drop(&mut self) {
        let Some(owned) = self.owned.take() else { return };
        let Some(mut idle) = IDLE.try_lock().ok().filter(|_| owned.is_alive()) else {
            return end(Some(owned));
        };
        idle.push(owned);
        let surplus = if idle.len() > MOST_IDLE { Some(idle.remove(0)) } else { None };
        drop(idle);
        end(surplus);
    }
}

/// Takes an idle pool of this process. None while another thread looks: in a forked child that
/// thread may not be there.
fn take_idle(suits: impl Fn(&Owned) -> bool) -> Option<Owned> {
    let mut idle = IDLE.try_lock().ok()?;
    let place = idle.iter().rposition(|owned| owned.is_alive() && suits(owned))?;
    Some(idle.remove(place))
}

/// Ends the threads of a pool, if it has any in this process: to end others would wait for locks
/// that they may have held.
fn end(owned: Option<Owned>) {
    match owned {
        Some(owned) if !owned.is_alive() => std::mem::forget(owned),
        other => drop(other),
    }
}

fn start(threads: usize) -> Result<Owned, Error> {
    let builder = ThreadPoolBuilder::new().num_threads(threads);
    let pool = builder.thread_name(|index| format!("gausstack-{index}")).build();
    let pool = pool.map_err(|e| Error::ThreadPool { threads, reason: e.to_string() })?;
    Ok(Owned { pool: Arc::new(pool), process: std::process::id() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pool: &ThreadPool) -> Vec<std::thread::ThreadId> {
        pool.broadcast(|_| std::thread::current().id())
    }

    /// One test, since the idle pools are the process's.
    #[test]
    fn pools_come_back_and_are_taken_again() {
        // Numbers of threads that no other test of this binary asks for.
        let first = PoolOfPlan::of(5).expect("five threads");
        let threads = names(first.pool());
        assert_eq!(threads.len(), 5);
        let second = PoolOfPlan::of(5).expect("five more");
        assert!(
            names(second.pool()).iter().all(|id| !threads.contains(id)),
            "a pool for two plans"
        );
        drop(first);
        let again = PoolOfPlan::of(5).expect("the idle one");
        assert_eq!(names(again.pool()), threads);
        drop((again, second));
        for threads in [6, 7, 8, 9, 10, 11] {
            drop(PoolOfPlan::of(threads).expect("a few threads"));
        }
        assert!(IDLE.lock().expect("no test panicked").len() <= MOST_IDLE);
    }

    /// What a forked child finds: pools of another process are neither used nor ended.
    #[test]
    fn inherited_pools_are_left_alone() {
        let mut owned = start(3).expect("three threads");
        let kept = Arc::clone(&owned.pool);
        owned.process = std::process::id().wrapping_add(1);
        drop(PoolOfPlan { owned: Some(owned) });
        assert_eq!(names(&kept).len(), 3, "its threads were ended");
        assert!(take_idle(|owned| Arc::ptr_eq(&owned.pool, &kept)).is_none());
    }
}
