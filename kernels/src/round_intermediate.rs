//! Sums between two passes, rounded as if they were stored in the output and read again.

use crate::element::Arithmetic;
use crate::rounding::{Cast, Narrow};
use crate::simd::{Load, MAX_LANES, Store};

/// A row of sums, rounded in place.
#[derive(Clone, Copy)]
pub(crate) struct RoundArgs<A> {
    pub(crate) values: *mut A,
    pub(crate) len: usize,
}

/// Rounds every sum to an element of `E` by `R` and back.
///
/// # Safety
/// `len` numbers are readable and writable at `values`.
#[inline(always)]
pub(crate) unsafe fn round<S, E, A, R>(s: S, args: &RoundArgs<A>)
where
    S: Load<E, A> + Store<E, A, R>,
    E: Cast<A> + Default,
    A: Arithmetic + Narrow<E, R>,
{
    let whole = args.len - args.len % S::LANES;
    for first in (0..whole).step_by(S::LANES) {
        let mut stored = [E::default(); MAX_LANES];
        // SAFETY: whole vectors below `len`; LANES <= MAX_LANES.
        unsafe {
            let p = args.values.add(first);
            s.store_as(s.load(p), stored.as_mut_ptr());
            s.store(s.load_as(stored.as_ptr()), p);
        }
    }
    for i in whole..args.len {
        // SAFETY: i < len.
        unsafe { *args.values.add(i) = (*args.values.add(i)).narrow().cast() }
    }
}
