//! Slices to filter into another array, and their masks.

use std::ops::{ControlFlow, Range};

use gausstack_kernels::{Arithmetic, ElementType};
use ndarray::{ArrayView3, ArrayViewMut3, Axis, Slice};

use crate::array::AnyView;
use crate::array::heads::Head;
use crate::array::planes::{plane, plane_mut};
use crate::panel::pipeline::Panel;
use crate::panel::poll::Watch;
use crate::panel::scratch::PanelScratch;
use crate::panel::source::{Apart, Mask};
use crate::panel::stages::{PanelFilter, Region};
use crate::plan::layout::Arrangement;
use crate::run::slices::slices;

/// A slice that is filtered into another array, and its mask.
#[derive(Clone)]
pub(crate) struct SourceSlice<'i, 'm> {
    pub(crate) view: ArrayView3<'i, Head>,
    pub(crate) element: ElementType,
    pub(crate) mask: Option<MaskView<'m>>,
}

impl SourceSlice<'_, '_> {
    /// Filters a panel of the slice, unless the run is stopped meanwhile.
    pub(crate) fn filter<A: Arithmetic>(
        &self,
        filter: &PanelFilter<'_, A>,
        region: &Region,
        (output, to): (ArrayViewMut3<'_, Head>, ElementType),
        scratch: &mut PanelScratch<A>,
        watch: &dyn Watch,
    ) -> ControlFlow<()> {
        let view = self.view.slice_axis(Axis(2), Slice::from(region.inner.clone()));
        let mut pixels = Apart {
            source: plane(&view, self.element),
            mask: self.mask.as_ref().map(|mask| mask.of(region)),
            output: plane_mut(output, to),
        };
        Panel::new(filter, region).run(&mut pixels, scratch, watch)
    }
}

/// The mask of a slice.
#[derive(Clone)]
pub(crate) struct MaskView<'a> {
    slice: ArrayView3<'a, Head>,
    element: ElementType,
    transposed: bool,
}

impl MaskView<'_> {
    /// Some columns of the slice and some of its interleaved elements.
    pub(crate) fn part(mut self, columns: Range<usize>, inner: Range<usize>) -> Self {
        self.slice.slice_axis_inplace(Axis(1), Slice::from(columns));
        self.slice.slice_axis_inplace(Axis(2), Slice::from(inner));
        self
    }

    /// All of it.
    pub(crate) fn whole(&self) -> Mask<'_> {
        Mask { plane: plane(&self.slice, self.element), transposed: self.transposed }
    }

    /// The mask of the panels of a region.
    pub(crate) fn of(&self, region: &Region) -> Mask<'_> {
        let view = self.slice.slice_axis(Axis(2), Slice::from(region.inner.clone()));
        Mask { plane: plane(&view, self.element), transposed: self.transposed }
    }
}

/// The mask of every slice, in the order of the slices; `None` over and over without a mask.
pub(crate) fn masks<'m>(
    mask: Option<&'m AnyView<'m>>,
    arrangement: &Arrangement,
) -> impl Iterator<Item = Option<MaskView<'m>>> + Send + use<'m> {
    let mut views = mask.map(|AnyView { heads, element }| {
        let transposed = arrangement.transposed(heads.shape(), heads.strides(), element.size());
        let slices = slices(arrangement.view(heads.view()));
        slices.map(move |slice| MaskView { slice, element: *element, transposed })
    });
    std::iter::from_fn(move || Some(views.as_mut().and_then(Iterator::next)))
}
