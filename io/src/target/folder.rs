//! Folders whose files appear under their names only when all are complete.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::temporary::{PREFIX, SUFFIX};
use super::unfinished::unfinished;
use crate::error::Error;
use crate::file::{folder_of, sync_folder};

/// New files on their way to a folder, gone unless [`publish`](Self::publish)ed: in a hidden folder
/// that becomes the folder, or whose files go to it if it exists.
///
/// ```
/// use gausstack_io::target::FolderTarget;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("numbers");
/// let target = FolderTarget::create(&path, false)?;
/// std::fs::write(target.hidden().join("1.txt"), "1 2 3")?;
/// assert!(!path.exists());
/// target.publish(["1.txt".to_owned()])?;
/// assert_eq!(std::fs::read(path.join("1.txt"))?, b"1 2 3");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FolderTarget {
    hidden: TempDir,
    /// The hidden folder, locked.
    _lock: Option<File>,
    path: PathBuf,
    exists: bool,
    replace: bool,
}

impl FolderTarget {
    /// Begins a folder, or files in one that exists. With `replace` files that exist are replaced.
    ///
    /// # Errors
    /// [`Error::NotFolder`], [`Error::NoFolder`] and [`Error::CreateIn`].
    pub fn create(path: &Path, replace: bool) -> Result<Self, Error> {
        // Without separators at the end, which a file's name has not.
        let path: PathBuf = path.components().collect();
        let exists = match fs::metadata(&path) {
            Ok(found) if found.is_dir() => true,
            Ok(_) => return Err(Error::NotFolder { path }),
            Err(_) => false,
        };
        // In the file system that the files are for.
        let folder = if exists { &path } else { folder_of(&path) };
        if !folder.is_dir() {
            return Err(Error::NoFolder { folder: folder.to_owned() });
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        #[cfg(unix)]
        {
            // Those of any new folder; temporary ones are private by default.
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o777));
        }
        let hidden = builder
            .tempdir_in(folder)
            .map_err(|source| Error::CreateIn { folder: folder.to_owned(), source })?;
        unfinished().named.push(hidden.path().to_owned());
        // The lock distinguishes it from leftovers of a killed process, where the file system has
        // locks for folders.
        let lock = File::open(hidden.path()).ok();
        let _ = lock.as_ref().map(File::try_lock);
        Ok(Self { hidden, _lock: lock, path, exists, replace })
    }

    /// The hidden folder that files are written to.
    #[must_use]
    pub fn hidden(&self) -> &Path {
        self.hidden.path()
    }

    /// The folder that the files get to.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The error of a write that failed.
    pub(crate) fn could_not_write(&self, source: io::Error) -> Error {
        Error::Write { path: self.path.clone(), source }
    }

    /// Brings the files of these names to the disk and gives them their names: in one step if the
    /// folder is new, else one after the other.
    ///
    /// # Errors
    /// [`Error::Write`], [`Error::Create`], and [`Error::Appeared`] if a folder or a file that is
    /// not to be replaced has been created since.
    pub fn publish(self, names: impl IntoIterator<Item = String>) -> Result<(), Error> {
        let names: Vec<String> = names.into_iter().collect();
        let synced = names.iter().try_for_each(|name| {
            File::open(self.hidden().join(name)).and_then(|file| file.sync_all())
        });
        synced.map_err(|source| self.could_not_write(source))?;
        let mut unfinished = unfinished();
        let could_not_create =
            |path: &Path, source| Error::Create { path: path.to_owned(), source };
        if !self.exists {
            if fs::symlink_metadata(&self.path).is_ok() {
                return Err(Error::Appeared { path: self.path });
            }
            fs::rename(self.hidden.path(), &self.path)
                .map_err(|source| could_not_create(&self.path, source))?;
            // It has another name now.
            let _ = self.hidden.keep();
        } else {
            let place = |name: &String| self.path.join(name);
            if let Some(path) = names
                .iter()
                .map(place)
                .find(|path| !self.replace && fs::symlink_metadata(path).is_ok())
            {
                return Err(Error::Appeared { path });
            }
            for name in &names {
                let path = place(name);
                fs::rename(self.hidden.path().join(name), &path)
                    .map_err(|source| could_not_create(&path, source))?;
            }
        }
        unfinished.published = true;
        sync_folder(if self.exists { &self.path } else { folder_of(&self.path) });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::leftovers;

    fn target(path: &Path, replace: bool) -> Result<FolderTarget, Error> {
        let target = FolderTarget::create(path, replace)?;
        fs::write(target.hidden().join("a"), "new").unwrap();
        Ok(target)
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_new_folder_appears_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        drop(target(&path, false).unwrap());
        assert_eq!(names(folder.path()), [""; 0]);
        target(&path, false).unwrap().publish(["a".to_owned()]).unwrap();
        assert_eq!((names(folder.path()), names(&path)), (vec!["out".into()], vec!["a".into()]));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let plain = folder.path().join("plain");
            fs::create_dir(&plain).unwrap();
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode(&path), mode(&plain));
        }
    }

    #[test]
    fn files_of_a_folder_that_exists_are_replaced_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::write(path.join("b"), "other").unwrap();
        fs::write(path.join("a"), "old").unwrap();
        let error = target(path, false).unwrap().publish(["a".to_owned()]).unwrap_err();
        assert!(matches!(error, Error::Appeared { .. }), "{error}");
        assert_eq!(fs::read(path.join("a")).unwrap(), b"old");
        target(path, true).unwrap().publish(["a".to_owned()]).unwrap();
        assert_eq!(fs::read(path.join("a")).unwrap(), b"new");
        assert_eq!(names(path).len(), 2);
        assert!(matches!(target(&path.join("a/"), true), Err(Error::NotFolder { .. })));
        assert!(matches!(target(&path.join("x/y"), true), Err(Error::NoFolder { .. })));
    }

    /// A process that is killed leaves its hidden folder, which is then of nobody.
    #[test]
    #[cfg(unix)]
    fn hidden_folders_that_are_left_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let target = target(&path, false).unwrap();
        assert_eq!(leftovers(folder.path()), []);
        let killed = target.hidden.keep();
        drop(target._lock);
        let left = leftovers(folder.path());
        assert_eq!((left.len(), &left[0].path, left[0].bytes), (1, &killed, 3));
    }

    #[test]
    fn a_folder_that_appears_meanwhile_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let target = target(&path, false).unwrap();
        fs::create_dir(&path).unwrap();
        let error = target.publish(["a".to_owned()]).unwrap_err();
        assert!(matches!(error, Error::Appeared { .. }), "{error}");
        assert_eq!((names(folder.path()).len(), names(&path).len()), (1, 0));
    }
}
