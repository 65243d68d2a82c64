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

use gausstack_kernels::{Ahead, Arithmetic, InRows, OutRows};

use crate::panel::held_rows::HeldRows;
use crate::panel::pixels::Pixels;
use crate::panel::row_pass::MOST_LANES;
use crate::panel::slice::Panel;
use crate::panel::slice::PanelFilter;
use crate::plan::axis_filter::AxisFilter;
use crate::run::scratch::Buffers;

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
        let PanelFilter { kernels, tiling, along_rows, also, .. } = *self.filter;
        let columns = self.held_columns();
        let width = columns.iter().map(Range::len).sum::<usize>();
        let rows = group.len();
        let out_rows = group.start - self.region.rows.start..group.end - self.region.rows.start;
        let first = along_rows.map(|filter| (filter, 0, 0));
        let second = also.and_then(|also| also.along_rows);
        let second = second.map(|filter| (filter, tiling.second_raw, tiling.second_between));
        for (filter, from, to) in first.into_iter().chain(second) {
            self.column_pass(filter, out_rows.clone(), width, (from, to), buffers);
        }
        // Lent out while the rest of the buffers is at work.
        let between = std::mem::take(&mut buffers.between);
        let held = HeldRows {
            values: &between,
            rows,
            pitch: tiling.between_pitch,
            second: tiling.second_between,
            columns: &columns,
        };
        let lanes = kernels.lanes();
        for first in (0..rows).step_by(lanes) {
            let band = first..rows.min(first + lanes);
            let place = out_rows.start + band.start..out_rows.start + band.end;
            if self.filter.streaming {
                // The lines at both ends are written in parts.
                pixels.output(|plane| {
                    for column in [0, self.region.columns.len() - 1] {
                        Ahead::down(&plane.reader(), place.clone(), column).ask();
                    }
                });
            }
            let ahead =
                |band: Range<usize>, columns| self.below(&*pixels, next + band.start, columns);
            let offsets = &mut [0; MOST_LANES][..band.len()];
            for (lane, offset) in offsets.iter_mut().enumerate() {
                *offset = lane * tiling.pitch;
            }
            self.row_pass_of_held(&held, band, offsets, ahead, buffers);
            self.combine_rows(&mut buffers.rows, place.len());
            let finished = &buffers.rows;
            pixels.output(|plane| {
                let all = 0..self.region.columns.len();
                kernels.egress(finished, tiling.pitch, plane, place, all, self.filter.streaming);
            });
        }
        buffers.between = between;
    }

    /// Column-filters rows of the ring over its whole width, those that start so many elements behind its rows, to as many
    /// behind the rows between the passes.
    fn column_pass(
        &self,
        filter: &AxisFilter<A>,
        rows: Range<usize>,
        width: usize,
        (from, to): (usize, usize),
        buffers: &mut Buffers<A>,
    ) {
        let PanelFilter { kernels, tiling, .. } = *self.filter;
        let Buffers { raw, row_table: table, between, .. } = buffers;
        let pitch = tiling.between_pitch;
        for first in (0..width).step_by(tiling.strip) {
            let strip = first..width.min(first + tiling.strip);
            let (start, len) = (first * self.inner, strip.len() * self.inner);
            let source = InRows {
                values: &raw[from + start..],
                table,
                rows: rows.clone(),
                width: len.next_multiple_of(kernels.lanes()),
            };
            let target = OutRows { values: &mut between[to + start..], pitch };
            kernels.fir(filter.taps(), &source, target, Ahead::NONE);
            if kernels.rounds_between() {
                for row in 0..rows.len() {
                    let start = to + start + row * pitch;
                    kernels.between(&mut between[start..start + len]);
                }
            }
        }
    }
}
