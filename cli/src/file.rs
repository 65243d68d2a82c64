//! Files by their names on the command line.

use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use gausstack_io::hdf5::DataSet;
use gausstack_io::target::{self, Target};
use gausstack_io::zarr::ZarrArray;
use gausstack_io::{Error, folder_of};

use crate::message::say;

/// An error where a name is the sign for standard input or output, which this program does not use
/// for arrays.
pub(crate) fn refuse_dash(path: &Path) -> anyhow::Result<()> {
    if path.as_os_str() == "-" {
        bail!("'-' is not taken for standard input or output; './-' names a file called '-'");
    }
    Ok(())
}

/// Begins an output; without `replace` an existing one is an error, now and at the end.
pub(crate) fn create(path: &Path, replace: bool) -> anyhow::Result<Target> {
    refuse_dash(path)?;
    Target::create(path, replace).map_err(with_hint)
}

/// The folder of the file of an output, or an output that is a folder.
pub(crate) fn folder_of_output(path: &Path) -> PathBuf {
    if let Some(array) = ZarrArray::of(path) {
        return folder_of(&array.store).to_owned();
    }
    if path.is_dir() {
        return path.to_owned();
    }
    let data = DataSet::of(path);
    folder_of(data.as_ref().map_or(path, |data| &data.file)).to_owned()
}

/// Gives an output its name.
pub(crate) fn publish(target: Target) -> anyhow::Result<()> {
    target.publish().map_err(with_hint)
}

/// Reports what killed processes left in a folder.
pub(crate) fn report_leftovers(folder: &Path) {
    for left in target::leftovers(folder) {
        say(&format!(
            "'{}' ({} bytes) is left of a run that was killed and can be removed",
            left.path.display(),
            left.bytes
        ));
    }
}

/// An error of files, with the option that helps.
pub(crate) fn with_hint(error: Error) -> anyhow::Error {
    match error {
        Error::Exists { .. } | Error::Appeared { .. } => anyhow!("{error}; --force replaces it"),
        Error::Unfinished { .. } => {
            anyhow!("{error}; --resume goes on with it, --force begins anew")
        }
        Error::Resume { .. } => anyhow!("{error}; --force without --resume begins anew"),
        Error::Memory { .. } => anyhow!("{error}; --memory allows more"),
        error => anyhow!(error),
    }
}

/// An error of a run that may have left an unfinished output.
pub(crate) fn with_resume(error: Error, unfinished: Option<&Path>) -> anyhow::Error {
    match (&error, unfinished) {
        (Error::Unfinished { .. } | Error::Resume { .. } | Error::InUse { .. }, _) | (_, None) => {
            with_hint(error)
        }
        (_, Some(part)) => {
            let part = part.display().to_string();
            let error = with_hint(error);
            anyhow!("{error:#}; '{part}' keeps what was written, --resume goes on with it")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dash_alone_is_refused() {
        assert!(refuse_dash(Path::new("-")).is_err());
        assert!(refuse_dash(Path::new("./-")).is_ok() && refuse_dash(Path::new("--")).is_ok());
    }

    #[test]
    fn an_output_that_is_there_names_the_option() {
        let path = Path::new("out.npy").to_owned();
        let said = |error| with_hint(error).to_string();
        assert_eq!(
            said(Error::Exists { path: path.clone() }),
            "'out.npy' exists; --force replaces it"
        );
        let appeared = "'out.npy' has appeared meanwhile; --force replaces it";
        assert_eq!(said(Error::Appeared { path: path.clone() }), appeared);
        assert_eq!(said(Error::NamesFolder { path }), "'out.npy' names a folder, not a file");
    }
}
