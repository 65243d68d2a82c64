//! Rows with missing samples: split into numbers and their validity before they are filtered,
//! divided after.

use crate::element::Arithmetic;
use crate::simd::Simd;

/// A row of samples and a row of their validity, both in scratch.
#[derive(Clone, Copy)]
pub(crate) struct SplitArgs<A> {
    pub(crate) samples: *mut A,
    pub(crate) validity: *mut A,
    /// A multiple of the lanes.
    pub(crate) len: usize,
    /// Whether the second row holds a mask: 1 where samples are valid, 0 where they are not. Else
    /// it is only written.
    pub(crate) masked: bool,
    /// Whether NaN is invalid.
    pub(crate) nan: bool,
    /// 1, the validity of a valid sample.
    pub(crate) one: A,
}

/// Sets invalid samples to 0, and the second row to 1 where samples are valid and 0 where they are
/// not.
///
/// # Safety
/// `len` numbers are readable and writable at `samples` and at `validity`, which do not overlap.
/// `len` is a multiple of the lanes.
#[inline(always)]
pub(crate) unsafe fn split_mask<S, A>(s: S, args: &SplitArgs<A>)
where
    S: Simd<A>,
    A: Arithmetic,
{
    let (zero, one) = (s.splat(A::default()), s.splat(args.one));
    for i in (0..args.len).step_by(S::LANES) {
        // SAFETY: i + LANES <= len.
        unsafe {
            let (mut samples, mut valid) = (s.load(args.samples.add(i)), one);
            if args.masked {
                valid = s.load(args.validity.add(i));
                samples = s.at_least(valid, one, samples, zero);
            }
            if args.nan {
                // NaN is not at least itself.
                valid = s.at_least(samples, samples, valid, zero);
                samples = s.at_least(samples, samples, samples, zero);
            }
            s.store(samples, args.samples.add(i));
            s.store(valid, args.validity.add(i));
        }
    }
}

/// Two rows of scratch; the quotient replaces the first.
#[derive(Clone, Copy)]
pub(crate) struct DivideArgs<A> {
    pub(crate) numbers: *mut A,
    pub(crate) validity: *const A,
    /// A multiple of the lanes.
    pub(crate) len: usize,
    /// The result where the validity is too small.
    pub(crate) fill: A,
}

/// Divides filtered numbers by their filtered validity where that is at least the smallest normal
/// number, and writes `fill` elsewhere.
///
/// # Safety
/// `len` numbers are readable at `validity`, and readable and writable at `numbers`. `len` is a
/// multiple of the lanes.
#[inline(always)]
pub(crate) unsafe fn divide<S, A>(s: S, args: &DivideArgs<A>)
where
    S: Simd<A>,
    A: Arithmetic,
{
    let (least, fill) = (s.splat(A::LEAST_NORMAL), s.splat(args.fill));
    for i in (0..args.len).step_by(S::LANES) {
        // SAFETY: i + LANES <= len.
        unsafe {
            let (numbers, valid) = (s.load(args.numbers.add(i)), s.load(args.validity.add(i)));
            let quotient = s.at_least(valid, least, s.div(numbers, valid), fill);
            s.store(quotient, args.numbers.add(i));
        }
    }
}
