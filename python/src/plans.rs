//! Plans that are kept, so that calls with small images pay for their pixels and not for being
//! planned again and again.

use std::env;
use std::ffi::OsString;
use std::sync::{Arc, Mutex, TryLockError};

use gausstack::{AnyPlan, ElementType};

use crate::arrays::Arrays;
use crate::parameters::Parameters;
use crate::process;

/// Plans that are kept at most, those that were used last.
const MAX_PLANS: usize = 32;

/// Bytes that a run of a kept plan may take beside its arrays: a plan keeps them for its next run.
const MAX_BYTES: usize = 1 << 20;

static PLANS: Mutex<Vec<Kept>> = Mutex::new(Vec::new());

/// A plan, and the call that it is for.
struct Kept {
    call: Call,
    plan: Arc<AnyPlan>,
}

/// All that a plan depends on.
#[derive(Clone, PartialEq)]
pub(crate) struct Call {
    pub(crate) parameters: Arc<Parameters>,
    /// The bits of the number outside.
    cval: u64,
    pub(crate) shape: Vec<usize>,
    pub(crate) types: [ElementType; 2],
    pub(crate) masked: bool,
    pub(crate) workers: usize,
    /// What the environment forces.
    forced: [Option<OsString>; 3],
    /// The process: locks within a plan may be held by threads that a forked process does not have.
    process: u32,
}

impl Call {
    pub(crate) fn new(
        parameters: &Arc<Parameters>,
        cval: f64,
        arrays: &Arrays<'_>,
        workers: usize,
    ) -> Self {
        Self {
            parameters: Arc::clone(parameters),
            cval: cval.to_bits(),
            shape: arrays.shape().to_vec(),
            types: arrays.types(),
            masked: arrays.is_masked(),
            workers,
            forced: ["GAUSSTACK_LEVEL", "GAUSSTACK_TUNING", "GAUSSTACK_CACHES"].map(env::var_os),
            process: process::generation(),
        }
    }

    /// The number outside.
    pub(crate) fn cval(&self) -> f64 {
        f64::from_bits(self.cval)
    }

    /// The plan that was kept of such a call, if there is one.
    pub(crate) fn kept(&self) -> Option<Arc<AnyPlan>> {
        with_plans(|plans| {
            let place = plans.iter().rposition(|kept| kept.call == *self)?;
            // The one that was used last is the last one.
            plans[place..].rotate_left(1);
            plans.last().map(|kept| Arc::clone(&kept.plan))
        })
        .flatten()
    }

    /// Keeps a plan, if it is one of a small call on the calling thread. Others hold threads, or
    /// memory, and take long enough to run.
    pub(crate) fn keep(self, plan: &Arc<AnyPlan>) {
        let is_small = plan.workers() == 1 && plan.memory_bytes() <= MAX_BYTES;
        if !is_small || !self.parameters.is_comparable() {
            return;
        }
        // What is dropped is dropped without the lock.
        let dropped = with_plans(|plans| {
            let dropped = (plans.len() >= MAX_PLANS).then(|| plans.remove(0));
            plans.push(Kept { call: self, plan: Arc::clone(plan) });
            dropped
        });
        drop(dropped);
    }
}

/// Looks at the plans, unless another thread does: it must not be waited for, since it may be one
/// that was not forked.
fn with_plans<R>(look: impl FnOnce(&mut Vec<Kept>) -> R) -> Option<R> {
    match PLANS.try_lock() {
        Ok(mut plans) => Some(look(&mut plans)),
        Err(TryLockError::Poisoned(plans)) => Some(look(&mut plans.into_inner())),
        Err(TryLockError::WouldBlock) => None,
    }
}
