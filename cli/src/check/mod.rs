//! A result against the reference: random pixels, every edge and every corner.

mod reference;

use std::collections::BTreeSet;
use std::fmt;

use anyhow::anyhow;
use gausstack::{Element, Mode, Precision};
use ndarray::{ArrayView2, ArrayView3, Axis};

use reference::Reference;

/// What the library promises of f32 sums per filtered axis, as a share of `max|x| * sum|w|`.
const BOUND: f64 = 2e-7;

/// The sigma up to which it does; beyond, the bound grows with the square root of sigma.
const BOUND_SIGMA: f64 = 60.0;

/// The same of f64 sums and of the reference's own: a rounding for each of up to 801 weights.
const BOUND_DOUBLE: f64 = 2e-13;

/// What f32 results of f64 sums may be off per filtered axis: they are rounded to f32 after each, by half a unit in the last place.
const BOUND_ROUNDED: f64 = 1.0 / (1 << 24) as f64;

/// A stack and what a Gaussian filter made of its slices.
pub(crate) struct Subject<'a, T> {
    pub(crate) input: ArrayView3<'a, T>,
    pub(crate) output: ArrayView3<'a, T>,
    pub(crate) slice_axis: usize,
    pub(crate) sigma: [f64; 2],
    pub(crate) mode: Mode,
    /// What was summed in.
    pub(crate) precision: Precision,
    /// Random pixels to look at in each slice that is looked at.
    pub(crate) random: usize,
}

/// The verdict.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checked {
    slices: Vec<usize>,
    random: usize,
    /// Pixels of edges and corners.
    border: usize,
    /// What rounding may add: half a level where there are levels.
    rounding: f64,
    /// The largest error, as it is.
    largest: f64,
    /// The largest error beyond rounding, as a share of `max|x| * sum|w|` of its slice.
    worst: f64,
    bound: f64,
    /// Pixels that are not the exact result rounded to nearest.
    off: usize,
    /// By how many levels at most.
    max_off: f64,
}

impl Checked {
    pub(crate) fn is_within_bound(&self) -> bool {
        self.worst <= self.bound
    }

    /// The largest error beyond rounding, as a share of `max|x| * sum|w|`; infinite where a pixel is not a number.
    pub(crate) fn error(&self) -> f64 {
        self.worst
    }

    /// What it may be.
    pub(crate) fn bound(&self) -> f64 {
        self.bound
    }

    /// How many pixels were looked at.
    pub(crate) fn pixels(&self) -> usize {
        self.random + self.border
    }

    /// Takes one pixel into account.
    fn compare(&mut self, got: impl Into<f64>, want: f64, scale: f64) {
        let got = got.into();
        let error = (got - want).abs();
        let beyond = error - self.rounding;
        let share = if beyond <= 0.0 { 0.0 } else { beyond / scale };
        // A pixel that is not a number compares with nothing and must not pass for that.
        self.worst = self.worst.max(if share.is_nan() { f64::INFINITY } else { share });
        self.largest = self.largest.max(error);
        let off = (got - want.round_ties_even()).abs();
        self.off += usize::from(off > 0.0);
        self.max_off = self.max_off.max(off);
    }

    fn merge(&mut self, other: Self) {
        self.slices.extend(other.slices);
        self.random += other.random;
        self.border += other.border;
        self.largest = self.largest.max(other.largest);
        self.worst = self.worst.max(other.worst);
        self.off += other.off;
        self.max_off = self.max_off.max(other.max_off);
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
        let is_integer = self.rounding > 0.0;
        if is_integer {
            let exact = "the exact result rounded to nearest";
            match (self.off, self.max_off) {
                (0, _) => writeln!(f, "         each is {exact}")?,
                (off, most) => {
                    writeln!(f, "         {off} are off {exact}, by at most {most} level")?
                }
            }
        }
        let errors = if is_integer {
            format!("{:.4} levels, beyond half a level {:.2e}", self.largest, self.worst)
        } else {
            format!("{:.2e}", self.worst)
        };
        write!(
            f,
            "         largest error {errors} of max|x| * sum|w|, bound {:.1e}: {}",
            self.bound,
            if self.is_within_bound() { "within" } else { "ABOVE" }
        )
    }
}

