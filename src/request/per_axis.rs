//! Parameters with one value for all filtered axes, or one for each.

use crate::error::Error;

/// One value for all filtered axes, or one for each in the order of
/// [`axes`](crate::Gaussian::axes).
///
/// Methods take any [`IntoPerAxis`]: a value, an array, a tuple, a slice or a vector.
///
/// ```
/// use gausstack::{IntoPerAxis, PerAxis};
///
/// assert_eq!(2.0.into_per_axis(), PerAxis::All(2.0));
/// assert_eq!([3.0, 5.0].into_per_axis(), PerAxis::Each(vec![3.0, 5.0]));
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

/// A type that converts to a per-axis parameter: one value for all filtered axes, or an array, a
/// tuple, a slice or a vector with one for each. A sigma may be an integer, a radius a number or an
/// `Option`.
///
/// ```
/// use gausstack::Gaussian;
///
/// let sigmas = vec![3.0, 5.0];
/// let one = [Gaussian::new(3), Gaussian::new(3.0)];
/// let each = [Gaussian::new((3.0, 5.0)), Gaussian::new(&sigmas)];
/// for filter in one.into_iter().chain(each) {
///     assert!(filter.radius([12, 20]).plan::<f32, f32>([30, 50]).is_ok());
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither one `{T}` for all filtered axes nor one for each",
    label = "expected a value, or an array, a tuple, a slice or a vector of values",
    note = "write `3.0`, or `[3.0, 5.0]` for two axes; a border mode is a `Mode`: `Mode::Wrap`, or `\"wrap\".parse::<Mode>()?`"
)]
pub trait IntoPerAxis<T> {
    /// Converts to the parameter.
    fn into_per_axis(self) -> PerAxis<T>;
}

impl<T> IntoPerAxis<T> for PerAxis<T> {
    fn into_per_axis(self) -> Self {
        self
    }
}

impl<T> IntoPerAxis<T> for T {
    fn into_per_axis(self) -> PerAxis<T> {
        PerAxis::All(self)
    }
}

impl<T> IntoPerAxis<T> for Vec<T> {
    fn into_per_axis(self) -> PerAxis<T> {
        PerAxis::Each(self)
    }
}

impl<T, const N: usize> IntoPerAxis<T> for [T; N] {
    fn into_per_axis(self) -> PerAxis<T> {
        PerAxis::Each(self.into())
    }
}

impl<T: Clone> IntoPerAxis<T> for &[T] {
    fn into_per_axis(self) -> PerAxis<T> {
        PerAxis::Each(self.to_vec())
    }
}

impl<T: Clone> IntoPerAxis<T> for &Vec<T> {
    fn into_per_axis(self) -> PerAxis<T> {
        PerAxis::Each(self.clone())
    }
}

impl<T: Clone, const N: usize> IntoPerAxis<T> for &[T; N] {
    fn into_per_axis(self) -> PerAxis<T> {
        PerAxis::Each(self.to_vec())
    }
}

impl<T> IntoPerAxis<T> for (T, T) {
    fn into_per_axis(self) -> PerAxis<T> {
        PerAxis::Each(vec![self.0, self.1])
    }
}

impl<T> IntoPerAxis<T> for (T, T, T) {
    fn into_per_axis(self) -> PerAxis<T> {
        PerAxis::Each(vec![self.0, self.1, self.2])
    }
}

/// Integers as sigmas, and plain numbers as radii.
macro_rules! converted {
    ($($from:ty => $to:ty: $convert:expr;)*) => {$(
        impl IntoPerAxis<$to> for $from {
            fn into_per_axis(self) -> PerAxis<$to> {
                PerAxis::All($convert(self))
            }
        }

        impl<const N: usize> IntoPerAxis<$to> for [$from; N] {
            fn into_per_axis(self) -> PerAxis<$to> {
                PerAxis::Each(self.map($convert).into())
            }
        }

        impl IntoPerAxis<$to> for Vec<$from> {
            fn into_per_axis(self) -> PerAxis<$to> {
                PerAxis::Each(self.into_iter().map($convert).collect())
            }
        }
    )*};
}
converted! {
    i32 => f64: f64::from;
    usize => Option<usize>: Some;
}
