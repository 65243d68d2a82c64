//! Workers that decode and encode what files hold: those that the filter has.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gausstack::Threads;
use rayon::ThreadPoolBuilder;

/// Workers that the stages of a [`Stream`](crate::Stream) share: sources decode and sinks encode
/// on the threads that the filter runs on, so that each has as many of them as it has work for, and
/// all together no more than were asked for.
///
/// A single worker is the thread that asks: of each stage its own.
///
/// ```
/// use gausstack::Threads;
/// use gausstack_io::Workers;
///
/// let workers = Workers::of(&Threads::Fixed(1));
/// assert_eq!(workers.count(), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Workers {
    threads: Threads,
}

impl Workers {
    /// The workers that were asked for. A number of threads becomes a pool of so many, but no more
    /// than the CPUs that the process may use.
    #[must_use]
    pub fn of(threads: &Threads) -> Self {
        let threads = match *threads {
            // A worker of rayon's is not to wait for the others of its pool.
            Threads::Current if rayon::current_thread_index().is_some() => Threads::Fixed(1),
            Threads::Fixed(count @ 2..) if u32::try_from(count).is_ok() => pool(count),
            ref other => other.clone(),
        };
        Self { threads }
    }

    /// What a filter takes to run on these workers.
    #[must_use]
    pub fn threads(&self) -> Threads {
        self.threads.clone()
    }

    /// How many work at once, as seen from the calling thread: a worker of rayon's works alone.
    #[must_use]
    pub fn count(&self) -> usize {
        if rayon::current_thread_index().is_some() {
            return 1;
        }
        match &self.threads {
            Threads::Current => rayon::current_num_threads(),
            Threads::Pool(pool) => pool.current_num_threads(),
            _ => 1,
        }
    }

    /// Runs every task, on as many workers as there are states: each has one for itself. They take
    /// the next task when they have finished one. The error is that of the first task, in the order
    /// of the tasks, that has one; those behind it may not run.
    ///
    /// # Panics
    /// Without a state.
    #[cfg_attr(
        not(any(feature = "hdf5", feature = "tiff", feature = "zarr")),
        allow(dead_code, reason = "only some formats decode and encode")
    )]
    pub(crate) fn for_each<T: Send, S: Send, E: Send>(
        &self,
        states: &mut [S],
        tasks: impl Iterator<Item = T> + Send,
        run: impl Fn(T, &mut S) -> Result<(), E> + Sync,
    ) -> Result<(), E> {
        match states {
            [] => panic!("tasks have at least one worker, with its state"),
            [state] => { tasks }.try_for_each(|task| run(task, state)),
            states => self.share(states, tasks, &run),
        }
    }

    fn share<T: Send, S: Send, E: Send>(
        &self,
        states: &mut [S],
        tasks: impl Iterator<Item = T> + Send,
        run: &(impl Fn(T, &mut S) -> Result<(), E> + Sync),
    ) -> Result<(), E> {
        // The place of the first task that failed: later ones are not begun.
        let (failed, error) = (AtomicUsize::new(usize::MAX), Mutex::new(None));
        let tasks = Mutex::new(tasks.enumerate());
        let next = || held(&tasks).next();
        let work = |state: &mut S| {
            while let Some((place, task)) = next()
                && place < failed.load(Ordering::Relaxed)
            {
                if let Err(found) = run(task, state) {
                    let mut error = held(&error);
                    if failed.fetch_min(place, Ordering::Relaxed) > place {
                        *error = Some(found);
                    }
                }
            }
        };
        let each = || {
            rayon::scope(|scope| {
                for state in states {
                    scope.spawn(|_| work(state));
                }
            });
        };
        match &self.threads {
            Threads::Pool(pool) => pool.install(each),
            _ => each(),
        }
        held(&error).take().map_or(Ok(()), Err)
    }
}

/// A pool of so many threads. Where none can be started, the filter's own error says so.
fn pool(count: usize) -> Threads {
    let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let most = count.min(cpus);
    if most == 1 {
        return Threads::Fixed(count);
    }
    let builder = ThreadPoolBuilder::new().num_threads(most);
    let started = builder.thread_name(|index| format!("gausstack-{index}")).build();
    started.map_or(Threads::Fixed(count), |pool| Threads::Pool(Arc::new(pool)))
}

/// What a worker that panics leaves is dropped with the panic.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workers(count: usize) -> Workers {
        let pool = ThreadPoolBuilder::new().num_threads(count).build().unwrap();
        Workers::of(&Threads::Pool(Arc::new(pool)))
    }

    #[test]
    fn every_task_runs_once_with_a_state_of_its_own() {
        for count in [1, 2, 5] {
            let workers = workers(count);
            assert_eq!(workers.count(), count);
            let mut states = vec![Vec::new(); count];
            let ran = workers.for_each(&mut states, 0..1000, |task, state| {
                state.push(task);
                Ok::<_, ()>(())
            });
            assert_eq!(ran, Ok(()));
            let mut all = states.concat();
            all.sort_unstable();
            assert!(all.into_iter().eq(0..1000), "{count}");
        }
    }

    #[test]
    fn the_error_is_that_of_the_first_task() {
        for count in [1, 3] {
            let (workers, mut states) = (workers(count), vec![0; count]);
            for _ in 0..100 {
                let ran = workers.for_each(&mut states, 0..50, |task, ran| {
                    *ran += 1;
                    if task % 7 == 6 { Err(task) } else { Ok(()) }
                });
                assert_eq!(ran, Err(6));
            }
            assert!(states.iter().sum::<usize>() >= 700);
        }
    }

    #[test]
    fn a_worker_of_rayon_works_alone() {
        let workers = workers(3);
        let Threads::Pool(pool) = workers.threads() else { panic!("another kind") };
        assert_eq!(pool.install(|| workers.count()), 1);
        assert_eq!(pool.install(|| Workers::of(&Threads::Current).count()), 1);
        assert!(matches!(Workers::of(&Threads::Fixed(0)).threads(), Threads::Fixed(0)));
    }
}
