//! The filter against a copy and against arithmetic alone, in interleaved rounds.

use std::any::Any;

use gausstack::{Element, Plan};
use gausstack_measure::{
    ArithmeticFloor, Contender, CopyFloor, Error, Outcome, Rounds, operations,
};
use ndarray::Array3;

use super::Job;

/// The contenders on one number of threads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) threads: usize,
    pub(super) copy: Contender,
    /// The copy with non-temporal stores, which the machine's ceilings have for f32.
    pub(super) streaming: Option<Contender>,
    pub(super) arithmetic: Contender,
    /// The filter into memory that was touched before.
    pub(super) filter: Contender,
    /// The filter into an array of its own; on all threads only, for it takes long.
    pub(super) allocating: Option<Contender>,
}

/// The times, first on one thread, then on all.
pub(super) struct Race {
    pub(super) outcome: Outcome,
    pub(super) groups: Vec<Group>,
    pub(super) pixels: usize,
    /// Bytes of a pixel.
    pub(super) pixel_bytes: usize,
}

/// What one number of threads needs.
struct Team<T> {
    threads: usize,
    plan: Plan<T, T>,
    copy: CopyFloor,
    arithmetic: ArithmeticFloor,
}

impl<T: Element> Team<T> {
    fn new(job: &Job<T>, threads: usize) -> Result<Self, Error> {
        let plan = job.plan(threads)?;
        let copy = CopyFloor::new(threads)?;
        let arithmetic = ArithmeticFloor::new(plan.level(), plan.precision(), threads)?;
        Ok(Self { threads, plan, copy, arithmetic })
    }
}

/// Races one thread and all threads, writing into `out`.
///
/// `out` must have been touched: the first touch of its memory would be timed as the filter's work.
pub(super) fn run<T: Element>(
    job: &Job<T>,
    rounds: usize,
    out: &mut Array3<T>,
) -> Result<Race, Error> {
    let mut counts = vec![1, job.threads];
    counts.dedup();
    let teams: Vec<Team<T>> =
        counts.into_iter().map(|threads| Team::new(job, threads)).collect::<Result<_, _>>()?;
    let axes = job.axes();
    // What a contender returns is dropped after its clock has stopped: freeing is not filtering.
    let mut race = Rounds::<Array3<T>, Option<Array3<T>>, Error>::new(rounds);
    let single = (&job.stack as &dyn Any).downcast_ref::<Array3<f32>>();
    let mut groups = Vec::new();
    for Team { threads, plan, copy, arithmetic } in &teams {
        let needed = operations(plan.passes(), plan.precision(), job.stack.len());
        groups.push(Group {
            threads: *threads,
            copy: race.add("copy", move |out: &mut Array3<T>| {
                copy.copy(&job.stack, out, &axes).map(|()| None)
            }),
            streaming: single.map(|single| {
                race.add("streaming copy", move |out: &mut Array3<T>| {
                    if let Some(out) = (out as &mut dyn Any).downcast_mut::<Array3<f32>>() {
                        copy.copy_streaming(plan.level(), single, out, &axes)?;
                    }
                    Ok(None)
                })
            }),
            arithmetic: race.add_scaled("arithmetic", arithmetic.scale(needed), |_| {
                arithmetic.run();
                Ok(None)
            }),
            filter: race.add("filter", |out: &mut Array3<T>| {
                Ok(plan.apply_into(&job.stack, out).map(|()| None)?)
            }),
            allocating: (*threads == job.threads)
                .then(|| race.add("filter, new array", |_| Ok(Some(plan.apply(&job.stack)?)))),
        });
    }
    for Group { threads, copy, streaming, arithmetic, filter, allocating } in &groups {
        let of_group = [Some(*copy), *streaming, Some(*arithmetic), Some(*filter), *allocating];
        of_group.into_iter().flatten().for_each(|contender| race.busy(contender, *threads));
    }
    let outcome = race.run(out)?;
    Ok(Race { outcome, groups, pixels: job.stack.len(), pixel_bytes: size_of::<T>() })
}
