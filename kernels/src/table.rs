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
    /// Every offset is a multiple of this.
    unit: usize,
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
        Ok(Self { offsets, furthest: 0, unit: 0 })
    }

    /// Replaces all entries.
    pub fn fill(&mut self, offsets: impl IntoIterator<Item = usize>) {
        self.fill_rows(1, offsets);
    }

    /// Replaces all entries by rows that are `pitch` elements apart, given by their numbers.
    ///
    /// # Panics
    /// When an offset exceeds `usize`.
    pub fn fill_rows(&mut self, pitch: usize, numbers: impl IntoIterator<Item = usize>) {
        // Should the iterator panic, the table refers to a row that no slice has.
        self.furthest = usize::MAX;
        self.offsets.clear();
        let offset = |row: usize| row.checked_mul(pitch).expect("rows of one buffer");
        self.offsets.extend(numbers.into_iter().map(offset));
        self.unit = pitch;
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

    /// Whether every entry is the offset of one of the first `rows` rows that are `pitch` elements
    /// apart.
    pub(crate) fn is_of(&self, rows: usize, pitch: isize) -> bool {
        let last = rows.checked_sub(1).and_then(|last| last.checked_mul(self.unit));
        usize::try_from(pitch) == Ok(self.unit) && last.is_some_and(|last| self.furthest <= last)
    }

    pub(crate) fn offsets(&self) -> &[usize] {
        &self.offsets
    }
}
