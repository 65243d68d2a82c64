//! A file that appears under its name only when it is complete.

use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use tempfile::NamedTempFile;

/// A new file beside the place it is meant for, removed unless [`publish`](Self::publish)ed.
pub(crate) struct Target {
    temporary: NamedTempFile,
    path: PathBuf,
    replace: bool,
}

impl Target {
    /// Begins a file; without `replace` an existing one is an error, now and at the end.
    pub(crate) fn create(path: &Path, replace: bool) -> anyhow::Result<Self> {
        let name = path.display();
        // Only a regular file may be replaced: a rename onto /dev/null would remove the device.
        let mut path = path.to_owned();
        match fs::symlink_metadata(&path) {
            Ok(_) if !replace => bail!("'{name}' exists; --force replaces it"),
            Ok(found) if found.is_symlink() => {
                path = path.canonicalize().with_context(|| format!("could not follow '{name}'"))?;
                let found =
                    fs::metadata(&path).with_context(|| format!("could not read '{name}'"))?;
                check_regular(&found, &path)?;
            }
            Ok(found) => check_regular(&found, &path)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("could not look at '{name}'")),
        }
        if path.file_name().is_none() {
            bail!("'{name}' does not name a file");
        }
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            bail!("there is no folder '{}'", folder.display());
        }
        let temporary = builder()
            .tempfile_in(folder)
            .with_context(|| format!("could not create a file in '{}'", folder.display()))?;
        Ok(Self { temporary, path, replace })
    }

    /// The file to write to.
    pub(crate) fn file(&self) -> &File {
        self.temporary.as_file()
    }

    /// Brings the file to the disk and gives it its name, in one step for every other process.
    pub(crate) fn publish(self) -> anyhow::Result<()> {
        let Self { temporary, path, replace } = self;
        let name = path.display();
        temporary.as_file().sync_all().with_context(|| format!("could not write '{name}'"))?;
        let renamed =
            if replace { temporary.persist(&path) } else { temporary.persist_noclobber(&path) };
        match renamed {
            Ok(_) => Ok(()),
            Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(anyhow!("'{name}' has appeared meanwhile; --force replaces it"))
            }
            Err(failed) => Err(failed.error).with_context(|| format!("could not create '{name}'")),
        }
    }
}

fn check_regular(found: &Metadata, path: &Path) -> anyhow::Result<()> {
    if found.is_file() {
        return Ok(());
    }
    bail!("'{}' is not a regular file", path.display())
}

/// Temporary files are private by default; a result has the permissions of any new file.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".gausstack-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder
}

/// Writes in pieces and asks before each, with the bytes written so far, whether to go on.
pub(crate) struct Pieces<W, F> {
    writer: W,
    go_on: F,
    written: u64,
}

impl<W: Write, F: FnMut(u64) -> io::Result<()>> Pieces<W, F> {
    /// Short enough for a slow disk to take one in well under a second.
    const BYTES: usize = 4 << 20;

    pub(crate) fn new(writer: W, go_on: F) -> Self {
        Self { writer, go_on, written: 0 }
    }
}

impl<W: Write, F: FnMut(u64) -> io::Result<()>> Write for Pieces<W, F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.go_on)(self.written)?;
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
        target.file().write_all(b"ours").unwrap();
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
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
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
        target.file().write_all(b"new").unwrap();
        target.publish().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
    }

    #[test]
    fn pieces_stop_when_told() {
        let mut written = Vec::new();
        let mut pieces = Pieces::new(&mut written, |done| {
            if done > 4 << 20 { Err(io::Error::other("stop")) } else { Ok(()) }
        });
        let bytes = vec![7; 3 * (4 << 20)];
        assert_eq!(pieces.write_all(&bytes).unwrap_err().to_string(), "stop");
        assert_eq!(written.len(), 2 * (4 << 20));
    }
}
