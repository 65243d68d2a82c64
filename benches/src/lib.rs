//! What the benches share: inputs from a seed, levels, and the scalar check that every result
//! passes once before it is timed.

use std::fmt::Debug;
use std::fs;
use std::path::Path;

use gausstack::{Element, Gaussian, Level, Mode};
use gausstack_measure::Machine;
use ndarray::{Array, ArrayD, ArrayRef, Dimension, IntoDimension, IxDyn};

/// The largest error per filtered axis that a result in f32 may have, for data in 0..1.
const ERROR_F32: f64 = 2e-7;

/// Tells on stderr what the benches run on, since stdout is criterion's.
pub fn announce() {
    eprintln!("{}", Machine::read());
}

/// Whether the benches are only to show that they run: `-- --test`, as criterion has it.
#[must_use]
pub fn tested() -> bool {
    std::env::args().any(|argument| argument == "--test")
}

/// A length of the arrays that are timed; an eighth of it where the bench only shows that it runs.
#[must_use]
pub fn length(timed: usize) -> usize {
    if tested() { timed / 8 } else { timed }
}

/// Every level of this CPU, the best first: that is the one most runs are about.
#[must_use]
pub fn levels() -> Vec<Level> {
    let mut levels = Level::available();
    levels.reverse();
    levels
}

/// `len` numbers from 0..1, the same in every run.
#[must_use]
pub fn numbers<T: Element>(len: usize) -> Vec<T> {
    let mut random = fastrand::Rng::with_seed(len as u64);
    (0..len).map(|_| T::from_f64(f64::from(random.f32()))).collect()
}

/// An array of such numbers, in C order.
#[must_use]
pub fn image<T: Element, S: IntoDimension>(shape: S) -> Array<T, S::Dim> {
    let shape = shape.into_dimension();
    let len = shape.size();
    Array::from_shape_vec(shape, numbers(len)).expect("as many numbers as the shape has elements")
}

/// [`check_extended`] with reflected samples.
///
/// # Panics
/// When a pixel is off by more than the contract allows.
pub fn check<In: Element, Out: Element, D: Dimension>(
    what: impl Debug,
    data: &ArrayRef<In, D>,
    result: &ArrayRef<Out, D>,
    along: &[(usize, f64)],
) {
    check_extended(what, data, result, along, Mode::Reflect);
}

/// Compares pixels of a result with plain sums in f64 over the extended samples (of zeros, in
/// `Constant` mode): every corner, and some hundreds that are drawn. `along` pairs the filtered
/// axes with their sigmas.
///
/// # Panics
/// When a pixel is off by more than the contract allows.
pub fn check_extended<In: Element, Out: Element, D: Dimension>(
    what: impl Debug,
    data: &ArrayRef<In, D>,
    result: &ArrayRef<Out, D>,
    along: &[(usize, f64)],
    mode: Mode,
) {
    assert_eq!(data.shape(), result.shape(), "{what:?}");
    let (data, result) = (data.view().into_dyn(), result.view().into_dyn());
    let kernels: Vec<_> = along.iter().map(|&(axis, sigma)| (axis, kernel(sigma))).collect();
    let bound = ERROR_F32 * along.len().max(1) as f64;
    let mut random = fastrand::Rng::with_seed(7);
    let corners = 1_usize << data.ndim();
    for sample in 0..corners + 200 {
        let index: Vec<usize> = data
            .shape()
            .iter()
            .enumerate()
            .map(|(axis, &n)| match sample {
                corner if corner < corners => (corner >> axis & 1) * (n - 1),
                _ => random.usize(..n),
            })
            .collect();
        let found = result[IxDyn(&index)].to_f64();
        let value = |at: &[usize]| data[IxDyn(at)].to_f64();
        let expected = weighted_sum(&value, mode, data.shape(), &index, &kernels);
        let error = (found - expected).abs();
        assert!(
            error <= bound,
            "{what:?}: pixel {index:?} is {found}, expected {expected}: off by {error:e}"
        );
    }
}

/// The sum over one axis after the other, innermost call first: no order of its own.
fn weighted_sum(
    value: &dyn Fn(&[usize]) -> f64,
    mode: Mode,
    shape: &[usize],
    index: &[usize],
    kernels: &[(usize, Vec<f64>)],
) -> f64 {
    let Some(((axis, weights), rest)) = kernels.split_first() else { return value(index) };
    let (n, radius) = (shape[*axis] as isize, (weights.len() / 2) as isize);
    let mut at = index.to_vec();
    let mut sum = 0.0;
    for (tap, weight) in weights.iter().enumerate() {
        let place = index[*axis] as isize + tap as isize - radius;
        let bounce = |period: isize, last: isize| {
            let place = place.rem_euclid(period);
            place.min(last - place)
        };
        let place = match mode {
            Mode::Reflect => bounce(2 * n, 2 * n - 1),
            Mode::Mirror if n > 1 => bounce(2 * n - 2, 2 * n - 2),
            Mode::Nearest | Mode::Mirror => place.clamp(0, n - 1),
            Mode::Wrap => place.rem_euclid(n),
            Mode::Constant if (0..n).contains(&place) => place,
            Mode::Constant => continue,
            other => unreachable!("no scalar rule for mode {other}"),
        };
        at[*axis] = place as usize;
        sum += weight * weighted_sum(value, mode, shape, &at, rest);
    }
    sum
}

/// The Gaussian's weights at `-radius..=radius`, by the definition; of sigma 0 the centre alone.
#[must_use]
pub fn kernel(sigma: f64) -> Vec<f64> {
    if sigma == 0.0 {
        return vec![1.0];
    }
    let radius = (4.0 * sigma + 0.5) as i64;
    let bell = (-radius..=radius).map(|x| (-0.5 * (x as f64 / sigma).powi(2)).exp());
    let sum: f64 = bell.clone().sum();
    bell.map(|phi| phi / sum).collect()
}

/// The filter that benches time: reflected borders, and everything else as it is by default.
pub fn gaussian(level: Level, along: &[(usize, f64)]) -> Gaussian {
    let (axes, sigma): (Vec<_>, Vec<_>) =
        along.iter().map(|&(axis, sigma)| (axis as isize, sigma)).unzip();
    Gaussian::new(sigma).axes(axes).level(level)
}

/// The same numbers, laid out as the axes in `order` from the slowest to the fastest.
#[must_use]
pub fn laid_out<T: Element>(data: &ArrayD<T>, order: &[usize]) -> ArrayD<T> {
    let turned = data.view().permuted_axes(order).as_standard_layout().into_owned();
    let mut back = vec![0; order.len()];
    for (place, &axis) in order.iter().enumerate() {
        back[axis] = place;
    }
    turned.permuted_axes(back)
}

/// Puts a table into docs/performance.md, between the comments that mark its place.
///
/// # Errors
/// When the page cannot be read or written, or has no such place.
pub fn write_table(name: &str, table: &str) -> Result<(), Box<dyn std::error::Error>> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/performance.md");
    let (begin, end) = (format!("<!-- {name}: begin -->"), format!("<!-- {name}: end -->"));
    let text = fs::read_to_string(&page)?;
    let (before, rest) = text.split_once(&begin).ok_or("the page has no place for the table")?;
    let (_, after) = rest.split_once(&end).ok_or("the page has no end of the table")?;
    Ok(fs::write(page, format!("{before}{begin}\n{table}\n{end}{after}"))?)
}
