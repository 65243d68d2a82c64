//! HDF5 data sets that are written part by part.

use std::fmt;
use std::fs::{self, File, Metadata};
use std::io;

use rust_hdf5::dataset::DatasetBuilder;
use rust_hdf5::{H5Dataset, H5File, H5Group, H5Type, Hdf5Error};

use super::attributes::Attributes;
use super::element::datatype_of;
use super::faults::fault;
use super::name::DataSet;
use super::source::Hdf5Source;
use super::writing::Writing;
use crate::block::Block;
use crate::ends::{Sink, pages};
use crate::error::Error;
use crate::file::{self, folder_of};
use crate::layout::{Layout, Order};
use crate::memory::elements;
use crate::storage::Storage;
use crate::target::Target;

/// A data set of an HDF5 file that is written part by part: of a new file, or of a file with other
/// data sets, which is copied. The file appears under its name when it is complete; see
/// [`Hdf5Source`] for an example.
pub struct Hdf5Sink {
    // Closed before its file is removed.
    open: Writing,
    set: H5Dataset,
    target: Target,
    data: DataSet,
    layout: Layout,
    chunks: Option<Vec<usize>>,
    existing: Option<Existing>,
}

/// A file that gets another data set.
#[derive(Debug)]
pub(crate) struct Existing {
    found: Metadata,
    /// It has the data set, which is replaced.
    replaces: bool,
    /// How many of the groups that the data set is in it has.
    groups: usize,
}

impl Existing {
    /// The file of a data set, if there is one; an error if it has that data set already, and that
    /// is not to be replaced.
    pub(crate) fn of(data: &DataSet, replace: bool) -> Result<Option<Self>, Error> {
        if data.name.is_empty() {
            let fault = "the data set has no name; it stands behind ':/'".to_owned();
            return Err(Error::DataSet { name: data.to_string(), fault });
        }
        let found = match fs::metadata(&data.file) {
            Ok(found) => found,
            // Whatever else is wrong with the name, creating the file says so.
            Err(_) => return Ok(None),
        };
        file::check_regular(&found, &data.file)?;
        let wrong = |error: Hdf5Error| fault(data, &error);
        let open = H5File::options().best_effort_locking().open(&data.file).map_err(wrong)?;
        let name = data.name.as_str();
        let has = |names: Vec<String>| names.iter().any(|found| found.trim_matches('/') == name);
        let replaces = open.dataset(name).is_ok() || has(open.dataset_names());
        if replaces && !replace {
            return Err(Error::Exists { path: data.to_string().into() });
        }
        if !replaces && open.root_group().group(name).is_ok() {
            let fault = "there is a group of this name".to_owned();
            return Err(Error::DataSet { name: data.to_string(), fault });
        }
        let mut groups = 0;
        for (place, _) in name.match_indices('/') {
            if open.dataset(&name[..place]).is_ok() {
                let fault = format!("'/{}' is a data set, not a group", &name[..place]);
                return Err(Error::DataSet { name: data.to_string(), fault });
            }
            groups += usize::from(open.root_group().group(&name[..place]).is_ok());
        }
        Ok(Some(Self { found, replaces, groups }))
    }

    fn check_unchanged(&self, data: &DataSet) -> Result<(), Error> {
        let path = &data.file;
        let now =
            fs::metadata(path).map_err(|source| Error::Look { path: path.clone(), source })?;
        file::check_unchanged(&self.found, &now, || path.display().to_string())
    }
}

impl Hdf5Sink {
    /// Begins a contiguous data set, which has its place from now on, so that a full disk is found
    /// out now. Elements lie in C order, whatever the order of the layout.
    ///
    /// # Errors
    /// Those of [`Target::create`] and [`create_as`](Self::create_as).
    pub fn create(data: &DataSet, layout: &Layout) -> Result<Self, Error> {
        Self::create_as(data, layout, &Storage::default(), false)
    }

