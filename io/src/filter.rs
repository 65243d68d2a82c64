//! Filters as streams take them.

use gausstack::{
    AnyPlan, Combination, ElementType, Error, Gaussian, GradientMagnitude, Laplace, Separable,
};

/// A filter that is planned for arrays of any shape and type.
///
/// ```
/// use gausstack::{ElementType, Gaussian};
/// use gausstack_io::Filter;
///
/// let filter: &dyn Filter = &Gaussian::new(2.0);
/// let plan = filter.plan(&[30, 40], [ElementType::U16, ElementType::F32])?;
/// assert_eq!(plan.shape(), [30, 40]);
/// # Ok::<(), gausstack::Error>(())
/// ```
pub trait Filter: Send + Sync {
    /// Plans the filter for arrays of a shape, from one type to another.
    ///
    /// # Errors
    /// What is wrong with the filter's parameters for such arrays.
    fn plan(&self, shape: &[usize], types: [ElementType; 2]) -> Result<AnyPlan, Error>;
}

macro_rules! filters {
    ($($filter:ty),*) => {
        $(impl Filter for $filter {
            fn plan(&self, shape: &[usize], [from, to]: [ElementType; 2]) -> Result<AnyPlan, Error> {
                self.plan_any(shape, from, to)
            }
        })*
    };
}
filters!(Gaussian, GradientMagnitude, Laplace, Separable, Combination);
