//! Parameters of the filter that sums samples further apart: the cheapest within a tolerance.
//!
//! With Gaussians `g_s` of standard deviation `s` and samples `M` apart,
//!
//! ```text
//! M sum_k g_a(x - kM) g_b(kM - y) = g_c(x - y) (1 + 2 sum_m exp(-2 pi^2 m^2 r^2 / M^2) cos(..))
//! c^2 = a^2 + b^2,  r = a b / c
//! ```
//!
//! The sum over m, the *aliasing*, is an error relative to the weights themselves. What is cut off
//! the three Gaussians, their *tails*, is an error relative to the largest sample.

use std::f64::consts::{PI, TAU};

use crate::request::weights::ideal::IdealKernel;
use crate::request::weights::tails::{beyond, density, least_reach, magnitude};

/// The part of the tolerance that aliasing may take. It falls much faster with the width of the
/// outer Gaussians than the tails do with their length.
const ALIASING_SHARE: f64 = 0.25;

/// Spacings that are tried, evenly spread over those that are possible.
const TRIED: usize = 48;

/// At least the errors of a result, relative to what the ideal Gaussian makes of the samples'
/// magnitudes and to the largest sample. (Of a derivative both are relative to the largest sample
/// over a power of sigma.)
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Bound {
    pub(crate) aliasing: f64,
    pub(crate) tails: f64,
}

impl Bound {
    pub(crate) fn sum(self) -> f64 {
        self.aliasing + self.tails
    }
}

/// Filters of samples that lie further apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Multirate {
    /// Samples from one sum of the analysis to the next.
    pub(crate) spacing: usize,
    /// Standard deviation of analysis and synthesis, in samples.
    pub(crate) outer: f64,
    /// That of the filter between them, if there is one, in samples.
    pub(crate) middle: Option<f64>,
    /// Radius of the analysis.
    pub(crate) analysis: usize,
    /// Radius of the filter between, in sums of the analysis.
    pub(crate) between: usize,
    /// Radius of the synthesis.
    pub(crate) synthesis: usize,
    pub(crate) bound: Bound,
}

/// What a product costs, and what a sample costs besides, in products of a long FIR.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Costs {
    pub(crate) analysis: f64,
    pub(crate) between: f64,
    pub(crate) synthesis: f64,
    pub(crate) sample: f64,
}

impl Multirate {
    /// The cheapest along an axis of `len` samples, and its cost a sample; `None` where sigma is
    /// too small for any.
    pub(crate) fn choose(kernel: &IdealKernel, len: usize, costs: &Costs) -> Option<(Self, f64)> {
        let most = kernel.sigma as usize;
        let step = most.div_ceil(TRIED).max(1);
        (2..=most)
            .step_by(step)
            .flat_map(|spacing| [Self::direct(kernel, spacing), Self::with_middle(kernel, spacing)])
            .flatten()
            .map(|found| (found, found.cost(len, costs)))
            .min_by(|(_, one), (_, other)| one.total_cmp(other))
    }

    /// Analysis and synthesis alone.
    fn direct(kernel: &IdealKernel, spacing: usize) -> Option<Self> {
        Self::of(kernel, spacing, kernel.sigma / f64::sqrt(2.0), None)
    }

    /// The narrowest outer Gaussians whose aliasing is small enough.
    fn with_middle(kernel: &IdealKernel, spacing: usize) -> Option<Self> {
        (60..160).step_by(2).find_map(|ratio| {
            let outer = ratio as f64 / 100.0 * spacing as f64;
            let rest = kernel.sigma * kernel.sigma - 2.0 * outer * outer;
            if rest <= 0.0 {
                return None;
            }
            Self::of(kernel, spacing, outer, Some(rest.sqrt()))
        })
    }

    /// These Gaussians, as long as the tolerance asks.
    fn of(kernel: &IdealKernel, spacing: usize, outer: f64, middle: Option<f64>) -> Option<Self> {
        let aliasing = aliasing(kernel, spacing as f64, outer, middle);
        if aliasing > ALIASING_SHARE * kernel.tolerance {
            return None;
        }
        let stages = if middle.is_some() { 3.0 } else { 2.0 };
        let most = (kernel.tolerance - aliasing) / stages;
        let losses = Losses { kernel, spacing: spacing as f64, outer };
        let reach = |loss: &dyn Fn(f64) -> f64| least_reach(most, loss);
        let inner = reach(&|t| losses.inner(t));
        let analysis = (inner * outer - 0.5).ceil().max(1.0) as usize;
        let on_grid = |middle: f64| (inner * middle / losses.spacing - 0.5).ceil().max(1.0);
        let between = middle.map_or(0.0, on_grid) as usize;
        let synthesis = (reach(&|t| losses.synthesis(t)) * outer - 1.0).ceil().max(1.0) as usize;
        let lost_between = middle
            .map_or(0.0, |middle| losses.inner((between as f64 + 0.5) * losses.spacing / middle));
        let tails = losses.inner((analysis as f64 + 0.5) / outer)
            + lost_between
            + losses.synthesis((synthesis as f64 + 1.0) / outer);
        let bound = Bound { aliasing, tails };
        // (Where the reach is bounded below, or by bisection, it is enough to a rounding.)
        (bound.sum() <= kernel.tolerance * 1.001).then_some(Self {
            spacing,
            outer,
            middle,
            analysis,
            between,
            synthesis,
            bound,
        })
    }