    /// Begins a data set that lies in its file as a storage says; `replace` replaces one that
    /// exists.
    ///
    /// # Errors
    /// Those of [`Target::create`]; [`Error::Exists`] for a data set that exists,
    /// [`Error::DataSet`], [`Error::Storage`], [`Error::Shape`] and [`Error::Write`].
    pub fn create_as(
        data: &DataSet,
        layout: &Layout,
        storage: &Storage,
        replace: bool,
    ) -> Result<Self, Error> {
        let existing = Existing::of(data, replace)?;
        let target = Target::create_named(&data.file, existing.is_some())?;
        Self::begin(target, data, layout, (storage, &Attributes::default()), existing)
    }

    /// Begins a data set in a target that has a name.
    pub(crate) fn begin(
        target: Target,
        data: &DataSet,
        layout: &Layout,
        (storage, attributes): (&Storage, &Attributes),
        existing: Option<Existing>,
    ) -> Result<Self, Error> {
        if isize::try_from(layout.bytes()).is_err() {
            let (path, shape) = (data.file.clone(), layout.shape.clone());
            return Err(Error::Shape { path, shape });
        }
        let layout = Layout { order: Order::C, ..layout.clone() };
        let chunks = storage.chunks_of(&layout);
        let chunks =
            chunks.map_err(|fault| Error::Storage { path: data.to_string().into(), fault })?;
        let wrong = |error: Hdf5Error| unwritten(data, &error);
        let path = target.temporary_path().expect("it was created with a name");
        let new = match &existing {
            Some(existing) => {
                copy(data, &target, &existing.found)?;
                Writing::open(path).map_err(wrong)?
            }
            None => Writing::create(path).map_err(wrong)?,
        };
        let replaces = existing.as_ref().is_some_and(|existing| existing.replaces);
        if replaces {
            new.file().delete_dataset(&data.name).map_err(wrong)?;
        }
        let begin = || {
            let groups = existing.as_ref().map_or(0, |existing| existing.groups);
            let (group, name) = group_of(new.file(), data, groups)?;
            let set = make((&group, name), &layout, chunks.as_deref(), storage.gzip)?;
            attributes.write(&set)?;
            Ok(set)
        };
        let set = begin().map_err(wrong)?;
        if chunks.is_some() {
            let (open, data) = (new, data.clone());
            return Ok(Self { open, set, target, data, layout, chunks, existing });
        }
        drop(set);
        // Complete but for its elements.
        new.close().map_err(wrong)?;
        let found = target.file().metadata();
        let reserved = found.and_then(|found| file::reserve(target.file(), found.len()));
        reserved.map_err(|source| target.could_not_write(source))?;
        Self::open(target, data, layout, existing)
    }

    /// Goes on with the contiguous data set of an earlier run.
    pub(crate) fn resume(
        target: Target,
        data: &DataSet,
        layout: &Layout,
        existing: Option<Existing>,
    ) -> Result<Self, Error> {
        let layout = Layout { order: Order::C, ..layout.clone() };
        let path = target.temporary_path().expect("it was created with a name");
        let part = DataSet { file: path.to_owned(), name: data.name.clone() };
        let found = Hdf5Source::open_own(&part)?;
        if found.layout_of() != (&layout, false) {
            let fault = "it holds another array".to_owned();
            return Err(Error::Resume { path: path.to_owned(), fault });
        }
        drop(found);
        Self::open(target, data, layout, existing)
    }

    /// Opens a contiguous data set for its elements.
    fn open(
        target: Target,
        data: &DataSet,
        layout: Layout,
        existing: Option<Existing>,
    ) -> Result<Self, Error> {
        let wrong = |error: Hdf5Error| unwritten(data, &error);
        let path = target.temporary_path().expect("it was created with a name");
        let open = Writing::open(path).map_err(wrong)?;
        let set = open.file().dataset_writer(&data.name).map_err(wrong)?;
        Ok(Self { open, set, target, data: data.clone(), layout, chunks: None, existing })
    }
}

