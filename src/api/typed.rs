//! A plan for arrays of ndarray, whose types are checked when the program is compiled.

use std::fmt;
use std::marker::PhantomData;

use gausstack_kernels::{Element, Level};
use ndarray::{Array, ArrayRef, Dimension};

use crate::api::AnyPlan;
use crate::error::Error;
use crate::request::{Pass, Precision, StorePolicy, TileShape, Tuning};
use crate::run::Scratch;

/// A filter planned for arrays of one shape, ready to run any number of times, from any thread.
///
/// Planning checks the request and decides what does not depend on pixels or memory layout:
/// weights, the order of the passes, the instruction level, the arithmetic, the steps of a run.
/// `In` and `Out` are the element types of the arrays; [`AnyPlan`] is the same for types that are
/// known when the program runs. Printed, a plan says what it does.
///
/// ```
/// use gausstack::Gaussian;
/// use ndarray::Array3;
///
/// let plan = Gaussian::new([3.0, 5.0]).axes([0, 2]).plan::<f32, f32>([30, 4, 50])?;
/// assert_eq!(plan.slices(), 4);
/// assert_eq!(plan.passes()[0].weights.radius(), 20); // the last axis comes first
///
/// let stack = Array3::<f32>::zeros((30, 4, 50));
/// let smoothed = plan.apply(&stack)?;
/// # Ok::<(), gausstack::Error>(())
/// ```
pub struct Plan<In, Out> {
    any: AnyPlan,
    types: PhantomData<fn(In) -> Out>,
}

impl<In: Element, Out: Element> Plan<In, Out> {
    /// Gives a plan for these types its types.
    pub(crate) fn of(any: AnyPlan) -> Self {
        assert_eq!(any.element_types(), [In::TYPE, Out::TYPE], "the types it was planned for");
        Self { any, types: PhantomData }
    }

    /// The plan without its types.
    #[must_use]
    pub fn as_any(&self) -> &AnyPlan {
        &self.any
    }

