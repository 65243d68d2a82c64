//! Volumes in one sweep: slices filtered in their plane go into a ring, and from there along the stack.
//!
//! ```text
//! source --plane filter--> slices --fir--> strip --egress--> output
//!                         (ring, in the last cache)
//! ```
//!
//! Two sweeps would write the volume to memory in between and read it again. The ring is one of the
//! column pass, whose rows are slices; its tables know the borders. It is used where a group of slices and a radius to
//! both sides of it fit the last cache, and sums are not rounded between passes.

use std::ops::{ControlFlow, Range};

use gausstack_kernels::{Arithmetic, ElementType, Extent};
use ndarray::{ArrayView3, ArrayViewMutD, Axis, IxDyn, ShapeBuilder};

use crate::array::AnyView;
use crate::array::AnyViewMut;
use crate::array::view::Head;
use crate::array::view::plane_mut;
use crate::array::view::plane_of_sums;
use crate::panel::pixels::Apart;
use crate::panel::slice::Panel;
use crate::panel::slice::PanelFilter;
use crate::panel::slice::Region;
use crate::plan::axis_filter::AxisFilter;
use crate::plan::fused::Filters;
use crate::plan::fused::Fused;
use crate::plan::hardware::Hardware;
use crate::plan::layout::Arrangement;
use crate::plan::layout::PassOrder;
use crate::plan::layout::SweepAxes;
use crate::plan::schedule::VolumeStep;
use crate::plan::tile::TileInput;
use crate::plan::tile::Tiling;
use crate::plan::window::Pace;
use crate::plan::window::Window;
use crate::request::StorePolicy;
use crate::request::TileShape;
use crate::run::context::Run;
use crate::run::crew::Crew;
use crate::run::reporter::Reporter;
use crate::run::scratch::Buffers;
use crate::run::scratch::WorkerScratch;
use crate::run::sweep::Sweep;
use crate::run::tally::Cells;

/// Slices of a group at most: more read the ring less often, but neighbours want the last cache too. (256^3, radius 8: 12 and
/// 18 slices as fast as 6, 24 up to a quarter slower, 36 and 48 up to twice as slow.)
const MOST_GROUP: usize = 12;

/// The ring of slices of one worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SliceRing {
    /// Slices made together; 0 where there is no ring.
    pub(crate) group: usize,
    /// Numbers from one slice to the next.
    pub(crate) pitch: usize,
    /// Numbers of the ring, of a strip, entries of the table.
    pub(crate) slices: usize,
    pub(crate) strip: usize,
    pub(crate) table: usize,
}

impl SliceRing {
    pub(crate) fn is_there(&self) -> bool {
        self.group > 0
    }

    /// The ring that serves all of some volumes in turn: none if one of them has none, or makes other groups of slices than
    /// the rest.
    pub(crate) fn common(rings: impl Iterator<Item = Self>) -> Self {
        let both = |a: Self, b: Self| match (a.group, a.pitch) == (b.group, b.pitch) {
            true => Self {
                slices: a.slices.max(b.slices),
                strip: a.strip.max(b.strip),
                table: a.table.max(b.table),
                ..a
            },
            false => Self::default(),
        };
        rings.reduce(both).unwrap_or_default()
    }
}

/// The two sweeps that are made one.
pub(crate) struct Volume<'p, A> {
    plane: &'p Fused<A>,
    stack: &'p AxisFilter<A>,
    hardware: Hardware,
    shape: [usize; 3],
}

impl<'p, A: Arithmetic> Volume<'p, A> {
    /// The sweeps of a plan, if they are those of a volume.
    pub(crate) fn of(steps: &'p [Fused<A>], hardware: Hardware, shape: &[usize]) -> Option<Self> {
        let ([plane, stack], &[slices, rows, columns]) = (steps, shape) else { return None };
        let Filters::Single(stack) = &stack.filters else { return None };
        let shape = [slices, rows, columns];
        (stack.axis == 0).then_some(Self { plane, stack, hardware, shape })
    }

    /// The sweeps of a step.
    pub(crate) fn of_step(step: &'p VolumeStep<A>, shape: &[usize]) -> Self {
        let shape = shape.try_into().expect("a volume has three axes");
        Self { plane: &step.plane, stack: &step.stack, hardware: step.hardware, shape }
    }

    fn extent(&self) -> Extent {
        let [rows, height, width] = self.shape;
        Extent { rows, columns: height * width, inner: 1 }
    }

