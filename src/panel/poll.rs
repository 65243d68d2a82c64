//! Whether a run goes on, asked in the middle of a panel: a tall one with long weights takes
//! seconds.

use std::ops::ControlFlow;

/// Who may stop a run.
pub(crate) trait Watch: Sync {
    /// Says whether to go on after so many more products. `unasked` counts a worker's products
    /// since an observer was last asked.
    fn poll(&self, unasked: &mut usize, products: usize) -> ControlFlow<()>;
}

/// Nobody stops the run.
pub(crate) struct Unwatched;

impl Watch for Unwatched {
    fn poll(&self, _: &mut usize, _: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// The watch of a run and one worker's count.
pub(crate) struct Poll<'w> {
    pub(crate) watch: &'w dyn Watch,
    pub(crate) unasked: &'w mut usize,
}

impl Poll<'_> {
    /// Says whether to go on after so many more products.
    pub(crate) fn after(&mut self, products: usize) -> ControlFlow<()> {
        self.watch.poll(self.unasked, products)
    }
}
