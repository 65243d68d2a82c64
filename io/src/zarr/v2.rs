//! Metadata of version 2: `.zarray`, `.zattrs` and `.zgroup`.

use serde_json::{Map, Value, json};

use super::codec::Codec;
use super::grid::Grid;
use super::json::{lengths, shown};
use super::keys::Keys;
use super::metadata::{Coding, Fault, MOST_OF_CHUNK, Metadata, Version, filling, layout, unread};
use crate::layout::Order;
use crate::npy::{Descriptor, native};

pub(super) const ARRAY: &str = ".zarray";
pub(super) const ATTRIBUTES: &str = ".zattrs";
pub(super) const GROUP: &str = ".zgroup";
/// The attribute in which other programs have the names of axes.
const NAMES: &str = "_ARRAY_DIMENSIONS";

/// Reads the metadata of an array.
pub(super) fn array(
    found: &Map<String, Value>,
    attributes: Map<String, Value>,
) -> Result<Metadata, Fault> {
    let get = |name: &str| found.get(name);
    let wrong = |name: &str| format!("its {name} is {}", shown(get(name)));
    if get("zarr_format").and_then(Value::as_u64) != Some(2) {
        return Err(wrong("zarr_format").into());
    }
    let descriptor = match get("dtype") {
        Some(Value::String(name)) => Descriptor::named(name).map_err(Fault::Elements)?,
        Some(Value::Array(_)) => {
            return Err(Fault::Elements("records of named fields".to_owned()));
        }
        _ => return Err(wrong("dtype").into()),
    };
    let layout = layout(lengths(get("shape"), "shape")?, descriptor.element)?;
    let chunks = Grid::new(lengths(get("chunks"), "chunks")?, &layout, MOST_OF_CHUNK)?;
    let order = match get("order").map(|order| order.as_str()) {
        None | Some(Some("C")) => Order::C,
        Some(Some("F")) => Order::Fortran,
        Some(_) => return Err(wrong("order").into()),
    };
    let separator = match get("dimension_separator").map(Value::as_str) {
        None | Some(Some(".")) => '.',
        Some(Some("/")) => '/',
        Some(_) => return Err(wrong("dimension_separator").into()),
    };
    let filters = match get("filters") {
        None | Some(Value::Null) => [].as_slice(),
        Some(Value::Array(filters)) => filters,
        Some(_) => return Err(wrong("filters").into()),
    };
    let compressor = get("compressor").filter(|compressor| !compressor.is_null());
    let codecs = filters.iter().chain(compressor).map(codec).collect::<Result<Vec<_>, _>>()?;
    let fill = filling(get("fill_value"), descriptor.element)?;
    let axes = order.axes(layout.shape.len());
    Ok(Metadata {
        version: Version::V2,
        chunks,
        shards: None,
        keys: Keys { has_prefix: false, separator },
        coding: Coding { axes, descriptor, codecs },
        fill,
        names: None,
        attributes,
        layout,
    })
}

fn codec(found: &Value) -> Result<Codec, String> {
    let number = |name: &str| found.get(name).and_then(Value::as_u64);
    let id = found.get("id").and_then(Value::as_str);
    let id = id.ok_or_else(|| format!("its codec {} has no id", shown(Some(found))))?;
    let element = number("elementsize").and_then(|size| usize::try_from(size).ok());
    let level = number("level").and_then(|level| u32::try_from(level).ok());
    Codec::named(id, element, level).ok_or_else(|| unread(id))
}

/// The files of metadata of an array: their names and contents.
pub(super) fn files(array: &Metadata) -> Vec<(&'static str, Map<String, Value>)> {
    let compressor = array.coding.codecs.first().map(|codec| match codec {
        Codec::Gzip(level) => json!({"id": "gzip", "level": level}),
        other => json!({"id": other.name()}),
    });
    let separator = array.keys.separator.to_string();
    let described = json!({
        "zarr_format": 2,
        "shape": array.layout.shape,
        "chunks": array.chunks.shape(),
        "dtype": native(array.layout.element),
        "compressor": compressor,
        // Elements of a value would be missing ones for xarray.
        "fill_value": null,
        "order": "C",
        "filters": null,
        "dimension_separator": separator,
    });
    let mut attributes = array.attributes.clone();
    if let Some(names) = &array.names {
        attributes.insert(NAMES.to_owned(), names.clone());
    }
    let mut files = vec![(ARRAY, object(described))];
    if !attributes.is_empty() {
        files.push((ATTRIBUTES, attributes));
    }
    files
}

/// The metadata of a group.
pub(super) fn group() -> Map<String, Value> {
    object(json!({"zarr_format": 2}))
}

/// The attributes without the names of axes, and these.
pub(super) fn without_names(
    mut attributes: Map<String, Value>,
) -> (Map<String, Value>, Option<Value>) {
    let are_names =
        |names: &Value| names.as_array().is_some_and(|names| names.iter().all(Value::is_string));
    if !attributes.get(NAMES).is_some_and(are_names) {
        return (attributes, None);
    }
    let names = attributes.remove(NAMES);
    (attributes, names)
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
