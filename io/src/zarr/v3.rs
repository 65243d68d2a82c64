//! Metadata of version 3: `zarr.json`.

use gausstack::ElementType;
use serde_json::{Map, Value, json};

use super::codec::Codec;
use super::grid::Grid;
use super::json::{lengths, named, shown};
use super::keys::Keys;
use super::metadata::{
    Coding, Fault, MOST_OF_CHUNK, Metadata, Shards, Version, filling, layout, unread,
};
use super::v2::object;
use crate::layout::Layout;
use crate::npy::Descriptor;

pub(super) const FILE: &str = "zarr.json";
/// What the metadata of an array are made of.
const KNOWN: [&str; 12] = [
    "zarr_format",
    "node_type",
    "shape",
    "data_type",
    "chunk_grid",
    "chunk_key_encoding",
    "fill_value",
    "codecs",
    "attributes",
    "dimension_names",
    "storage_transformers",
    "consolidated_metadata",
];

/// Reads the metadata of an array.
pub(super) fn array(mut found: Map<String, Value>) -> Result<Metadata, Fault> {
    let attributes = match found.remove("attributes") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(attributes)) => attributes,
        Some(_) => return Err("its attributes are no object".to_owned().into()),
    };
    let get = |name: &str| found.get(name);
    let wrong = |name: &str| format!("its {name} is {}", shown(get(name)));
    if get("zarr_format").and_then(Value::as_u64) != Some(3) {
        return Err(wrong("zarr_format").into());
    }
    let optional = |value: &Value| value.get("must_understand") == Some(&Value::Bool(false));
    let mut others = found.iter().filter(|(name, _)| !KNOWN.contains(&name.as_str()));
    if let Some((name, _)) = others.find(|(_, value)| !optional(value)) {
        return Err(format!("it needs the extension '{name}', which is not known").into());
    }
    let transforms = get("storage_transformers").and_then(Value::as_array);
    if transforms.is_some_and(|transforms| !transforms.is_empty()) {
        return Err("it has storage transformers, which are not read".to_owned().into());
    }
    let element = element_of(get("data_type"))?;
    let layout = layout(lengths(get("shape"), "shape")?, element)?;
    let grid = get("chunk_grid").and_then(named);
    let shape = match grid {
        Some(("regular", Some(grid))) => lengths(grid.get("chunk_shape"), "chunk_shape")?,
        Some((name, _)) => return Err(format!("its chunk grid is '{name}', not regular").into()),
        None => return Err(wrong("chunk_grid").into()),
    };
    let keys = match get("chunk_key_encoding").map(named) {
        Some(Some((name @ ("default" | "v2"), how))) => {
            let has_prefix = name == "default";
            let separator = how.and_then(|how| how.get("separator")).map(Value::as_str);
            let separator = match separator {
                None if has_prefix => '/',
                None | Some(Some(".")) => '.',
                Some(Some("/")) => '/',
                Some(_) => return Err(wrong("chunk_key_encoding").into()),
            };
            Keys { has_prefix, separator }
        }
        _ => return Err(wrong("chunk_key_encoding").into()),
    };
    let steps = get("codecs").and_then(Value::as_array).ok_or_else(|| wrong("codecs"))?;
    let (chunks, shards, coding) = coding(steps, shape, &layout)?;
    let fill = filling(get("fill_value"), element)?;
    let names = found.remove("dimension_names").filter(|names| !names.is_null());
    let version = Version::V3;
    Ok(Metadata { version, layout, chunks, shards, keys, coding, fill, attributes, names })
}

/// The element type of a data type.
fn element_of(value: Option<&Value>) -> Result<ElementType, Fault> {
    let name = value.and_then(named).map(|(name, _)| name);
    let Some(name) = name else {
        return Err(format!("its data_type is {}", shown(value)).into());
    };
    match ElementType::ALL.into_iter().find(|&element| name_of(element) == name) {
        Some(element) => Ok(element),
        None => Err(Fault::Elements(match Descriptor::named(name) {
            Err(told) => told,
            Ok(_) => format!("elements of type '{name}'"),
        })),
    }
}

/// The name of a data type.
fn name_of(element: ElementType) -> String {
    let kind = match element.name().chars().next() {
        Some('f') => "float",
        Some('i') => "int",
        Some('u') => "uint",
        _ => return "bool".to_owned(),
    };
    format!("{kind}{}", 8 * element.size())
}

