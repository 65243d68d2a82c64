//! Which lines of an axis are kept, and where: the ring behind each pass.
//!
//! Both passes use it. For the row pass a line is a column of the plane, for the column pass a row.
//! Lines stream through circular slots in order; each output needs the lines within `radius` of it.
//! A border repeats lines that are in the ring at that moment anyway, so that reflect, mirror and
//! nearest cost an entry in the table and nothing else. The far end that `Wrap` reads is kept in
//! slots of its own, and `Constant` is one more line.

use std::ops::{ControlFlow, Range};

use gausstack_kernels::RowTable;

use crate::request::Mode;

/// How lines come and go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Outputs made at a time.
    pub(crate) group: usize,
    /// Lines that arrive at a time.
    pub(crate) batch: usize,
    /// Circular slots are a multiple of this.
    pub(crate) multiple: usize,
}

/// Slots for the lines of one axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// The lines that stream through the slots.
    pub(crate) stream: Range<usize>,
    /// Lines of the far ends, kept from the start: those before the first line and after the last.
    pub(crate) pinned: [Range<usize>; 2],
    /// Circular slots.
    slots: usize,
    /// Every output needs every line.
    whole: bool,
    /// The lines that are made.
    pub(crate) outputs: Range<usize>,
    radius: usize,
    len: usize,
    mode: Mode,
}

impl Window {
    /// Slots for `outputs` of an axis of `len` lines.
    pub(crate) fn new(
        len: usize,
        outputs: Range<usize>,
        radius: usize,
        mode: Mode,
        pace: Pace,
    ) -> Self {
        let Pace { group, batch, multiple } = pace;
        let before = radius.saturating_sub(outputs.start);
        let after = (outputs.end.saturating_add(radius)).saturating_sub(len);
        let live = (2 * radius).saturating_add(group + batch - 1);
        let rounded = live.checked_next_multiple_of(multiple).unwrap_or(live);
        let wraps = mode == Mode::Wrap && before + after > 0;
        let pinned = if wraps { before + after } else { 0 };
        // (One of several panels keeps the far end's lines in slots of their own: filtered in
        // place, it can reach no others.)
        let alone = outputs == (0..len);
        let whole = radius >= len || (wraps && alone && pinned.saturating_add(live) >= len);
        let stream = if whole {
            0..len
        } else {
            outputs.start.saturating_sub(radius)..len.min(outputs.end + radius)
        };
        let slots = if whole { len } else { rounded.min(stream.len()) };
        let pinned = if wraps && !whole { [len - before..len, 0..after] } else { [0..0, 0..0] };
        Self { stream, pinned, slots, whole, outputs, radius, len, mode }
    }

    /// The most slots and the most entries of a table that any part of an axis needs. Parts have
    /// `part` outputs; the last may have fewer.
    pub(crate) fn largest(
        len: usize,
        part: usize,
        radius: usize,
        mode: Mode,
        pace: Pace,
    ) -> (usize, usize) {
        let part = part.clamp(1, len.max(1));
        let last = len.div_ceil(part).saturating_sub(1);
        // The size of a window is linear in the place of its outputs, except where a border comes
        // into reach or goes out of it.
        let bends = [0, radius / part, len.saturating_sub(radius) / part, last];
        let bends = if last < bends.len() { &bends[..1] } else { &bends };
        let near = |&bend: &usize| bend.saturating_sub(2)..=last.min(bend.saturating_add(3));
        bends
            .iter()
            .flat_map(near)
            .filter(|_| len > 0)
            .map(|number| {
                let start = number * part;
                let end = len.min(start.saturating_add(part));
                let window = Self::new(len, start..end, radius, mode, pace);
                (window.lines(), window.table_len())
            })
            .fold((0, 0), |most, next| (most.0.max(next.0), most.1.max(next.1)))
    }

    /// Slots in all.
    pub(crate) fn lines(&self) -> usize {
        self.constant_slot() + usize::from(self.mode == Mode::Constant)
    }

    /// The slot of the constant line, in `Constant` mode.
    pub(crate) fn constant_line(&self) -> Option<usize> {
        (self.mode == Mode::Constant).then(|| self.constant_slot())
    }

    /// The slot behind the streamed and pinned lines.
    fn constant_slot(&self) -> usize {
        self.slots + self.pinned[0].len() + self.pinned[1].len()
    }

    /// The slot of a streamed line.
    pub(crate) fn slot(&self, line: usize) -> usize {
        (line - self.stream.start) % self.slots
    }

    /// The first slot of a pinned range: 0 before the first line, 1 after the last.
    pub(crate) fn pinned_slot(&self, end: usize) -> usize {
        self.slots + if end == 0 { 0 } else { self.pinned[0].len() }
    }

