//! Rows of samples of which some are missing: parted into numbers and their validity, and what is filtered of these divided.

use crate::element::Arithmetic;
use crate::simd::Simd;

/// A row of samples and one of their validity, both of scratch.
#[derive(Clone, Copy)]
pub(crate) struct ValidityArgs<A> {
    pub(crate) samples: *mut A,
    pub(crate) validity: *mut A,
    /// A multiple of the lanes.
    pub(crate) len: usize,
    /// The second row holds a mask: 1 where samples are valid, 0 where they are not. Else it is only written.
    pub(crate) masked: bool,
    /// NaN is not valid.
    pub(crate) nan: bool,
    pub(crate) one: A,
}

/// Makes samples that are not valid 0, whatever they are, and the second row 1 where they are valid, 0 where they are not.
///
/// # Safety
/// `len` numbers are readable and writable at `samples` and at `validity`, which do not overlap; `len` is a multiple of the
/// lanes.
#[inline(always)]
pub(crate) unsafe fn validity<S, A>(s: S, args: &ValidityArgs<A>)
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

/// Two rows of scratch, of which the first becomes the quotient.
#[derive(Clone, Copy)]
pub(crate) struct DivideArgs<A> {
    pub(crate) numbers: *mut A,
    pub(crate) validity: *const A,
    /// A multiple of the lanes.
    pub(crate) len: usize,
    /// What becomes of a number with too little validity.
    pub(crate) fill: A,
}

/// Divides filtered numbers by their filtered validity, where this is a normal number.
///
/// # Safety
/// `len` numbers are readable at `validity`, and readable and writable at `numbers`; `len` is a multiple of the lanes.
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
