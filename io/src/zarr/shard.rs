//! The index of a shard: where its chunks are.

use super::crc32c::crc32c;
use super::metadata::Shards;

/// What both numbers of a chunk are that was never written.
const ABSENT: u64 = u64::MAX;
/// Bytes of a chunk's two numbers.
const ENTRY: usize = 16;
/// Bytes of the checksum.
const SUM: usize = 4;

impl Shards {
    /// Bytes of the index.
    pub(super) fn index_bytes(&self) -> usize {
        let chunks = self.chunks.iter().fold(ENTRY, |bytes, &len| bytes.saturating_mul(len));
        chunks.saturating_add(if self.has_checksum { SUM } else { 0 })
    }

    /// Which of the shard's chunks one of the array is.
    pub(super) fn place(&self, chunk: &[usize]) -> usize {
        chunk.iter().zip(&self.chunks).fold(0, |place, (&at, &len)| place * len + at % len)
    }

    /// Where each chunk is in the file and how many bytes it has.
    pub(super) fn read_index(&self, index: &[u8]) -> Result<Vec<Option<(u64, u64)>>, String> {
        let mut entries = index;
        if self.has_checksum {
            let Some((plain, sum)) = index.split_last_chunk::<SUM>() else {
                return Err("its index is cut off".to_owned());
            };
            if crc32c(plain) != u32::from_le_bytes(*sum) {
                return Err("the checksum of its index is wrong".to_owned());
            }
            entries = plain;
        }
        let number = |bytes: &[u8]| {
            let bytes = bytes.try_into().expect("half of an entry has eight bytes");
            if self.big_endian { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) }
        };
        let entry = |entry: &[u8]| {
            let (at, bytes) = entry.split_at(ENTRY / 2);
            Some((number(at), number(bytes))).filter(|&entry| entry != (ABSENT, ABSENT))
        };
        Ok(entries.chunks_exact(ENTRY).map(entry).collect())
    }

    /// A shard of encoded chunks, those that are there.
    pub(super) fn assemble(&self, chunks: &[Option<Vec<u8>>]) -> Vec<u8> {
        let first = if self.index_first { self.index_bytes() } else { 0 };
        let stored: usize = chunks.iter().flatten().map(Vec::len).sum();
        let mut index = Vec::with_capacity(self.index_bytes());
        let mut at = first;
        for chunk in chunks {
            let entry = match chunk {
                Some(chunk) => [at as u64, chunk.len() as u64],
                None => [ABSENT; 2],
            };
            at += chunk.as_ref().map_or(0, Vec::len);
            let bytes = |number: u64| {
                if self.big_endian { number.to_be_bytes() } else { number.to_le_bytes() }
            };
            index.extend(entry.into_iter().flat_map(bytes));
        }
        if self.has_checksum {
            let sum = crc32c(&index);
            index.extend(sum.to_le_bytes());
        }
        let mut shard = Vec::with_capacity(stored + index.len());
        if self.index_first {
            shard.append(&mut index);
        }
        chunks.iter().flatten().for_each(|chunk| shard.extend_from_slice(chunk));
        shard.append(&mut index);
        shard
    }
}

#[cfg(test)]
mod tests {
    use gausstack::ElementType;

    use super::super::grid::Grid;
    use super::*;
    use crate::layout::{Layout, Order};

    #[test]
    fn an_index_says_where_chunks_are() {
        let layout = Layout { shape: vec![9, 8], element: ElementType::U8, order: Order::C };
        let chunks = Grid::new(vec![3, 4], &layout, 100).unwrap();
        let plain = Shards::new(vec![6, 8], &chunks, &layout).unwrap();
        assert_eq!((plain.place(&[0, 1]), plain.place(&[3, 0])), (1, 2));
        assert!(Shards::new(vec![6, 6], &chunks, &layout).is_err());
        for (index_first, big_endian, has_checksum) in
            [(false, false, true), (true, false, false), (true, true, true)]
        {
            let shards = Shards { index_first, big_endian, has_checksum, ..plain.clone() };
            let chunks = [Some(vec![1, 2, 3]), None, Some(vec![]), Some(vec![4])];
            let file = shards.assemble(&chunks);
            let at = if index_first { 0 } else { file.len() - shards.index_bytes() };
            let index = &file[at..][..shards.index_bytes()];
            let entries = shards.read_index(index).unwrap();
            for (entry, chunk) in entries.iter().zip(&chunks) {
                let found = entry.map(|(at, bytes)| &file[at as usize..][..bytes as usize]);
                assert_eq!(found, chunk.as_deref());
            }
            if has_checksum {
                let mut index = index.to_vec();
                index[3] ^= 1;
                assert!(shards.read_index(&index).unwrap_err().contains("checksum"));
            }
        }
    }
}
