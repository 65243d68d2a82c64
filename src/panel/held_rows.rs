//! The row pass of rows that were column-filtered.

use std::ops::Range;

use gausstack_kernels::{Ahead, Arithmetic, Extent, Plane};
use ndarray::{ArrayView3, ShapeBuilder};

use crate::array::view::plane_of_sums;
use crate::panel::pixels::Source;
use crate::panel::row_pass::MOST_LANES;
use crate::panel::row_pass::RowPass;
use crate::panel::slice::Panel;
use crate::panel::slice::PanelFilter;
use crate::plan::layout::PassOrder;
use crate::run::scratch::Buffers;

/// Rows of scratch, of one term or two.
pub(crate) struct HeldRows<'h, A> {
    pub(crate) values: &'h [A],
    pub(crate) rows: usize,
    /// Elements from one row to the next.
    pub(crate) pitch: usize,
    /// Elements from a row of the first term to that of the second.
    pub(crate) second: usize,
    /// The columns of the slice that are held, in this order.
    pub(crate) columns: &'h [Range<usize>; 3],
}

/// Some of a slice's columns, held in scratch in this order.
struct Held<'a> {
    plane: Plane<'a>,
    columns: &'a [Range<usize>; 3],
}

impl Source for Held<'_> {
    fn source(&self, columns: Range<usize>, mut read: impl FnMut(&Plane<'_>, Range<usize>)) {
        let mut start = 0;
        for held in self.columns {
            if held.start <= columns.start && columns.end <= held.end {
                let first = start + columns.start - held.start;
                return read(&self.plane, first..first + columns.len());
            }
            start += held.len();
        }
        debug_assert!(false, "the row pass reads only columns that are held");
    }
}

impl<A: Arithmetic> Panel<'_, '_, A> {
    /// Row-filters a band of held rows, of each term; those of the first go to `offsets`. `ahead` tells what to prefetch
    /// meanwhile.
    pub(crate) fn row_pass_of_held(
        &self,
        held: &HeldRows<'_, A>,
        band: Range<usize>,
        offsets: &[usize],
        ahead: impl Fn(Range<usize>, Range<usize>) -> Ahead,
        buffers: &mut Buffers<A>,
    ) {
        let HeldRows { values, rows, pitch, second, columns } = *held;
        let width = columns.iter().map(Range::len).sum();
        let shape = (rows, width, self.inner).strides((pitch, self.inner, 1));
        let PanelFilter { kernels, along_columns, also, cval, tiling, extent, .. } = *self.filter;
        let Some(window) = self.column_window else { return };
        let first = along_columns.map(|filter| (filter, cval, 0, 0));
        let also = also.and_then(|also| also.along_columns);
        let also = also.map(|filter| (filter, self.filter.second_cval(), second, tiling.second));
        for (number, (filter, cval, from, to)) in first.into_iter().chain(also).enumerate() {
            let view = values.get(from..).and_then(|all| ArrayView3::from_shape(shape, all).ok());
            let Some(view) = view else { return };
            let source = Held { plane: plane_of_sums(&view), columns };
            let panel_filter = PanelFilter {
                kernels: kernels.reading(A::TYPE).expect("an arithmetic holds its own numbers"),
                along_columns: Some(filter),
                along_rows: None,
                also: None,
                parting: None,
                order: PassOrder::RowPassFirst,
                cval,
                extent: Extent { rows, ..extent },
                source_turned: false,
                next_slice: None,
                ..self.filter.clone()
            };
            let places = &mut [0; MOST_LANES][..offsets.len()];
            for (place, offset) in places.iter_mut().zip(offsets) {
                *place = offset + to;
            }
            if self.filter.also.is_some() {
                // Both terms go through the same columns.
                self.fill_constant_column(cval, 0, buffers);
            }
            let pass = RowPass { filter, window, band: band.clone(), offsets: places };
            let panel = Panel { filter: &panel_filter, ..*self };
            let soon = |band, columns| if number == 0 { ahead(band, columns) } else { Ahead::NONE };
            panel.row_pass(&pass, &source, soon, buffers);
        }
    }
}
