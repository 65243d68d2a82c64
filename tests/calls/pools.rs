//! Threads: pools of the caller's, runs inside somebody's parallel work, and that nothing hangs.
#![cfg(feature = "rayon")]

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use crate::common::compare::same_bits;
use crate::common::inputs::{Distribution, random};
use crate::common::levels::each_level;
use crate::common::watchdog;
use gausstack::{Gaussian, Mode, Plan, Threads};
use ndarray::ArrayD;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Far more than any of these checks takes, far less than a hung test run.
const LIMIT: Duration = Duration::from_secs(60);

/// A stack that is worth several threads.
const SHAPE: [usize; 3] = [128, 24, 300];

fn data() -> ArrayD<f32> {
    random(Distribution::Normal, &SHAPE, 71)
}

fn gaussian() -> Gaussian {
    Gaussian::new([2.0, 3.0]).axes([0, 2])
}

fn pool(threads: usize) -> Arc<ThreadPool> {
    let pool = ThreadPoolBuilder::new().num_threads(threads).thread_name(|i| format!("own {i}"));
    Arc::new(pool.build().expect("a few threads"))
}

type Seen = Arc<Mutex<HashSet<(ThreadId, String)>>>;

/// The request with a note of every thread that the observer is called from.
fn watched(threads: Threads) -> (Gaussian, Seen) {
    let seen = Seen::default();
    let note = seen.clone();
    let gaussian = gaussian().threads(threads).observer(move |_| {
        let thread = thread::current();
        let name = thread.name().unwrap_or_default().to_owned();
        note.lock().expect("no call panicked").insert((thread.id(), name));
        ControlFlow::Continue(())
    });
    (gaussian, seen)
}

fn expected() -> ArrayD<f32> {
    gaussian().threads(Threads::Fixed(1)).apply(&data()).expect("valid")
}

fn cpus() -> usize {
    thread::available_parallelism().map_or(1, |cpus| cpus.get())
}

/// One worker is the calling thread; several are others, and more than one of them works.
#[test]
fn numbers_of_workers_are_real() {
    watchdog::within(LIMIT, || {
        let data = data();
        each_level(|level| {
            let (gaussian, seen) = watched(Threads::Fixed(1));
            let expected = gaussian.level(level).apply(&data).expect("valid");
            let alone: Vec<_> = seen.lock().expect("unharmed").iter().map(|(id, _)| *id).collect();
            assert_eq!(alone, [thread::current().id()]);
            let (gaussian, seen) = watched(Threads::Pool(pool(7)));
            let plan = gaussian.level(level).plan::<f32, f32>(SHAPE).expect("valid");
            assert_eq!(plan.workers(), 7);
            // Which worker takes which task is theirs to settle; a second one soon takes some.
            for _ in 0..200 {
                same_bits(&plan.apply(&data).expect("valid"), &expected, 7);
                if seen.lock().expect("unharmed").len() > 1 {
                    return;
                }
            }
            panic!("one worker did everything");
        });
    });
}

/// No more workers than CPUs, and no more threads are started: a thousand million would take the
/// machine down.
#[test]
fn fixed_numbers_end_at_the_cpus() {
    watchdog::within(LIMIT, || {
        for asked in [cpus(), cpus() + 1, 1000, 1_000_000_000] {
            let (gaussian, seen) = watched(Threads::Fixed(asked));
            let plan = gaussian.plan::<f32, f32>(SHAPE).expect("valid");
            assert_eq!(plan.workers(), cpus());
            same_bits(&plan.apply(&data()).expect("valid"), &expected(), asked);
            assert!(seen.lock().expect("unharmed").len() <= cpus());
            let said = plan.to_string();
            let clamped = said.contains(&format!("({asked} asked for, {} CPUs)", cpus()));
            assert_eq!(clamped, asked > cpus(), "{said}");
        }
    });
}

/// Workers beyond those that get a part of the image are not there.
#[test]
fn no_more_workers_than_parts() {
    watchdog::within(LIMIT, || {
        let eight = pool(8);
        for (shape, axes, most) in [
            // One line after the other, and a single one, which is one part.
            (vec![3, 2_000_000], vec![1], 8),
            (vec![1, 6_000_000], vec![1], 8),
            (vec![100_000, 1], vec![0], 8),
            (vec![2, 40, 60], vec![1, 2], 1),
        ] {
            let gaussian = Gaussian::new(9.0).axes(axes).threads(Threads::Pool(eight.clone()));
            let plan = gaussian.plan::<f32, f32>(&shape).expect("valid");
            assert!(plan.workers() <= most, "{} workers for {shape:?}", plan.workers());
            let data: ArrayD<f32> = random(Distribution::Normal, &shape, 73);
            let alone = gaussian.threads(1).apply(&data).expect("valid");
            same_bits(&plan.apply(&data).expect("valid"), &alone, &shape);
        }
    });
}

/// All the work is done by the pool that was handed in.
#[test]
fn a_pool_of_the_callers_own_does_the_work() {
    watchdog::within(LIMIT, || {
        let (gaussian, seen) = watched(Threads::Pool(pool(3)));
        let plan = gaussian.plan::<f32, f32>(SHAPE).expect("valid");
        assert_eq!(plan.workers(), 3);
        same_bits(&plan.apply(&data()).expect("valid"), &expected(), "a pool of the caller's");
        for (_, name) in seen.lock().expect("unharmed").iter() {
            assert!(name.starts_with("own "), "thread {name:?} is not of the pool");
        }
    });
}

