//! The thread that reads.

use std::sync::mpsc::{Receiver, Sender};

use super::stage::{Clock, Full};
use crate::block::BlockMut;
use crate::ends::Source;
use crate::error::Error;
use crate::layout::Layout;
use crate::memory::Memory;
use crate::slabs::Slabs;

pub(super) struct Reader<'a> {
    pub(super) source: &'a mut dyn Source,
    pub(super) slabs: &'a Slabs,
    /// The first slab that is read.
    pub(super) first: usize,
    /// Memory of rows that the next slab needs too.
    pub(super) kept: Memory,
}

impl Reader<'_> {
    /// Reads all slabs, or until the stage behind it ends.
    pub(super) fn run(
        mut self,
        free: &Receiver<Memory>,
        full: &Sender<Full>,
    ) -> Result<Clock, Error> {
        let mut clock = Clock::start();
        let Layout { element, order, .. } = *self.source.layout();
        let mut slabs = self.slabs.iter_from(self.first).peekable();
        while let Some(slab) = slabs.next() {
            let Ok(mut memory) = clock.wait(|| free.recv()) else { break };
            let layout = Layout { shape: slab.window.clone(), element, order };
            let window = &mut memory.bytes_mut()[..layout.bytes()];
            // Rows lie one behind the other: along the axis of a halo nothing is cut further out.
            let row = layout.bytes() / slab.window.get(slab.axis).copied().unwrap_or(1).max(1);
            let mut at = slab.kept * row;
            window[..at].copy_from_slice(&self.kept.bytes()[..at]);
            for region in &slab.reads {
                let bytes = Layout { shape: region.shape.clone(), element, order }.bytes();
                let rows = &mut window[at..at + bytes];
                self.source.read(BlockMut::new(region, element, order, rows)?)?;
                at += bytes;
            }
            if let Some(next) = slabs.peek() {
                let kept = next.kept * row;
                let last = window.len() - kept;
                self.kept.bytes_mut()[..kept].copy_from_slice(&window[last..]);
            }
            if full.send(Full { slab, memory }).is_err() {
                break;
            }
        }
        Ok(clock)
    }
}
