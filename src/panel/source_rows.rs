//! Source rows to scratch as they are, or parted into numbers and their validity.

use std::ops::Range;

use gausstack_kernels::{Arithmetic, Kernels};

use crate::panel::pixels::Mask;
use crate::panel::pixels::Source;
use crate::panel::slice::Panel;
use crate::panel::slice::PanelFilter;

/// What brings rows of an array to scratch.
struct Bringer<'b, A> {
    kernels: Kernels<A>,
    /// The columns that are brought, in order.
    columns: &'b [Range<usize>; 3],
    inner: usize,
    /// Columns of a piece.
    chunk: usize,
}

impl<A: Arithmetic> Panel<'_, '_, A> {
    /// The columns that rows of scratch hold before any pass, in order: those of the panel, and if there is a row pass all that
    /// it needs.
    pub(crate) fn held_columns(&self) -> [Range<usize>; 3] {
        self.column_window.map_or([self.region.columns.clone(), 0..0, 0..0], |window| {
            let [before, after] = window.pinned.clone();
            [window.stream.clone(), before, after]
        })
    }

    /// Brings a band of rows to `offsets` in `rows`. Where samples may be missing, numbers are brought there, and their validity
    /// `second` elements behind them. `sums` is lent.
    pub(crate) fn bring(
        &self,
        band: Range<usize>,
        pixels: &impl Source,
        sums: &mut [A],
        rows: &mut [A],
        offsets: &[usize],
        second: usize,
    ) {
        let PanelFilter { kernels, tiling, source_turned, parting, .. } = *self.filter;
        let columns = &self.held_columns();
        let (inner, chunk) = (self.inner, tiling.chunk);
        let samples = Bringer { kernels, columns, inner, chunk };
        let Some(parting) = parting else {
            return samples.bring(source_turned, band, pixels, sums, rows, offsets);
        };
        let mask = pixels.mask();
        samples.bring(source_turned, band.clone(), pixels, sums, rows, offsets);
        if let Some(Mask { plane, turned }) = mask {
            let bytes = Bringer { kernels: kernels.masks(), ..samples };
            bytes.bring(*turned, band, plane, sums, &mut rows[second..], offsets);
        }
        let width = columns.iter().map(Range::len).sum::<usize>() * inner;
        let len = width.next_multiple_of(kernels.lanes());
        for &offset in offsets {
            let (samples, validity) = rows[offset..].split_at_mut(second);
            parting.part(&kernels, &mut samples[..len], &mut validity[..len], mask.is_some());
        }
    }
}

impl<A: Arithmetic> Bringer<'_, A> {
    fn bring(
        &self,
        turned: bool,
        band: Range<usize>,
        pixels: &impl Source,
        sums: &mut [A],
        rows: &mut [A],
        offsets: &[usize],
    ) {
        if turned {
            return self.turn(band, pixels, sums, rows, offsets);
        }
        for (row, &offset) in band.zip(offsets) {
            self.copy(row, pixels, &mut rows[offset..]);
        }
    }

    /// Columns are runs in memory: rows are made in tiles.
    fn turn(
        &self,
        band: Range<usize>,
        pixels: &impl Source,
        sums: &mut [A],
        rows: &mut [A],
        offsets: &[usize],
    ) {
        let Self { kernels, columns, inner, chunk } = self;
        let lanes = kernels.lanes();
        let mut start = 0;
        for columns in *columns {
            for first in columns.clone().step_by(*chunk) {
                let chunk = first..columns.end.min(first + chunk);
                let len = chunk.len() * inner;
                let mut done = 0;
                pixels.source(chunk, |plane, part| {
                    let vectors = part.len() * inner;
                    let sums = &mut sums[done * lanes..];
                    kernels.ingest_columns(plane, band.clone(), part, sums, lanes);
                    done += vectors;
                });
                kernels.retile(sums, len, &mut rows[start..], offsets);
                start += len;
            }
        }
    }

    /// Rows are runs in memory.
    fn copy(&self, row: usize, pixels: &impl Source, target: &mut [A]) {
        let mut start = 0;
        for columns in self.columns.iter().filter(|columns| !columns.is_empty()) {
            pixels.source(columns.clone(), |plane, part| {
                let len = part.len() * self.inner;
                self.kernels.ingest_row(plane, row, part, &mut target[start..]);
                start += len;
            });
        }
    }
}
