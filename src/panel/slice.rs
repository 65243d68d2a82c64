//! One panel of one slice: the fused loop of both passes.
//!
//! Bands of rows, one row per vector lane, go through the row pass and into a ring of rows; as soon as
//! the ring holds what a group of output rows needs, the column pass makes it and it leaves. So a
//! pixel is read once and written once, and everything between stays in the caches.
//!
//! ```text
//! source --ingest--> columns --fir--> sums --retile--> rows --fir--> strip --egress--> output
//!        (any strides,  (ring of       (row pass)      (ring of     (column pass)  (any strides,
//!         transposed)    columns)                       rows)                       conversion)
//! ```
//!
//! Either pass may be missing. "Rows" and "columns" are those of the plane that the axes were arranged
//! into; which is longer, contiguous or first in memory changes only how pixels enter and leave.

use std::ops::{ControlFlow, Range};

use gausstack_kernels::{Arithmetic, Extent, Kernels};

use crate::panel::pixels::Pixels;
use crate::panel::pixels::Source;
use crate::plan::axis_filter::{AxisFilter, Join};
use crate::plan::layout::PassOrder;
use crate::plan::missing::Parting;
use crate::plan::tile::Tiling;
use crate::plan::window::Window;
use crate::request::Mode;
use crate::run::reporter::Reporter;
use crate::run::scratch::Buffers;
use crate::run::scratch::Geometry;

/// The filters of a second term, which has the same passes and windows, and what becomes of both terms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Also<'p, A> {
    pub(crate) along_columns: Option<&'p AxisFilter<A>>,
    pub(crate) along_rows: Option<&'p AxisFilter<A>>,
    pub(crate) join: Join,
}

impl<A: Arithmetic> Also<'_, A> {
    /// Makes of a row of the first term what becomes of both.
    pub(crate) fn join(&self, kernels: &Kernels<A>, first: &mut [A], second: &[A]) {
        match self.join {
            Join::Combine(combine) => kernels.combine(combine, first, second),
            Join::Ratio { fill } => kernels.divide(first, second, A::from_f64(fill)),
        }
    }
}

/// What is done to every panel of a step.
#[derive(Clone)]
pub(crate) struct PanelFilter<'p, A> {
    pub(crate) kernels: Kernels<A>,
    /// The row pass.
    pub(crate) along_columns: Option<&'p AxisFilter<A>>,
    /// The column pass.
    pub(crate) along_rows: Option<&'p AxisFilter<A>>,
    pub(crate) also: Option<Also<'p, A>>,
    /// Of samples some of which may be missing.
    pub(crate) parting: Option<Parting>,
    pub(crate) order: PassOrder,
    pub(crate) cval: A,
    /// Number of the step in the plan.
    pub(crate) step: usize,
    /// The slice.
    pub(crate) extent: Extent,
    pub(crate) tiling: Tiling,
    /// Source columns lie in memory one after the other, rows do not.
    pub(crate) source_turned: bool,
    /// Bytes from the slice of the source to the one after it.
    pub(crate) next_slice: Option<isize>,
    /// The output leaves past the caches.
    pub(crate) streaming: bool,
    /// Who may stop the run.
    pub(crate) reporter: &'p Reporter<'p>,
}

/// A panel of a slice: all that one task does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) rows: Range<usize>,
    pub(crate) columns: Range<usize>,
    pub(crate) inner: Range<usize>,
}

impl Region {
    /// The first row, column and inner element.
    pub(crate) fn first(&self) -> [usize; 3] {
        [self.rows.start, self.columns.start, self.inner.start]
    }
}

