//! Jobs that several processes do together.

use super::{FileJob, facts_of};
use crate::error::Error;
use crate::input;
use crate::journal::{Found, Journal};
use crate::output::Output;
use crate::resumable::Unfinished;
use crate::share::Share;
use crate::stream::{Stream, Summary};
use crate::target::{Parts, followed};

impl FileJob<'_> {
    /// Filters a share of the file. The last process that ends gives the output its name.
    pub(super) fn run_share(&self, share: Share) -> Result<Summary, Error> {
        let mut source = input::open(&self.input)?;
        let filter = self.shared();
        source.use_workers(&filter.workers);
        let output = Output::of(&self.output, &self.storage, &self.input)?;
        output.check_shares()?;
        self.check_apart(&output)?;
        let mask = self.opened_mask(&filter)?;
        let to = output.ends(output.layout(source.layout(), self.element), &filter.workers)?;
        let parts = Parts::of(&followed(output.path())?);
        let layouts = [source.layout(), &to.layout];
        let facts = self.facts(&output, layouts, &filter)?;
        // Slabs are those of the process that came first, whatever memory others have.
        let (found, lock) = loop {
            if let Some(lock) = Journal::lock_all(&parts)
                && let Some(found) = Found::of_all(&parts)?
            {
                break (found, lock);
            }
            // It may have been made just now; an output without one is another's.
            if Found::of_all(&parts)?.is_none() {
                let slabs =
                    self.planned((&*source, mask.as_ref()), &to, &filter, self.memory)?.slabs;
                Journal::begin_all(&parts, &facts.clone().and(facts_of(&slabs)))?;
            }
        };
        found.check(&parts, &facts)?;
        let memory = found.fact("memory").and_then(|memory| memory.parse().ok());
        let planned = self.planned((&*source, mask.as_ref()), &to, &filter, memory)?;
        found.check(&parts, &facts_of(&planned.slabs))?;
        let slabs = share.slabs(&planned.slabs, &to.chunks);
        Journal::forget_stale(&parts, share);
        let Unfinished { sink, mut written } = output.join(&to.layout, self.replace)?;
        drop(lock);
        let facts = facts.and(facts_of(&planned.slabs));
        let journal = Journal::share(&parts, (share, slabs.start), &facts, |left| {
            left.intact(&mut *written, &planned.slabs, slabs.start)
        })?;
        let (source, copied) = self.planned_source(source, &planned, &filter)?;
        let mut stream = Stream::on(source, sink, filter).journal(journal).slabs_to(slabs.end);
        if let Some(mask) = mask {
            stream = stream.mask(mask);
        }
        if let Some(observer) = self.observer {
            stream = stream.observer(observer);
        }
        let summary = stream.run_planned(planned)?;
        let complete = Journal::complete(&parts, share, || output.publish(self.replace))?;
        Ok(Summary { complete, copied, ..summary })
    }
}
