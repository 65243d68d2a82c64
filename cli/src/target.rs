//! A file that appears under its name only when it is complete.

mod temporary;

#[cfg(unix)]
use std::fs::Metadata;
use std::fs::{self, File};
use std::io::{self, Write};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, anyhow, bail};

use self::temporary::Temporary;
pub(crate) use self::temporary::tell_leftovers;
use crate::file;

/// A new file in the folder it is meant for, gone unless [`publish`](Self::publish)ed.
pub(crate) struct Target {
    temporary: Temporary,
    path: PathBuf,
    replace: bool,
}

/// What a signal that stops the program must know of its targets.
struct Live {
    /// Unfinished files that have a name.
    named: Vec<PathBuf>,
    /// Whether a target has been published.
    published: bool,
}

static LIVE: Mutex<Live> = Mutex::new(Live { named: Vec::new(), published: false });

fn live() -> MutexGuard<'static, Live> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what is unfinished, and keeps everybody from publishing. False, and nothing is done, once a target has been published.
pub(crate) fn abandon() -> bool {
    let live = live();
    if live.published {
        return false;
    }
    for path in &live.named {
        // Whatever is left is told by the next run.
        let _ = fs::remove_file(path);
    }
    mem::forget(live);
    true
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
        let mut live = live();
        match temporary.name(&path, replace) {
            Ok(()) => {
                live.published = true;
                Ok(())
            }
            Err(error) if !replace && error.kind() == io::ErrorKind::AlreadyExists => {
                Err(anyhow!("'{name}' has appeared meanwhile; --force replaces it"))
            }
            Err(error) => Err(error).with_context(|| format!("could not create '{name}'")),
        }
    }
}

/// An error where a folder such as /tmp keeps everybody from replacing files of others: at the end would be too late to learn it.
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

/// The folder that a file is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Writes in pieces and tells before each the bytes written so far.
pub(crate) struct Pieces<W, F> {
    writer: W,
    tell: F,
    written: u64,
}

impl<W: Write, F: FnMut(u64)> Pieces<W, F> {
    /// Short enough for a slow disk to take one in well under a second.
    const BYTES: usize = 4 << 20;

    pub(crate) fn new(writer: W, tell: F) -> Self {
        Self { writer, tell, written: 0 }
    }
}

impl<W: Write, F: FnMut(u64)> Write for Pieces<W, F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.tell)(self.written);
        let written = self.writer.write(&bytes[..bytes.len().min(Self::BYTES)])?;
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
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

    #[test]
    fn pieces_are_short_and_told() {
        let (mut written, mut told) = (Vec::new(), Vec::new());
        let mut pieces = Pieces::new(&mut written, |done| told.push(done));
        pieces.write_all(&vec![7; 9 << 20]).unwrap();
        assert_eq!((written.len(), told), (9 << 20, vec![0, 4 << 20, 8 << 20]));
    }
}
