//! Runs with a mask.

use gausstack_kernels::Element;
use ndarray::{Array, ArrayRef, Dimension};

use super::plan::Plan;
use super::run::check;
use crate::error::Error;
use crate::run::Scratch;
use crate::run::output::zeros_like;

impl<In: Element, Out: Element> Plan<In, Out> {
    /// As [`Plan::apply`] without the pixels whose mask is false, of a plan made by
    /// [`Gaussian::plan_masked`](crate::Gaussian::plan_masked).
    ///
    /// ```
    /// use gausstack::Gaussian;
    /// use ndarray::array;
    ///
    /// let plan = Gaussian::new(1.0).plan_masked::<f32, f32>([5])?;
    /// let (line, mask) = (array![3.0, 3.0, 1e9, 3.0, 3.0], array![true, true, false, true, true]);
    /// assert!(plan.apply_masked(&line, &mask)?.iter().all(|pixel| (pixel - 3.0).abs() < 1e-6));
    /// # Ok::<(), gausstack::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Plan::apply`], [`Error::Shape`] when the mask is not of the planned shape, and [`Error::NotMasked`] when the plan was
    /// made without masks.
    pub fn apply_masked<D: Dimension>(
        &self,
        data: &ArrayRef<In, D>,
        mask: &ArrayRef<bool, D>,
    ) -> Result<Array<Out, D>, Error> {
        check("input", &self.shape, data.shape())?;
        self.check_mask("mask", &self.shape, Some(&mask.view().into_dyn()))?;
        let mut out = zeros_like(data.shape(), data.strides())?;
        self.apply_masked_into(data, mask, &mut out)?;
        Ok(out)
    }

    /// As [`Plan::apply_masked`] into an array of the caller's, of any layout.
    ///
    /// # Errors
    /// As [`Plan::apply_masked`].
    pub fn apply_masked_into<D: Dimension>(
        &self,
        data: &ArrayRef<In, D>,
        mask: &ArrayRef<bool, D>,
        out: &mut ArrayRef<Out, D>,
    ) -> Result<(), Error> {
        let mask = Some(mask.view().into_dyn());
        self.filter(data.view().into_dyn(), mask, out.view_mut().into_dyn())
    }

    /// As [`Plan::apply_slice`] without the pixels whose mask is false.
    ///
    /// # Errors
    /// As [`Plan::apply_slice`] and [`Plan::apply_masked`].
    pub fn apply_masked_slice<D: Dimension>(
        &self,
        slice: &ArrayRef<In, D>,
        mask: &ArrayRef<bool, D>,
        out: &mut ArrayRef<Out, D>,
        scratch: &mut Scratch<Out>,
    ) -> Result<(), Error> {
        let (slice, out) = (slice.view().into_dyn(), out.view_mut().into_dyn());
        self.filter_slice(slice, Some(mask.view().into_dyn()), out, scratch)
    }
}

impl<T: Element> Plan<T, T> {
    /// As [`Plan::apply_masked`] in place: the same bits.
    ///
    /// # Errors
    /// As [`Plan::apply_masked`].
    pub fn apply_masked_in_place<D: Dimension>(
        &self,
        data: &mut ArrayRef<T, D>,
        mask: &ArrayRef<bool, D>,
    ) -> Result<(), Error> {
        self.filter_in_place(data.view_mut().into_dyn(), Some(mask.view().into_dyn()))
    }
}
