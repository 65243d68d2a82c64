//! Names of arrays: `a.zarr`, `a.zarr:/path/in/store`, and folders that hold an array.

use std::fmt;
use std::path::{Path, PathBuf};

/// What a folder of a store has beside its chunks, in either version.
const MARKS: [&str; 3] = ["zarr.json", ".zarray", ".zgroup"];

/// An array in a store.
///
/// ```
/// use gausstack_io::zarr::ZarrArray;
///
/// let array = ZarrArray::of("scan.zarr:/entry/data".as_ref()).ok_or("no array")?;
/// assert_eq!((array.store.to_str(), array.name.as_str()), (Some("scan.zarr"), "entry/data"));
/// assert_eq!(array.to_string(), "scan.zarr:/entry/data");
/// assert_eq!(ZarrArray::of("scan.npy".as_ref()), None);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZarrArray {
    /// The folder of the store.
    pub store: PathBuf,
    /// The path in the store without the first slash; empty where the store is the array.
    pub name: String,
}

impl ZarrArray {
    /// The array that a name means, if it is one of a store: a folder whose name ends in `.zarr` or
    /// that holds metadata of Zarr, with `:/` and a path behind it or without.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let is_store = |folder: &Path| {
            let end = folder.extension().and_then(|end| end.to_str());
            end.is_some_and(|end| end.eq_ignore_ascii_case("zarr"))
                || MARKS.iter().any(|mark| folder.join(mark).is_file())
        };
        // Without separators at the end.
        let whole = || Self { store: path.components().collect(), name: String::new() };
        if is_store(path) && !path.is_file() {
            return Some(whole());
        }
        let text = path.to_str()?;
        let mut places = text.match_indices(":/").map(|(place, _)| place);
        let place = places.find(|&place| place > 0 && is_store(Path::new(&text[..place])))?;
        let parts = text[place + 1..].split('/').filter(|part| !["", "."].contains(part));
        let name = parts.collect::<Vec<_>>().join("/");
        Some(Self { store: Path::new(&text[..place]).components().collect(), name })
    }

    /// The folder of the array.
    pub(super) fn folder(&self) -> PathBuf {
        if self.name.is_empty() { self.store.clone() } else { self.store.join(&self.name) }
    }

    /// Whether the path leaves the store.
    pub(super) fn leaves(&self) -> bool {
        self.name.split('/').any(|part| part == "..")
    }
}

impl fmt::Display for ZarrArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.as_str() {
            "" => write!(f, "{}", self.store.display()),
            name => write!(f, "{}:/{name}", self.store.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_arrays_are_split_behind_the_store() {
        let of = |text: &str| {
            let array = ZarrArray::of(Path::new(text))?;
            Some((array.store.to_str()?.to_owned(), array.name))
        };
        let some = |store: &str, name: &str| Some((store.to_owned(), name.to_owned()));
        assert_eq!(of("a.zarr"), some("a.zarr", ""));
        assert_eq!(of("x/a.ZARR/"), some("x/a.ZARR", ""));
        assert_eq!(of("a.zarr:/"), some("a.zarr", ""));
        assert_eq!(of("C:/x/a.zarr://b//c/"), some("C:/x/a.zarr", "b/c"));
        assert_eq!(of("a.zarr:/b.zarr:/c"), some("a.zarr", "b.zarr:/c"));
        for other in ["a.npy", "a.zarr/d", "a.h5:/d", "", ":/"] {
            assert_eq!(of(other), None, "{other}");
        }
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().to_str().unwrap();
        assert_eq!(of(text), None);
        std::fs::write(folder.path().join(".zgroup"), "{}").unwrap();
        assert_eq!(of(text), some(text, ""));
        assert_eq!(of(&format!("{text}:/d")), some(text, "d"));
    }
}
