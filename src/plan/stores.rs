//! How outputs leave: through the caches, or past them.

use crate::plan::cache::CacheSizes;
use crate::request::StorePolicy;

/// The part of the last cache beyond which outputs are stored past the caches. A half would leave
/// more outputs of middling size in the cache for whoever reads them next, but to store them there
/// means to read their lines first: 2048 x 2048 took 2.9 ms instead of 2.2. (Slices that are small
/// in the second cache are not worth the fence behind each: 1000 of 64 x 64 took 5.6 ms instead of
/// 4.8.)
const STREAMED_SHARE: usize = 8;

/// Bytes of the smallest elements worth storing past the caches: a vector of narrower ones is a
/// quarter of a line or a half, and no sums are formed meanwhile. (The slice of 3000 x 5000 took a
/// sixth longer in u8 and u16, at sigma 1 up to a third; in i32 it takes up to a tenth less.)
const LEAST_STREAMED: usize = 4;

impl StorePolicy {
    /// For an output of so many bytes, in slices of so many and elements of so many.
    pub(crate) fn choose(output: usize, slice: usize, element: usize, caches: CacheSizes) -> Self {
        if element < LEAST_STREAMED {
            return Self::Cached;
        }
        let last = caches.last_of_one;
        let large = output > last / 2;
        let middling = output > last / STREAMED_SHARE && slice > caches.l2 / 2;
        if large || middling { Self::Streamed } else { Self::Cached }
    }
}
