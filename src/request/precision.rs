//! The arithmetic of the sums.

/// The arithmetic that pixels are summed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Precision {
    /// f32 sums for f32 data and integers of up to 16 bits (the fastest, within 2e-7 of the data's magnitude per axis up to
    /// sigma 60), f64 sums as soon as input or output is f64 or a wider integer. Outputs of 16 bits are summed in f64 from radius
    /// 1025 on.
    #[default]
    Native,
    /// f64 sums in scipy's order. Floating-point outputs are stored to their type after each axis and have scipy's bits;
    /// when integers are rounded is up to [`Rounding`](crate::Rounding).
    Double,
}
