//! Files by their names on the command line.

use std::path::Path;

use anyhow::{anyhow, bail};
use gausstack::ElementType;
use gausstack_io::hdf5::{DataSet, Hdf5Sink};
use gausstack_io::npy::NpySink;
use gausstack_io::target::{self, Target};
use gausstack_io::{Error, Layout, Sink, folder_of};

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

/// Begins an array of a layout but with elements of the type `to`, which is written part by part.
pub(crate) fn create_sink(
    path: &Path,
    layout: &Layout,
    to: ElementType,
    replace: bool,
) -> anyhow::Result<Box<dyn Sink>> {
    let layout = layout.clone().of(to);
    let (file, sink): (_, Box<dyn Sink>) = match DataSet::of(path) {
        Some(data) => {
            let sink = Hdf5Sink::create(&data, &layout).map_err(with_hint)?;
            (data.file, Box::new(sink))
        }
        None => {
            let target = create(path, replace)?;
            let sink = NpySink::begin(target, &layout).map_err(with_hint)?;
            (path.to_owned(), Box::new(sink))
        }
    };
    report_leftovers(folder_of(&file));
    Ok(sink)
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
        error => anyhow!(error),
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
