//! The arithmetic of sums.

/// The arithmetic in which pixels are summed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Precision {
    /// f32 sums for f32 data and integers of up to 16 bits: the fastest, with errors within 2e-7 of
    /// the data's magnitude per axis up to sigma 60. f64 sums if input or output is f64 or a wider
    /// integer, and for outputs of 16 bits from radius 1025 on.
    #[default]
    Native,
    /// f64 sums in scipy's order. Floating-point results are rounded to the output's type after
    /// each axis and have scipy's bits; for integers, [`Rounding`](crate::Rounding) decides.
    Double,
}
