//! Folders whose files appear under their names only when all are complete.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

#[cfg(feature = "zarr")]
use super::part::{Left, Parts};
use super::temporary::{PREFIX, SUFFIX};
use super::unfinished::{remove_folder, unfinished};
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
    hidden: Hidden,
    /// The hidden folder, locked.
    _lock: Option<File>,
    path: PathBuf,
    exists: bool,
    replace: bool,
    /// Several processes write to it: it gets its name when all are done.
    is_shared: bool,
}

/// A folder that is removed when it is dropped, unless it is kept.
#[derive(Debug)]
struct Hidden {
    path: PathBuf,
    kept: bool,
}

impl Hidden {
    /// A new one, with a name that nobody has.
    fn create(folder: &Path) -> Result<Self, Error> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        #[cfg(unix)]
        {
            // Those of any new folder; temporary ones are private by default.
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o777));
        }
        let created = builder.tempdir_in(folder);
        let created =
            created.map_err(|source| Error::CreateIn { folder: folder.to_owned(), source })?;
        Ok(Self::named(created.keep()))
    }

    fn named(path: PathBuf) -> Self {
        unfinished().named.push(path.clone());
        Self { path, kept: false }
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if !self.kept {
            // One that cannot be removed is reported by the next run.
            let _ = remove_folder(&self.path);
        }
    }
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
        let hidden = Hidden::create(folder)?;
        let lock = locked(&hidden.path);
        Ok(Self { hidden, _lock: lock, path, exists, replace, is_shared: false })
    }

    /// Begins a folder that appears as a whole: with `replace` in the place of one that exists, which
    /// is an error without.
    ///
    /// # Errors
    /// As [`create`](Self::create), and [`Error::Exists`].
    pub fn create_whole(path: &Path, replace: bool) -> Result<Self, Error> {
        let path = check_whole(path, replace)?;
        let hidden = Hidden::create(folder_of(&path))?;
        let lock = locked(&hidden.path);
        Ok(Self { hidden, _lock: lock, path, exists: false, replace, is_shared: false })
    }

    /// The hidden folder that files are written to.
    #[must_use]
    pub fn hidden(&self) -> &Path {
        &self.hidden.path
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
    pub fn publish(mut self, names: impl IntoIterator<Item = String>) -> Result<(), Error> {
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
            fs::rename(&self.hidden.path, &self.path)
                .map_err(|source| could_not_create(&self.path, source))?;
            // It has another name now.
            self.hidden.kept = true;
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
                fs::rename(self.hidden.path.join(name), &path)
                    .map_err(|source| could_not_create(&path, source))?;
            }
        }
        unfinished.published = true;
        sync_folder(if self.exists { &self.path } else { folder_of(&self.path) });
        Ok(())
    }

    /// Brings all that is in the folder to the disk and gives the folder its name. One that it
    /// replaces takes its hidden name, in the same step where the system can do that, and is removed.
    ///
    /// # Errors
    /// As [`publish`](Self::publish).
    pub fn publish_whole(self) -> Result<(), Error> {
        sync_all(self.hidden()).map_err(|source| self.could_not_write(source))?;
        if self.is_shared {
            return Ok(());
        }
        let Self { mut hidden, path, replace, .. } = self;
        let mut unfinished = unfinished();
        let exists = fs::symlink_metadata(&path).is_ok();
        if exists && !replace {
            return Err(Error::Appeared { path });
        }
        let named =
            if exists { exchange(&hidden.path, &path) } else { fs::rename(&hidden.path, &path) };
        named.map_err(|source| Error::Create { path: path.clone(), source })?;
        unfinished.published = true;
        // What has the hidden name now was replaced.
        hidden.kept = !exists;
        sync_folder(folder_of(&path));
        Ok(())
    }
}

