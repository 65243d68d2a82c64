//! The column pass first: its rows are held in scratch for the row pass.

use std::ops::{ControlFlow, Range};

use gausstack_kernels::{Arithmetic, Prefetch};

use crate::panel::band::{Band, MAX_LANES};
use crate::panel::column_pass::ColumnPass;
use crate::panel::hold::Hold;
use crate::panel::outgoing::Outgoing;
use crate::panel::poll::{Poll, Watch};
use crate::panel::row_pass::{Beside, RowPass};
use crate::panel::row_store::RowStore;
use crate::panel::scratch::StageScratch;
use crate::panel::source::{ColumnRanges, Held, Lookahead, Source, Target};
use crate::plan::sizes::Rows;
use crate::plan::terms::Terms;

/// Both passes, the row pass second, and what stores its rows.
pub(crate) struct ColumnThenRow<'p, A> {
    pub(crate) column: ColumnPass<'p, A>,
    pub(crate) held: Rows,
    /// The columns that are held, in order: all that the row pass needs.
    pub(crate) columns: ColumnRanges,
    /// The row pass of each term.
    pub(crate) rows: Terms<RowPass<'p, A>>,
    pub(crate) store: RowStore<'p, A>,
    pub(crate) lookahead: Lookahead,
}

impl<A: Arithmetic> ColumnThenRow<'_, A> {
    /// Column-filters a group of rows over all columns that the row pass needs, then row-filters
    /// and stores them band by band. Source rows from `next` on are prefetched meanwhile.
    pub(crate) fn emit<'x, 'a: 'x>(
        &self,
        group: Range<usize>,
        next: usize,
        pixels: &mut (impl Source + Target<'a>),
        (scratch, outgoing): (&mut StageScratch<A>, &mut Outgoing<'x, A>),
        watch: &dyn Watch,
    ) -> ControlFlow<()> {
        let StageScratch { row, column, ring, source_ring, held, unasked, .. } = scratch;
        let width = self.columns.iter().map(Range::len).sum();
        let hold = Hold { values: &mut *held, rows: self.held };
        let (leaving, table) = (&mut outgoing.leaving, &column.table);
        if self.column.source_pitch.is_some() {
            let source = (&*pixels, &self.columns);
            self.column.hold_of_source(group.clone(), source, hold, table, leaving);
        } else {
            self.column.hold(group.clone(), (source_ring, width), hold, table, leaving);
        }
        let place = self.column.place(group);
        let lanes = self.lookahead.lanes;
        for first in (0..place.len()).step_by(lanes) {
            let band = first..place.len().min(first + lanes);
            let out_rows = place.start + band.start..place.start + band.end;
            self.store.prefetch_ends(out_rows.clone(), pixels);
            let offsets = &mut [0; MAX_LANES][..band.len()];
            for (lane, offset) in offsets.iter_mut().enumerate() {
                *offset = lane * self.store.rows.pitch;
            }
            for (number, row_pass) in self.rows.iter() {
                let values = &held[self.held.start(number)..];
                let rows = (place.len(), self.held.pitch);
                let source = Held::new(values, rows, &self.columns, row_pass.inner);
                if self.rows.second.is_some() {
                    // Both terms go through the same columns.
                    row_pass.fill_constants(row);
                }
                let Outgoing { leaves, room, leaving, .. } = &mut *outgoing;
                let band_rows = if *leaves { &mut **room } else { &mut **ring };
                let values = &mut band_rows[self.store.rows.start(number)..];
                let target = Band { rows: band.clone(), values, offsets };
                let ahead = |columns| match number {
                    0 => self.lookahead.band(pixels, next + band.start, columns),
                    _ => Prefetch::NONE,
                };
                let poll = Poll { watch, unasked: &mut *unasked };
                row_pass.filter(target, &source, Beside { ahead: &ahead, leaving }, row, poll)?;
            }
            if outgoing.leaves {
                let columns = 0..self.store.columns;
                outgoing.leave(self.store.kernels, pixels.output(), out_rows, columns);
            } else {
                self.store.store(ring, out_rows, pixels);
            }
        }
        ControlFlow::Continue(())
    }
}
