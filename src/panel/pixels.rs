//! Where a panel's pixels come from and go to: two arrays, or one.

use std::ops::Range;

use gausstack_kernels::{Plane, PlaneMut};

/// Where pixels come from. Rows and columns are counted in the slice.
pub(crate) trait Source {
    /// Calls `read` with planes that together hold `columns`, in order: the plane, and the columns'
    /// numbers in it.
    fn source(&self, columns: Range<usize>, read: impl FnMut(&Plane<'_>, Range<usize>));

    /// The mask of the slice, where one was handed in.
    fn mask(&self) -> Option<&Mask<'_>> {
        None
    }
}

impl Source for Plane<'_> {
    fn source(&self, columns: Range<usize>, mut read: impl FnMut(&Plane<'_>, Range<usize>)) {
        read(self, columns);
    }
}

/// Which samples of a slice are valid: bytes that are 1 or 0.
#[derive(Clone, Debug)]
pub(crate) struct Mask<'a> {
    pub(crate) plane: Plane<'a>,
    /// Its columns lie in memory one after the other, its rows do not.
    pub(crate) turned: bool,
}

/// The two ends of a panel's work.
pub(crate) trait Pixels: Source {
    /// Calls `write` with the panel's output, whose first row and column are those of the panel.
    fn output<R>(&mut self, write: impl FnOnce(&mut PlaneMut<'_>) -> R) -> R;
}

/// Input and output are different arrays.
pub(crate) struct Apart<'a> {
    /// The whole slice.
    pub(crate) source: Plane<'a>,
    pub(crate) mask: Option<Mask<'a>>,
    /// The panel.
    pub(crate) output: PlaneMut<'a>,
}

impl Source for Apart<'_> {
    fn source(&self, columns: Range<usize>, mut read: impl FnMut(&Plane<'_>, Range<usize>)) {
        read(&self.source, columns);
    }

    fn mask(&self) -> Option<&Mask<'_>> {
        self.mask.as_ref()
    }
}

impl Pixels for Apart<'_> {
    fn output<R>(&mut self, write: impl FnOnce(&mut PlaneMut<'_>) -> R) -> R {
        write(&mut self.output)
    }
}

/// A panel that is filtered in place, after those on its left and before those on its right.
pub(crate) struct InPlace<'a> {
    /// The panel, over all rows of the slice, and its columns in the slice.
    pub(crate) panel: PlaneMut<'a>,
    pub(crate) columns: Range<usize>,
    /// What was on its left, saved before it was overwritten.
    pub(crate) before: Option<Plane<'a>>,
    /// The rest of the region on its right.
    pub(crate) after: Option<Plane<'a>>,
    /// What was saved before any region was written.
    pub(crate) edges: Option<Plane<'a>>,
    pub(crate) mask: Option<Mask<'a>>,
    pub(crate) strips: Strips,
}

impl InPlace<'_> {
    /// Calls `read` with as many columns from `columns.start` on as are in one place.
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
        let (saved, len) = self.strips.find(first);
        let end = columns.end.min(first + len);
        if let Some(edges) = &self.edges {
            read(edges, saved..saved + (end - first));
        }
        end
    }
}

impl Source for InPlace<'_> {
    fn source(&self, columns: Range<usize>, mut read: impl FnMut(&Plane<'_>, Range<usize>)) {
        let mut first = columns.start;
        while first < columns.end {
            first = self.read_first(first..columns.end, &mut read);
        }
    }

    fn mask(&self) -> Option<&Mask<'_>> {
        self.mask.as_ref()
    }
}

impl Pixels for InPlace<'_> {
    fn output<R>(&mut self, write: impl FnOnce(&mut PlaneMut<'_>) -> R) -> R {
        write(&mut self.panel)
    }
}

/// Which columns of a slice are saved before it is filtered in place, and where: `radius` to both sides
/// of each boundary between regions, and the two ends where the axis wraps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strips {
    pub(crate) columns: usize,
    pub(crate) region: usize,
    pub(crate) radius: usize,
    pub(crate) wraps: bool,
}

impl Strips {
    /// The saved ranges of columns in the order they are stored.
    pub(crate) fn ranges(self) -> impl Iterator<Item = Range<usize>> {
        let Self { columns, region, radius, wraps } = self;
        let boundaries = (1..columns.div_ceil(region.max(1)))
            .map(move |i| i * region)
            .flat_map(move |b| [b.saturating_sub(radius)..b, b..(b + radius).min(columns)]);
        let ends = [0..radius.min(columns), columns.saturating_sub(radius)..columns];
        boundaries.chain(ends.into_iter().filter(move |_| wraps))
    }

    /// Columns saved.
    pub(crate) fn len(self) -> usize {
        self.ranges().map(|range| range.len()).sum()
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
        debug_assert!(false, "every column that a window reads outside its region is in a strip");
        (0, 1)
    }
}
