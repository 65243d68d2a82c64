//! The FIR along an axis of one sample: a function of each number by itself.
//!
//! Beyond its ends such an axis repeats its only sample, or continues with a constant. So every tap
//! multiplies the number itself or the constant, no neighbour is read, and rows of any layout are
//! filtered where they are.
//!
//! **Orders of summation** are those of [`fir`](crate::fir) and [`listed`](crate::listed): a number
//! has the bits that the sum across rows would give.

use crate::accumulators::{Accumulators, pair};
use crate::element::Arithmetic;
use crate::simd::{MAX_LANES, Simd};

/// Vectors that are summed together: enough to hide the latency of a sum that goes into the next.
const VECTORS: usize = 4;

/// What the kernel reads and writes; asserted by
/// [`Kernels::fir_pointwise`](crate::Kernels::fir_pointwise).
#[derive(Clone, Copy)]
pub(crate) struct PointArgs<A> {
    /// A row of numbers, which sums replace.
    pub(crate) values: *mut A,
    pub(crate) len: usize,
    /// Folded weights from the centre outward, or listed ones in the order of the samples.
    pub(crate) weights: *const A,
    /// Index of the last weight.
    pub(crate) last_tap: usize,
    /// What lies beyond the only sample; `None` if that is the sample itself.
    pub(crate) beyond: Option<A>,
    /// Where the number itself is: its distance from the centre of folded weights, or from the
    /// first of listed ones.
    pub(crate) own: isize,
}

/// Sums a row with folded weights.
///
/// # Safety
/// `len` numbers are readable and writable at `values`, and `last_tap + 1` weights are readable.
#[inline(always)]
pub(crate) unsafe fn folded<S, A, const FUSED: bool, const ODD: bool>(s: S, args: &PointArgs<A>)
where
    S: Simd<A>,
    A: Arithmetic,
{
    // SAFETY: the caller's.
    unsafe { sum_row::<S, A, Folded<FUSED, ODD, true>, Folded<FUSED, ODD, false>>(s, args) }
}

/// Sums a row with listed weights.
///
/// # Safety
/// As [`folded`].
#[inline(always)]
pub(crate) unsafe fn listed<S, A, const FUSED: bool>(s: S, args: &PointArgs<A>)
where
    S: Simd<A>,
    A: Arithmetic,
{
    // SAFETY: the caller's.
    unsafe { sum_row::<S, A, Listed<FUSED, true>, Listed<FUSED, false>>(s, args) }
}

/// Some vectors of a row, summed together.
trait PointBlock<S: Simd<A>, A: Copy> {
    /// The sums of numbers beyond which lies `beyond`.
    ///
    /// # Safety
    /// `last_tap + 1` weights are readable.
    unsafe fn sum(
        s: S,
        args: &PointArgs<A>,
        numbers: [S::V; VECTORS],
        beyond: S::V,
    ) -> [S::V; VECTORS];
}

/// Replaces every number of a row by its sum: in blocks of one kind where a constant lies beyond the
/// sample, of the other where the sample is repeated.
///
/// # Safety
/// As [`folded`].
#[inline(always)]
unsafe fn sum_row<S, A, Constant, Repeated>(s: S, args: &PointArgs<A>)
where
    S: Simd<A>,
    A: Arithmetic,
    Constant: PointBlock<S, A>,
    Repeated: PointBlock<S, A>,
{
    // SAFETY: the caller's.
    unsafe {
        match args.beyond {
            Some(value) => each_block::<S, A, Constant>(s, args, s.splat(value)),
            None => each_block::<S, A, Repeated>(s, args, s.splat(A::default())),
        }
    }
}

/// Replaces every number of a row, a block at a time.
///
/// # Safety
/// As [`folded`].
#[inline(always)]
unsafe fn each_block<S, A, B>(s: S, args: &PointArgs<A>, beyond: S::V)
where
    S: Simd<A>,
    A: Arithmetic,
    B: PointBlock<S, A>,
{
    let block = VECTORS * S::LANES;
    let mut rest = [A::default(); VECTORS * MAX_LANES];
    for first in (0..args.len).step_by(block) {
        let (place, len) = (args.values.wrapping_add(first), block.min(args.len - first));
        let whole = len == block;
        // SAFETY: `len <= block` numbers of the row; what is left of the last block goes through
        // memory of its own, which holds a block.
        unsafe {
            if !whole {
                rest.as_mut_ptr().copy_from_nonoverlapping(place, len);
            }
            let p = if whole { place } else { rest.as_mut_ptr() };
            let mut numbers = [beyond; VECTORS];
            for (i, vector) in numbers.iter_mut().enumerate() {
                *vector = s.load(p.add(i * S::LANES));
            }
            for (i, &vector) in B::sum(s, args, numbers, beyond).iter().enumerate() {
                s.store(vector, p.add(i * S::LANES));
            }
            if !whole {
                place.copy_from_nonoverlapping(rest.as_ptr(), len);
            }
        }
    }
}

