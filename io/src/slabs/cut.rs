//! Cuts along an axis, and the slabs that they make.

use std::ops::Range;

use crate::region::Region;

/// Cuts along an axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) axis: usize,
    /// Positions of the first slab.
    pub(super) first: usize,
    /// Positions of each later one but the last.
    pub(super) thickness: usize,
    /// Positions that are read more on either side.
    pub(super) radius: usize,
    /// The far end of the axis borders on the near one.
    pub(super) wraps: bool,
}

/// One slab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slab {
    /// What is written.
    pub(crate) output: Region,
    /// What is read, in the order of the window's rows, behind those that are kept.
    pub(crate) reads: Vec<Region>,
    /// Rows that are kept of the slab before.
    pub(crate) kept: usize,
    /// The shape of what is filtered.
    pub(crate) window: Vec<usize>,
    /// The axis along which the output is a part of the window.
    pub(crate) axis: usize,
    /// Where the output begins in the window.
    pub(crate) before: usize,
}

impl Cut {
    /// How many pieces an axis is cut into.
    pub(super) fn count(&self, len: usize) -> usize {
        if len <= self.first { 1 } else { 1 + (len - self.first).div_ceil(self.thickness) }
    }

    /// The positions of a piece.
    pub(super) fn piece(&self, piece: usize, len: usize) -> Range<usize> {
        let end = |pieces: usize| len.min(self.first + pieces * self.thickness);
        if piece == 0 { 0..end(0) } else { end(piece - 1)..end(piece) }
    }

    /// The positions that a piece is filtered with. Of an axis that wraps those before the axis
    /// count from `-radius`, here with a radius added to all.
    pub(super) fn window(&self, piece: usize, len: usize) -> Range<usize> {
        let Range { start, end } = self.piece(piece, len);
        if self.wraps {
            return start..end + 2 * self.radius;
        }
        // A radius is added here too, and the axis begins and ends behind it.
        start.max(self.radius)..(end + 2 * self.radius).min(len + self.radius)
    }

    /// What is read for a piece of a region over the whole axis, `behind` the piece before it or
    /// with nothing kept of that.
    pub(super) fn slab(&self, piece: usize, whole: Region, behind: bool) -> Slab {
        let (axis, radius) = (self.axis, self.radius);
        let len = whole.shape[axis];
        let (output, window) = (self.piece(piece, len), self.window(piece, len));
        let is_behind = behind && piece > 0;
        let known = if is_behind { self.window(piece - 1, len).end } else { window.start };
        let mut reads = Vec::new();
        let mut at = known;
        while at < window.end {
            // From the axis, which repeats itself where it wraps.
            let first = (at + len - radius % len) % len;
            let rows = (window.end - at).min(len - first);
            reads.push(whole.clone().along(axis, first..first + rows));
            at += rows;
        }
        Slab {
            window: whole.clone().along(axis, window.clone()).shape,
            kept: known - window.start,
            before: output.start + radius - window.start,
            output: whole.along(axis, output),
            reads,
            axis,
        }
    }
}
