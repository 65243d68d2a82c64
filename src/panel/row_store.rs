//! Row-filtered rows of scratch to the output.

use std::ops::Range;

use gausstack_kernels::{Arithmetic, Kernels, Prefetch};

use crate::panel::join::join_rows;
use crate::panel::source::Target;
use crate::plan::axis_filter::Join;
use crate::plan::sizes::Rows;
use crate::plan::window::Window;

/// Stores rows that no column pass comes after.
pub(crate) struct RowStore<'p, A> {
    pub(crate) kernels: &'p Kernels<A>,
    /// How two terms are joined before they are stored; `None` if there is one.
    pub(crate) join: Option<Join>,
    pub(crate) rows: Rows,
    /// Columns of the panel.
    pub(crate) columns: usize,
    pub(crate) inner: usize,
    /// The output leaves past the caches.
    pub(crate) streaming: bool,
}

impl<A: Arithmetic> RowStore<'_, A> {
    /// Stores consecutive rows in `values` as rows of the panel.
    pub(crate) fn store<'a>(
        &self,
        values: &mut [A],
        rows: Range<usize>,
        target: &mut impl Target<'a>,
    ) {
        let (kernels, columns) = (self.kernels, 0..self.columns);
        if let Some(join) = self.join {
            let len = (self.columns * self.inner).next_multiple_of(kernels.lanes());
            join_rows(join, kernels, values, self.rows, (rows.len(), len));
        }
        kernels.store(values, self.rows.pitch, target.output(), rows, columns, self.streaming);
    }

    /// Stores a group of rows from a ring of rows.
    pub(crate) fn store_ring<'a>(
        &self,
        group: Range<usize>,
        window: &Window,
        ring: &mut [A],
        target: &mut impl Target<'a>,
    ) {
        let top = window.outputs.start;
        let mut first = group.start;
        while first < group.end {
            let run = first..group.end.min(first + window.run(first));
            let values = &mut ring[window.slot(first) * self.rows.pitch..];
            self.store(values, run.start - top..run.end - top, target);
            first = run.end;
        }
    }

    /// Prefetches the lines at both ends of rows that leave past the caches: they are written in
    /// parts.
    pub(crate) fn prefetch_ends<'a>(&self, rows: Range<usize>, target: &mut impl Target<'a>) {
        if !self.streaming {
            return;
        }
        let plane = target.output().reader();
        for column in [0, self.columns - 1] {
            Prefetch::down(&plane, rows.clone(), column).issue();
        }
    }
}
