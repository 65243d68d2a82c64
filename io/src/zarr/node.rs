//! What folders of a store are.

use std::fs::{self, Metadata as Found};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::metadata::{Fault, Metadata, Version};
use super::name::ZarrArray;
use super::{json, v2, v3};
use crate::error::Error;

/// What a folder of a store is.
pub(super) enum Node {
    Array(Box<Metadata>),
    Group(Version),
}

/// Reads the metadata of an array, and which file has them.
pub(super) fn read(array: &ZarrArray) -> Result<(Metadata, PathBuf), Error> {
    let folder = array.folder();
    let found = if array.leaves() { None } else { of(array)? };
    let Some(Node::Array(found)) = found else {
        let source = match fs::metadata(&array.store) {
            Err(source) => Some(source),
            Ok(found) if !found.is_dir() => {
                let format = "Zarr";
                let fault = "it is no folder".to_owned();
                return Err(Error::Format { path: array.store.clone(), format, fault });
            }
            Ok(_) => None,
        };
        if let Some(source) = source {
            return Err(Error::Open { path: array.store.clone(), source });
        }
        let mut found = Vec::new();
        list(&array.store, "", &mut found);
        found.sort();
        return Err(Error::NoDataSet {
            path: array.store.clone(),
            name: array.name.clone(),
            found,
        });
    };
    let file = match found.version {
        Version::V2 => v2::ARRAY,
        Version::V3 => v3::FILE,
    };
    Ok((*found, folder.join(file)))
}

/// What a folder of a store is; `None` if it is nothing of Zarr.
pub(super) fn of(array: &ZarrArray) -> Result<Option<Node>, Error> {
    let folder = array.folder();
    let wrong = |fault| Error::DataSet { name: array.to_string(), fault };
    let found = json::read(&folder.join(v3::FILE)).map_err(wrong)?;
    if let Some(found) = found {
        return match found.get("node_type").and_then(Value::as_str) {
            Some("array") => v3::array(found).map(boxed).map_err(|fault| error(fault, array)),
            Some("group") => Ok(Some(Node::Group(Version::V3))),
            _ => Err(wrong("its zarr.json is that of neither array nor group".to_owned())),
        };
    }
    if let Some(found) = json::read(&folder.join(v2::ARRAY)).map_err(wrong)? {
        let attributes = json::read(&folder.join(v2::ATTRIBUTES)).map_err(wrong)?;
        let read = v2::array(&found, attributes.unwrap_or_default());
        return read.map(boxed).map_err(|fault| error(fault, array));
    }
    Ok(folder.join(v2::GROUP).is_file().then_some(Node::Group(Version::V2)))
}

fn boxed(found: Metadata) -> Option<Node> {
    Some(Node::Array(Box::new(found)))
}

/// The paths of the arrays in a folder of a store, as far as they are listed.
fn list(folder: &Path, path: &str, found: &mut Vec<String>) {
    const MOST: usize = 100;
    let is_array = |folder: &Path| {
        let of = |found: Map<String, Value>| found.get("node_type") == Some(&"array".into());
        let v3 = json::read(&folder.join(v3::FILE)).ok().flatten().is_some_and(of);
        v3 || folder.join(v2::ARRAY).is_file()
    };
    if is_array(folder) {
        found.push(path.to_owned());
        return;
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        // Links could lead round.
        if found.len() < MOST && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let path = if path.is_empty() { name.into_owned() } else { format!("{path}/{name}") };
            list(&entry.path(), &path, found);
        }
    }
}

/// The error of metadata.
fn error(fault: Fault, array: &ZarrArray) -> Error {
    match fault {
        Fault::Elements(found) => Error::Elements { path: array.to_string().into(), found },
        Fault::Other(fault) => Error::DataSet { name: array.to_string(), fault },
    }
}

/// What the system says of the file of the metadata.
pub(super) fn looked_at(path: &Path) -> Result<Found, Error> {
    fs::metadata(path).map_err(|source| Error::Look { path: path.to_owned(), source })
}
