//! The filter against a copy and against arithmetic alone, in interleaved rounds.

use gausstack::{AnyArray, AnyPlan};
use gausstack_io::memory::Memory;
use gausstack_measure::{
    ArithmeticFloor, Contender, CopyFloor, Error, Outcome, Rounds, operations,
};

use super::job::Job;

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
struct Team {
    threads: usize,
    plan: AnyPlan,
    copy: CopyFloor,
    arithmetic: ArithmeticFloor,
}

impl Team {
    fn new(job: &Job, threads: usize) -> Result<Self, Error> {
        let plan = job.plan(threads)?;
        let copy = CopyFloor::new(threads)?;
        let arithmetic = ArithmeticFloor::new(plan.level(), plan.precision(), threads)?;
        Ok(Self { threads, plan, copy, arithmetic })
    }
}

/// Races one thread and all threads, writing into `out`.
///
/// `out` must have been touched: the first touch of its memory would be timed as the filter's work.
pub(super) fn run(job: &Job, rounds: usize, out: &mut Memory) -> Result<Race, Error> {
    let mut counts = vec![1, job.threads];
    counts.dedup();
    let teams: Vec<Team> =
        counts.into_iter().map(|threads| Team::new(job, threads)).collect::<Result<_, _>>()?;
    let (stack, axes) = (job.stack, job.axes());
    let pixels = job.pixels.bytes();
    // What a contender returns is dropped after its clock has stopped: freeing is not filtering.
    let mut race = Rounds::<Memory, Option<AnyArray>, Error>::new(rounds);
    let mut groups = Vec::new();
    for Team { threads, plan, copy, arithmetic } in &teams {
        let needed = operations(plan.passes(), plan.precision(), stack.pixels());
        groups.push(Group {
            threads: *threads,
            copy: race.add("copy", move |out: &mut Memory| {
                stack.copy(copy, pixels, out.bytes_mut(), axes).map(|()| None)
            }),
            streaming: stack.has_streaming_copy().then(|| {
                race.add("streaming copy", move |out: &mut Memory| {
                    let (level, out) = (plan.level(), out.bytes_mut());
                    stack.copy_streaming(copy, level, pixels, out, axes).map(|()| None)
                })
            }),
            arithmetic: race.add_scaled("arithmetic", arithmetic.scale(needed), |_| {
                arithmetic.run();
                Ok(None)
            }),
            filter: race.add("filter", move |out: &mut Memory| {
                let (from, to) = (stack.view(pixels), stack.view_mut(out.bytes_mut()));
                Ok(plan.apply_into(from, to).map(|()| None)?)
            }),
            allocating: (*threads == job.threads).then(|| {
                race.add("filter, new array", move |_| Ok(Some(plan.apply(stack.view(pixels))?)))
            }),
        });
    }
    for Group { threads, copy, streaming, arithmetic, filter, allocating } in &groups {
        let of_group = [Some(*copy), *streaming, Some(*arithmetic), Some(*filter), *allocating];
        of_group.into_iter().flatten().for_each(|contender| race.busy(contender, *threads));
    }
    let outcome = race.run(out)?;
    Ok(Race { outcome, groups, pixels: stack.pixels(), pixel_bytes: stack.element.size() })
}
