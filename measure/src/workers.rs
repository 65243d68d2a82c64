//! The threads a floor is measured on.

use std::sync::Arc;

use rayon::prelude::*;

use crate::error::Error;
use crate::team::Team;

/// A number of threads: the calling one, or a pool that is kept, so that no measurement pays for
/// starting threads.
#[derive(Debug)]
pub(crate) struct Workers {
    pool: Option<Arc<rayon::ThreadPool>>,
}

impl Workers {
    pub(crate) fn new(threads: usize) -> Result<Self, Error> {
        if threads <= 1 {
            return Ok(Self { pool: None });
        }
        Ok(Self::of(&Team::new(threads)?))
    }

    /// Those of a team, though it is one thread.
    pub(crate) fn of(team: &Team) -> Self {
        Self { pool: Some(team.pool()) }
    }

    pub(crate) fn count(&self) -> usize {
        self.pool.as_ref().map_or(1, |pool| pool.current_num_threads())
    }

    /// Hands each task to whichever thread is free.
    pub(crate) fn for_each<T: Send>(&self, tasks: Vec<T>, work: impl Fn(T) + Send + Sync) {
        match &self.pool {
            None => tasks.into_iter().for_each(work),
            Some(pool) => pool.install(|| {
                tasks.into_par_iter().with_max_len(1).for_each(work);
            }),
        }
    }

    /// Runs a function once on every thread, on all at the same time.
    pub(crate) fn on_each<R: Send>(&self, work: impl Fn() -> R + Sync) -> Vec<R> {
        match &self.pool {
            None => vec![work()],
            Some(pool) => pool.broadcast(|_| work()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Mutex;
    use std::thread::ThreadId;

    use super::*;

    #[test]
    fn every_thread_works_once() {
        for threads in 1..4 {
            let workers = Workers::new(threads).unwrap();
            assert_eq!(workers.count(), threads);
            let seen: HashSet<ThreadId> =
                workers.on_each(|| std::thread::current().id()).into_iter().collect();
            assert_eq!(seen.len(), threads);
        }
    }

    #[test]
    fn every_task_is_done_once() {
        for threads in [1, 3] {
            let done = Mutex::new(Vec::new());
            Workers::new(threads).unwrap().for_each((0..20).collect(), |i| {
                done.lock().unwrap().push(i);
            });
            let mut done = done.into_inner().unwrap();
            done.sort_unstable();
            assert_eq!(done, (0..20).collect::<Vec<i32>>());
        }
    }
}
