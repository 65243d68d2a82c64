//! Streams: an array read, filtered and written slab by slab, all three at once.

mod filtering;
mod reading;
mod stage;
mod writing;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use gausstack::AnyPlan;

pub use self::stage::Busy;
use self::stage::{Clock, Full};
use crate::budget::default_memory;
use crate::ends::{Sink, Source};
use crate::error::Error;
use crate::filter::{Filter, Shared};
use crate::journal::Journal;
use crate::mask::{Fit, Mask};
use crate::memory::Memory;
use crate::slabs::{Design, Ends, Slabs};

/// How far a stream has come, as its [`observer`](Stream::observer) receives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamProgress {
    /// All slabs.
    pub slabs: usize,
    /// Those that were read. Where they are those that were filtered, the filter waits.
    pub read: usize,
    /// Those that were filtered.
    pub filtered: usize,
    /// Those that were written.
    pub written: usize,
}

/// What a stream did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Summary {
    /// The slabs of the array.
    pub slabs: Slabs,
    /// How many of them an earlier run had written.
    pub resumed: usize,
    /// Whether the output has its name: that of several shares gets it when all are done.
    pub complete: bool,
    /// Attributes of the input that the output does not have, though its format has attributes.
    pub left_out: Vec<String>,
    /// The filter as it was planned for the whole array.
    pub plan: AnyPlan,
    /// How long the input was copied to a scratch file, if it was.
    pub copied: Option<Duration>,
    /// From the first read of a slab to the finished output.
    pub total: Duration,
    /// The thread that reads.
    pub read: Busy,
    /// The thread that filters, with its workers.
    pub filter: Busy,
    /// The thread that writes.
    pub write: Busy,
}

pub(crate) type Observer<'f> = &'f (dyn Fn(StreamProgress) -> ControlFlow<()> + Send + Sync);

/// An array on its way from a source through a filter to a sink.
///
/// The next slab is read and the one before written while one is filtered. The result has the bits
/// of the filter's own [`apply`](gausstack::Gaussian::apply) on the whole array, whatever the slabs
/// are.
///
/// ```
/// use gausstack::{ElementType, Gaussian};
/// use gausstack_io::npy::{self, NpySink, NpySource};
/// use gausstack_io::{Layout, Order, Source, Stream};
///
/// let folder = tempfile::tempdir()?;
/// let (input, output) = (folder.path().join("in.npy"), folder.path().join("out.npy"));
/// let layout = Layout { shape: vec![40, 50], element: ElementType::U8, order: Order::C };
/// npy::write(&layout, &[7; 2000], std::fs::File::create(&input)?)?;
///
/// let source = NpySource::open(&input)?;
/// let sink = NpySink::create(&output, &source.layout().clone().of(ElementType::F32), false)?;
/// let filter = Gaussian::new(2.0);
/// let summary = Stream::new(Box::new(source), Box::new(sink), &filter).memory(8 << 20).run()?;
/// assert!(output.exists() && summary.slabs.count() == 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a stream does nothing until it is run"]
pub struct Stream<'f> {
    source: Box<dyn Source + 'f>,
    sink: Box<dyn Sink + 'f>,
    mask: Option<Mask>,
    filter: Shared<'f>,
    memory: Option<usize>,
    observer: Option<Observer<'f>>,
    journal: Option<Journal>,
    /// Behind the last slab.
    end: Option<usize>,
}

impl<'f> Stream<'f> {
    /// A stream between two arrays of one shape. The filter's output has the sink's type, and its
    /// threads are those that parts are decoded and encoded on too.
    pub fn new(
        source: Box<dyn Source + 'f>,
        sink: Box<dyn Sink + 'f>,
        filter: &'f dyn Filter,
    ) -> Self {
        Self::on(source, sink, Shared::of(filter))
    }

    /// A stream on workers.
    pub(crate) fn on(
        mut source: Box<dyn Source + 'f>,
        mut sink: Box<dyn Sink + 'f>,
        filter: Shared<'f>,
    ) -> Self {
        source.use_workers(&filter.workers);
        sink.use_workers(&filter.workers);
        Self {
            source,
            sink,
            mask: None,
            filter,
            memory: None,
            observer: None,
            journal: None,
            end: None,
        }
    }

