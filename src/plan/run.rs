//! One run of a plan: checks, scratch, and who does the work.

use std::sync::{Arc, PoisonError};

use gausstack_kernels::Element;
use ndarray::{ArrayD, ArrayViewD, ArrayViewMutD, Axis, Zip};

use super::plan::Plan;
use crate::array::bridge::Image;
use crate::array::bridge::ImageMut;
use crate::error::Error;
use crate::plan::engine::Engine;
use crate::plan::engine::Run;
use crate::run::crew::Reporter;
use crate::run::output::converted;
use crate::run::output::zeros_like;
use crate::run::scratch::Scratch;
use crate::run::scratch::ScratchKind;
use crate::run::validity::{fill_invalid, valid_samples};

impl<In: Element, Out: Element> Plan<In, Out> {
    /// Filters one array into another.
    pub(crate) fn filter(
        &self,
        input: ArrayViewD<'_, In>,
        mask: Option<ArrayViewD<'_, bool>>,
        output: ArrayViewMutD<'_, Out>,
    ) -> Result<(), Error> {
        let expected = &self.shape;
        check("input", expected, input.shape())?;
        self.check_mask("mask", expected, mask.as_ref())?;
        check("output", expected, output.shape())?;
        if output.is_empty() {
            return Ok(());
        }
        // Terms may differ in their passes: one that changes nothing is left out.
        let in_place = self.engines().iter().any(|engine| engine.sweeps() > 1);
        let mut scratches = self.take_scratches(in_place)?;
        let c_order = output.is_standard_layout() && self.composite.is_none();
        self.reserve_stage(&mut scratches, c_order)?;
        let reporter = self.reporter(self.slices());
        let result = self.run(input, mask, output, &mut scratches, &reporter);
        self.keep_scratches(scratches);
        result.and_then(|()| reporter.finish())
    }

    pub(crate) fn filter_slice(
        &self,
        slice: ArrayViewD<'_, In>,
        mask: Option<ArrayViewD<'_, bool>>,
        out: ArrayViewMutD<'_, Out>,
        scratch: &mut Scratch<Out>,
    ) -> Result<(), Error> {
        let expected = &self.slice_shape;
        check("input slice", expected, slice.shape())?;
        self.check_mask("mask slice", expected, mask.as_ref())?;
        check("output slice", expected, out.shape())?;
        // Another plan's tables and constant lines may be others though its needs are the same.
        if !Arc::ptr_eq(&scratch.plan, &self.spare) {
            return Err(Error::Scratch);
        }
        // What an observer that panicked left behind is less than that.
        scratch.kind.reserve_edges(self.needs.edges.of(0, 1))?;
        scratch.kind.reserve_stage(self.needs_of_a_slice().stage)?;
        // As an array of the planned dimensions with one slice.
        let loops = (0..self.shape.len()).filter(|axis| !self.slice_axes.contains(axis)).map(Axis);
        let input = loops.clone().fold(slice, ArrayViewD::insert_axis);
        let mask = mask.map(|mask| loops.clone().fold(mask, ArrayViewD::insert_axis));
        let output = loops.fold(out, ArrayViewMutD::insert_axis);
        let reporter = self.reporter(1);
        let scratches = std::slice::from_mut(&mut scratch.kind);
        self.run(input, mask, output, scratches, &reporter)?;
        reporter.finish()
    }

    pub(crate) fn run(
        &self,
        input: ArrayViewD<'_, In>,
        mask: Option<ArrayViewD<'_, bool>>,
        mut output: ArrayViewMutD<'_, Out>,
        scratches: &mut [ScratchKind],
        reporter: &Reporter<'_>,
    ) -> Result<(), Error> {
        if output.is_empty() {
            return Ok(());
        }
        // Before a pixel is written.
        let validity = self.validity(&input, mask.as_ref())?;
        if let Some(rounding) = self.copies() {
            let copy = |out: &mut Out, &x: &In| *out = converted(x, rounding);
            Zip::from(&mut output).and(&input).for_each(copy);
            reporter.all_done(output.len());
        } else {
            let mask_image = mask.clone().map(Image::mask);
            let run = Run { crew: &self.crew, reporter, mask: mask_image.as_ref() };
            let image = Image::new(input);
            if let Some(composite) = &self.composite {
                composite.run(&image, output.view_mut(), scratches, run)?;
            } else {
                let c_order = output.is_standard_layout();
                self.engine.run(image, ImageMut::new(output.view_mut()), c_order, scratches, run);
            }
        }
        self.fill_missing(output, validity, mask, scratches, reporter);
        if self.composite.is_some() && !reporter.is_stopped() {
            reporter.all_finished();
        }
        Ok(())
    }