    /// The shape of the arrays.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        self.any.shape()
    }

    /// The shape of one slice: the lengths of the filtered axes, in the array's order.
    #[must_use]
    pub fn slice_shape(&self) -> &[usize] {
        self.any.slice_shape()
    }

    /// How many slices the array holds: the product of the lengths of all other axes.
    #[must_use]
    pub fn slices(&self) -> usize {
        self.any.slices()
    }

    /// The instruction level.
    #[must_use]
    pub fn level(&self) -> Level {
        self.any.level()
    }

    /// The core whose tuned constants are used.
    #[must_use]
    pub fn tuning(&self) -> Tuning {
        self.any.tuning()
    }

    /// The passes that change anything, in the order they run; of a filter of several terms those
    /// of the first.
    #[must_use]
    pub fn passes(&self) -> &[Pass] {
        self.any.passes()
    }

    /// The arithmetic that is really used: [`Precision::Native`] is f32 sums.
    #[must_use]
    pub fn precision(&self) -> Precision {
        self.any.precision()
    }

    /// The tile of the first sweep over a C-order array; ones where nothing is summed, or small slices
    /// are filtered side by side.
    #[must_use]
    pub fn tile(&self) -> TileShape {
        self.any.tile()
    }

    /// How the first sweep stores an array in C order.
    #[must_use]
    pub fn stores(&self) -> StorePolicy {
        self.any.stores()
    }

    /// Workers of a run that is started from this thread.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.any.workers()
    }

    /// Scratch of a worker that works alone, in bytes: see [`AnyPlan::scratch_bytes`].
    #[must_use]
    pub fn scratch_bytes(&self) -> usize {
        self.any.scratch_bytes()
    }

    /// Memory of a run besides its input and output, in bytes: see [`AnyPlan::memory_bytes`].
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.any.memory_bytes()
    }

    /// Makes working memory for [`apply_slice`](Self::apply_slice).
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn scratch(&self) -> Result<Scratch, Error> {
        self.any.scratch()
    }

    /// Filters into a new array, its axes in memory ordered as the input's. With an array that
    /// exists already, [`apply_into`](Self::apply_into) saves the time in which the system zeroes
    /// new pages.
    ///
    /// # Errors
    /// [`Error::Shape`] when the array is not of the planned shape, [`Error::OutOfMemory`], and
    /// [`Error::Stopped`] when the observer says so.
    pub fn apply<D: Dimension>(&self, data: &ArrayRef<In, D>) -> Result<Array<Out, D>, Error> {
        self.any.new_array(data.into(), None)
    }

    /// Filters into an array of the caller's, of any layout.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn apply_into<D: Dimension>(
        &self,
        data: &ArrayRef<In, D>,
        out: &mut ArrayRef<Out, D>,
    ) -> Result<(), Error> {
        self.any.apply_into(data, out)
    }

    /// Filters one slice on the calling thread, in the caller's scratch.
    ///
    /// # Errors
    /// [`Error::Shape`] when an array is not of [`slice_shape`](Self::slice_shape), [`Error::Scratch`]
    /// when the scratch is another plan's, [`Error::Stopped`] when the observer says so.
    pub fn apply_slice<D: Dimension>(
        &self,
        slice: &ArrayRef<In, D>,
        out: &mut ArrayRef<Out, D>,
        scratch: &mut Scratch,
    ) -> Result<(), Error> {
        self.any.apply_slice(slice, out, scratch)
    }

    /// As [`apply`](Self::apply) without the pixels whose mask is false. The plan was made for
    /// masks, by `plan_masked` of a filter.
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
    /// As [`apply`](Self::apply), [`Error::Shape`] when the mask is not of the planned shape, and
    /// [`Error::NotMasked`] when the plan was made without masks.
    pub fn apply_masked<D: Dimension>(
        &self,
        data: &ArrayRef<In, D>,
        mask: &ArrayRef<bool, D>,
    ) -> Result<Array<Out, D>, Error> {
        self.any.new_array(data.into(), Some(mask.into()))
    }

    /// As [`apply_masked`](Self::apply_masked) into an array of the caller's, of any layout.
    ///
    /// # Errors
    /// As [`apply_masked`](Self::apply_masked).
    pub fn apply_masked_into<D: Dimension>(
        &self,
        data: &ArrayRef<In, D>,
        mask: &ArrayRef<bool, D>,
        out: &mut ArrayRef<Out, D>,
    ) -> Result<(), Error> {
        self.any.apply_masked_into(data, mask, out)
    }

    /// As [`apply_slice`](Self::apply_slice) without the pixels whose mask is false.
    ///
    /// # Errors
    /// As [`apply_slice`](Self::apply_slice) and [`apply_masked`](Self::apply_masked).
    pub fn apply_masked_slice<D: Dimension>(
        &self,
        slice: &ArrayRef<In, D>,
        mask: &ArrayRef<bool, D>,
        out: &mut ArrayRef<Out, D>,
        scratch: &mut Scratch,
    ) -> Result<(), Error> {
        self.any.apply_masked_slice(slice, mask, out, scratch)
    }
}

impl<T: Element> Plan<T, T> {
    /// Filters an array in place: the same bits as [`apply`](Self::apply).
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn apply_in_place<D: Dimension>(&self, data: &mut ArrayRef<T, D>) -> Result<(), Error> {
        self.any.apply_in_place(data)
    }

    /// As [`apply_masked`](Self::apply_masked) in place: the same bits.
    ///
    /// # Errors
    /// As [`apply_masked`](Self::apply_masked).
    pub fn apply_masked_in_place<D: Dimension>(
        &self,
        data: &mut ArrayRef<T, D>,
        mask: &ArrayRef<bool, D>,
    ) -> Result<(), Error> {
        self.any.apply_masked_in_place(data, mask)
    }
}

impl<In, Out> Clone for Plan<In, Out> {
    fn clone(&self) -> Self {
        Self { any: self.any.clone(), types: PhantomData }
    }
}

impl<In, Out> fmt::Display for Plan<In, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.any.fmt(f)
    }
}

impl<In, Out> fmt::Debug for Plan<In, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.any, f)
    }
}
