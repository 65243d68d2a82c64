//! A request as the tests write it down, understood by the library and by both oracles.

use gausstack::{Gaussian, Mode, PerAxis, Precision, Rounding, Separable, Term, Weights};

use super::filter::Filter;

/// One filtered axis.
#[derive(Clone, Debug)]
pub(crate) struct Along {
    pub(crate) axis: isize,
    pub(crate) sigma: f64,
    pub(crate) order: usize,
    pub(crate) radius: Option<usize>,
    pub(crate) mode: Mode,
    /// Correlation weights instead of the Gaussian's; for all axes of a case or for none.
    pub(crate) weights: Option<Vec<f64>>,
    /// Samples that such weights are moved towards the first.
    pub(crate) origin: isize,
}

impl Along {
    /// Smoothing along `axis` with scipy's defaults.
    pub(crate) fn new(axis: isize, sigma: f64) -> Self {
        Self { axis, sigma, order: 0, radius: None, mode: Mode::Reflect, weights: None, origin: 0 }
    }

    /// Whether the axis is touched at all.
    pub(crate) fn is_filtered(&self) -> bool {
        self.sigma > 1e-15
    }
}

/// A filter and the shape that it is applied to.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) shape: Vec<usize>,
    /// The filtered axes in the order listed.
    pub(crate) along: Vec<Along>,
    pub(crate) truncate: f64,
    /// Weights of its own are those of a convolution.
    pub(crate) convolves: bool,
    pub(crate) cval: f64,
    pub(crate) precision: Precision,
    pub(crate) rounding: Rounding,
}

impl Case {
    /// Smoothing along `axes` of an array of `shape`, one sigma per axis.
    pub(crate) fn new(shape: &[usize], axes: &[isize], sigma: &[f64]) -> Self {
        assert_eq!(axes.len(), sigma.len(), "one sigma per axis");
        let along = axes.iter().zip(sigma).map(|(&axis, &sigma)| Along::new(axis, sigma));
        Self {
            shape: shape.to_vec(),
            along: along.collect(),
            truncate: 4.0,
            convolves: false,
            cval: 0.0,
            precision: Precision::Native,
            rounding: Rounding::Nearest,
        }
    }

    /// Smoothing of a single image.
    pub(crate) fn image(shape: [usize; 2], sigma: [f64; 2]) -> Self {
        Self::new(&shape, &[0, 1], &sigma)
    }

    /// The same mode on every filtered axis.
    pub(crate) fn mode(mut self, mode: Mode) -> Self {
        self.along.iter_mut().for_each(|along| along.mode = mode);
        self
    }

    /// One mode per filtered axis.
    pub(crate) fn modes(mut self, modes: &[Mode]) -> Self {
        assert_eq!(modes.len(), self.along.len(), "one mode per axis");
        self.along.iter_mut().zip(modes).for_each(|(along, &mode)| along.mode = mode);
        self
    }

    /// One derivative order per filtered axis.
    pub(crate) fn orders(mut self, orders: &[usize]) -> Self {
        assert_eq!(orders.len(), self.along.len(), "one order per axis");
        self.along.iter_mut().zip(orders).for_each(|(along, &order)| along.order = order);
        self
    }

    /// One radius per filtered axis.
    pub(crate) fn radii(mut self, radii: &[usize]) -> Self {
        assert_eq!(radii.len(), self.along.len(), "one radius per axis");
        self.along.iter_mut().zip(radii).for_each(|(along, &radius)| along.radius = Some(radius));
        self
    }

    /// What lies outside in the constant mode.
    pub(crate) fn cval(mut self, cval: f64) -> Self {
        self.cval = cval;
        self
    }

    /// The arithmetic of the sums.
    pub(crate) fn precision(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self
    }

    /// How sums become integers.
    pub(crate) fn rounding(mut self, rounding: Rounding) -> Self {
        self.rounding = rounding;
        self
    }

    /// The axis of a filtered axis, counted from the front.
    pub(crate) fn axis(&self, along: &Along) -> usize {
        let ndim = self.shape.len();
        along.axis.rem_euclid(ndim as isize) as usize
    }

    /// The taps of a filtered axis in front of a pixel and behind it, by scipy's rules.
    pub(crate) fn reach(&self, along: &Along) -> [usize; 2] {
        if let Some(weights) = &along.weights {
            let count = weights.len();
            let before = (count / 2).checked_add_signed(along.origin).expect("a right origin");
            // Of a convolution the other way round.
            return match self.convolves {
                false => [before, count - 1 - before],
                true => [count - 1 - before, before],
            };
        }
        [along.radius.unwrap_or((self.truncate * along.sigma + 0.5) as usize); 2]
    }

    /// The distance of the furthest tap.
    pub(crate) fn radius(&self, along: &Along) -> usize {
        let [before, after] = self.reach(along);
        before.max(after)
    }

    /// Whether it has weights of its own.
    pub(crate) fn has_weights(&self) -> bool {
        self.along.iter().any(|along| along.weights.is_some())
    }

    /// The library's form of a request without weights of its own.
    pub(crate) fn gaussian(&self) -> Gaussian {
        assert!(!self.has_weights(), "a Gaussian has no other weights");
        let each = |f: &dyn Fn(&Along) -> f64| self.along.iter().map(f).collect::<Vec<_>>();
        let gaussian = Gaussian::new(each(&|a| a.sigma))
            .order(self.along.iter().map(|a| a.order).collect::<Vec<_>>())
            .radius(self.along.iter().map(|a| a.radius).collect::<Vec<_>>())
            .truncate(self.truncate);
        self.configured(gaussian, &self.along.iter().collect::<Vec<_>>())
    }

    /// The library's form of a request with weights of its own.
    pub(crate) fn separable(&self) -> Separable {
        let along: Vec<_> = self.along.iter().filter(|along| along.is_filtered()).collect();
        let weights = along.iter().map(|a| a.weights.clone().expect("weights of its own"));
        let separable = Separable::new(PerAxis::Each(weights.collect()))
            .origin(along.iter().map(|a| a.origin).collect::<Vec<_>>());
        let separable = if self.convolves { separable.convolve() } else { separable };
        self.configured(separable, &along)
    }

    /// The library's form of a term with weights of its own.
    pub(crate) fn term(&self) -> Term {
        let weights = |along: &Along| {
            let weights = along.weights.as_ref().expect("weights of its own");
            Weights::correlation(weights, along.origin, self.axis(along)).expect("right weights")
        };
        Term::new(self.along.iter().map(weights).collect::<Vec<_>>())
            .mode(self.along.iter().map(|a| a.mode).collect::<Vec<_>>())
    }

    /// A filter with the parameters of the case that all filters have.
    pub(crate) fn configured<F: Filter>(&self, filter: F, along: &[&Along]) -> F {
        filter
            .mode(along.iter().map(|a| a.mode).collect())
            .axes(along.iter().map(|a| a.axis).collect())
            .cval(self.cval)
            .precision(self.precision)
            .rounding(self.rounding)
    }
}

/// The same expression on the library's form of a case, which is of one of two types.
#[allow(unused_macros, reason = "not every test program has such cases")]
macro_rules! with_filter {
    ($case:expr, $filter:ident => $body:expr) => {
        if $case.has_weights() {
            let $filter = $case.separable();
            $body
        } else {
            let $filter = $case.gaussian();
            $body
        }
    };
}
#[allow(unused_imports, reason = "as above")]
pub(crate) use with_filter;
