//! Data of which some are missing: NaN, or what a mask says.

use gausstack_kernels::Element;
use ndarray::{Array, ArrayRef, Dimension};

use crate::api::Plan;
use crate::error::Error;
use crate::request::progress::Waiting;
use crate::request::{Filter, Maker};

/// What becomes of pixels that are NaN.
///
/// Pixels that are missing can be left out. Each result is then made of those within the kernel that are there (normalised
/// convolution): the filtered image in which the missing ones are 0, over the same weights' share of those that are there. Of a
/// Gaussian, and of all weights that sum to 1, this is their weighted mean; other weights keep their gain.
///
/// ```
/// use gausstack::{Gaussian, Missing};
/// use ndarray::Array2;
///
/// // A ramp with a dead pixel and a dead row.
/// let mut image = Array2::<f32>::from_shape_fn((40, 50), |(_, x)| x as f32);
/// image[[10, 10]] = f32::NAN;
/// image.row_mut(30).fill(f32::NAN);
/// let smoothed = Gaussian::new(1.5).missing(Missing::Ignore).apply(&image)?;
/// assert!(smoothed.iter().all(|pixel| pixel.is_finite()));
/// assert!((smoothed[[30, 25]] - 25.0).abs() < 1e-3);
///
/// // The same, but that gaps stay gaps.
/// let gaps = Gaussian::new(1.5).missing(Missing::Keep).apply(&image)?;
/// assert!(gaps[[10, 10]].is_nan() && gaps[[10, 11]] == smoothed[[10, 11]]);
/// # Ok::<(), gausstack::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Missing {
    /// NaN is a number like any other: every pixel within a kernel of it becomes NaN, as in scipy.
    #[default]
    Propagate,
    /// NaN is left out: where it was, the result is made of the neighbours that are there.
    Ignore,
    /// NaN is left out and stays: a pixel that is missing, by NaN or by a mask, becomes the [`fill`](Filter::fill) value, which is
    /// NaN by default (integers 0). All others are as with `Ignore`.
    Keep,
}

impl<M: Maker> Filter<M> {
    /// Whether pixels that are NaN spread, are left out and filled in, or left out and kept. Integers are never NaN.
    ///
    /// A pixel with nothing valid within its kernel becomes the [`fill`](Self::fill) value. Beyond the border a sample is valid where
    /// the one that it repeats is, and all those of [`Mode::Constant`](crate::Mode::Constant) are, whatever
    /// [`cval`](Self::cval) is. Weights must be at least 0: derivatives are an [`Error::MissingOrder`] (so that
    /// [`GradientMagnitude`](crate::GradientMagnitude) and [`Laplace`](crate::Laplace) cannot leave pixels out), other weights an
    /// [`Error::MissingWeights`].
    ///
    /// Along up to two axes this is one sweep that takes about twice the sums; along more, the filtered numbers and their
    /// filtered validity are arrays of the image's shape ([`Plan::memory_bytes`] counts them). Integers are rounded once, at the
    /// end, as [`rounding`](Self::rounding) says; what [`Rounding::Scipy`](crate::Rounding::Scipy) cuts is raised by a part in 2^46 before,
    /// lest rounding errors take a level from constants.
    ///
    /// [`Missing::Keep`] looks once more over the image and the result, and keeps a byte for each pixel that may be NaN
    /// ([`Plan::memory_bytes`] counts it).
    ///
    /// Nothing valid is also what weighs less than 1.2e-38, all axes together: far corners of kernels with a large
    /// [`radius`](crate::Gaussian::radius). Sums of [`Precision::Double`](crate::Precision::Double) go down to 2.2e-308.
    pub fn missing(mut self, missing: Missing) -> Self {
        self.settings.missing = missing;
        self
    }

    /// What a pixel becomes that has nothing valid within its kernel, and with [`Missing::Keep`] every pixel that is missing: by
    /// default NaN, of integers 0.
    ///
    /// A value that the output's type does not hold is an [`Error::Fill`].
    pub fn fill(mut self, fill: f64) -> Self {
        self.settings.fill = Some(fill);
        self
    }

    /// Leaves out the pixels whose `mask` is false, whatever they are, and filters into a new array. All else is as
    /// [`missing`](Self::missing) says, which also decides about NaN where the mask is true.
    ///
    /// The mask has the shape of the data and any layout; a mask of one image serves a stack once it is broadcast. (In
    /// `numpy.ma` a mask is true where data are missing.)
    ///
    /// ```
    /// use gausstack::Gaussian;
    /// use ndarray::{Array2, Array3};
    ///
    /// let stack = Array3::<u16>::from_elem((5, 40, 50), 1000);
    /// let mut alive = Array2::from_elem((40, 50), true);
    /// alive[[7, 9]] = false;
    /// let alive = alive.broadcast(stack.dim()).expect("a stack of such images");
    /// let smooth = Gaussian::new(2.0).axes([1, 2]).apply_masked(&stack, &alive)?;
    /// assert!(smooth.iter().all(|&pixel| pixel == 1000));
    /// # Ok::<(), gausstack::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`apply`](Self::apply), those of [`missing`](Self::missing), and [`Error::Shape`].
    pub fn apply_masked<T: Element, D: Dimension>(
        &self,
        data: &ArrayRef<T, D>,
        mask: &ArrayRef<bool, D>,
    ) -> Result<Array<T, D>, Error> {
        self.plan_masked::<T, T>(data.shape())?.apply_masked(data, mask)
    }

    /// As [`apply_masked`](Self::apply_masked) into an array of the caller's, of the same shape and any layout.
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

    /// As [`apply_masked`](Self::apply_masked) in place: the same bits.
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

    /// As [`plan`](Self::plan), for data that come with masks: what [`Plan::apply_masked`] takes. Without a mask such a plan takes all
    /// pixels for valid, but NaN where [`missing`](Self::missing) says so, and sums their validity all the same: twice the work of
    /// a plan without masks, and within rounding of its result.
    ///
    /// # Errors
    /// As [`plan`](Self::plan), and those of [`missing`](Self::missing).
    pub fn plan_masked<In: Element, Out: Element>(
        &self,
        shape: impl AsRef<[usize]>,
    ) -> Result<Plan<In, Out>, Error> {
        let terms = |axes: &[usize], modes: &[_], waiting: &Waiting<'_>| {
            self.maker.terms(axes, modes, waiting)
        };
        Plan::new(&self.settings, &terms, shape.as_ref(), true)
    }
}
