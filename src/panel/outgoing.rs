//! Finished rows on their way from a panel's scratch to the output.
//!
//! ```text
//! rows of the last pass -> room, then leaving -- beside the sums of any pass ------> output
//! rows of the column pass -> strip ------------- beside the sums of the next strip --> output
//! ```

use std::ops::Range;

use gausstack_kernels::{AlignedBuffer, Arithmetic, Kernels, Leaving, PlaneMut};

use crate::plan::leaving::LeavingRows;

/// The part of the last strip of a group that waits to be stored while others are summed.
pub(crate) struct Pending {
    /// Where it goes in the panel.
    pub(crate) rows: Range<usize>,
    pub(crate) columns: Range<usize>,
    /// Columns of the strip in front of it.
    pub(crate) skipped: usize,
}

/// What a panel has made and not yet stored.
pub(crate) struct Outgoing<'x, A> {
    /// Rows that leave beside the sums of any pass.
    pub(crate) leaving: Leaving<'x, A>,
    /// Where the rows that leave next are made.
    pub(crate) room: &'x mut [A],
    /// Elements from one of these rows to the next.
    pub(crate) pitch: usize,
    /// Rows leave beside the sums of any pass, and not strip by strip.
    pub(crate) leaves: bool,
    /// The strip that is stored beside the sums of the next.
    pub(crate) pending: Option<Pending>,
}

impl<'x, A: Arithmetic> Outgoing<'x, A> {
    /// Nothing yet, with scratch for rows that leave beside the sums of any pass, if they do.
    pub(crate) fn new(
        [room, spare]: &'x mut [AlignedBuffer<A>; 2],
        rows: Option<LeavingRows>,
    ) -> Self {
        let LeavingRows { pitch, fourths, .. } = rows.unwrap_or_default();
        let (leaving, leaves) = (Leaving::new(spare, fourths), rows.is_some());
        Self { leaving, room, pitch, leaves, pending: None }
    }

    /// Makes the rows in the room leave for rows and columns of a plane.
    pub(crate) fn leave<'p: 'x>(
        &mut self,
        kernels: &Kernels<A>,
        plane: &mut PlaneMut<'p>,
        rows: Range<usize>,
        columns: Range<usize>,
    ) {
        let finished = (std::mem::take(&mut self.room), self.pitch);
        self.room = kernels.leave(&mut self.leaving, finished, (plane, rows, columns));
    }
}
