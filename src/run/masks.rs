//! Masks, slice by slice.

use gausstack_kernels::ElementType;
use ndarray::{ArrayView3, Axis, Slice};

use crate::array::AnyView;
use crate::array::planes::plane;
use crate::array::view::Head;
use crate::panel::source::Mask;
use crate::panel::stages::Region;
use crate::plan::layout::Arrangement;
use crate::run::slices::slices;

/// The mask of a slice.
#[derive(Clone)]
pub(crate) struct MaskView<'a> {
    slice: ArrayView3<'a, Head>,
    kind: ElementType,
    transposed: bool,
}

impl MaskView<'_> {
    /// The mask of the panels of a region.
    pub(crate) fn of(&self, region: &Region) -> Mask<'_> {
        let view = self.slice.slice_axis(Axis(2), Slice::from(region.inner.clone()));
        Mask { plane: plane(&view, self.kind), transposed: self.transposed }
    }
}

/// The mask of every slice, in the order of the slices; `None` over and over without a mask.
pub(crate) fn masks<'m>(
    mask: Option<&'m AnyView<'m>>,
    arrangement: &Arrangement,
) -> impl Iterator<Item = Option<MaskView<'m>>> + Send + use<'m> {
    let mut views = mask.map(|AnyView { heads, element: kind }| {
        let transposed = arrangement.transposed(heads.shape(), heads.strides(), kind.size());
        let slices = slices(arrangement.view(heads.view()));
        slices.map(move |slice| MaskView { slice, kind: *kind, transposed })
    });
    std::iter::from_fn(move || Some(views.as_mut().and_then(Iterator::next)))
}
