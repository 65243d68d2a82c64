//! What can be wrong with files, and with what is asked of them.

use std::io;
use std::path::PathBuf;

use gausstack::ElementType;
use thiserror::Error;

use crate::region::Region;

/// Why a file could not be read, filtered or written.
///
/// A message names the file, and what in it is wrong; the system's own message is the
/// [`source`](std::error::Error::source).
///
/// ```
/// use gausstack_io::{Error, npy::NpyFile};
///
/// let error = NpyFile::open("nowhere.npy".as_ref()).unwrap_err();
/// assert!(matches!(error, Error::Open { .. }));
/// assert_eq!(error.to_string(), "could not open 'nowhere.npy'");
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be opened.
    #[error("could not open '{}'", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's message.
        source: io::Error,
    },
    /// A file is a folder, a pipe, a device or a socket.
    #[error("'{}' is {kind}, not a regular file", path.display())]
    NotRegular {
        /// The file.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// A file cannot be read.
    #[error("could not read '{}'", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's message.
        source: io::Error,
    },
    /// A file cannot be mapped into memory.
    #[error("could not map '{}'", path.display())]
    Map {
        /// The file.
        path: PathBuf,
        /// The system's message.
        source: io::Error,
    },
    /// A file is not one of the format.
    #[error("'{}' is not a {format} file: {fault}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The format's name, such as `.npy`.
        format: &'static str,
        /// What is wrong.
        fault: String,
    },
    /// A file holds elements that cannot be filtered.
    #[error("'{}' holds {found}; {} are supported", path.display(), listed())]
    Elements {
        /// The file.
        path: PathBuf,
        /// What it holds.
        found: String,
    },
    /// An array of a file has a shape that no memory holds.
    #[error("'{}' is corrupt: no memory holds shape {shape:?}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The shape.
        shape: Vec<usize>,
    },
    /// A file ends before its array does.
    #[error("'{}' is truncated: {missing} of {bytes} bytes of data are missing", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Bytes that are missing.
        missing: u64,
        /// Bytes of the whole array.
        bytes: u64,
    },
    /// A bool of a file is neither 0 nor 1.
    #[error("'{}' is corrupt: error parsing value 0x{value:02x} as a bool", path.display())]
    Bool {
        /// The file.
        path: PathBuf,
        /// The byte.
        value: u8,
    },
    /// Memory for what a file holds could not be allocated.
    #[error("no memory for the {bytes} bytes of '{}'", path.display())]
    OutOfMemory {
        /// The file.
        path: PathBuf,
        /// The size of the failed allocation.
        bytes: usize,
    },
    /// Bytes do not hold an array of a shape, strides and type.
    #[error("shape {shape:?} of {element} does not fit {len} bytes: {reason}")]
    Bytes {
        /// The shape.
        shape: Vec<usize>,
        /// The type of the elements.
        element: ElementType,
        /// How many bytes there are.
        len: usize,
        /// The reason.
        reason: &'static str,
    },
    /// An array has no such block.
    #[error("'{name}' has no block of shape {:?} at {:?}: {reason}", region.shape, region.start)]
    Block {
        /// What messages call the array.
        name: String,
        /// The block.
        region: Region,
        /// The reason.
        reason: &'static str,
    },
    /// An input was changed while it was read.
    #[error("'{name}' was changed while it was read")]
    Changed {
        /// What messages call the array.
        name: String,
    },
    /// The smallest slab takes more memory than allowed.
    #[error("the smallest slab of '{name}' takes {needed} bytes of memory, {memory} are allowed")]
    Memory {
        /// What messages call the array.
        name: String,
        /// What the smallest slab takes.
        needed: usize,
        /// What is allowed.
        memory: usize,
    },
    /// The output of a stream has not the shape of its input.
    #[error("'{output}' has shape {found:?}, and '{input}' {expected:?}")]
    Shapes {
        /// What messages call the input.
        input: String,
        /// What messages call the output.
        output: String,
        /// The input's shape.
        expected: Vec<usize>,
        /// The output's shape.
        found: Vec<usize>,
    },
    /// An array of floats was given for a mask.
    #[error("'{name}' holds {element}, which is no mask: bool or integers are")]
    Mask {
        /// What messages call the mask.
        name: String,
        /// The type of its elements.
        element: ElementType,
    },
    /// A mask has neither the shape of the array nor that of a slice.
    #[error("the mask '{name}' has shape {found:?}, not {array:?} or, for all slices, {slice:?}")]
    MaskShape {
        /// What messages call the mask.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape of the array.
        array: Vec<usize>,
        /// The shape of a slice.
        slice: Vec<usize>,
    },
    /// Memory for the buffers of a stream could not be allocated.
    #[error("could not reserve {bytes} bytes for the buffers of a stream")]
    Buffers {
        /// The size of the failed allocation.
        bytes: usize,
    },
    /// A thread could not be started.
    #[error("could not start a thread")]
    Thread {
        /// The system's message.
        source: io::Error,
    },
    /// The filter does not suit the array, or was stopped by its own observer.
    #[error(transparent)]
    Filter(#[from] gausstack::Error),
    /// The observer stopped the stream.
    #[error("stopped by the observer after {done} of {total} slabs")]
    Stopped {
        /// Slabs that were filtered.
        done: usize,
        /// All slabs.
        total: usize,
    },
    /// A file has no such data set.
    #[error("'{}' has no data set '/{name}'{}", path.display(), offered(found))]
    NoDataSet {
        /// The file.
        path: PathBuf,
        /// The path in the file without the first slash.
        name: String,
        /// The data sets that it has.
        found: Vec<String>,
    },
    /// A data set cannot be read or written.
    #[error("'{name}': {fault}")]
    DataSet {
        /// The file and the data set.
        name: String,
        /// What is wrong.
        fault: String,
    },
    /// A chunk of a data set cannot be read.
    #[error("'{name}': chunk {chunk:?} is damaged: {fault}")]
    Chunk {
        /// The file and the data set.
        name: String,
        /// Which chunk it is along each axis.
        chunk: Vec<usize>,
        /// What is wrong.
        fault: String,
    },
    /// A page of a TIFF file is damaged, or of a kind that is not read.
    #[error("'{}': page {page}: {fault}", path.display())]
    Page {
        /// The file.
        path: PathBuf,
        /// Which page of the file, counted from 0.
        page: usize,
        /// What is wrong.
        fault: String,
    },
    /// A page of a stack is of another shape or type than the first one.
    #[error("'{}': page {page} is {found}, and the first page is {expected}", path.display())]
    PageDiffers {
        /// The file.
        path: PathBuf,
        /// Which page of the file, counted from 0.
        page: usize,
        /// What the page holds.
        found: String,
        /// What the first one holds.
        expected: String,
    },
    /// A folder has no TIFF file, or no file has a name of the pattern.
    #[error("'{}' has no TIFF file", path.display())]
    NoPages {
        /// The folder or the pattern.
        path: PathBuf,
    },
    /// A folder for pages has TIFF files that would be read as pages too.
    #[error("'{}' holds '{}', which is no page of the output", folder.display(), file.display())]
    Strangers {
        /// The folder.
        folder: PathBuf,
        /// One of the files.
        file: PathBuf,
    },
    /// The format cannot hold the output.
    #[error("'{}': {format} files cannot hold {reason}", path.display())]
    Unsuitable {
        /// The file.
        path: PathBuf,
        /// The format's name, such as `TIFF`.
        format: &'static str,
        /// What they cannot hold.
        reason: String,
    },
    /// A file is of a format that this build does not have.
    #[error(
        "'{}' needs the feature {feature}: build with --features {feature}",
        path.display()
    )]
    Feature {
        /// The file.
        path: PathBuf,
        /// The feature's name.
        feature: &'static str,
    },
    /// A file's name tells no format.
    #[error("the name '{}' tells no format; {} are known", path.display(), known_names())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// An output exists and is not to be replaced.
    #[error("'{}' exists", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// An unfinished output is left of an earlier run.
    #[error("'{}' exists, left of a run that did not end", path.display())]
    Unfinished {
        /// The unfinished file.
        path: PathBuf,
    },
    /// An unfinished output is that of another run.
    #[error("'{}' cannot be gone on with: {fault}", path.display())]
    Resume {
        /// The unfinished file.
        path: PathBuf,
        /// What differs, or is wrong with it.
        fault: String,
    },
    /// Another process writes the output.
    #[error("another process writes '{}'", path.display())]
    InUse {
        /// The unfinished file.
        path: PathBuf,
    },
    /// The output is the input.
    #[error("'{}' is the input: a file is not filtered onto itself", path.display())]
    SameFile {
        /// The output.
        path: PathBuf,
    },
    /// A format has no such way to store an array.
    #[error("'{}' cannot be written so: {fault}", path.display())]
    Storage {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        fault: String,
    },
    /// An output that is not to be replaced was created by somebody else during the work.
    #[error("'{}' has appeared meanwhile", path.display())]
    Appeared {
        /// The file.
        path: PathBuf,
    },
    /// An output's name is one that only folders have.
    #[error("'{}' names a folder, not a file", path.display())]
    NamesFolder {
        /// The name.
        path: PathBuf,
    },
    /// The name of an output folder is that of a file.
    #[error("'{}' is a file, not a folder", path.display())]
    NotFolder {
        /// The file.
        path: PathBuf,
    },
    /// The folder of an output does not exist.
    #[error("there is no folder '{}'", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// The metadata of a file cannot be read.
    #[error("could not look at '{}'", path.display())]
    Look {
        /// The file.
        path: PathBuf,
        /// The system's message.
        source: io::Error,
    },
    /// A symbolic link leads nowhere.
    #[error("could not follow '{}'", path.display())]
    Follow {
        /// The link.
        path: PathBuf,
        /// The system's message.
        source: io::Error,
    },
    /// An output belongs to another user, and the folder's permissions keep others from replacing
    /// it.
    #[error(
        "'{}' belongs to another user, and its folder lets nobody else replace it",
        path.display()
    )]
    Sticky {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be created in a folder.
    #[error("could not create a file in '{}'", folder.display())]
    CreateIn {
        /// The folder.
        folder: PathBuf,
        /// The system's message.
        source: io::Error,
    },
    /// A complete file cannot be given its name.
    #[error("could not create '{}'", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// The system's message.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("could not write '{}'", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's message.
        source: io::Error,
    },
}

