//! Files that are called NAME.part until they are complete, for runs that go on with them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use super::temporary::Temporary;
use crate::error::Error;
use crate::file;

/// What becomes of a file that an earlier run left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// It is an error.
    Refused,
    /// It is removed, and another one begun.
    Replaced,
    /// It is gone on with.
    Resumed,
}

/// The names of a file while it is incomplete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// Holds what was written.
    pub(crate) part: PathBuf,
    /// Says which parts of it are complete.
    pub(crate) journal: PathBuf,
}

impl Parts {
    /// Beside the file, whose name is no link.
    pub(crate) fn of(path: &Path) -> Self {
        let with = |end: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(end);
            PathBuf::from(name)
        };
        Self { part: with(".part"), journal: with(".part.journal") }
    }

    /// Removes both files, as far as they exist.
    pub(crate) fn remove(&self) {
        for path in [&self.part, &self.journal] {
            // A file that cannot be removed is an error of the next run.
            let _ = fs::remove_file(path);
        }
    }

    /// Begins the file, or opens what is left of it.
    pub(super) fn open(
        &self,
        left: Left,
        before: &mut dyn FnMut() -> Result<(), Error>,
    ) -> Result<Temporary, Error> {
        let path = &self.part;
        match fs::symlink_metadata(path) {
            Ok(found) => {
                file::check_regular(&found, path)?;
                let opened = self.locked()?;
                match left {
                    Left::Refused => return Err(Error::Unfinished { path: path.clone() }),
                    Left::Replaced => self.remove(),
                    Left::Resumed => {
                        let mut temporary = self.temporary(opened)?;
                        temporary.disarm();
                        return Ok(temporary);
                    }
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(Error::Look { path: path.clone(), source }),
        }
        before()?;
        let created = File::options().read(true).write(true).create_new(true).open(path);
        self.temporary(created.map_err(|source| Error::Create { path: path.clone(), source })?)
    }

    /// The file of an earlier run, unless that still runs.
    fn locked(&self) -> Result<File, Error> {
        let path = || self.part.clone();
        let opened = File::options().read(true).write(true).open(&self.part);
        let opened = opened.map_err(|source| Error::Open { path: path(), source })?;
        match opened.try_lock() {
            Err(fs::TryLockError::WouldBlock) => Err(Error::InUse { path: path() }),
            // File systems without locks know no other process.
            _ => Ok(opened),
        }
    }

    fn temporary(&self, file: File) -> Result<Temporary, Error> {
        let path = TempPath::try_from_path(&self.part)
            .map_err(|source| Error::Create { path: self.part.clone(), source })?;
        Ok(Temporary::named(NamedTempFile::from_parts(file, path)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    #[test]
    fn what_an_earlier_run_left_is_kept_or_replaced_as_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.npy");
        let parts = Parts::of(&path);
        assert_eq!(parts.part.file_name().unwrap(), "out.npy.part");
        let part = |replace, left| Target::part(&path, replace, left, &mut || Ok(()));
        let mut target = part(false, Left::Refused).unwrap();
        assert_eq!(target.temporary_path(), Some(&*parts.part));
        target.write("begun").unwrap();
        let other = part(true, Left::Replaced).unwrap_err();
        assert!(matches!(other, Error::InUse { .. }), "{other}");
        target.disarm();
        drop(target);
        let error = part(false, Left::Refused).unwrap_err();
        assert!(matches!(error, Error::Unfinished { .. }), "{error}");
        assert_eq!(fs::read(&parts.part).unwrap(), b"begun");
        // It is kept whatever becomes of this run.
        drop(part(false, Left::Resumed).unwrap());
        let target = part(false, Left::Resumed).unwrap();
        target.publish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"begun");
        assert!(!parts.part.exists());
        fs::write(&parts.part, "stale").unwrap();
        fs::write(&parts.journal, "stale").unwrap();
        drop(part(true, Left::Replaced).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
