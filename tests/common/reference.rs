//! Oracle 1: the definition, by brute force in f64.
//!
//! Weights by the formula, lines continued by walking back and forth sample by sample, one plain
//! sum over all taps. Nothing here is shared with the library.

use gausstack::Mode;
use ndarray::{ArrayD, Axis};

use super::case::{Along, Case};

/// The contract's error of f32 sums, per filtered axis, in units of max|x| * sum|w|.
pub(crate) const NATIVE_ERROR: f64 = 2e-7;

/// Correlation weights at the offsets `-radius..=radius`: the derivative of the Gaussian that is
/// normalised over those offsets, mirrored as correlation wants it.
pub(crate) fn weights(sigma: f64, order: usize, radius: usize) -> Vec<f64> {
    let offsets = || (0..=2 * radius).map(|i| i as f64 - radius as f64);
    let bell: Vec<f64> = offsets().map(|x| (-0.5 * (x / sigma).powi(2)).exp()).collect();
    let sum: f64 = bell.iter().sum();
    offsets()
        .zip(bell)
        .map(|(x, phi)| hermite(order, x / sigma) / sigma.powi(order as i32) * phi / sum)
        .collect()
}

/// The probabilists' Hermite polynomial by its recurrence.
fn hermite(order: usize, t: f64) -> f64 {
    let (mut previous, mut current) = (0.0, 1.0);
    for n in 0..order {
        (previous, current) = (current, t * current - n as f64 * previous);
    }
    current
}

/// The line with `radius` samples more at each end; nothing continues an empty line.
pub(crate) fn extend<T: Copy>(line: &[T], radius: usize, mode: Mode, outside: T) -> Vec<T> {
    if line.is_empty() {
        return vec![];
    }
    let mut left = walk(line, radius, mode, outside, -1);
    left.reverse();
    left.extend_from_slice(line);
    left.extend(walk(line, radius, mode, outside, 1));
    left
}

/// The `steps` samples beyond one end, nearest first. `way` is -1 at the first sample and 1 at the
/// last.
fn walk<T: Copy>(line: &[T], steps: usize, mode: Mode, outside: T, way: isize) -> Vec<T> {
    let last = line.len() as isize - 1;
    let mut at = if way < 0 { 0 } else { last };
    let mut way = way;
    let blocked = |at: isize, way: isize| at + way < 0 || at + way > last;
    (0..steps)
        .map(|_| {
            match mode {
                Mode::Constant => return outside,
                Mode::Nearest => {}
                Mode::Wrap if blocked(at, way) => at = if way < 0 { last } else { 0 },
                Mode::Wrap => at += way,
                // The edge sample is met twice: turning round costs the step.
                Mode::Reflect if blocked(at, way) => way = -way,
                Mode::Reflect => at += way,
                Mode::Mirror if last == 0 => {}
                Mode::Mirror => {
                    if blocked(at, way) {
                        way = -way;
                    }
                    at += way;
                }
                other => panic!("the reference does not know {other:?}"),
            }
            line[at as usize]
        })
        .collect()
}

/// The weights of a filtered axis.
fn taps(case: &Case, along: &Along) -> Vec<f64> {
    match &along.weights {
        Some(weights) if case.convolves => weights.iter().rev().copied().collect(),
        Some(weights) => weights.clone(),
        None => weights(along.sigma, along.order, case.radius(along)),
    }
}

/// The filtered image.
pub(crate) fn filter(data: &ArrayD<f64>, case: &Case) -> ArrayD<f64> {
    let mut image = data.clone();
    for along in case.along.iter().filter(|along| along.is_filtered()) {
        let (radius, taps) = (case.radius(along), taps(case, along));
        let first = radius - case.reach(along)[0];
        for mut lane in image.lanes_mut(Axis(case.axis(along))) {
            let line = extend(&lane.to_vec(), radius, along.mode, case.cval);
            for (i, pixel) in lane.iter_mut().enumerate() {
                *pixel = taps.iter().zip(&line[first + i..]).map(|(w, x)| w * x).sum();
            }
        }
    }
    image
}

/// Which pixels have a marked one within their footprint: within the radius along every filtered
/// axis, after the border was continued. `outside` marks what the constant mode brings in.
pub(crate) fn reach(marked: &ArrayD<bool>, case: &Case, outside: bool) -> ArrayD<bool> {
    let mut reached = marked.clone();
    for along in case.along.iter().filter(|along| along.is_filtered()) {
        let (radius, [before, after]) = (case.radius(along), case.reach(along));
        for mut lane in reached.lanes_mut(Axis(case.axis(along))) {
            let line = extend(&lane.to_vec(), radius, along.mode, outside);
            for (i, pixel) in lane.iter_mut().enumerate() {
                *pixel = line[i + radius - before..=i + radius + after].contains(&true);
            }
        }
    }
    reached
}

/// How far a result may be from [`filter`] when every pass errs by `per_axis` * max|x| * sum|w|.
///
/// A pass multiplies what it finds by up to sum|w| and adds its own error, so for modes that bring
/// in no new values this is (number of axes) * `per_axis` * max|x| * product of all sum|w|. The
/// constant is read again by every pass, whatever the earlier ones did to the image's magnitude.
pub(crate) fn bound(case: &Case, magnitude: f64, per_axis: f64) -> f64 {
    let (mut size, mut error) = (magnitude, 0.0);
    for along in case.along.iter().filter(|along| along.is_filtered()) {
        if along.mode == Mode::Constant {
            size = size.max(case.cval.abs());
        }
        let sum: f64 = taps(case, along).iter().map(|w| w.abs()).sum();
        error = sum * (error + per_axis * size);
        size *= sum;
    }
    error
}
