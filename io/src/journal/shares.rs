//! Journals of jobs that several processes do together: one that says what the output is made of, and
//! one of each share that says what of it was written.

use std::fs::{self, File};
use std::io::{self, Read, Write};

use super::{END, Facts, Found, Journal, line, text_of};
use crate::error::Error;
use crate::file::folder_of;
use crate::share::Share;
use crate::target::{Parts, keep};

impl Found {
    /// What the process that came first has said of the output, if there was one.
    pub(crate) fn of_all(parts: &Parts) -> Result<Option<Self>, Error> {
        match fs::read(&parts.journal) {
            Ok(bytes) => Self::parsed(&bytes, parts).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::read(parts),
            Err(source) => Err(Error::Read { path: parts.journal.clone(), source }),
        }
    }
}

impl Journal {
    /// Says what an output is made of, unless another process has just done so.
    pub(crate) fn begin_all(parts: &Parts, facts: &Facts) -> Result<(), Error> {
        let wrong = |source| Error::Write { path: parts.journal.clone(), source };
        let mut new = tempfile::NamedTempFile::new_in(folder_of(&parts.journal)).map_err(wrong)?;
        new.write_all(text_of(facts).as_bytes()).map_err(wrong)?;
        match new.persist_noclobber(&parts.journal) {
            Err(failed) if failed.error.kind() != io::ErrorKind::AlreadyExists => {
                Err(wrong(failed.error))
            }
            _ => Ok(()),
        }
    }

    /// Holds off other processes while an output is begun or published, where the file system has
    /// locks; `None` if nobody has said yet what it is made of.
    pub(crate) fn lock_all(parts: &Parts) -> Option<File> {
        let all = File::options().read(true).write(true).open(&parts.journal).ok()?;
        let _ = all.lock();
        // It may have been removed meanwhile.
        parts.journal.exists().then_some(all)
    }

    /// Forgets what shares of an output have done that is not there: one of an earlier job, of which
    /// the last process was killed before it had removed them.
    pub(crate) fn forget_stale(parts: &Parts, share: Share) {
        if !parts.part.exists() {
            share.all().for_each(|other| drop(fs::remove_file(parts.of_share(other).journal)));
        }
    }

    /// The journal of a share, behind the slabs that `intact` says are as an earlier process wrote
    /// them. They are counted from the share's `first`.
    pub(crate) fn share(
        parts: &Parts,
        (share, first): (Share, usize),
        facts: &Facts,
        intact: impl FnOnce(&Found) -> Result<usize, Error>,
    ) -> Result<Self, Error> {
        let own = parts.of_share(share);
        let wrong = |source| Error::Write { path: own.journal.clone(), source };
        let opened = File::options().read(true).append(true).create(true).open(&own.journal);
        let mut file = opened.map_err(wrong)?;
        if let Err(fs::TryLockError::WouldBlock) = file.try_lock() {
            return Err(Error::InUse { path: own.journal });
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(wrong)?;
        // What was cut off, or is another's, is begun anew.
        let left = Self::left(&bytes, &own, facts);
        let done = match &left {
            Some(left) => intact(left)?,
            None => 0,
        };
        let end = left.map_or(0, |left| left.end_of(done));
        file.set_len(end).map_err(wrong)?;
        if end == 0 {
            file.write_all(text_of(facts).as_bytes()).map_err(wrong)?;
        }
        keep(&parts.part, &own.journal);
        let is_share = true;
        Ok(Self { parts: own, file, first, done, took: true, finished: false, is_share })
    }

    fn left(bytes: &[u8], own: &Parts, facts: &Facts) -> Option<Found> {
        let found = Found::parsed(bytes, own).ok()?;
        found.check(own, facts).is_ok().then_some(found)
    }

    /// Notes that a share is complete.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        let noted = self.file.write_all(line(END).as_bytes());
        let synced = noted.and_then(|()| self.file.sync_all());
        synced.map_err(|source| Error::Write { path: self.parts.journal.clone(), source })
    }

    /// Whether all shares are complete: then the output is published, by one of the processes.
    pub(crate) fn complete(
        parts: &Parts,
        share: Share,
        publish: impl FnOnce() -> Result<(), Error>,
    ) -> Result<bool, Error> {
        let has_ended = |own: &Parts| {
            let bytes = fs::read(&own.journal).ok()?;
            Found::parsed(&bytes, own).ok().filter(|found| found.has_ended)
        };
        // Journals are removed only behind the publication.
        let Some(_lock) = Self::lock_all(parts) else { return Ok(true) };
        if !parts.part.exists() {
            return Ok(true);
        }
        if !share.all().all(|other| has_ended(&parts.of_share(other)).is_some()) {
            return Ok(false);
        }
        publish()?;
        for other in share.all() {
            let _ = fs::remove_file(parts.of_share(other).journal);
        }
        let _ = fs::remove_file(&parts.journal);
        Ok(true)
    }
}
