//! Several filters with the caller's weights, combined into one result.

use gausstack_kernels::Combine;

use crate::error::Error;
use crate::request::filter::{Pass, Terms, WeightSource};
use crate::request::mode::Mode;
use crate::request::options::Settings;
use crate::request::per_axis::{IntoPerAxis, PerAxis};
use crate::request::progress::Waiting;
use crate::request::weights::Weights;

/// Several separable filters of one image, combined pixel by pixel: the sum of their results, or
/// the root of the sum of the squares. It is [`scipy.ndimage.generic_laplace`][laplace] and
/// [`generic_gradient_magnitude`][magnitude] with weights in place of functions.
///
/// | parameter | default | meaning |
/// |---|---|---|
/// | `combine` | | how the terms are combined; the [`Combine::Sum`] of one term is that term |
/// | `terms` | | at least one [`Term`]: weights, and optionally modes of its own |
///
/// and the parameters that all filters have, from [`mode`](Self::mode) to
/// [`observer`](Self::observer), with the defaults of a [`Gaussian`](crate::Gaussian).
///
/// Arithmetic, memory and differences from scipy are those of
/// [`GradientMagnitude`](crate::GradientMagnitude), with one exception: where the order of passes
/// matters, each term runs them in the order in which its axes are listed. Without filtered axes
/// the result is the image. Missing pixels can be left out of a single term only
/// ([`Error::MissingTerms`]).
///
/// ```
/// use gausstack::{Combination, Combine, Term, Weights};
/// use ndarray::Array2;
///
/// // The magnitude of Sobel's gradient.
/// let mean = Weights::correlation(&[0.25, 0.5, 0.25], 0, 0)?;
/// let slope = Weights::correlation(&[-0.5, 0.0, 0.5], 0, 0)?;
/// let terms = [[slope.clone(), mean.clone()], [mean, slope]].map(Term::new);
/// let ramp = Array2::<f32>::from_shape_fn((30, 40), |(y, x)| (3 * y + 4 * x) as f32);
/// let found = Combination::new(Combine::Magnitude, terms).apply(&ramp)?;
/// assert_eq!(found[[15, 20]], 5.0);
/// # Ok::<(), gausstack::Error>(())
/// ```
///
/// [laplace]: https://docs.scipy.org/doc/scipy/reference/generated/scipy.ndimage.generic_laplace.html
/// [magnitude]: https://docs.scipy.org/doc/scipy/reference/generated/scipy.ndimage.generic_gradient_magnitude.html
#[derive(Clone, Debug)]
#[must_use = "a filter does nothing until it is applied or planned"]
pub struct Combination {
    combine: Combine,
    terms: Vec<Term>,
    pub(crate) settings: Settings,
}

/// One of the filters of a [`Combination`].
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    weights: PerAxis<Weights>,
    mode: Option<PerAxis<Mode>>,
}

impl Term {
    /// A term with weights for all filtered axes or for each.
    pub fn new(weights: impl IntoPerAxis<Weights>) -> Self {
        Self { weights: weights.into_per_axis(), mode: None }
    }

    /// The boundary modes of this term; the default is the filter's [`mode`](Combination::mode).
    #[must_use]
    pub fn mode(mut self, mode: impl IntoPerAxis<Mode>) -> Self {
        self.mode = Some(mode.into_per_axis());
        self
    }
}

impl Combination {
    /// A filter that combines `terms`.
    ///
    /// Without terms it is an [`Error::NoTerms`] when the filter is planned or applied.
    pub fn new(combine: Combine, terms: impl IntoIterator<Item = Term>) -> Self {
        Self { combine, terms: terms.into_iter().collect(), settings: Settings::default() }
    }
}

filter_parameters!(Combination);

impl WeightSource for Combination {
    fn terms(&self, axes: &[usize], modes: &[Mode], _: &Waiting<'_>) -> Result<Terms, Error> {
        // As in scipy's `generic_laplace`.
        if axes.is_empty() && !self.terms.is_empty() {
            return Ok(Terms::one(Vec::new()));
        }
        let passes = |term: &Term| {
            let weights = term.weights.expand("weights", axes.len())?;
            let own = term.mode.as_ref().map(|mode| mode.expand("mode", axes.len())).transpose()?;
            let modes = own.as_deref().unwrap_or(modes);
            let pairs = axes.iter().zip(modes).zip(weights);
            let pass = |((&axis, &mode), weights)| Pass { axis, mode, order: 0, weights };
            Ok(pairs.map(pass).collect::<Vec<_>>())
        };
        let mut passes = self.terms.iter().map(passes).collect::<Result<Vec<_>, Error>>()?;
        match (self.combine, passes.len()) {
            (_, 0) => Err(Error::NoTerms),
            (Combine::Sum, 1) => Ok(Terms::one(passes.swap_remove(0))),
            (combine, _) => Ok(Terms { combine: Some(combine), passes }),
        }
    }
}
