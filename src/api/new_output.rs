//! Runs into new arrays: their memory has no value before the run, and nobody gets it unless the run
//! came to its end.
#![expect(unsafe_code, reason = "that a run wrote every element is known here alone")]

use gausstack_kernels::Element;
use ndarray::{Array, ArrayD, Dimension};

use crate::api::AnyPlan;
use crate::array::owned::MakeArray;
use crate::array::unwritten::Unwritten;
use crate::array::{AnyArray, AnyView};
use crate::error::Error;

impl AnyPlan {
    /// Filters into a new array of the planned type, its axes in memory ordered as the input's.
    pub(super) fn new_array<T: Element, D: Dimension>(
        &self,
        data: AnyView<'_>,
        mask: Option<AnyView<'_>>,
    ) -> Result<Array<T, D>, Error> {
        self.check_input(&data, mask.as_ref())?;
        let mut out = Unwritten::like(data.shape(), data.strides())?;
        self.filter(Some(data), mask, out.view_mut())?;
        // SAFETY: a run without an error did all steps of its schedule, to the end. From an input to
        // another array, the first of them that has to do with the output writes all of it.
        Ok(unsafe { out.assume_written() })
    }

    /// The same for a type that is a value.
    pub(super) fn new_any_array(
        &self,
        data: AnyView<'_>,
        mask: Option<AnyView<'_>>,
    ) -> Result<AnyArray, Error> {
        let [_, to] = self.types;
        AnyArray::made(to, NewOutput { plan: self, data, mask })
    }
}

/// The result of a run into a new array.
struct NewOutput<'p, 'd, 'm> {
    plan: &'p AnyPlan,
    data: AnyView<'d>,
    mask: Option<AnyView<'m>>,
}

impl MakeArray for NewOutput<'_, '_, '_> {
    fn make<T: Element>(self) -> Result<ArrayD<T>, Error> {
        self.plan.new_array(self.data, self.mask)
    }
}
