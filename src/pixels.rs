//! Where a panel's pixels come from and go to: two arrays, or one.

use std::ops::Range;

use gausstack_kernels::{Plane, PlaneMut};

/// The two ends of a panel's work. Rows and columns of the source are counted in the slice.
pub(crate) trait Pixels<In, Out> {
    /// Calls `read` with planes that together hold `columns`, in order: the plane, and the columns'
    /// numbers in it.
    fn source(&self, columns: Range<usize>, read: impl FnMut(&Plane<'_, In>, Range<usize>));

    /// Calls `write` with the panel's output, whose first row and column are those of the panel.
    fn output(&mut self, write: impl FnOnce(&mut PlaneMut<'_, Out>));
}

/// Input and output are different arrays.
pub(crate) struct Apart<'a, In, Out> {
    /// The whole slice.
    pub(crate) source: Plane<'a, In>,
    /// The panel.
    pub(crate) output: PlaneMut<'a, Out>,
}

impl<In, Out> Pixels<In, Out> for Apart<'_, In, Out> {
    fn source(&self, columns: Range<usize>, mut read: impl FnMut(&Plane<'_, In>, Range<usize>)) {
        read(&self.source, columns);
    }

    fn output(&mut self, write: impl FnOnce(&mut PlaneMut<'_, Out>)) {
        write(&mut self.output);
    }
}

/// A panel that is filtered in place. Columns outside it were saved before any panel was written.
pub(crate) struct InPlace<'a, T> {
    /// The panel, over all rows of the slice.
    pub(crate) panel: PlaneMut<'a, T>,
    /// Its columns in the slice.
    pub(crate) columns: Range<usize>,
    /// The saved columns of the slice.
    pub(crate) edges: Option<Plane<'a, T>>,
    pub(crate) strips: Strips,
}

impl<T> Pixels<T, T> for InPlace<'_, T> {
    fn source(&self, columns: Range<usize>, mut read: impl FnMut(&Plane<'_, T>, Range<usize>)) {
        let mut start = columns.start;
        while start < columns.end {
            if self.columns.contains(&start) {
                let end = columns.end.min(self.columns.end);
                let first = self.columns.start;
                read(&self.panel.reader(), start - first..end - first);
                start = end;
            } else {
                let limit =
                    if start < self.columns.start { self.columns.start } else { usize::MAX };
                let (saved, len) = self.strips.find(start);
                let end = columns.end.min(limit).min(start + len);
                if let Some(edges) = &self.edges {
                    read(edges, saved..saved + (end - start));
                }
                start = end;
            }
        }
    }

    fn output(&mut self, write: impl FnOnce(&mut PlaneMut<'_, T>)) {
        write(&mut self.panel);
    }
}

/// Which columns of a slice are saved, and where: `radius` to both sides of each boundary between
/// panels, and the two ends where the axis wraps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strips {
    pub(crate) columns: usize,
    pub(crate) panel: usize,
    pub(crate) radius: usize,
    pub(crate) wraps: bool,
}

impl Strips {
    /// The saved ranges of columns in the order they are stored.
    pub(crate) fn ranges(self) -> impl Iterator<Item = Range<usize>> {
        let boundaries = (self.panel..self.columns)
            .step_by(self.panel)
            .flat_map(move |b| [b - self.radius..b, b..(b + self.radius).min(self.columns)]);
        let ends = [0..self.radius, self.columns - self.radius..self.columns];
        boundaries.chain(ends.into_iter().filter(move |_| self.wraps))
    }

    /// Where a saved column is stored, and how many follow it there.
    fn find(self, column: usize) -> (usize, usize) {
        let mut saved = 0;
        for range in self.ranges() {
            if range.contains(&column) {
                return (saved + (column - range.start), range.end - column);
            }
            saved += range.len();
        }
        debug_assert!(false, "every column that a window reads outside its panel is in a strip");
        (0, 1)
    }
}
