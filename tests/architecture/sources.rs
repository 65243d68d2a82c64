//! The source files of a crate.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The source files below a folder, as paths from the root of the workspace; those
/// of tests are left out.
pub(crate) fn sources(folder: &str) -> Vec<String> {
    let mut files = Vec::new();
    let mut open = vec![PathBuf::from(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path.to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    let tests: BTreeSet<String> = files.iter().flat_map(|file| test_files(file)).collect();
    files.retain(|file| !tests.contains(file));
    files.sort();
    files
}

/// The files that a file declares for its tests alone.
fn test_files(file: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(file)).unwrap();
    let (folder, name) = file.rsplit_once('/').unwrap();
    let mut below = match name.strip_suffix(".rs").unwrap() {
        "mod" | "lib" | "main" => folder.to_owned(),
        name => format!("{folder}/{name}"),
    };
    let mut found = Vec::new();
    for declared in text.split("#[cfg(test)]").skip(1) {
        let mut lines = declared.trim_start().lines();
        let mut line = lines.next().unwrap_or_default();
        let mut path = None;
        while line.starts_with("#[") {
            if let Some(named) = line.strip_prefix("#[path = \"") {
                // Relative to the folder of the file.
                path = named.strip_suffix("\"]").map(str::to_owned);
                below = folder.to_owned();
            }
            line = lines.next().unwrap_or_default();
        }
        let Some((_, module)) = line.split_once("mod ") else { continue };
        let Some(module) = module.strip_suffix(';') else { continue };
        found.push(format!("{below}/{}", path.unwrap_or_else(|| format!("{module}.rs"))));
    }
    found
}

/// The module that a file is.
pub(crate) fn module_of(file: &str, folder: &str) -> String {
    let path = file.strip_prefix(folder).unwrap().trim_start_matches('/');
    let path = path.strip_suffix(".rs").unwrap();
    let path = match path {
        "lib" | "main" => "",
        path => path.strip_suffix("/mod").unwrap_or(path),
    };
    path.replace('/', "::")
}
