//! .npy files that are written part by part.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::header;
use super::mapped::is_fortran;
use crate::block::Block;
use crate::ends::Sink;
use crate::error::Error;
use crate::file;
use crate::layout::Layout;
use crate::runs::Runs;
use crate::target::Target;

/// A .npy file that is written part by part, and appears under its name when it is complete.
///
/// ```
/// use gausstack::ElementType;
/// use gausstack_io::npy::{NpyFile, NpySink};
/// use gausstack_io::{Block, Layout, Order, Region, Sink};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("a.npy");
/// let layout = Layout { shape: vec![2, 3], element: ElementType::U8, order: Order::C };
/// let mut sink = Box::new(NpySink::create(&path, &layout, false)?);
/// for (row, pixels) in [[1, 2, 3], [4, 5, 6]].iter().enumerate() {
///     let region = Region::whole(&[2, 3]).along(0, row..row + 1);
///     sink.write(Block::new(&region, ElementType::U8, Order::C, pixels)?)?;
/// }
/// assert!(!path.exists());
/// sink.finish()?;
/// assert_eq!(NpyFile::open(&path)?.elements()?.bytes(), [1, 2, 3, 4, 5, 6]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct NpySink {
    target: Target,
    layout: Layout,
    /// Bytes before the elements.
    start: u64,
}

impl NpySink {
    /// Begins a file and reserves its space, so that a full disk is found out now. Without
    /// `replace` an existing file is an error.
    ///
    /// # Errors
    /// Those of [`Target::create`], [`Error::Shape`] and [`Error::Write`].
    pub fn create(path: &Path, layout: &Layout, replace: bool) -> Result<Self, Error> {
        Self::begin(Target::create(path, replace)?, layout)
    }

    /// Begins a file in a target.
    ///
    /// # Errors
    /// [`Error::Shape`] and [`Error::Write`].
    pub fn begin(target: Target, layout: &Layout) -> Result<Self, Error> {
        if isize::try_from(layout.bytes()).is_err() {
            let (path, shape) = (target.path().to_owned(), layout.shape.clone());
            return Err(Error::Shape { path, shape });
        }
        let header = header_of(layout);
        let start = header.len() as u64;
        let mut file = target.file();
        let begun = file::reserve(file, start + layout.bytes() as u64)
            .and_then(|()| file.write_all(&header));
        begun.map_err(|source| target.could_not_write(source))?;
        Ok(Self { target, layout: layout.clone(), start })
    }

    /// Goes on with the file of an earlier run.
    pub(crate) fn resume(target: Target, layout: &Layout) -> Result<Self, Error> {
        let header = header_of(layout);
        let start = header.len() as u64;
        let mut found = Vec::new();
        let mut file = target.file();
        let read = file.rewind().and_then(|()| file.take(start).read_to_end(&mut found));
        let len = read.and_then(|_| file.metadata()).map(|found| found.len());
        let len = len.map_err(|source| Error::Read { path: target.path().to_owned(), source })?;
        if found != header || len != start + layout.bytes() as u64 {
            let path = target.temporary_path().unwrap_or(target.path()).to_owned();
            return Err(Error::Resume { path, fault: "it holds another array".to_owned() });
        }
        Ok(Self { target, layout: layout.clone(), start })
    }
}

impl Sink for NpySink {
    fn name(&self) -> String {
        self.target.path().display().to_string()
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn write(&mut self, block: Block<'_>) -> Result<(), Error> {
        block.check(&self.layout, &self.name())?;
        let runs = Runs::new(&self.layout, block.region());
        let written = write_runs(self.target.file(), self.start, &runs, block.bytes());
        written.map_err(|source| self.target.could_not_write(source))
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        self.target.publish()
    }
}

/// The header of a file for an array.
pub(super) fn header_of(layout: &Layout) -> Vec<u8> {
    header::written(layout.element, is_fortran(layout), &layout.shape)
}

pub(super) fn write_runs(mut file: &File, start: u64, runs: &Runs, bytes: &[u8]) -> io::Result<()> {
    for run in 0..runs.count {
        file.seek(SeekFrom::Start(start + runs.start(run)))?;
        file.write_all(&bytes[run * runs.bytes..][..runs.bytes])?;
    }
    Ok(())
}
