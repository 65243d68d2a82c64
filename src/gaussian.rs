//! The request: which filter, along which axes, with which parameters. No pixels here.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use gausstack_kernels::{Element, Level, Rounding};
use ndarray::{Array, ArrayRef, Dimension};

use crate::plan::Plan;
use crate::progress::Observer;
use crate::weights::{SIGMA_IDENTITY, Weights, checked_radius, radius_of};
use crate::{Error, Mode, PerAxis, Progress, StorePolicy, Threads, TileShape};

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
    /// when integers are rounded is up to [`Rounding`].
    Double,
}

/// A Gaussian filter, described: a builder with the parameters and defaults of
/// [`scipy.ndimage.gaussian_filter`][scipy].
///
/// | parameter | default | meaning |
/// |---|---|---|
/// | `sigma` | | standard deviation in samples, one or one per filtered axis; up to 1e-15 the axis is left alone |
/// | [`order`](Self::order) | 0 | derivative order per axis |
/// | [`truncate`](Self::truncate) | 4 | radius in sigmas, rounded half up |
/// | [`radius`](Self::radius) | from `truncate` | radius in samples per axis |
/// | [`mode`](Self::mode) | `Reflect` | what lies outside, per axis |
/// | [`cval`](Self::cval) | 0 | the constant of [`Mode::Constant`] |
/// | [`axes`](Self::axes) | all | the filtered axes; all others are loops |
/// | [`precision`](Self::precision) | `Native` | f32 sums, or scipy's f64 sums |
/// | [`rounding`](Self::rounding) | `Nearest` | integer outputs rounded once, or as scipy does |
/// | [`threads`](Self::threads) | `Current` | who works |
///
/// Axes that are not filtered are loops: with `axes([0, 2])` on an array of shape
/// `(3000, 16, 5000)`, sixteen images of 3000 x 5000 are filtered and stay in place.
///
/// ```
/// use gausstack::Gaussian;
/// use ndarray::Array3;
///
/// let stack = Array3::<f32>::from_shape_fn((30, 4, 50), |(y, i, x)| (x + y * i) as f32);
/// let smoothed = Gaussian::new([3.0, 5.0]).axes([0, 2]).apply(&stack)?;
/// assert_eq!(smoothed.shape(), stack.shape());
/// # Ok::<(), gausstack::Error>(())
/// ```
///
/// A pixel costs `sum over axes of (2 radius + 1)` multiply-adds, folded to half of that; memory is
/// the input, the output and one small scratch per thread ([`Plan::memory_bytes`], which has the one exception).
///
/// [scipy]: https://docs.scipy.org/doc/scipy/reference/generated/scipy.ndimage.gaussian_filter.html
#[derive(Clone)]
#[must_use = "a Gaussian does nothing until it is applied or planned"]
pub struct Gaussian {
    sigma: PerAxis<f64>,
    order: PerAxis<usize>,
    truncate: f64,
    radius: PerAxis<Option<usize>>,
    weights: Option<Vec<Vec<f64>>>,
    mode: PerAxis<Mode>,
    pub(crate) cval: f64,
    axes: Option<Vec<isize>>,
    pub(crate) precision: Precision,
    pub(crate) rounding: Rounding,
    pub(crate) threads: Threads,
    pub(crate) level: Option<Level>,
    pub(crate) tile: Option<TileShape>,
    pub(crate) stores: Option<StorePolicy>,
    pub(crate) observer: Option<Observer>,
}

/// One axis of a request, checked: what [`Plan::passes`] lists.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Pass {
    /// The axis of the array.
    pub axis: usize,
    /// The boundary mode.
    pub mode: Mode,
    /// The derivative order.
    pub order: usize,
    /// The weights; their radius is [`Weights::radius`].
    pub weights: Weights,
}

impl Gaussian {
    /// A filter of the given standard deviation in samples: one for all filtered axes, or one per
    /// filtered axis.
    ///
    /// A sigma up to 1e-15 leaves its axis alone, whatever its order. Negative, NaN and infinite
    /// sigmas are an [`Error::Sigma`] when the filter is planned or applied.
    pub fn new(sigma: impl Into<PerAxis<f64>>) -> Self {
        Self {
            sigma: sigma.into(),
            order: PerAxis::All(0),
            truncate: 4.0,
            radius: PerAxis::All(None),
            weights: None,
            mode: PerAxis::All(Mode::Reflect),
            cval: 0.0,
            axes: None,
            precision: Precision::default(),
            rounding: Rounding::default(),
            threads: Threads::default(),
            level: None,
            tile: None,
            stores: None,
            observer: None,
        }
    }

    /// Derivative order per filtered axis: 0 smooths, 1 is the slope per sample, 2 the curvature.
    ///
    /// As in scipy, derivative weights are samples of the continuous derivative: below sigma 1 they
    /// are visibly off.
    pub fn order(mut self, order: impl Into<PerAxis<usize>>) -> Self {
        self.order = order.into();
        self
    }

