//! TIFF files of several pages that are written part by part.

use std::fmt;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::encoder::{Packed, write_head};
use super::ordered::Ordered;
use super::written::Written;
use crate::block::Block;
use crate::ends::{Sink, pages};
use crate::error::Error;
use crate::file::{self, folder_of};
use crate::layout::Layout;
use crate::runs::Runs;
use crate::storage::Storage;
use crate::target::Target;

/// How pixels that are written are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all: the pixels of all pages lie one behind the other.
    #[default]
    None,
    /// By deflate, in strips, at a level from 1 to 9. Parts of pages wait in a file of their own until
    /// all are there.
    Deflate(u32),
}

impl Compression {
    /// What is asked of a file; what is wrong if TIFF files are not stored so.
    pub(crate) fn of(storage: &Storage) -> Result<Self, String> {
        match storage {
            Storage { chunks: Some(_), .. } => {
                Err("the chunks of a TIFF file are its pages".to_owned())
            }
            Storage { gzip: None, .. } => Ok(Self::None),
            Storage { gzip: Some(level @ 1..=9), .. } => Ok(Self::Deflate(*level)),
            Storage { gzip: Some(level), .. } => {
                Err(format!("deflate has levels 1 to 9, and not {level}"))
            }
        }
    }
}

/// A TIFF file that is written part by part, and appears under its name when it is complete; see
/// [`TiffSource`](super::TiffSource) for an example.
///
/// It is a BigTIFF where the pages may take more than 4 GiB. Its description has the array's shape
/// as tifffile writes it.
pub struct TiffSink {
    target: Target,
    written: Written,
    compression: Compression,
    body: Body,
}

enum Body {
    /// Pixels from here on.
    Plain(u64),
    Packed(Packed, Ordered),
}

impl TiffSink {
    /// Begins a file; one that is not compressed has its place from now on, so that a full disk is
    /// found out now. Elements lie in C order, whatever the order of the layout. Without `replace`
    /// an existing file is an error.
    ///
    /// # Errors
    /// Those of [`Target::create`], [`Error::Unsuitable`], [`Error::Shape`] and [`Error::Write`].
    pub fn create(
        path: &Path,
        layout: &Layout,
        compression: Compression,
        replace: bool,
    ) -> Result<Self, Error> {
        Self::begin(Target::create(path, replace)?, layout, compression)
    }

    /// Begins a file in a target.
    ///
    /// # Errors
    /// [`Error::Unsuitable`], [`Error::Shape`] and [`Error::Write`].
    pub fn begin(target: Target, layout: &Layout, compression: Compression) -> Result<Self, Error> {
        let written = Written::of(layout, target.path())?;
        let body = begin(&target, &written, compression);
        let body = body.map_err(|source| target.could_not_write(source))?;
        Ok(Self { target, written, compression, body })
    }

    /// Goes on with the file of an earlier run, which is not compressed.
    pub(crate) fn resume(target: Target, layout: &Layout) -> Result<Self, Error> {
        let written = Written::of(layout, target.path())?;
        let body = unfinished(&target, &written);
        let body = body.map_err(|source| Error::Read { path: target.path().to_owned(), source })?;
        let Some(body) = body else {
            let path = target.temporary_path().unwrap_or(target.path()).to_owned();
            return Err(Error::Resume { path, fault: "it holds another array".to_owned() });
        };
        Ok(Self { target, written, compression: Compression::None, body })
    }
}

/// What is left of a file that is not compressed, if it is as it would be begun.
fn unfinished(target: &Target, written: &Written) -> io::Result<Option<Body>> {
    let mut head = Cursor::new(Vec::new());
    let start = write_head(&mut head, written, written.pages, Some(&written.description()))?;
    let head = head.into_inner();
    let mut found = Vec::new();
    let mut file = target.file();
    file.rewind()?;
    file.take(head.len() as u64).read_to_end(&mut found)?;
    let is_whole = file.metadata()?.len() == start + written.layout.bytes() as u64;
    Ok((found == head && is_whole).then_some(Body::Plain(start)))
}

