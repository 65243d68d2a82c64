//! What an array is, without its elements.

use gausstack::ElementType;
use serde_json::{Map, Value};

use super::codec::Codec;
use super::grid::Grid;
use super::keys::Keys;
use super::{fill, json};
use crate::layout::{Layout, Order};
use crate::npy::Descriptor;

/// The largest chunk, and the largest shard.
pub(super) const MOST_OF_CHUNK: usize = u32::MAX as usize;
pub(super) const MOST_OF_SHARD: usize = 1 << 40;

/// A version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    V2,
    V3,
}

/// The metadata of an array.
#[derive(Clone, Debug)]
pub(super) struct Metadata {
    pub(super) version: Version,
    /// In C order, whatever the order in chunks is.
    pub(super) layout: Layout,
    /// What is encoded as a whole.
    pub(super) chunks: Grid,
    /// The files, where each holds several chunks.
    pub(super) shards: Option<Shards>,
    pub(super) keys: Keys,
    pub(super) coding: Coding,
    /// The bytes of an element that was never written.
    pub(super) fill: Vec<u8>,
    pub(super) attributes: Map<String, Value>,
    /// Names of the axes, as version 3 has them.
    pub(super) names: Option<Value>,
}

/// Files of several chunks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shards {
    pub(super) grid: Grid,
    /// How many chunks are in each, along each axis.
    pub(super) chunks: Vec<usize>,
    /// The index stands in front of the chunks, and not behind them.
    pub(super) index_first: bool,
    /// Numbers of the index begin with their most significant bytes.
    pub(super) big_endian: bool,
    /// The index has a checksum.
    pub(super) has_checksum: bool,
}

/// How elements of a chunk become bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Coding {
    /// The axes in the order in which elements lie, that with the largest step first.
    pub(super) axes: Vec<usize>,
    pub(super) descriptor: Descriptor,
    pub(super) codecs: Vec<Codec>,
}

impl Coding {
    /// Elements in C order and as this machine has them, through some codecs.
    pub(super) fn plain(layout: &Layout, codecs: Vec<Codec>) -> Self {
        let axes = Order::C.axes(layout.shape.len());
        let descriptor = Descriptor { element: layout.element, swapped: false };
        Self { axes, descriptor, codecs }
    }
}

impl Shards {
    /// Shards of a shape; what is wrong with it, if there are none such.
    pub(super) fn new(shape: Vec<usize>, chunks: &Grid, layout: &Layout) -> Result<Self, String> {
        let grid = Grid::new(shape, layout, MOST_OF_SHARD)?;
        let Some(chunks) = chunks.in_each(grid.shape()) else {
            let [shards, chunks] = [grid.shape(), chunks.shape()];
            return Err(format!("shards {shards:?} are no multiples of chunks {chunks:?}"));
        };
        Ok(Self { grid, chunks, index_first: false, big_endian: false, has_checksum: true })
    }
}

impl Metadata {
    /// The grid of files.
    pub(super) fn files(&self) -> &Grid {
        self.shards.as_ref().map_or(&self.chunks, |shards| &shards.grid)
    }
}

/// What is wrong with metadata.
pub(super) enum Fault {
    /// Elements that cannot be filtered.
    Elements(String),
    /// Anything else.
    Other(String),
}

impl From<String> for Fault {
    fn from(fault: String) -> Self {
        Self::Other(fault)
    }
}

/// An array of a shape, if its elements can be addressed.
pub(super) fn layout(shape: Vec<usize>, element: ElementType) -> Result<Layout, String> {
    let bytes = shape.iter().filter(|&&len| len > 0);
    let bytes = bytes.clone().try_fold(element.size(), |bytes, &len| bytes.checked_mul(len));
    if bytes.is_none_or(|bytes| isize::try_from(bytes).is_err()) {
        return Err(format!("it is corrupt: no memory holds shape {shape:?}"));
    }
    Ok(Layout { shape, element, order: Order::C })
}

/// The bytes of a fill value.
pub(super) fn filling(value: Option<&Value>, element: ElementType) -> Result<Vec<u8>, String> {
    let value = value.unwrap_or(&Value::Null);
    fill::element_of(value, element)
        .ok_or_else(|| format!("its fill value {} is no {element}", json::shown(Some(value))))
}

/// The error of a codec that is not read.
pub(super) fn unread(name: &str) -> String {
    format!("its codec '{name}' is not read; a copy with gzip, zstd or blosc is")
}
