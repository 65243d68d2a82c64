//! Journals: what of an unfinished output is complete, so that a later run goes on from there.
//!
//! A journal names what the output is made of, and then each slab that was written with the
//! checksum of its bytes. Neither it nor the output has to reach the disk in any order: a run that
//! goes on reads the slabs again, and trusts those that have their checksums.

mod facts;
mod lines;
mod probe;
mod shares;

use std::fs::{self, File};
use std::io::{self, Write};

pub(crate) use self::facts::{Facts, state, states};
use self::lines::{Lines, line};
pub(crate) use self::probe::probe;
use crate::block::BlockMut;
use crate::ends::Source;
use crate::error::Error;
use crate::layout::Layout;
use crate::memory::Memory;
use crate::region::Region;
use crate::slabs::Slabs;
use crate::target::{Parts, keep, register};

/// The first line; the number is that of the format.
const TITLE: &str = "gausstack journal 1";
/// The last line of what the output is made of.
const BEGIN: &str = "begin";
/// The last line of a share that is complete.
const END: &str = "end";

/// The journal of a run. It is removed when it is dropped, and the unfinished output with it, unless
/// a slab was written.
#[derive(Debug)]
pub(crate) struct Journal {
    parts: Parts,
    file: File,
    /// Slabs that were written.
    done: usize,
    /// The unfinished output is that of this run.
    took: bool,
    finished: bool,
    /// It is that of a share, which is kept until all shares are complete.
    is_share: bool,
    /// The first slab that it is about.
    first: usize,
}

/// What an earlier run left.
#[derive(Debug)]
pub(crate) struct Found {
    facts: Vec<(String, String)>,
    /// The checksums of the slabs, and where the line of each ends.
    slabs: Vec<(u32, u64)>,
    /// Where the first slab's line begins.
    start: u64,
    /// Nothing is left to be done.
    has_ended: bool,
}

impl Journal {
    pub(crate) fn begin(parts: Parts, facts: &Facts) -> Result<Self, Error> {
        let text = text_of(facts);
        register(&parts.journal);
        let create = || {
            let mut file = File::create(&parts.journal)?;
            file.write_all(text.as_bytes())?;
            Ok(file)
        };
        match create() {
            Ok(file) => {
                let is_share = false;
                Ok(Self { parts, file, done: 0, took: false, finished: false, is_share, first: 0 })
            }
            Err(source) => {
                let _ = fs::remove_file(&parts.journal);
                Err(Error::Write { path: parts.journal, source })
            }
        }
    }

    /// Goes on behind so many slabs.
    pub(crate) fn resume(parts: Parts, found: &Found, done: usize) -> Result<Self, Error> {
        let end = found.end_of(done);
        let open = || {
            let file = File::options().append(true).open(&parts.journal)?;
            file.set_len(end)?;
            Ok(file)
        };
        let file = open().map_err(|source| Error::Write { path: parts.journal.clone(), source })?;
        keep(&parts.part, &parts.journal);
        let is_share = false;
        Ok(Self { parts, file, done, took: true, finished: false, is_share, first: 0 })
    }

    /// Takes the unfinished output, which is removed with the journal from now on.
    pub(crate) fn take(&mut self) {
        self.took = true;
    }

    /// The next slab.
    pub(crate) fn next(&self) -> usize {
        self.first + self.done
    }

    /// Slabs that were written.
    pub(crate) fn done(&self) -> usize {
        self.done
    }

    /// Notes that the next slab was written.
    pub(crate) fn wrote(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let text = line(&format!("slab {} {:08x}", self.done, crc32fast::hash(bytes)));
        let written = self.file.write_all(text.as_bytes());
        written.map_err(|source| Error::Write { path: self.parts.journal.clone(), source })?;
        self.done += 1;
        keep(&self.parts.part, &self.parts.journal);
        Ok(())
    }

    /// Has all of the output removed: nobody can go on with it.
    pub(crate) fn discard(&mut self) {
        self.done = 0;
    }

