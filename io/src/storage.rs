//! How an array that is written lies in its file.

#[cfg(feature = "hdf5")]
use crate::layout::Layout;

/// How a data set of an HDF5 file lies in it: one element behind the other, or in chunks, which may
/// be compressed. Files of other formats have one way alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Storage {
    /// The shape of a chunk. By default a data set that is compressed has chunks of about 1 MiB, and
    /// any other none.
    pub chunks: Option<Vec<usize>>,
    /// The level of gzip, 1 to 9, behind a shuffle of bytes; none by default.
    pub gzip: Option<u32>,
}

#[cfg(feature = "hdf5")]
impl Storage {
    /// Bytes of a chunk where none is asked for.
    const BYTES: usize = 1 << 20;
    /// The largest chunk that HDF5's usual formats have.
    const MOST: usize = u32::MAX as usize;

    /// The chunks of an array, within its shape; what is wrong if it cannot have such.
    pub(crate) fn chunks_of(&self, layout: &Layout) -> Result<Option<Vec<usize>>, String> {
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
        if let Some(level) = self.gzip.filter(|level| !(1..=9).contains(level)) {
            return Err(format!("gzip has levels 1 to 9, and not {level}"));
        }
        let chunks: Vec<usize> =
            chunks.iter().zip(shape).map(|(&chunk, &len)| chunk.min(len)).collect();
        let bytes =
            chunks.iter().try_fold(layout.element.size(), |bytes, &len| bytes.checked_mul(len));
        if bytes.is_some_and(|bytes| (1..=Self::MOST).contains(&bytes)) {
            Ok(Some(chunks))
        } else {
            Err(format!("a chunk of shape {chunks:?} has no bytes, or more than 4 GiB"))
        }
    }
}

/// As many whole rows of an array as some bytes have room for, or the front of one.
#[cfg(feature = "hdf5")]
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
        let gzip = Storage { chunks: None, gzip: Some(4) };
        let chunks = |storage: &Storage, shape: &[usize]| storage.chunks_of(&layout(shape));
        assert_eq!(chunks(&Storage::default(), &[3, 4]), Ok(None));
        assert_eq!(chunks(&gzip, &[3000, 16, 5000]), Ok(Some(vec![3, 16, 5000])));
        assert_eq!(chunks(&gzip, &[9, 100, 5000]), Ok(Some(vec![1, 52, 5000])));
        assert_eq!(chunks(&gzip, &[1 << 30]), Ok(Some(vec![1 << 18])));
        let asked = |chunks: &[usize]| Storage { chunks: Some(chunks.to_vec()), gzip: None };
        assert_eq!(chunks(&asked(&[9, 2]), &[3, 4]), Ok(Some(vec![3, 2])));
        for (storage, shape, fault) in [
            (asked(&[3]), &[3, 4][..], "do not have the axes"),
            (asked(&[0, 1]), &[3, 4], "has no bytes"),
            (asked(&[1 << 16, 1 << 15]), &[1 << 20, 1 << 20], "more than 4 GiB"),
            (asked(&[]), &[], "has no chunks"),
            (gzip, &[3, 0], "has no chunks"),
            (Storage { chunks: None, gzip: Some(10) }, &[3], "levels 1 to 9"),
        ] {
            let error = chunks(&storage, shape).unwrap_err();
            assert!(error.contains(fault), "{error}");
        }
    }
}
