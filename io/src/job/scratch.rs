//! Inputs that slabs would read many times, copied once to where any part is read at once.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use gausstack::Gaussian;

use super::FileJob;
use crate::ends::{Source, pages};
use crate::error::Error;
use crate::filter::Shared;
use crate::mask::Mask;
use crate::npy::{self, Scratch};
use crate::slabs::Ends;
use crate::stream::{Planned, Stream, StreamProgress};

/// A copy takes a pass over the input and two over a plain file.
const WORTHWHILE_PASSES: f64 = 2.0;

impl FileJob<'_> {
    /// The slabs from a source, or from a copy of it, to an output.
    pub(super) fn planned(
        &self,
        (source, mask): (&dyn Source, Option<&Mask>),
        to: &Ends,
        filter: &Shared<'_>,
        memory: Option<usize>,
    ) -> Result<Planned, Error> {
        let (name, layout) = (source.name(), source.layout().clone());
        let chunks = source.chunks();
        let input = Ends { layout: layout.clone(), chunks, memory_bytes: source.memory_bytes() };
        let planned = Planned::new(&name, [&input, to], mask, filter, memory)?;
        let passes = planned.slabs.read_passes();
        if self.scratch.is_none() || passes < WORTHWHILE_PASSES {
            return Ok(planned);
        }
        let copy = Ends { chunks: pages(&layout), memory_bytes: npy::AT_ONCE, layout };
        let Planned { slabs, plan, fit } = Planned::new(&name, [&copy, to], mask, filter, memory)?;
        Ok(Planned { slabs: slabs.of_copy(passes), plan, fit })
    }

    /// The source that slabs were planned for, and the time that a copy took.
    pub(super) fn planned_source(
        &self,
        source: Box<dyn Source>,
        planned: &Planned,
        filter: &Shared<'_>,
    ) -> Result<(Box<dyn Source>, Option<Duration>), Error> {
        let Some(folder) = self.scratch.as_ref().filter(|_| planned.slabs.copies()) else {
            return Ok((source, None));
        };
        let start = Instant::now();
        let scratch = Scratch::create(folder, source.layout())?;
        let nothing = Gaussian::new(0.0);
        let workers = filter.workers.clone();
        let nothing = Shared { filter: &nothing, workers, masked: false };
        // Of the job itself nothing is done yet.
        let observer = |progress: StreamProgress| match self.observer {
            Some(observer) => observer(StreamProgress { filtered: 0, written: 0, ..progress }),
            None => ControlFlow::Continue(()),
        };
        let copy = Stream::on(source, Box::new(scratch.sink()), nothing).observer(&observer);
        copy.memory(planned.slabs.allowed_bytes()).run()?;
        Ok((Box::new(scratch.source()?), Some(start.elapsed())))
    }
}
