//! Workers and their tasks.

use std::ops::ControlFlow;
#[cfg(feature = "rayon")]
use std::sync::Arc;
use std::sync::{Mutex, PoisonError};

use crate::error::Error;
use crate::request::Threads;
#[cfg(feature = "rayon")]
use crate::run::pools::PoolOfPlan;

/// The workers of a run.
#[derive(Clone, Debug)]
pub(crate) enum Workers {
    /// The calling thread.
    Caller,
    /// Rayon's global pool.
    #[cfg(feature = "rayon")]
    Global,
    /// All threads of a pool of the plan's own.
    #[cfg(feature = "rayon")]
    Own(Arc<PoolOfPlan>),
    /// All threads of the caller's pool.
    #[cfg(feature = "rayon")]
    Pool(Arc<rayon::ThreadPool>),
}

impl Workers {
    /// The workers that were asked for, at most so many. A pool is only started where two have
    /// work.
    pub(crate) fn new(threads: &Threads, most: usize) -> Result<Self, Error> {
        Ok(match threads {
            _ if most <= 1 => Self::Caller,
            #[cfg(feature = "rayon")]
            Threads::Current => Self::Global,
            #[cfg(not(feature = "rayon"))]
            Threads::Current => Self::Caller,
            #[cfg(feature = "rayon")]
            Threads::Fixed(threads) => Self::Own(Arc::new(PoolOfPlan::of(most.min(*threads))?)),
            #[cfg(feature = "rayon")]
            Threads::Pool(pool) => Self::Pool(Arc::clone(pool)),
        })
    }

    /// Workers, as seen from the calling thread: a rayon worker works alone, so that one level of
    /// parallelism stays one. (Waiting for helpers inside rayon picks up the caller's other tasks,
    /// and with them their memory.)
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Caller => 1,
            #[cfg(feature = "rayon")]
            Self::Global if rayon::current_thread_index().is_some() => 1,
            #[cfg(feature = "rayon")]
            Self::Global => rayon::current_num_threads(),
            #[cfg(feature = "rayon")]
            Self::Own(own) => available(own.pool()),
            #[cfg(feature = "rayon")]
            Self::Pool(pool) => available(pool),
        }
    }

    /// Runs every task, on as many workers as there are scratches. Workers take the next task when
    /// they have finished one, so that slow ones do not hold up the rest.
    pub(crate) fn for_each_task<T: Send, S: Send>(
        &self,
        scratches: &mut [S],
        tasks: impl Iterator<Item = T> + Send,
        run: impl Fn(T, &mut S) -> ControlFlow<()> + Sync,
    ) {
        match scratches {
            [] => panic!("a run has at least one worker, with its scratch"),
            [scratch] => {
                let _ = { tasks }.try_for_each(|task| run(task, scratch));
            }
            scratches => self.share(scratches, tasks, &run),
        }
    }

    fn share<T: Send, S: Send>(
        &self,
        scratches: &mut [S],
        tasks: impl Iterator<Item = T> + Send,
        run: &(impl Fn(T, &mut S) -> ControlFlow<()> + Sync),
    ) {
        let workers = scratches.len();
        let (scratches, tasks) = (Mutex::new(scratches.iter_mut()), Mutex::new(tasks));
        self.each(workers, &|| {
            let scratch = take(&scratches).expect("as many scratches as workers");
            while let Some(task) = take(&tasks)
                && run(task, scratch).is_continue()
            {}
        });
    }

    /// Calls `work` once on each of `count` workers. (Once for all types of tasks and scratches:
    /// entering a pool and starting a thread are much code.)
    fn each(&self, count: usize, work: &(dyn Fn() + Sync)) {
        match self {
            Self::Caller => (0..count).for_each(|_| work()),
            #[cfg(feature = "rayon")]
            Self::Global => spread(count, work),
            #[cfg(feature = "rayon")]
            Self::Own(own) => enter(own.pool(), count, work),
            #[cfg(feature = "rayon")]
            Self::Pool(pool) => enter(pool, count, work),
        }
    }
}

/// The next item of an iterator that workers share.
fn take<I: Iterator>(items: &Mutex<I>) -> Option<I::Item> {
    items.lock().unwrap_or_else(PoisonError::into_inner).next()
}

/// Workers of a pool, as seen from the calling thread.
#[cfg(feature = "rayon")]
fn available(pool: &rayon::ThreadPool) -> usize {
    if pool.current_thread_index().is_some() { 1 } else { pool.current_num_threads() }
}

/// Runs on a pool's workers and waits. A worker of another pool would spend the wait on that pool's
/// tasks, which may want a lock that the caller holds, so there a thread of its own waits for it.
#[cfg(feature = "rayon")]
fn enter(pool: &rayon::ThreadPool, count: usize, work: &(dyn Fn() + Sync)) {
    let run = || pool.install(|| spread(count, work));
    if rayon::current_thread_index().is_none() {
        return run();
    }
    let name = "gausstack-wait".to_owned();
    let waited = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name(name).spawn_scoped(scope, run);
        thread.map(|thread| thread.join())
    });
    match waited {
        Ok(Ok(())) => {}
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        // No thread to be had: the caller's tasks may be picked up after all.
        Err(_) => run(),
    }
}

#[cfg(feature = "rayon")]
fn spread(count: usize, work: &(dyn Fn() + Sync)) {
    rayon::scope(|scope| {
        for _ in 0..count {
            scope.spawn(|_| work());
        }
    });
}
