//! A temporary file on its way to its name: nameless on Linux where possible, else hidden.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::unfinished::unfinished;
use crate::file::folder_of;

pub(super) const PREFIX: &str = ".gausstack-";
pub(super) const SUFFIX: &str = ".part";

/// A file that is deleted unless it gets its name.
#[derive(Debug)]
pub(super) enum Temporary {
    /// A file without a name: nothing is left of it, even when the process is killed.
    #[cfg(target_os = "linux")]
    Nameless(File),
    /// A hidden file.
    Named(NamedTempFile),
}

impl Temporary {
    /// A new file in a folder, with the owner and the mode of the one that it replaces, as far as
    /// the system allows.
    pub(super) fn create(folder: &Path, replaced: Option<&Metadata>) -> io::Result<Self> {
        Self::begin(folder)?.prepared(replaced)
    }

    /// As [`create`](Self::create), with a hidden name.
    pub(super) fn create_named(folder: &Path, replaced: Option<&Metadata>) -> io::Result<Self> {
        Self::begin_named(folder)?.prepared(replaced)
    }

    /// A file that has a name already.
    pub(super) fn named(file: NamedTempFile) -> Self {
        unfinished().named.push(file.path().to_owned());
        Self::Named(file)
    }

    /// Leaves the file where it is when it is dropped.
    pub(super) fn disarm(&mut self) {
        if let Self::Named(file) = self {
            file.disable_cleanup(true);
        }
    }

    pub(super) fn prepared(self, replaced: Option<&Metadata>) -> io::Result<Self> {
        if let Some(replaced) = replaced {
            resemble(self.file(), replaced)?;
        }
        // The lock distinguishes it from leftovers of a killed process, where the file system has
        // locks.
        let _ = self.file().try_lock();
        Ok(self)
    }

    fn begin(folder: &Path) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Some(file) = nameless::create(folder) {
            return Ok(Self::Nameless(file));
        }
        Self::begin_named(folder)
    }

    fn begin_named(folder: &Path) -> io::Result<Self> {
        Ok(Self::named(hidden(folder)?))
    }

    pub(super) fn file(&self) -> &File {
        match self {
            #[cfg(target_os = "linux")]
            Self::Nameless(file) => file,
            Self::Named(file) => file.as_file(),
        }
    }

    /// The hidden name.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Nameless(_) => None,
            Self::Named(file) => Some(file.path()),
        }
    }

    /// Gives the file its name; without `replace` an existing one is an error.
    pub(super) fn name(self, path: &Path, replace: bool) -> io::Result<()> {
        let named = match self {
            #[cfg(target_os = "linux")]
            Self::Nameless(mut file) => match nameless::name(&file, path, replace) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    copied(&mut file, folder_of(path))?
                }
                named => return named,
            },
            Self::Named(file) => file,
        };
        let persisted = if replace { named.persist(path) } else { named.persist_noclobber(path) };
        persisted.map(drop).map_err(|failed| failed.error)
    }
}

/// A hidden file that is removed when it is dropped.
fn hidden(folder: &Path) -> io::Result<NamedTempFile> {
    // With the permissions of any new file; temporary ones are private by default.
    with_hidden_name(folder, |path| {
        File::options().read(true).write(true).create_new(true).open(path)
    })
}

/// Calls `make` with a free hidden name. Errors are the system's own: the hidden name means nothing
/// to the user.
fn with_hidden_name<R>(
    folder: &Path,
    mut make: impl FnMut(&Path) -> io::Result<R>,
) -> io::Result<NamedTempFile<R>> {
    let mut code = None;
    let made = tempfile::Builder::new()
        .prefix(PREFIX)
        .suffix(SUFFIX)
        .make_in(folder, |path| make(path).inspect_err(|error| code = error.raw_os_error()));
    made.map_err(|error| code.map_or(error, io::Error::from_raw_os_error))
}

/// Copies a nameless file into a hidden one, for systems that cannot link nameless files.
#[cfg(target_os = "linux")]
fn copied(file: &mut File, folder: &Path) -> io::Result<NamedTempFile> {
    use std::io::Seek;
    let mut copy = hidden(folder)?;
    resemble(copy.as_file(), &file.metadata()?)?;
    file.rewind()?;
    io::copy(file, copy.as_file_mut())?;
    copy.as_file().sync_all()?;
    Ok(copy)
}

