//! .npy files that are read part by part.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::header::{Header, MAX_BYTES};
use crate::block::BlockMut;
use crate::ends::Source;
use crate::error::Error;
use crate::file;
use crate::layout::Layout;
use crate::runs::Runs;

/// Runs that are at most so far from each other are read at once.
const GAP: u64 = 16 << 10;
/// The most that is read at once for several runs.
pub(crate) const AT_ONCE: usize = 1 << 20;

/// A .npy file that is read part by part, in either order of elements and of bytes.
///
/// ```
/// use gausstack::ElementType;
/// use gausstack_io::npy::{self, NpySource};
/// use gausstack_io::{BlockMut, Layout, Order, Region, Source};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("a.npy");
/// let layout = Layout { shape: vec![2, 3], element: ElementType::U8, order: Order::C };
/// npy::write(&layout, &[1, 2, 3, 4, 5, 6], std::fs::File::create(&path)?)?;
///
/// let mut source = NpySource::open(&path)?;
/// let column = Region::whole(&[2, 3]).along(1, 1..2);
/// let mut bytes = [0; 2];
/// source.read(BlockMut::new(&column, ElementType::U8, Order::C, &mut bytes)?)?;
/// assert_eq!(bytes, [2, 5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct NpySource {
    path: PathBuf,
    file: File,
    found: Metadata,
    header: Header,
    layout: Layout,
    behind: u64,
    /// What is read for several runs.
    together: Vec<u8>,
}

impl NpySource {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// [`Error::Open`], [`Error::NotRegular`], [`Error::Read`], [`Error::Format`],
    /// [`Error::Elements`], [`Error::Shape`] and [`Error::Truncated`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::of(file::open(path)?, path)
    }

    /// Reads the header of a file that is open.
    pub(super) fn of(mut file: File, path: &Path) -> Result<Self, Error> {
        let could_not_read = |source| Error::Read { path: path.to_owned(), source };
        let found = file.metadata().map_err(could_not_read)?;
        file.rewind().map_err(could_not_read)?;
        let mut start = Vec::new();
        // The longest prefix, and one byte more than the longest header, which is then refused.
        let most = MAX_BYTES as u64 + 64;
        file.by_ref().take(most).read_to_end(&mut start).map_err(could_not_read)?;
        let header = Header::read(&start).map_err(|fault| fault.of(path.to_owned()))?;
        let bytes = header.bytes_of(found.len(), path)?;
        let behind = found.len() - header.start as u64 - bytes as u64;
        let (path, layout) = (path.to_owned(), header.layout());
        Ok(Self { path, file, found, header, layout, behind, together: Vec::new() })
    }

    /// Reads all runs, one behind the other, into bytes of their length.
    fn read_runs(&mut self, runs: &Runs, mut bytes: &mut [u8]) -> io::Result<()> {
        let start = self.header.start as u64;
        let mut run = 0;
        while run < runs.count {
            let first = runs.start(run);
            let (mut end, mut together) = (first + runs.bytes as u64, 1);
            while run + together < runs.count {
                let next = runs.start(run + together);
                let next_end = next + runs.bytes as u64;
                if next - end > GAP || next_end - first > AT_ONCE as u64 {
                    break;
                }
                (end, together) = (next_end, together + 1);
            }
            self.file.seek(SeekFrom::Start(start + first))?;
            let (now, rest) = std::mem::take(&mut bytes).split_at_mut(together * runs.bytes);
            bytes = rest;
            if together == 1 {
                self.file.read_exact(now)?;
            } else {
                self.together.resize((end - first) as usize, 0);
                self.file.read_exact(&mut self.together)?;
                for (place, bytes) in now.chunks_exact_mut(runs.bytes).enumerate() {
                    let at = (runs.start(run + place) - first) as usize;
                    bytes.copy_from_slice(&self.together[at..at + runs.bytes]);
                }
            }
            run += together;
        }
        Ok(())
    }
}

impl Source for NpySource {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn memory_bytes(&self) -> usize {
        AT_ONCE
    }

    fn bytes_behind(&self) -> u64 {
        self.behind
    }

    fn read(&mut self, mut block: BlockMut<'_>) -> Result<(), Error> {
        block.check(&self.layout, &self.name())?;
        let runs = Runs::new(&self.layout, block.region());
        let bytes = block.bytes_mut();
        if let Err(source) = self.read_runs(&runs, bytes) {
            bytes.fill(0);
            return Err(match source.kind() {
                // It was as long as its array when it was opened.
                io::ErrorKind::UnexpectedEof => Error::Changed { name: self.name() },
                _ => Error::Read { path: self.path.clone(), source },
            });
        }
        self.header.descriptor.make_native(bytes).map_err(|value| {
            bytes.fill(0);
            Error::Bool { path: self.path.clone(), value }
        })
    }

    fn check_unchanged(&self) -> Result<(), Error> {
        let could_not_look = |source| Error::Look { path: self.path.clone(), source };
        let now = self.file.metadata().map_err(could_not_look)?;
        file::check_unchanged(&self.found, &now, || self.name())
    }
}
