//! Volumes in one sweep: slices filtered in their plane go into a ring, and from there along the
//! stack.
//!
//! ```text
//! source --plane filter--> slices --fir--> strip --store--> output
//!                         (ring, in the last-level cache)
//! ```
//!
//! Two sweeps would write the volume to memory in between and read it again. The ring is that of a
//! column pass whose rows are slices; its tables know the borders.

use std::ops::{ControlFlow, Range};

use gausstack_kernels::{Arithmetic, ElementType, Extent, Kernels};
use ndarray::{ArrayViewMutD, Axis, IxDyn, ShapeBuilder};

use crate::array::heads::Head;
use crate::array::planes::plane_mut;
use crate::array::{AnyView, AnyViewMut};
use crate::panel::column_pass::ColumnPass;
use crate::panel::outgoing::Outgoing;
use crate::panel::pipeline::PRODUCTS_OF_ENTRIES;
use crate::panel::poll::{Unwatched, Watch};
use crate::panel::scratch::PanelScratch;
use crate::plan::layout::{Arrangement, SweepAxes};
use crate::plan::sizes::{Rows, SliceRing};
use crate::plan::terms::{TermFilter, Terms};
use crate::plan::tile::Tiling;
use crate::plan::volume::Volume;
use crate::request::StorePolicy;
use crate::run::arranged::{Arranged, Layout, Layouts, StepFilter};
use crate::run::completion::SliceGroups;
use crate::run::context::Run;
use crate::run::scratch::{SliceScratch, WorkerScratch};
use crate::run::slices::{panels, slices};
use crate::run::source_slice::{SourceSlice, masks};

/// A volume with everything a run of it needs but the arrays.
pub(crate) struct VolumeSweep<'s, A> {
    pub(crate) volume: Volume<'s, A>,
    pub(crate) ring: SliceRing,
    /// From the source to sums.
    pub(crate) plane_kernels: Kernels<A>,
    /// From sums to the output.
    pub(crate) stack_kernels: Kernels<A>,
    pub(crate) cval: A,
    pub(crate) run: Run<'s>,
}

impl<A: Arithmetic> VolumeSweep<'_, A> {
    /// Filters a volume in C order into another. Each worker makes a share of the slices.
    pub(crate) fn apart(
        &self,
        input: AnyView<'_>,
        output: AnyViewMut<'_>,
        scratches: &mut [WorkerScratch<A>],
    ) {
        let AnyViewMut { heads: output, element } = output;
        let Self { volume, ring, run, .. } = self;
        let tiling = volume.tiling(ring.group);
        let [_, rows, columns] = volume.shape;
        let stores = volume.hardware.stores(output.len(), Extent { rows, columns, inner: 1 });
        let groups = self.slice_groups(output.strides(), tiling);
        let mask = run.mask.filter(|_| volume.plane.split.is_some());
        let work = Work {
            sweep: self,
            plane: self.planes(&input, mask),
            input,
            mask,
            tiling,
            streaming: stores == StorePolicy::Streamed,
            element,
        };
        let mut rest = Some(output);
        let shares = volume.shares(ring.group, scratches.len()).map_while(|share| {
            let (part, others) = rest.take()?.split_at(Axis(0), share.len());
            rest = Some(others);
            Some((share, part))
        });
        run.workers.for_each_task(scratches, shares, |(share, part), scratch| {
            let WorkerScratch { panel, slices, .. } = &mut *scratch;
            let slices = slices.as_mut().expect("a plan with a ring has scratch for slices");
            work.share(share, part, slices, panel, |first, pixels| {
                let group = groups.as_ref().map(|groups| groups.at(0, [first, 0, 0]));
                // Pixels count once for the plane and once for the stack.
                run.reporter.done(pixels, None)?;
                run.reporter.done(pixels, group)
            })
        });
    }

    /// The groups of slices that are finished together, if an observer wants to know.
    fn slice_groups(&self, strides: &[isize], tiling: Tiling) -> Option<SliceGroups> {
        let Volume { stack, shape, .. } = &self.volume;
        let axes = SweepAxes::Single(stack.axis);
        let arrangement = Arrangement::choose(axes, shape, strides);
        let arrangement = arrangement.merge(axes, shape, [strides]);
        self.run.reporter.finish_slices(|slice_axes| {
            SliceGroups::new(&arrangement, shape, slice_axes, tiling, false)
        })
    }

    /// The sweep over planes, from the source to the ring.
    fn planes(&self, input: &AnyView<'_>, mask: Option<&AnyView<'_>>) -> Arranged<'_, A> {
        let Volume { plane, hardware, shape, .. } = &self.volume;
        let mut hardware = hardware.storing_sums::<A>();
        hardware.forced.stores = Some(StorePolicy::Cached);
        let (cval, kernels) = (self.cval, self.plane_kernels);
        let size = size_of::<A>();
        let strides = [self.ring.pitch, shape[2], 1].map(|stride| (stride * size) as isize);
        let arrays = Layouts {
            shape,
            source: Layout { strides: input.heads.strides(), size: input.element.size() },
            output: Layout { strides: &strides, size },
            mask: mask.map(|mask| mask.heads.strides()),
            in_place: false,
        };
        StepFilter { filters: plane, kernels, cval, hardware }.arrange(&arrays, 1)
    }
}

