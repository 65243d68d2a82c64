//! Where an array that is written gets to, and what it is.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::codec::Codec;
use super::grid::Grid;
use super::keys::Keys;
use super::metadata::{Coding, MOST_OF_CHUNK, Metadata, Shards, Version};
use super::name::ZarrArray;
use super::node::{self, Node};
use super::sink::ZarrSink;
use super::source::ZarrSource;
use super::{json, v2, v3};
use crate::error::Error;
use crate::file::are_same_file;
use crate::layout::{Layout, Order};
use crate::slabs::Ends;
use crate::storage::Storage;
use crate::target::{self, FolderTarget};
use crate::workers::Workers;

/// An array that is written to a store, or to a group of one that exists.
#[derive(Debug)]
pub(crate) struct Destination {
    pub(crate) array: ZarrArray,
    /// The folder that appears when the array is complete: the array's own, or the outermost one
    /// around it that does not exist.
    pub(crate) top: PathBuf,
    /// Groups between that folder and the array's.
    groups: Vec<PathBuf>,
    /// The array's folder in that folder.
    within: PathBuf,
    version: Version,
    storage: Storage,
    like: Option<Like>,
}

/// What an input in a store has that its output gets too.
#[derive(Clone, Debug)]
struct Like {
    shape: Vec<usize>,
    chunks: Vec<usize>,
    attributes: Map<String, Value>,
    names: Option<Value>,
    version: Version,
}

impl Like {
    fn of(input: &Path) -> Result<Option<Self>, Error> {
        let Some(input) = ZarrArray::of(input) else { return Ok(None) };
        let (Metadata { version, chunks, attributes, names, layout, .. }, _) = node::read(&input)?;
        let (shape, chunks) = (layout.shape, chunks.shape().to_vec());
        Ok(Some(Self { shape, chunks, attributes, names, version }))
    }
}

impl Destination {
    /// Where an array gets to that is made from an input.
    pub(crate) fn of(
        array: ZarrArray,
        storage: &Storage,
        input: Option<&Path>,
    ) -> Result<Self, Error> {
        let like = input.map(Like::of).transpose()?.flatten();
        let refused = |name: &ZarrArray, fault: &str| {
            Err(Error::DataSet { name: name.to_string(), fault: fault.to_owned() })
        };
        if array.leaves() {
            return refused(&array, "the path leaves the store");
        }
        // A link is followed, so that it stays.
        let array = ZarrArray { store: target::followed(&array.store)?, ..array };
        let mut enclosing = None;
        let mut around = vec![ZarrArray { name: String::new(), ..array.clone() }];
        for (end, _) in array.name.match_indices('/') {
            around.push(ZarrArray { name: array.name[..end].to_owned(), ..array.clone() });
        }
        if array.name.is_empty() {
            around.clear();
        }
        let mut top = array.folder();
        let mut groups = Vec::new();
        for group in around {
            let folder = group.folder();
            if !groups.is_empty() || fs::symlink_metadata(&folder).is_err() {
                if groups.is_empty() {
                    top.clone_from(&folder);
                }
                groups.push(folder);
                continue;
            }
            match node::of(&group)? {
                Some(Node::Group(version)) => enclosing = Some(version),
                Some(Node::Array(_)) => return refused(&group, "it is an array, not a group"),
                None => return refused(&group, "it exists, and is no group of Zarr"),
            }
        }
        let folder = array.folder();
        if groups.is_empty() && fs::symlink_metadata(&folder).is_ok() {
            match node::of(&array)? {
                Some(Node::Array(_)) => {}
                Some(Node::Group(_)) => {
                    return refused(&array, "it is a group; an array's name stands behind ':/'");
                }
                None => return refused(&array, "it exists, and is no array of Zarr"),
            }
        }
        let within = |folder: &PathBuf| {
            let within = folder.strip_prefix(&top).expect("the folder that appears is around it");
            within.to_owned()
        };
        let wanted = like.as_ref().map(|like| like.version);
        let wanted = wanted.filter(|_| storage.shards.is_none());
        let version = enclosing.or(wanted).unwrap_or(Version::V3);
        if version == Version::V2 && storage.shards.is_some() {
            let fault = "a group of version 2 has no shards".to_owned();
            return Err(Error::Storage { path: array.to_string().into(), fault });
        }
        let (groups, within) = (groups.iter().map(within).collect(), within(&folder));
        let storage = storage.clone();
        Ok(Self { array, top, groups, within, version, storage, like })
    }

    /// What is written of a layout.
    pub(super) fn metadata(&self, layout: &Layout) -> Result<Metadata, Error> {
        let described = self.described(layout);
        described.map_err(|fault| Error::Storage { path: self.array.to_string().into(), fault })
    }

