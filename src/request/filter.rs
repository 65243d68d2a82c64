//! The parameters that every filter has beside its weights, and its verbs.

use std::fmt::{self, Debug};
use std::ops::ControlFlow;
use std::sync::Arc;

use gausstack_kernels::{Combine, Element, Level, Rounding};
use ndarray::{Array, ArrayRef, Dimension};

use crate::api::Plan;
use crate::error::Error;
use crate::request::IntoAxes;
use crate::request::IntoPerAxis;
use crate::request::Missing;
use crate::request::Mode;
use crate::request::PerAxis;
use crate::request::Precision;
use crate::request::Progress;
use crate::request::StorePolicy;
use crate::request::Threads;
use crate::request::TileShape;
use crate::request::Weights;
use crate::request::progress::Observer;
use crate::request::progress::Waiting;

/// A separable filter, described: what its weights are made of, and the parameters that all filters have.
///
/// It is a [`Gaussian`](crate::Gaussian), a [`Separable`](crate::Separable) filter of the caller's own weights, a
/// [`GradientMagnitude`](crate::GradientMagnitude) or a [`Laplace`](crate::Laplace), which list the parameters and their defaults.
#[derive(Clone)]
#[must_use = "a filter does nothing until it is applied or planned"]
pub struct Filter<M> {
    pub(crate) maker: M,
    pub(crate) settings: Settings,
}

/// The parameters that all filters have.
#[derive(Clone)]
pub(crate) struct Settings {
    mode: PerAxis<Mode>,
    pub(crate) cval: f64,
    axes: Option<Vec<isize>>,
    pub(crate) precision: Precision,
    pub(crate) rounding: Rounding,
    pub(crate) threads: Threads,
    pub(crate) level: Option<Level>,
    pub(crate) tile: Option<TileShape>,
    pub(crate) stores: Option<StorePolicy>,
    pub(crate) missing: Missing,
    pub(crate) fill: Option<f64>,
    pub(crate) observer: Option<Observer>,
}

/// Makes the weights of each filtered axis.
///
/// What weights are made of is up to this crate: the trait cannot be implemented elsewhere.
pub trait Maker: Clone + Debug + sealed::Sealed {
    /// The terms of a filter of some axes with as many modes.
    ///
    /// # Errors
    /// Every [`Error`] that is about a parameter of the weights, naming the value and the axis.
    #[doc(hidden)]
    fn terms(&self, axes: &[usize], modes: &[Mode], waiting: &Waiting<'_>) -> Result<Terms, Error>;
}

/// What a filter makes of an image: one filtered image, or several of which each pixel is combined.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Terms {
    /// What becomes of the terms; `None` of a single filtered image.
    pub combine: Option<Combine>,
    /// The passes of each term, in the order in which scipy has them.
    pub passes: Vec<Vec<Pass>>,
}

impl Terms {
    /// A single filtered image.
    pub(crate) fn one(passes: Vec<Pass>) -> Self {
        Self { combine: None, passes: vec![passes] }
    }
}

pub(crate) mod sealed {
    /// Of this crate's makers alone.
    pub trait Sealed {}
}

/// One axis of a request, checked: what [`Plan::passes`] lists.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Pass {
    /// The axis of the array.
    pub axis: usize,
    /// The boundary mode.
    pub mode: Mode,
    /// The derivative order of a Gaussian, 0 of other weights.
    pub order: usize,
    /// The weights; their radius is [`Weights::radius`].
    pub weights: Weights,
}

impl<M: Maker> Filter<M> {
    pub(crate) fn of(maker: M) -> Self {
        let settings = Settings {
            mode: PerAxis::All(Mode::Reflect),
            cval: 0.0,
            axes: None,
            precision: Precision::default(),
            rounding: Rounding::default(),
            threads: Threads::default(),
            level: None,
            tile: None,
            stores: None,
            missing: Missing::default(),
            fill: None,
            observer: None,
        };
        Self { maker, settings }
    }

