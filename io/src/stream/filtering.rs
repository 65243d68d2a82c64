//! The thread that filters.

use std::sync::mpsc::{Receiver, Sender};

use gausstack::AnyPlan;

use super::stage::{Busy, Clock, Full};
use crate::error::Error;
use crate::filter::Shared;
use crate::layout::Layout;
use crate::memory::Memory;

pub(super) struct Filtering<'a> {
    pub(super) filter: &'a Shared<'a>,
    /// The filter for the whole array.
    pub(super) plan: &'a AnyPlan,
    /// Of input and output.
    pub(super) layouts: &'a [Layout; 2],
    /// That of the mask, if pixels are left out.
    pub(super) mask: Option<&'a Layout>,
    /// Slabs that an earlier run filtered.
    pub(super) first: usize,
    /// Asked after so many slabs.
    pub(super) go_on: &'a dyn Fn(usize) -> Result<(), Error>,
}

impl Filtering<'_> {
    /// Filters the slabs that were read, until there are none or the writer has ended.
    pub(super) fn run(
        self,
        (was_read, empty): (Receiver<Full>, Receiver<Memory>),
        (free, filtered): (Sender<Memory>, Sender<Full>),
    ) -> Result<Busy, Error> {
        let mut clock = Clock::start();
        // Slabs have few shapes. Only one plan is kept, for each keeps its scratch.
        let mut plan: Option<AnyPlan> = None;
        let whole = self.plan;
        let mut done = self.first;
        (self.go_on)(done)?;
        while let Ok(Full { slab, memory }) = clock.wait(|| was_read.recv()) {
            let Ok(mut output) = clock.wait(|| empty.recv()) else { break };
            let [from, to] = self.layouts;
            if plan.as_ref().is_none_or(|plan| plan.shape() != slab.window) {
                drop(plan.take());
            }
            let plan = match &mut plan {
                _ if whole.shape() == slab.window => whole,
                Some(plan) => plan,
                none => none.insert(self.filter.plan(&slab.window, [from.element, to.element])?),
            };
            let window = |layout: &Layout| Layout { shape: slab.window.clone(), ..*layout };
            let (from, to) = (window(from), window(to));
            let (data, behind) = memory.bytes().split_at(from.bytes());
            let data = from.view(data)?;
            let output_view = to.view_mut(&mut output.bytes_mut()[..to.bytes()])?;
            match self.mask.map(window) {
                Some(mask) => {
                    let valid = mask.view(&behind[..mask.bytes()])?;
                    plan.apply_masked_into(data, valid, output_view)?;
                }
                None => plan.apply_into(data, output_view)?,
            }
            // The reader may have read all.
            let _ = free.send(memory);
            if filtered.send(Full { slab, memory: output }).is_err() {
                break;
            }
            done += 1;
            (self.go_on)(done)?;
        }
        Ok(clock.busy())
    }
}
