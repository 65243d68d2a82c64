//! What filters say of themselves: parameters that cannot be, and what their decoders take.

use rust_hdf5::FilterPipeline;
use rust_hdf5::format::messages::filter::{FILTER_BLOSC, FILTER_BSHUF, FILTER_BZIP2};

/// The most that a block of bits takes in chunks that are smaller: blocks are 8 KiB by default.
const MOST_OF_BLOCK: usize = 1 << 20;

/// More than what bzip2 keeps of a block, and Blosc of one on each thread.
const OF_CODEC: usize = 4 << 20;

/// What decoding a chunk takes beside its elements.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decoding {
    /// Copies of a chunk.
    copies: usize,
    codec: usize,
}

impl Decoding {
    /// The most that any pipeline took, of noise in chunks of 256 KiB and 4 MiB: what is stored and what one
    /// filter made of it, and with a second one what that made.
    pub(super) fn through(filters: &FilterPipeline) -> Self {
        let filters = &filters.filters;
        let keeps = filters.iter().any(|filter| [FILTER_BLOSC, FILTER_BZIP2].contains(&filter.id));
        let copies = if filters.len() > 1 { 3 } else { 2 };
        Self { copies, codec: if keeps { OF_CODEC } else { 0 } }
    }

    pub(super) fn of(self, chunk: usize) -> usize {
        chunk.saturating_mul(self.copies).saturating_add(self.codec)
    }
}

/// What is wrong with the filters of chunks of so many bytes, of elements of a size. Those of a damaged
/// file would make the library reserve exabytes, and end the process, or leave bits unshuffled.
pub(super) fn check(filters: &FilterPipeline, size: usize, chunk: usize) -> Result<(), String> {
    for filter in filters.filters.iter().filter(|filter| filter.id == FILTER_BSHUF) {
        let value = |place: usize| filter.cd_values.get(place).map_or(0, |&value| value as usize);
        let [element, block] = [value(2), value(3)];
        let fault = if element != size {
            format!("elements of {element} bytes, and its own have {size}")
        } else if block.saturating_mul(size) > chunk.max(MOST_OF_BLOCK) {
            format!("blocks of {block} elements, and its chunks have {}", chunk / size)
        } else {
            continue;
        };
        return Err(format!("its bitshuffle has {fault}: the file is damaged or not usable"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_shuffled_in_blocks_of_the_elements() {
        let checked = |values: [u32; 2], chunk| {
            let mut filters = FilterPipeline::bshuf_lz4(values[0]);
            filters.filters[0].cd_values[3] = values[1];
            check(&filters, 4, chunk)
        };
        for (block, chunk) in [(0, 40), (8, 40), (2048, 40), (1 << 18, 40), (1 << 20, 4 << 20)] {
            assert_eq!(checked([4, block], chunk), Ok(()), "{block} {chunk}");
        }
        for element in [0, 1, 8, u32::MAX] {
            let told = checked([element, 0], 40).unwrap_err();
            assert!(told.contains(&format!("elements of {element} bytes, and its own")), "{told}");
        }
        let told = checked([4, (1 << 18) + 8], 40).unwrap_err();
        assert!(told.contains("blocks of 262152 elements, and its chunks have 10"), "{told}");
        assert_eq!(check(&FilterPipeline::shuffle_deflate(3, 1), 4, 40), Ok(()));
    }
}
