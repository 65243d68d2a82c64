//! Oracle 2: the contract's summation orders, pixel by pixel, in scalar arithmetic.
//!
//! Results must have exactly these bits. Of the library only the values of the weights are taken.

use gausstack::{Mode, Parity, Precision, Rounding, Weights};
use ndarray::{ArrayD, Axis};

use super::case::{Along, Case};
use super::pixel::Pixel;
use super::reference::extend;

/// How the products of f32 sums are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Products {
    /// One rounding.
    Fused,
    /// Two roundings: the portable level where the target has no fused multiply-add.
    Rounded,
}

/// One pass of the contract.
struct Line {
    axis: usize,
    mode: Mode,
    weights: Weights,
}

/// Whether the contract sums in f32.
pub(crate) fn sums_in_f32<In: Pixel, Out: Pixel>(case: &Case) -> bool {
    let cut = Out::BITS > 0 && case.rounding == Rounding::Scipy;
    // Where sums in f32 might be off by half a level.
    let fine = Out::BITS == 16
        && lines::<In, Out>(case, false).iter().any(|line| line.weights.radius() > 1024);
    In::SINGLE && Out::SINGLE && case.precision == Precision::Native && !cut && !fine
}

/// The axes of a case in the order that the contract filters them.
pub(crate) fn running_axes<In: Pixel, Out: Pixel>(case: &Case) -> Vec<usize> {
    lines::<In, Out>(case, sums_in_f32::<In, Out>(case)).iter().map(|line| line.axis).collect()
}

/// The filtered image, with the bits that the contract promises.
pub(crate) fn filter<In: Pixel, Out: Pixel>(
    data: &ArrayD<In>,
    case: &Case,
    products: Products,
) -> ArrayD<Out> {
    let single = sums_in_f32::<In, Out>(case);
    // What is between passes is exact in f64.
    let mut image = data.mapv(Pixel::wide);
    let lines = lines::<In, Out>(case, single);
    let Some((last, before)) = lines.split_last() else {
        // A copy: not through f64 where it need not be.
        return data.mapv(|x| {
            let same: &dyn std::any::Any = &x;
            match (case.rounding, Out::BITS, In::BITS) {
                _ if same.is::<Out>() => *same.downcast_ref().expect("the same type"),
                // As C converts: the low bits, and true for all but 0.
                (Rounding::Scipy, 1.., 1..) => Out::of_bits(x.pattern() as i64),
                (Rounding::Scipy, 1, 0) => Out::of(x.wide()),
                (Rounding::Nearest, 64, 1..) => within_64_bits(x),
                _ => Out::rounded(x.wide(), case.rounding),
            }
        });
    };
    for line in before {
        line.sum(&mut image, case, single, products);
        image.mapv_inplace(|sum| Out::kept(sum, case.rounding));
    }
    last.sum(&mut image, case, single, products);
    image.mapv(|sum| Out::rounded(sum, case.rounding))
}

/// An integer as another type of 64 bits: the nearest that it holds.
fn within_64_bits<In: Pixel, Out: Pixel>(x: In) -> Out {
    let bits = x.pattern();
    let value = if x.wide() < 0.0 { i128::from(bits as i64) } else { i128::from(bits) };
    let signed = Out::of(-1.0).wide() < 0.0;
    let (low, high) =
        if signed { (i64::MIN.into(), i64::MAX.into()) } else { (0, u64::MAX.into()) };
    Out::of_bits(value.clamp(low, high) as i64)
}

impl Line {
    /// The sums of one pass.
    fn sum(&self, image: &mut ArrayD<f64>, case: &Case, single: bool, products: Products) {
        let kept = self.weights.kept();
        let single_kept: Vec<f32> = kept.iter().map(|&w| w as f32).collect();
        let (parity, before) = (self.weights.parity(), self.weights.before());
        let radius = self.weights.radius();
        for mut lane in image.lanes_mut(Axis(self.axis)) {
            let x = extend(&lane.to_vec(), radius, self.mode, case.cval);
            let x32: Vec<f32> = x.iter().map(|&x| x as f32).collect();
            for (i, pixel) in lane.iter_mut().enumerate() {
                let first = i + radius - before;
                *pixel = if single {
                    f64::from(sum_f32(&x32[first..], &single_kept, parity, products))
                } else {
                    sum_f64(&x[first..], kept, parity)
                };
            }
        }
    }
}