/// The names that tell formats of this build, as a sentence lists them.
fn known_names() -> String {
    let formats = [
        (cfg!(feature = "hdf5"), "a.h5:/data"),
        (cfg!(feature = "zarr"), "a.zarr"),
        (cfg!(feature = "tiff"), "a.tif"),
        (cfg!(feature = "tiff"), "folder/"),
    ];
    let known = formats.into_iter().filter(|(is_built, _)| *is_built).map(|(_, name)| name);
    let known: Vec<&str> = std::iter::once("a.npy").chain(known).collect();
    match known.split_last() {
        Some((last, others @ [_, ..])) => format!("names such as {} and {last}", others.join(", ")),
        _ => format!("names such as {}", known.concat()),
    }
}

/// The data sets of a file, as a sentence lists them.
fn offered(names: &[String]) -> String {
    const MOST: usize = 20;
    let listed = names.iter().take(MOST).map(|name| format!("'/{}'", name.trim_start_matches('/')));
    let listed = listed.collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => ": it has none".to_owned(),
        1..=MOST => format!(": it has {listed}"),
        more => format!(": it has {listed} and {} more", more - MOST),
    }
}

/// The names of all element types, as a sentence lists them.
fn listed() -> String {
    let [others @ .., last] = ElementType::ALL.map(ElementType::name);
    format!("{} and {last}", others.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_types_are_listed() {
        assert_eq!(listed(), "f32, f64, u8, i8, u16, i16, u32, i32, u64, i64 and bool");
    }
}
