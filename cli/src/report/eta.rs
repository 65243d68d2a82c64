//! How far measuring has come, and how long it still takes.

use std::cell::Cell;

use crate::progress::Bar;

/// Follows the batches, whose lengths are known beside each other before they run.
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
    /// For batches of this cost altogether.
    pub(crate) fn new(total: f64) -> Self {
        Self { bar: Bar::new(), total, done: Cell::new(0.0), batch: Cell::new((0.0, 1, 1)) }
    }

    /// A batch of this cost begins with its checks.
    pub(crate) fn enter(&self, title: &str, cost: f64) {
        self.batch.set((cost, 1, 1));
        self.bar.share(self.done.get() / self.total, title);
    }

    /// Its rounds begin.
    pub(crate) fn begin(&self, rounds: usize, contenders: usize) {
        self.batch.set((self.batch.get().0, rounds, contenders.max(1)));
    }

    /// A contender of a round begins.
    pub(crate) fn show(&self, round: usize, place: usize) {
        let (cost, rounds, contenders) = self.batch.get();
        let rounds_done = (ROUNDS_BEFORE + round) as f64 + place as f64 / contenders as f64;
        let done = self.done.get() + cost * rounds_done / (ROUNDS_BEFORE + rounds) as f64;
        self.bar.advance(done / self.total);
    }

    /// The batch is over.
    pub(crate) fn leave(&self) {
        self.done.set(self.done.get() + self.batch.get().0);
    }

    /// All are.
    pub(crate) fn clear(&self) {
        self.bar.clear();
    }
}
