//! Memory for elements of any type: whole words, aligned for each of them.

/// Memory for elements of any type.
pub(crate) type Words = [u64];

/// The number of words that hold so many elements of a size in bytes.
pub(crate) fn words(elements: usize, size: usize) -> usize {
    elements.saturating_mul(size).div_ceil(size_of::<u64>())
}