    fn tiling(&self, group: usize) -> Tiling {
        let extent = self.extent();
        let Hardware { lanes, register_rows, caches, output_size, .. } = self.hardware;
        let tiling = Tiling::choose(&TileInput {
            extent,
            order: PassOrder::RowPassFirst,
            along_columns: None,
            along_rows: Some((self.stack.radius(), self.stack.mode)),
            lanes,
            register_rows,
            terms: 1,
            sources: 1,
            size: size_of::<A>(),
            output_size,
            caches,
            forced: Some(TileShape { panel: extent.columns, chunk: 1, group }),
            turned: false,
            parts: 1,
            in_place: false,
        });
        Tiling { band: group, ..tiling }
    }

    fn window(&self, slices: Range<usize>, group: usize) -> Window {
        let AxisFilter { mode, .. } = *self.stack;
        let pace = Pace { group, batch: 1, multiple: 1 };
        Window::new(self.shape[0], slices, self.stack.radius(), mode, pace)
    }

    /// The slices of each of so many workers: whole groups.
    fn shares(&self, group: usize, workers: usize) -> impl Iterator<Item = Range<usize>> + use<A> {
        let all = self.shape[0];
        let share = all.div_ceil(workers).next_multiple_of(group);
        (0..all).step_by(share).map(move |first| first..all.min(first + share))
    }

    /// The ring of each of so many workers, if half of the last cache holds all of them.
    pub(crate) fn ring(&self, workers: usize) -> Option<SliceRing> {
        let radius = self.stack.radius();
        let pitch = self.tiling(1).pitch;
        let held = self.hardware.caches.last / 2 / workers / pitch.checked_mul(size_of::<A>())?;
        let step = self.hardware.register_rows;
        let group = held.saturating_sub(radius.checked_mul(2)?).min(MOST_GROUP) / step * step;
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
            strip: (group + 1) * self.tiling(group).strip_pitch,
            table: windows().map(|window| window.table_len()).max()?,
        })
    }

    /// Filters a volume of rows that are runs, slice behind slice, into another.
    pub(crate) fn run(
        &self,
        step: &VolumeStep<A>,
        input: AnyView<'_>,
        output: AnyViewMut<'_>,
        scratches: &mut [WorkerScratch<A>],
        run: Run<'_>,
    ) {
        let AnyViewMut { heads: output, element: kind } = output;
        let (ring, cval) = (step.ring, step.cval);
        let tiling = self.tiling(ring.group);
        let axes = SweepAxes::Single(self.stack.axis);
        let arrangement = Arrangement::choose(axes, &self.shape, output.strides());
        let arrangement = arrangement.merge(axes, &self.shape, [output.strides()]);
        let cells = run.reporter.finish_slices(|slice_axes| {
            Cells::new(&arrangement, &self.shape, slice_axes, tiling, false)
        });
        let [_, rows, columns] = self.shape;
        let stores = self.hardware.stores(output.len(), Extent { rows, columns, inner: 1 });
        let stack = PanelFilter {
            kernels: step.stack_kernels,
            along_columns: None,
            along_rows: Some(self.stack),
            also: None,
            parting: None,
            order: PassOrder::RowPassFirst,
            cval,
            step: step.number + 1,
            extent: self.extent(),
            tiling,
            source_turned: false,
            next_slice: None,
            streaming: stores == StorePolicy::Streamed,
            reporter: run.reporter,
        };
        // The plane's sweep stores to the ring, and tells nobody of a slice.
        let mut hardware = self.hardware.storing_sums::<A>();
        hardware.forced.stores = Some(StorePolicy::Cached);
        let silent = Reporter::new(None, 0, (&[], 0), 0);
        let plane = Sweep {
            step: self.plane,
            number: step.number,
            last: false,
            kernels: step.plane_kernels,
            cval,
            hardware,
            run: Run { crew: &Crew::Caller, reporter: &silent, mask: None },
        };
        let mut rest = Some(output);
        let shares = self.shares(ring.group, scratches.len()).map_while(|share| {
            let (part, others) = rest.take()?.split_at(Axis(0), share.len());
            rest = Some(others);
            Some((share, part))
        });
        run.crew.drive(scratches, shares, |(share, part), scratch| {
            let Some(mut buffers) = scratch.ring.take() else { return ControlFlow::Continue(()) };
            let work = Share {
                plane: &plane,
                stack: &stack,
                window: self.window(share.clone(), ring.group),
                share,
                ring,
                input: &input,
                mask: run.mask,
                kind,
            };
            let flow = work.filter(part, &mut buffers, &mut scratch.buffers, |first, pixels| {
                let cell = cells.as_ref().map(|cells| cells.at(0, [first, 0, 0]));
                run.reporter.done(pixels, None)?;
                run.reporter.done(pixels, cell)
            });
            scratch.ring = Some(buffers);
            flow
        });
    }
}

