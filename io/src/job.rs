//! Files filtered into files.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use gausstack::ElementType;

use crate::ends::{Sink, Source};
use crate::error::Error;
use crate::filter::Filter;
use crate::input;
use crate::journal::{Facts, Found, Journal, probe, state, states};
use crate::layout::Layout;
use crate::output::{Output, Unfinished};
use crate::slabs::{Ends, Slabs};
use crate::storage::Storage;
use crate::stream::{Observer, Planned, Stream, StreamProgress, Summary};
use crate::target::{Left, Parts, Target, followed};

/// One file filtered into another, slab by slab: neither has to fit the memory.
///
/// Formats follow from the names: `a.npy`, with the feature `hdf5` data sets such as
/// `a.h5:/entry/data`, and with the feature `tiff` stacks of pages such as `a.tif`, `pages/` and as
/// inputs `a_*.tif`; inputs of other names from their first bytes. The output has the shape of the
/// input, and its order where both are .npy files. Between data sets attributes are copied, and a
/// file that the output is in keeps its other data sets.
///
/// ```
/// use gausstack::{ElementType, Gaussian};
/// use gausstack_io::FileJob;
/// # use gausstack_io::{Layout, Order, npy};
/// # let folder = tempfile::tempdir()?;
/// # let (input, output) = (folder.path().join("in.npy"), folder.path().join("out.npy"));
/// # let layout = Layout { shape: vec![40, 3, 50], element: ElementType::U8, order: Order::C };
/// # npy::write(&layout, &vec![0; layout.bytes()], std::fs::File::create(&input)?)?;
///
/// // Each of the slices that lie along axis 1.
/// let filter = Gaussian::new([3.0, 5.0]).axes([0, 2]);
/// let job = FileJob::new(&input, &output, &filter).output_type(ElementType::F32);
/// let summary = job.memory(1 << 30).run()?;
/// println!("{} slabs, {:.3} s reading", summary.slabs.count(), summary.read.working.as_secs_f64());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use = "a job does nothing until it is run"]
pub struct FileJob<'f> {
    input: PathBuf,
    output: PathBuf,
    filter: &'f dyn Filter,
    element: Option<ElementType>,
    memory: Option<usize>,
    replace: bool,
    storage: Storage,
    /// Whether a run that is stopped leaves what a later one goes on with.
    resumable: bool,
    /// Whether a run goes on with what an earlier one left.
    resume: bool,
    observer: Option<Observer<'f>>,
}

impl<'f> FileJob<'f> {
    /// A job from one file to another.
    pub fn new(input: impl AsRef<Path>, output: impl AsRef<Path>, filter: &'f dyn Filter) -> Self {
        let (input, output) = (input.as_ref().to_owned(), output.as_ref().to_owned());
        Self {
            input,
            output,
            filter,
            element: None,
            memory: None,
            replace: false,
            storage: Storage::default(),
            resumable: false,
            resume: false,
            observer: None,
        }
    }

    /// The element type of the output. By default the input's.
    pub fn output_type(mut self, element: ElementType) -> Self {
        self.element = Some(element);
        self
    }

