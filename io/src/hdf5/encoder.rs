//! Parts of chunks, encoded as they are stored.

use rust_hdf5::FilterPipeline;
use rust_hdf5::format::messages::filter::apply_filters;

use super::chunks::Chunks;
use crate::block::Block;
use crate::error::Error;
use crate::layout::{Layout, Order};
use crate::memory::Memory;
use crate::region::Region;
use crate::runs;
use crate::workers::Workers;

/// The most that chunks in work take, if they are several.
const IN_WORK: usize = 128 << 20;
/// Chunks of a batch for each worker, so that all end at about the same time.
const OF_WORKER: usize = 2;
/// More than deflate keeps while it works.
const DEFLATE_BYTES: usize = 512 << 10;

/// The chunks of a data set that is written.
#[derive(Clone, Debug)]
pub(super) struct Encoder {
    pub(super) layout: Layout,
    pub(super) chunks: Chunks,
    pub(super) filters: FilterPipeline,
}

/// What is stored of a part, handed on in the order of the parts.
pub(super) type Take<'a> = &'a mut dyn FnMut(&Region, &[u8]) -> Result<(), Error>;

impl Encoder {
    /// Chunks that were found to suit an array, through gzip at a level behind a shuffle of bytes.
    pub(super) fn new(layout: &Layout, shape: &[usize], gzip: Option<u32>) -> Self {
        let size = layout.element.size();
        let filters = match gzip {
            None => FilterPipeline::none(),
            // Single bytes are not shuffled.
            Some(level) if size == 1 => FilterPipeline::deflate(level),
            Some(level) => FilterPipeline::shuffle_deflate(size as u32, level),
        };
        let layout = Layout { order: Order::C, ..layout.clone() };
        Self { layout, chunks: Chunks { shape: shape.to_vec(), size }, filters }
    }

    /// Whether a part within one chunk is all of that which lies in the array.
    pub(super) fn is_whole(&self, part: &Region) -> bool {
        let axes = self.chunks.shape.iter().zip(&self.layout.shape).enumerate();
        axes.map(|(axis, (chunk, len))| (part.positions(axis), chunk, len)).all(
            |(positions, chunk, &len)| {
                let is_end = positions.end == len;
                positions.start.is_multiple_of(*chunk) && (positions.len() == *chunk || is_end)
            },
        )
    }

    /// What is stored of a part of a block: of a whole chunk all of it, with zeros beyond the
    /// array, of another its own elements.
    fn encode(
        &self,
        part: &Region,
        block: &Block<'_>,
        image: &mut Memory,
    ) -> Result<Vec<u8>, Error> {
        let from = Layout { shape: block.region().shape.clone(), ..self.layout };
        let shape = if self.is_whole(part) { &self.chunks.shape } else { &part.shape };
        let to = Layout { shape: shape.clone(), ..self.layout };
        let (source, place) = (part.within(block.region()), Region::whole(&part.shape));
        if image.bytes().len() < to.bytes() {
            let bytes = to.bytes();
            *image = Memory::zeros(bytes).ok_or(Error::Buffers { bytes })?;
        }
        let bytes = &mut image.bytes_mut()[..to.bytes()];
        if part.shape != to.shape {
            bytes.fill(0);
        }
        runs::copy((&from, &source, block.bytes()), (&to, &place, bytes));
        Ok(self.stored(bytes))
    }

    /// What is stored of elements.
    pub(super) fn stored(&self, bytes: &[u8]) -> Vec<u8> {
        let stored = apply_filters(&self.filters, bytes);
        let mut stored = stored.expect("a vector takes what deflate makes of any bytes");
        stored.shrink_to_fit();
        stored
    }

    /// Encodes parts of a block on workers, each within one chunk.
    pub(super) fn encode_all(
        &self,
        parts: &[Region],
        block: &Block<'_>,
        workers: &Workers,
        take: Take<'_>,
    ) -> Result<(), Error> {
        self.in_batches(parts, workers, take, |part, image| self.encode(part, block, image))
    }

    /// Makes what is stored of parts on workers, batch by batch, and hands it on.
    pub(super) fn in_batches(
        &self,
        parts: &[Region],
        workers: &Workers,
        take: Take<'_>,
        make: impl Fn(&Region, &mut Memory) -> Result<Vec<u8>, Error> + Sync,
    ) -> Result<(), Error> {
        let most = self.at_once(workers);
        let mut images = Vec::new();
        for batch in parts.chunks(self.batch(most)) {
            let mut stored = vec![Vec::new(); batch.len()];
            let at_once = most.min(batch.len());
            while images.len() < at_once {
                images.push(Memory::zeros(0).ok_or(Error::Buffers { bytes: 0 })?);
            }
            let tasks = batch.iter().zip(&mut stored);
            workers.for_each(&mut images[..at_once], tasks, |(part, stored), image| {
                *stored = make(part, image)?;
                Ok::<_, Error>(())
            })?;
            for (part, stored) in batch.iter().zip(&stored) {
                take(part, stored)?;
            }
        }
        Ok(())
    }

    /// How many chunks are encoded at once.
    fn at_once(&self, workers: &Workers) -> usize {
        (IN_WORK / self.of_worker().max(1)).clamp(1, workers.count())
    }

    /// How many chunks are encoded before the first of them is written.
    fn batch(&self, at_once: usize) -> usize {
        if at_once == 1 { 1 } else { OF_WORKER * at_once }
    }

    /// What a worker takes: an image, its shuffled bytes, what grows to what is stored, and what was
    /// stored in its batch.
    fn of_worker(&self) -> usize {
        self.chunks.bytes().saturating_mul(4 + OF_WORKER).saturating_add(DEFLATE_BYTES)
    }

    /// Bytes that are kept while workers encode.
    pub(super) fn memory_bytes(&self, workers: &Workers) -> usize {
        self.of_worker().saturating_mul(self.at_once(workers))
    }
}

#[cfg(test)]
mod tests {
    use gausstack::ElementType;

    use super::*;

    #[test]
    fn chunks_at_the_end_of_an_array_are_whole() {
        let layout = Layout { shape: vec![10, 7], element: ElementType::U16, order: Order::C };
        let encoder = Encoder::new(&layout, &[4, 3], Some(1));
        let region = Region::whole(&[10, 7]);
        for part in encoder.chunks.single(&region) {
            assert!(encoder.is_whole(&part), "{part:?}");
        }
        for (rows, columns) in [(0..3, 0..3), (1..4, 0..3), (8..9, 0..3), (0..4, 4..6)] {
            let part = region.clone().along(0, rows).along(1, columns);
            assert!(!encoder.is_whole(&part), "{part:?}");
        }
    }
}
