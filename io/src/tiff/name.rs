//! Names of stacks of pages: a file, a folder, or a pattern of names.

use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::file::names_folder;

/// What a name means that is one of TIFF files.
///
/// ```
/// use gausstack_io::tiff::Pages;
///
/// let of = |name: &str| Pages::of(name.as_ref());
/// assert_eq!(of("scan.tif"), Some(Pages::File("scan.tif".into())));
/// assert_eq!(of("scans/"), Some(Pages::Folder("scans/".into())));
/// assert_eq!(of("proj_*.tif"), Some(Pages::Pattern("proj_*.tif".to_owned())));
/// assert_eq!(of("scan.npy"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pages {
    /// A file of one page or several: `a.tif` or `a.tiff`.
    File(PathBuf),
    /// A folder of files: one that exists, or a name that ends in a separator.
    Folder(PathBuf),
    /// A pattern of files' names: `a_*.tif`, with `*`, `?` and `[..]`.
    Pattern(String),
}

impl Pages {
    /// What a name means, if it is one of TIFF files.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        if path.is_dir() || (names_folder(path) && !path.as_os_str().is_empty()) {
            return Some(Self::Folder(path.to_owned()));
        }
        if !is_tiff(path) {
            return None;
        }
        let text = path.to_str().unwrap_or_default();
        let is_pattern = text.contains(['*', '?', '[']) && fs::symlink_metadata(path).is_err();
        Some(if is_pattern { Self::Pattern(text.to_owned()) } else { Self::File(path.to_owned()) })
    }

    /// The files, in natural order: `a_2.tif` stands before `a_10.tif`.
    ///
    /// # Errors
    /// [`Error::NoPages`] if there is none, and [`Error::Open`] if the folder cannot be read.
    pub fn files(&self) -> Result<Vec<PathBuf>, Error> {
        let (path, mut files) = match self {
            Self::File(path) => return Ok(vec![path.clone()]),
            Self::Folder(path) => (path.clone(), files_in(path)?),
            Self::Pattern(pattern) => {
                let path = PathBuf::from(pattern);
                let found = glob::glob(pattern).map_err(|error| {
                    let fault = format!("it is no pattern: {}", error.msg);
                    Error::Format { path: path.clone(), format: "TIFF", fault }
                })?;
                let could_not_open = |error: glob::GlobError| Error::Open {
                    path: error.path().to_owned(),
                    source: error.into(),
                };
                let files: Result<Vec<_>, _> = found.collect();
                (path, files.map_err(could_not_open)?)
            }
        };
        if files.is_empty() {
            return Err(Error::NoPages { path });
        }
        files.sort_by(|a, b| natural(&a.to_string_lossy(), &b.to_string_lossy()));
        Ok(files)
    }
}

/// The TIFF files in a folder, but for hidden ones.
pub(super) fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let could_not_open = |source| Error::Open { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(could_not_open)? {
        let entry = entry.map_err(could_not_open)?;
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if is_tiff(&entry.path()) && !is_hidden {
            files.push(entry.path());
        }
    }
    Ok(files)
}

/// Whether a name ends as those of TIFF files do.
fn is_tiff(path: &Path) -> bool {
    let end = path.extension().and_then(|end| end.to_str());
    end.is_some_and(|end| ["tif", "tiff"].iter().any(|known| end.eq_ignore_ascii_case(known)))
}

/// Compares names with their numbers as numbers; names that differ in zeros before a number alone
/// are compared as texts.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (in_left, in_right) = (digits(left), digits(right));
        if in_left > 0 && in_right > 0 {
            let (one, other) = (&left[..in_left], &right[..in_right]);
            let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
            let order = one.len().cmp(&other.len()).then_with(|| one.cmp(other));
            if order.is_ne() {
                return order;
            }
            (left, right) = (&left[in_left..], &right[in_right..]);
            continue;
        }
        match (left.chars().next(), right.chars().next()) {
            (Some(one), Some(other)) if one == other => {
                (left, right) = (&left[one.len_utf8()..], &right[other.len_utf8()..]);
            }
            (None, None) => return a.cmp(b),
            (one, other) => return one.cmp(&other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_are_numbers() {
        let mut names = [
            "proj_10.tif",
            "proj_2.tif",
            "proj_02.tif",
            "a12b3",
            "a12b20",
            "proj_.tif",
            "proj_1.tif",
            "b/1.tif",
            "a/2.tif",
            "x99999999999999999999999",
            "x100000000000000000000000",
            "x7",
        ];
        names.sort_by(|a, b| natural(a, b));
        let expected = [
            "a/2.tif",
            "a12b3",
            "a12b20",
            "b/1.tif",
            "proj_.tif",
            "proj_1.tif",
            "proj_02.tif",
            "proj_2.tif",
            "proj_10.tif",
            "x7",
            "x99999999999999999999999",
            "x100000000000000000000000",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn files_folders_and_patterns_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["p_10.tif", "p_9.TIF", "p_1.tiff", ".p_0.tif", "p_3.npy", "[x]_1.tif"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let names = |name: &str| {
            let files = Pages::of(&folder.path().join(name)).unwrap().files()?;
            let name = |file: PathBuf| file.file_name().unwrap().to_str().unwrap().to_owned();
            Ok::<Vec<_>, Error>(files.into_iter().map(name).collect())
        };
        assert_eq!(names("").unwrap(), ["[x]_1.tif", "p_1.tiff", "p_9.TIF", "p_10.tif"]);
        assert_eq!(names("p_*.tif").unwrap(), ["p_10.tif"]);
        assert_eq!(names("[pq]_1*.tif").unwrap(), ["p_10.tif"]);
        assert_eq!(names("[x]_1.tif").unwrap(), ["[x]_1.tif"]);
        assert!(matches!(names("q_*.tif"), Err(Error::NoPages { .. })));
        assert!(matches!(names("[p_*.tif"), Err(Error::Format { .. })));
        assert!(matches!(names("nowhere/"), Err(Error::Open { .. })));
        for other in ["a.npy", "a.h5:/d", "", "a"] {
            assert_eq!(Pages::of(Path::new(other)), None, "{other}");
        }
    }
}
