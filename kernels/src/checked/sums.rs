//! Checked entry points for weighted sums across rows.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::{Kernels, fits, streams, within};
use crate::blocks::FirArgs;
use crate::buffer::CACHE_LINE;
use crate::element::Arithmetic;
use crate::leaving::LeavingLines;
use crate::operands::{InRows, OutRows, Parity, PlaneRows, Taps};
use crate::overlap::{DeferredStore, MAX_DEFERRED_ROWS, Prefetch, Traffic};
use crate::plane::PlaneMut;
use crate::pointwise::PointArgs;
use crate::table::RowTable;

/// Rows that are summed, whose place in memory was asserted for all entries of the table.
struct Summed<'a, A> {
    base: *const A,
    table: &'a RowTable,
    rows: Range<usize>,
    width: usize,
}

impl<'a, A> Summed<'a, A> {
    fn of_slice(&InRows { values, table, ref rows, width }: &InRows<'a, A>) -> Self {
        let inside = values.len() >= width && table.furthest() <= values.len() - width;
        assert!(inside, "input rows in their slice");
        Self { base: values.as_ptr(), table, rows: rows.clone(), width }
    }
}

impl<A: Arithmetic> Kernels<A> {
    /// Sums rows with weights: output row `y` is the weighted sum of the rows at the entries
    /// `rows.start + y ..= rows.start + y + 2 radius` of the table. Meanwhile lines are prefetched
    /// and rows leave as `traffic` says.
    ///
    /// # Panics
    /// When a row does not lie in its slice, or the width is not a multiple of the lanes.
    pub fn fir<'t, 'x>(
        &self,
        taps: Taps<'_, A>,
        src: &InRows<'_, A>,
        dst: OutRows<'_, A>,
        traffic: impl Into<Traffic<'t, 'x, A>>,
    ) where
        A: 'x,
        'x: 't,
    {
        self.sum(taps, Summed::of_slice(src), dst, traffic.into(), DeferredStore::NONE);
    }

    /// Sums rows of a plane as they lie there, as [`fir`](Self::fir) does rows of scratch.
    ///
    /// # Panics
    /// When [`sums_in_row`](Self::sums_in_row) is false or the plane is of another type than the
    /// arithmetic; when an entry of the table is no row of the plane, the columns do not lie in it
    /// or are not whole vectors; and when a row of sums does not lie in its slice.
    pub fn fir_of_plane<'t, 'x>(
        &self,
        taps: Taps<'_, A>,
        PlaneRows { plane, table, rows, columns }: PlaneRows<'_>,
        dst: OutRows<'_, A>,
        traffic: impl Into<Traffic<'t, 'x, A>>,
    ) where
        A: 'x,
        'x: 't,
    {
        assert_eq!(plane.element_type(), A::TYPE, "a plane of the arithmetic's elements");
        assert!(self.sums_in_row(&plane), "contiguous rows");
        let extent = plane.extent();
        assert!(within(&columns, extent.columns), "columns of the plane");
        assert!(table.is_of(extent.rows, plane.strides().row), "a table of the plane's rows");
        let width = columns.len() * extent.inner;
        let src = Summed { base: plane.at(0, columns.start).cast(), table, rows, width };
        self.sum(taps, src, dst, traffic.into(), DeferredStore::NONE);
    }

    /// Whether [`fir_storing`](Self::fir_storing) can store `rows` rows to a plane: its rows are
    /// contiguous in memory and of the arithmetic's own type, and `rows` is at most 192.
    #[must_use]
    pub fn stores_while_summing(&self, dst: &PlaneMut<'_>, rows: usize) -> bool {
        streams(dst) && dst.element_type() == A::TYPE && rows <= MAX_DEFERRED_ROWS
    }