/// The slices that one worker makes.
struct Share<'s, 'i, 'm, A> {
    plane: &'s Sweep<'s, A>,
    stack: &'s PanelFilter<'s, A>,
    window: Window,
    share: Range<usize>,
    ring: SliceRing,
    input: &'s AnyView<'i>,
    mask: Option<&'m AnyView<'m>>,
    /// The output's elements.
    kind: ElementType,
}

impl<A: Arithmetic> Share<'_, '_, '_, A> {
    /// Filters them, and calls `done` with the first slice and the pixels of each group.
    fn filter(
        &self,
        mut output: ArrayViewMutD<'_, Head>,
        buffers: &mut Buffers<A>,
        scratch: &mut Buffers<A>,
        mut done: impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Extent { columns, .. } = self.stack.extent;
        let region = Region { rows: self.share.clone(), columns: 0..columns, inner: 0..1 };
        let panel = Panel {
            filter: self.stack,
            region: &region,
            inner: 1,
            column_window: None,
            row_window: &self.window,
        };
        panel.prepare(buffers)?;
        // A slice is a row.
        let rows_are_runs = output.merge_axes(Axis(1), Axis(2));
        debug_assert!(rows_are_runs, "slices without gaps");
        output.swap_axes(1, 2);
        let nothing: [A; 0] = [];
        let (Ok(source), Ok(rows), Some(filter)) = (
            ArrayView3::from_shape((0, 0, 0), &nothing),
            output.into_dimensionality(),
            self.stack.along_rows,
        ) else {
            return ControlFlow::Continue(());
        };
        let mut pixels = Apart {
            source: plane_of_sums(&source),
            mask: None,
            output: plane_mut(rows, self.kind),
        };
        for end in [0, 1] {
            self.fill(
                self.window.pinned[end].clone(),
                self.window.pinned_slot(end),
                buffers,
                scratch,
            );
        }
        let mut filled = self.window.stream.start;
        let mut pending = None;
        for first in self.share.clone().step_by(self.ring.group) {
            let group = first..self.share.end.min(first + self.ring.group);
            let needed = self.window.needed(group.end);
            while filled < needed {
                let slices = filled..needed.min(filled + self.window.run(filled));
                let slot = self.window.slot(filled);
                filled = slices.end;
                self.fill(slices, slot, buffers, scratch);
            }
            let (made, last) = (group.len() * columns, group.end == self.share.end);
            panel.emit_column_pass(filter, group, 0..0, &mut pending, &mut pixels, buffers);
            if last {
                panel.store_pending(&mut pending, &mut pixels, buffers);
            }
            done(first, made)?;
        }
        ControlFlow::Continue(())
    }

    /// Filters slices of the source in their plane, into consecutive slots of the ring.
    fn fill(
        &self,
        slices: Range<usize>,
        slot: usize,
        buffers: &mut Buffers<A>,
        scratch: &mut Buffers<A>,
    ) {
        if slices.is_empty() {
            return;
        }
        let (pitch, shape) = (self.ring.pitch, self.input.heads.shape());
        let dim = IxDyn(&[slices.len(), shape[1], shape[2]]);
        let strides = IxDyn(&[pitch, shape[2], 1]);
        let slots =
            ArrayViewMutD::from_shape(dim.strides(strides), &mut buffers.rows[slot * pitch..]);
        let mask = self.mask.map(|mask| mask.slices(slices.clone()));
        let Sweep { step, number, last, kernels, cval, hardware, run } = *self.plane;
        let run = Run { crew: run.crew, reporter: run.reporter, mask: mask.as_ref() };
        let plane = Sweep { step, number, last, kernels, cval, hardware, run };
        if let Ok(slots) = slots {
            plane.apart(self.input.slices(slices), AnyViewMut::from(slots), &mut [scratch]);
        }
    }
}
