//! Two filtered rows combined: their sum, or the magnitude of a gradient.

use crate::element::Arithmetic;
use crate::simd::Simd;

/// How the terms of a pixel are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Combine {
    /// Their sum, the first terms first.
    Sum,
    /// The square root of the sum of their squares, the first terms first; nothing is fused.
    Magnitude,
}

/// Two rows of scratch; the result replaces the first.
#[derive(Clone, Copy)]
pub(crate) struct CombineArgs<A> {
    pub(crate) first: *mut A,
    pub(crate) second: *const A,
    /// A multiple of the lanes.
    pub(crate) len: usize,
    pub(crate) combine: Combine,
}

/// Combines two rows.
///
/// # Safety
/// `len` numbers are readable at `second`, and readable and writable at `first`. `len` is a
/// multiple of the lanes.
#[inline(always)]
pub(crate) unsafe fn combine<S, A>(s: S, args: &CombineArgs<A>)
where
    S: Simd<A>,
    A: Arithmetic,
{
    for i in (0..args.len).step_by(S::LANES) {
        // SAFETY: i + LANES <= len.
        unsafe {
            let (a, b) = (s.load(args.first.add(i)), s.load(args.second.add(i)));
            let both = match args.combine {
                Combine::Sum => s.add(a, b),
                Combine::Magnitude => s.sqrt(s.add(s.mul(a, a), s.mul(b, b))),
            };
            s.store(both, args.first.add(i));
        }
    }
}
