//! The column pass first: groups of its rows are held in scratch, for the row pass that follows.

use std::ops::Range;

use gausstack_kernels::{
    Arithmetic, InRows, Leaving, OutRows, PlaneRows, Prefetch, RowTable, Traffic,
};

use crate::panel::column_pass::ColumnPass;
use crate::panel::source::{ColumnRanges, Source};
use crate::plan::sizes::Rows;

/// Where a group of column-filtered rows is held.
pub(crate) struct Hold<'h, A> {
    pub(crate) values: &'h mut [A],
    pub(crate) rows: Rows,
}

impl<A: Arithmetic> ColumnPass<'_, A> {
    /// Makes a group of rows over `width` columns of the ring.
    pub(crate) fn hold(
        &self,
        group: Range<usize>,
        (ring, width): (&[A], usize),
        Hold { values, rows: held }: Hold<'_, A>,
        table: &RowTable,
        leaving: &mut Leaving<'_, A>,
    ) {
        let (kernels, rows) = (self.kernels, self.place(group));
        for (number, term) in self.filters.iter() {
            let ring = &ring[self.ring.start(number)..];
            for first in (0..width).step_by(self.strip_columns) {
                let len = self.strip_columns.min(width - first) * self.inner;
                let values = &mut values[held.start(number) + first * self.inner..];
                let source = InRows {
                    values: &ring[first * self.inner..],
                    table,
                    rows: rows.clone(),
                    width: len.next_multiple_of(kernels.lanes()),
                };
                let sums = OutRows { values: &mut *values, pitch: held.pitch };
                let traffic = Traffic::new(Prefetch::NONE, &mut *leaving);
                kernels.fir(term.filter.taps(), &source, sums, traffic);
                let starts = (0..rows.len()).map(|row| row * held.pitch);
                term.finish(kernels, values, (starts, len), true);
            }
        }
    }

    /// Makes a group of rows from rows of the source as they lie there.
    pub(crate) fn hold_of_source(
        &self,
        group: Range<usize>,
        (source, columns): (&impl Source, &ColumnRanges),
        Hold { values, rows: held }: Hold<'_, A>,
        table: &RowTable,
        leaving: &mut Leaving<'_, A>,
    ) {
        let (kernels, rows) = (self.kernels, self.place(group));
        let lanes = kernels.lanes();
        for (number, term) in self.filters.iter() {
            let mut start = held.start(number);
            for columns in columns.iter().filter(|columns| !columns.is_empty()) {
                source.read(columns.clone(), |plane, part| {
                    for columns in strips_of_vectors(part.clone(), self.strip_columns, lanes) {
                        let len = columns.len();
                        let values = &mut values[start + columns.start - part.start..];
                        let rows = rows.clone();
                        let height = rows.len();
                        let source = PlaneRows { plane: *plane, table, rows, columns };
                        let sums = OutRows { values: &mut *values, pitch: held.pitch };
                        let traffic = Traffic::new(Prefetch::NONE, &mut *leaving);
                        kernels.fir_of_plane(term.filter.taps(), source, sums, traffic);
                        let starts = (0..height).map(|row| row * held.pitch);
                        term.finish(kernels, values, (starts, len), true);
                    }
                    start += part.len();
                });
            }
        }
    }
}

/// Strips of about `strip` columns that cover columns by whole vectors of `lanes`, of which there
/// is one at least. None reaches beyond the columns: the last vector may have some of them again.
fn strips_of_vectors(
    columns: Range<usize>,
    strip: usize,
    lanes: usize,
) -> impl Iterator<Item = Range<usize>> {
    let (all, strip) = (columns.end, strip.next_multiple_of(lanes));
    columns.step_by(strip).flat_map(move |first| {
        let end = all.min(first + strip);
        let whole = end - (end - first) % lanes;
        let last = if whole < end { end - lanes..end } else { end..end };
        [first..whole, last].into_iter().filter(|columns| !columns.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whole vectors from the first column to the last, and none beyond.
    #[test]
    fn strips_cover_their_columns() {
        for lanes in [1, 2, 4, 8, 16] {
            for (strip, first, len) in (1..40).flat_map(|strip| {
                (0..3).flat_map(move |first| (lanes..70).map(move |len| (strip, first, len)))
            }) {
                let columns = first..first + len;
                let mut end = columns.start;
                for part in strips_of_vectors(columns.clone(), strip, lanes) {
                    assert!(part.len().is_multiple_of(lanes) && !part.is_empty());
                    assert!((columns.start..=end).contains(&part.start), "{columns:?}: {part:?}");
                    assert!(part.end > end, "{columns:?}: {part:?}");
                    end = part.end;
                }
                assert_eq!(end, columns.end, "strips of {strip}, {lanes} lanes");
            }
        }
    }
}