/// Inside a rayon worker a run with [`Threads::Current`] stays on that thread.
#[test]
fn inside_a_worker_the_run_stays_there() {
    watchdog::within(LIMIT, || {
        let (data, expected) = (data(), expected());
        let (gaussian, seen) = watched(Threads::Current);
        let outside = gaussian.plan::<f32, f32>(SHAPE).expect("valid");
        let found = pool(3).install(|| {
            // Planned outside or inside: where it is run counts.
            let inside = gaussian.plan::<f32, f32>(SHAPE).expect("valid");
            for plan in [&outside, &inside] {
                seen.lock().expect("unharmed").clear();
                same_bits(&plan.apply(&data).expect("valid"), &expected, "inside");
                let threads: Vec<_> =
                    seen.lock().expect("unharmed").iter().map(|(id, _)| *id).collect();
                assert_eq!(threads, [thread::current().id()]);
            }
            inside.apply(&data)
        });
        same_bits(&found.expect("valid"), &expected, "inside");
    });
}

/// The scratch of earlier runs serves later ones, in place too, whichever number of workers they
/// have.
#[test]
fn runs_inside_and_outside_take_turns() {
    watchdog::within(LIMIT, || {
        let own = pool(3);
        for (shape, axes) in [(vec![401, 503], vec![0, 1]), (vec![60, 70, 80], vec![0, 1, 2])] {
            let data: ArrayD<f32> = random(Distribution::Normal, &shape, 72);
            let gaussian = Gaussian::new(3.0).axes(axes).mode(Mode::Wrap);
            let expected = gaussian.clone().threads(Threads::Fixed(1)).apply(&data).expect("valid");
            let plan = gaussian.threads(Threads::Pool(own.clone()));
            let plan = plan.plan::<f32, f32>(&shape).expect("valid");
            let in_place = || {
                let mut image = data.clone();
                plan.apply_in_place(&mut image).expect("valid");
                image
            };
            for turn in 0..3 {
                same_bits(&plan.apply(&data).expect("valid"), &expected, ("outside", turn));
                same_bits(&own.install(in_place), &expected, ("in place, inside", turn));
                same_bits(&in_place(), &expected, ("in place, outside", turn));
            }
        }
    });
}

/// More tasks than workers, each with a run of its own, all at once.
fn in_tasks(outer: &ThreadPool, plan: &Plan<f32, f32>) {
    let (data, expected) = (data(), expected());
    let found: Vec<ArrayD<f32>> = outer
        .install(|| (0..12).into_par_iter().map(|_| plan.apply(&data).expect("valid")).collect());
    for found in found {
        same_bits(&found, &expected, "in a task");
    }
}

/// Whatever threads a plan has, running it in tasks of another pool or of its own does not hang.
#[test]
fn plans_run_in_tasks() {
    watchdog::within(LIMIT, || {
        for workers in [1, 2, 3] {
            let own = pool(workers);
            let all = [
                Threads::Current,
                Threads::Fixed(1),
                Threads::Fixed(3),
                Threads::Pool(own.clone()),
                Threads::Pool(pool(2)),
            ];
            for threads in all {
                let plan = gaussian().threads(threads).plan::<f32, f32>(SHAPE).expect("valid");
                in_tasks(&own, &plan);
            }
        }
    });
}

/// The same from plain threads, which share one plan and its pool.
#[test]
fn plans_are_shared_between_threads() {
    watchdog::within(LIMIT, || {
        for threads in [Threads::Current, Threads::Fixed(2), Threads::Pool(pool(2))] {
            let plan = gaussian().threads(threads).plan::<f32, f32>(SHAPE).expect("valid");
            let (data, expected) = (data(), expected());
            thread::scope(|scope| {
                for _ in 0..6 {
                    scope.spawn(|| {
                        let found = plan.apply(&data).expect("valid");
                        same_bits(&found, &expected, "from a thread");
                        let mut image = data.clone();
                        plan.apply_in_place(&mut image).expect("valid");
                        same_bits(&image, &expected, "in place from a thread");
                    });
                }
            });
        }
    });
}

/// A lock that is held around a run must not be asked for again by a task that the waiting thread
/// picks up meanwhile.
fn under_a_lock(threads: impl FnOnce(&Arc<ThreadPool>) -> Threads) {
    let outer = pool(2);
    let plan = gaussian().threads(threads(&outer)).plan::<f32, f32>(SHAPE).expect("valid");
    watchdog::within(LIMIT, move || {
        let (data, lock) = (data(), Mutex::new(0));
        outer.install(|| {
            (0..16).into_par_iter().for_each(|_| {
                let mut runs = lock.lock().expect("no task panicked");
                plan.apply(&data).expect("valid");
                *runs += 1;
            });
        });
        assert_eq!(lock.into_inner().expect("no task panicked"), 16);
    });
}

#[test]
fn under_a_lock_with_current_threads() {
    under_a_lock(|_| Threads::Current);
}

#[test]
fn under_a_lock_with_fixed_threads() {
    under_a_lock(|_| Threads::Fixed(2));
}

#[test]
fn under_a_lock_with_the_outer_pool() {
    under_a_lock(|outer| Threads::Pool(outer.clone()));
}

#[test]
fn under_a_lock_with_another_pool() {
    under_a_lock(|_| Threads::Pool(pool(2)));
}
