//! Errors of planning and running a filter.

use gausstack_kernels::{ElementType, LevelError};

use crate::number::Number;

/// An error of planning or running a filter.
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
        /// The rejected value.
        value: f64,
    },
    /// `truncate` is NaN or infinite, or gives a radius below zero.
    #[error(
        "truncate {} gives no radius for sigma {} of axis {axis}",
        Number(*value),
        Number(*sigma)
    )]
    Truncate {
        /// The axis of the array.
        axis: usize,
        /// The rejected truncation.
        value: f64,
        /// The sigma of that axis.
        sigma: f64,
    },
    /// A sigma is too small for a derivative along its axis: the axis is left alone.
    #[error(
        "sigma of axis {axis} must be above 1e-15 for a derivative along it, found {}",
        Number(*value)
    )]
    SigmaOfDerivative {
        /// The axis of the array.
        axis: usize,
        /// The rejected value.
        value: f64,
    },
    /// A radius is too large for the address space.
    #[error("radius {} of axis {axis} is too large", Number(*value))]
    Radius {
        /// The axis of the array.
        axis: usize,
        /// The radius as a number of samples.
        value: f64,
    },
    /// A derivative order is too high.
    #[error("order {value} of axis {axis} is above the maximum of {max}")]
    Order {
        /// The axis of the array.
        axis: usize,
        /// The rejected order.
        value: usize,
        /// The largest order that is accepted.
        max: usize,
    },
    /// A kernel is too short for an exact derivative of its order.
    #[error(
        "an exact derivative of order {order} along axis {axis} needs a radius of at least {}, \
         found {radius}",
        order.div_ceil(2)
    )]
    DerivativeRadius {
        /// The axis of the array.
        axis: usize,
        /// The derivative order.
        order: usize,
        /// The radius in samples.
        radius: usize,
    },
    /// The tolerance of an ideal Gaussian is not between 0 and 1.
    #[error("the tolerance of axis {axis} must be above 0 and below 1, found {}", Number(*value))]
    Tolerance {
        /// The axis of the array.
        axis: usize,
        /// The rejected tolerance.
        value: f64,
    },
    /// The arithmetic of the sums does not hold the tolerance of an ideal Gaussian.
    #[error(
        "the tolerance of axis {axis} must be at least {} for sums in {sums}, found {}",
        Number(*least),
        Number(*value)
    )]
    ToleranceOfSums {
        /// The axis of the array.
        axis: usize,
        /// The rejected tolerance.
        value: f64,
        /// The least tolerance that is accepted.
        least: f64,
        /// The arithmetic of the sums.
        sums: ElementType,
    },
    /// A derivative of an ideal Gaussian is of too high an order.
    #[error("order {value} of axis {axis} is above {max}, the maximum for an ideal Gaussian")]
    IdealOrder {
        /// The axis of the array.
        axis: usize,
        /// The rejected order.
        value: usize,
        /// The largest order that is accepted.
        max: usize,
    },
    /// A radius is given for an ideal Gaussian, which has none.
    #[error("axis {axis} has a radius, but an ideal Gaussian has none")]
    IdealRadius {
        /// The axis of the array.
        axis: usize,
    },
    /// Exact derivative weights are asked of an ideal Gaussian, which has its own.
    #[error("order {order} of axis {axis}: an ideal Gaussian has no exact derivative weights")]
    IdealDerivative {
        /// The axis of the array.
        axis: usize,
        /// The derivative order.
        order: usize,
    },
    /// Integers would be rounded between the axes of an ideal Gaussian.
    #[error("an ideal Gaussian rounds {element} once, not after each axis as scipy does")]
    IdealRounding {
        /// The output's element type.
        element: ElementType,
    },
    /// A list of weights is invalid.
    #[error("the weights of axis {axis} {reason}")]
    Weights {
        /// The axis of the array.
        axis: usize,
        /// The reason, as the predicate of a sentence.
        reason: &'static str,
    },
    /// An origin leaves no weight for the pixel's own sample.
    #[error(
        "origin {value} of axis {axis} is out of range for {taps} weights (expected {} to {})",
        -((taps / 2) as isize), taps.saturating_sub(1) / 2
    )]
    Origin {
        /// The axis of the array.
        axis: usize,
        /// The rejected origin.
        value: isize,
        /// The number of weights.
        taps: usize,
    },
    /// A derivative is requested of an image with missing pixels.
    #[error(
        "order {order} of axis {axis} cannot leave out missing pixels (only smoothing, order 0, can)"
    )]
    MissingOrder {
        /// The axis of the array.
        axis: usize,
        /// The derivative order.
        order: usize,
    },
    /// Weights cannot be normalised over the valid pixels.
    #[error(
        "leaving out missing pixels needs finite weights of at least 0 with a sum above 0, \
         found {} along axis {axis}",
        Number(*value)
    )]
    MissingWeights {
        /// The axis of the array.
        axis: usize,
        /// The first weight that is negative or not finite, or else the sum.
        value: f64,
    },
    /// A filter of several terms cannot leave out missing pixels.
    #[error("a filter of {terms} terms cannot leave out missing pixels (only a single term can)")]
    MissingTerms {
        /// The number of terms.
        terms: usize,
    },
    /// A combination has no terms.
    #[error("a combination needs at least one term")]
    NoTerms,
    /// The output's element type cannot hold the fill value.
    #[error("{element} does not hold the fill value {}", Number(*value))]
    Fill {
        /// The output's element type.
        element: &'static str,
        /// The rejected value.
        value: f64,
    },
    /// A mask is given to a plan that takes none.
    #[error("the plan takes no masks (`plan_masked` makes one that does)")]
    NotMasked,
    /// A per-axis parameter has the wrong number of values.
    #[error("{parameter} has {found} values for {expected} filtered axes")]
    Length {
        /// The parameter's name.
        parameter: &'static str,
        /// The number of filtered axes.
        expected: usize,
        /// The number of values given.
        found: usize,
    },
    /// An axis is out of range.
    #[error("axis {axis} is out of range for an array of {ndim} dimensions")]
    Axis {
        /// The rejected axis.
        axis: isize,
        /// The number of dimensions of the array.
        ndim: usize,
    },
    /// An array has too many axes.
    #[error("arrays have at most {max} axes (numpy's limit), found {ndim}")]
    Dimensions {
        /// The number of axes of the array.
        ndim: usize,
        /// The largest number of axes.
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
        /// The rejected name.
        name: String,
    },
    /// An array has the wrong shape.
    #[error("the {what} has shape {found:?}, expected {expected:?}")]
    Shape {
        /// The array's role.
        what: &'static str,
        /// The planned shape, or that of the other array.
        expected: Vec<usize>,
        /// The shape given.
        found: Vec<usize>,
    },
    /// An array has the wrong element type.
    #[error("the {what} has elements of type {found}, expected {expected}")]
    ElementType {
        /// The array's role.
        what: &'static str,
        /// The planned type.
        expected: ElementType,
        /// The type given.
        found: ElementType,
    },
    /// A shape and strides do not fit a slice.
    #[error("shape {shape:?} with strides {strides:?} in a slice of {len} elements: {reason}")]
    Strides {
        /// The length of each axis.
        shape: Vec<usize>,
        /// The distance between neighbours along each axis, in elements.
        strides: Vec<isize>,
        /// The length of the slice.
        len: usize,
        /// The reason.
        reason: &'static str,
    },
    /// An instruction level is unknown, or this CPU lacks it.
    #[error(transparent)]
    Level(#[from] LevelError),
    /// A tuning's name is unknown.
    #[error("unknown tuning '{name}' (expected zen5, golden-cove or generic)")]
    UnknownTuning {
        /// The rejected name.
        name: String,
    },
    /// An environment variable has an invalid value.
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
    /// The number of threads is 0.
    #[error("the number of threads must be at least 1")]
    NoThreads,
    /// The number of threads is above [`u32::MAX`].
    #[error("the number of threads must be at most {}, found {threads}", u32::MAX)]
    TooManyThreads {
        /// The number of threads requested.
        threads: usize,
    },
    /// A thread pool could not be started.
    #[error("could not start {threads} threads: {reason}")]
    ThreadPool {
        /// The number of threads requested.
        threads: usize,
        /// The system's message.
        reason: String,
    },
    /// Memory for weights, scratch or a new output could not be allocated.
    #[error("could not reserve {bytes} bytes")]
    OutOfMemory {
        /// The size of the failed allocation.
        bytes: usize,
    },
    /// A scratch belongs to another plan.
    #[error("the scratch belongs to another plan")]
    Scratch,
    /// The observer stopped the run. Slices that were not complete are partly written or untouched.
    #[error("stopped by the observer after {done} of {total} slices")]
    Stopped {
        /// The slices complete at that moment ([`Progress::slices_done`](crate::Progress)); other
        /// workers may have completed some more.
        done: usize,
        /// All slices of the run.
        total: usize,
    },
}
