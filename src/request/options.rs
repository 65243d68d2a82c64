//! The parameters that all filters have, and the builder methods that set them.

use std::fmt::{self, Debug};

use gausstack_kernels::{Level, Rounding};

use crate::error::Error;
use crate::request::missing::Missing;
use crate::request::mode::Mode;
use crate::request::per_axis::PerAxis;
use crate::request::precision::Precision;
use crate::request::progress::Observer;
use crate::request::store_policy::StorePolicy;
use crate::request::threads::Threads;
use crate::request::tile_shape::TileShape;
use crate::request::tuning::Tuning;

/// The parameters that all filters have, independent of a filter.
///
/// A program that passes parameters through sets them once, for any filter. Every filter also has
/// these methods itself; [`options`](crate::Gaussian::options) replaces all of its parameters at
/// once.
///
/// ```
/// use gausstack::{Gaussian, Laplace, Mode, Options};
/// use ndarray::Array2;
///
/// let options = Options::new().mode(Mode::Nearest).axes([0, 1]);
/// let image = Array2::<f32>::from_shape_fn((30, 40), |(y, x)| (y * x) as f32);
/// for edges in [false, true] {
///     let found = match edges {
///         true => Laplace::new(2.0).options(options.clone()).apply(&image)?,
///         false => Gaussian::new(2.0).options(options.clone()).apply(&image)?,
///     };
///     assert_eq!(found.dim(), (30, 40));
/// }
/// # Ok::<(), gausstack::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "options do nothing until a filter takes them"]
pub struct Options {
    pub(crate) settings: Settings,
}

impl Options {
    /// The defaults of every filter.
    pub fn new() -> Self {
        Self::default()
    }
}

common_parameters!(Options);

/// The parameters that all filters have.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) mode: PerAxis<Mode>,
    pub(crate) cval: f64,
    /// The axes as listed; `None` for all.
    pub(crate) axes: Option<Vec<isize>>,
    pub(crate) precision: Precision,
    pub(crate) rounding: Rounding,
    pub(crate) threads: Threads,
    pub(crate) level: Option<Level>,
    pub(crate) tuning: Option<Tuning>,
    pub(crate) tile: Option<TileShape>,
    pub(crate) stores: Option<StorePolicy>,
    pub(crate) missing: Missing,
    pub(crate) fill: Option<f64>,
    pub(crate) observer: Option<Observer>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: PerAxis::All(Mode::Reflect),
            cval: 0.0,
            axes: None,
            precision: Precision::default(),
            rounding: Rounding::default(),
            threads: Threads::default(),
            level: None,
            tuning: None,
            tile: None,
            stores: None,
            missing: Missing::default(),
            fill: None,
            observer: None,
        }
    }
}

impl Settings {
    /// The mode of each of `axes` filtered axes.
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

impl Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mode, cval, axes, precision, rounding, threads, .. } = self;
        let Self { level, tuning, tile, stores, missing, fill, observer, .. } = self;
        f.debug_struct("Settings")
            .field("mode", mode)
            .field("cval", cval)
            .field("axes", axes)
            .field("precision", precision)
            .field("rounding", rounding)
            .field("threads", threads)
            .field("level", level)
            .field("tuning", tuning)
            .field("tile", tile)
            .field("stores", stores)
            .field("missing", missing)
            .field("fill", fill)
            .field("observer", &observer.is_some())
            .finish()
    }
}