    /// Leaves out the pixels that a mask says are not valid, as
    /// [`apply_masked`](gausstack::Gaussian::apply_masked) does.
    pub fn mask(mut self, mut mask: Mask) -> Self {
        mask.use_workers(&self.filter.workers);
        self.mask = Some(mask);
        self.filter = self.filter.masked(true);
        self
    }

    /// The memory that the stream may take, in bytes: its buffers, the filter's scratch and what
    /// the files keep. By default [`default_memory`].
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = Some(bytes);
        self
    }

    /// Calls an observer, on the thread that runs the stream, after each slab, and once when all
    /// are written. The stream ends with [`Error::Stopped`] when it breaks.
    pub fn observer(
        mut self,
        observer: &'f (dyn Fn(StreamProgress) -> ControlFlow<()> + Send + Sync),
    ) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Notes in a journal what was written, and goes on behind what it says of an earlier run.
    pub(crate) fn journal(mut self, journal: Journal) -> Self {
        self.journal = Some(journal);
        self
    }

    /// Takes the slabs before one alone.
    pub(crate) fn slabs_to(mut self, end: usize) -> Self {
        self.end = Some(end);
        self
    }

    /// The slabs that a run takes.
    ///
    /// # Errors
    /// [`Error::Shapes`], [`Error::MaskShape`], [`Error::Memory`] and [`Error::Filter`].
    pub fn slabs(&self) -> Result<Slabs, Error> {
        Ok(self.planned()?.slabs)
    }

    fn planned(&self) -> Result<Planned, Error> {
        let (from, to) = (self.source.layout(), self.sink.layout());
        if from.shape != to.shape {
            return Err(Error::Shapes {
                input: self.source.name(),
                output: self.sink.name(),
                expected: from.shape.clone(),
                found: to.shape.clone(),
            });
        }
        let input = Ends {
            layout: from.clone(),
            chunks: self.source.chunks(),
            memory_bytes: self.source.memory_bytes(),
        };
        let output = Ends {
            layout: to.clone(),
            chunks: self.sink.chunks(),
            memory_bytes: self.sink.memory_bytes(),
        };
        let ends = [&input, &output];
        Planned::new(&self.source.name(), ends, self.mask.as_ref(), &self.filter, self.memory)
    }

    /// Reads, filters and writes the array.
    ///
    /// # Errors
    /// Those of [`slabs`](Self::slabs), [`Error::Buffers`], [`Error::Thread`], the first of the
    /// source, the filter or the sink, [`Error::Changed`] and [`Error::Stopped`]. The output is
    /// then not completed.
    pub fn run(self) -> Result<Summary, Error> {
        let planned = self.planned()?;
        self.run_planned(planned)
    }

    /// Runs what was planned for these ends.
    pub(crate) fn run_planned(self, planned: Planned) -> Result<Summary, Error> {
        let Planned { slabs, plan, fit } = planned;
        let start = Instant::now();
        let Self { mut source, mut sink, mut mask, filter, observer, mut journal, end, .. } = self;
        let first = journal.as_ref().map_or(0, Journal::next);
        let resumed = journal.as_ref().map_or(0, Journal::done);
        let layouts = [source.layout().clone(), sink.layout().clone()];
        let (count, read, written) =
            (slabs.count(), AtomicUsize::new(first), AtomicUsize::new(first));
        let end = end.unwrap_or(count);
        let progress = |filtered| StreamProgress {
            slabs: count,
            read: read.load(Ordering::Acquire),
            filtered,
            written: written.load(Ordering::Acquire),
        };
        let go_on = |filtered| match observer.map(|observer| observer(progress(filtered))) {
            Some(ControlFlow::Break(())) => Err(Error::Stopped { done: filtered, total: count }),
            _ => Ok(()),
        };
        let [read_bytes, filtered_bytes] = slabs.buffer_bytes();
        let (free, to_read) = buffers(slabs.buffers(), read_bytes)?;
        let (given_back, to_filter) = buffers(slabs.buffers(), filtered_bytes)?;
        let [kept, kept_mask] = slabs.kept_bytes();
        let kept = [memory(kept)?, memory(kept_mask)?];
        let ran = thread::scope(|scope| {
            let (full, was_read) = channel::<Full>();
            let (filtered, to_write) = channel::<Full>();
            let reader = reading::Reader {
                source: &mut *source,
                mask: mask.as_mut().zip(fit.as_ref()),
                slabs: &slabs,
                first,
                end,
                kept,
                read: &read,
            };
            let reader = thread::Builder::new()
                .name("reader".to_owned())
                .spawn_scoped(scope, move || reader.run(&to_read, &full))
                .map_err(|source| Error::Thread { source })?;
            let journal = journal.as_mut();
            let writer = writing::Writer { sink: &mut *sink, journal, written: &written };
            let writer = thread::Builder::new()
                .name("writer".to_owned())
                .spawn_scoped(scope, move || writer.run(&to_write, &given_back))
                .map_err(|source| Error::Thread { source })?;
            let go_on = &go_on;
            let filtering = filtering::Filtering {
                filter: &filter,
                plan: &plan,
                layouts: &layouts,
                mask: fit.as_ref().map(Fit::layout),
                first,
                go_on,
            };
            // The ends of its channels are dropped with it: both threads come to their ends.
            let filtered = filtering.run((was_read, to_filter), (free, filtered));
            let (read, write) = (joined(reader), joined(writer));
            // Of several errors that of the thread that found the others' channels closed is none.
            Ok::<_, Error>((read?, filtered?, write?))
        });
        // Whatever else went wrong: nobody can go on with an input that is another now.
        let unchanged = source
            .check_unchanged()
            .and_then(|()| mask.map_or(Ok(()), |mask| mask.check_unchanged()));
        let ran = match unchanged {
            Err(changed @ Error::Changed { .. }) => Err(changed),
            looked => ran.and_then(|ran| looked.map(|()| ran)),
        };
        if let (Err(Error::Changed { .. }), Some(journal)) = (&ran, &mut journal) {
            journal.discard();
        }
        let (read, filter, write) = ran?;
        go_on(end)?;
        sink.finish()?;
        journal.map_or(Ok(()), Journal::finish)?;
        let total = start.elapsed();
        Ok(Summary {
            slabs,
            resumed,
            complete: true,
            left_out: Vec::new(),
            plan,
            copied: None,
            total,
            read,
            filter,
            write,
        })
    }
}