/// Two chains, then their sum. Of folded weights even and odd distances, each from the outermost
/// pair inward, the centre last; of others even and odd taps in order.
fn sum_f32(x: &[f32], kept: &[f32], parity: Option<Parity>, products: Products) -> f32 {
    let add = |sum: f32, a: f32, b: f32| match products {
        Products::Fused => a.mul_add(b, sum),
        Products::Rounded => sum + a * b,
    };
    let mut chains = [0.0f32; 2];
    let Some(parity) = parity else {
        for (j, &weight) in kept.iter().enumerate() {
            chains[j % 2] = add(chains[j % 2], x[j], weight);
        }
        return chains[0] + chains[1];
    };
    let centre = kept.len() - 1;
    for k in (1..kept.len()).rev() {
        let (before, after) = (x[centre - k], x[centre + k]);
        let pair = if parity == Parity::Odd { before - after } else { before + after };
        chains[k % 2] = add(chains[k % 2], pair, kept[k]);
    }
    add(chains[0], x[centre], kept[0]) + chains[1]
}

/// scipy's order, nothing fused: the centre, then pairs from the outermost inward; without symmetry
/// the last tap, then the others in order.
fn sum_f64(x: &[f64], kept: &[f64], parity: Option<Parity>) -> f64 {
    let last = kept.len() - 1;
    let Some(parity) = parity else {
        let mut sum = x[last] * kept[last];
        for j in 0..last {
            sum += x[j] * kept[j];
        }
        return sum;
    };
    let mut sum = x[last] * kept[0];
    for k in (1..kept.len()).rev() {
        let (before, after) = (x[last - k], x[last + k]);
        let pair = if parity == Parity::Odd { before - after } else { before + after };
        sum += pair * kept[k];
    }
    sum
}

/// The passes that change anything, in running order.
fn lines<In: Pixel, Out: Pixel>(case: &Case, single: bool) -> Vec<Line> {
    // Scipy converts by a pass that changes nothing else.
    let cut = Out::BITS > 0 && case.rounding == Rounding::Scipy;
    let native = In::SINGLE && Out::SINGLE && case.precision == Precision::Native;
    let stores = cut || (Out::BITS == 0 && Out::SINGLE && !native);
    let converts = In::BITS == 64 || (stores && In::TYPE != Out::TYPE);
    let mut lines: Vec<Line> = case
        .along
        .iter()
        .filter(|along| along.is_filtered())
        .map(|along| Line {
            axis: case.axis(along),
            mode: along.mode,
            weights: weights(case, along),
        })
        .filter(|line| converts || !is_identity(&line.weights))
        .collect();
    let order_matters = lines.iter().any(|line| line.mode == Mode::Constant)
        && (!case.cval.is_finite() || lines.iter().any(|line| !sums_to_one(&line.weights)));
    if single && !order_matters {
        lines.sort_by_key(|line| std::cmp::Reverse(line.axis));
    }
    lines
}

fn weights(case: &Case, along: &Along) -> Weights {
    match &along.weights {
        Some(weights) if case.convolves => Weights::convolution(weights, along.origin, 0),
        Some(weights) => Weights::correlation(weights, along.origin, 0),
        None => Weights::gaussian(along.sigma, along.order, case.radius(along), 0),
    }
    .expect("the case has usable weights")
}

fn is_identity(weights: &Weights) -> bool {
    (weights.before(), weights.after(), weights.kept()) == (0, 0, &[1.0])
}

fn sums_to_one(weights: &Weights) -> bool {
    let kept = weights.kept();
    let sum = match weights.parity() {
        Some(Parity::Even) => kept[0] + 2.0 * kept[1..].iter().sum::<f64>(),
        Some(Parity::Odd) => kept[0],
        None => kept.iter().sum(),
    };
    (sum - 1.0).abs() <= 1e-12
}
