//! A sweep: one step of the plan over all slices of an array.

use gausstack_kernels::{Arithmetic, Kernels};
use ndarray::ArrayViewMut3;

use crate::array::heads::Head;
use crate::array::{AnyView, AnyViewMut};
use crate::panel::stages::{PanelFilter, Region};
use crate::plan::fused::Fused;
use crate::plan::hardware::Hardware;
use crate::plan::layout::Arrangement;
use crate::run::arranged::{Arranged, Layout, Layouts, StepFilter};
use crate::run::completion::SliceGroups;
use crate::run::context::Run;
use crate::run::in_place::InPlaceSweep;
use crate::run::scratch::WorkerScratch;
use crate::run::slices::{panels, slices};
use crate::run::source_slice::{SourceSlice, masks};

/// A step with everything a run of it needs but the arrays.
pub(crate) struct Sweep<'s, A> {
    pub(crate) filters: &'s Fused<A>,
    /// It finishes the slices.
    pub(crate) last: bool,
    pub(crate) kernels: Kernels<A>,
    pub(crate) cval: A,
    pub(crate) hardware: Hardware,
    pub(crate) run: Run<'s>,
}

impl<'s, A: Arithmetic> Sweep<'s, A> {
    /// Filters slices of the input into those of the output, or in place without an input.
    pub(crate) fn run(
        &self,
        input: Option<AnyView<'_>>,
        output: AnyViewMut<'_>,
        scratches: &mut [WorkerScratch<A>],
    ) {
        match input {
            Some(input) => self.apart(input, output, scratches),
            None => self.in_place(output, scratches),
        }
    }

    /// Filters one array into another.
    fn apart(
        &self,
        input: AnyView<'_>,
        output: AnyViewMut<'_>,
        scratches: &mut [WorkerScratch<A>],
    ) {
        let (AnyView { heads: input, element: from }, AnyViewMut { heads: output, element: to }) =
            (input, output);
        let mask = self.mask();
        let arrays = Layouts {
            shape: output.shape(),
            source: Layout { strides: input.strides(), size: from.size() },
            output: Layout { strides: output.strides(), size: to.size() },
            mask: mask.map(|mask| mask.heads.strides()),
            in_place: false,
        };
        let Arranged { arrangement, slices: count, filter } =
            self.step_filter().arrange(&arrays, scratches.len());
        let groups = self.last.then(|| self.slice_groups(&arrangement, &arrays, &filter)).flatten();
        let sources = slices(arrangement.view(input)).zip(masks(mask, &arrangement));
        let sources = sources.map(|(view, mask)| SourceSlice { view, element: from, mask });
        let pairs = sources.zip(slices(arrangement.view(output))).enumerate();
        let panel = |(number, source): (usize, &SourceSlice<'_, '_>),
                     region: &Region,
                     output: ArrayViewMut3<'_, Head>,
                     scratch: &mut WorkerScratch<A>| {
            let pixels = output.len();
            let group = groups.as_ref().map(|groups| groups.at(number, region.first()));
            let reporter = self.run.reporter;
            source.filter(&filter, region, (output, to), &mut scratch.panel, reporter)?;
            reporter.done(pixels, group)
        };
        // Whole slices are better tasks, but only panels can be shared evenly by many workers.
        if count >= 2 * scratches.len() {
            self.run.workers.for_each_task(
                scratches,
                pairs,
                |(number, (source, output)), scratch| {
                    panels(output, filter.tiling).try_for_each(|(region, output)| {
                        panel((number, &source), &region, output, scratch)
                    })
                },
            );
        } else {
            let tasks = pairs.flat_map(|(number, (source, output))| {
                panels(output, filter.tiling)
                    .map(move |(region, output)| (number, source.clone(), region, output))
            });
            self.run.workers.for_each_task(
                scratches,
                tasks,
                |(number, source, region, output), scratch| {
                    panel((number, &source), &region, output, scratch)
                },
            );
        }
    }

    /// Filters an array in place.
    fn in_place(&self, array: AnyViewMut<'_>, scratches: &mut [WorkerScratch<A>]) {
        let AnyViewMut { heads: array, element } = array;
        let mask = self.mask();
        let layout = Layout { strides: array.strides(), size: element.size() };
        let arrays = Layouts {
            shape: array.shape(),
            source: layout,
            output: layout,
            mask: mask.map(|mask| mask.heads.strides()),
            in_place: true,
        };
        let Arranged { arrangement, slices: count, filter } =
            self.step_filter().arrange(&arrays, scratches.len());
        let groups = self.last.then(|| self.slice_groups(&arrangement, &arrays, &filter)).flatten();
        let masks = masks(mask, &arrangement);
        let sweep = InPlaceSweep::new(filter, groups, element, self.run);
        let views = slices(arrangement.view(array)).zip(masks).enumerate();
        if count >= scratches.len() {
            sweep.slices_apart(views, scratches);
        } else {
            sweep.slices_shared(views, scratches);
        }
    }

    fn step_filter(&self) -> StepFilter<'s, A> {
        let Self { filters, kernels, cval, hardware, .. } = *self;
        StepFilter { filters, kernels, cval, hardware }
    }

    /// The mask, where it is asked for.
    fn mask(&self) -> Option<&'s AnyView<'s>> {
        self.run.mask.filter(|_| self.filters.split.is_some())
    }

    /// The groups of slices that are finished together, if an observer wants to know.
    fn slice_groups(
        &self,
        arrangement: &Arrangement,
        Layouts { shape, in_place, .. }: &Layouts<'_>,
        PanelFilter { tiling, .. }: &PanelFilter<'_, A>,
    ) -> Option<SliceGroups> {
        self.run
            .reporter
            .finish_slices(|axes| SliceGroups::new(arrangement, shape, axes, *tiling, *in_place))
    }
}
