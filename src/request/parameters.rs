//! The builder methods of the parameters that all filters have, written once for all of them.

/// Builder methods of a type with the field `settings`.
macro_rules! common_parameters {
    ($filter:ident) => {
        impl $filter {
            /// What each filtered axis continues with beyond its ends: one [`Mode`](crate::Mode)
            /// for all of them, or one for each. The default is `Reflect`.
            pub fn mode(
                mut self,
                mode: impl crate::request::IntoPerAxis<crate::request::Mode>,
            ) -> Self {
                self.settings.mode = mode.into_per_axis();
                self
            }

            /// The value outside the image in [`Mode::Constant`](crate::Mode::Constant); the
            /// default is 0. As in scipy, every pass uses the same value, although earlier passes
            /// have already changed what lies inside.
            pub fn cval(mut self, cval: f64) -> Self {
                self.settings.cval = cval;
                self
            }

            /// The filtered axes; negative ones count from the end. All others are loops: each of
            /// their positions is an image of its own. The default is all axes.
            ///
            /// Per-axis parameters pair up with this list. An empty list copies the array.
            pub fn axes(mut self, axes: impl crate::request::IntoAxes) -> Self {
                self.settings.axes = Some(axes.into_axes());
                self
            }

            /// The arithmetic that pixels are summed in; the default is
            /// [`Precision::Native`](crate::Precision::Native).
            pub fn precision(mut self, precision: crate::request::Precision) -> Self {
                self.settings.precision = precision;
                self
            }

            /// How sums become integers, where the output has an integer type; the default is
            /// [`Rounding::Nearest`](crate::Rounding::Nearest). For floating-point outputs
            /// [`precision`](Self::precision) alone decides.
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
            pub fn rounding(mut self, rounding: gausstack_kernels::Rounding) -> Self {
                self.settings.rounding = rounding;
                self
            }

            /// Which threads run the filter: rayon's global pool (the default), a number of threads
            /// (`threads(4)`), or the caller's pool.
            pub fn threads(mut self, threads: impl Into<crate::request::Threads>) -> Self {
                self.settings.threads = threads.into();
                self
            }

            /// The threads that [`threads`](Self::threads) asked for: whatever works beside the
            /// filter can use the same.
            #[must_use]
            pub fn requested_threads(&self) -> &crate::request::Threads {
                &self.settings.threads
            }

            /// Forces an instruction level. The default is `GAUSSTACK_LEVEL` from the environment,
            /// or else the best level of this CPU.
            pub fn level(mut self, level: gausstack_kernels::Level) -> Self {
                self.settings.level = Some(level);
                self
            }

            /// Forces the core whose tuned constants are used. It changes the speed and the scratch,
            /// but no bit of the result. The default is `GAUSSTACK_TUNING` from the environment,
            /// or else the tuning of this CPU.
            pub fn tuning(mut self, tuning: crate::request::Tuning) -> Self {
                self.settings.tuning = Some(tuning);
                self
            }

            /// Forces a tile shape. It changes the speed and the scratch, but no bit of the result.
            pub fn tile(mut self, tile: crate::request::TileShape) -> Self {
                self.settings.tile = Some(tile);
                self
            }

            /// Forces how outputs are stored. It changes the speed, but no bit of the result.
            pub fn stores(mut self, stores: crate::request::StorePolicy) -> Self {
                self.settings.stores = Some(stores);
                self
            }

            /// What becomes of NaN: it spreads (the default), or it is left out and filled in, or
            /// it is left out and kept. Integers are never NaN.
            ///
            /// A pixel with nothing valid within its kernel becomes the [`fill`](Self::fill) value.
            /// A sample beyond the border is valid where the sample that it repeats is; in
            /// [`Mode::Constant`](crate::Mode::Constant) it is always valid, whatever
            /// [`cval`](Self::cval) is.
            ///
            /// Weights must be at least 0. Derivatives are an
            /// [`Error::MissingOrder`](crate::Error::MissingOrder), so that
            /// [`GradientMagnitude`](crate::GradientMagnitude) and [`Laplace`](crate::Laplace)
            /// cannot leave pixels out; negative weights are an
            /// [`Error::MissingWeights`](crate::Error::MissingWeights).
            ///
            /// One or two filtered axes take one sweep with about twice the sums. With more axes,
            /// the filtered values and their filtered mask are arrays of the image's shape, which
            /// [`Plan::memory_bytes`](crate::Plan::memory_bytes) counts.
            /// [`Missing::Keep`](crate::Missing::Keep) reads the image and the result once more,
            /// and holds one byte for each pixel that may be NaN (counted too).
            ///
            /// Integers are rounded once, at the end, as [`rounding`](Self::rounding) says.
            /// [`Rounding::Scipy`](crate::Rounding::Scipy) truncates; the quotient is first raised
            /// by a relative 2^-46, so that rounding errors cannot cost a constant image a level.
            ///
            /// Validity below 1.2e-38, over all axes together, counts as none: it occurs in far
            /// corners of kernels with a large radius. Sums in
            /// [`Precision::Double`](crate::Precision::Double) have the limit 2.2e-308.
            pub fn missing(mut self, missing: crate::request::Missing) -> Self {
                self.settings.missing = missing;
                self
            }

            /// The value of a pixel with nothing valid within its kernel, and, with
            /// [`Missing::Keep`](crate::Missing::Keep), of every missing pixel. The default is NaN,
            /// for integers 0.
            ///
            /// A value that the output's type cannot hold is an
            /// [`Error::Fill`](crate::Error::Fill).
            pub fn fill(mut self, fill: f64) -> Self {
                self.settings.fill = Some(fill);
                self
            }

            /// Calls `observer` after each task and about every millisecond within one (then with
            /// unchanged progress), so that a run can be stopped promptly: `ControlFlow::Break`
            /// stops it with [`Error::Stopped`](crate::Error::Stopped).
            ///
            /// Calls come one at a time, from any of the worker threads. The observer is also
            /// called while a plan computes weights and tables of millions of entries, before the
            /// first pixel.
            pub fn observer(
                mut self,
                observer: impl Fn(crate::request::Progress) -> std::ops::ControlFlow<()>
                + Send
                + Sync
                + 'static,
            ) -> Self {
                self.settings.observer = Some(std::sync::Arc::new(observer));
                self
            }
        }
    };
}

