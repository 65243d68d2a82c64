//! Where the rows of a panel come from: another array, the array that is filtered in place, or rows
//! of scratch.

use std::ops::Range;

use gausstack_kernels::{Arithmetic, Plane, PlaneMut, Prefetch};
use ndarray::{ArrayView3, ShapeBuilder};

use crate::array::planes::plane_of_sums;
use crate::plan::halo::Halo;

/// The ranges of columns that a panel reads: its own with their neighbours, and the far ends of a
/// wrapped axis.
pub(crate) type ColumnRanges = [Range<usize>; 3];

/// Rows and columns to read, numbered as in the slice.
pub(crate) trait Source {
    /// Calls `read` with planes that together hold `columns`, in order: each plane, and the
    /// columns' numbers in it.
    fn read(&self, columns: Range<usize>, read: impl FnMut(&Plane<'_>, Range<usize>));

    /// The mask of the slice, if there is one.
    fn mask(&self) -> Option<&Mask<'_>> {
        None
    }
}

/// The output of a panel, whose first row and column are those of the panel.
pub(crate) trait Target<'a> {
    fn output(&mut self) -> &mut PlaneMut<'a>;
}

impl<'a> Target<'a> for PlaneMut<'a> {
    fn output(&mut self) -> &mut PlaneMut<'a> {
        self
    }
}

/// Which samples of a slice are valid: bytes of 1 or 0.
#[derive(Clone, Debug)]
pub(crate) struct Mask<'a> {
    pub(crate) plane: Plane<'a>,
    /// Its columns are contiguous in memory, its rows are not.
    pub(crate) transposed: bool,
}

impl Source for Mask<'_> {
    fn read(&self, columns: Range<usize>, mut read: impl FnMut(&Plane<'_>, Range<usize>)) {
        read(&self.plane, columns);
    }
}

/// A panel that is filtered from one array into another.
pub(crate) struct Apart<'a> {
    /// The whole slice.
    pub(crate) source: Plane<'a>,
    pub(crate) mask: Option<Mask<'a>>,
    /// The panel.
    pub(crate) output: PlaneMut<'a>,
}

impl Source for Apart<'_> {
    fn read(&self, columns: Range<usize>, mut read: impl FnMut(&Plane<'_>, Range<usize>)) {
        read(&self.source, columns);
    }

    fn mask(&self) -> Option<&Mask<'_>> {
        self.mask.as_ref()
    }
}

impl<'a> Target<'a> for Apart<'a> {
    fn output(&mut self) -> &mut PlaneMut<'a> {
        &mut self.output
    }
}

/// A panel that is filtered in place, after those on its left and before those on its right.
pub(crate) struct InPlace<'a> {
    /// The panel, over all rows of the slice, and its columns in the slice.
    pub(crate) panel: PlaneMut<'a>,
    pub(crate) columns: Range<usize>,
    /// The columns on its left, saved before they were overwritten.
    pub(crate) before: Option<Plane<'a>>,
    /// The rest of the region on its right.
    pub(crate) after: Option<Plane<'a>>,
    /// The halo, saved before any region was written.
    pub(crate) saved: Option<Plane<'a>>,
    pub(crate) halo: Halo,
    pub(crate) mask: Option<Mask<'a>>,
}

impl InPlace<'_> {
    /// Calls `read` with as many columns from `columns.start` on as are in one place. Returns where
    /// they end.
    fn read_first(
        &self,
        columns: Range<usize>,
        read: &mut impl FnMut(&Plane<'_>, Range<usize>),
    ) -> usize {
        let first = columns.start;
        let width =
            |plane: &Option<Plane<'_>>| plane.as_ref().map_or(0, |plane| plane.extent().columns);
        let before = self.columns.start - width(&self.before)..self.columns.start;
        let after = self.columns.end..self.columns.end + width(&self.after);
        let reader = self.panel.reader();
        for (held, plane) in [
            (&self.columns, Some(&reader)),
            (&before, self.before.as_ref()),
            (&after, self.after.as_ref()),
        ] {
            if let Some(plane) = plane.filter(|_| held.contains(&first)) {
                let end = columns.end.min(held.end);
                read(plane, first - held.start..end - held.start);
                return end;
            }
        }
        let (stored, len) = self.halo.find(first);
        let end = columns.end.min(first + len);
        let saved = self.saved.as_ref().expect("a halo with columns was saved");
        read(saved, stored..stored + (end - first));
        end
    }
}