impl<A: Arithmetic> PanelFilter<'_, A> {
    /// What lies beyond a constant border of the second term: of validity, samples that are valid.
    pub(crate) fn second_cval(&self) -> A {
        let validity = self.also.is_some_and(|also| matches!(also.join, Join::Ratio { .. }));
        if validity { A::from_f64(1.0) } else { self.cval }
    }

    /// Filters one panel, unless the run is stopped meanwhile: a tall one with long weights takes seconds.
    pub(crate) fn run(&self, region: &Region, pixels: &mut impl Pixels, buffers: &mut Buffers<A>) {
        let column_window = self.along_columns.map(|filter| {
            let columns = region.columns.clone();
            let pace = self.tiling.column_pace(self.kernels.lanes());
            Window::new(self.extent.columns, columns, filter.radius(), filter.mode, pace)
        });
        let (radius, mode) =
            self.along_rows.map_or((0, Mode::Nearest), |filter| (filter.radius(), filter.mode));
        let row_window = Window::new(
            self.extent.rows,
            region.rows.clone(),
            radius,
            mode,
            self.tiling.row_pace(self.kernels.lanes()),
        );
        let panel = Panel {
            filter: self,
            region,
            inner: region.inner.len(),
            column_window: column_window.as_ref(),
            row_window: &row_window,
        };
        if panel.prepare(buffers).is_break() {
            return;
        }
        for end in [0, 1] {
            let pinned = row_window.pinned[end].clone();
            if panel.fill(pinned, row_window.pinned_slot(end), pixels, buffers).is_break() {
                return;
            }
        }
        let mut filled = row_window.stream.start;
        let mut pending = None;
        let mut first = region.rows.start;
        while first < region.rows.end {
            let group = first..region.rows.end.min(first + self.tiling.group);
            let needed = row_window.needed(group.end);
            while filled < needed {
                let band = filled..row_window.stream.end.min(filled + self.kernels.lanes());
                filled = band.end;
                panel.stream(band, pixels, buffers);
                if self.reporter.pulse(&mut buffers.unasked, 0).is_break() {
                    return;
                }
            }
            match (self.order, self.along_rows) {
                (PassOrder::ColumnPassFirst, _) => {
                    panel.emit_row_pass(group.clone(), filled, pixels, buffers);
                }
                (_, Some(filter)) => {
                    // The row pass, if there is one, asks for what it needs itself.
                    let soon = row_window.needed(group.end + self.tiling.group).max(filled);
                    let next = if self.along_columns.is_some() { 0..0 } else { filled..soon };
                    let group = group.clone();
                    panel.emit_column_pass(filter, group, next, &mut pending, pixels, buffers);
                }
                (_, None) => panel.emit_ring(group.clone(), pixels, buffers),
            }
            first = group.end;
            let products = panel.products(group.len() * region.columns.len(), self.along_rows);
            if self.reporter.pulse(&mut buffers.unasked, products).is_break() {
                return;
            }
        }
        panel.store_pending(&mut pending, pixels, buffers);
    }
}

/// What a quarter of a million entries of a table cost, in the kernels' products.
const PRODUCTS_OF_ENTRIES: usize = 1 << 24;

/// A panel with its windows.
pub(crate) struct Panel<'r, 'p, A> {
    pub(crate) filter: &'r PanelFilter<'p, A>,
    pub(crate) region: &'r Region,
    /// Interleaved elements.
    pub(crate) inner: usize,
    pub(crate) column_window: Option<&'r Window>,
    pub(crate) row_window: &'r Window,
}

impl<A: Arithmetic> Panel<'_, '_, A> {
    /// Products of a pass over so many pixels.
    pub(crate) fn products(&self, pixels: usize, filter: Option<&AxisFilter<A>>) -> usize {
        let weights = filter.map_or(1, |filter| filter.weights.count());
        (pixels * self.inner).saturating_mul(weights)
    }

    /// Tables and constant lines: the same for every panel of the same geometry.
    pub(crate) fn prepare(&self, buffers: &mut Buffers<A>) -> ControlFlow<()> {
        let tiling = self.filter.tiling;
        let geometry = Geometry {
            step: self.filter.step,
            extent: self.filter.extent,
            rows: self.region.rows.clone(),
            columns: self.region.columns.clone(),
            inner: self.inner,
            tiling,
            source_turned: self.filter.source_turned,
            order: self.filter.order,
            passes: [self.filter.along_columns.is_some(), self.filter.along_rows.is_some()],
        };
        if buffers.geometry.as_ref() == Some(&geometry) {
            return ControlFlow::Continue(());
        }
        buffers.geometry = None;
        let go_on = |unasked: &mut usize| self.filter.reporter.pulse(unasked, PRODUCTS_OF_ENTRIES);
        if let Some(window) = self.column_window {
            let column = self.inner * self.filter.kernels.lanes();
            window.fill_table(column, &mut buffers.column_table, || go_on(&mut buffers.unasked))?;
            self.fill_constant_column(self.filter.cval, 0, buffers);
            if self.parts_columns() {
                let second = buffers.columns.len() / 2;
                self.fill_constant_column(self.filter.second_cval(), second, buffers);
            }
        }
        let (pitch, second) = (self.ring_pitch(), self.ring_second());
        self.row_window
            .fill_table(pitch, &mut buffers.row_table, || go_on(&mut buffers.unasked))?;
        if self.filter.along_rows.is_some_and(|filter| filter.mode == Mode::Constant) {
            let start = self.row_window.constant_slot() * pitch;
            let constant = &mut self.ring(buffers)[start..start + pitch];
            constant.fill(self.filter.cval);
            if second > 0 {
                constant[second..].fill(self.filter.second_cval());
            }
        }
        buffers.geometry = Some(geometry);
        ControlFlow::Continue(())
    }