/// What all codecs together do with chunks of a shape, or with shards.
fn coding(
    steps: &[Value],
    shape: Vec<usize>,
    layout: &Layout,
) -> Result<(Grid, Option<Shards>, Coding), String> {
    if let [step] = steps
        && let Some(("sharding_indexed", how)) = named(step)
    {
        let how = how.ok_or("its shards have no configuration")?;
        let inner = lengths(how.get("chunk_shape"), "chunk_shape")?;
        let steps = how.get("codecs").and_then(Value::as_array);
        let chunks = Grid::new(inner, layout, MOST_OF_CHUNK)?;
        let coding = steps_of(steps.ok_or("its shards have no codecs")?, layout)?;
        let mut shards = Shards::new(shape, &chunks, layout)?;
        shards.index_first = match how.get("index_location").map(Value::as_str) {
            None | Some(Some("end")) => false,
            Some(Some("start")) => true,
            Some(_) => return Err("the place of its shards' index is not known".to_owned()),
        };
        let index = how.get("index_codecs").and_then(Value::as_array).map(Vec::as_slice);
        shards.big_endian = index.and_then(<[_]>::first).and_then(endian) == Some(true);
        shards.has_checksum = match index {
            Some([bytes]) if is_named(bytes, "bytes") => false,
            Some([bytes, sum]) if is_named(bytes, "bytes") && is_named(sum, "crc32c") => true,
            other => {
                let other = other.map(|other| Value::Array(other.to_vec()));
                return Err(format!(
                    "its shards' index codecs {} are not read",
                    shown(other.as_ref())
                ));
            }
        };
        return Ok((chunks, Some(shards), coding));
    }
    let chunks = Grid::new(shape, layout, MOST_OF_CHUNK)?;
    Ok((chunks, None, steps_of(steps, layout)?))
}

fn is_named(step: &Value, name: &str) -> bool {
    named(step).is_some_and(|(found, _)| found == name)
}

/// Whether a step to bytes has the most significant ones first, if it says so.
fn endian(step: &Value) -> Option<bool> {
    match named(step)?.1?.get("endian")?.as_str()? {
        "big" => Some(true),
        "little" => Some(false),
        _ => None,
    }
}

/// What codecs of chunks do.
fn steps_of(steps: &[Value], layout: &Layout) -> Result<Coding, String> {
    let mut coding = Coding::plain(layout, Vec::new());
    let mut steps = steps.iter().peekable();
    while let Some(step) = steps.next_if(|step| is_named(step, "transpose")) {
        let order = named(step).and_then(|(_, how)| how).and_then(|how| how.get("order"));
        let order = match order.and_then(Value::as_str) {
            Some("C") => (0..layout.shape.len()).collect(),
            Some("F") => (0..layout.shape.len()).rev().collect(),
            _ => lengths(order, "transpose order")?,
        };
        let mut sorted = order.clone();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..layout.shape.len()) {
            return Err(format!("its transpose order {order:?} is none of all axes"));
        }
        coding.axes = order.iter().map(|&axis| coding.axes[axis]).collect();
    }
    let to_bytes = steps.next().ok_or("it has no codec 'bytes'")?;
    if !is_named(to_bytes, "bytes") {
        let name =
            named(to_bytes).map_or_else(|| shown(Some(to_bytes)), |(name, _)| name.to_owned());
        return Err(match name.as_str() {
            "sharding_indexed" => "its shards are in shards, or in other codecs".to_owned(),
            name => unread(name),
        });
    }
    coding.descriptor.swapped = match endian(to_bytes) {
        _ if layout.element.size() == 1 => false,
        Some(big) => big == cfg!(target_endian = "little"),
        None => return Err("its codec 'bytes' has no endian".to_owned()),
    };
    for step in steps {
        let (name, how) = named(step).ok_or_else(|| format!("its codec {}", shown(Some(step))))?;
        let number = |name: &str| how.and_then(|how| how.get(name)).and_then(Value::as_u64);
        let element = number("elementsize").and_then(|size| usize::try_from(size).ok());
        let level = number("level").and_then(|level| u32::try_from(level).ok());
        let codec = Codec::named(name, element, level);
        coding.codecs.push(codec.ok_or_else(|| unread(name))?);
    }
    Ok(coding)
}

/// The metadata of an array that is written.
pub(super) fn file(array: &Metadata) -> Map<String, Value> {
    let mut codecs = vec![bytes(array.layout.element)];
    codecs.extend(array.coding.codecs.iter().map(|codec| match codec {
        Codec::Gzip(level) => json!({"name": "gzip", "configuration": {"level": level}}),
        other => json!({"name": other.name()}),
    }));
    if let Some(shards) = &array.shards {
        let location = if shards.index_first { "start" } else { "end" };
        codecs = vec![json!({"name": "sharding_indexed", "configuration": {
            "chunk_shape": array.chunks.shape(),
            "codecs": codecs,
            "index_codecs": [
                {"name": "bytes", "configuration": {"endian": "little"}},
                {"name": "crc32c"},
            ],
            "index_location": location,
        }})];
    }
    let fill = match array.layout.element {
        ElementType::Bool => json!(false),
        element if element.is_float() => json!(0.0),
        _ => json!(0),
    };
    let mut described = object(json!({
        "zarr_format": 3,
        "node_type": "array",
        "shape": array.layout.shape,
        "data_type": name_of(array.layout.element),
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": array.files().shape()}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": fill,
        "codecs": codecs,
        "attributes": array.attributes,
        "storage_transformers": [],
    }));
    if let Some(names) = &array.names {
        described.insert("dimension_names".to_owned(), names.clone());
    }
    described
}

fn bytes(element: ElementType) -> Value {
    let endian = if cfg!(target_endian = "little") { "little" } else { "big" };
    match element.size() {
        1 => json!({"name": "bytes"}),
        _ => json!({"name": "bytes", "configuration": {"endian": endian}}),
    }
}

/// The metadata of a group.
pub(super) fn group() -> Map<String, Value> {
    object(json!({"zarr_format": 3, "node_type": "group", "attributes": {}}))
}
