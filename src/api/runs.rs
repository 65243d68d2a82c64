//! Runs of a plan: arrays are checked, then filtered.

use gausstack_kernels::ElementType;
use ndarray::Axis;

use crate::api::AnyPlan;
use crate::api::plan::product;
use crate::array::{AnyArray, AnyView, AnyViewMut};
use crate::error::Error;
use crate::run::Scratch;
use crate::run::reporter::ProgressReporter;
use crate::run::runner::Arrays;

impl AnyPlan {
    /// Filters into a new array, its axes in memory ordered as the input's. With an array that
    /// exists already, [`apply_into`](Self::apply_into) saves the time in which the system zeroes
    /// new pages.
    ///
    /// # Errors
    /// As [`apply_into`](Self::apply_into), and [`Error::OutOfMemory`].
    pub fn apply<'a>(&self, data: impl Into<AnyView<'a>>) -> Result<AnyArray, Error> {
        self.new_any_array(data.into(), None)
    }

    /// Filters into an array of the caller's, of any layout.
    ///
    /// # Errors
    /// [`Error::Shape`] and [`Error::ElementType`] when an array is not of the planned shape or type,
    /// [`Error::OutOfMemory`], and [`Error::Stopped`] when the observer says so.
    pub fn apply_into<'a, 'b>(
        &self,
        data: impl Into<AnyView<'a>>,
        out: impl Into<AnyViewMut<'b>>,
    ) -> Result<(), Error> {
        self.filter(Some(data.into()), None, out.into())
    }

    /// Filters an array in place: the same bits as [`apply`](Self::apply).
    ///
    /// # Errors
    /// As [`apply_into`](Self::apply_into). The input's type must be the output's.
    pub fn apply_in_place<'a>(&self, data: impl Into<AnyViewMut<'a>>) -> Result<(), Error> {
        self.filter(None, None, data.into())
    }

    /// Filters one slice on the calling thread, in the caller's scratch.
    ///
    /// # Errors
    /// [`Error::Shape`] when an array is not of [`slice_shape`](Self::slice_shape),
    /// [`Error::ElementType`], [`Error::Scratch`] when the scratch is another plan's, and
    /// [`Error::Stopped`] when the observer says so.
    pub fn apply_slice<'a, 'b>(
        &self,
        slice: impl Into<AnyView<'a>>,
        out: impl Into<AnyViewMut<'b>>,
        scratch: &mut Scratch,
    ) -> Result<(), Error> {
        self.filter_slice(slice.into(), None, out.into(), scratch)
    }

    /// As [`apply`](Self::apply) without the pixels whose mask, of `bool`, is false. The plan was
    /// made for masks.
    ///
    /// # Errors
    /// As [`apply`](Self::apply), and [`Error::NotMasked`].
    pub fn apply_masked<'a, 'm>(
        &self,
        data: impl Into<AnyView<'a>>,
        mask: impl Into<AnyView<'m>>,
    ) -> Result<AnyArray, Error> {
        self.new_any_array(data.into(), Some(mask.into()))
    }

    /// As [`apply_masked`](Self::apply_masked) into an array of the caller's, of any layout.
    ///
    /// # Errors
    /// As [`apply_into`](Self::apply_into), and [`Error::NotMasked`].
    pub fn apply_masked_into<'a, 'm, 'b>(
        &self,
        data: impl Into<AnyView<'a>>,
        mask: impl Into<AnyView<'m>>,
        out: impl Into<AnyViewMut<'b>>,
    ) -> Result<(), Error> {
        self.filter(Some(data.into()), Some(mask.into()), out.into())
    }

    /// As [`apply_masked`](Self::apply_masked) in place: the same bits.
    ///
    /// # Errors
    /// As [`apply_in_place`](Self::apply_in_place), and [`Error::NotMasked`].
    pub fn apply_masked_in_place<'a, 'm>(
        &self,
        data: impl Into<AnyViewMut<'a>>,
        mask: impl Into<AnyView<'m>>,
    ) -> Result<(), Error> {
        self.filter(None, Some(mask.into()), data.into())
    }

    /// As [`apply_slice`](Self::apply_slice) without the pixels whose mask is false.
    ///
    /// # Errors
    /// As [`apply_slice`](Self::apply_slice), and [`Error::NotMasked`].
    pub fn apply_masked_slice<'a, 'm, 'b>(
        &self,
        slice: impl Into<AnyView<'a>>,
        mask: impl Into<AnyView<'m>>,
        out: impl Into<AnyViewMut<'b>>,
        scratch: &mut Scratch,
    ) -> Result<(), Error> {
        self.filter_slice(slice.into(), Some(mask.into()), out.into(), scratch)
    }

    /// Filters an input into an output, or without an input the output in place.
    pub(crate) fn filter(
        &self,
        input: Option<AnyView<'_>>,
        mask: Option<AnyView<'_>>,
        output: AnyViewMut<'_>,
    ) -> Result<(), Error> {
        let names = ["input", "mask", if input.is_some() { "output" } else { "array" }];
        self.check(names, &self.shape, (input.as_ref(), mask.as_ref(), &output))?;
        if output.heads.is_empty() {
            return Ok(());
        }
        let workers = (&self.pool, self.workers());
        let arrays = Arrays { input, mask, output, alone: false };
        let reporter = self.reporter(self.slices(), &arrays);
        self.executor.run(arrays, workers, reporter)
    }

    fn filter_slice(
        &self,
        slice: AnyView<'_>,
        mask: Option<AnyView<'_>>,
        out: AnyViewMut<'_>,
        scratch: &mut Scratch,
    ) -> Result<(), Error> {
        let names = ["input slice", "mask slice", "output slice"];
        self.check(names, &self.slice_shape, (Some(&slice), mask.as_ref(), &out))?;
        // As an array of the planned dimensions with one slice.
        let loops = self.loops().map(Axis);
        let input = Some(loops.clone().fold(slice, AnyView::insert_axis));
        let mask = mask.map(|mask| loops.clone().fold(mask, AnyView::insert_axis));
        let output = loops.fold(out, AnyViewMut::insert_axis);
        let arrays = Arrays { input, mask, output, alone: self.slices() != 1 };
        let reporter = self.reporter(1, &arrays);
        self.executor.run_slice(arrays, scratch, reporter)
    }

    /// Checks shapes and types before a pixel is written, in the order input, mask, output.
    fn check(
        &self,
        [input_name, mask_name, output_name]: [&'static str; 3],
        shape: &[usize],
        (input, mask, output): (Option<&AnyView<'_>>, Option<&AnyView<'_>>, &AnyViewMut<'_>),
    ) -> Result<(), Error> {
        let [from, to] = self.types;
        match input {
            Some(input) => check_array(input_name, (shape, from), input.shape(), input.element)?,
            None => check_array(output_name, (shape, from), output.shape(), output.element)?,
        }
        self.check_mask(mask_name, shape, mask)?;
        check_array(output_name, (shape, to), output.shape(), output.element)
    }

    /// Checks what a new output is made for.
    pub(super) fn check_input(
        &self,
        input: &AnyView<'_>,
        mask: Option<&AnyView<'_>>,
    ) -> Result<(), Error> {
        check_array("input", (&self.shape, self.types[0]), input.shape(), input.element)?;
        self.check_mask("mask", &self.shape, mask)
    }

    fn check_mask(
        &self,
        name: &'static str,
        shape: &[usize],
        mask: Option<&AnyView<'_>>,
    ) -> Result<(), Error> {
        let Some(mask) = mask else { return Ok(()) };
        if !self.masked {
            return Err(Error::NotMasked);
        }
        check_array(name, (shape, ElementType::Bool), mask.shape(), mask.element)
    }

    fn reporter(&self, slices: usize, arrays: &Arrays<'_, '_, '_>) -> ProgressReporter<'_> {
        let slice = (self.kept_slice_axes.as_slice(), product(self.slice_shape.iter().copied()));
        let sweeps = self.executor.sweeps(arrays);
        let reporter = ProgressReporter::new(self.observer.as_ref(), slices, slice, sweeps);
        if self.executor.finishes_together() { reporter.together() } else { reporter }
    }
}

fn check_array(
    what: &'static str,
    (shape, element): (&[usize], ElementType),
    found: &[usize],
    found_element: ElementType,
) -> Result<(), Error> {
    if found != shape {
        return Err(Error::Shape { what, expected: shape.to_vec(), found: found.to_vec() });
    }
    if found_element != element {
        return Err(Error::ElementType { what, expected: element, found: found_element });
    }
    Ok(())
}
