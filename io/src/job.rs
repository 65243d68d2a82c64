//! Files filtered into files.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use gausstack::ElementType;

use crate::ends::{Sink, Source, pages};
use crate::error::Error;
use crate::filter::Filter;
#[cfg(feature = "hdf5")]
use crate::hdf5::{DataSet, Hdf5Sink, Hdf5Source};
use crate::layout::Layout;
#[cfg(any(feature = "hdf5", feature = "tiff"))]
use crate::layout::Order;
use crate::npy::{NpySink, NpySource};
use crate::slabs::{Ends, Slabs};
use crate::stream::{Observer, Planned, Stream, StreamProgress, Summary};
#[cfg(feature = "tiff")]
use crate::tiff::{Compression, Pages, TiffFolderSink, TiffSink, TiffSource};

/// One file filtered into another, slab by slab: neither has to fit the memory.
///
/// Formats follow from the names: `a.npy`, with the feature `hdf5` data sets such as
/// `a.h5:/entry/data`, and with the feature `tiff` stacks of pages such as `a.tif`, `folder/` and
/// as an input `proj_*.tif`. The output has the shape of the input, and its order where both are
/// .npy files.
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
    observer: Option<Observer<'f>>,
}

impl<'f> FileJob<'f> {
    /// A job from one file to another.
    pub fn new(input: impl AsRef<Path>, output: impl AsRef<Path>, filter: &'f dyn Filter) -> Self {
        let (input, output) = (input.as_ref().to_owned(), output.as_ref().to_owned());
        let (element, memory, observer) = (None, None, None);
        Self { input, output, filter, element, memory, replace: false, observer }
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

    /// Whether an output that exists is replaced. By default it is an error, and of an HDF5 file
    /// it always is: it may hold other data sets.
    pub fn replace(mut self, replace: bool) -> Self {
        self.replace = replace;
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
        let source = self.source()?;
        let to = self.output_layout(source.layout())?;
        Ok(self.planned(&*source, &to)?.slabs)
    }

    fn planned(&self, source: &dyn Source, to: &Layout) -> Result<Planned, Error> {
        let (from, to) = (source.layout(), to.clone());
        let (chunks, memory_bytes) = (source.chunks(), source.memory_bytes());
        let input = Ends { layout: from.clone(), chunks, memory_bytes };
        let output = Ends { chunks: pages(&to), layout: to, memory_bytes: 0 };
        Planned::new(&source.name(), [&input, &output], self.filter, self.memory)
    }

    /// Filters the file.
    ///
    /// # Errors
    /// Those of opening the input and creating the output, and of [`Stream::run`].
    pub fn run(&self) -> Result<Summary, Error> {
        let source = self.source()?;
        let to = self.output_layout(source.layout())?;
        // First: a filter that does not suit the array must not leave an output begun.
        let planned = self.planned(&*source, &to)?;
        let stream = Stream::new(source, self.sink(&to)?, self.filter);
        match self.observer {
            Some(observer) => stream.observer(observer).run_planned(planned),
            None => stream.run_planned(planned),
        }
    }

    fn source(&self) -> Result<Box<dyn Source>, Error> {
        Ok(match File::of(&self.input)? {
            File::Npy(path) => Box::new(NpySource::open(path)?),
            #[cfg(feature = "hdf5")]
            File::Hdf5(data) => Box::new(Hdf5Source::open(&data)?),
            #[cfg(feature = "tiff")]
            File::Tiff(pages) => Box::new(TiffSource::open(&pages)?),
        })
    }

    /// What the output is of an input: its type, and an order that its format has.
    fn output_layout(&self, from: &Layout) -> Result<Layout, Error> {
        let order = match File::of(&self.output)? {
            File::Npy(_) => from.order,
            #[cfg(feature = "hdf5")]
            File::Hdf5(_) => Order::C,
            #[cfg(feature = "tiff")]
            File::Tiff(_) => Order::C,
        };
        let element = self.element.unwrap_or(from.element);
        Ok(Layout { shape: from.shape.clone(), element, order })
    }

    fn sink(&self, layout: &Layout) -> Result<Box<dyn Sink>, Error> {
        Ok(match File::of(&self.output)? {
            File::Npy(path) => Box::new(NpySink::create(path, layout, self.replace)?),
            #[cfg(feature = "hdf5")]
            File::Hdf5(data) => Box::new(Hdf5Sink::create(&data, layout)?),
            #[cfg(feature = "tiff")]
            File::Tiff(Pages::Folder(path)) => {
                Box::new(TiffFolderSink::create(&path, layout, Compression::None, self.replace)?)
            }
            #[cfg(feature = "tiff")]
            File::Tiff(_) => {
                Box::new(TiffSink::create(&self.output, layout, Compression::None, self.replace)?)
            }
        })
    }
}

/// A file by its format.
enum File<'a> {
    Npy(&'a Path),
    #[cfg(feature = "hdf5")]
    Hdf5(DataSet),
    #[cfg(feature = "tiff")]
    Tiff(Pages),
}

impl<'a> File<'a> {
    /// What the name of a file tells.
    fn of(path: &'a Path) -> Result<Self, Error> {
        #[cfg(feature = "hdf5")]
        if let Some(data) = DataSet::of(path) {
            return Ok(Self::Hdf5(data));
        }
        #[cfg(feature = "tiff")]
        if let Some(pages) = Pages::of(path) {
            return Ok(Self::Tiff(pages));
        }
        let is_npy = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("npy"));
        if is_npy { Ok(Self::Npy(path)) } else { Err(Error::UnknownFormat { path: path.into() }) }
    }
}