/// Gives a file the owner, the group and the mode of another one.
#[cfg(unix)]
fn resemble(file: &File, other: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let own = file.metadata()?;
    let mut mode = other.mode() & 0o777;
    if own.gid() != other.gid() && fchown(file, None, Some(other.gid())).is_err() {
        // What that group was allowed is not allowed to another one, unless everybody is.
        mode = mode & !0o070 | (mode & 0o007) << 3;
    }
    if own.uid() != other.uid() {
        // Only the system's administrator gives files away.
        let _ = fchown(file, Some(other.uid()), None);
    }
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn resemble(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// A hidden file or folder that a killed process left: it can be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// The file or the folder.
    pub path: PathBuf,
    /// Its size, or that of its files.
    pub bytes: u64,
}

/// The hidden files and folders that killed processes left in a folder. Those that a process still writes to
/// are none of them.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// assert!(gausstack_io::target::leftovers(folder.path()).is_empty());
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use]
pub fn leftovers(folder: &Path) -> Vec<Leftover> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let ours = name.starts_with(PREFIX) && name.ends_with(SUFFIX);
        let kind = entry.file_type();
        if !ours || !kind.is_ok_and(|kind| kind.is_file() || kind.is_dir()) {
            continue;
        }
        let path = entry.path();
        let Ok(file) = File::open(&path) else { continue };
        // A process that still writes to it holds its lock.
        if file.try_lock().is_ok() {
            let files = fs::read_dir(&path).into_iter().flatten().flatten();
            let files = files.filter_map(|file| file.metadata().ok());
            let bytes = match file.metadata() {
                Ok(found) if found.is_dir() => files.map(|file| file.len()).sum(),
                found => found.map_or(0, |found| found.len()),
            };
            found.push(Leftover { path, bytes });
        }
    }
    found
}

/// Files that have no name until they are complete.
#[cfg(target_os = "linux")]
mod nameless {
    use std::fs::{self, File};
    use std::io;
    use std::os::fd::AsRawFd;
    use std::path::{Path, PathBuf};

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open};

    use crate::file::folder_of;

    /// None where the file system has no such files or the system no names for open ones.
    pub(super) fn create(folder: &Path) -> Option<File> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let file = File::from(open(folder, flags, Mode::from_raw_mode(0o666)).ok()?);
        fs::symlink_metadata(handle(&file)).ok()?;
        Some(file)
    }

    pub(super) fn name(file: &File, path: &Path, replace: bool) -> io::Result<()> {
        let link = |path: &Path| -> io::Result<()> {
            Ok(linkat(CWD, handle(file), CWD, path, AtFlags::SYMLINK_FOLLOW)?)
        };
        if !replace {
            return link(path);
        }
        // A link replaces nothing, a rename does.
        let hidden = super::with_hidden_name(folder_of(path), link)?;
        hidden.persist(path).map_err(|failed| failed.error)
    }

    /// Where the system shows an open file.
    fn handle(file: &File) -> PathBuf {
        format!("/proc/self/fd/{}", file.as_raw_fd()).into()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Both kinds, as far as this file system has them.
    fn both(folder: &Path) -> Vec<Temporary> {
        vec![Temporary::create(folder, None).unwrap(), Temporary::Named(hidden(folder).unwrap())]
    }

    #[test]
    fn both_kinds_appear_when_they_are_named_and_replace_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        for (number, temporary) in both(folder.path()).into_iter().enumerate() {
            let path = folder.path().join(format!("out{number}"));
            temporary.file().write_all(b"new").unwrap();
            temporary.name(&path, false).unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"new");
        }
        for temporary in both(folder.path()) {
            temporary.file().write_all(b"newer").unwrap();
            let error = temporary.name(&folder.path().join("out0"), false).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        }
        assert_eq!(fs::read(folder.path().join("out0")).unwrap(), b"new");
        for temporary in both(folder.path()) {
            temporary.file().write_all(b"newest").unwrap();
            temporary.name(&folder.path().join("out1"), true).unwrap();
        }
        assert_eq!(fs::read(folder.path().join("out1")).unwrap(), b"newest");
        assert_eq!(names(folder.path()), ["out0", "out1"]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_copy_stands_in_where_a_file_cannot_be_named_later() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("from");
        fs::write(&path, "content").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let copy = copied(&mut File::open(&path).unwrap(), folder.path()).unwrap();
        assert_eq!(fs::read(copy.path()).unwrap(), b"content");
        assert_eq!(copy.as_file().metadata().unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn what_cannot_be_created_is_told_without_its_hidden_name() {
        let error = hidden(Path::new("/nowhere/at/all")).unwrap_err().to_string();
        assert!(!error.contains(PREFIX) && !error.contains("nowhere"), "{error}");
    }
}
