//! Files that appear under their names only when they are complete.

mod folder;
mod part;
mod temporary;
mod unfinished;

use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub use self::folder::FolderTarget;
pub(crate) use self::part::{Left, Parts};
use self::temporary::Temporary;
pub use self::temporary::{Leftover, leftovers};
use self::unfinished::unfinished;
pub use self::unfinished::{Abandoned, abandon};
pub(crate) use self::unfinished::{keep, register};
use crate::error::Error;
use crate::file::{self, folder_of, sync_folder};

/// A new file in the folder it is meant for, gone unless [`publish`](Self::publish)ed.
///
/// ```
/// use std::io::Write;
/// use gausstack_io::target::Target;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("numbers.txt");
/// let target = Target::create(&path, false)?;
/// target.file().write_all(b"1 2 3")?;
/// assert!(!path.exists());
/// target.publish()?;
/// assert_eq!(std::fs::read(&path)?, b"1 2 3");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Target {
    temporary: Temporary,
    path: PathBuf,
    replace: bool,
}

impl Target {
    /// Begins a file; without `replace` an existing one is an error, now and at the end. A link is
    /// followed, and only a regular file is replaced.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::NotRegular`], [`Error::NamesFolder`], [`Error::NoFolder`],
    /// [`Error::Sticky`], [`Error::CreateIn`], [`Error::Look`] and [`Error::Follow`].
    pub fn create(path: &Path, replace: bool) -> Result<Self, Error> {
        Self::begin(path, replace, |path, replaced| {
            let folder = folder_of(path);
            Temporary::create(folder, replaced).map_err(|source| could_not_create(folder, source))
        })
    }

    /// As [`create`](Self::create), a file that others can open from the start: it has a hidden
    /// name, which is left when the process is killed.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_named(path: &Path, replace: bool) -> Result<Self, Error> {
        Self::begin(path, replace, |path, replaced| {
            let folder = folder_of(path);
            let created = Temporary::create_named(folder, replaced);
            created.map_err(|source| could_not_create(folder, source))
        })
    }

    /// As [`create`](Self::create), a file that is called NAME.part until it is complete, so that a
    /// later run can go on with it; or what an earlier run left of it, which stays whatever becomes
    /// of this target.
    ///
    /// # Errors
    /// As [`create`](Self::create), [`Error::Unfinished`], [`Error::InUse`], and those of `before`,
    /// which is called just before a file is begun.
    pub(crate) fn part(
        path: &Path,
        replace: bool,
        left: Left,
        before: &mut dyn FnMut() -> Result<(), Error>,
    ) -> Result<Self, Error> {
        Self::begin(path, replace, |path, replaced| {
            let prepared = Parts::of(path).open(left, before)?.prepared(replaced);
            prepared.map_err(|source| could_not_create(folder_of(path), source))
        })
    }

    fn begin(
        path: &Path,
        replace: bool,
        create: impl FnOnce(&Path, Option<&Metadata>) -> Result<Temporary, Error>,
    ) -> Result<Self, Error> {
        let path = followed(path)?;
        let replaced = match fs::symlink_metadata(&path) {
            Ok(found) => Some(found),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(Error::Look { path, source }),
        };
        match &replaced {
            // Only a regular file may be replaced: a rename onto /dev/null would remove the device.
            Some(found) => file::check_regular(found, &path)?,
            None if file::names_folder(&path) => return Err(Error::NamesFolder { path }),
            None => {}
        }
        if replaced.is_some() && !replace {
            return Err(Error::Exists { path });
        }
        let folder = folder_of(&path);
        if !folder.is_dir() {
            return Err(Error::NoFolder { folder: folder.to_owned() });
        }
        let temporary = create(&path, replaced.as_ref())?;
        #[cfg(unix)]
        if let Some(found) = &replaced {
            check_sticky(temporary.file(), found, &path)?;
        }
        Ok(Self { temporary, path, replace })
    }

    /// The file to write to.
    #[must_use]
    pub fn file(&self) -> &File {
        self.temporary.file()
    }

    /// The name that the file has until it is complete, if it has one.
    #[must_use]
    pub fn temporary_path(&self) -> Option<&Path> {
        self.temporary.path()
    }

    /// Leaves the file as it is when the target is dropped: who calls this removes it.
    pub(crate) fn disarm(&mut self) {
        self.temporary.disarm();
    }

    /// The name that the file gets.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a whole text.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write(&self, text: &str) -> Result<(), Error> {
        let written = self.file().write_all(text.as_bytes());
        written.map_err(|source| self.could_not_write(source))
    }

    /// The error of a write that failed.
    pub(crate) fn could_not_write(&self, source: io::Error) -> Error {
        Error::Write { path: self.path.clone(), source }
    }

    /// Brings the file to the disk and gives it its name, in one step for every other process.
    ///
    /// # Errors
    /// [`Error::Write`], [`Error::Create`], and [`Error::Appeared`] if it is not to replace a file
    /// that somebody else has created since.
    pub fn publish(self) -> Result<(), Error> {
        let synced = self.temporary.file().sync_all();
        synced.map_err(|source| self.could_not_write(source))?;
        let Self { temporary, path, replace } = self;
        let mut unfinished = unfinished();
        match temporary.name(&path, replace) {
            Ok(()) => {
                unfinished.published = true;
                sync_folder(folder_of(&path));
                Ok(())
            }
            Err(error) if !replace && error.kind() == io::ErrorKind::AlreadyExists => {
                Err(Error::Appeared { path })
            }
            Err(source) => Err(Error::Create { path, source }),
        }
    }
}

/// Where a name leads: a link is followed.
pub(crate) fn followed(path: &Path) -> Result<PathBuf, Error> {
    let path = path.to_owned();
    match fs::symlink_metadata(&path) {
        Ok(found) if found.is_symlink() => match path.canonicalize() {
            Ok(path) => Ok(path),
            Err(source) => Err(Error::Follow { path, source }),
        },
        _ => Ok(path),
    }
}

fn could_not_create(folder: &Path, source: io::Error) -> Error {
    Error::CreateIn { folder: folder.to_owned(), source }
}

/// An error where a folder such as /tmp keeps everybody from replacing files of others: at the end
/// would be too late to learn it.
#[cfg(unix)]
fn check_sticky(own: &File, found: &Metadata, path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt;
    const STICKY: u32 = 0o1000;
    let could_not_look = |source| Error::Look { path: path.to_owned(), source };
    let folder = fs::metadata(folder_of(path)).map_err(could_not_look)?;
    let user = own.metadata().map_err(could_not_look)?.uid();
    if folder.mode() & STICKY != 0 && ![0, folder.uid(), found.uid()].contains(&user) {
        return Err(Error::Sticky { path: path.to_owned() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_appears_meanwhile_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let target = Target::create(&path, false).unwrap();
        target.write("ours").unwrap();
        fs::write(&path, "theirs").unwrap();
        let error = target.publish().unwrap_err();
        assert!(error.to_string().ends_with("has appeared meanwhile"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_not_published_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::create(&folder.path().join("out"), false).unwrap();
        target.write("lost").unwrap();
        drop(target);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    #[cfg(unix)]
    fn a_link_is_followed_and_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let target = Target::create(&link, true).unwrap();
        target.write("new").unwrap();
        target.publish().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
