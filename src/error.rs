//! What can be wrong with a request.

use gausstack_kernels::{ElementType, LevelError};

use crate::number::Number;

/// Why a filter could not be planned or run.
///
/// Every parameter is checked before the first pixel is written. Only [`Error::Stopped`] leaves an
/// output partly written.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A sigma is negative, NaN or infinite.
    #[error("sigma of axis {axis} must be finite and not negative, found {}", Number(*value))]
    Sigma {
        /// The axis of the array.
        axis: usize,
        /// The value handed in.
        value: f64,
    },
    /// `truncate` is NaN or infinite, or gives a radius below zero.
    #[error("truncate {} gives no radius for sigma {} of axis {axis}", Number(*value), Number(*sigma))]
    Truncate {
        /// The axis of the array.
        axis: usize,
        /// The truncation handed in.
        value: f64,
        /// The sigma of that axis.
        sigma: f64,
    },
    /// There is no derivative along an axis that is left alone.
    #[error("sigma of axis {axis} must be above 1e-15 for a derivative along it, found {}", Number(*value))]
    SigmaOfDerivative {
        /// The axis of the array.
        axis: usize,
        /// The value handed in.
        value: f64,
    },
    /// A radius is too large for any memory.
    #[error("the radius of axis {axis} ({}) is out of range", Number(*value))]
    Radius {
        /// The axis of the array.
        axis: usize,
        /// The radius as a number of samples.
        value: f64,
    },
    /// A derivative order is out of range.
    #[error("order {value} of axis {axis} is above {max}")]
    Order {
        /// The axis of the array.
        axis: usize,
        /// The order handed in.
        value: usize,
        /// The largest order that is accepted.
        max: usize,
    },
    /// A kernel is too short for the exact derivative of that order.
    #[error("an exact derivative of order {order} along axis {axis} needs a radius of at least {}, found {radius}", order.div_ceil(2))]
    DerivativeRadius {
        /// The axis of the array.
        axis: usize,
        /// The derivative order.
        order: usize,
        /// The radius in samples.
        radius: usize,
    },
    /// Weights cannot be used.
    #[error("the weights of axis {axis} {reason}")]
    Weights {
        /// The axis of the array.
        axis: usize,
        /// What is wrong with them.
        reason: &'static str,
    },
    /// An origin leaves all weights on one side of the pixel's own sample.
    #[error(
        "origin {value} of axis {axis} is out of range for {taps} weights (expected {} to {})",
        -((taps / 2) as isize), taps.saturating_sub(1) / 2
    )]
    Origin {
        /// The axis of the array.
        axis: usize,
        /// The origin handed in.
        value: isize,
        /// How many weights there are.
        taps: usize,
    },
    /// A derivative of data of which some are missing.
    #[error("order {order} of axis {axis} with missing data: only order 0 can leave them out")]
    MissingOrder {
        /// The axis of the array.
        axis: usize,
        /// The derivative order.
        order: usize,
    },
    /// Weights that cannot be shared out again among the data that are there.
    #[error(
        "missing data need finite weights of at least 0 that do not sum to 0, found {} along axis {axis}",
        Number(*value)
    )]
    MissingWeights {
        /// The axis of the array.
        axis: usize,
        /// A weight that is negative or not finite, else the sum.
        value: f64,
    },
    /// Data of which some are missing cannot be left out of several terms.
    #[error("missing data with a filter of {terms} terms: they can be left out of one alone")]
    MissingTerms {
        /// How many terms there are.
        terms: usize,
    },
    /// A filter that combines no terms.
    #[error("a combination needs at least one term")]
    NoTerms,
    /// The output cannot hold what is to stand where no data are.
    #[error("{element} does not hold the fill value {}", Number(*value))]
    Fill {
        /// The output's element type.
        element: &'static str,
        /// The value handed in.
        value: f64,
    },
    /// A mask for a plan that was made without.
    #[error("the plan takes no masks (`plan_masked` makes one that does)")]
    NotMasked,
    /// A per-axis parameter has the wrong number of values.
    #[error("{parameter} has {found} values for {expected} filtered axes")]
    Length {
        /// The parameter's name.
        parameter: &'static str,
        /// How many axes are filtered.
        expected: usize,
        /// How many values were handed in.
        found: usize,
    },
    /// An axis is not one of the array's.
    #[error("axis {axis} is out of range for an array of {ndim} dimensions")]
    Axis {
        /// The axis handed in.
        axis: isize,
        /// The dimensions of the array.
        ndim: usize,
    },
    /// An array has more axes than are filtered.
    #[error("arrays of {ndim} axes are not filtered: at most {max} (numpy's limit)")]
    Dimensions {
        /// The axes of the array.
        ndim: usize,
        /// The most axes that an array may have.
        max: usize,
    },
    /// An axis is listed twice.
    #[error("axis {axis} is listed more than once")]
    RepeatedAxis {
        /// The axis of the array.
        axis: usize,
    },
    /// A boundary mode's name is not one of scipy's.
    #[error(
        "unknown mode '{name}' (expected reflect, grid-mirror, mirror, nearest, wrap, grid-wrap, \
         constant or grid-constant)"
    )]
    UnknownMode {
        /// The name handed in.
        name: String,
    },
    /// An array's shape is not the one expected.
    #[error("the {what} has shape {found:?}, expected {expected:?}")]
    Shape {
        /// Which array.
        what: &'static str,
        /// The shape that was planned or that the other array has.
        expected: Vec<usize>,
        /// The shape handed in.
        found: Vec<usize>,
    },
    /// An array's element type is not the one that was planned.
    #[error("the {what} is of {found}, expected {expected}")]
    ElementType {
        /// Which array.
        what: &'static str,
        /// The type that was planned.
        expected: ElementType,
        /// The type handed in.
        found: ElementType,
    },
    /// A shape and strides do not describe an array in a slice.
    #[error("shape {shape:?} with strides {strides:?} in a slice of {len} elements: {reason}")]
    Strides {
        /// The length of each axis.
        shape: Vec<usize>,
        /// The distance of neighbours along each axis, in elements.
        strides: Vec<isize>,
        /// The elements of the slice.
        len: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// An instruction level is unknown, or this CPU lacks it.
    #[error(transparent)]
    Level(#[from] LevelError),
    /// A variable of the environment has a value that cannot be used.
    #[error("{variable}: {reason}")]
    Environment {
        /// The variable's name.
        variable: &'static str,
        /// What is wrong with its value.
        reason: String,
    },
    /// A forced tile has a dimension of zero.
    #[error("tile {dimension} must be at least 1")]
    Tile {
        /// The field of [`TileShape`](crate::TileShape) that is zero.
        dimension: &'static str,
    },
    /// Zero threads were asked for.
    #[error("the number of threads must be at least 1")]
    NoThreads,
    /// More threads were asked for than any machine can have.
    #[error(
        "{threads} threads are more than any machine has (at most {} can be asked for)",
        u32::MAX
    )]
    TooManyThreads {
        /// How many threads were asked for.
        threads: usize,
    },
    /// A thread pool could not be started.
    #[error("could not start {threads} threads: {reason}")]
    ThreadPool {
        /// How many threads were asked for.
        threads: usize,
        /// What the system said.
        reason: String,
    },
    /// Memory for weights, scratch or a new output could not be reserved.
    #[error("could not reserve {bytes} bytes")]
    OutOfMemory {
        /// The size of the reservation that failed.
        bytes: usize,
    },
    /// The scratch handed in was made for another plan.
    #[error("the scratch was made for another plan")]
    Scratch,
    /// The observer stopped the run: slices that were not finished are written in part or not at all.
    #[error("stopped by the observer after {done} of {total} slices")]
    Stopped {
        /// Slices finished when the observer said so, as in `Progress::slices_done`; other workers may
        /// have finished some more.
        done: usize,
        /// Slices of the run.
        total: usize,
    },
}
