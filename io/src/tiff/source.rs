//! Stacks of pages that are read part by part.

use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;

use super::batch::{Batch, Wrong};
use super::coding::{Coding, Form, Method};
use super::directory::Directory;
use super::file::{Fault, TiffFile};
use super::list::{At, PageList, Place};
use super::name::Pages;
use super::page::{Chunk, Page, Part};
use crate::block::BlockMut;
use crate::ends::Source;
use crate::error::Error;
use crate::file;
use crate::layout::{Layout, Order};
use crate::region::Region;

/// Bytes of rows that are read at once where not all columns are wanted.
const ROWS: usize = 1 << 20;
/// What the system reads at once.
const SYSTEM_PAGE: usize = 4096;

/// Pages of TIFF files as one array, read part by part: a file of one page or several, a folder of
/// files or a pattern of their names, in natural order.
///
/// The last two axes are rows and columns, or the last three if pixels have several samples (RGB).
/// In front of them stands an axis of all pages; a file of a single page has none, and a file of
/// ImageJ or tifffile the axes that its description names.
///
/// ```
/// use gausstack::ElementType;
/// use gausstack_io::tiff::{Compression, Pages, TiffSink, TiffSource};
/// use gausstack_io::{Block, BlockMut, Layout, Order, Region, Sink, Source};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("a.tif");
/// let layout = Layout { shape: vec![2, 1, 5], element: ElementType::U8, order: Order::C };
/// let whole = Region::whole(&layout.shape);
/// let mut sink = Box::new(TiffSink::create(&path, &layout, Compression::None, false)?);
/// let pixels = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
/// sink.write(Block::new(&whole, ElementType::U8, Order::C, &pixels)?)?;
/// sink.finish()?;
///
/// let mut source = TiffSource::open(&Pages::File(path))?;
/// assert_eq!(source.layout(), &layout);
/// let (column, mut bytes) = (whole.along(2, 1..2), [0; 2]);
/// source.read(BlockMut::new(&column, ElementType::U8, Order::C, &mut bytes)?)?;
/// assert_eq!(bytes, [1, 6]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TiffSource {
    name: PathBuf,
    list: PageList,
    layout: Layout,
    batch: Batch,
    /// The file that was read last.
    open: Option<(usize, TiffFile)>,
}

impl TiffSource {
    /// Opens files and checks every page of them: each must be of the first one's shape and type.
    ///
    /// # Errors
    /// [`Error::NoPages`], [`Error::Open`], [`Error::NotRegular`], [`Error::Read`],
    /// [`Error::Format`], [`Error::Page`], [`Error::PageDiffers`] and [`Error::Shape`].
    pub fn open(pages: &Pages) -> Result<Self, Error> {
        let files = pages.files()?;
        let (is_one_file, name) = match pages {
            Pages::File(path) => (true, path.clone()),
            Pages::Folder(path) => (false, path.clone()),
            Pages::Pattern(pattern) => (false, pattern.into()),
        };
        let mut list = PageList::of(&files, is_one_file)?;
        let form = list.form;
        let mut shape = list.lead.clone();
        shape.extend(&form.shape()[list.dropped..]);
        let layout = Layout { shape, element: form.element, order: Order::C };
        if isize::try_from(layout.bytes()).is_err() {
            return Err(Error::Shape { path: name, shape: layout.shape });
        }
        // Where columns are cut rows are read whole.
        let group = group(&form);
        list.largest.stored = list.largest.stored.max(group.bytes());
        list.largest.decoded = list.largest.decoded.max(group.bytes());
        let batch = Batch::new(list.largest);
        Ok(Self { name, list, layout, batch, open: None })
    }

    /// The part of each page that a region has, without a place.
    fn part(&self, region: &Region) -> Part {
        let (lead, dropped) = (self.list.lead.len(), self.list.dropped);
        // Pages of one sample have no axis of samples.
        let along = |axis: usize| {
            let axis = axis.checked_sub(dropped).map(|axis| lead + axis);
            let axis = axis.filter(|&axis| axis < region.shape.len());
            axis.map_or((0, 1), |axis| (region.start[axis], region.shape[axis]))
        };
        let [rows, columns, samples] = [0, 1, 2].map(along);
        Part { start: [rows.0, columns.0, samples.0], shape: [rows.1, columns.1, samples.1], at: 0 }
    }

    /// The numbers of the pages that a region has.
    fn pages_of(&self, region: &Region) -> Vec<usize> {
        let mut pages = vec![0];
        for (axis, &len) in self.list.lead.iter().enumerate() {
            let along = |&page: &usize| region.positions(axis).map(move |at| page * len + at);
            pages = pages.iter().flat_map(along).collect();
        }
        pages
    }

    /// The file of a page.
    fn file(&mut self, place: Place) -> Result<TiffFile, Error> {
        if let Some((number, file)) = self.open.take()
            && number == place.file
        {
            return Ok(file);
        }
        let (path, found) = &self.list.files[place.file];
        let file = TiffFile::open(path)?;
        file::check_unchanged(found, &file.found, || path.display().to_string())?;
        Ok(file)
    }

