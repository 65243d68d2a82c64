//! Volumes that are filtered in one sweep: two steps of a plan that a ring of slices joins.
//!
//! It is used if half of the last cache holds, for every worker, a group of slices and a radius on
//! both sides of it, and if sums are not rounded between passes.

use std::ops::Range;

use gausstack_kernels::{Arithmetic, Extent};

use crate::plan::axis_filter::AxisFilter;
use crate::plan::cache::CacheSizes;
use crate::plan::fused::{Filters, Fused};
use crate::plan::hardware::{Hardware, Overrides};
use crate::plan::layout::PassOrder;
use crate::plan::sizes::SliceRing;
use crate::plan::tile::{TileInput, TileRun, Tiling};
use crate::plan::window::{Pace, Window};
use crate::request::TileShape;

/// Slices of a group at most: more read the ring less often, but neighbours want the last cache
/// too. (measured for 256^3 and radius 8: 12 and 18 slices as fast as 6, 24 up to a quarter slower,
/// 36 and 48 up to twice as slow.)
const MAX_GROUP: usize = 12;

/// The two sweeps that are made one.
pub(crate) struct Volume<'p, A> {
    /// The sweep over each slice.
    pub(crate) plane: &'p Fused<A>,
    /// The filter along the stack.
    pub(crate) stack: &'p AxisFilter<A>,
    pub(crate) hardware: Hardware,
    pub(crate) shape: [usize; 3],
}

impl<'p, A: Arithmetic> Volume<'p, A> {
    /// The sweeps of a plan, if they are those of a volume.
    pub(crate) fn of(
        [plane, stack]: [&'p Fused<A>; 2],
        hardware: Hardware,
        shape: &[usize],
    ) -> Option<Self> {
        let &[slices, rows, columns] = shape else { return None };
        let (Filters::Pair { .. }, Filters::Single(stack)) = (&plane.filters, &stack.filters)
        else {
            return None;
        };
        let shape = [slices, rows, columns];
        (stack.axis == 0).then_some(Self { plane, stack, hardware, shape })
    }

    /// The plane of the filter along the stack, whose rows are slices.
    pub(crate) fn extent(&self) -> Extent {
        let [rows, height, width] = self.shape;
        Extent { rows, columns: height * width, inner: 1 }
    }

    /// The tiling of that plane.
    pub(crate) fn tiling(&self, group: usize) -> Tiling {
        let extent = self.extent();
        let tile = Some(TileShape { panel: extent.columns, chunk: 1, group });
        let tiling = Tiling::choose(&TileInput {
            extent,
            order: PassOrder::RowPassFirst,
            along_columns: None,
            along_rows: Some((self.stack.radius(), self.stack.mode)),
            terms: 1,
            sources: 1,
            size: size_of::<A>(),
            hardware: Hardware { forced: Overrides { tile, stores: None }, ..self.hardware },
            run: TileRun { transposed: false, parts: 1, in_place: false },
        });
        Tiling { panel_rows: group, ..tiling }
    }

    /// The slices that some slices of the output need.
    pub(crate) fn window(&self, slices: Range<usize>, group: usize) -> Window {
        let pace = Pace { group, batch: 1, multiple: 1 };
        Window::new(self.shape[0], slices, self.stack.radius(), self.stack.mode, pace)
    }

    /// The slices of each of so many workers: whole groups.
    pub(crate) fn shares(
        &self,
        group: usize,
        workers: usize,
    ) -> impl Iterator<Item = Range<usize>> + use<A> {
        let all = self.shape[0];
        let share = all.div_ceil(workers).next_multiple_of(group);
        (0..all).step_by(share).map(move |first| first..all.min(first + share))
    }

    /// The ring of each of so many workers, if half of the last cache holds all of them.
    pub(crate) fn ring(&self, workers: usize) -> Option<SliceRing> {
        let radius = self.stack.radius();
        let pitch = self.tiling(1).ring.pitch;
        let CacheSizes { last, last_of_one, .. } = self.hardware.caches;
        let own = (last / workers).min(last_of_one);
        let held = own / 2 / pitch.checked_mul(size_of::<A>())?;
        let step = self.hardware.register_rows;
        let group = held.saturating_sub(radius.checked_mul(2)?).min(MAX_GROUP) / step * step;
        // What neighbours make twice is a quarter of a share at most.
        let shared = self.shape[0].div_ceil(workers) < radius.checked_mul(8)?;
        if group < step.max(radius / 2) || (workers > 1 && shared) {
            return None;
        }
        let windows = || {
            (1..=workers).flat_map(|workers| {
                self.shares(group, workers).map(|share| self.window(share, group))
            })
        };
        Some(SliceRing {
            group,
            pitch,
            slices: windows().map(|window| window.lines()).max()?.checked_mul(pitch)?,
            strip: (group + 1) * self.tiling(group).strip.pitch,
            table: windows().map(|window| window.table_len()).max()?,
        })
    }
}