    /// Which samples are there, where that has to be known after the run.
    fn validity<T: Element>(
        &self,
        samples: &ArrayViewD<'_, T>,
        mask: Option<&ArrayViewD<'_, bool>>,
    ) -> Result<Option<ArrayD<bool>>, Error> {
        self.fills().map_or(Ok(None), |missing| valid_samples(missing, samples, mask))
    }

    /// Puts the fill value where samples are missing, if they are to stay so.
    fn fill_missing<T: Element>(
        &self,
        output: ArrayViewMutD<'_, T>,
        validity: Option<ArrayD<bool>>,
        mask: Option<ArrayViewD<'_, bool>>,
        scratches: &mut [ScratchKind],
        reporter: &Reporter<'_>,
    ) {
        let valid = validity.as_ref().map(|validity| validity.view()).or(mask);
        if let (Some(missing), Some(valid), false) = (self.fills(), valid, reporter.is_stopped()) {
            fill_invalid(missing, output, &valid, &self.crew, scratches);
        }
    }

    pub(crate) fn reporter(&self, slices: usize) -> Reporter<'_> {
        let slice: usize = self.slice_shape.iter().product();
        let slice = (self.slice_axes.as_slice(), slice);
        let sweeps = self.engines().iter().map(Engine::sweeps).sum();
        let reporter = Reporter::new(self.observer.as_ref(), slices, slice, sweeps);
        if self.composite.is_some() { reporter.together() } else { reporter }
    }

    pub(crate) fn check_mask(
        &self,
        what: &'static str,
        expected: &[usize],
        mask: Option<&ArrayViewD<'_, bool>>,
    ) -> Result<(), Error> {
        let Some(mask) = mask else { return Ok(()) };
        if self.masked { check(what, expected, mask.shape()) } else { Err(Error::NotMasked) }
    }

    /// One scratch per worker, of earlier runs where there are any; the first may have to hold more than
    /// the others where a sweep runs in place.
    pub(crate) fn take_scratches(&self, in_place: bool) -> Result<Vec<ScratchKind>, Error> {
        let workers = self.workers();
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let count = spare.len().min(workers);
        let mut scratches: Vec<_> = spare.drain(..count).collect();
        drop(spare);
        while scratches.len() < workers {
            scratches.push(self.engine.scratch(self.needs)?);
        }
        if in_place {
            for (worker, scratch) in scratches.iter_mut().enumerate() {
                scratch.reserve_edges(self.needs.edges.of(worker, workers))?;
            }
        }
        Ok(scratches)
    }

    /// Room for the sums of the array between two sweeps, where they cannot go to the output.
    pub(crate) fn reserve_stage(
        &self,
        scratches: &mut [ScratchKind],
        c_order: bool,
    ) -> Result<(), Error> {
        match scratches.first_mut() {
            Some(first) if self.engine.stages(self.needs, c_order) => {
                first.reserve_stage(self.needs.stage)
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn keep_scratches(&self, scratches: Vec<ScratchKind>) {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        // Of runs that overlapped, one run's scratch is kept: what `memory_bytes` says.
        if spare.len() < scratches.len() {
            *spare = scratches;
        }
    }
}

impl<T: Element> Plan<T, T> {
    pub(crate) fn filter_in_place(
        &self,
        mut array: ArrayViewMutD<'_, T>,
        mask: Option<ArrayViewD<'_, bool>>,
    ) -> Result<(), Error> {
        check("array", &self.shape, array.shape())?;
        self.check_mask("mask", &self.shape, mask.as_ref())?;
        if array.is_empty() {
            return Ok(());
        }
        let mut scratches = self.take_scratches(true)?;
        self.reserve_stage(&mut scratches, false)?;
        let reporter = self.reporter(self.slices());
        if self.composite.is_some() {
            let mut filtered: ArrayD<T> = zeros_like(array.shape(), array.strides())?;
            let run = self.run(array.view(), mask, filtered.view_mut(), &mut scratches, &reporter);
            self.keep_scratches(scratches);
            run?;
            reporter.finish()?;
            array.assign(&filtered);
            return Ok(());
        }
        let validity = self.validity(&array.view(), mask.as_ref())?;
        if self.copies().is_some() {
            reporter.all_done(array.len());
        } else {
            let mask_image = mask.clone().map(Image::mask);
            let run = Run { crew: &self.crew, reporter: &reporter, mask: mask_image.as_ref() };
            self.engine.run_in_place(ImageMut::new(array.view_mut()), &mut scratches, run);
        }
        self.fill_missing(array, validity, mask, &mut scratches, &reporter);
        self.keep_scratches(scratches);
        reporter.finish()
    }
}

pub(crate) fn check(what: &'static str, expected: &[usize], found: &[usize]) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    Err(Error::Shape { what, expected: expected.to_vec(), found: found.to_vec() })
}