    /// Where the kernel ends, in sigmas: radius = `floor(truncate * sigma + 0.5)`.
    pub fn truncate(mut self, truncate: f64) -> Self {
        self.truncate = truncate;
        self
    }

    /// The radius in samples per filtered axis; `None` takes it from [`truncate`](Self::truncate).
    ///
    /// It may be longer than the axis: the border continues at any distance.
    pub fn radius(mut self, radius: impl Into<PerAxis<Option<usize>>>) -> Self {
        self.radius = radius.into();
        self
    }

    /// Correlation weights of the caller's own, one odd-length vector per filtered axis, symmetric
    /// or antisymmetric, in the order of `scipy.ndimage.correlate1d`.
    ///
    /// They replace the Gaussian's (sigma then only decides whether an axis is filtered). With
    /// scipy's own weights and [`Precision::Double`] the result has scipy's bits.
    pub fn weights(mut self, weights: impl IntoIterator<Item = Vec<f64>>) -> Self {
        self.weights = Some(weights.into_iter().collect());
        self
    }

    /// What lies outside the image, for all filtered axes or for each.
    pub fn mode(mut self, mode: impl Into<PerAxis<Mode>>) -> Self {
        self.mode = mode.into();
        self
    }

    /// The value outside the image in [`Mode::Constant`]. As in scipy every pass uses it again,
    /// although earlier passes have already changed what lies inside.
    pub fn cval(mut self, cval: f64) -> Self {
        self.cval = cval;
        self
    }

    /// The filtered axes; negative ones count from the end. All others are loops.
    ///
    /// Per-axis parameters pair up with this list. An empty list copies.
    pub fn axes(mut self, axes: impl IntoIterator<Item = isize>) -> Self {
        self.axes = Some(axes.into_iter().collect());
        self
    }

    /// The arithmetic pixels are summed in.
    pub fn precision(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self
    }

    /// How sums become integers, where the output has an integer type; floating-point outputs are what
    /// [`precision`](Self::precision) says.
    ///
    /// ```
    /// use gausstack::{Gaussian, Rounding};
    /// use ndarray::Array2;
    ///
    /// let flat = Array2::<u8>::from_elem((40, 40), 255);
    /// let smooth = Gaussian::new(2.5);
    /// assert!(smooth.apply(&flat)?.iter().all(|&pixel| pixel == 255));
    /// let as_scipy = smooth.rounding(Rounding::Scipy).apply(&flat)?;
    /// assert!(as_scipy.iter().all(|&pixel| pixel <= 255));
    /// # Ok::<(), gausstack::Error>(())
    /// ```
    pub fn rounding(mut self, rounding: Rounding) -> Self {
        self.rounding = rounding;
        self
    }

    /// Who works.
    pub fn threads(mut self, threads: Threads) -> Self {
        self.threads = threads;
        self
    }

    /// Forces an instruction level; the default is `GAUSSTACK_LEVEL` from the environment, else the
    /// best this CPU has.
    pub fn level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    /// Forces a tile shape. It changes the speed and the scratch, never a bit of the result.
    pub fn tile(mut self, tile: TileShape) -> Self {
        self.tile = Some(tile);
        self
    }

    /// Forces how outputs are stored. It changes the speed, never a bit of the result.
    pub fn stores(mut self, stores: StorePolicy) -> Self {
        self.stores = Some(stores);
        self
    }

    /// Calls `observer` whenever a part of the work is done; `ControlFlow::Break` stops the run
    /// with [`Error::Stopped`].
    ///
    /// Calls come one at a time, from any of the working threads.
    pub fn observer(
        mut self,
        observer: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static,
    ) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Checks the request against a shape and decides everything that does not depend on pixels.
    ///
    /// # Errors
    /// Every variant of [`Error`] that is about a parameter, naming the value and the axis.
    pub fn plan<In: Element, Out: Element>(
        &self,
        shape: impl AsRef<[usize]>,
    ) -> Result<Plan<In, Out>, Error> {
        Plan::new(self, shape.as_ref())
    }

    /// Filters into a new array of the same shape, its axes in memory ordered as the input's.
    ///
    /// # Errors
    /// As [`plan`](Self::plan), and [`Error::OutOfMemory`].
    pub fn apply<T: Element, D: Dimension>(
        &self,
        data: &ArrayRef<T, D>,
    ) -> Result<Array<T, D>, Error> {
        self.plan::<T, T>(data.shape())?.apply(data)
    }

    /// Filters into an array of the caller's, of the same shape and any layout.
    ///
    /// # Errors
    /// As [`plan`](Self::plan), and [`Error::Shape`].
    pub fn apply_into<In: Element, Out: Element, D: Dimension>(
        &self,
        data: &ArrayRef<In, D>,
        out: &mut ArrayRef<Out, D>,
    ) -> Result<(), Error> {
        self.plan::<In, Out>(data.shape())?.apply_into(data, out)
    }

