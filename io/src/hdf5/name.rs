//! Names of data sets: `file.h5:/path/in/file`.

use std::fmt;
use std::path::{Path, PathBuf};

/// A data set in a file.
///
/// ```
/// use gausstack_io::hdf5::DataSet;
///
/// let data = DataSet::of("scan.h5:/entry/data".as_ref()).ok_or("no data set")?;
/// assert_eq!((data.file.to_str(), data.name.as_str()), (Some("scan.h5"), "entry/data"));
/// assert_eq!(data.to_string(), "scan.h5:/entry/data");
/// assert_eq!(DataSet::of("scan.npy".as_ref()), None);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataSet {
    /// The file.
    pub file: PathBuf,
    /// The path in the file without the first slash; empty where none was given.
    pub name: String,
}

impl DataSet {
    /// The data set that a name means, if it is that of an HDF5 file: one that ends in `.h5`,
    /// `.hdf5`, `.hdf`, `.nxs` or `.nx5`, with `:/` and a path behind it or without.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        const ENDS: [&str; 5] = ["h5", "hdf5", "hdf", "nxs", "nx5"];
        let is_hdf5 = |file: &Path| {
            let end = file.extension().and_then(|end| end.to_str());
            end.is_some_and(|end| ENDS.iter().any(|known| end.eq_ignore_ascii_case(known)))
        };
        if is_hdf5(path) {
            return Some(Self { file: path.to_owned(), name: String::new() });
        }
        let text = path.to_str()?;
        let places = text.match_indices(":/").map(|(place, _)| place);
        let file_of = |place: usize| Path::new(&text[..place]);
        let place = places.into_iter().find(|&place| is_hdf5(file_of(place)))?;
        let parts = text[place + 1..].split('/').filter(|part| !part.is_empty());
        let name = parts.collect::<Vec<_>>().join("/");
        Some(Self { file: file_of(place).to_owned(), name })
    }
}

impl fmt::Display for DataSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:/{}", self.file.display(), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_data_sets_are_split_behind_the_file() {
        let of = |text: &str| {
            let data = DataSet::of(Path::new(text))?;
            Some((data.file.to_str()?.to_owned(), data.name))
        };
        let some = |file: &str, name: &str| Some((file.to_owned(), name.to_owned()));
        assert_eq!(of("a.h5:/d"), some("a.h5", "d"));
        assert_eq!(of("x/a.NXS:/entry/data/"), some("x/a.NXS", "entry/data"));
        assert_eq!(of("C:/x/a.h5:/d"), some("C:/x/a.h5", "d"));
        assert_eq!(of("a.h5"), some("a.h5", ""));
        assert_eq!(of("a.h5:/"), some("a.h5", ""));
        assert_eq!(of("a.h5:/b.h5:/c"), some("a.h5", "b.h5:/c"));
        assert_eq!(of("a.h5://b//c"), some("a.h5", "b/c"));
        for other in ["a.npy", "a.h5/d", "a.zarr:/d", "a:/h5", ""] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
