//! The column pass first: what remains to be done once it has its ring of source rows.
//!
//! ```text
//! source --ingest--> rows --fir--> rows between --row pass--> band --egress--> output
//!                 (ring of      (column pass, rounded
//!                  source rows)  as the output would)
//! ```
//!
//! A group of rows is column-filtered over all columns that the row pass needs, which is a radius more to
//! both sides than it makes. Both passes run along the memory's own axes, so that neither reads nor
//! writes with a stride. (To see the image transposed and start with the row pass costs nothing extra in
//! arithmetic, but reads and writes one vector per row of the image: 2048 x 2048 of f64 took 1.7 times as long.)

use std::ops::Range;

use gausstack_kernels::{Ahead, Arithmetic, Extent, InRows, OutRows, Plane};
use ndarray::{ArrayView3, ShapeBuilder};

use crate::bridge::plane_of_sums;
use crate::layout::PassOrder;
use crate::pixels::{Pixels, Source};
use crate::scratch::Buffers;
use crate::slice::{AxisFilter, Panel, PanelFilter};

/// Column-filtered rows: some of a slice's columns, in the order of the ring.
struct Between<'a> {
    plane: Plane<'a>,
    columns: [Range<usize>; 3],
}

impl Source for Between<'_> {
    fn source(&self, columns: Range<usize>, mut read: impl FnMut(&Plane<'_>, Range<usize>)) {
        let mut start = 0;
        for held in &self.columns {
            if held.start <= columns.start && columns.end <= held.end {
                let first = start + columns.start - held.start;
                return read(&self.plane, first..first + columns.len());
            }
            start += held.len();
        }
        debug_assert!(false, "the row pass reads only columns that the ring holds");
    }
}

impl<A: Arithmetic> Panel<'_, '_, A> {
    /// Column-filters a group of output rows, then row-filters it. Meanwhile the source rows from `next` on
    /// are asked for.
    pub(crate) fn emit_row_pass(
        &self,
        group: Range<usize>,
        next: usize,
        pixels: &mut impl Pixels,
        buffers: &mut Buffers<A>,
    ) {
        let PanelFilter { kernels, tiling, along_columns, along_rows, also, .. } = *self.filter;
        let columns = self.ring_columns();
        let width = columns.iter().map(Range::len).sum::<usize>();
        let (rows, inner) = (group.len(), self.inner);
        let out_rows = group.start - self.region.rows.start..group.end - self.region.rows.start;
        let also_along_rows = also.map(|also| (also.along_rows, tiling.second_between));
        for (filter, second) in
            along_rows.map(|filter| (filter, 0)).into_iter().chain(also_along_rows)
        {
            self.column_pass(filter, out_rows.clone(), width, second, buffers);
        }
        // Lent out while the rest of the buffers is at work.
        let between = std::mem::take(&mut buffers.between);
        let shape = (rows, width, inner).strides((tiling.between_pitch, inner, 1));
        let view = |second: usize| ArrayView3::from_shape(shape, between.get(second..)?).ok();
        let (Some(first_view), Some(second_view)) = (view(0), view(tiling.second_between)) else {
            return;
        };
        let held = |view| Between { plane: plane_of_sums(view), columns: columns.clone() };
        let sources = [held(&first_view), held(&second_view)];
        let filter = PanelFilter {
            kernels: kernels.finishing(),
            along_columns,
            along_rows: None,
            also: None,
            order: PassOrder::RowPassFirst,
            cval: self.filter.cval,
            step: self.filter.step,
            extent: Extent { rows, ..self.filter.extent },
            tiling,
            source_turned: false,
            next_slice: None,
            streaming: self.filter.streaming,
        };
        let Self { region, column_window, row_window, .. } = *self;
        let panel = |filter| Panel { filter, region, inner, column_window, row_window };
        let second_filter = also.map(|also| {
            let along_columns = Some(also.along_columns);
            (PanelFilter { along_columns, ..filter.clone() }, also.combine)
        });
        let lanes = kernels.lanes();
        for first in (0..rows).step_by(lanes) {
            let band = first..rows.min(first + lanes);
            let place = out_rows.start + band.start..out_rows.start + band.end;
            if filter.streaming {
                // The lines at both ends are written in parts.
                pixels.output(|plane| {
                    for column in [0, self.region.columns.len() - 1] {
                        Ahead::down(&plane.reader(), place.clone(), column).ask();
                    }
                });
            }
            let ahead =
                |band: Range<usize>, columns| self.below(&*pixels, next + band.start, columns);
            let [first, second] = &sources;
            panel(&filter).band(band.clone(), |lane| lane, 0, first, ahead, buffers);
            if let Some((filter, combine)) = &second_filter {
                let nothing = |_, _| Ahead::NONE;
                panel(filter).band(band, |lane| lane, tiling.second, second, nothing, buffers);
                let len = (self.region.columns.len() * inner).next_multiple_of(lanes);
                for row in buffers.rows.chunks_mut(tiling.pitch).take(place.len()) {
                    let (first, second) = row.split_at_mut(tiling.second);
                    kernels.combine(*combine, &mut first[..len], &second[..len]);
                }
            }
            let finished = &buffers.rows;
            pixels.output(|plane| {
                let all = 0..self.region.columns.len();
                kernels.egress(finished, tiling.pitch, plane, place, all, filter.streaming);
            });
        }
        buffers.between = between;
    }

    /// Column-filters rows of the ring over its whole width, to `second` elements from where rows between the passes start.
    fn column_pass(
        &self,
        filter: &AxisFilter<A>,
        rows: Range<usize>,
        width: usize,
        second: usize,
        buffers: &mut Buffers<A>,
    ) {
        let PanelFilter { kernels, tiling, .. } = *self.filter;
        let Buffers { raw, row_table: table, between, .. } = buffers;
        let pitch = tiling.between_pitch;
        for first in (0..width).step_by(tiling.strip) {
            let strip = first..width.min(first + tiling.strip);
            let (start, len) = (first * self.inner, strip.len() * self.inner);
            let source = InRows {
                values: &raw[start..],
                table,
                rows: rows.clone(),
                width: len.next_multiple_of(kernels.lanes()),
            };
            let target = OutRows { values: &mut between[second + start..], pitch };
            kernels.fir(filter.taps(), &source, target, Ahead::NONE);
            if kernels.rounds_between() {
                for row in 0..rows.len() {
                    let start = second + start + row * pitch;
                    kernels.between(&mut between[start..start + len]);
                }
            }
        }
    }
}
