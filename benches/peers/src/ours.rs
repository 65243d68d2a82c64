//! gausstack, used as a program uses it: a plan is made once and run many times.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};

use gausstack::{Element, Plan};
use ndarray::{ArrayViewD, ArrayViewMutD};

use crate::job::{Failure, Filter, Job, Source, Target};

/// Plans of earlier jobs, of any element types. A race has a few dozen: a search takes no time
/// beside a run.
static PLANS: Mutex<Vec<(Filter, Arc<dyn Any + Send + Sync>)>> = Mutex::new(Vec::new());

/// Filters with gausstack.
pub(crate) fn run(job: Job<'_>) -> Result<(), Failure> {
    match job.source {
        Source::F32(source) => run_from(&job.filter, source, job.target),
        Source::F64(source) => run_from(&job.filter, source, job.target),
        Source::U8(source) => run_from(&job.filter, source, job.target),
        Source::U16(source) => run_from(&job.filter, source, job.target),
    }
}

fn run_from<In: Element>(
    filter: &Filter,
    source: ArrayViewD<'_, In>,
    target: Target<'_>,
) -> Result<(), Failure> {
    match target {
        Target::F32(target) => apply(filter, &source, target),
        Target::F64(target) => apply(filter, &source, target),
        Target::U8(target) => apply(filter, &source, target),
        Target::U16(target) => apply(filter, &source, target),
    }
}

fn apply<In: Element, Out: Element>(
    filter: &Filter,
    source: &ArrayViewD<'_, In>,
    mut target: ArrayViewMutD<'_, Out>,
) -> Result<(), Failure> {
    Ok(plan::<In, Out>(filter)?.apply_into(source, &mut target)?)
}

/// The plan of a filter: of an earlier job, or a new one that is kept.
pub(crate) fn plan<In: Element, Out: Element>(
    filter: &Filter,
) -> Result<Arc<Plan<In, Out>>, Failure> {
    let mut plans = PLANS.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = plans.iter().filter(|(of, _)| of == filter);
    if let Some(plan) = kept.filter_map(|(_, plan)| Arc::clone(plan).downcast().ok()).next() {
        return Ok(plan);
    }
    let plan = Arc::new(filter.plan::<In, Out>()?);
    plans.push((filter.clone(), plan.clone()));
    Ok(plan)
}