/// The sample at a distance: the number itself, or if `BEYOND` what lies beyond it.
#[inline(always)]
fn at<V, const BEYOND: bool>(number: V, beyond: V, is_own: bool) -> V {
    if BEYOND && !is_own { beyond } else { number }
}

/// Sums before their first tap: unfused ones begin with the product of one sample.
#[inline(always)]
fn begun<S: Simd<A>, A: Arithmetic, const FUSED: bool, const BEYOND: bool>(
    s: S,
    numbers: &[S::V; VECTORS],
    beyond: S::V,
    is_own: bool,
    weight: S::V,
) -> [Accumulators<S::V>; VECTORS] {
    let zero = s.splat(A::default());
    let mut sums = [Accumulators { even: zero, odd: zero }; VECTORS];
    if !FUSED {
        for (sums, &number) in sums.iter_mut().zip(numbers) {
            sums.even = s.mul(at::<_, BEYOND>(number, beyond, is_own), weight);
        }
    }
    sums
}

struct Folded<const FUSED: bool, const ODD: bool, const BEYOND: bool>;

impl<S, A, const FUSED: bool, const ODD: bool, const BEYOND: bool> PointBlock<S, A>
    for Folded<FUSED, ODD, BEYOND>
where
    S: Simd<A>,
    A: Arithmetic,
{
    #[inline(always)]
    unsafe fn sum(
        s: S,
        args: &PointArgs<A>,
        numbers: [S::V; VECTORS],
        beyond: S::V,
    ) -> [S::V; VECTORS] {
        // SAFETY: every use below has k <= last_tap.
        let weight = |k: usize| s.splat(unsafe { *args.weights.add(k) });
        let (own, centre) = (args.own, weight(0));
        let mut sums = begun::<S, A, FUSED, BEYOND>(s, &numbers, beyond, own == 0, centre);
        macro_rules! tap {
            ($k:expr, $parity:literal) => {{
                let (weight, distance) = (weight($k), $k as isize);
                for (sums, &number) in sums.iter_mut().zip(&numbers) {
                    let before = at::<_, BEYOND>(number, beyond, own == -distance);
                    let after = at::<_, BEYOND>(number, beyond, own == distance);
                    let pair = pair::<S, A, ODD>(s, before, after);
                    sums.add::<S, A, FUSED>(s, $parity, pair, weight);
                }
            }};
        }
        let mut k = args.last_tap;
        if !k.is_multiple_of(2) {
            tap!(k, 1);
            k -= 1;
        }
        while k > 0 {
            tap!(k, 0);
            tap!(k - 1, 1);
            k -= 2;
        }
        let mut numbers = numbers;
        for (number, sums) in numbers.iter_mut().zip(sums) {
            let middle = at::<_, BEYOND>(*number, beyond, own == 0);
            *number = sums.with_centre::<S, A, FUSED>(s, middle, centre);
        }
        numbers
    }
}

struct Listed<const FUSED: bool, const BEYOND: bool>;

impl<S, A, const FUSED: bool, const BEYOND: bool> PointBlock<S, A> for Listed<FUSED, BEYOND>
where
    S: Simd<A>,
    A: Arithmetic,
{
    #[inline(always)]
    unsafe fn sum(
        s: S,
        args: &PointArgs<A>,
        numbers: [S::V; VECTORS],
        beyond: S::V,
    ) -> [S::V; VECTORS] {
        // SAFETY: every use below has j <= last_tap.
        let weight = |j: usize| s.splat(unsafe { *args.weights.add(j) });
        let (own, last) = (args.own, args.last_tap);
        let is_own = own == last as isize;
        let mut sums = begun::<S, A, FUSED, BEYOND>(s, &numbers, beyond, is_own, weight(last));
        macro_rules! tap {
            ($j:expr, $parity:literal) => {{
                let (weight, place) = (weight($j), $j as isize);
                for (sums, &number) in sums.iter_mut().zip(&numbers) {
                    let sample = at::<_, BEYOND>(number, beyond, own == place);
                    sums.add::<S, A, FUSED>(s, $parity, sample, weight);
                }
            }};
        }
        let taps = if FUSED { last + 1 } else { last };
        for turn in 0..taps / 2 {
            tap!(2 * turn, 0);
            tap!(2 * turn + 1, 1);
        }
        if !taps.is_multiple_of(2) {
            tap!(taps - 1, 0);
        }
        let mut numbers = numbers;
        for (number, sums) in numbers.iter_mut().zip(sums) {
            *number = sums.sum::<S, A, FUSED>(s);
        }
        numbers
    }
}
