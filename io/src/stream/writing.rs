//! The thread that writes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender};

use super::stage::{Clock, Full};
use crate::block::Block;
use crate::ends::Sink;
use crate::error::Error;
use crate::journal::Journal;
use crate::layout::Layout;
use crate::memory::Memory;
use crate::slabs::Slab;

pub(super) struct Writer<'a> {
    pub(super) sink: &'a mut dyn Sink,
    /// Where slabs are noted that were written.
    pub(super) journal: Option<&'a mut Journal>,
    /// Slabs that were written.
    pub(super) written: &'a AtomicUsize,
}

impl Writer<'_> {
    /// Writes the slabs that were filtered, until there are none.
    pub(super) fn run(
        mut self,
        full: &Receiver<Full>,
        free: &Sender<Memory>,
    ) -> Result<Clock, Error> {
        let mut clock = Clock::start();
        let Layout { element, order, .. } = *self.sink.layout();
        while let Ok(Full { slab, mut memory }) = clock.wait(|| full.recv()) {
            let window = Layout { shape: slab.window.clone(), element, order };
            let bytes = output(&slab, &window, &mut memory.bytes_mut()[..window.bytes()]);
            self.sink.write(Block::new(&slab.output, element, order, bytes)?)?;
            if let Some(journal) = &mut self.journal {
                journal.wrote(bytes)?;
            }
            self.written.fetch_add(1, Ordering::Release);
            // The filter may have done all.
            let _ = free.send(memory);
        }
        Ok(clock)
    }
}

/// The output in its window. What lies apart there is moved together.
fn output<'m>(slab: &Slab, window: &Layout, bytes: &'m mut [u8]) -> &'m [u8] {
    let (Some(&rows), Some(&of)) = (slab.output.shape.get(slab.axis), window.shape.get(slab.axis))
    else {
        return bytes;
    };
    let row = window.strides()[slab.axis];
    let (from, len) = (slab.before * row, rows * row);
    let parts = bytes.len() / (of * row).max(1);
    if parts == 1 {
        return &bytes[from..from + len];
    }
    if rows < of {
        // Each goes to the front of where it was, or further.
        for part in 0..parts {
            let at = part * of * row + from;
            bytes.copy_within(at..at + len, part * len);
        }
    }
    &bytes[..parts * len]
}

#[cfg(test)]
mod tests {
    use gausstack::ElementType;

    use super::*;
    use crate::layout::Order;
    use crate::region::Region;

    #[test]
    fn an_output_is_taken_from_its_window_in_either_order() {
        // Rows 1 and 2 of four, which are numbered.
        for order in [Order::C, Order::Fortran] {
            let window = Layout { shape: vec![4, 3], element: ElementType::U8, order };
            let strides = window.strides();
            let mut bytes = vec![0; 12];
            for place in 0..12 {
                bytes[place / 3 * strides[0] + place % 3 * strides[1]] = (place / 3) as u8;
            }
            let slab = Slab {
                output: Region::whole(&[9, 3]).along(0, 4..6),
                reads: vec![],
                kept: 0,
                window: vec![4, 3],
                axis: 0,
                before: 1,
            };
            let found = output(&slab, &window, &mut bytes).to_vec();
            let expected: [u8; 6] = match order {
                Order::C => [1, 1, 1, 2, 2, 2],
                Order::Fortran => [1, 2, 1, 2, 1, 2],
            };
            assert_eq!(found, expected);
        }
    }
}
