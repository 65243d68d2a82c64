//! Tables of row offsets.

use crate::buffer::ReserveError;

/// Offsets of rows in a buffer, in elements, with the largest of them.
///
/// The FIR reads its input rows through a table. The largest offset makes the check that all rows
/// lie in the buffer one comparison: comparing every entry in each call took a tenth of the whole
/// filter.
///
/// ```
/// use gausstack_kernels::RowTable;
///
/// let mut table = RowTable::with_capacity(3)?;
/// table.fill([32, 64, 0]);
/// assert_eq!((table.len(), table.furthest()), (3, 64));
/// # Ok::<(), gausstack_kernels::ReserveError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct RowTable {
    offsets: Vec<usize>,
    furthest: usize,
}

impl RowTable {
    /// An empty table with room for `len` rows.
    ///
    /// # Errors
    /// [`ReserveError`] when the memory cannot be reserved.
    pub fn with_capacity(len: usize) -> Result<Self, ReserveError> {
        let mut offsets = Vec::new();
        let bytes = len.saturating_mul(size_of::<usize>());
        offsets.try_reserve_exact(len).map_err(|_| ReserveError { bytes })?;
        Ok(Self { offsets, furthest: 0 })
    }

    /// Replaces all entries.
    pub fn fill(&mut self, offsets: impl IntoIterator<Item = usize>) {
        // Should the iterator panic, the table refers to a row that no slice has.
        self.furthest = usize::MAX;
        self.offsets.clear();
        self.offsets.extend(offsets);
        self.furthest = self.offsets.iter().copied().max().unwrap_or(0);
    }

    /// The number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offsets.len()
    }

    /// Whether the table has no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    /// The largest offset, 0 without entries.
    #[must_use]
    pub fn furthest(&self) -> usize {
        self.furthest
    }

    pub(crate) fn offsets(&self) -> &[usize] {
        &self.offsets
    }
}