    /// Ends with the output complete under its name.
    ///
    /// # Errors
    /// [`Error::Write`] of a share.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.finished = true;
        if self.is_share {
            return self.end();
        }
        // One that cannot be removed is replaced by the next run.
        let _ = fs::remove_file(&self.parts.journal);
        Ok(())
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        match (self.finished || self.is_share, self.done, self.took) {
            (true, ..) | (_, 1.., _) => {}
            (_, 0, true) => self.parts.remove(),
            (_, 0, false) => drop(fs::remove_file(&self.parts.journal)),
        }
    }
}

impl Found {
    /// Reads what an earlier run left, if it left an unfinished output.
    pub(crate) fn read(parts: &Parts) -> Result<Option<Self>, Error> {
        if fs::symlink_metadata(&parts.part).is_err() {
            return Ok(None);
        }
        let wrong =
            |fault: &str| Err(Error::Resume { path: parts.part.clone(), fault: fault.to_owned() });
        let bytes = match fs::read(&parts.journal) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return wrong("it has no journal");
            }
            Err(source) => return Err(Error::Read { path: parts.journal.clone(), source }),
        };
        Self::parsed(&bytes, parts).map(Some)
    }

    /// What the text of a journal says.
    fn parsed(bytes: &[u8], parts: &Parts) -> Result<Self, Error> {
        let wrong =
            |fault: &str| Err(Error::Resume { path: parts.part.clone(), fault: fault.to_owned() });
        let mut lines = Lines::of(bytes);
        if lines.next() != Some(TITLE) {
            return wrong("its journal is of another version, or damaged");
        }
        let mut facts = Vec::new();
        loop {
            match lines.next() {
                Some(BEGIN) => break,
                Some(text) => {
                    let (name, value) = text.split_once(": ").unwrap_or((text, ""));
                    facts.push((name.to_owned(), value.to_owned()));
                }
                None => return wrong("its journal is damaged"),
            }
        }
        let start = lines.read();
        let mut slabs = Vec::new();
        let mut has_ended = false;
        while let Some(text) = lines.next() {
            has_ended = text == END;
            let Some(sum) = text.strip_prefix(&format!("slab {} ", slabs.len())) else { break };
            let Ok(sum) = u32::from_str_radix(sum, 16) else { break };
            slabs.push((sum, lines.read()));
        }
        Ok(Self { facts, slabs, start, has_ended })
    }

    /// Where the line of the last of so many slabs ends.
    fn end_of(&self, done: usize) -> u64 {
        done.checked_sub(1).map_or(self.start, |last| self.slabs[last].1)
    }

    /// What the journal says of a name.
    pub(crate) fn fact(&self, name: &str) -> Option<&str> {
        let found = self.facts.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    /// An error that names the first thing that is another now.
    pub(crate) fn check(&self, parts: &Parts, facts: &Facts) -> Result<(), Error> {
        for (name, now) in facts.iter() {
            let then = self.fact(name).unwrap_or("unknown");
            if then != now {
                let fault = format!("its {name} was {then}, and is {now} now");
                return Err(Error::Resume { path: parts.part.clone(), fault });
            }
        }
        Ok(())
    }

    /// How many slabs from the first one on are in the output as they were written.
    pub(crate) fn intact(
        &self,
        output: &mut dyn Source,
        slabs: &Slabs,
        first: usize,
    ) -> Result<usize, Error> {
        let Layout { element, order, .. } = *output.layout();
        let mut done = 0;
        for (slab, &(sum, _)) in slabs.iter_from(first).zip(&self.slabs) {
            let region: Region = slab.output;
            let bytes = Layout { shape: region.shape.clone(), element, order }.bytes();
            let mut memory = Memory::zeros(bytes).ok_or(Error::Buffers { bytes })?;
            let read = output.read(BlockMut::new(&region, element, order, memory.bytes_mut())?);
            // What cannot be read was not written whole.
            if read.is_err() || crc32fast::hash(memory.bytes()) != sum {
                break;
            }
            done += 1;
        }
        Ok(done)
    }
}

