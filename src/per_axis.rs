//! A parameter that is either one value for every filtered axis or one value per filtered axis.

use crate::Error;

/// One value for all filtered axes, or one value for each of them in the order of
/// [`Gaussian::axes`](crate::Gaussian::axes).
///
/// Every per-axis parameter of [`Gaussian`](crate::Gaussian) takes `impl Into<PerAxis<_>>`, so a
/// scalar, an array, a slice or a vector can be written directly.
///
/// ```
/// use gausstack::PerAxis;
///
/// assert_eq!(PerAxis::from(2.0), PerAxis::All(2.0));
/// assert_eq!(PerAxis::from([3.0, 5.0]), PerAxis::Each(vec![3.0, 5.0]));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum PerAxis<T> {
    /// The same value for every filtered axis.
    All(T),
    /// One value per filtered axis.
    Each(Vec<T>),
}

impl<T> PerAxis<T> {
    /// The values for `axes` filtered axes.
    pub(crate) fn each(&self, parameter: &'static str, axes: usize) -> Result<Vec<&T>, Error> {
        match self {
            Self::All(value) => Ok(vec![value; axes]),
            Self::Each(values) if values.len() == axes => Ok(values.iter().collect()),
            Self::Each(values) => {
                Err(Error::Length { parameter, expected: axes, found: values.len() })
            }
        }
    }
}

impl<T: Clone> PerAxis<T> {
    /// Copies of the values for `axes` filtered axes.
    pub(crate) fn expand(&self, parameter: &'static str, axes: usize) -> Result<Vec<T>, Error> {
        Ok(self.each(parameter, axes)?.into_iter().cloned().collect())
    }
}

impl<T> From<T> for PerAxis<T> {
    fn from(value: T) -> Self {
        Self::All(value)
    }
}

impl<T, const N: usize> From<[T; N]> for PerAxis<T> {
    fn from(values: [T; N]) -> Self {
        Self::Each(values.into())
    }
}

impl<T> From<Vec<T>> for PerAxis<T> {
    fn from(values: Vec<T>) -> Self {
        Self::Each(values)
    }
}

impl<T: Clone> From<&[T]> for PerAxis<T> {
    fn from(values: &[T]) -> Self {
        Self::Each(values.to_vec())
    }
}

impl From<usize> for PerAxis<Option<usize>> {
    fn from(value: usize) -> Self {
        Self::All(Some(value))
    }
}

impl<const N: usize> From<[usize; N]> for PerAxis<Option<usize>> {
    fn from(values: [usize; N]) -> Self {
        Self::Each(values.map(Some).into())
    }
}

impl From<Vec<usize>> for PerAxis<Option<usize>> {
    fn from(values: Vec<usize>) -> Self {
        Self::Each(values.into_iter().map(Some).collect())
    }
}
