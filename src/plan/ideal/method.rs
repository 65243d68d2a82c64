//! Which way an axis is filtered: a pure function of the kernel and of the axis' length.

use crate::plan::ideal::multirate::{Bound, Costs, Multirate};
use crate::request::Pass;
use crate::request::weights::tails::cut;

/// The longest axis that has a row of weights for each of its samples.
const MAX_DENSE: usize = 512;

/// Products of a folded FIR are the unit. (measured on Zen 4 with avx2, f32 of 2048^2 along both
/// axes: at sigma 16 and 64 a sample took as long as 69 to 76 products at 1e-6, 56 to 62 at 1e-4.)
pub(crate) const COSTS: Costs = Costs { analysis: 1.6, between: 1.0, synthesis: 1.6, sample: 28.0 };

/// What a sample costs beside the products of a FIR.
const FIR_SAMPLE: f64 = 4.0;

/// The way along an axis to the ideal Gaussian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Method {
    /// The weights of the pass are long enough.
    Fir(Bound),
    /// A row of weights for each sample, in which everything beyond the borders is folded.
    Dense,
    Multirate(Multirate),
}

impl Method {
    /// The cheapest for a pass along an axis of `len` samples; `None` if it is no ideal Gaussian.
    pub(crate) fn of(pass: &Pass, len: usize) -> Option<Self> {
        let kernel = pass.weights.ideal_kernel()?;
        let radius = pass.weights.radius();
        let end = (radius as f64 + 0.5) / kernel.sigma;
        let fir = Self::Fir(Bound { aliasing: 0.0, tails: cut(kernel.order, end) });
        if len <= 1 {
            return Some(fir);
        }
        let mut best = (fir, (2 * radius + 1) as f64 + FIR_SAMPLE);
        let dense = len as f64 * COSTS.synthesis + COSTS.sample;
        if len <= MAX_DENSE && dense < best.1 {
            best = (Self::Dense, dense);
        }
        if let Some((found, cost)) = Multirate::choose(kernel, len, &COSTS)
            && cost < best.1
        {
            best = (Self::Multirate(found), cost);
        }
        Some(best.0)
    }

    /// Whether samples are made by other sums than those of the pass's weights.
    pub(crate) fn resamples(pass: &Pass, len: usize) -> bool {
        matches!(Self::of(pass, len), Some(Self::Dense | Self::Multirate(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::progress::Waiting;
    use crate::request::weights::ideal::IdealKernel;
    use crate::request::{Mode, Weights};

    fn method(sigma: f64, tolerance: f64, len: usize) -> Method {
        let kernel = IdealKernel::new((sigma, 0), tolerance, 1, 0).expect("a tolerance");
        let weights = Weights::of_ideal(kernel, 0, 0, &Waiting::unobserved()).expect("weights");
        let pass = Pass { axis: 0, mode: Mode::Reflect, order: 0, weights };
        Method::of(&pass, len).expect("an ideal Gaussian")
    }

    /// Small sigmas sum with their weights, short axes with a row for each sample, others with
    /// samples further apart.
    #[test]
    fn methods_follow_sigma_and_length() {
        for tolerance in [1e-4, 1e-6, 1e-12] {
            assert!(matches!(method(1.0, tolerance, 2000), Method::Fir(_)), "{tolerance}");
            assert!(matches!(method(500.0, tolerance, 1), Method::Fir(_)), "{tolerance}");
            assert!(matches!(method(32.0, tolerance, 12), Method::Dense), "{tolerance}");
            for sigma in [32.0, 100.0, 500.0] {
                assert!(matches!(method(sigma, tolerance, 2000), Method::Multirate(_)), "{sigma}");
            }
        }
    }

    /// Every choice is within its tolerance.
    #[test]
    fn bounds_are_within_the_tolerance() {
        for sigma in [0.1, 0.5, 1.0, 3.0, 7.7, 40.0, 500.0] {
            for tolerance in [0.5, 1e-3, 1e-7, 1e-12] {
                let bound = match method(sigma, tolerance, 5000) {
                    Method::Fir(bound) => bound,
                    Method::Multirate(rate) => rate.bound,
                    Method::Dense => continue,
                };
                assert!(bound.sum() <= tolerance * 1.001, "{sigma}, {tolerance}: {bound:?}");
            }
        }
    }
}
