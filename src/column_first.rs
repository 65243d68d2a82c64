//! The column pass first: what remains to be done once it has its ring of source rows.
//!
//! ```text
//! source --ingest--> rows --fir--> strip --egress--> rows between --row pass--> band --egress--> output
//!                 (ring of        (column pass)     (of the output's
//!                  source rows)                      element type)
//! ```
//!
//! A group of rows is column-filtered over all columns that the row pass needs, which is a radius more to
//! both sides than it makes. Both passes run along the memory's own axes, so that neither reads nor
//! writes with a stride. (To see the image transposed and start with the row pass costs nothing extra in
//! arithmetic, but reads and writes one vector per row of the image: 2048 x 2048 of f64 took 1.7 times as long.)
//!
//! Where sums are of the output's type, they go to the rows between without a strip.

use std::any::Any;
use std::ops::Range;

use gausstack_kernels::{Ahead, Arithmetic, Element, Extent, InRows, OutRows, Plane};
use ndarray::{ArrayView3, ArrayViewMut3, ShapeBuilder};

use crate::bridge::{plane, plane_mut};
use crate::layout::PassOrder;
use crate::pixels::{Pixels, Source};
use crate::scratch::{Buffers, WorkerScratch};
use crate::slice::{Panel, PanelFilter};

/// Column-filtered rows: some of a slice's columns, in the order of the ring.
struct Between<'a, T> {
    plane: Plane<'a, T>,
    columns: [Range<usize>; 3],
}

impl<T> Source<T> for Between<'_, T> {
    fn source(&self, columns: Range<usize>, mut read: impl FnMut(&Plane<'_, T>, Range<usize>)) {
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

impl<In: Element, A: Arithmetic, Out: Element> Panel<'_, '_, In, A, Out> {
    /// Column-filters a group of output rows, then row-filters it. Meanwhile the source rows from `next` on
    /// are asked for.
    pub(crate) fn emit_row_pass(
        &self,
        group: Range<usize>,
        next: usize,
        pixels: &mut impl Pixels<In, Out>,
        scratch: &mut WorkerScratch<A, Out>,
    ) {
        let PanelFilter { kernels, tiling, along_columns, .. } = *self.filter;
        let columns = self.ring_columns();
        let width = columns.iter().map(Range::len).sum::<usize>();
        let (rows, inner) = (group.len(), self.inner);
        let out_rows = group.start - self.region.rows.start..group.end - self.region.rows.start;
        self.column_pass(out_rows.clone(), width, scratch);
        let shape = (rows, width, inner).strides((tiling.between_pitch, inner, 1));
        let Ok(view) = ArrayView3::from_shape(shape, &scratch.between) else { return };
        let source = Between { plane: plane(&view), columns };
        let filter = PanelFilter {
            kernels: kernels.following(),
            along_columns,
            along_rows: None,
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
        let panel = Panel { filter: &filter, region, inner, column_window, row_window };
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
            panel.band(band, |lane| lane, &source, ahead, &mut scratch.buffers);
            let finished = &scratch.buffers.rows;
            pixels.output(|plane| {
                let all = 0..self.region.columns.len();
                kernels.egress(finished, tiling.pitch, plane, place, all, filter.streaming);
            });
        }
    }

    /// Column-filters rows of the ring over its whole width.
    fn column_pass(&self, rows: Range<usize>, width: usize, scratch: &mut WorkerScratch<A, Out>) {
        let PanelFilter { kernels, tiling, .. } = *self.filter;
        let Some(filter) = self.filter.along_rows else { return };
        let WorkerScratch { buffers, between, .. } = scratch;
        let Buffers { raw, row_table: table, strips: [sums, _], .. } = buffers;
        let height = rows.len();
        let source = |columns: Range<usize>| InRows {
            values: &raw[columns.start * self.inner..],
            table,
            rows: rows.clone(),
            width: (columns.len() * self.inner).next_multiple_of(kernels.lanes()),
        };
        let strips =
            (0..width).step_by(tiling.strip).map(|first| first..width.min(first + tiling.strip));
        let same: &mut dyn Any = between;
        if let Some(between) = same.downcast_mut::<Vec<A>>() {
            // Sums are stored as they are.
            for strip in strips {
                let values = &mut between[strip.start * self.inner..];
                let target = OutRows { values, pitch: tiling.between_pitch };
                kernels.fir(filter.taps(), &source(strip), target, Ahead::NONE);
            }
            return;
        }
        let shape = (height, width, self.inner).strides((tiling.between_pitch, self.inner, 1));
        let Ok(view) = ArrayViewMut3::from_shape(shape, between) else { return };
        let mut plane = plane_mut(view);
        for strip in strips {
            let target = OutRows { values: sums, pitch: tiling.strip_pitch };
            kernels.fir(filter.taps(), &source(strip.clone()), target, Ahead::NONE);
            kernels.egress(sums, tiling.strip_pitch, &mut plane, 0..height, strip, false);
        }
    }
}
