//! Progress of a report and its estimated time left.

use std::cell::Cell;

use crate::progress::Bar;

/// Tracks batches by their relative costs, which are known before they run.
pub(crate) struct Eta {
    bar: Bar,
    total: f64,
    /// Costs of the batches that are done.
    done: Cell<f64>,
    /// Cost of the batch that runs, its rounds, and the contenders in each of them.
    batch: Cell<(f64, usize, usize)>,
}

/// Rounds that the checks and the warm-up before them take together.
pub(crate) const ROUNDS_BEFORE: usize = 2;

impl Eta {
    /// Starts a bar for this total cost.
    pub(crate) fn new(total: f64) -> Self {
        Self { bar: Bar::new(), total, done: Cell::new(0.0), batch: Cell::new((0.0, 1, 1)) }
    }

    /// Starts a batch of this cost: its checks come first.
    pub(crate) fn enter(&self, title: &str, cost: f64) {
        self.batch.set((cost, 1, 1));
        self.bar.share(self.done.get() / self.total, title);
    }

    /// Starts the timed rounds of the batch.
    pub(crate) fn begin(&self, rounds: usize, contenders: usize) {
        self.batch.set((self.batch.get().0, rounds, contenders.max(1)));
    }

    /// Reports that a contender of a round starts.
    pub(crate) fn show(&self, round: usize, place: usize) {
        let (cost, rounds, contenders) = self.batch.get();
        let rounds_done = (ROUNDS_BEFORE + round) as f64 + place as f64 / contenders as f64;
        let done = self.done.get() + cost * rounds_done / (ROUNDS_BEFORE + rounds) as f64;
        self.bar.advance(done / self.total);
    }

    /// Ends the batch.
    pub(crate) fn leave(&self) {
        self.done.set(self.done.get() + self.batch.get().0);
    }

    /// Removes the bar.
    pub(crate) fn clear(&self) {
        self.bar.clear();
    }
}
