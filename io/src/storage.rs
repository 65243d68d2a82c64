//! How an array that is written lies in its file.

#[cfg(any(feature = "hdf5", feature = "zarr"))]
use crate::layout::Layout;

/// How an array that is written lies in its file: one element behind the other, or in chunks, which
/// may be compressed. Arrays of Zarr have chunks, and may have shards; .npy files have one way alone.
///
/// ```
/// use gausstack_io::Storage;
///
/// let storage = Storage { gzip: Some(2), ..Storage::default() };
/// assert_eq!(storage.chunks, None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Storage {
    /// The shape of a chunk. By default an HDF5 data set that is compressed has chunks of about
    /// 1 MiB, and any other none; an array of Zarr has those of its input, or of about 1 MiB.
    pub chunks: Option<Vec<usize>>,
    /// The level of gzip, 1 to 9, in HDF5 behind a shuffle of bytes; none by default.
    pub gzip: Option<u32>,
    /// The shape of a shard of an array of Zarr, a multiple of that of a chunk: a file for many
    /// chunks. By default each chunk has a file.
    pub shards: Option<Vec<usize>>,
}

#[cfg(any(feature = "hdf5", feature = "zarr"))]
impl Storage {
    /// Bytes of a chunk where none is asked for.
    const BYTES: usize = 1 << 20;
    /// The largest chunk that HDF5's usual formats have.
    const MOST: usize = u32::MAX as usize;

    /// The chunks of an array, within its shape, if it has some; what is wrong if it cannot have such.
    #[cfg(feature = "hdf5")]
    pub(crate) fn chunks_of(&self, layout: &Layout) -> Result<Option<Vec<usize>>, String> {
        if self.shards.is_some() {
            return Err("shards are of arrays of Zarr".to_owned());
        }
        let shape = &layout.shape;
        let chunks = match (&self.chunks, self.gzip) {
            (None, None) => return Ok(None),
            (None, Some(_)) => rows(layout, Self::BYTES),
            (Some(chunks), _) if chunks.len() != shape.len() => {
                return Err(format!("chunks {chunks:?} do not have the axes of shape {shape:?}"));
            }
            (Some(chunks), _) => chunks.clone(),
        };
        if shape.is_empty() || shape.contains(&0) {
            return Err(format!("an array of shape {shape:?} has no chunks"));
        }
        let chunks = chunks.iter().zip(shape).map(|(&chunk, &len)| chunk.min(len)).collect();
        self.checked(chunks, layout).map(Some)
    }

    /// The chunks of an array that must have some; what is wrong if it cannot have such.
    #[cfg(feature = "zarr")]
    pub(crate) fn some_chunks_of(&self, layout: &Layout) -> Result<Vec<usize>, String> {
        match &self.chunks {
            Some(chunks) if chunks.len() != layout.shape.len() => {
                let shape = &layout.shape;
                Err(format!("chunks {chunks:?} do not have the axes of shape {shape:?}"))
            }
            Some(chunks) => self.checked(chunks.clone(), layout),
            None => self.checked(rows(layout, Self::BYTES), layout),
        }
    }

    /// Chunks of so many axes; what is wrong with them, or with their compression.
    fn checked(&self, chunks: Vec<usize>, layout: &Layout) -> Result<Vec<usize>, String> {
        if let Some(level) = self.gzip.filter(|level| !(1..=9).contains(level)) {
            return Err(format!("gzip has levels 1 to 9, and not {level}"));
        }
        let bytes =
            chunks.iter().try_fold(layout.element.size(), |bytes, &len| bytes.checked_mul(len));
        if bytes.is_some_and(|bytes| (1..=Self::MOST).contains(&bytes)) {
            Ok(chunks)
        } else {
            Err(format!("a chunk of shape {chunks:?} has no bytes, or more than 4 GiB"))
        }
    }
}

/// As many whole rows of an array as some bytes have room for, or the front of one.
#[cfg(any(feature = "hdf5", feature = "zarr"))]
fn rows(layout: &Layout, bytes: usize) -> Vec<usize> {
    let mut chunks = vec![1; layout.shape.len()];
    let mut rest = bytes / layout.element.size();
    for (chunk, &len) in chunks.iter_mut().zip(&layout.shape).rev() {
        *chunk = len.clamp(1, rest.max(1));
        rest /= len.max(1);
    }
    chunks
}

#[cfg(all(test, feature = "hdf5"))]
mod tests {
    use gausstack::ElementType;

    use super::*;
    use crate::layout::Order;

    #[test]
    fn chunks_are_those_asked_for_or_about_a_mebibyte() {
        let layout = |shape: &[usize]| Layout {
            shape: shape.to_vec(),
            element: ElementType::F32,
            order: Order::C,
        };
        let gzip = Storage { gzip: Some(4), ..Storage::default() };
        let chunks = |storage: &Storage, shape: &[usize]| storage.chunks_of(&layout(shape));
        assert_eq!(chunks(&Storage::default(), &[3, 4]), Ok(None));
        assert_eq!(chunks(&gzip, &[3000, 16, 5000]), Ok(Some(vec![3, 16, 5000])));
        assert_eq!(chunks(&gzip, &[9, 100, 5000]), Ok(Some(vec![1, 52, 5000])));
        assert_eq!(chunks(&gzip, &[1 << 30]), Ok(Some(vec![1 << 18])));
        let asked =
            |chunks: &[usize]| Storage { chunks: Some(chunks.to_vec()), ..Storage::default() };
        assert_eq!(chunks(&asked(&[9, 2]), &[3, 4]), Ok(Some(vec![3, 2])));
        for (storage, shape, fault) in [
            (asked(&[3]), &[3, 4][..], "do not have the axes"),
            (asked(&[0, 1]), &[3, 4], "has no bytes"),
            (asked(&[1 << 16, 1 << 15]), &[1 << 20, 1 << 20], "more than 4 GiB"),
            (asked(&[]), &[], "has no chunks"),
            (gzip, &[3, 0], "has no chunks"),
            (Storage { gzip: Some(10), ..Storage::default() }, &[3], "levels 1 to 9"),
            (Storage { shards: Some(vec![3]), ..Storage::default() }, &[3], "of Zarr"),
        ] {
            let error = chunks(&storage, shape).unwrap_err();
            assert!(error.contains(fault), "{error}");
        }
    }
}
