//! Zarr stores of any metadata and any chunk.

use std::fs;
use std::path::Path;

use crate::files;
use crate::folder::folder;

/// Names of what describes an array, and of its first chunk, by version.
const NAMES: [[&str; 2]; 3] = [["zarr.json", "c/0/0/0"], [".zarray", "0.0"], [".zarray", "0/0"]];

/// Reads and filters an array of two files: the first byte is the version, the next two are the length of the
/// metadata, which follow, and then comes the first chunk.
pub fn target(data: &[u8]) {
    let [version, low, high, rest @ ..] = data else { return };
    let [metadata, chunk] = NAMES[usize::from(*version) % NAMES.len()];
    let len = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
    let store = folder("zarr").join("in.zarr");
    fs::create_dir_all(&store).expect("a folder in memory");
    let written = [store.join(metadata), store.join(chunk)];
    write(&written[0], &rest[..len]);
    write(&written[1], &rest[len..]);
    files::check(&store);
    for path in &written {
        fs::remove_file(path).expect("a file that was just written");
    }
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a folder in memory");
    fs::write(path, bytes).expect("a file in memory");
}

/// The input of the target that makes a store of these files.
pub(crate) fn input(version: u8, metadata: &[u8], chunk: &[u8]) -> Vec<u8> {
    let len = u16::try_from(metadata.len()).expect("metadata of a small array").to_le_bytes();
    [&[version], &len[..], metadata, chunk].concat()
}
