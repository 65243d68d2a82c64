//! The verbs of every filter, written once for all of them: plan it, or plan it and run it.

use gausstack_kernels::{Element, ElementType};
use ndarray::{Array, ArrayRef, Dimension};

use crate::api::{AnyPlan, Plan};
use crate::error::Error;
use crate::request::filter::WeightSource;
use crate::request::options::Settings;
use crate::request::{Combination, Gaussian, GradientMagnitude, Laplace, Separable};

/// Plans any filter; a `masked` plan takes masks.
fn plan(
    settings: &Settings,
    weights: &dyn WeightSource,
    shape: &[usize],
    types: [ElementType; 2],
    masked: bool,
) -> Result<AnyPlan, Error> {
    AnyPlan::new(settings, weights, shape, types, masked)
}

macro_rules! verbs {
    ($($filter:ident)*) => {$(
        impl $filter {
            /// Checks the filter against a shape and decides everything that does not depend on
            /// pixels. A plan can run any number of times.
            ///
            /// # Errors
            /// Every variant of [`Error`] about a parameter, naming the value and the axis.
            pub fn plan<In: Element, Out: Element>(
                &self,
                shape: impl AsRef<[usize]>,
            ) -> Result<Plan<In, Out>, Error> {
                self.plan_any(shape, In::TYPE, Out::TYPE).map(Plan::of)
            }

            /// As [`plan`](Self::plan), for element types that are known when the program runs.
            ///
            /// # Errors
            /// As [`plan`](Self::plan).
            pub fn plan_any(
                &self,
                shape: impl AsRef<[usize]>,
                from: ElementType,
                to: ElementType,
            ) -> Result<AnyPlan, Error> {
                plan(&self.settings, self, shape.as_ref(), [from, to], false)
            }

            /// As [`plan_masked`](Self::plan_masked), for element types that are known when the
            /// program runs.
            ///
            /// # Errors
            /// As [`plan_masked`](Self::plan_masked).
            pub fn plan_any_masked(
                &self,
                shape: impl AsRef<[usize]>,
                from: ElementType,
                to: ElementType,
            ) -> Result<AnyPlan, Error> {
                plan(&self.settings, self, shape.as_ref(), [from, to], true)
            }

            /// Filters into a new array of the same shape and memory order.
            ///
            /// # Errors
            /// As [`plan`](Self::plan), and [`Error::OutOfMemory`].
            pub fn apply<T: Element, D: Dimension>(
                &self,
                data: &ArrayRef<T, D>,
            ) -> Result<Array<T, D>, Error> {
                self.plan::<T, T>(data.shape())?.apply(data)
            }

            /// Filters into the caller's array, which has the same shape and any layout.
            ///
            /// # Errors
            /// As [`plan`](Self::plan), and [`Error::Shape`].
            pub fn apply_into<In: Element, Out: Element, D: Dimension>(
                &self,
                data: &ArrayRef<In, D>,
                out: &mut ArrayRef<Out, D>,
            ) -> Result<(), Error> {
                self.plan::<In, Out>(data.shape())?.apply_into(data, out)
            }

            /// Filters an array in place, with the same bits as [`apply`](Self::apply) and without
            /// a second array. (Filters that combine several terms may need one:
            /// [`GradientMagnitude`](crate::GradientMagnitude) says when.)
            ///
            /// # Errors
            /// As [`plan`](Self::plan).
            pub fn apply_in_place<T: Element, D: Dimension>(
                &self,
                data: &mut ArrayRef<T, D>,
            ) -> Result<(), Error> {
                self.plan::<T, T>(data.shape())?.apply_in_place(data)
            }

            /// Plans runs with masks: [`Plan::apply_masked`] and its relatives. Everything else is
            /// as in [`plan`](Self::plan).
            ///
            /// Such a plan also runs without a mask. All pixels then count as valid, except NaN
            /// where [`missing`](Self::missing) says so. It takes twice the work of a plan without
            /// masks, and its results agree with that plan's within rounding.
            ///
            /// # Errors
            /// As [`plan`](Self::plan), and those of [`missing`](Self::missing).
            pub fn plan_masked<In: Element, Out: Element>(
                &self,
                shape: impl AsRef<[usize]>,
            ) -> Result<Plan<In, Out>, Error> {
                self.plan_any_masked(shape, In::TYPE, Out::TYPE).map(Plan::of)
            }

            /// Filters into a new array and leaves out the pixels whose `mask` is false, whatever
            /// their values. [`missing`](Self::missing) explains the result, and decides about NaN
            /// where the mask is true.
            ///
            /// The mask has the shape of the data and any layout; broadcast the mask of one image
            /// to a stack. (A mask of `numpy.ma` is the opposite: true where data are missing.)
            ///
            /// ```
            /// use gausstack::Gaussian;
            /// use ndarray::{Array2, Array3};
            ///
            /// let stack = Array3::<u16>::from_elem((5, 40, 50), 1000);
            /// let mut valid = Array2::from_elem((40, 50), true);
            /// valid[[7, 9]] = false;
            /// let valid = valid.broadcast(stack.dim()).expect("a stack of such images");
            /// let smooth = Gaussian::new(2.0).axes([1, 2]).apply_masked(&stack, &valid)?;
            /// assert!(smooth.iter().all(|&pixel| pixel == 1000));
            /// # Ok::<(), gausstack::Error>(())
            /// ```
            ///
            /// # Errors
            /// As [`apply`](Self::apply), those of [`missing`](Self::missing), and
            /// [`Error::Shape`].
            pub fn apply_masked<T: Element, D: Dimension>(
                &self,
                data: &ArrayRef<T, D>,
                mask: &ArrayRef<bool, D>,
            ) -> Result<Array<T, D>, Error> {
                self.plan_masked::<T, T>(data.shape())?.apply_masked(data, mask)
            }

            /// [`apply_masked`](Self::apply_masked) into the caller's array, which has the same
            /// shape and any layout.
            ///
            /// # Errors
            /// As [`apply_masked`](Self::apply_masked).
            pub fn apply_masked_into<In: Element, Out: Element, D: Dimension>(
                &self,
                data: &ArrayRef<In, D>,
                mask: &ArrayRef<bool, D>,
                out: &mut ArrayRef<Out, D>,
            ) -> Result<(), Error> {
                self.plan_masked::<In, Out>(data.shape())?.apply_masked_into(data, mask, out)
            }

            /// [`apply_masked`](Self::apply_masked) in place, with the same bits.
            ///
            /// # Errors
            /// As [`apply_masked`](Self::apply_masked).
            pub fn apply_masked_in_place<T: Element, D: Dimension>(
                &self,
                data: &mut ArrayRef<T, D>,
                mask: &ArrayRef<bool, D>,
            ) -> Result<(), Error> {
                self.plan_masked::<T, T>(data.shape())?.apply_masked_in_place(data, mask)
            }
        }
    )*};
}
verbs!(Gaussian Separable GradientMagnitude Laplace Combination);