    fn described(&self, layout: &Layout) -> Result<Metadata, String> {
        let layout = Layout { order: Order::C, ..layout.clone() };
        let mut storage = self.storage.clone();
        if let (None, Some(like)) = (&storage.chunks, &self.like)
            && like.shape == layout.shape
        {
            storage.chunks = Some(like.chunks.clone());
        }
        let chunks = storage.some_chunks_of(&layout)?;
        let chunks = Grid::new(chunks, &layout, MOST_OF_CHUNK)?;
        let shards = storage.shards.map(|shards| Shards::new(shards, &chunks, &layout));
        let coding = Coding::plain(&layout, storage.gzip.map(Codec::Gzip).into_iter().collect());
        let like = self.like.clone();
        let (mut attributes, mut names) =
            like.map_or_else(Default::default, |like| (like.attributes, like.names));
        if self.version == Version::V3 && names.is_none() {
            (attributes, names) = v2::without_names(attributes);
        }
        Ok(Metadata {
            version: self.version,
            chunks,
            shards: shards.transpose()?,
            keys: match self.version {
                Version::V2 => Keys { has_prefix: false, separator: '.' },
                Version::V3 => Keys { has_prefix: true, separator: '/' },
            },
            coding,
            fill: vec![0; layout.element.size()],
            attributes,
            names,
            layout,
        })
    }

    /// How it was asked to lie in its store.
    pub(crate) fn stored(&self) -> String {
        let Storage { chunks, gzip, shards } = &self.storage;
        format!("chunks {chunks:?} shards {shards:?} gzip {gzip:?}")
    }

    /// Whether it is an array that is read.
    pub(crate) fn is(&self, input: &Path) -> bool {
        let input = ZarrArray::of(input);
        input.is_some_and(|input| are_same_file(&input.folder(), &self.array.folder()))
    }

    /// What slabs follow from.
    pub(crate) fn ends(&self, layout: Layout, workers: &Workers) -> Result<Ends, Error> {
        let meta = self.metadata(&layout)?;
        let memory_bytes = ZarrSink::memory_of(&meta, workers);
        Ok(Ends { layout, chunks: meta.files().shape().to_vec(), memory_bytes })
    }

    /// The array in the folder that appears when it is complete.
    pub(super) fn folder_in(&self, folder: &Path) -> PathBuf {
        folder.join(&self.within).components().collect()
    }

    /// Writes the metadata of the array and of new groups.
    pub(super) fn describe(&self, target: &FolderTarget, meta: &Metadata) -> Result<(), Error> {
        let described = || {
            for group in &self.groups {
                let folder = target.hidden().join(group);
                fs::create_dir_all(&folder)?;
                let (name, text) = match self.version {
                    Version::V2 => (v2::GROUP, v2::group()),
                    Version::V3 => (v3::FILE, v3::group()),
                };
                fs::write(folder.join(name), json::text(text))?;
            }
            let folder = self.folder_in(target.hidden());
            fs::create_dir_all(&folder)?;
            let files = match self.version {
                Version::V2 => v2::files(meta),
                Version::V3 => vec![(v3::FILE, v3::file(meta))],
            };
            files
                .into_iter()
                .try_for_each(|(name, text)| fs::write(folder.join(name), json::text(text)))
        };
        described().map_err(|source| target.could_not_write(source))
    }

    /// Begins the array in a target.
    pub(crate) fn begin(&self, target: FolderTarget, layout: &Layout) -> Result<ZarrSink, Error> {
        let meta = self.metadata(layout)?;
        self.describe(&target, &meta)?;
        let folder = self.folder_in(target.hidden());
        Ok(ZarrSink::new(target, (self.array.to_string(), folder), meta))
    }

    /// Begins the array with other processes, or joins them; and the same, to read what was written.
    pub(crate) fn join(
        &self,
        layout: &Layout,
        replace: bool,
    ) -> Result<(ZarrSink, ZarrSource), Error> {
        let meta = self.metadata(layout)?;
        let mut make = |target: &FolderTarget| self.describe(target, &meta);
        let target = FolderTarget::shared(&self.top, replace, &mut make)?;
        self.resume(target, layout)
    }

    /// Goes on with the array of an earlier run; and the same, to read what was written.
    pub(crate) fn resume(
        &self,
        target: FolderTarget,
        layout: &Layout,
    ) -> Result<(ZarrSink, ZarrSource), Error> {
        let meta = self.metadata(layout)?;
        let folder = self.folder_in(target.hidden());
        let part = ZarrArray { store: folder.clone(), name: String::new() };
        let path = || target.hidden().to_owned();
        let wrong = |fault: &str| Error::Resume { path: path(), fault: fault.to_owned() };
        let (found, file) = node::read(&part).map_err(|error| wrong(&error.to_string()))?;
        let is_same = |a: &Metadata, b: &Metadata| {
            (&a.layout, &a.chunks, &a.shards, &a.coding)
                == (&b.layout, &b.chunks, &b.shards, &b.coding)
        };
        if !is_same(&found, &meta) || found.keys != meta.keys {
            return Err(wrong("it holds another array"));
        }
        let written = ZarrSource::of(part.to_string(), folder.clone(), found, file)?;
        Ok((ZarrSink::new(target, (self.array.to_string(), folder), meta), written))
    }
}

impl ZarrSink {
    /// Begins an array that lies in its store as a storage says; without `replace` one that exists
    /// is an error. Elements lie in C order, whatever the order of the layout.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::DataSet`], [`Error::Storage`], [`Error::NoFolder`],
    /// [`Error::CreateIn`] and [`Error::Write`].
    pub fn create(
        array: &ZarrArray,
        layout: &Layout,
        storage: &Storage,
        replace: bool,
    ) -> Result<Self, Error> {
        let destination = Destination::of(array.clone(), storage, None)?;
        // What is wrong with the storage is told before anything is begun.
        destination.metadata(layout)?;
        let target = FolderTarget::create_whole(&destination.top, replace)?;
        destination.begin(target, layout)
    }
}
