//! Lists of filtered axes, as callers write them.

/// A type that lists axes; negative ones count from the end.
///
/// ```
/// use gausstack::Gaussian;
///
/// let rows_and_columns = [0_usize, 1];
/// let smooth = || Gaussian::new(2.0);
/// for filter in [smooth().axes([0, 1]), smooth().axes(&rows_and_columns), smooth().axes(-1)] {
///     assert!(filter.plan::<f32, f32>([30, 50]).is_ok());
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not list axes",
    label = "expected an axis, or an array, a slice or a vector of axes",
    note = "write `.axes([0, 2])`, or `.axes(-1)` for the last axis alone; collect an iterator: `.axes(iterator.collect::<Vec<_>>())`"
)]
pub trait IntoAxes {
    /// The axes in the order listed.
    fn into_axes(self) -> Vec<isize>;
}

/// A number that names an axis: `isize`, `usize` or `i32`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name an axis",
    note = "axes are of type `isize`, `usize` or `i32`"
)]
pub trait AxisNumber: Copy {
    /// The axis. A number beyond `isize` becomes `isize::MAX`, which is no axis of any array.
    fn axis(self) -> isize;
}

macro_rules! axis_numbers {
    ($($number:ty)*) => {$(
        impl AxisNumber for $number {
            fn axis(self) -> isize {
                isize::try_from(self).unwrap_or(isize::MAX)
            }
        }

        impl IntoAxes for $number {
            fn into_axes(self) -> Vec<isize> {
                vec![self.axis()]
            }
        }
    )*};
}
axis_numbers!(isize usize i32);

impl<T: AxisNumber> IntoAxes for &[T] {
    fn into_axes(self) -> Vec<isize> {
        self.iter().map(|number| number.axis()).collect()
    }
}

/// Owned lists and references to them, through their slice.
macro_rules! lists {
    ($({$($generics:tt)*} $list:ty;)*) => {$(
        impl<$($generics)*> IntoAxes for $list {
            fn into_axes(self) -> Vec<isize> {
                self.as_slice().into_axes()
            }
        }
    )*};
}
lists! {
    {T: AxisNumber, const N: usize} [T; N];
    {T: AxisNumber, const N: usize} &[T; N];
    {T: AxisNumber} Vec<T>;
    {T: AxisNumber} &Vec<T>;
}