/// The text of a journal before the first slab.
fn text_of(facts: &Facts) -> String {
    let mut text = line(TITLE);
    for (name, value) in facts.iter() {
        text.push_str(&line(&format!("{name}: {value}")));
    }
    text.push_str(&line(BEGIN));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(filter: &str) -> Facts {
        let mut facts = Facts::default();
        facts.push("input", "a.npy");
        facts.push("filter", filter);
        facts
    }

    #[test]
    fn a_torn_journal_says_what_was_whole() {
        let folder = tempfile::tempdir().unwrap();
        let parts = Parts::of(&folder.path().join("out.npy"));
        assert!(Found::read(&parts).unwrap().is_none());
        fs::write(&parts.part, "part").unwrap();
        let error = Found::read(&parts).unwrap_err().to_string();
        assert!(error.contains("out.npy.part' cannot be gone on with: it has no"), "{error}");
        let mut journal = Journal::begin(parts.clone(), &facts("1")).unwrap();
        for slab in [&b"one"[..], b"two", b"three"] {
            journal.wrote(slab).unwrap();
        }
        drop(journal);
        let whole = fs::read(&parts.journal).unwrap();
        let mut most = 0;
        for len in 0..=whole.len() {
            fs::write(&parts.journal, &whole[..len]).unwrap();
            let Ok(found) = Found::read(&parts) else { continue };
            let found = found.unwrap();
            assert!(found.slabs.len() >= most && found.fact("filter") == Some("1"));
            most = found.slabs.len();
            found.check(&parts, &facts("1")).unwrap();
            let error = found.check(&parts, &facts("2")).unwrap_err().to_string();
            assert!(error.contains("its filter was 1, and is 2 now"), "{error}");
        }
        assert_eq!(most, 3);
        // Goes on behind the second.
        let found = Found::read(&parts).unwrap().unwrap();
        let mut journal = Journal::resume(parts.clone(), &found, 2).unwrap();
        journal.wrote(b"other").unwrap();
        drop(journal);
        let sums = |found: &Found| found.slabs.iter().map(|&(sum, _)| sum).collect::<Vec<_>>();
        let other = Found::read(&parts).unwrap().unwrap();
        assert_eq!(sums(&other)[..2], sums(&found)[..2]);
        assert_eq!(sums(&other)[2], crc32fast::hash(b"other"));
        // A flipped bit ends what is trusted.
        let mut flipped = whole;
        *flipped.last_mut().unwrap() = b' ';
        let place = flipped.len() - 12;
        flipped[place] ^= 1;
        fs::write(&parts.journal, flipped).unwrap();
        assert_eq!(Found::read(&parts).unwrap().unwrap().slabs.len(), 2);
    }

    #[test]
    fn nothing_is_left_of_a_run_that_wrote_no_slab() {
        let folder = tempfile::tempdir().unwrap();
        let parts = Parts::of(&folder.path().join("out.npy"));
        let begin = || {
            fs::write(&parts.part, "part").unwrap();
            let mut journal = Journal::begin(parts.clone(), &facts("1")).unwrap();
            journal.take();
            journal
        };
        let count = || fs::read_dir(folder.path()).unwrap().count();
        drop(begin());
        assert_eq!(count(), 0);
        fs::write(&parts.part, "of somebody else").unwrap();
        drop(Journal::begin(parts.clone(), &facts("1")).unwrap());
        assert_eq!(count(), 1);
        let mut journal = begin();
        journal.wrote(b"slab").unwrap();
        assert_eq!(journal.done(), 1);
        drop(journal);
        assert_eq!(count(), 2);
        let mut journal = begin();
        journal.wrote(b"slab").unwrap();
        journal.discard();
        drop(journal);
        assert_eq!(count(), 0);
        begin().finish().unwrap();
        assert_eq!(count(), 1);
    }
}