/// The error of a write that failed.
fn unwritten(data: &DataSet, error: &Hdf5Error) -> Error {
    match fault(data, error) {
        Error::Read { path, source } => Error::Write { path, source },
        error => error,
    }
}

/// Copies the file of a data set, in place of the disk where that can.
fn copy(data: &DataSet, target: &Target, found: &Metadata) -> Result<(), Error> {
    let mut from =
        File::open(&data.file).map_err(|source| Error::Open { path: data.file.clone(), source })?;
    let folder = || folder_of(&data.file).to_owned();
    file::check_space(target.file(), found.len())
        .and_then(|()| io::copy(&mut from, &mut target.file()))
        .map_err(|source| Error::CreateIn { folder: folder(), source })?;
    Ok(())
}

/// The group of a data set and the name in it; the outermost groups exist, the others are made.
fn group_of<'d>(
    file: &H5File,
    data: &'d DataSet,
    exist: usize,
) -> Result<(H5Group, &'d str), Hdf5Error> {
    let mut group = file.root_group();
    let mut names: Vec<&str> = data.name.split('/').filter(|name| !name.is_empty()).collect();
    let name = names.pop().unwrap_or_default();
    for (depth, name) in names.into_iter().enumerate() {
        group = if depth < exist { group.group(name)? } else { group.create_group(name)? };
    }
    Ok((group, name))
}

/// Makes a data set in a group.
fn make(
    (group, name): (&H5Group, &str),
    layout: &Layout,
    chunks: Option<&[usize]>,
    gzip: Option<u32>,
) -> Result<H5Dataset, Hdf5Error> {
    match layout.element.size() {
        1 => described(group.new_dataset::<u8>(), layout, (chunks, gzip)).create(name),
        2 => described(group.new_dataset::<u16>(), layout, (chunks, gzip)).create(name),
        4 => described(group.new_dataset::<u32>(), layout, (chunks, gzip)).create(name),
        _ => described(group.new_dataset::<u64>(), layout, (chunks, gzip)).create(name),
    }
}

fn described<T: H5Type>(
    new: DatasetBuilder<T>,
    layout: &Layout,
    (chunks, gzip): (Option<&[usize]>, Option<u32>),
) -> DatasetBuilder<T> {
    let new = new.shape(&layout.shape).datatype(datatype_of(layout.element));
    let Some(chunks) = chunks else { return new };
    let new = new.chunk(chunks);
    match gzip {
        None => new,
        // Single bytes are not shuffled.
        Some(level) if layout.element.size() == 1 => new.deflate(level),
        Some(level) => new.shuffle_deflate(level),
    }
}

impl Sink for Hdf5Sink {
    fn name(&self) -> String {
        self.data.to_string()
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn chunks(&self) -> Vec<usize> {
        self.chunks.clone().unwrap_or_else(|| pages(&self.layout))
    }

    fn memory_bytes(&self) -> usize {
        self.chunks.as_ref().map_or(0, |chunks| chunk_memory(chunks, &self.layout))
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
        written.map_err(|error| unwritten(&self.data, &error))
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        let Self { open, set, target, data, existing, .. } = *self;
        drop(set);
        open.close().map_err(|error| unwritten(&data, &error))?;
        if let Some(existing) = existing {
            existing.check_unchanged(&data)?;
        }
        target.publish()
    }
}

/// What a data set in chunks takes while it is written: chunks as they are and as they are stored.
pub(crate) fn chunk_memory(chunks: &[usize], layout: &Layout) -> usize {
    const CHUNKS: usize = 4;
    let bytes = chunks.iter().fold(layout.element.size(), |bytes, &len| bytes.saturating_mul(len));
    bytes.saturating_mul(CHUNKS)
}

impl fmt::Debug for Hdf5Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Hdf5Sink");
        shown.field("data", &self.data).field("layout", &self.layout).finish_non_exhaustive()
    }
}
