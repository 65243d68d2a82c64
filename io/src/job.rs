//! Files filtered into files.

mod scratch;
mod share;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use gausstack::ElementType;

use crate::ends::Sink;
use crate::error::Error;
use crate::filter::{Filter, Shared};
use crate::held::MemorySource;
use crate::input::{self, Input};
use crate::journal::{Facts, Found, Journal, probe, state, states};
use crate::layout::Layout;
use crate::mask::Mask;
use crate::output::Output;
use crate::resumable::{Resumable, Unfinished};
use crate::share::Share;
use crate::slabs::Slabs;
use crate::storage::Storage;
use crate::stream::{Observer, Stream, StreamProgress, Summary};
use crate::target::{Left, Parts, followed};
use crate::targets::{Begun, GoneOn};

/// One file filtered into another, slab by slab: neither has to fit the memory.
///
/// Formats follow from the names: `a.npy`, with the feature `hdf5` data sets such as
/// `a.h5:/entry/data`, with the feature `zarr` arrays such as `a.zarr` and `a.zarr:/entry/data`, and
/// with the feature `tiff` stacks of pages such as `a.tif`, `pages/` and as inputs `a_*.tif`; inputs
/// of other names from their first bytes. The output has the shape of the
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
    mask: Option<MaskOf>,
    element: Option<ElementType>,
    memory: Option<usize>,
    replace: bool,
    storage: Storage,
    /// Whether a run that is stopped leaves what a later one goes on with.
    resumable: bool,
    /// Whether a run goes on with what an earlier one left.
    resume: bool,
    share: Option<Share>,
    scratch: Option<PathBuf>,
    observer: Option<Observer<'f>>,
}

/// Where a mask is.
#[derive(Clone)]
enum MaskOf {
    File(PathBuf),
    Memory(MemorySource),
}

impl<'f> FileJob<'f> {
    /// A job from one file to another.
    pub fn new(input: impl AsRef<Path>, output: impl AsRef<Path>, filter: &'f dyn Filter) -> Self {
        let (input, output) = (input.as_ref().to_owned(), output.as_ref().to_owned());
        Self {
            input,
            output,
            filter,
            mask: None,
            element: None,
            memory: None,
            replace: false,
            storage: Storage::default(),
            resumable: false,
            resume: false,
            share: None,
            scratch: None,
            observer: None,
        }
    }

    /// Leaves out the pixels that are 0 or false in another file, of any format: see [`Mask`].
    pub fn mask(mut self, path: impl AsRef<Path>) -> Self {
        self.mask = Some(MaskOf::File(path.as_ref().to_owned()));
        self
    }

    /// As [`mask`](Self::mask), by an array in memory.
    pub fn mask_in_memory(mut self, mask: MemorySource) -> Self {
        self.mask = Some(MaskOf::Memory(mask));
        self
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

    /// How an output lies in its file: in chunks, in shards, or compressed.
    pub fn storage(mut self, storage: Storage) -> Self {
        self.storage = storage;
        self
    }

    /// Whether a run that is stopped or killed leaves its unfinished output, NAME.part, and a journal
    /// of it, so that a later run can go on. By default nothing is left of it.
    ///
    /// It is left where a slab was written, of .npy files, data sets, arrays of Zarr, and TIFF
    /// files that are not compressed.
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

    /// A share of the job: each process does its own, all at once or one after the other, and the last
    /// that ends gives the output its name. It is an array of Zarr, of which no two write the same
    /// file.
    ///
    /// The first process decides which slabs there are, and makes the unfinished output NAME.part. A
    /// share that was stopped goes on with what it left.
    pub fn share(mut self, share: Share) -> Self {
        self.share = Some(share);
        self
    }

    /// A folder for a copy of an input that slabs would read twice or more: of frames that are chunks,
    /// where a slice lies across all of them and slabs have no room for many. The copy is a plain file
    /// of the input's size, without a name where the system allows that.
    pub fn scratch(mut self, folder: impl AsRef<Path>) -> Self {
        self.scratch = Some(folder.as_ref().to_owned());
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
        let mut source = input::open(&self.input)?;
        let filter = self.shared();
        source.use_workers(&filter.workers);
        let output = Output::of(&self.output, &self.storage, &self.input)?;
        let to = output.ends(output.layout(source.layout(), self.element), &filter.workers)?;
        let mask = self.opened_mask(&filter)?;
        Ok(self.planned((&*source, mask.as_ref()), &to, &filter, self.memory)?.slabs)
    }

    /// The unfinished output that [`resume`](Self::resume) goes on with, if there is one.
    #[must_use]
    pub fn unfinished(&self) -> Option<PathBuf> {
        let output = Output::of(&self.output, &self.storage, &self.input).ok()?;
        let parts = Parts::of(&followed(output.path()).ok()?);
        (parts.part.exists() && parts.journal.exists()).then_some(parts.part)
    }

    /// Filters the file.
    ///
    /// # Errors
    /// Those of opening the input, of [`Mask::open`] and of creating the output, [`Error::SameFile`],
    /// [`Error::Unfinished`], [`Error::Resume`], and those of [`Stream::run`].
    pub fn run(&self) -> Result<Summary, Error> {
        if let Some(share) = self.share {
            return self.run_share(share);
        }
        let mut input = input::of(&self.input)?;
        let filter = self.shared();
        input.source.use_workers(&filter.workers);
        let output = Output::of(&self.output, &self.storage, &self.input)?;
        self.check_apart(&output)?;
        let to =
            output.ends(output.layout(input.source.layout(), self.element), &filter.workers)?;
        let parts = Parts::of(&followed(output.path())?);
        let left = if self.resume { Found::read(&parts)? } else { None };
        let layouts = [input.source.layout(), &to.layout];
        if let Some(left) = &left {
            // First: another filter may not do with the memory of the earlier run.
            left.check(&parts, &self.facts(&output, layouts, &filter)?)?;
        }
        let memory = left.as_ref().and_then(|left| left.fact("memory")?.parse().ok());
        // A filter that does not suit the array must not leave an output begun.
        let mask = self.opened_mask(&filter)?;
        let ends = (&*input.source, mask.as_ref());
        let planned = self.planned(ends, &to, &filter, memory.or(self.memory))?;
        let slabs = &planned.slabs;
        let resumable = output.resumable();
        let (sink, journal) = match (left, &resumable) {
            (Some(left), Some(output)) => {
                left.check(&parts, &facts_of(slabs))?;
                let ends = (&input, &to.layout, slabs);
                let (sink, journal) = self.go_on(output, ends, parts, &left)?;
                (sink, Some(journal))
            }
            (Some(_), None) => {
                let fault = "this output is begun anew each time".to_owned();
                return Err(Error::Resume { path: parts.part, fault });
            }
            (None, Some(to_resume)) if self.resumable && slabs.count() > 1 => {
                let facts = self.facts(&output, layouts, &filter)?.and(facts_of(slabs));
                let ends = (&input, &to.layout);
                let (sink, journal) = self.begin(to_resume, ends, (parts, facts))?;
                (sink, Some(journal))
            }
            (None, _) => (output.begin(&to.layout, &input, self.replace)?, None),
        };
        let left_out = output.left_out(&input);
        let (source, copied) = self.planned_source(input.source, &planned, &filter)?;
        let mut stream = Stream::on(source, sink, filter);
        if let Some(mask) = mask {
            stream = stream.mask(mask);
        }
        if let Some(journal) = journal {
            stream = stream.journal(journal);
        }
        if let Some(observer) = self.observer {
            stream = stream.observer(observer);
        }
        let summary = stream.run_planned(planned)?;
        Ok(Summary { left_out, copied, ..summary })
    }

    /// The filter and its workers.
    fn shared(&self) -> Shared<'f> {
        Shared::of(self.filter).masked(self.mask.is_some())
    }