    /// Filters an array in place: the same bits as [`apply`](Self::apply), without a second array.
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub fn apply_in_place<T: Element, D: Dimension>(
        &self,
        data: &mut ArrayRef<T, D>,
    ) -> Result<(), Error> {
        self.plan::<T, T>(data.shape())?.apply_in_place(data)
    }

    /// The filtered axes, counted from the front, in the order listed.
    pub(crate) fn filtered_axes(&self, ndim: usize) -> Result<Vec<usize>, Error> {
        let Some(listed) = &self.axes else { return Ok((0..ndim).collect()) };
        let mut axes = Vec::with_capacity(listed.len());
        for &axis in listed {
            let index = if axis < 0 { axis.checked_add_unsigned(ndim) } else { Some(axis) };
            let index = index
                .and_then(|i| usize::try_from(i).ok())
                .filter(|&i| i < ndim)
                .ok_or(Error::Axis { axis, ndim })?;
            if axes.contains(&index) {
                return Err(Error::RepeatedAxis { axis: index });
            }
            axes.push(index);
        }
        Ok(axes)
    }

    /// The passes that change anything, in the order listed.
    pub(crate) fn passes(&self, axes: &[usize]) -> Result<Vec<Pass>, Error> {
        let n = axes.len();
        let order = self.order.expand("order", n)?;
        let sigma = self.sigma.expand("sigma", n)?;
        let mode = self.mode.expand("mode", n)?;
        let radius = self.radius.expand("radius", n)?;
        if let Some(weights) = &self.weights
            && weights.len() != n
        {
            return Err(Error::Length { parameter: "weights", expected: n, found: weights.len() });
        }
        let mut passes = Vec::with_capacity(n);
        for (i, &axis) in axes.iter().enumerate() {
            if !sigma[i].is_finite() || sigma[i] < 0.0 {
                return Err(Error::Sigma { axis, value: sigma[i] });
            }
            if sigma[i] <= SIGMA_IDENTITY {
                continue;
            }
            let weights = match (&self.weights, radius[i]) {
                (Some(weights), _) => Weights::from_slice(&weights[i], axis)?,
                (None, Some(radius)) => {
                    let radius = checked_radius(radius as f64, axis)?;
                    Weights::gaussian(sigma[i], order[i], radius, axis)?
                }
                (None, None) => {
                    let radius = radius_of(sigma[i], self.truncate, axis)?;
                    Weights::gaussian(sigma[i], order[i], radius, axis)?
                }
            };
            passes.push(Pass { axis, mode: mode[i], order: order[i], weights });
        }
        Ok(passes)
    }
}

impl fmt::Debug for Gaussian {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gaussian")
            .field("sigma", &self.sigma)
            .field("order", &self.order)
            .field("truncate", &self.truncate)
            .field("radius", &self.radius)
            .field("weights", &self.weights)
            .field("mode", &self.mode)
            .field("cval", &self.cval)
            .field("axes", &self.axes)
            .field("precision", &self.precision)
            .field("rounding", &self.rounding)
            .field("threads", &self.threads)
            .field("level", &self.level)
            .field("tile", &self.tile)
            .field("stores", &self.stores)
            .field("observer", &self.observer.is_some())
            .finish()
    }
}

/// Filters every axis of an array with one sigma or one sigma per axis: the one-line form of
/// [`Gaussian`], as `scipy.ndimage.gaussian_filter(input, sigma)`.
///
/// ```
/// let image = ndarray::array![[0.0_f64, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]];
/// let smoothed = gausstack::gaussian_filter(&image, 1.0)?;
/// assert!((smoothed.sum() - 1.0).abs() < 1e-12);
/// # Ok::<(), gausstack::Error>(())
/// ```
///
/// # Errors
/// As [`Gaussian::apply`].
pub fn gaussian_filter<T: Element, D: Dimension>(
    data: &ArrayRef<T, D>,
    sigma: impl Into<PerAxis<f64>>,
) -> Result<Array<T, D>, Error> {
    Gaussian::new(sigma).apply(data)
}

/// Filters one axis of an array; a negative axis counts from the end.
///
/// As `scipy.ndimage.gaussian_filter1d(input, sigma, axis)`, except that a sigma of 0 leaves the
/// data alone instead of dividing by zero.
///
/// ```
/// let line = ndarray::array![1.0_f64, 2.0, 3.0, 4.0, 5.0];
/// let smoothed = gausstack::gaussian_filter1d(&line, 1.0, -1)?;
/// assert!((smoothed[0] - 1.427040950391).abs() < 1e-9);
/// # Ok::<(), gausstack::Error>(())
/// ```
///
/// # Errors
/// As [`Gaussian::apply`].
pub fn gaussian_filter1d<T: Element, D: Dimension>(
    data: &ArrayRef<T, D>,
    sigma: f64,
    axis: isize,
) -> Result<Array<T, D>, Error> {
    Gaussian::new(sigma).axes([axis]).apply(data)
}
