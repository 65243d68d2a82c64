//! The copy past the caches: a job's pixels moved by non-temporal stores, as its filter walks them.

use std::sync::{Arc, Mutex, PoisonError};

use gausstack::Level;
use gausstack_measure::CopyFloor;

use crate::job::{Failure, Job, Source, Target};

/// Copies of earlier jobs, whose threads are kept, by the number of these.
static COPIES: Mutex<Vec<(usize, Arc<CopyFloor>)>> = Mutex::new(Vec::new());

/// Copies the source of a job to its target, both of f32, on the job's threads.
pub(crate) fn streaming(job: Job<'_>) -> Result<(), Failure> {
    let (Source::F32(source), Target::F32(mut target)) = (job.source, job.target) else {
        return Err("the copy past the caches is of f32".into());
    };
    let sigmas = job.filter.sigma.iter().enumerate();
    let filtered: Vec<usize> =
        sigmas.filter(|(_, sigma)| **sigma != 0.0).map(|(axis, _)| axis).collect();
    let level = job.filter.level.unwrap_or_else(Level::detect);
    copy_on(job.filter.threads)?.copy_streaming(level, &source, &mut target, &filtered)?;
    Ok(())
}

fn copy_on(threads: usize) -> Result<Arc<CopyFloor>, Failure> {
    let mut copies = COPIES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, copy)) = copies.iter().find(|(of, _)| *of == threads) {
        return Ok(Arc::clone(copy));
    }
    let copy = Arc::new(CopyFloor::new(threads)?);
    copies.push((threads, Arc::clone(&copy)));
    Ok(copy)
}