    /// Slots up to the end of the circle, from the slot of `line` on.
    pub(crate) fn run(&self, line: usize) -> usize {
        self.slots - self.slot(line)
    }

    /// The window as far as its table depends on it: away from the ends of the axis, a part's is that
    /// of every other part of as many outputs. (measured: a line of 1 000 000 samples, whose parts
    /// were each given a table, took 13 ms; the sums take less than one.)
    pub(crate) fn table_key(&self) -> Self {
        let Self { radius, slots, mode, whole, .. } = *self;
        let made = radius..radius + self.outputs.len();
        let inside = self.stream.len() == made.end + radius && self.pinned == [0..0, 0..0];
        if whole || !inside {
            return self.clone();
        }
        let (stream, pinned) = (0..made.end + radius, [0..0, 0..0]);
        let len = stream.end;
        Self { stream, pinned, slots, whole, outputs: made, radius, len, mode }
    }

    /// The end of the lines that outputs up to `end` need.
    pub(crate) fn needed(&self, end: usize) -> usize {
        if self.whole { self.len } else { self.stream.end.min(end + self.radius) }
    }

    /// Entries of the table: one per output, and a radius on both sides.
    pub(crate) fn table_len(&self) -> usize {
        self.outputs.len().saturating_add(self.radius.saturating_mul(2))
    }

    /// Fills the table: the slot of each position from `radius` before the first output to `radius`
    /// behind the last, times `pitch`. `go_on` is asked every quarter of a million entries, and may
    /// stop a long table.
    pub(crate) fn fill_table(
        &self,
        pitch: usize,
        table: &mut RowTable,
        go_on: impl FnMut() -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.fill(pitch, table, |position| self.slot_at(position), go_on)
    }

    /// The same with the lines themselves instead of their slots, for lines that are read where
    /// they lie, `pitch` apart. There is none beyond a constant border.
    pub(crate) fn fill_line_table(
        &self,
        pitch: usize,
        table: &mut RowTable,
        go_on: impl FnMut() -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let line =
            |position| self.mode.source(position, self.len).expect("a border that repeats lines");
        self.fill(pitch, table, line, go_on)
    }

    fn fill(
        &self,
        pitch: usize,
        table: &mut RowTable,
        place: impl Fn(isize) -> usize,
        mut go_on: impl FnMut() -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        const ENTRIES: usize = 1 << 18;
        let first = self.outputs.start as isize - self.radius as isize;
        let entry = |i: usize| place(first + i as isize);
        if self.table_len() < ENTRIES {
            table.fill_rows(pitch, (0..self.table_len()).map(entry));
            return ControlFlow::Continue(());
        }
        let mut flow = ControlFlow::Continue(());
        table.fill_rows(
            pitch,
            (0..self.table_len()).map_while(|i| {
                if i % ENTRIES == ENTRIES - 1 {
                    flow = go_on();
                }
                flow.is_continue().then(|| entry(i))
            }),
        );
        flow
    }

    fn slot_at(&self, position: isize) -> usize {
        let Some(line) = self.mode.source(position, self.len) else {
            return self.constant_slot();
        };
        let beyond = position >= self.len as isize;
        if !self.whole && self.mode == Mode::Wrap && (position < 0 || beyond) {
            let end = usize::from(beyond);
            self.pinned_slot(end) + line - self.pinned[end].start
        } else {
            self.slot(line)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [`Window::largest`] from all parts instead of a few.
    fn largest_of_all(
        len: usize,
        part: usize,
        radius: usize,
        mode: Mode,
        pace: Pace,
    ) -> [usize; 2] {
        let mut most = [0, 0];
        for start in (0..len).step_by(part) {
            let window = Window::new(len, start..len.min(start + part), radius, mode, pace);
            most = [most[0].max(window.lines()), most[1].max(window.table_len())];
        }
        most
    }

    #[test]
    fn the_largest_window_is_among_few() {
        let mut rng = fastrand::Rng::with_seed(5);
        for _ in 0..200_000 {
            let len = rng.usize(0..70);
            let (part, radius) = (rng.usize(1..80), rng.usize(0..90));
            let mode = Mode::ALL[rng.usize(..5)];
            let multiple = [1, 2, 4, 16][rng.usize(..4)];
            let pace = Pace { group: rng.usize(1..30), batch: rng.usize(1..17), multiple };
            let (lines, table) = Window::largest(len, part, radius, mode, pace);
            let all = largest_of_all(len, part, radius, mode, pace);
            assert_eq!([lines, table], all, "{len} by {part}, radius {radius}, {mode}, {pace:?}");
        }
    }
}
