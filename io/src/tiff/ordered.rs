//! Pages one after the other, whatever parts of them come first.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use super::written::Written;
use crate::block::Block;
use crate::file;
use crate::memory::Memory;
use crate::runs::Runs;

/// Hands on whole pages in their order. What comes as parts of pages, or too early, waits in a file
/// without a name until the end.
pub(super) struct Ordered {
    next: usize,
    waiting: Option<File>,
    /// Where that file is.
    folder: PathBuf,
}

impl Ordered {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { next: 0, waiting: None, folder }
    }

    /// Takes a part of the array.
    pub(super) fn take(
        &mut self,
        written: &Written,
        block: &Block<'_>,
        add: &mut dyn FnMut(usize, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let of_page = written.form.bytes();
        let runs = Runs::new(&written.layout, block.region());
        for run in 0..runs.count {
            let start = runs.start(run);
            let bytes = &block.bytes()[run * runs.bytes..][..runs.bytes];
            let is_next = start == (self.next * of_page) as u64;
            if is_next && self.waiting.is_none() && bytes.len().is_multiple_of(of_page) {
                for page in bytes.chunks_exact(of_page) {
                    add(self.next, page)?;
                    self.next += 1;
                }
            } else {
                let mut waiting = self.waiting(written)?;
                waiting.seek(SeekFrom::Start(start))?;
                waiting.write_all(bytes)?;
            }
        }
        Ok(())
    }

    fn waiting(&mut self, written: &Written) -> io::Result<&File> {
        let file = match self.waiting.take() {
            Some(file) => file,
            None => {
                let new = tempfile::tempfile_in(&self.folder)?;
                file::reserve(&new, written.layout.bytes() as u64)?;
                new
            }
        };
        Ok(self.waiting.insert(file))
    }

    /// Hands on what has waited.
    pub(super) fn finish(
        self,
        written: &Written,
        add: &mut dyn FnMut(usize, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let Some(mut waiting) = self.waiting else { return Ok(()) };
        let of_page = written.form.bytes();
        let mut page = Memory::zeros(of_page).ok_or(io::ErrorKind::OutOfMemory)?;
        for number in self.next..written.pages {
            waiting.seek(SeekFrom::Start((number * of_page) as u64))?;
            waiting.read_exact(page.bytes_mut())?;
            add(number, page.bytes())?;
        }
        Ok(())
    }
}
