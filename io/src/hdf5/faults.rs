//! Errors of the HDF5 library as those of this crate.

use std::io;

use rust_hdf5::Hdf5Error;

use super::name::DataSet;
use crate::error::Error;

/// What a library's error means for a file, or for a data set of it.
pub(super) fn fault(data: &DataSet, error: &Hdf5Error) -> Error {
    let path = data.file.clone();
    let text = error.to_string();
    if let Some(source) = system(error, &text) {
        return Error::Read { path, source };
    }
    let fault = if text.contains("signature") {
        return Error::Format {
            path,
            format: "HDF5",
            fault: "its signature is missing".to_owned(),
        };
    } else if text.contains("conflicting lock") {
        "another program has the file open for writing".to_owned()
    } else if let Some(name) = filter_name(&text) {
        format!(
            "it is compressed with {name}, which this build cannot read; h5repack makes a copy that it can"
        )
    } else if ["too short", "checksum mismatch", "superblock"]
        .iter()
        .any(|mark| text.contains(mark))
    {
        format!("the file is truncated or damaged ({text})")
    } else {
        text
    };
    Error::DataSet { name: data.to_string(), fault }
}

/// The system's error, if it is one: not cloned, and within the library's own known by their text.
fn system(error: &Hdf5Error, text: &str) -> Option<io::Error> {
    let code =
        text.split_once("(os error ").and_then(|(_, rest)| rest.split(')').next()?.parse().ok());
    match (code, error) {
        (Some(code), _) => Some(io::Error::from_raw_os_error(code)),
        (None, Hdf5Error::Io(source)) => Some(io::Error::new(source.kind(), source.to_string())),
        _ => None,
    }
}

/// The name of the filter that an error is about, where it is one that is not read.
pub(super) fn filter_name(text: &str) -> Option<String> {
    const NAMES: [(u32, &str); 8] = [
        (32013, "ZFP"),
        (32017, "SZ"),
        (32018, "FCIDECOMP"),
        (32019, "JPEG"),
        (32024, "SZ3"),
        (32026, "Blosc2"),
        (32028, "SPERR"),
        (32033, "HTJ2K"),
    ];
    let number = |rest: &str| -> Option<u32> {
        let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    if let Some((_, rest)) = text.split_once("bitshuffle: unsupported compression type") {
        return Some(match number(rest)? {
            3 => "bitshuffle and Zstandard".to_owned(),
            other => format!("bitshuffle and its codec {other}"),
        });
    }
    if text.contains("requires the 'zstd' feature") {
        let name = if text.contains("blosc") { "Blosc and Zstandard" } else { "Zstandard" };
        return Some(name.to_owned());
    }
    let (_, rest) = text.split_once("filter id")?;
    let id = number(rest)?;
    let known = NAMES.iter().find(|(known, _)| *known == id);
    Some(known.map_or(format!("filter {id}"), |(_, name)| (*name).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_what_is_wrong() {
        let data = DataSet { file: "a.h5".into(), name: "d".to_owned() };
        let told = |error: Hdf5Error| fault(&data, &error).to_string();
        let unsupported = |text: &str| told(Hdf5Error::Unsupported(text.to_owned()));
        assert!(unsupported("unsupported feature: filter id 32026").contains("with Blosc2, which"));
        assert!(unsupported("filter id 77 of 2").contains("with filter 77, which"));
        assert!(unsupported("ZSTD filter requires the 'zstd' feature").contains("with Zstandard,"));
        let blosc = unsupported("blosc zstd sub-codec requires the 'zstd' feature");
        assert!(blosc.contains("with Blosc and Zstandard, which"), "{blosc}");
        let shuffled = unsupported("bitshuffle: unsupported compression type 3");
        assert!(shuffled.contains("with bitshuffle and Zstandard, which"), "{shuffled}");
        let full = Hdf5Error::InvalidState("I/O error: No space (os error 28)".to_owned());
        let Error::Read { source, .. } = fault(&data, &full) else { panic!() };
        assert_eq!(source.raw_os_error(), Some(28));
        let told = told(Hdf5Error::InvalidState("buffer too short".to_owned()));
        assert!(told.starts_with("'a.h5:/d': the file is truncated or damaged"), "{told}");
    }
}
