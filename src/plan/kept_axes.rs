//! Which axes of the caller's arrays a run sees: those of length 1 are dropped.
//!
//! A loop of length 1 is no loop, and a filter along one is a
//! [function of each pixel](crate::plan::point_filter). What is left is planned and filtered as if
//! the others had never been there.

use ndarray::{ArrayBase, Axis, IxDyn, RawData};

use crate::array::{AnyView, AnyViewMut};

/// The axes that are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptAxes {
    /// Whether each axis is kept.
    kept: Vec<bool>,
    /// The planned lengths of those that are.
    planned: Vec<usize>,
}

impl KeptAxes {
    /// Those longer than 1 or without elements, those that are `needed`, and at least one.
    pub(crate) fn new(shape: &[usize], needed: impl Fn(usize) -> bool) -> Self {
        let mut kept: Vec<bool> =
            shape.iter().enumerate().map(|(axis, &len)| len != 1 || needed(axis)).collect();
        if !kept.contains(&true)
            && let Some(last) = kept.last_mut()
        {
            *last = true;
        }
        let lengths = shape.iter().zip(&kept).filter(|&(_, &kept)| kept);
        Self { planned: lengths.map(|(&len, _)| len).collect(), kept }
    }

    /// The planned lengths of the axes that are kept.
    pub(crate) fn planned(&self) -> &[usize] {
        &self.planned
    }

    /// The place of an axis among those that are kept.
    pub(crate) fn place(&self, axis: usize) -> Option<usize> {
        self.kept[axis].then(|| self.kept[..axis].iter().filter(|&&kept| kept).count())
    }

    /// The lengths of the axes that are kept.
    pub(crate) fn shape(&self, shape: &[usize]) -> Vec<usize> {
        let lengths = shape.iter().zip(&self.kept);
        lengths.filter_map(|(&len, &kept)| kept.then_some(len)).collect()
    }

    /// A view of the caller's array without the other axes.
    pub(crate) fn view<'a>(&self, AnyView { heads, element }: AnyView<'a>) -> AnyView<'a> {
        AnyView { heads: self.heads(heads), element }
    }

    /// A view to write of the caller's array without the other axes.
    pub(crate) fn view_mut<'a>(
        &self,
        AnyViewMut { heads, element }: AnyViewMut<'a>,
    ) -> AnyViewMut<'a> {
        AnyViewMut { heads: self.heads(heads), element }
    }

    fn heads<S: RawData>(&self, heads: ArrayBase<S, IxDyn>) -> ArrayBase<S, IxDyn> {
        let dropped = (0..self.kept.len()).rev().filter(|&axis| !self.kept[axis]);
        dropped.fold(heads, |heads, axis| heads.index_axis_move(Axis(axis), 0))
    }
}
