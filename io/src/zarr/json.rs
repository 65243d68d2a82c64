//! Metadata as JSON.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use serde_json::{Map, Value};

use crate::file;

/// The most bytes that a file of metadata has.
const MOST: u64 = 64 << 20;

/// Reads a file of metadata; `None` if there is none. An error is what is wrong with it.
pub(super) fn read(path: &Path) -> Result<Option<Map<String, Value>>, String> {
    match fs::symlink_metadata(path) {
        Err(error) if is_absent(&error) => return Ok(None),
        _ => {}
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut text = Vec::new();
    let opened = file::open(path).map_err(|error| told(&error))?;
    let read = opened.take(MOST).read_to_end(&mut text);
    read.map_err(|error| format!("could not read {name}: {error}"))?;
    let parsed = serde_json::from_slice(&text);
    match parsed.or_else(|error| serde_json::from_slice(&quoted(&text)).map_err(|_| error)) {
        Ok(Value::Object(object)) => Ok(Some(object)),
        Ok(_) => Err(format!("{name} is no object of JSON")),
        Err(error) => Err(format!("{name} is no JSON: {error}")),
    }
}

/// The text with quotes around NaN and Infinity, which are no JSON, and which Python writes.
fn quoted(text: &[u8]) -> Vec<u8> {
    const WORDS: [&[u8]; 3] = [b"NaN", b"Infinity", b"-Infinity"];
    let mut out = Vec::with_capacity(text.len());
    let (mut at, mut in_text) = (0, false);
    while at < text.len() {
        let word = WORDS.into_iter().find(|word| !in_text && text[at..].starts_with(word));
        if let Some(word) = word {
            out.push(b'"');
            out.extend(word);
            out.push(b'"');
            at += word.len();
            continue;
        }
        in_text ^= text[at] == b'"';
        out.push(text[at]);
        if text[at] == b'\\' && at + 1 < text.len() {
            at += 1;
            out.push(text[at]);
        }
        at += 1;
    }
    out
}

/// An error with its cause.
fn told(error: &crate::error::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// Whether a file is not there, nor a folder that it would be in.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The text of metadata.
pub(super) fn text(object: Map<String, Value>) -> String {
    let value = Value::Object(object);
    // Values of this kind always have a text.
    format!("{value:#}\n")
}

/// A list of lengths.
pub(super) fn lengths(value: Option<&Value>, what: &str) -> Result<Vec<usize>, String> {
    let of = |value: &Value| value.as_u64().and_then(|len| usize::try_from(len).ok());
    let list = value.and_then(Value::as_array).and_then(|list| list.iter().map(of).collect());
    list.ok_or_else(|| format!("its {what} is {}, not a list of lengths", shown(value)))
}

/// A value as messages show it.
pub(super) fn shown(value: Option<&Value>) -> String {
    const MOST: usize = 60;
    let Some(value) = value else { return "missing".to_owned() };
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text,
    }
}

/// An object's name and its configuration; a text alone is a name.
pub(super) fn named(value: &Value) -> Option<(&str, Option<&Map<String, Value>>)> {
    if let Some(name) = value.as_str() {
        return Some((name, None));
    }
    let name = value.get("name")?.as_str()?;
    Some((name, value.get("configuration").and_then(Value::as_object)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_no_json_become_texts() {
        let quoted = |text: &str| String::from_utf8(quoted(text.as_bytes())).unwrap();
        let text = r#"{"a": [NaN, -Infinity, 1], "NaN \" NaN": "-Infinity", "b": Infinity}"#;
        let expected =
            r#"{"a": ["NaN", "-Infinity", 1], "NaN \" NaN": "-Infinity", "b": "Infinity"}"#;
        assert_eq!(quoted(text), expected);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("zarr.json");
        assert_eq!(read(&path), Ok(None));
        fs::write(&path, text).unwrap();
        assert_eq!(read(&path).unwrap().unwrap()["b"], "Infinity");
        for (text, fault) in [("{NaN", "is no JSON"), ("[1]", "no object"), ("\\", "no JSON")] {
            fs::write(&path, text).unwrap();
            let error = read(&path).unwrap_err();
            assert!(error.contains(fault), "{error}");
        }
    }
}
