//! What the stages of a stream have in common.

use std::time::{Duration, Instant};

use crate::memory::Memory;
use crate::slabs::Slab;

/// A slab on its way, and its elements.
pub(super) struct Full {
    pub(super) slab: Slab,
    pub(super) memory: Memory,
}

/// The time of one stage of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Busy {
    /// Spent at its work.
    pub working: Duration,
    /// Spent waiting for another stage.
    pub waiting: Duration,
}

/// Splits the time of a stage into work and waiting.
pub(super) struct Clock {
    since: Instant,
    busy: Busy,
}

impl Clock {
    /// Starts with work.
    pub(super) fn start() -> Self {
        Self { since: Instant::now(), busy: Busy::default() }
    }

    /// Runs what waits for another stage.
    pub(super) fn wait<T>(&mut self, wait: impl FnOnce() -> T) -> T {
        self.busy.working += self.since.elapsed();
        self.since = Instant::now();
        let result = wait();
        self.busy.waiting += self.since.elapsed();
        self.since = Instant::now();
        result
    }

    /// Ends with work.
    pub(super) fn busy(mut self) -> Busy {
        self.busy.working += self.since.elapsed();
        self.busy
    }
}