    /// The mask, if pixels are left out.
    fn opened_mask(&self, filter: &Shared<'_>) -> Result<Option<Mask>, Error> {
        let mut mask = match &self.mask {
            Some(MaskOf::File(path)) => Mask::open(path)?,
            Some(MaskOf::Memory(source)) => Mask::new(Box::new(source.clone()))?,
            None => return Ok(None),
        };
        mask.use_workers(&filter.workers);
        Ok(Some(mask))
    }

    /// An error if the output is the input or the mask.
    fn check_apart(&self, output: &Output) -> Result<(), Error> {
        output.check_apart(&self.input)?;
        match &self.mask {
            Some(MaskOf::File(path)) => output.check_apart(path),
            _ => Ok(()),
        }
    }

    /// Begins an output that a later run can go on with.
    fn begin(
        &self,
        output: &Resumable<'_>,
        (input, layout): (&Input, &Layout),
        (parts, facts): (Parts, Facts),
    ) -> Result<(Box<dyn Sink>, Journal), Error> {
        let left = if self.replace { Left::Replaced } else { Left::Refused };
        let mut begun = Begun::new(&parts, &facts, left);
        let sink = output.begin(layout, input, self.replace, &mut begun)?;
        Ok((sink, begun.journal()))
    }

    /// Goes on with what an earlier run left.
    fn go_on(
        &self,
        output: &Resumable<'_>,
        (input, layout, slabs): (&Input, &Layout, &Slabs),
        parts: Parts,
        left: &Found,
    ) -> Result<(Box<dyn Sink>, Journal), Error> {
        let mut found = GoneOn { part: &parts.part };
        let Unfinished { sink, mut written } =
            output.resume(layout, input, self.replace, (&mut found, &parts.part))?;
        let done = left.intact(&mut *written, slabs, 0)?;
        Ok((sink, Journal::resume(parts, left, done)?))
    }

    /// What the output is made of.
    fn facts(
        &self,
        output: &Output,
        [from, to]: [&Layout; 2],
        filter: &Shared<'_>,
    ) -> Result<Facts, Error> {
        let mut facts = Facts::default();
        facts.push("version", env!("CARGO_PKG_VERSION"));
        facts.push("number of shares", self.share.map_or(1, Share::of).to_string());
        facts.push(
            "input",
            format!("{:?}", self.input.canonicalize().unwrap_or(self.input.clone())),
        );
        facts.push("input file", states(&input::files_of(&self.input)?)?);
        let array =
            |layout: &Layout| format!("{} {:?} {:?}", layout.element, layout.shape, layout.order);
        facts.push("input array", array(from));
        match &self.mask {
            Some(MaskOf::File(path)) => {
                facts.push("mask", format!("{:?}", path.canonicalize().unwrap_or(path.clone())));
                facts.push("mask file", states(&input::files_of(path)?)?);
            }
            Some(MaskOf::Memory(mask)) => facts.push("mask", mask.state()),
            None => {}
        }
        facts.push("output", format!("{:?}", self.output.file_name().unwrap_or_default()));
        facts.push("output array", array(to));
        facts.push("storage", output.storage());
        if let Some(path) = output.keeps() {
            facts.push("existing file", state(path)?);
        }
        let types = [from.element, to.element];
        facts.push("filter", format!("{:08x}", probe(filter, &from.shape, types)?));
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
