//! The thread that reads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender};

use super::stage::{Clock, Full};
use crate::block::BlockMut;
use crate::ends::Source;
use crate::error::Error;
use crate::layout::Layout;
use crate::mask::{Fit, Mask};
use crate::memory::Memory;
use crate::region::Region;
use crate::slabs::{Slab, Slabs};

pub(super) struct Reader<'a> {
    pub(super) source: &'a mut dyn Source,
    /// The mask, if pixels are left out.
    pub(super) mask: Option<(&'a mut Mask, &'a Fit)>,
    pub(super) slabs: &'a Slabs,
    /// The first slab that is read.
    pub(super) first: usize,
    /// Behind the last one.
    pub(super) end: usize,
    /// Rows that the next slab needs too, of the source and of the mask.
    pub(super) kept: [Memory; 2],
    /// Slabs that were read.
    pub(super) read: &'a AtomicUsize,
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
        let [kept, kept_mask] = &mut self.kept;
        let mut slabs =
            self.slabs.iter_from(self.first).take(self.end.saturating_sub(self.first)).peekable();
        while let Some(slab) = slabs.next() {
            let Ok(mut memory) = clock.wait(|| free.recv()) else { break };
            let layout = Layout { shape: slab.window.clone(), element, order };
            let (window, behind) = memory.bytes_mut().split_at_mut(layout.bytes());
            let next = slabs.peek().map_or(0, |next| next.kept);
            fill(window, &slab, (kept, next), |region, rows| {
                self.source.read(BlockMut::new(region, element, order, rows)?)
            })?;
            if let Some((mask, fit)) = &mut self.mask {
                let valid = &mut behind[..layout.of(fit.layout().element).bytes()];
                fill(valid, &slab, (kept_mask, next), |region, rows| {
                    mask.read(fit, (region, order), rows)
                })?;
            }
            self.read.fetch_add(1, Ordering::Release);
            if full.send(Full { slab, memory }).is_err() {
                break;
            }
        }
        Ok(clock)
    }
}

/// Fills a window: with the rows that were kept of the one before, and by `read` with the others. The
/// last ones, as many as the `next` window needs too, are kept.
fn fill(
    window: &mut [u8],
    slab: &Slab,
    (kept, next): (&mut Memory, usize),
    mut read: impl FnMut(&Region, &mut [u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    // Rows lie one behind the other: along the axis of a halo nothing is cut further out.
    let row = window.len() / slab.window.get(slab.axis).copied().unwrap_or(1).max(1);
    let element = window.len() / slab.window.iter().product::<usize>().max(1);
    let mut at = slab.kept * row;
    window[..at].copy_from_slice(&kept.bytes()[..at]);
    for region in &slab.reads {
        let bytes = region.shape.iter().product::<usize>() * element;
        read(region, &mut window[at..at + bytes])?;
        at += bytes;
    }
    let last = window.len() - next * row;
    kept.bytes_mut()[..next * row].copy_from_slice(&window[last..]);
    Ok(())
}