    /// Sums a strip of rows as [`fir`](Self::fir) does, and meanwhile stores the `finished` strip
    /// on its left past the caches, to the given rows and columns of a plane. Both strips have the
    /// same rows and pitch, and [`strip_margin`](Self::strip_margin) elements in front of each row,
    /// so that row `r` starts at `margin + r pitch`.
    ///
    /// Whole cache lines are stored. The first of them begins in the margin of the finished strip;
    /// the rest of its rows, behind the last whole line, is copied to the margin of the strip that
    /// is summed.
    ///
    /// # Panics
    /// As [`fir`](Self::fir); when the finished strip and a margin to the left of it do not lie in
    /// the plane; when its width is not a multiple of the margin; and when
    /// [`stores_while_summing`](Self::stores_while_summing) is false.
    pub fn fir_storing(
        &self,
        taps: Taps<'_, A>,
        src: &InRows<'_, A>,
        dst: OutRows<'_, A>,
        finished: &[A],
        (plane, rows, columns): (&mut PlaneMut<'_>, Range<usize>, Range<usize>),
        prefetch: Prefetch,
    ) {
        assert!(self.stores_while_summing(plane, rows.len()), "contiguous rows of the summed type");
        let (extent, margin) = (plane.extent(), self.strip_margin());
        let inside = within(&rows, extent.rows) && within(&columns, extent.columns);
        assert!(inside && columns.start * extent.inner >= margin, "a block of the plane");
        let width = columns.len() * extent.inner;
        let whole = width.is_multiple_of(margin) && width.is_multiple_of(self.lanes());
        assert!(whole, "a strip of whole lines");
        assert_eq!(rows.len(), src.rows.len(), "as many rows finished as summed");
        let OutRows { values, pitch } = dst;
        assert!(fits(rows.len(), pitch, margin + width, finished.len()), "rows in their slice");
        assert!(values.len() >= margin, "a margin");
        plane.streamed();
        let place = (plane.at(rows.start, columns.start).cast(), plane.strides().row);
        let src_rows = finished[margin..].as_ptr();
        let mut places = [const { MaybeUninit::uninit() }; MAX_DEFERRED_ROWS];
        let rows = DeferredStore::place(&mut places[..rows.len()], (src_rows, pitch), place);
        let deferred = DeferredStore { src: src_rows, width, rows };
        let dst = OutRows { values, pitch };
        self.sum(taps, Summed::of_slice(src), dst, prefetch.into(), deferred);
    }

    /// Sums rows; the caller has asserted `src` and `deferred`. If `deferred` is not empty, `dst`
    /// starts with a margin.
    fn sum(
        &self,
        taps: Taps<'_, A>,
        Summed { base, table, rows, width }: Summed<'_, A>,
        dst: OutRows<'_, A>,
        Traffic { prefetch, leaving }: Traffic<'_, '_, A>,
        deferred: DeferredStore<A>,
    ) {
        let OutRows { values: sums, pitch } = dst;
        let radius = taps.radius();
        let entries = rows.end.checked_add(2 * radius).filter(|_| rows.start < rows.end);
        assert!(entries.is_some_and(|end| end <= table.len()), "one entry per input row");
        assert!(width.is_multiple_of(self.lanes()), "rows of whole vectors");
        let margin = if deferred.width > 0 { self.strip_margin() } else { 0 };
        assert!(fits(rows.len(), pitch, margin + width, sums.len()), "output rows in their slice");
        let (gate, weights) = match taps {
            Taps::Folded { parity: Parity::Even, half, .. } => (self.sums.fir_even, half),
            Taps::Folded { parity: Parity::Odd, half, .. } => (self.sums.fir_odd, half),
            Taps::Listed { weights, .. } => (self.sums.fir_listed, weights),
        };
        let mut none = LeavingLines::NONE;
        let args = FirArgs {
            src: base,
            offsets: table.offsets()[rows.start + taps.first()..].as_ptr(),
            rows: rows.len(),
            width,
            weights: weights.as_ptr(),
            last_tap: weights.len() - 1,
            opaque_one: A::from_f64(1.0),
            dst: sums[margin..].as_mut_ptr(),
            pitch,
            prefetch,
            deferred,
            leaving: leaving.map_or(&mut none, |leaving| &mut leaving.lines),
        };
        // SAFETY: `level` proves the instructions. All rows were just asserted, and `dst` is
        // borrowed mutably, so that nothing written is read. The caller asserted the deferred rows.
        // Those that leave were asserted when they began to, and are lent for longer than this.
        unsafe { gate(&args) }
    }

    /// Sums along an axis of one sample, beyond which lies a constant or else the sample itself:
    /// each number of a row becomes what [`fir`](Self::fir) would make of it and of rows of what
    /// lies beyond.
    ///
    /// # Panics
    /// When no weight multiplies the output's own sample.
    pub fn fir_pointwise(&self, taps: Taps<'_, A>, beyond: Option<A>, row: &mut [A]) {
        // (Asserts that there is a weight, and one for the number itself.)
        taps.radius();
        let (gate, weights, own) = match taps {
            Taps::Folded { parity, half, before } => {
                let gate = match parity {
                    Parity::Even => self.sums.point_even,
                    Parity::Odd => self.sums.point_odd,
                };
                (gate, half, before as isize - (half.len() as isize - 1))
            }
            Taps::Listed { weights, before } => (self.sums.point_listed, weights, before as isize),
        };
        let args = PointArgs {
            values: row.as_mut_ptr(),
            len: row.len(),
            weights: weights.as_ptr(),
            last_tap: weights.len() - 1,
            beyond,
            own,
        };
        // SAFETY: `level` proves the instructions; the row is a slice that is borrowed mutably.
        unsafe { gate(&args) }
    }

    /// Elements in front of each row of a strip: as many as the output's type has in a cache line.
    #[must_use]
    pub fn strip_margin(&self) -> usize {
        CACHE_LINE / self.output.element.size()
    }
}
