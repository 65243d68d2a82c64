//! A file that appears under its name only when it is complete.

mod pieces;
mod temporary;
mod unfinished;

#[cfg(unix)]
use std::fs::Metadata;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};

pub(crate) use self::pieces::Pieces;
use self::temporary::Temporary;
pub(crate) use self::temporary::report_leftovers;
pub(crate) use self::unfinished::abandon;
use self::unfinished::unfinished;
use crate::file::{self, folder_of};

/// A new file in the folder it is meant for, gone unless [`publish`](Self::publish)ed.
pub(crate) struct Target {
    temporary: Temporary,
    path: PathBuf,
    replace: bool,
}

impl Target {
    /// Begins a file; without `replace` an existing one is an error, now and at the end.
    pub(crate) fn create(path: &Path, replace: bool) -> anyhow::Result<Self> {
        let name = path.display();
        file::refuse_dash(path)?;
        let mut path = path.to_owned();
        let look = |path: &Path| {
            fs::metadata(path).with_context(|| format!("could not look at '{}'", path.display()))
        };
        let replaced = match fs::symlink_metadata(&path) {
            Ok(found) if found.is_symlink() => {
                path = path.canonicalize().with_context(|| format!("could not follow '{name}'"))?;
                Some(look(&path)?)
            }
            Ok(found) => Some(found),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(|| format!("could not look at '{name}'")),
        };
        match &replaced {
            // Only a regular file may be replaced: a rename onto /dev/null would remove the device.
            Some(found) => file::check_regular(found, &path)?,
            None if file::names_folder(&path) => bail!("'{name}' names a folder, not a file"),
            None => {}
        }
        if replaced.is_some() && !replace {
            bail!("'{name}' exists; --force replaces it");
        }
        let folder = folder_of(&path);
        if !folder.is_dir() {
            bail!("there is no folder '{}'", folder.display());
        }
        let temporary = Temporary::create(folder, replaced.as_ref())
            .with_context(|| format!("could not create a file in '{}'", folder.display()))?;
        #[cfg(unix)]
        if let Some(found) = &replaced {
            check_sticky(temporary.file(), found, &path)?;
        }
        Ok(Self { temporary, path, replace })
    }

    /// The file to write to.
    pub(crate) fn file(&self) -> &File {
        self.temporary.file()
    }

    /// Writes a whole text.
    pub(crate) fn write(&self, text: &str) -> anyhow::Result<()> {
        let written = self.file().write_all(text.as_bytes());
        written.with_context(|| format!("could not write '{}'", self.path.display()))
    }

    /// Brings the file to the disk and gives it its name, in one step for every other process.
    pub(crate) fn publish(self) -> anyhow::Result<()> {
        let Self { temporary, path, replace } = self;
        let name = path.display();
        temporary.file().sync_all().with_context(|| format!("could not write '{name}'"))?;
        let mut unfinished = unfinished();
        match temporary.name(&path, replace) {
            Ok(()) => {
                unfinished.published = true;
                Ok(())
            }
            Err(error) if !replace && error.kind() == io::ErrorKind::AlreadyExists => {
                Err(anyhow!("'{name}' has appeared meanwhile; --force replaces it"))
            }
            Err(error) => Err(error).with_context(|| format!("could not create '{name}'")),
        }
    }
}

/// An error where a folder such as /tmp keeps everybody from replacing files of others: at the end
/// would be too late to learn it.
#[cfg(unix)]
fn check_sticky(own: &File, found: &Metadata, path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::MetadataExt;
    const STICKY: u32 = 0o1000;
    let folder = fs::metadata(folder_of(path))?;
    let user = own.metadata()?.uid();
    if folder.mode() & STICKY != 0 && ![0, folder.uid(), found.uid()].contains(&user) {
        bail!(
            "'{}' belongs to another user, and its folder lets nobody else replace it",
            path.display()
        );
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
        assert!(error.to_string().ends_with("has appeared meanwhile; --force replaces it"));
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
