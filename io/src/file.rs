//! Names and kinds of files, looked at before anything is opened.

use std::fs::{self, File, FileType, Metadata};
use std::io;
use std::path::{Path, is_separator};

use crate::error::Error;

/// Opens a regular file for reading. Pipes and devices are refused before they are opened, since
/// opening a pipe blocks until it has a writer.
pub(crate) fn open(path: &Path) -> Result<File, Error> {
    let could_not_open = |source| Error::Open { path: path.to_owned(), source };
    let found = fs::metadata(path).map_err(could_not_open)?;
    check_regular(&found, path)?;
    let mut options = File::options();
    options.read(true);
    #[cfg(target_os = "linux")]
    {
        // What takes the place of the file meanwhile must not block either; a regular file does not
        // mind.
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32);
    }
    let file = options.open(path).map_err(could_not_open)?;
    let opened = file.metadata().map_err(|source| Error::Read { path: path.to_owned(), source })?;
    check_regular(&opened, path)?;
    Ok(file)
}

/// An error if a file is not what was found of it at first.
pub(crate) fn check_unchanged(
    found: &Metadata,
    now: &Metadata,
    name: impl FnOnce() -> String,
) -> Result<(), Error> {
    let is_same = now.len() == found.len() && now.modified().ok() == found.modified().ok();
    if is_same { Ok(()) } else { Err(Error::Changed { name: name() }) }
}

/// Gives a file its length and, where the file system can, its place on the disk; an error where
/// the disk has not so much left.
pub(crate) fn reserve(file: &File, bytes: u64) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{FallocateFlags, fallocate};
        use rustix::io::Errno;
        match fallocate(file, FallocateFlags::empty(), 0, bytes) {
            Ok(()) => return Ok(()),
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => check_space(file, bytes)?,
            Err(error) => return Err(error.into()),
        }
    }
    file.set_len(bytes)
}

/// An error where the disk that a file is on has not so many bytes left.
pub(crate) fn check_space(file: &File, bytes: u64) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    if let Ok(found) = rustix::fs::fstatvfs(file)
        && found.f_bavail.saturating_mul(found.f_frsize) < bytes
    {
        return Err(rustix::io::Errno::NOSPC.into());
    }
    let _ = (file, bytes);
    Ok(())
}

/// Whether two names are those of one file, through links too.
#[must_use]
pub fn are_same_file(one: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let identity =
            |path: &Path| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
        identity(one).is_some_and(|found| identity(other) == Some(found))
    }
    #[cfg(not(unix))]
    {
        let real = |path: &Path| path.canonicalize().ok();
        real(one).is_some_and(|found| real(other) == Some(found))
    }
}

/// An error unless what was found is a regular file; it says what was found instead.
pub(crate) fn check_regular(found: &Metadata, path: &Path) -> Result<(), Error> {
    if found.is_file() {
        return Ok(());
    }
    Err(Error::NotRegular { path: path.to_owned(), kind: kind(found.file_type()) })
}

/// Whether a name can only be that of a folder: it ends in a separator, `.` or `..`.
pub(crate) fn names_folder(path: &Path) -> bool {
    let name = path.as_os_str().to_string_lossy();
    let last = name.rsplit(is_separator).next().unwrap_or_default();
    ["", ".", ".."].contains(&last)
}

/// The folder that a file is in.
///
/// ```
/// use std::path::Path;
/// use gausstack_io::folder_of;
///
/// assert_eq!(folder_of(Path::new("scans/a.npy")), Path::new("scans"));
/// assert_eq!(folder_of(Path::new("a.npy")), Path::new("."));
/// ```
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn kind(found: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if found.is_fifo() {
            return "a named pipe";
        }
        if found.is_socket() {
            return "a socket";
        }
        if found.is_block_device() || found.is_char_device() {
            return "a device";
        }
    }
    if found.is_dir() { "a folder" } else { "something else" }
}

/// Brings the names of a folder to the disk. The file is complete under its name whether the
/// system can do this or not.
pub(crate) fn sync_folder(folder: &Path) {
    if cfg!(unix)
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_folders_end_as_no_file_does() {
        for name in ["", ".", "..", "a/", "a//", "a/.", "a/..", "/"] {
            assert!(names_folder(Path::new(name)), "{name}");
        }
        for name in ["a", "a/b", ".a", "a.", "a/..b", "./-"] {
            assert!(!names_folder(Path::new(name)), "{name}");
        }
    }
}