    /// The memory that the job may take, in bytes: see [`Stream::memory`].
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = Some(bytes);
        self
    }

    /// Whether an output that exists is replaced: a file, or a data set of one. By default it is an
    /// error, and so is an unfinished output that an earlier run left.
    pub fn replace(mut self, replace: bool) -> Self {
        self.replace = replace;
        self
    }

    /// How an output in an HDF5 file lies in it: in chunks, or compressed.
    pub fn storage(mut self, storage: Storage) -> Self {
        self.storage = storage;
        self
    }

    /// Whether a run that is stopped or killed leaves its unfinished output, NAME.part, and a journal
    /// of it, so that a later run can go on. By default nothing is left of it.
    ///
    /// It is left where a slab was written, of .npy files and of data sets without chunks.
    pub fn resumable(mut self, resumable: bool) -> Self {
        self.resumable = resumable;
        self
    }

    /// Whether a run goes on with what an earlier run of the same job left, if it left anything; it is
    /// then [`resumable`](Self::resumable) itself.
    ///
    /// Slabs that were written are read again and compared with their checksums. A run with another
    /// input, filter, type, or version is an error; memory is that of the earlier run.
    pub fn resume(mut self, resume: bool) -> Self {
        self.resume = resume;
        self.resumable |= resume;
        self
    }

    /// Calls an observer: see [`Stream::observer`].
    pub fn observer(
        mut self,
        observer: &'f (dyn Fn(StreamProgress) -> ControlFlow<()> + Send + Sync),
    ) -> Self {
        self.observer = Some(observer);
        self
    }

    /// The slabs that a run takes. No output is begun.
    ///
    /// # Errors
    /// Those of opening the input, and of [`Stream::slabs`].
    pub fn slabs(&self) -> Result<Slabs, Error> {
        let source = input::open(&self.input)?;
        let output = Output::of(&self.output, &self.storage)?;
        let to = output.ends(output.layout(source.layout(), self.element))?;
        Ok(self.planned(&*source, &to, self.memory)?.slabs)
    }

    /// The unfinished output that [`resume`](Self::resume) goes on with, if there is one.
    #[must_use]
    pub fn unfinished(&self) -> Option<PathBuf> {
        let output = Output::of(&self.output, &self.storage).ok()?;
        let parts = Parts::of(&followed(output.path()).ok()?);
        (parts.part.exists() && parts.journal.exists()).then_some(parts.part)
    }

    /// Filters the file.
    ///
    /// # Errors
    /// Those of opening the input and creating the output, [`Error::SameFile`],
    /// [`Error::Unfinished`], [`Error::Resume`], and those of [`Stream::run`].
    pub fn run(&self) -> Result<Summary, Error> {
        let source = input::open(&self.input)?;
        let output = Output::of(&self.output, &self.storage)?;
        output.check_apart(&self.input)?;
        let to = output.ends(output.layout(source.layout(), self.element))?;
        let parts = Parts::of(&followed(output.path())?);
        let left = if self.resume { Found::read(&parts)? } else { None };
        let layouts = [source.layout(), &to.layout];
        if let Some(left) = &left {
            // First: another filter may not do with the memory of the earlier run.
            left.check(&parts, &self.facts(&output, layouts)?)?;
        }
        let memory = left.as_ref().and_then(|left| left.fact("memory")?.parse().ok());
        // A filter that does not suit the array must not leave an output begun.
        let planned = self.planned(&*source, &to, memory.or(self.memory))?;
        let slabs = &planned.slabs;
        let (sink, journal) = match left {
            Some(left) => {
                left.check(&parts, &facts_of(slabs))?;
                let (sink, journal) = self.go_on(&output, (&to.layout, slabs), parts, &left)?;
                (sink, Some(journal))
            }
            None if self.resumable && output.is_resumable() && slabs.count() > 1 => {
                let facts = self.facts(&output, layouts)?.and(facts_of(slabs));
                let (sink, journal) = self.begin(&output, &to.layout, (parts, facts))?;
                (sink, Some(journal))
            }
            None => (output.begin(&to.layout, &self.input, self.replace, None)?, None),
        };
        let mut stream = Stream::new(source, sink, self.filter);
        if let Some(journal) = journal {
            stream = stream.journal(journal);
        }
        if let Some(observer) = self.observer {
            stream = stream.observer(observer);
        }
        let summary = stream.run_planned(planned)?;
        Ok(Summary { left_out: output.left_out(&self.input)?, ..summary })
    }

    fn planned(
        &self,
        source: &dyn Source,
        to: &Ends,
        memory: Option<usize>,
    ) -> Result<Planned, Error> {
        let (layout, chunks) = (source.layout().clone(), source.chunks());
        let input = Ends { layout, chunks, memory_bytes: source.memory_bytes() };
        Planned::new(&source.name(), [&input, to], self.filter, memory)
    }

    /// Begins an output that a later run can go on with.
    fn begin(
        &self,
        output: &Output,
        layout: &Layout,
        (parts, facts): (Parts, Facts),
    ) -> Result<(Box<dyn Sink>, Journal), Error> {
        let left = if self.replace { Left::Replaced } else { Left::Refused };
        let mut journal = None;
        let mut target = |path: &Path, replace: bool| {
            // The journal is whole before there is an output that it is about.
            let mut begin = || {
                journal = Some(Journal::begin(parts.clone(), &facts)?);
                Ok(())
            };
            let mut target = Target::part(path, replace, left, &mut begin)?;
            journal.iter_mut().for_each(Journal::take);
            target.disarm();
            Ok(target)
        };
        let sink = output.begin(layout, &self.input, self.replace, Some(&mut target))?;
        Ok((sink, journal.expect("an output has a target")))
    }

    /// Goes on with what an earlier run left.
    fn go_on(
        &self,
        output: &Output,
        (layout, slabs): (&Layout, &Slabs),
        parts: Parts,
        left: &Found,
    ) -> Result<(Box<dyn Sink>, Journal), Error> {
        let mut target = |path: &Path, replace: bool| {
            let fault = || "it has been removed".to_owned();
            let mut gone = || Err(Error::Resume { path: parts.part.clone(), fault: fault() });
            Target::part(path, replace, Left::Resumed, &mut gone)
        };
        let Unfinished { sink, mut written } =
            output.resume(layout, self.replace, &mut target, &parts.part)?;
        let done = left.intact(&mut *written, slabs)?;
        Ok((sink, Journal::resume(parts, left, done)?))
    }

    /// What the output is made of.
    fn facts(&self, output: &Output, [from, to]: [&Layout; 2]) -> Result<Facts, Error> {
        let mut facts = Facts::default();
        facts.push("version", env!("CARGO_PKG_VERSION"));
        facts.push(
            "input",
            format!("{:?}", self.input.canonicalize().unwrap_or(self.input.clone())),
        );
        facts.push("input file", states(&input::files_of(&self.input)?)?);
        let array =
            |layout: &Layout| format!("{} {:?} {:?}", layout.element, layout.shape, layout.order);
        facts.push("input array", array(from));
        facts.push("output", format!("{:?}", self.output.file_name().unwrap_or_default()));
        facts.push("output array", array(to));
        if let Some(path) = output.keeps() {
            facts.push("existing file", state(path)?);
        }
        let types = [from.element, to.element];
        facts.push("filter", format!("{:08x}", probe(self.filter, &from.shape, types)?));
        Ok(facts)
    }
}

/// How the output is made: a run that goes on does it in the same way.
fn facts_of(slabs: &Slabs) -> Facts {
    let mut facts = Facts::default();
    facts.push("memory", slabs.allowed_bytes().to_string());
    facts.push("slabs", slabs.cuts());
    facts
}