/// [`common_parameters`] of a filter, and the method that takes all of them at once.
macro_rules! filter_parameters {
    ($filter:ident) => {
        common_parameters!($filter);

        impl $filter {
            /// Replaces all parameters that filters have in common, from [`mode`](Self::mode) to
            /// [`observer`](Self::observer).
            pub fn options(mut self, options: crate::request::Options) -> Self {
                self.settings = options.settings;
                self
            }
        }
    };
}

/// Builder methods of a filter whose weights are those of `sigmas`.
macro_rules! sigma_parameters {
    ($filter:ident) => {
        impl $filter {
            /// The end of the kernel in sigmas: radius = `floor(truncate * sigma + 0.5)`.
            pub fn truncate(mut self, truncate: f64) -> Self {
                self.sigmas.end = crate::request::weights::ideal::KernelEnd::Truncated(truncate);
                self
            }

            /// Asks for the ideal Gaussian instead of a truncated one: sampled, normalised, and cut
            /// nowhere, to a tolerance above 0 and below 1. Large sigmas then cost no more than
            /// small ones.
            ///
            /// Every pixel is within `tolerance max|x|` of the ideal, plus the rounding of the
            /// sums, where `x` is the image with the samples beyond its borders. A derivative of
            /// order n along an axis is within `tolerance max|x| / sigma^n`.
            /// scipy's kernel, truncated at 4 sigmas, is up to 1.3e-4 `max|x|` away from the ideal.
            ///
            /// The plan chooses for each axis the cheapest way to the tolerance, and prints it:
            /// weights that are long enough, or filters of samples that lie further apart. Sums in
            /// f32 allow tolerances from 1e-7 on, sums in f64 from 1e-13 on; others are an
            /// [`Error::ToleranceOfSums`](crate::Error::ToleranceOfSums). It replaces
            /// [`truncate`](Self::truncate), and takes neither a [`radius`](Self::radius) nor
            /// derivatives above order 2.
            ///
            /// ```
            /// use gausstack::Gaussian;
            /// use ndarray::Array2;
            ///
            /// let image = Array2::<f32>::from_shape_fn((300, 400), |(y, x)| (y * x % 7) as f32);
            /// let background = Gaussian::new(60.0).ideal(1e-5).apply(&image)?;
            /// assert_eq!(background.dim(), image.dim());
            /// # Ok::<(), gausstack::Error>(())
            /// ```
            pub fn ideal(mut self, tolerance: f64) -> Self {
                self.sigmas.end = crate::request::weights::ideal::KernelEnd::Ideal(tolerance);
                self
            }

            /// The radius in samples per filtered axis; `None` takes it from
            /// [`truncate`](Self::truncate).
            ///
            /// It may exceed the length of the axis: borders continue at any distance.
            pub fn radius(mut self, radius: impl crate::IntoPerAxis<Option<usize>>) -> Self {
                self.sigmas.radius = radius.into_per_axis();
                self
            }

            /// The weights of derivatives: scipy's (the default), or weights that are exact for
            /// polynomials.
            pub fn derivatives(mut self, derivatives: crate::Derivatives) -> Self {
                self.sigmas.derivatives = derivatives;
                self
            }
        }
    };
}
