//! Copies of arrays in files without names, any part of which is read at once.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::sink::{header_of, write_runs};
use super::source::NpySource;
use crate::block::Block;
use crate::ends::Sink;
use crate::error::Error;
use crate::file;
use crate::layout::Layout;
use crate::runs::Runs;

/// A .npy file that has no name where the system allows that, and is gone with the process.
#[derive(Debug)]
pub(crate) struct Scratch {
    file: File,
    folder: PathBuf,
    layout: Layout,
    /// Bytes before the elements.
    start: u64,
}

/// The array of a scratch file, as it is written.
pub(crate) struct ScratchSink<'s>(&'s Scratch);

impl Scratch {
    /// Begins a file in a folder and reserves its space, so that a full disk is found out now.
    pub(crate) fn create(folder: &Path, layout: &Layout) -> Result<Self, Error> {
        let could_not_create = |source| Error::CreateIn { folder: folder.to_owned(), source };
        let mut file = tempfile::tempfile_in(folder).map_err(could_not_create)?;
        let header = header_of(layout);
        let start = header.len() as u64;
        let begun = file::reserve(&file, start + layout.bytes() as u64)
            .and_then(|()| std::io::Write::write_all(&mut file, &header));
        begun.map_err(|source| Error::Write { path: folder.to_owned(), source })?;
        Ok(Self { file, folder: folder.to_owned(), layout: layout.clone(), start })
    }

    pub(crate) fn sink(&self) -> ScratchSink<'_> {
        ScratchSink(self)
    }

    /// The array, when all of it was written.
    pub(crate) fn source(self) -> Result<NpySource, Error> {
        NpySource::of(self.file, &self.folder)
    }
}

impl Sink for ScratchSink<'_> {
    fn name(&self) -> String {
        format!("{} (a scratch file)", self.0.folder.display())
    }

    fn layout(&self) -> &Layout {
        &self.0.layout
    }

    fn write(&mut self, block: Block<'_>) -> Result<(), Error> {
        block.check(&self.0.layout, &self.name())?;
        let runs = Runs::new(&self.0.layout, block.region());
        let written = write_runs(&self.0.file, self.0.start, &runs, block.bytes());
        written.map_err(|source| Error::Write { path: self.0.folder.clone(), source })
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        Ok(())
    }
}