    /// What lies outside the image, for all filtered axes or for each.
    pub fn mode(mut self, mode: impl IntoPerAxis<Mode>) -> Self {
        self.settings.mode = mode.into_per_axis();
        self
    }

    /// The value outside the image in [`Mode::Constant`]. As in scipy every pass uses it again,
    /// although earlier passes have already changed what lies inside.
    pub fn cval(mut self, cval: f64) -> Self {
        self.settings.cval = cval;
        self
    }

    /// The filtered axes; negative ones count from the end. All others are loops.
    ///
    /// Per-axis parameters pair up with this list. An empty list copies.
    pub fn axes(mut self, axes: impl IntoAxes) -> Self {
        self.settings.axes = Some(axes.into_axes());
        self
    }

    /// The arithmetic pixels are summed in.
    pub fn precision(mut self, precision: Precision) -> Self {
        self.settings.precision = precision;
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
        self.settings.rounding = rounding;
        self
    }

    /// Which threads run the filter: rayon's pool (the default), this many (`threads(4)`), or a pool of the caller's.
    pub fn threads(mut self, threads: impl Into<Threads>) -> Self {
        self.settings.threads = threads.into();
        self
    }

    /// Forces an instruction level; the default is `GAUSSTACK_LEVEL` from the environment, else the
    /// best this CPU has.
    pub fn level(mut self, level: Level) -> Self {
        self.settings.level = Some(level);
        self
    }

    /// Forces a tile shape. It changes the speed and the scratch, never a bit of the result.
    pub fn tile(mut self, tile: TileShape) -> Self {
        self.settings.tile = Some(tile);
        self
    }

    /// Forces how outputs are stored. It changes the speed, never a bit of the result.
    pub fn stores(mut self, stores: StorePolicy) -> Self {
        self.settings.stores = Some(stores);
        self
    }

    /// Calls `observer` whenever a part of the work is done, and about every millisecond within a part too, then with unchanged
    /// progress, so that a run can be stopped promptly: `ControlFlow::Break` stops it with [`Error::Stopped`]. Weights and tables of
    /// millions of entries are made under the same eyes, before the first pixel.
    ///
    /// Calls come one at a time, from any of the working threads.
    pub fn observer(
        mut self,
        observer: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static,
    ) -> Self {
        self.settings.observer = Some(Arc::new(observer));
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
        let terms = |axes: &[usize], modes: &[_], waiting: &Waiting<'_>| {
            self.maker.terms(axes, modes, waiting)
        };
        Plan::new(&self.settings, &terms, shape.as_ref(), false)
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

    /// Filters an array in place: the same bits as [`apply`](Self::apply), without a second array. (Filters that combine derivatives
    /// may need one: [`GradientMagnitude`](crate::GradientMagnitude) says when.)
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub fn apply_in_place<T: Element, D: Dimension>(
        &self,
        data: &mut ArrayRef<T, D>,
    ) -> Result<(), Error> {
        self.plan::<T, T>(data.shape())?.apply_in_place(data)
    }
}

impl Settings {
    /// The mode of each of so many filtered axes.
    pub(crate) fn modes(&self, axes: usize) -> Result<Vec<Mode>, Error> {
        self.mode.expand("mode", axes)
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
}

impl<M: Maker> Debug for Filter<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { mode, cval, axes, precision, rounding, .. } = &self.settings;
        let Settings { threads, level, tile, stores, missing, fill, observer, .. } = &self.settings;
        f.debug_struct("Filter")
            .field("maker", &self.maker)
            .field("mode", mode)
            .field("cval", cval)
            .field("axes", axes)
            .field("precision", precision)
            .field("rounding", rounding)
            .field("threads", threads)
            .field("level", level)
            .field("tile", tile)
            .field("stores", stores)
            .field("missing", missing)
            .field("fill", fill)
            .field("observer", &observer.is_some())
            .finish()
    }
}
