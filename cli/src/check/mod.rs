//! A result against the reference: random pixels, every edge and every corner.

mod reference;

use std::collections::BTreeSet;
use std::fmt;

use anyhow::anyhow;
use gausstack::{Mode, Precision};

use self::reference::Reference;
use crate::layout::{Image, StackLayout};

/// What the library promises of f32 sums per filtered axis, as a share of `max|x| * sum|w|`.
const BOUND: f64 = 2e-7;

/// The sigma up to which `BOUND` holds; beyond, it grows with the square root of sigma.
const BOUND_SIGMA: f64 = 60.0;

/// The bound of f64 sums, the reference's among them: one rounding for each of up to 801 weights.
const BOUND_DOUBLE: f64 = 2e-13;

/// What f32 results of f64 sums may be off per filtered axis: they are rounded to f32 after each,
/// by half a unit in the last place.
const BOUND_ROUNDED: f64 = 1.0 / (1 << 24) as f64;

/// A stack and what a Gaussian filter made of its slices.
pub(crate) struct Subject<'a> {
    pub(crate) stack: StackLayout,
    pub(crate) input: &'a [u8],
    pub(crate) output: &'a [u8],
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

    /// The largest error beyond rounding, as a share of `max|x| * sum|w|`; infinite where a pixel
    /// is not a number.
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
    fn compare(&mut self, got: f64, want: f64, scale: f64) {
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
pub(crate) fn run(subject: &Subject<'_>) -> anyhow::Result<Checked> {
    let reference = Reference::new(subject.sigma, subject.mode);
    let Subject { stack, slice_axis, .. } = *subject;
    let (slices, element) = (stack.shape[slice_axis], stack.element);
    let chosen = BTreeSet::from([0, slices / 2, slices - 1]);
    let bound_of = |(sigma, radius): (f64, usize)| match (radius, subject.precision) {
        (0, _) => 0.0,
        (_, Precision::Native) => BOUND * (sigma / BOUND_SIGMA).max(1.0).sqrt(),
        _ if element.fits_f32() && element.is_float() => BOUND_ROUNDED + BOUND_DOUBLE,
        _ => BOUND_DOUBLE,
    };
    let bound = subject.sigma.into_iter().zip(reference.radius()).map(bound_of).sum();
    let rounding = if element.is_float() { 0.0 } else { 0.5 };
    let mut total = Checked { bound, rounding, ..Checked::default() };
    std::thread::scope(|scope| {
        let workers: Vec<_> = chosen
            .iter()
            .map(|&slice| {
                let input = stack.image(subject.input, slice_axis, slice);
                let output = stack.image(subject.output, slice_axis, slice);
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

fn check_slice(
    reference: &Reference,
    slice: usize,
    pixels: usize,
    input: &Image<'_>,
    output: &Image<'_>,
    mut checked: Checked,
) -> Checked {
    checked.slices.push(slice);
    let largest = input.pixels().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let scale = largest * reference.magnitude();
    let (rows, columns) = (input.rows(), input.columns());

    let mut random = fastrand::Rng::with_seed(slice as u64);
    for _ in 0..pixels {
        let (y, x) = (random.usize(..rows), random.usize(..columns));
        checked.compare(output.at(y, x), reference.pixel(input, y, x), scale);
        checked.random += 1;
    }
    for y in BTreeSet::from([0, rows - 1]) {
        for (x, want) in reference.row(input, y).into_iter().enumerate() {
            checked.compare(output.at(y, x), want, scale);
            checked.border += 1;
        }
    }
    for x in BTreeSet::from([0, columns - 1]) {
        // The corners were part of the rows.
        let column = reference.column(input, x);
        for (y, want) in column.into_iter().enumerate().take(rows.saturating_sub(1)).skip(1) {
            checked.compare(output.at(y, x), want, scale);
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
            checked.compare(output.at(y, x), reference.pixel(input, y, x), scale);
            checked.border += 1;
        }
    }
    checked
}

#[cfg(test)]
mod tests {
    use gausstack::ElementType;
    use gausstack_io::memory::Memory;

    use super::*;
    use crate::codec::Codec;
    use crate::stack;

    const SIGMA: [f64; 2] = [1.0, 2.0];

    /// A stack and its result by the reference itself, rounded to the type as `round` does.
    struct Solved {
        stack: StackLayout,
        input: Memory,
        output: Memory,
    }

    impl Solved {
        fn of(element: ElementType, round: impl Fn(f64) -> f64) -> Self {
            let stack = StackLayout::c_order([30, 5, 40], element);
            let [mut input, output] = [(); 2].map(|()| stack::zeros(stack.bytes()).unwrap());
            stack::build(&stack, 1, 1, input.bytes_mut());
            let mut solved = Self { stack, input, output };
            let reference = Reference::new(SIGMA, Mode::Reflect);
            for slice in 0..5 {
                for y in 0..30 {
                    let image = stack.image(solved.input.bytes(), 1, slice);
                    for (x, value) in reference.row(&image, y).into_iter().enumerate() {
                        solved.set([y, slice, x], round(value));
                    }
                }
            }
            solved
        }

        fn set(&mut self, [y, slice, x]: [usize; 3], value: f64) {
            let codec = Codec::of(self.stack.element);
            let first = ((y * 5 + slice) * 40 + x) * codec.size();
            codec.write(value, &mut self.output.bytes_mut()[first..first + codec.size()]);
        }

        fn get(&self, [y, slice, x]: [usize; 3]) -> f64 {
            self.stack.image(self.output.bytes(), 1, slice).at(y, x)
        }

        /// The verdict, for sums in f32 where these are the default.
        fn checked(&self) -> Checked {
            let native = self.stack.element.fits_f32();
            self.checked_as(if native { Precision::Native } else { Precision::Double })
        }

        fn checked_as(&self, precision: Precision) -> Checked {
            run(&Subject {
                stack: self.stack,
                input: self.input.bytes(),
                output: self.output.bytes(),
                slice_axis: 1,
                sigma: SIGMA,
                mode: Mode::Reflect,
                precision,
                random: 10_000,
            })
            .unwrap()
        }
    }

    fn passes(element: ElementType, round: impl Fn(f64) -> f64) -> Checked {
        let checked = Solved::of(element, round).checked();
        assert!(checked.is_within_bound(), "{checked}");
        assert_eq!((checked.random, &checked.slices[..]), (30_000, &[0, 2, 4][..]));
        // Two rows of 40 and two columns of 28, corners of 4 x 8 four times.
        assert_eq!(checked.border, 3 * (2 * 40 + 2 * 28 + 4 * 4 * 8));
        assert!(checked.largest > 0.0);
        checked
    }

    #[test]
    fn a_right_result_passes() {
        use ElementType as E;
        assert!(passes(E::F32, |value| value).worst > 0.0);
        passes(E::F64, |value| value);
        for element in [E::U8, E::I8, E::U16, E::I16, E::U32, E::I32] {
            let checked = passes(element, f64::round_ties_even);
            assert!(checked.largest > 0.49 && checked.largest <= 0.5, "{checked}");
            assert_eq!((checked.off, checked.max_off), (0, 0.0), "{checked}");
        }
    }

    fn fails(element: ElementType, wrong: &[f64]) {
        for (y, x) in [(0, 0), (29, 39), (0, 17), (13, 39), (29, 20), (3, 36), (15, 20)] {
            for &wrong in wrong {
                let mut solved = Solved::of(element, f64::round_ties_even);
                solved.set([y, 2, x], wrong);
                let checked = solved.checked();
                assert!(!checked.is_within_bound(), "{y}, {x}, {wrong:?}: {checked}");
            }
        }
    }

    #[test]
    fn one_wrong_corner_edge_or_nan_fails() {
        fails(ElementType::F32, &[5.0, f64::NAN, f64::INFINITY]);
        fails(ElementType::F64, &[5.0, f64::NAN, f64::INFINITY]);
        fails(ElementType::U8, &[0.0, 255.0]);
        fails(ElementType::I16, &[f64::from(i16::MIN), f64::from(i16::MAX)]);
        fails(ElementType::U32, &[0.0, f64::from(u32::MAX)]);
    }

    /// Sums in f64 are rounded to f32 after each axis, and are off by no more.
    #[test]
    fn single_precision_of_double_sums_is_rounded_and_no_worse() {
        let mut solved = Solved::of(ElementType::F32, |value| value);
        let checked = solved.checked_as(Precision::Double);
        assert!(checked.is_within_bound() && checked.worst > 0.0, "{checked}");
        let pixel = solved.get([0, 4, 0]);
        solved.set([0, 4, 0], pixel + 3e-7 * 4.25);
        assert!(!solved.checked_as(Precision::Double).is_within_bound());
    }

    /// A result cut toward zero is off by one level at most, and nearly everywhere by more than
    /// half.
    #[test]
    fn other_roundings_fail() {
        for round in [f64::trunc, f64::floor, f64::ceil] {
            let checked = Solved::of(ElementType::U8, round).checked();
            assert!(!checked.is_within_bound() && checked.off > 10_000, "{checked}");
            assert_eq!(checked.max_off, 1.0, "{checked}");
        }
    }

    /// What f32 sums may do: a level more where the exact result lies beside a half.
    #[test]
    fn sums_a_little_off_pass() {
        let checked = passes(ElementType::U16, |value| (value + 0.005).round_ties_even());
        assert!(checked.off > 0 && checked.max_off == 1.0, "{checked}");
        assert!(checked.largest > 0.5, "{checked}");
    }
}
