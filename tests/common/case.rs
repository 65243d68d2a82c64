//! A request as the tests write it down, understood by the library and by both oracles.

use gausstack::{Gaussian, Mode, Precision, Rounding};

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
}

impl Along {
    /// Smoothing along `axis` with scipy's defaults.
    pub(crate) fn new(axis: isize, sigma: f64) -> Self {
        Self { axis, sigma, order: 0, radius: None, mode: Mode::Reflect, weights: None }
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

    /// The radius of a filtered axis by scipy's rule.
    pub(crate) fn radius(&self, along: &Along) -> usize {
        match (&along.weights, along.radius) {
            (Some(weights), _) => weights.len() / 2,
            (None, Some(radius)) => radius,
            (None, None) => (self.truncate * along.sigma + 0.5) as usize,
        }
    }

    /// The library's form of the request.
    pub(crate) fn gaussian(&self) -> Gaussian {
        let each = |f: &dyn Fn(&Along) -> f64| self.along.iter().map(f).collect::<Vec<_>>();
        let gaussian = Gaussian::new(each(&|a| a.sigma))
            .order(self.along.iter().map(|a| a.order).collect::<Vec<_>>())
            .radius(self.along.iter().map(|a| a.radius).collect::<Vec<_>>())
            .mode(self.along.iter().map(|a| a.mode).collect::<Vec<_>>())
            .axes(self.along.iter().map(|a| a.axis))
            .truncate(self.truncate)
            .cval(self.cval)
            .precision(self.precision)
            .rounding(self.rounding);
        let weights: Vec<_> = self.along.iter().filter_map(|a| a.weights.clone()).collect();
        if weights.is_empty() { gaussian } else { gaussian.weights(weights) }
    }
}
