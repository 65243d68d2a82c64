//! Oracle 2: the contract's summation orders, pixel by pixel, in scalar arithmetic.
//!
//! Results must have exactly these bits. Of the library only the values of the weights are taken.

use gausstack::{ElementType, Mode, Parity, Precision, Rounding, Weights};
use ndarray::{ArrayD, Axis};

use super::case::{Along, Case};
use super::inputs::each;
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

/// What the contract asks of the element types of a case: code that knows them as values is compiled
/// once, and not for each of 121 pairs.
#[derive(Clone, Copy)]
struct Types {
    from: Type,
    to: Type,
}

/// The facts of an element type.
#[derive(Clone, Copy)]
struct Type {
    bits: u32,
    single: bool,
    element: ElementType,
}

impl Type {
    fn of<T: Pixel>() -> Self {
        Self { bits: T::BITS, single: T::SINGLE, element: T::TYPE }
    }
}

impl Types {
    fn of<In: Pixel, Out: Pixel>() -> Self {
        Self { from: Type::of::<In>(), to: Type::of::<Out>() }
    }

    /// Whether the contract sums in f32.
    fn sum_in_f32(self, case: &Case) -> bool {
        let cut = self.to.bits > 0 && case.rounding == Rounding::Scipy;
        // Where sums in f32 might be off by half a level.
        let fine = self.to.bits == 16
            && self.lines(case, false).iter().any(|line| line.weights.radius() > 1024);
        self.from.single && self.to.single && case.precision == Precision::Native && !cut && !fine
    }

    /// The passes that change anything, in running order.
    fn lines(self, case: &Case, single: bool) -> Vec<Line> {
        // Scipy converts by a pass that changes nothing else.
        let cut = self.to.bits > 0 && case.rounding == Rounding::Scipy;
        let native = self.from.single && self.to.single && case.precision == Precision::Native;
        let stores = cut || (self.to.bits == 0 && self.to.single && !native);
        let converts = self.from.bits == 64 || (stores && self.from.element != self.to.element);
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

    /// The sums of an image's numbers, which `keep` rounds between two passes; false, and nothing is
    /// done, where there is no pass.
    fn sum(
        self,
        image: &mut ArrayD<f64>,
        case: &Case,
        products: Products,
        keep: fn(f64, Rounding) -> f64,
    ) -> bool {
        let single = self.sum_in_f32(case);
        let lines = self.lines(case, single);
        for (number, line) in lines.iter().enumerate() {
            if number > 0 {
                image.mapv_inplace(|sum| keep(sum, case.rounding));
            }
            line.sum(image, case, single, products);
        }
        !lines.is_empty()
    }
}

/// Whether the contract sums in f32.
pub(crate) fn sums_in_f32<In: Pixel, Out: Pixel>(case: &Case) -> bool {
    Types::of::<In, Out>().sum_in_f32(case)
}

/// The axes of a case in the order that the contract filters them.
pub(crate) fn running_axes<In: Pixel, Out: Pixel>(case: &Case) -> Vec<usize> {
    let types = Types::of::<In, Out>();
    types.lines(case, types.sum_in_f32(case)).iter().map(|line| line.axis).collect()
}

/// The filtered image, with the bits that the contract promises.
pub(crate) fn filter<In: Pixel, Out: Pixel>(
    data: &ArrayD<In>,
    case: &Case,
    products: Products,
) -> ArrayD<Out> {
    // What is between passes is exact in f64.
    let mut image = each(data, &In::wide);
    if Types::of::<In, Out>().sum(&mut image, case, products, Out::kept) {
        return rounded(&image, case.rounding);
    }
    // A copy: not through f64 where it need not be.
    let same: &dyn std::any::Any = data;
    match same.downcast_ref::<ArrayD<Out>>() {
        Some(same) => same.clone(),
        None => copied(&image, &each(data, &In::pattern), In::BITS, case.rounding),
    }
}

/// Sums as the output's elements.
pub(crate) fn rounded<Out: Pixel>(sums: &ArrayD<f64>, rounding: Rounding) -> ArrayD<Out> {
    each(sums, &|sum| Out::rounded(sum, rounding))
}

/// Elements of another type, of so many bits if they are integers, that no pass has changed: from
/// their values and their own bits.
fn copied<Out: Pixel>(
    values: &ArrayD<f64>,
    patterns: &ArrayD<u64>,
    bits: u32,
    rounding: Rounding,
) -> ArrayD<Out> {
    let both = values.iter().zip(patterns);
    let elements = both.map(|(&value, &pattern)| match (rounding, Out::BITS, bits) {
        // As C converts: the low bits, and true for all but 0.
        (Rounding::Scipy, 1.., 1..) => Out::of_bits(pattern as i64),
        (Rounding::Scipy, 1, 0) => Out::of(value),
        (Rounding::Nearest, 64, 1..) => within_64_bits(value, pattern),
        _ => Out::rounded(value, rounding),
    });
    ArrayD::from_shape_vec(values.raw_dim(), elements.collect()).expect("as many elements")
}

/// An integer as another type of 64 bits: the nearest that it holds.
fn within_64_bits<Out: Pixel>(value: f64, pattern: u64) -> Out {
    let value = if value < 0.0 { i128::from(pattern as i64) } else { i128::from(pattern) };
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
///
/// (Most of the tests' time is spent in this function and the next. They count with `while`: a range
/// that runs backwards is a call for every tap at the tests' level of optimisation, and takes four times as
/// long.)
fn sum_f32(x: &[f32], kept: &[f32], parity: Option<Parity>, products: Products) -> f32 {
    let mut chains = [0.0f32; 2];
    let Some(parity) = parity else {
        let mut j = 0;
        while j < kept.len() {
            chains[j % 2] = add(chains[j % 2], x[j], kept[j], products);
            j += 1;
        }
        return chains[0] + chains[1];
    };
    let centre = kept.len() - 1;
    let mut k = centre;
    while k > 0 {
        let (before, after) = (x[centre - k], x[centre + k]);
        let pair = if parity == Parity::Odd { before - after } else { before + after };
        chains[k % 2] = add(chains[k % 2], pair, kept[k], products);
        k -= 1;
    }
    add(chains[0], x[centre], kept[0], products) + chains[1]
}

/// A sum and one product more.
#[inline(always)]
fn add(sum: f32, a: f32, b: f32, products: Products) -> f32 {
    match products {
        Products::Fused => a.mul_add(b, sum),
        Products::Rounded => sum + a * b,
    }
}

/// scipy's order, nothing fused: the centre, then pairs from the outermost inward; without symmetry
/// the last tap, then the others in order.
fn sum_f64(x: &[f64], kept: &[f64], parity: Option<Parity>) -> f64 {
    let last = kept.len() - 1;
    let Some(parity) = parity else {
        let mut sum = x[last] * kept[last];
        let mut j = 0;
        while j < last {
            sum += x[j] * kept[j];
            j += 1;
        }
        return sum;
    };
    let mut sum = x[last] * kept[0];
    let mut k = last;
    while k > 0 {
        let (before, after) = (x[last - k], x[last + k]);
        let pair = if parity == Parity::Odd { before - after } else { before + after };
        sum += pair * kept[k];
        k -= 1;
    }
    sum
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
