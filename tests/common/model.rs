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

impl Line {
    /// The sums of one pass.
    fn sum(&self, image: &mut ArrayD<f64>, case: &Case, single: bool, products: Products) {
        let half = self.weights.half();
        let single_half: Vec<f32> = half.iter().map(|&w| w as f32).collect();
        let minus = self.weights.parity() == Parity::Odd;
        let radius = half.len() - 1;
        for mut lane in image.lanes_mut(Axis(self.axis)) {
            let x = extend(&lane.to_vec(), radius, self.mode, case.cval);
            let x32: Vec<f32> = x.iter().map(|&x| x as f32).collect();
            for (i, pixel) in lane.iter_mut().enumerate() {
                *pixel = if single {
                    f64::from(sum_f32(&x32, i + radius, &single_half, minus, products))
                } else {
                    sum_f64(&x, i + radius, half, minus)
                };
            }
        }
    }
}

/// Two chains, even and odd distances, each from the outermost pair inward; the centre last.
fn sum_f32(x: &[f32], i: usize, half: &[f32], minus: bool, products: Products) -> f32 {
    let add = |sum: f32, a: f32, b: f32| match products {
        Products::Fused => a.mul_add(b, sum),
        Products::Rounded => sum + a * b,
    };
    let mut chains = [0.0f32; 2];
    for k in (1..half.len()).rev() {
        let pair = if minus { x[i - k] - x[i + k] } else { x[i - k] + x[i + k] };
        chains[k % 2] = add(chains[k % 2], pair, half[k]);
    }
    add(chains[0], x[i], half[0]) + chains[1]
}

/// scipy's order: the centre, then pairs from the outermost inward, nothing fused.
fn sum_f64(x: &[f64], i: usize, half: &[f64], minus: bool) -> f64 {
    let mut sum = x[i] * half[0];
    for k in (1..half.len()).rev() {
        let pair = if minus { x[i - k] - x[i + k] } else { x[i - k] + x[i + k] };
        sum += pair * half[k];
    }
    sum
}

/// The passes that change anything, in running order.
fn lines<In: Pixel, Out: Pixel>(case: &Case, single: bool) -> Vec<Line> {
    // Scipy converts by a pass that changes nothing else.
    let cut = Out::BITS > 0 && case.rounding == Rounding::Scipy;
    let native = In::SINGLE && Out::SINGLE && case.precision == Precision::Native;
    let stores = cut || (Out::BITS == 0 && Out::SINGLE && !native);
    let converts = In::BITS == 64 || (stores && In::NAME != Out::NAME);
    let mut lines: Vec<Line> = case
        .along
        .iter()
        .filter(|along| along.is_filtered())
        .map(|along| Line {
            axis: case.axis(along),
            mode: along.mode,
            weights: weights(along, case.radius(along)),
        })
        .filter(|line| converts || line.weights.half() != [1.0])
        .collect();
    let order_matters = lines.iter().any(|line| line.mode == Mode::Constant)
        && (!case.cval.is_finite() || lines.iter().any(|line| !sums_to_one(&line.weights)));
    if single && !order_matters {
        lines.sort_by_key(|line| std::cmp::Reverse(line.axis));
    }
    lines
}

fn weights(along: &Along, radius: usize) -> Weights {
    match &along.weights {
        Some(weights) => Weights::from_slice(weights, 0),
        None => Weights::gaussian(along.sigma, along.order, radius, 0),
    }
    .expect("the case has usable weights")
}

fn sums_to_one(weights: &Weights) -> bool {
    let half = weights.half();
    let sum = match weights.parity() {
        Parity::Even => half[0] + 2.0 * half[1..].iter().sum::<f64>(),
        Parity::Odd => half[0],
    };
    (sum - 1.0).abs() <= 1e-12
}