fn begin(target: &Target, written: &Written, compression: Compression) -> io::Result<Body> {
    let pages = written.pages;
    Ok(match compression {
        Compression::None => {
            let description = written.description();
            let start = write_head(target.file(), written, pages, Some(&description))?;
            file::reserve(target.file(), start + written.layout.bytes() as u64)?;
            Body::Plain(start)
        }
        Compression::Deflate(level) => {
            let packed = Packed::begin(target.file().try_clone()?, written, (pages, level))?;
            Body::Packed(packed, Ordered::new(folder_of(target.path()).to_owned()))
        }
    })
}

/// What slabs follow from: what is written at once of an array, and the memory that this takes.
pub(crate) fn ends(
    path: &Path,
    layout: &Layout,
    compression: Compression,
) -> Result<(Vec<usize>, usize), Error> {
    let written = Written::of(layout, path)?;
    let memory_bytes = match compression {
        Compression::None => 0,
        Compression::Deflate(_) => Packed::memory_bytes(&written),
    };
    Ok((chunks(&written, compression), memory_bytes))
}

/// What is written at once of an array.
pub(super) fn chunks(written: &Written, compression: Compression) -> Vec<usize> {
    match compression {
        Compression::None => pages(&written.layout),
        Compression::Deflate(_) => {
            // A page, as far as the array has its axes.
            let mut chunks = written.form.shape();
            let more = written.layout.shape.len().saturating_sub(chunks.len());
            let fewer = chunks.len().saturating_sub(written.layout.shape.len());
            chunks.splice(..fewer, vec![1; more]);
            chunks
        }
    }
}

impl Sink for TiffSink {
    fn name(&self) -> String {
        self.target.path().display().to_string()
    }

    fn layout(&self) -> &Layout {
        &self.written.layout
    }

    fn chunks(&self) -> Vec<usize> {
        chunks(&self.written, self.compression)
    }

    fn memory_bytes(&self) -> usize {
        match self.body {
            Body::Plain(_) => 0,
            Body::Packed(..) => Packed::memory_bytes(&self.written),
        }
    }

    fn write(&mut self, block: Block<'_>) -> Result<(), Error> {
        block.check(&self.written.layout, &self.name())?;
        let written = match &mut self.body {
            Body::Plain(start) => {
                let runs = Runs::new(&self.written.layout, block.region());
                write_runs(&self.target, *start, &runs, block.bytes())
            }
            Body::Packed(packed, ordered) => {
                let array = &self.written;
                ordered.take(array, &block, &mut |page, bytes| add(packed, array, page, bytes))
            }
        };
        written.map_err(|source| self.target.could_not_write(source))
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        let Self { target, written, body, .. } = *self;
        if let Body::Packed(mut packed, ordered) = body {
            let finished = ordered
                .finish(&written, &mut |page, bytes| add(&mut packed, &written, page, bytes));
            finished.map_err(|source| target.could_not_write(source))?;
        }
        target.publish()
    }
}

fn add(packed: &mut Packed, written: &Written, page: usize, bytes: &[u8]) -> io::Result<()> {
    let description = (page == 0).then(|| written.description());
    packed.add(written, description.as_deref(), bytes)
}

fn write_runs(target: &Target, start: u64, runs: &Runs, bytes: &[u8]) -> io::Result<()> {
    let mut file = target.file();
    for run in 0..runs.count {
        file.seek(SeekFrom::Start(start + runs.start(run)))?;
        file.write_all(&bytes[run * runs.bytes..][..runs.bytes])?;
    }
    Ok(())
}

impl fmt::Debug for TiffSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("TiffSink");
        shown.field("target", &self.target).field("written", &self.written).finish_non_exhaustive()
    }
}