/// What all workers share.
struct Work<'w, 's, 'i, 'm, A> {
    sweep: &'w VolumeSweep<'s, A>,
    plane: Arranged<'w, A>,
    input: AnyView<'i>,
    mask: Option<&'m AnyView<'m>>,
    tiling: Tiling,
    streaming: bool,
    /// The output's elements.
    element: ElementType,
}

impl<A: Arithmetic> Work<'_, '_, '_, '_, A> {
    /// Filters the slices of a share, and calls `done` with the first slice and the pixels of each
    /// group.
    fn share(
        &self,
        share: Range<usize>,
        mut output: ArrayViewMutD<'_, Head>,
        scratch: &mut SliceScratch<A>,
        panel: &mut PanelScratch<A>,
        mut done: impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let pass = self.column_pass(share.clone());
        self.prepare(&pass, scratch)?;
        let SliceScratch { ring, column, .. } = scratch;
        // A slice is a row.
        assert!(output.merge_axes(Axis(1), Axis(2)), "slices without gaps");
        output.swap_axes(1, 2);
        let output = output.into_dimensionality().expect("a volume has three axes");
        let mut output = plane_mut(output, self.element);
        let window = &pass.window;
        for end in [0, 1] {
            self.fill(window.pinned[end].clone(), window.pinned_slot(end), ring, panel);
        }
        let mut filled = window.stream.start;
        let leaving = &mut Default::default();
        let outgoing = &mut Outgoing::new(leaving, None);
        for first in share.clone().step_by(pass.group) {
            let group = first..share.end.min(first + pass.group);
            let needed = window.needed(group.end);
            while filled < needed {
                let slices = filled..needed.min(filled + window.run(filled));
                let slot = window.slot(filled);
                filled = slices.end;
                self.fill(slices, slot, ring, panel);
            }
            let made = group.len() * pass.columns;
            let last = group.end == share.end;
            pass.store(group, ring, &mut output, |_, _| None, outgoing, column);
            if last {
                pass.store_pending(&mut output, &mut outgoing.pending, column);
            }
            done(first, made)?;
        }
        ControlFlow::Continue(())
    }

    /// The pass along the stack that makes some slices.
    fn column_pass(&self, share: Range<usize>) -> ColumnPass<'_, A> {
        let VolumeSweep { volume, ring, stack_kernels, cval, .. } = self.sweep;
        ColumnPass {
            kernels: stack_kernels,
            filters: Terms {
                first: TermFilter { filter: volume.stack, cval: *cval },
                second: None,
            },
            join: None,
            window: volume.window(share, ring.group),
            columns: volume.extent().columns,
            inner: 1,
            ring: Rows { pitch: ring.pitch, second: 0 },
            strip_columns: self.tiling.strip_columns,
            strip: self.tiling.strip,
            group: ring.group,
            streaming: self.streaming,
            source_pitch: None,
        }
    }

    /// Fills the table and the constant slice, unless they are there.
    fn prepare(
        &self,
        pass: &ColumnPass<'_, A>,
        SliceScratch { ring, column, prepared, unasked }: &mut SliceScratch<A>,
    ) -> ControlFlow<()> {
        let key = pass.key();
        if prepared.as_ref() == Some(&key) {
            return ControlFlow::Continue(());
        }
        *prepared = None;
        let watch: &dyn Watch = self.sweep.run.reporter;
        pass.prepare(ring, &mut column.table, || watch.poll(unasked, PRODUCTS_OF_ENTRIES))?;
        *prepared = Some(key);
        ControlFlow::Continue(())
    }

    /// Filters slices of the source in their plane, into consecutive slots of the ring.
    fn fill(
        &self,
        numbers: Range<usize>,
        slot: usize,
        ring: &mut [A],
        scratch: &mut PanelScratch<A>,
    ) {
        if numbers.is_empty() {
            return;
        }
        let Arranged { arrangement, filter, .. } = &self.plane;
        let SliceRing { pitch, .. } = self.sweep.ring;
        let [_, rows, columns] = self.sweep.volume.shape;
        let shape = IxDyn(&[numbers.len(), rows, columns]).strides(IxDyn(&[pitch, columns, 1]));
        let slots = ArrayViewMutD::from_shape(shape, &mut ring[slot * pitch..]);
        let AnyViewMut { heads: slots, element: to } =
            AnyViewMut::from(slots.expect("consecutive slots lie in the ring"));
        let AnyView { heads: input, element } = self.input.slices(numbers.clone());
        let mask = self.mask.map(|mask| mask.slices(numbers));
        let sources = slices(arrangement.view(input)).zip(masks(mask.as_ref(), arrangement));
        for ((view, mask), slot) in sources.zip(slices(arrangement.view(slots))) {
            let source = SourceSlice { view, element, mask };
            for (region, output) in panels(slot, filter.tiling) {
                let flow = source.filter(filter, &region, (output, to), scratch, &Unwatched);
                assert!(flow.is_continue(), "nobody stops a plane");
            }
        }
    }
}