    /// Reads a part of each of some pages.
    fn read_pages(&mut self, pages: &[usize], part: Part, bytes: &mut [u8]) -> Result<(), Error> {
        let form = self.list.form;
        let of_part = part.shape.iter().product::<usize>() * form.element.size();
        for (count, &page) in pages.iter().enumerate() {
            let place = self.list.pages[page];
            let mut file = self.file(place)?;
            let part = Part { at: count * of_part, ..part };
            let read = self.read_page(&mut file, (page, place), part, bytes);
            self.open = Some((place.file, file));
            read.map_err(|wrong| self.error(wrong))?;
        }
        self.flush(bytes).map_err(|wrong| self.error(wrong))
    }

    /// Reads a part of a page, or begins to.
    fn read_page(
        &mut self,
        file: &mut TiffFile,
        (number, place): (usize, Place),
        part: Part,
        bytes: &mut [u8],
    ) -> Result<(), Wrong> {
        let wrong = |fault| Wrong { page: number, fault };
        let form = self.list.form;
        let page = match place.at {
            At::Pixels(at) if part.shape[1..] == [form.columns, form.samples] => {
                let rows = Form { rows: part.shape[0], ..form };
                let bytes = &mut bytes[part.at..][..rows.bytes()];
                file.read(at + (part.start[0] * form.row_bytes()) as u64, bytes)
                    .map_err(|source| wrong(Fault::Read(source)))?;
                let coding =
                    Coding { method: Method::Plain, predictor: 1, big_endian: file.big_endian };
                coding.make_native(form.element, bytes);
                return Ok(());
            }
            At::Pixels(at) => Page::contiguous(form, file.big_endian, at, group(&form).rows),
            At::Directory(at) => {
                let directory = Directory::read(file, at).map_err(wrong)?;
                Page::of(&directory, file).map_err(wrong)?
            }
        };
        for chunk in page.chunks_of(&part) {
            self.read_chunk(file, number, (part, chunk, page.coding), bytes)?;
        }
        Ok(())
    }

    fn read_chunk(
        &mut self,
        file: &mut TiffFile,
        page: usize,
        (part, chunk, coding): (Part, Chunk, Coding),
        bytes: &mut [u8],
    ) -> Result<(), Wrong> {
        let wrong = |fault| Wrong { page, fault };
        // They fitted when the file was opened.
        if chunk.form.bytes() > self.list.largest.decoded
            || chunk.bytes > self.list.largest.stored as u64
        {
            return Err(wrong(Fault::Read(io::ErrorKind::UnexpectedEof.into())));
        }
        if self.batch.is_full() {
            self.flush(bytes)?;
        }
        let read = self.batch.read(file, page, (part, chunk, coding)).map_err(wrong)?;
        read.ok_or_else(|| wrong("there is no memory for its pixels".into()))
    }

    fn flush(&mut self, bytes: &mut [u8]) -> Result<(), Wrong> {
        self.batch.flush(bytes)
    }

    fn error(&self, Wrong { page, fault }: Wrong) -> Error {
        let place = self.list.pages[page];
        let (path, _) = &self.list.files[place.file];
        match fault {
            // It was as long as its pages when it was opened.
            Fault::Read(source) if source.kind() == io::ErrorKind::UnexpectedEof => {
                Error::Changed { name: path.display().to_string() }
            }
            fault => fault.of_page(path, place.page),
        }
    }
}

/// Rows that are read at once where not all columns are wanted.
fn group(form: &Form) -> Form {
    let rows = (ROWS / form.row_bytes().max(1)).clamp(1, form.rows);
    Form { rows, ..*form }
}

impl Source for TiffSource {
    fn name(&self) -> String {
        self.name.display().to_string()
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn chunks(&self) -> Vec<usize> {
        let form = &self.list.form;
        let [rows, columns] = self.list.chunk.unwrap_or_else(|| {
            // Any row is read alone, but never a part of one.
            let rows = SYSTEM_PAGE / form.row_bytes().max(1);
            [rows.clamp(1, form.rows), form.columns]
        });
        let mut chunks = vec![1; self.list.lead.len()];
        chunks.extend(&Form { rows, columns, ..*form }.shape()[self.list.dropped..]);
        for (chunk, &len) in chunks.iter_mut().zip(&self.layout.shape) {
            *chunk = len.min(*chunk);
        }
        chunks
    }

    fn memory_bytes(&self) -> usize {
        let pages = self.list.pages.len() * size_of::<Place>();
        // Where the chunks of a page are: once as they lie in the file, and once as numbers.
        let chunks = self.list.most_chunks * 4 * size_of::<u64>();
        self.batch.memory_bytes().saturating_add(pages + chunks)
    }

    fn read(&mut self, mut block: BlockMut<'_>) -> Result<(), Error> {
        block.check(&self.layout, &self.name())?;
        let region = block.region().clone();
        if region.shape.contains(&0) {
            return Ok(());
        }
        let (pages, part) = (self.pages_of(&region), self.part(&region));
        let bytes = block.bytes_mut();
        self.read_pages(&pages, part, bytes).inspect_err(|_| {
            self.batch.clear();
            bytes.fill(0);
        })
    }

    fn check_unchanged(&self) -> Result<(), Error> {
        for (path, found) in &self.list.files {
            let could_not_look = |source| Error::Look { path: path.clone(), source };
            let now = fs::metadata(path).map_err(could_not_look)?;
            file::check_unchanged(found, &now, || path.display().to_string())?;
        }
        Ok(())
    }
}

impl fmt::Debug for TiffSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("TiffSource");
        shown.field("name", &self.name).field("layout", &self.layout).finish_non_exhaustive()
    }
}
