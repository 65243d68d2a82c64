//! The arithmetic floor: a job's operations in registers alone.

use std::sync::{Arc, Mutex, PoisonError};

use gausstack::{Element, Level, Plan, Precision};
use gausstack_measure::{ArithmeticFloor, operations};

use crate::job::{Failure, Job, Source, Target};
use crate::ours::plan;

/// Floors of earlier jobs: the size of their loops and their threads are kept.
static FLOORS: Mutex<Vec<(Kind, Arc<ArithmeticFloor>)>> = Mutex::new(Vec::new());

/// What tells one floor from another.
type Kind = (Level, Precision, usize);

/// Runs the loop of the job's level and arithmetic once on each of its threads, and returns what
/// the time of this run is to be multiplied with to get the time of the job's operations.
pub(crate) fn run(job: &Job<'_>) -> Result<f64, Failure> {
    match (&job.source, &job.target) {
        (Source::F32(_), Target::F32(_)) => run_for::<f32, f32>(job),
        (Source::F32(_), Target::F64(_)) => run_for::<f32, f64>(job),
        (Source::F64(_), Target::F32(_)) => run_for::<f64, f32>(job),
        (Source::F64(_), Target::F64(_)) => run_for::<f64, f64>(job),
        _ => Err("the floor is of floating-point arrays".into()),
    }
}

fn run_for<In: Element, Out: Element>(job: &Job<'_>) -> Result<f64, Failure> {
    let plan: Arc<Plan<In, Out>> = plan(&job.filter)?;
    let floor = floor((plan.level(), plan.precision(), job.filter.threads))?;
    floor.run();
    let pixels = plan.shape().iter().product();
    Ok(floor.scale(operations(plan.passes(), plan.precision(), pixels)))
}

fn floor(kind: Kind) -> Result<Arc<ArithmeticFloor>, Failure> {
    let mut floors = FLOORS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, floor)) = floors.iter().find(|(of, _)| *of == kind) {
        return Ok(Arc::clone(floor));
    }
    let (level, precision, threads) = kind;
    let floor = Arc::new(ArithmeticFloor::new(level, precision, threads)?);
    floors.push((kind, Arc::clone(&floor)));
    Ok(floor)
}
