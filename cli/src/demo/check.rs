//! The result against the reference: random pixels, every edge and every corner.

use std::collections::BTreeSet;
use std::fmt;

use anyhow::anyhow;
use ndarray::{Array3, ArrayView2, Axis};

use super::Job;
use super::reference::Reference;

/// What the library promises per filtered axis, as a share of `max|x| * sum|w|`.
const BOUND: f64 = 2e-7;

/// Random pixels of each slice that is looked at.
const RANDOM: usize = 10_000;

/// The verdict.
#[derive(Debug, Default)]
pub(super) struct Checked {
    slices: Vec<usize>,
    random: usize,
    /// Pixels of edges and corners.
    border: usize,
    /// The largest error as a share of `max|x| * sum|w|` of its slice.
    worst: f64,
    bound: f64,
}

impl Checked {
    pub(super) fn is_within_bound(&self) -> bool {
        self.worst <= self.bound
    }

    /// Takes one pixel into account.
    fn compare(&mut self, got: f32, want: f64, scale: f64) {
        let error = (f64::from(got) - want).abs();
        let share = if error == 0.0 { 0.0 } else { error / scale };
        // A pixel that is not a number compares with nothing and must not pass for that.
        self.worst = self.worst.max(if share.is_nan() { f64::INFINITY } else { share });
    }

    fn merge(&mut self, other: Self) {
        self.slices.extend(other.slices);
        self.random += other.random;
        self.border += other.border;
        self.worst = self.worst.max(other.worst);
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slices: Vec<_> = self.slices.iter().map(usize::to_string).collect();
        writeln!(
            f,
            "check    {} random pixels and {} of edges and corners, slices {}, against brute force:",
            self.random,
            self.border,
            slices.join(", "),
        )?;
        write!(
            f,
            "         largest error {:.2e} of max|x| * sum|w|, bound {:.1e}: {}",
            self.worst,
            self.bound,
            if self.is_within_bound() { "within" } else { "ABOVE" }
        )
    }
}

/// Checks the first, the middle and the last slice, one thread each.
pub(super) fn run(job: &Job, smoothed: &Array3<f32>) -> anyhow::Result<Checked> {
    let reference = Reference::new(job.sigma);
    let axis = Axis(job.slice_axis);
    let slices = job.stack.len_of(axis);
    let chosen = BTreeSet::from([0, slices / 2, slices - 1]);
    let bound = BOUND * reference.passes() as f64;
    let mut total = Checked { bound, ..Checked::default() };
    std::thread::scope(|scope| {
        let workers: Vec<_> = chosen
            .iter()
            .map(|&slice| {
                let input = job.stack.index_axis(axis, slice);
                let output = smoothed.index_axis(axis, slice);
                let reference = &reference;
                scope.spawn(move || check_slice(reference, slice, &input, &output))
            })
            .collect();
        for worker in workers {
            total.merge(worker.join().map_err(|_| anyhow!("the check itself failed"))?);
        }
        Ok(total)
    })
}

fn check_slice(
    reference: &Reference,
    slice: usize,
    input: &ArrayView2<'_, f32>,
    output: &ArrayView2<'_, f32>,
) -> Checked {
    let mut checked = Checked { slices: vec![slice], ..Checked::default() };
    let largest = input.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let scale = f64::from(largest) * reference.magnitude();
    let (rows, columns) = input.dim();

    let mut random = fastrand::Rng::with_seed(slice as u64);
    for _ in 0..RANDOM {
        let (y, x) = (random.usize(..rows), random.usize(..columns));
        checked.compare(output[[y, x]], reference.pixel(input, y, x), scale);
        checked.random += 1;
    }
    for y in BTreeSet::from([0, rows - 1]) {
        for (x, want) in reference.row(input, y).into_iter().enumerate() {
            checked.compare(output[[y, x]], want, scale);
            checked.border += 1;
        }
    }
    for x in BTreeSet::from([0, columns - 1]) {
        // The corners were part of the rows.
        let column = reference.column(input, x);
        for (y, want) in column.into_iter().enumerate().take(rows.saturating_sub(1)).skip(1) {
            checked.compare(output[[y, x]], want, scale);
            checked.border += 1;
        }
    }
    // Corners are as large as the kernel: there both axes are continued beyond the image.
    let [ry, rx] = reference.radius();
    let ends = |len: usize, radius: usize| -> BTreeSet<usize> {
        (1..=radius.min(16))
            .flat_map(|k| [k, (len - 1).saturating_sub(k)])
            .filter(|&k| k < len)
            .collect()
    };
    let corner_columns = ends(columns, rx);
    for y in ends(rows, ry) {
        for &x in &corner_columns {
            checked.compare(output[[y, x]], reference.pixel(input, y, x), scale);
            checked.border += 1;
        }
    }
    checked
}

#[cfg(test)]
mod tests {
    use super::super::stack;
    use super::*;

    /// A job and its result by the reference itself, rounded to f32.
    fn solved() -> (Job, Array3<f32>) {
        let stack = stack::build([30, 5, 40], 1, 1).unwrap();
        let job = Job { stack, slice_axis: 1, sigma: [1.0, 2.0], threads: 1 };
        let reference = Reference::new(job.sigma);
        let mut smoothed = Array3::zeros(job.stack.dim());
        for (from, mut to) in job.stack.axis_iter(Axis(1)).zip(smoothed.axis_iter_mut(Axis(1))) {
            for y in 0..30 {
                for (x, value) in reference.row(&from, y).into_iter().enumerate() {
                    to[[y, x]] = value as f32;
                }
            }
        }
        (job, smoothed)
    }

    #[test]
    fn a_right_result_passes() {
        let (job, smoothed) = solved();
        let checked = run(&job, &smoothed).unwrap();
        assert!(checked.is_within_bound(), "{checked}");
        assert_eq!((checked.random, &checked.slices[..]), (30_000, &[0, 2, 4][..]));
        // Two rows of 40 and two columns of 28, corners of 4 x 8 four times.
        assert_eq!(checked.border, 3 * (2 * 40 + 2 * 28 + 4 * 4 * 8));
        assert!(checked.worst > 0.0);
    }

    #[test]
    fn one_wrong_corner_edge_or_nan_fails() {
        for (y, x) in [(0, 0), (29, 39), (0, 17), (13, 39), (29, 20), (3, 36), (15, 20)] {
            for wrong in [5.0, f32::NAN, f32::INFINITY] {
                let (job, mut smoothed) = solved();
                smoothed[[y, 2, x]] = wrong;
                let checked = run(&job, &smoothed).unwrap();
                assert!(!checked.is_within_bound(), "{y}, {x}: {checked}");
            }
        }
    }
}
