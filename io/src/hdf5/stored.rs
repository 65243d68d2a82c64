//! Elements of a data set as they are stored, read piece by piece through any handle.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rust_hdf5::format::messages::filter::reverse_filters_masked_into;
use rust_hdf5::{ByteOrder, DatatypeMessage, FilterPipeline, H5Dataset, Hdf5Error};

use super::checksum::is_intact;
use super::chunks::Chunks;
use super::faults::{fault, filter_name};
use super::handle::Handle;
use super::name::DataSet;
use crate::error::Error;
use crate::layout::Layout;
use crate::memory::{Memory, elements_mut};
use crate::region::Region;
use crate::runs;

/// HDF5's number of the filter that adds checksums.
const FLETCHER32: u16 = 3;

/// What all handles read.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) data: DataSet,
    pub(super) layout: Layout,
    pub(super) chunks: Option<Chunks>,
    pub(super) checksums: Option<Checksums>,
}

/// The checksums of chunks, which the library does not verify.
#[derive(Debug)]
pub(super) struct Checksums {
    /// Their place among the filters.
    place: usize,
    filters: FilterPipeline,
    /// Elements are stored in another byte order.
    swapped: bool,
    /// The chunks whose checksums were right.
    verified: Mutex<HashSet<Vec<usize>>>,
}

/// A part of a region whose elements lie one behind the other in it, and their bytes.
pub(super) struct Target<'b> {
    pub(super) part: Region,
    pub(super) bytes: Mutex<&'b mut [u8]>,
}

impl Checksums {
    /// Those that filters add; what is wrong if they cannot be verified.
    pub(super) fn of(
        filters: FilterPipeline,
        datatype: &DatatypeMessage,
    ) -> Result<Option<Self>, String> {
        let list = &filters.filters;
        let Some(place) = list.iter().position(|filter| filter.id == FLETCHER32) else {
            return Ok(None);
        };
        if place + 1 < list.len() {
            return Err("its checksums are compressed, and cannot be verified".to_owned());
        }
        let swapped = match datatype {
            DatatypeMessage::FixedPoint { byte_order, .. }
            | DatatypeMessage::FloatingPoint { byte_order, .. } => {
                *byte_order == ByteOrder::BigEndian
            }
            _ => false,
        };
        Ok(Some(Self { place, filters, swapped, verified: Mutex::default() }))
    }

    fn verified(&self) -> MutexGuard<'_, HashSet<Vec<usize>>> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stored {
    /// Reads a piece of a part of a region.
    pub(super) fn read(
        &self,
        piece: &Region,
        target: &Target<'_>,
        handle: &mut Handle,
    ) -> Result<(), Error> {
        let bytes = || target.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        if piece == &target.part {
            // Nobody else waits for it.
            return self.read_into(&handle.set, piece, &mut bytes());
        }
        let whole = Region::whole(&piece.shape);
        let (from, to) = (self.layout_of(piece), self.layout_of(&target.part));
        let (set, scratch) = handle.with_scratch(from.bytes())?;
        self.read_into(set, piece, scratch)?;
        runs::copy((&from, &whole, scratch), (&to, &piece.within(&target.part), &mut bytes()));
        Ok(())
    }

    /// A region as an array of its own.
    fn layout_of(&self, region: &Region) -> Layout {
        Layout { shape: region.shape.clone(), ..self.layout }
    }

    /// Reads a piece into bytes of its size.
    fn read_into(&self, set: &H5Dataset, piece: &Region, bytes: &mut [u8]) -> Result<(), Error> {
        if let (Some(chunks), Some(checksums)) = (&self.chunks, &self.checksums)
            && self.read_verified(set, piece, bytes, (chunks, checksums))?
        {
            return Ok(());
        }
        self.read_part(set, piece, bytes).map_err(|error| self.name_chunk(set, piece, &error))
    }

    /// Reads a part into bytes of its size.
    fn read_part(&self, set: &H5Dataset, part: &Region, bytes: &mut [u8]) -> Result<(), Hdf5Error> {
        let (start, counts) = (&part.start[..], &part.shape[..]);
        const ALIGNED: &str = "elements begin on their boundary";
        match self.layout.element.size() {
            1 => set.read_slice_into::<u8>(bytes, start, counts),
            2 => set.read_slice_into(elements_mut::<u16>(bytes).expect(ALIGNED), start, counts),
            4 => set.read_slice_into(elements_mut::<u32>(bytes).expect(ALIGNED), start, counts),
            _ => set.read_slice_into(elements_mut::<u64>(bytes).expect(ALIGNED), start, counts),
        }
    }

    /// Verifies the checksum of the one chunk that a part is in, and decodes what was verified. Not
    /// so a chunk that has no bytes or was verified before, nor one that cannot be read or decoded:
    /// the library's own read tells.
    fn read_verified(
        &self,
        set: &H5Dataset,
        part: &Region,
        bytes: &mut [u8],
        (chunks, checksums): (&Chunks, &Checksums),
    ) -> Result<bool, Error> {
        let chunk = chunks.chunk_of(part);
        if checksums.verified().contains(&chunk) {
            return Ok(false);
        }
        let Ok((stored, skipped)) = set.read_chunk_raw_at(&chunk) else { return Ok(false) };
        if skipped >> checksums.place & 1 == 0 && !is_intact(&stored) {
            return Err(self.damaged(chunk, "its checksum is wrong".to_owned()));
        }
        checksums.verified().insert(chunk.clone());
        let decode = |image: &mut [u8]| {
            reverse_filters_masked_into(&checksums.filters, &stored, skipped, image).is_ok()
        };
        if part.shape == chunks.shape {
            if !decode(bytes) {
                return Ok(false);
            }
        } else {
            let len = chunks.bytes();
            let mut image = Memory::zeros(len).ok_or(Error::Buffers { bytes: len })?;
            if !decode(image.bytes_mut()) {
                return Ok(false);
            }
            let from = Layout { shape: chunks.shape.clone(), ..self.layout };
            let place = part.within(&chunks.box_of(part));
            let whole = Region::whole(&part.shape);
            runs::copy((&from, &place, image.bytes()), (&self.layout_of(part), &whole, bytes));
        }
        if checksums.swapped {
            bytes.chunks_exact_mut(self.layout.element.size()).for_each(<[u8]>::reverse);
        }
        Ok(true)
    }

    /// The error of a piece, with the chunk that cannot be read.
    fn name_chunk(&self, set: &H5Dataset, piece: &Region, error: &Hdf5Error) -> Error {
        let Some(chunks) = &self.chunks else { return fault(&self.data, error) };
        for part in chunks.single(piece) {
            let Some(mut memory) = Memory::zeros(self.layout_of(&part).bytes()) else { break };
            if let Err(error) = self.read_part(set, &part, memory.bytes_mut()) {
                return match fault(&self.data, &error) {
                    Error::DataSet { fault, .. } if filter_name(&error.to_string()).is_none() => {
                        self.damaged(chunks.chunk_of(&part), fault)
                    }
                    other => other,
                };
            }
        }
        fault(&self.data, error)
    }

    fn damaged(&self, chunk: Vec<usize>, fault: String) -> Error {
        Error::Chunk { name: self.data.to_string(), chunk, fault }
    }
}
