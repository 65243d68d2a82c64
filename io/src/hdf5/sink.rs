//! HDF5 data sets that are written part by part.

use std::fmt;

use rust_hdf5::{H5Dataset, H5File, Hdf5Error};

use super::element::datatype_of;
use super::faults::fault;
use super::name::DataSet;
use crate::block::Block;
use crate::ends::Sink;
use crate::error::Error;
use crate::file;
use crate::layout::{Layout, Order};
use crate::memory::elements;
use crate::target::Target;

/// A new HDF5 file with one contiguous data set, which is written part by part. The file appears
/// under its name when it is complete; see [`Hdf5Source`](super::Hdf5Source) for an example.
///
/// A file that exists is never replaced: it may hold other data sets.
pub struct Hdf5Sink {
    // Closed before its file is removed.
    open: H5File,
    set: H5Dataset,
    target: Target,
    data: DataSet,
    layout: Layout,
}

impl Hdf5Sink {
    /// Begins a file: its data set has its place from now on, so that a full disk is found out now.
    /// Elements lie in C order, whatever the order of the layout.
    ///
    /// # Errors
    /// Those of [`Target::create`] but [`Error::Occupied`] for a file that exists, [`Error::DataSet`], [`Error::Shape`] and [`Error::Write`].
    pub fn create(data: &DataSet, layout: &Layout) -> Result<Self, Error> {
        if data.name.is_empty() {
            let fault = "the data set has no name; it stands behind ':/'".to_owned();
            return Err(Error::DataSet { name: data.to_string(), fault });
        }
        if isize::try_from(layout.bytes()).is_err() {
            let (path, shape) = (data.file.clone(), layout.shape.clone());
            return Err(Error::Shape { path, shape });
        }
        let target = Target::create_named(&data.file, false).map_err(occupied)?;
        let wrong = |error: Hdf5Error| match fault(data, &error) {
            Error::Read { path, source } => Error::Write { path, source },
            error => error,
        };
        // Nobody else knows the file; the lock on it is this process's own.
        let options = || H5File::options().no_locking();
        let path = target.temporary_path().expect("it was created with a name");
        let new = options().create(path).map_err(wrong)?;
        begin(&new, data, layout).map_err(wrong)?;
        // Complete but for its elements.
        new.close().map_err(wrong)?;
        let found = target.file().metadata();
        let reserved = found.and_then(|found| file::reserve(target.file(), found.len()));
        reserved.map_err(|source| target.could_not_write(source))?;
        let open = options().open_rw(path).map_err(wrong)?;
        let set = open.dataset_writer(&data.name).map_err(wrong)?;
        let layout = Layout { order: Order::C, ..layout.clone() };
        Ok(Self { open, set, target, data: data.clone(), layout })
    }
}

/// That a file exists is no matter of replacing it.
fn occupied(error: Error) -> Error {
    match error {
        Error::Exists { path } | Error::Appeared { path } => Error::Occupied { path },
        error => error,
    }
}

/// Makes the groups and the data set.
fn begin(file: &H5File, data: &DataSet, layout: &Layout) -> Result<(), Hdf5Error> {
    let mut group = file.root_group();
    let mut names: Vec<&str> = data.name.split('/').filter(|name| !name.is_empty()).collect();
    let name = names.pop().unwrap_or_default();
    for name in names {
        group = group.create_group(name)?;
    }
    let datatype = datatype_of(layout.element);
    let shape = &layout.shape;
    match layout.element.size() {
        1 => group.new_dataset::<u8>().shape(shape).datatype(datatype).create(name),
        2 => group.new_dataset::<u16>().shape(shape).datatype(datatype).create(name),
        4 => group.new_dataset::<u32>().shape(shape).datatype(datatype).create(name),
        _ => group.new_dataset::<u64>().shape(shape).datatype(datatype).create(name),
    }?;
    Ok(())
}

impl Sink for Hdf5Sink {
    fn name(&self) -> String {
        self.data.to_string()
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn write(&mut self, block: Block<'_>) -> Result<(), Error> {
        block.check(&self.layout, &self.name())?;
        let (start, counts) = (&block.region().start[..], &block.region().shape[..]);
        let bytes = block.bytes();
        const ALIGNED: &str = "elements begin on their boundary";
        let written = match self.layout.element.size() {
            1 => self.set.write_slice::<u8>(start, counts, bytes),
            2 => self.set.write_slice(start, counts, elements::<u16>(bytes).expect(ALIGNED)),
            4 => self.set.write_slice(start, counts, elements::<u32>(bytes).expect(ALIGNED)),
            _ => self.set.write_slice(start, counts, elements::<u64>(bytes).expect(ALIGNED)),
        };
        written.map_err(|error| match fault(&self.data, &error) {
            Error::Read { path, source } => Error::Write { path, source },
            error => error,
        })
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        let Self { open, set, target, data, .. } = *self;
        drop(set);
        open.close().map_err(|error| fault(&data, &error))?;
        target.publish().map_err(occupied)
    }
}

impl fmt::Debug for Hdf5Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Hdf5Sink");
        shown.field("data", &self.data).field("layout", &self.layout).finish_non_exhaustive()
    }
}