/// A filter planned for a whole array, and the slabs that it is applied to.
pub(crate) struct Planned {
    pub(crate) slabs: Slabs,
    pub(crate) plan: AnyPlan,
    /// How a mask lies over the array.
    pub(crate) fit: Option<Fit>,
}

impl Planned {
    pub(crate) fn new(
        name: &str,
        [input, output]: [&Ends; 2],
        mask: Option<&Mask>,
        filter: &Shared<'_>,
        memory: Option<usize>,
    ) -> Result<Self, Error> {
        let types = [input.layout.element, output.layout.element];
        let plan = filter.plan(&input.layout.shape, types)?;
        let memory = memory.unwrap_or_else(default_memory);
        let fit = mask.map(|mask| mask.fit(&input.layout, plan.slice_axes())).transpose()?;
        let ends = mask.zip(fit.as_ref()).map(|(mask, fit)| mask.ends(fit));
        let mask = ends.as_ref();
        let slabs = Design { name, input, output, mask, filter, plan: &plan, memory }.slabs()?;
        Ok(Self { slabs, plan, fit })
    }
}

/// Buffers in a channel that they come back to.
fn buffers(count: usize, bytes: usize) -> Result<(Sender<Memory>, Receiver<Memory>), Error> {
    let (free, taken) = channel();
    for _ in 0..count {
        // The receiver is held here.
        let _ = free.send(memory(bytes)?);
    }
    Ok((free, taken))
}

fn memory(bytes: usize) -> Result<Memory, Error> {
    Memory::zeros(bytes).ok_or(Error::Buffers { bytes })
}

/// What a thread returns; its panic is this thread's.
fn joined(thread: thread::ScopedJoinHandle<'_, Result<Clock, Error>>) -> Result<Busy, Error> {
    match thread.join() {
        Ok(result) => result.map(Clock::busy),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