    /// What lies beyond a constant border of the row pass, for columns that start so many numbers behind those in scratch.
    pub(crate) fn fill_constant_column(&self, cval: A, from: usize, buffers: &mut Buffers<A>) {
        let constant = self.filter.along_columns.filter(|filter| filter.mode == Mode::Constant);
        if let (Some(window), Some(_)) = (self.column_window, constant) {
            let column = self.inner * self.filter.kernels.lanes();
            let start = from + window.constant_slot() * column;
            buffers.columns[start..start + column].fill(cval);
        }
    }

    /// The ring behind the column pass.
    pub(crate) fn ring<'b>(&self, buffers: &'b mut Buffers<A>) -> &'b mut [A] {
        self.sums_and_ring(buffers).1
    }

    /// The same beside the sums, from which it may be filled.
    pub(crate) fn sums_and_ring<'b>(
        &self,
        buffers: &'b mut Buffers<A>,
    ) -> (&'b mut [A], &'b mut [A]) {
        let Buffers { sums, rows, raw, .. } = buffers;
        match self.filter.order {
            PassOrder::RowPassFirst => (sums, rows),
            PassOrder::ColumnPassFirst => (sums, raw),
        }
    }

    /// Elements from one of its rows to the next.
    pub(crate) fn ring_pitch(&self) -> usize {
        match self.filter.order {
            PassOrder::RowPassFirst => self.filter.tiling.pitch,
            PassOrder::ColumnPassFirst => self.filter.tiling.raw_pitch,
        }
    }

    /// Whether columns are parted as they come, the validity going to the second half of those in scratch.
    pub(crate) fn parts_columns(&self) -> bool {
        self.filter.parting.is_some() && self.filter.order == PassOrder::RowPassFirst
    }

    /// Elements from a row of the first term to that of the second; 0 where both are made of the same.
    pub(crate) fn ring_second(&self) -> usize {
        match self.filter.order {
            PassOrder::RowPassFirst => self.filter.tiling.second,
            PassOrder::ColumnPassFirst => self.filter.tiling.second_raw,
        }
    }

    /// Brings source rows into consecutive slots of the ring.
    fn fill(
        &self,
        rows: Range<usize>,
        slot: usize,
        pixels: &impl Source,
        buffers: &mut Buffers<A>,
    ) -> ControlFlow<()> {
        let lanes = self.filter.kernels.lanes();
        for first in rows.clone().step_by(lanes) {
            let band = first..rows.end.min(first + lanes);
            let slots = slot + (first - rows.start);
            let below = |band: Range<usize>, columns| self.below(pixels, band.end, columns);
            self.band(band, |lane| slots + lane, pixels, below, buffers);
            self.filter.reporter.pulse(&mut buffers.unasked, 0)?;
        }
        ControlFlow::Continue(())
    }

    /// Brings a band of streamed rows into its slots.
    fn stream(&self, band: Range<usize>, pixels: &impl Source, buffers: &mut Buffers<A>) {
        let first = band.start;
        let below = |band: Range<usize>, columns| self.below(pixels, band.end, columns);
        // One division for the band instead of one per row.
        let (start, run) = (self.row_window.slot(first), self.row_window.run(first));
        let slot = |lane| if lane < run { start + lane } else { lane - run };
        self.band(band, slot, pixels, below, buffers);
    }

    fn emit_ring(&self, group: Range<usize>, pixels: &mut impl Pixels, buffers: &mut Buffers<A>) {
        let pitch = self.filter.tiling.pitch;
        let mut first = group.start;
        while first < group.end {
            let run = first..group.end.min(first + self.row_window.run(first));
            let start = self.row_window.slot(first) * pitch;
            let top = self.region.rows.start;
            let out_rows = run.start - top..run.end - top;
            self.combine_rows(&mut buffers.rows[start..], out_rows.len());
            let columns = 0..self.region.columns.len();
            pixels.output(|plane| {
                let (source, streaming) = (&buffers.rows[start..], self.filter.streaming);
                self.filter.kernels.egress(source, pitch, plane, out_rows, columns, streaming);
            });
            first = run.end;
        }
    }

    /// Combines both terms of row-filtered rows, where there are two.
    pub(crate) fn combine_rows(&self, rows: &mut [A], count: usize) {
        let PanelFilter { kernels, tiling, .. } = self.filter;
        let Some(also) = self.filter.also else { return };
        let len = (self.region.columns.len() * self.inner).next_multiple_of(kernels.lanes());
        for row in rows.chunks_mut(tiling.pitch).take(count) {
            let (first, second) = row.split_at_mut(tiling.second);
            also.join(kernels, &mut first[..len], &second[..len]);
        }
    }
}