impl Source for InPlace<'_> {
    fn read(&self, columns: Range<usize>, mut read: impl FnMut(&Plane<'_>, Range<usize>)) {
        let mut first = columns.start;
        while first < columns.end {
            first = self.read_first(first..columns.end, &mut read);
        }
    }

    fn mask(&self) -> Option<&Mask<'_>> {
        self.mask.as_ref()
    }
}

impl<'a> Target<'a> for InPlace<'a> {
    fn output(&mut self) -> &mut PlaneMut<'a> {
        &mut self.panel
    }
}

/// Some of a slice's columns, held in rows of scratch.
pub(crate) struct Held<'a> {
    plane: Plane<'a>,
    /// The columns, in the order they are held.
    columns: &'a ColumnRanges,
}

impl<'a> Held<'a> {
    /// The rows that start in `values`, so many and `pitch` apart, of `inner` elements a column.
    pub(crate) fn new<A: Arithmetic>(
        values: &'a [A],
        (rows, pitch): (usize, usize),
        columns: &'a ColumnRanges,
        inner: usize,
    ) -> Self {
        let width = columns.iter().map(Range::len).sum();
        let shape = (rows, width, inner).strides((pitch, inner, 1));
        let view = ArrayView3::from_shape(shape, values).expect("held rows lie in their buffer");
        Self { plane: plane_of_sums(&view), columns }
    }
}

impl Source for Held<'_> {
    fn read(&self, columns: Range<usize>, mut read: impl FnMut(&Plane<'_>, Range<usize>)) {
        let mut start = 0;
        for held in self.columns {
            if held.start <= columns.start && columns.end <= held.end {
                let first = start + columns.start - held.start;
                return read(&self.plane, first..first + columns.len());
            }
            start += held.len();
        }
        panic!("the row pass reads columns {columns:?}, which are not held");
    }
}

/// How far ahead of the sums source rows are prefetched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lookahead {
    /// Rows of the slice.
    pub(crate) rows: usize,
    /// Rows of a band.
    pub(crate) lanes: usize,
    /// Bytes from the slice to the next, whose first rows follow its last.
    pub(crate) next_slice: Option<isize>,
}

impl Lookahead {
    /// The lines of a band of source rows that starts at row `first`.
    pub(crate) fn band(
        self,
        source: &impl Source,
        first: usize,
        columns: Range<usize>,
    ) -> Prefetch {
        let next = self.next_slice.filter(|_| first >= self.rows);
        let first = if next.is_some() { first - self.rows } else { first };
        let ahead = lines(source, self.rows_from(first), columns);
        ahead.shifted(next.unwrap_or(0))
    }

    /// The lines of a band of the mask, if there is one, within its slice.
    pub(crate) fn mask(
        self,
        source: &impl Source,
        first: usize,
        columns: Range<usize>,
    ) -> Prefetch {
        let mask = source.mask();
        mask.map_or(Prefetch::NONE, |mask| lines(mask, self.rows_from(first), columns))
    }

    fn rows_from(self, first: usize) -> Range<usize> {
        first..self.rows.min(first + self.lanes)
    }
}

/// The lines of some rows and columns of a source: if the columns lie in several planes, those in
/// the last.
pub(crate) fn lines(source: &impl Source, rows: Range<usize>, columns: Range<usize>) -> Prefetch {
    let mut lines = Prefetch::NONE;
    if !rows.is_empty() && !columns.is_empty() {
        source.read(columns, |plane, part| lines = Prefetch::of(plane, rows.clone(), part));
    }
    lines
}
