//! Folders of pages that are written part by part.

use std::fmt;
use std::fs::File;
use std::io::{self, Cursor, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::encoder::{Packed, write_head};
use super::name::files_in;
use super::ordered::Ordered;
use super::sink::{Compression, chunks};
use super::written::Written;
use crate::block::Block;
use crate::ends::Sink;
use crate::error::Error;
use crate::file;
use crate::layout::Layout;
use crate::runs::Runs;
use crate::target::FolderTarget;

/// A folder with a TIFF file for each page, which is written part by part: `out/out_00000.tif` and
/// so on. The files appear under their names when all are complete.
///
/// ```
/// use gausstack::ElementType;
/// use gausstack_io::tiff::{Compression, Pages, TiffFolderSink, TiffSource};
/// use gausstack_io::{Block, Layout, Order, Region, Sink, Source};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("smooth/");
/// let layout = Layout { shape: vec![2, 1, 5], element: ElementType::U8, order: Order::C };
/// let whole = Region::whole(&layout.shape);
/// let mut sink = Box::new(TiffFolderSink::create(&path, &layout, Compression::None, false)?);
/// sink.write(Block::new(&whole, ElementType::U8, Order::C, &[7; 10])?)?;
/// assert!(!path.exists());
/// sink.finish()?;
/// assert!(path.join("smooth_00001.tif").exists());
/// assert_eq!(TiffSource::open(&Pages::Folder(path))?.layout(), &layout);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TiffFolderSink {
    target: FolderTarget,
    written: Written,
    stem: String,
    compression: Compression,
    body: Body,
}

enum Body {
    Plain(Files),
    /// A page is compressed, at a level, when all of it is there.
    Packed(Ordered, u32),
}

/// Files of plain pages, which begin all alike.
struct Files {
    head: Vec<u8>,
    begun: Vec<bool>,
    /// The page that was written last.
    open: Option<(usize, File)>,
}

impl TiffFolderSink {
    /// Begins a folder, or pages in one that exists. Without `replace` it is an error if one of the
    /// pages exists; with it too if the folder holds other TIFF files, which would be read as pages.
    ///
    /// # Errors
    /// Those of [`FolderTarget::create`], [`Error::Exists`], [`Error::Strangers`],
    /// [`Error::Unsuitable`], [`Error::Shape`] and [`Error::Write`].
    pub fn create(
        path: &Path,
        layout: &Layout,
        compression: Compression,
        replace: bool,
    ) -> Result<Self, Error> {
        let written = Written::of(layout, path)?;
        let stem = stem(path);
        if path.is_dir() {
            check_folder(path, &stem, written.pages, replace)?;
        }
        let target = FolderTarget::create(path, replace)?;
        let body = match compression {
            Compression::None => {
                let mut head = Cursor::new(Vec::new());
                let start = write_head(&mut head, &written, 1, None);
                let start = start.map_err(|source| target.could_not_write(source))?;
                let mut head = head.into_inner();
                head.resize(start as usize, 0);
                Body::Plain(Files { head, begun: vec![false; written.pages], open: None })
            }
            Compression::Deflate(level) => {
                Body::Packed(Ordered::new(target.hidden().to_owned()), level)
            }
        };
        Ok(Self { target, written, stem, compression, body })
    }
}

/// An error if pages exist, or files that are none.
fn check_folder(folder: &Path, stem: &str, pages: usize, replace: bool) -> Result<(), Error> {
    let own: std::collections::HashSet<PathBuf> =
        (0..pages).map(|page| folder.join(name(stem, page))).collect();
    for file in files_in(folder)? {
        if !own.contains(&file) {
            return Err(Error::Strangers { folder: folder.to_owned(), file });
        }
        if !replace {
            return Err(Error::Exists { path: file });
        }
    }
    Ok(())
}

/// What names of pages begin with: the folder's own name.
fn stem(folder: &Path) -> String {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let full = || folder.canonicalize().ok().and_then(|path| name(&path));
    name(folder).or_else(full).unwrap_or_else(|| "page".to_owned())
}

fn name(stem: &str, page: usize) -> String {
    format!("{stem}_{page:05}.tif")
}

impl Files {
    /// Writes the part of an array that a run has, page by page.
    fn write(
        &mut self,
        of_page: usize,
        (mut start, mut bytes): (u64, &[u8]),
        path_of: &dyn Fn(usize) -> PathBuf,
    ) -> io::Result<()> {
        while !bytes.is_empty() {
            let (page, at) = ((start / of_page as u64) as usize, start % of_page as u64);
            let (now, rest) = bytes.split_at(bytes.len().min(of_page - at as usize));
            let mut file = self.file(page, of_page, path_of)?;
            file.seek(SeekFrom::Start(self.head.len() as u64 + at))?;
            file.write_all(now)?;
            self.open = Some((page, file));
            start += now.len() as u64;
            bytes = rest;
        }
        Ok(())
    }

    /// The file of a page.
    fn file(
        &mut self,
        page: usize,
        of_page: usize,
        path_of: &dyn Fn(usize) -> PathBuf,
    ) -> io::Result<File> {
        if let Some((open, file)) = self.open.take()
            && open == page
        {
            return Ok(file);
        }
        let path = path_of(page);
        if std::mem::replace(&mut self.begun[page], true) {
            return File::options().write(true).open(path);
        }
        let mut file = File::options().write(true).create_new(true).open(path)?;
        file::reserve(&file, (self.head.len() + of_page) as u64)?;
        file.write_all(&self.head)?;
        Ok(file)
    }
}

/// Writes a page that is compressed at a level.
fn add(
    target: &FolderTarget,
    name: &str,
    (written, level): (&Written, u32),
    bytes: &[u8],
) -> io::Result<()> {
    let file = File::options().write(true).create_new(true).open(target.hidden().join(name))?;
    Packed::begin(file, written, (1, level))?.add(written, None, bytes)
}

impl Sink for TiffFolderSink {
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
        let Self { target, written, stem, body, .. } = self;
        let result = match body {
            Body::Plain(files) => {
                let runs = Runs::new(&written.layout, block.region());
                let path_of = |page: usize| target.hidden().join(name(stem, page));
                (0..runs.count).try_for_each(|run| {
                    let bytes = &block.bytes()[run * runs.bytes..][..runs.bytes];
                    files.write(written.form.bytes(), (runs.start(run), bytes), &path_of)
                })
            }
            Body::Packed(ordered, level) => ordered.take(written, &block, &mut |page, bytes| {
                add(target, &name(stem, page), (written, *level), bytes)
            }),
        };
        result.map_err(|source| target.could_not_write(source))
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        let Self { target, written, stem, body, .. } = *self;
        if let Body::Packed(ordered, level) = body {
            let finished = ordered.finish(&written, &mut |page, bytes| {
                add(&target, &name(&stem, page), (&written, level), bytes)
            });
            finished.map_err(|source| target.could_not_write(source))?;
        }
        target.publish((0..written.pages).map(|page| name(&stem, page)))
    }
}

impl fmt::Debug for TiffFolderSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("TiffFolderSink");
        shown.field("target", &self.target).field("written", &self.written).finish_non_exhaustive()
    }
}
