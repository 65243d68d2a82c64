//! What a Gaussian loses where it is cut: upper bounds.

use std::f64::consts::TAU;

/// The density of the normal distribution at `t` standard deviations.
pub(crate) fn density(t: f64) -> f64 {
    (-0.5 * t * t).exp() / TAU.sqrt()
}

/// At least the mass of the normal distribution beyond `t >= 0` standard deviations, on one side.
/// (Sampford's bound: 1.4 % too much at 2, 0.02 % at 6.)
pub(crate) fn beyond(t: f64) -> f64 {
    density(t) * 4.0 / (3.0 * t + (t * t + 8.0).sqrt())
}

/// At least the sum of the magnitudes of all weights of a derivative of a Gaussian, times the
/// order's power of sigma.
pub(crate) fn magnitude(order: usize) -> f64 {
    match order {
        0 => 1.0,
        1 => 0.7979,
        _ => 0.9680,
    }
}

/// At least the sum of the magnitudes of the differences between the weights of a Gaussian's
/// derivative and the same weights cut at `t` standard deviations, times the order's power of
/// sigma. The cut Gaussian is normalised again: what its tails lose, the others gain.
///
/// `t` is half a sample beyond the last weight, where the density is convex.
pub(crate) fn cut(order: usize, t: f64) -> f64 {
    let gained = 2.0 * beyond(t) * magnitude(order);
    let lost = match order {
        0 => 2.0 * beyond(t),
        1 => 2.0 * density(t),
        _ => 2.0 * t * density(t),
    };
    // (The others gain by 1 / (1 - lost mass), not by 1 + lost mass.)
    (lost + gained) / (1.0 - 2.0 * beyond(t))
}

/// About the least number of standard deviations, at least 2, from which `loss`, which falls, is at
/// most `most`.
pub(crate) fn least_reach(most: f64, loss: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (2.0, 38.0);
    if loss(low) <= most {
        return low;
    }
    for _ in 0..20 {
        let middle = 0.5 * (low + high);
        if loss(middle) > most { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bounds hold of sums of samples, and are not far from them.
    #[test]
    fn cuts_are_bounded_closely() {
        for sigma in [1.0, 2.5, 7.0_f64] {
            for t in [2.5, 4.0, 5.5_f64] {
                let radius = (t * sigma - 0.5).ceil() as i32;
                let t = (f64::from(radius) + 0.5) / sigma;
                let gaussian = |x: i32| (-0.5 * (f64::from(x) / sigma).powi(2)).exp();
                let all = -400..=400;
                let norm: f64 = all.clone().map(gaussian).sum();
                let kept: f64 = (-radius..=radius).map(gaussian).sum();
                for order in 0..3 {
                    let factor = |x: i32| match order {
                        0 => 1.0,
                        1 => f64::from(x) / sigma,
                        _ => (f64::from(x) / sigma).powi(2) - 1.0,
                    };
                    let difference = |x: i32| {
                        let cut = if x.abs() <= radius { 1.0 / kept } else { 0.0 };
                        (gaussian(x) * factor(x) * (cut - 1.0 / norm)).abs()
                    };
                    let found: f64 = all.clone().map(difference).sum();
                    let bound = cut(order, t);
                    assert!(found <= bound, "sigma {sigma}, {t}, order {order}: {found} {bound}");
                    let close = sigma < 7.0 || bound <= 1.5 * found;
                    assert!(close, "sigma {sigma}, {t}, order {order}: {found} {bound}");
                }
            }
        }
    }
}
