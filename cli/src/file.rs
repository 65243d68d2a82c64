//! Names and kinds of files, looked at before anything is opened.

use std::fs::{self, File, FileType, Metadata};
use std::path::{Path, is_separator};

use anyhow::{Context, bail};

/// Opens a regular file for reading. Pipes and devices are refused before they are opened, since
/// opening a pipe blocks until it has a writer.
pub(crate) fn open(path: &Path) -> anyhow::Result<File> {
    let name = path.display();
    refuse_dash(path)?;
    let found = fs::metadata(path).with_context(|| format!("could not open '{name}'"))?;
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
    let file = options.open(path).with_context(|| format!("could not open '{name}'"))?;
    let opened = file.metadata().with_context(|| format!("could not read '{name}'"))?;
    check_regular(&opened, path)?;
    Ok(file)
}

/// An error where a name is the sign for standard input or output, which this program does not use
/// for arrays.
pub(crate) fn refuse_dash(path: &Path) -> anyhow::Result<()> {
    if path.as_os_str() == "-" {
        bail!("'-' is not taken for standard input or output; './-' names a file called '-'");
    }
    Ok(())
}

/// An error unless what was found is a regular file; it says what was found instead.
pub(crate) fn check_regular(found: &Metadata, path: &Path) -> anyhow::Result<()> {
    if found.is_file() {
        return Ok(());
    }
    bail!("'{}' is {}, not a regular file", path.display(), kind(found.file_type()))
}

/// Whether a name can only be that of a folder: it ends in a separator, `.` or `..`.
pub(crate) fn names_folder(path: &Path) -> bool {
    let name = path.as_os_str().to_string_lossy();
    let last = name.rsplit(is_separator).next().unwrap_or_default();
    ["", ".", ".."].contains(&last)
}

/// The folder that a file is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
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

    #[test]
    fn a_dash_alone_is_refused() {
        assert!(refuse_dash(Path::new("-")).is_err());
        assert!(refuse_dash(Path::new("./-")).is_ok() && refuse_dash(Path::new("--")).is_ok());
    }
}
