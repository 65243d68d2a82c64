//! Source rows to rows of scratch as they are, or split into numbers and their validity.

use std::ops::Range;

use gausstack_kernels::{Arithmetic, Kernels};

use crate::panel::band::Band;
use crate::panel::source::{ColumnRanges, Mask, Source};
use crate::plan::missing::SampleSplit;
use crate::plan::sizes::Rows;
use crate::plan::terms::PassFilters;

/// Loads source rows that no row pass comes before.
pub(crate) struct RowLoader<'p, A> {
    pub(crate) kernels: &'p Kernels<A>,
    /// How samples are split into numbers and validity, if some may be missing.
    pub(crate) split: Option<SampleSplit>,
    /// The filters of the pass that follows: what they begin with is done here.
    pub(crate) filters: PassFilters<'p, A>,
    /// The columns that are loaded, in order.
    pub(crate) columns: ColumnRanges,
    pub(crate) inner: usize,
    /// Columns that are transposed at a time.
    pub(crate) chunk: usize,
    /// Columns of the source are contiguous in memory, its rows are not.
    pub(crate) transposed: bool,
    /// The rows of scratch: validity goes where the second term's are.
    pub(crate) target: Rows,
}

impl<A: Arithmetic> RowLoader<'_, A> {
    /// Elements of a loaded row.
    pub(crate) fn width(&self) -> usize {
        self.columns.iter().map(Range::len).sum::<usize>() * self.inner
    }

    /// Loads a band of rows. `tiles` is scratch for columns.
    pub(crate) fn load(&self, band: Band<'_, A>, source: &impl Source, tiles: &mut [A]) {
        let Band { rows, values, offsets } = band;
        let band = Band { rows: rows.clone(), values: &mut *values, offsets };
        self.read(self.kernels, self.transposed, band, source, &mut *tiles);
        let len = self.width().next_multiple_of(self.kernels.lanes());
        if let Some(split) = self.split {
            self.part(split, Band { rows, values: &mut *values, offsets }, source, (len, tiles));
        }
        // (Terms that share their samples begin with the pass itself.)
        for (number, term) in self.filters.iter().filter(|(_, term)| term.begins()) {
            let values = &mut values[self.target.start(number)..];
            for &offset in offsets {
                term.begin(self.kernels, &mut values[offset..offset + len]);
            }
        }
    }

    /// Splits loaded rows of `len` elements into numbers and their validity.
    fn part(
        &self,
        split: SampleSplit,
        Band { rows, values, offsets }: Band<'_, A>,
        source: &impl Source,
        (len, tiles): (usize, &mut [A]),
    ) {
        let (mask, second) = (source.mask(), self.target.start(1));
        if let Some(mask @ Mask { transposed, .. }) = mask {
            let band = Band { rows, values: &mut values[second..], offsets };
            self.read(&self.kernels.masks(), *transposed, band, mask, tiles);
        }
        for &offset in offsets {
            let (samples, validity) = values[offset..].split_at_mut(second);
            let (samples, validity) = (&mut samples[..len], &mut validity[..len]);
            split.part(self.kernels, samples, validity, mask.is_some());
        }
    }

    fn read(
        &self,
        kernels: &Kernels<A>,
        transposed: bool,
        band: Band<'_, A>,
        source: &impl Source,
        tiles: &mut [A],
    ) {
        if transposed {
            return self.transpose(kernels, band, source, tiles);
        }
        let Band { rows, values, offsets } = band;
        for (row, &offset) in rows.zip(offsets) {
            self.copy(kernels, row, source, &mut values[offset..]);
        }
    }

    /// Loads rows whose columns are contiguous in memory, in tiles.
    fn transpose(
        &self,
        kernels: &Kernels<A>,
        Band { rows, values, offsets }: Band<'_, A>,
        source: &impl Source,
        tiles: &mut [A],
    ) {
        let lanes = kernels.lanes();
        let mut start = 0;
        for columns in &self.columns {
            for first in columns.clone().step_by(self.chunk) {
                let chunk = first..columns.end.min(first + self.chunk);
                let len = chunk.len() * self.inner;
                let mut done = 0;
                source.read(chunk, |plane, part| {
                    let vectors = part.len() * self.inner;
                    let tiles = &mut tiles[done * lanes..];
                    kernels.pack_columns(plane, rows.clone(), part, tiles, lanes);
                    done += vectors;
                });
                kernels.unpack(tiles, len, &mut values[start..], offsets);
                start += len;
            }
        }
    }

    /// Loads a row that is contiguous in memory.
    fn copy(&self, kernels: &Kernels<A>, row: usize, source: &impl Source, target: &mut [A]) {
        let mut start = 0;
        for columns in self.columns.iter().filter(|columns| !columns.is_empty()) {
            source.read(columns.clone(), |plane, part| {
                let len = part.len() * self.inner;
                kernels.load_row(plane, row, part, &mut target[start..]);
                start += len;
            });
        }
    }
}