/// Checks the first, the middle and the last slice, one thread each.
pub(crate) fn run<T>(subject: &Subject<'_, T>) -> anyhow::Result<Checked>
where
    T: Element + Into<f64>,
{
    let reference = Reference::new(subject.sigma, subject.mode);
    let axis = Axis(subject.slice_axis);
    let slices = subject.input.len_of(axis);
    let chosen = BTreeSet::from([0, slices / 2, slices - 1]);
    let bound_of = |(sigma, radius): (f64, usize)| match (radius, subject.precision) {
        (0, _) => 0.0,
        (_, Precision::Native) => BOUND * (sigma / BOUND_SIGMA).max(1.0).sqrt(),
        _ if T::FITS_F32 && T::INTEGER_BITS == 0 => BOUND_ROUNDED + BOUND_DOUBLE,
        _ => BOUND_DOUBLE,
    };
    let bound = subject.sigma.into_iter().zip(reference.radius()).map(bound_of).sum();
    let rounding = if T::INTEGER_BITS > 0 { 0.5 } else { 0.0 };
    let mut total = Checked { bound, rounding, ..Checked::default() };
    std::thread::scope(|scope| {
        let workers: Vec<_> = chosen
            .iter()
            .map(|&slice| {
                let input = subject.input.index_axis(axis, slice);
                let output = subject.output.index_axis(axis, slice);
                let (checked, reference, random) = (total.clone(), &reference, subject.random);
                scope.spawn(move || check_slice(reference, slice, random, &input, &output, checked))
            })
            .collect();
        for worker in workers {
            total.merge(worker.join().map_err(|_| anyhow!("the check itself failed"))?);
        }
        Ok(total)
    })
}

fn check_slice<T: Copy + Into<f64>>(
    reference: &Reference,
    slice: usize,
    pixels: usize,
    input: &ArrayView2<'_, T>,
    output: &ArrayView2<'_, T>,
    mut checked: Checked,
) -> Checked {
    checked.slices.push(slice);
    let largest = input.iter().fold(0.0_f64, |largest, &value| largest.max(value.into().abs()));
    let scale = largest * reference.magnitude();
    let (rows, columns) = input.dim();

    let mut random = fastrand::Rng::with_seed(slice as u64);
    for _ in 0..pixels {
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
    use ndarray::Array3;

    use super::*;
    use crate::stack;

    const SIGMA: [f64; 2] = [1.0, 2.0];

    /// A stack and its result by the reference itself, rounded to the type as `round` does.
    fn solved<T>(round: impl Fn(f64) -> f64) -> [Array3<T>; 2]
    where
        T: Element + Into<f64>,
    {
        let stack = stack::build([30, 5, 40], 1, 1).unwrap();
        let reference = Reference::new(SIGMA, Mode::Reflect);
        let mut smoothed = Array3::from_elem(stack.dim(), T::default());
        for (from, mut to) in stack.axis_iter(Axis(1)).zip(smoothed.axis_iter_mut(Axis(1))) {
            for y in 0..30 {
                for (x, value) in reference.row(&from, y).into_iter().enumerate() {
                    to[[y, x]] = T::from_f64(round(value));
                }
            }
        }
        [stack, smoothed]
    }

    /// The verdict, for sums in f32 where these are the default.
    fn checked<T: Element + Into<f64>>(solved: &[Array3<T>; 2]) -> Checked {
        let native = if T::FITS_F32 { Precision::Native } else { Precision::Double };
        checked_as(native, solved)
    }

    fn checked_as<T>(precision: Precision, [stack, smoothed]: &[Array3<T>; 2]) -> Checked
    where
        T: Element + Into<f64>,
    {
        let (input, output) = (stack.view(), smoothed.view());
        let subject = Subject {
            input,
            output,
            slice_axis: 1,
            sigma: SIGMA,
            mode: Mode::Reflect,
            precision,
            random: 10_000,
        };
        run(&subject).unwrap()
    }

    fn passes<T: Element + Into<f64>>(round: impl Fn(f64) -> f64) -> Checked {
        let checked = checked(&solved::<T>(round));
        assert!(checked.is_within_bound(), "{checked}");
        assert_eq!((checked.random, &checked.slices[..]), (30_000, &[0, 2, 4][..]));
        // Two rows of 40 and two columns of 28, corners of 4 x 8 four times.
        assert_eq!(checked.border, 3 * (2 * 40 + 2 * 28 + 4 * 4 * 8));
        assert!(checked.largest > 0.0);
        checked
    }

    #[test]
    fn a_right_result_passes() {
        assert!(passes::<f32>(|value| value).worst > 0.0);
        passes::<f64>(|value| value);
        for checked in [
            passes::<u8>(f64::round_ties_even),
            passes::<i8>(f64::round_ties_even),
            passes::<u16>(f64::round_ties_even),
            passes::<i16>(f64::round_ties_even),
            passes::<u32>(f64::round_ties_even),
            passes::<i32>(f64::round_ties_even),
        ] {
            assert!(checked.largest > 0.49 && checked.largest <= 0.5, "{checked}");
            assert_eq!((checked.off, checked.max_off), (0, 0.0), "{checked}");
        }
    }

    fn fails<T: Element + Into<f64>>(wrong: &[T]) {
        for (y, x) in [(0, 0), (29, 39), (0, 17), (13, 39), (29, 20), (3, 36), (15, 20)] {
            for &wrong in wrong {
                let mut solved = solved(f64::round_ties_even);
                solved[1][[y, 2, x]] = wrong;
                let checked = checked(&solved);
                assert!(!checked.is_within_bound(), "{y}, {x}, {wrong:?}: {checked}");
            }
        }
    }

    #[test]
    fn one_wrong_corner_edge_or_nan_fails() {
        fails::<f32>(&[5.0, f32::NAN, f32::INFINITY]);
        fails::<f64>(&[5.0, f64::NAN, f64::INFINITY]);
        fails::<u8>(&[0, 255]);
        fails::<i16>(&[i16::MIN, i16::MAX]);
        fails::<u32>(&[0, u32::MAX]);
    }

    /// Sums in f64 are rounded to f32 after each axis, and are off by no more.
    #[test]
    fn single_precision_of_double_sums_is_rounded_and_no_worse() {
        let mut solved = solved::<f32>(|value| value);
        let checked = checked_as(Precision::Double, &solved);
        assert!(checked.is_within_bound() && checked.worst > 0.0, "{checked}");
        solved[1][[0, 4, 0]] += 3e-7 * 4.25;
        assert!(!checked_as(Precision::Double, &solved).is_within_bound());
    }

    /// A result cut toward zero is off by one level at most, and nearly everywhere by more than half.
    #[test]
    fn other_roundings_fail() {
        for round in [f64::trunc, f64::floor, f64::ceil] {
            let checked = checked(&solved::<u8>(round));
            assert!(!checked.is_within_bound() && checked.off > 10_000, "{checked}");
            assert_eq!(checked.max_off, 1.0, "{checked}");
        }
    }

    /// What f32 sums may do: a level more where the exact result lies beside a half.
    #[test]
    fn sums_a_little_off_pass() {
        let checked = passes::<u16>(|value| (value + 0.005).round_ties_even());
        assert!(checked.off > 0 && checked.max_off == 1.0, "{checked}");
        assert!(checked.largest > 0.5, "{checked}");
    }
}