/// Folders that are called NAME.part until they are complete.
#[cfg(feature = "zarr")]
impl FolderTarget {
    /// As [`create_whole`](Self::create_whole), a folder that is called NAME.part until it is
    /// complete, so that a later run can go on with it; or what an earlier run left of it, which
    /// stays whatever becomes of this target.
    ///
    /// # Errors
    /// As [`create_whole`](Self::create_whole), [`Error::Unfinished`], [`Error::InUse`], and those
    /// of `before`, which is called just before a folder is begun.
    pub(crate) fn part(
        path: &Path,
        replace: bool,
        left: Left,
        before: &mut dyn FnMut() -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let path = check_whole(path, replace)?;
        let (part, lock, is_left) = Parts::of(&path).open_folder(left, before)?;
        let mut hidden = Hidden::named(part);
        hidden.kept = is_left;
        let lock = Some(lock);
        Ok(Self { hidden, _lock: lock, path, exists: false, replace, is_shared: false })
    }

    /// A folder NAME.part that several processes write to; the first of them makes it. It stays
    /// whatever becomes of this target.
    pub(crate) fn shared(
        path: &Path,
        replace: bool,
        make: &mut dyn FnMut(&Self) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let path = check_whole(path, replace)?;
        let part = Parts::of(&path).part;
        let of = |hidden, is_shared| {
            let (exists, path) = (false, path.clone());
            Self { hidden, _lock: None, path, exists, replace, is_shared }
        };
        if !part.is_dir() {
            let mut first = of(Hidden::create(folder_of(&path))?, true);
            make(&first)?;
            match fs::rename(&first.hidden.path, &part) {
                Ok(()) => first.hidden.kept = true,
                // Another process was faster.
                Err(_) if part.is_dir() => {}
                Err(source) => return Err(Error::Create { path: part, source }),
            }
        }
        Ok(of(Hidden { path: part, kept: true }, true))
    }

    /// Gives a folder its name that several processes have written to.
    pub(crate) fn publish_shared(path: &Path, replace: bool) -> Result<(), Error> {
        let path = check_whole(path, replace)?;
        let hidden = Hidden { path: Parts::of(&path).part, kept: true };
        let target = Self { hidden, _lock: None, path, exists: false, replace, is_shared: false };
        target.publish_whole()
    }

    /// Leaves the folder as it is when the target is dropped: who calls this removes it.
    pub(crate) fn disarm(&mut self) {
        self.hidden.kept = true;
    }
}

/// The name of a folder that appears as a whole, if it can be given.
fn check_whole(path: &Path, replace: bool) -> Result<PathBuf, Error> {
    let path: PathBuf = path.components().collect();
    match fs::metadata(&path) {
        Ok(found) if !found.is_dir() => return Err(Error::NotFolder { path }),
        Ok(_) if !replace => return Err(Error::Exists { path }),
        _ => {}
    }
    match folder_of(&path) {
        folder if folder.is_dir() => Ok(path),
        folder => Err(Error::NoFolder { folder: folder.to_owned() }),
    }
}

/// A folder that is locked. The lock distinguishes it from leftovers of a killed process, where the
/// file system has locks for folders.
fn locked(folder: &Path) -> Option<File> {
    let lock = File::open(folder).ok()?;
    let _ = lock.try_lock();
    Some(lock)
}

/// Lets two folders change their names.
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        if renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).is_ok() {
            return Ok(());
        }
    }
    // Not every system or file system can: for an instant there is none of that name.
    let mut between = one.as_os_str().to_owned();
    between.push(".old");
    fs::rename(other, &between)?;
    fs::rename(one, other)?;
    fs::rename(&between, one)
}

/// Brings all files of a folder to the disk.
fn sync_all(folder: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        // One by one, many small files would take a multiple of the time.
        rustix::fs::syncfs(File::open(folder)?)?;
    }
    #[cfg(not(target_os = "linux"))]
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_all(&entry.path())?;
        } else {
            File::open(entry.path())?.sync_all()?;
        }
    }
    Ok(())
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
        let mut target = target;
        target.hidden.kept = true;
        let killed = target.hidden.path.clone();
        drop(target);
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