    /// The number of sums before the first sample that the synthesis reads.
    pub(crate) fn before(&self) -> usize {
        self.synthesis / self.spacing
    }

    /// The number of sums that the synthesis of `len` samples reads.
    pub(crate) fn sums(&self, len: usize) -> usize {
        self.before() + (len - 1 + self.synthesis) / self.spacing + 1
    }

    /// About the cost of a sample.
    fn cost(&self, len: usize, costs: &Costs) -> f64 {
        let [len, sums] = [len, self.sums(len)].map(|n| n as f64);
        let taps = |radius: usize| (2 * radius + 1) as f64;
        let analysis = taps(self.analysis).min(len);
        let between = if self.middle.is_some() { sums * taps(self.between) } else { 0.0 };
        let analysed = (sums + 2.0 * self.between as f64) * analysis;
        let synthesis = taps(self.synthesis) / self.spacing as f64;
        let made = analysed * costs.analysis + between * costs.between;
        made / len + synthesis * costs.synthesis + costs.sample
    }
}

/// Twice the sum over m of `exp(-2 pi^2 m^2 ratio^2)`, at least.
fn harmonics(ratio: f64) -> f64 {
    let first = (-2.0 * PI * PI * ratio * ratio).exp();
    2.0 * first / (1.0 - first)
}

/// At least the errors that come from sums in place of integrals.
fn aliasing(kernel: &IdealKernel, spacing: f64, outer: f64, middle: Option<f64>) -> f64 {
    let IdealKernel { sigma, order, .. } = *kernel;
    let inner = middle.map_or(outer, |middle| middle.hypot(outer));
    let width = outer * inner / sigma;
    let last = harmonics(width / spacing);
    // Of the filter between, and of its normalisation on the grid.
    let between = middle.map_or(0.0, |middle| {
        harmonics(outer * middle / inner / spacing) + harmonics(middle / spacing)
    });
    // Of the normalisation of each phase of the synthesis, and of Gaussians sampled one apart.
    let phases = harmonics(outer / spacing);
    let sampled = harmonics(outer) + harmonics(sigma);
    let errors = if order == 0 {
        last + between + phases + sampled
    } else {
        let steeper = (sigma / outer).powi(order as i32) * magnitude(order);
        // What aliasing becomes where it is derived: waves of one period a spacing.
        let wave = TAU * width * width / (spacing * outer * outer) * sigma;
        let constant = (TAU * sigma / spacing).powi(order as i32);
        let derived = match order {
            1 => magnitude(1) + wave,
            _ => magnitude(2) + 2.0 * magnitude(1) * wave + wave * wave,
        };
        last * derived + (between + sampled) * steeper + phases * 2.0 * (steeper + constant)
    };
    // Of products of errors.
    errors * (1.0 + 4.0 * (last + between + phases + sampled))
}

/// What Gaussians lose where they are cut, and give to the others when they are normalised.
struct Losses<'k> {
    kernel: &'k IdealKernel,
    spacing: f64,
    outer: f64,
}

impl Losses<'_> {
    /// How much steeper the derivative of the synthesis is than that of the whole.
    fn steeper(&self) -> f64 {
        (self.kernel.sigma / self.outer).powi(self.kernel.order as i32)
    }

    /// Of analysis or middle, cut at `t` standard deviations, half a sample beyond the last weight.
    fn inner(&self, t: f64) -> f64 {
        let lost = 2.0 * beyond(t);
        2.0 * lost / (1.0 - lost) * self.steeper() * magnitude(self.kernel.order)
    }

    /// Of the worst phase of the synthesis, cut at `t` standard deviations, where its first missing
    /// weight may be on both sides.
    fn synthesis(&self, t: f64) -> f64 {
        let first = density(t) * self.spacing / self.outer;
        let lost = 2.0 * (first + beyond(t));
        let smoothing = 2.0 * lost / (1.0 - lost.min(0.5)) * magnitude(self.kernel.order);
        let derived = match self.kernel.order {
            0 => 0.0,
            1 => 4.0 * (first * t + density(t)),
            _ => 4.0 * (first * t * t + t * density(t)),
        };
        (smoothing + derived) * self.steeper()
    }
}
