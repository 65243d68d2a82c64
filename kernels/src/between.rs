//! Sums between two passes, rounded as if they had been stored in the output and read again.

use crate::element::Arithmetic;
use crate::rounding::{Cast, Narrow};
use crate::simd::{Load, Store};

/// Sums of scratch, rounded where they are.
#[derive(Clone, Copy)]
pub(crate) struct BetweenArgs<A> {
    pub(crate) values: *mut A,
    pub(crate) len: usize,
}

/// # Safety
/// `len` numbers are readable and writable at `values`.
#[inline(always)]
pub(crate) unsafe fn between<S, E, A, R>(s: S, args: &BetweenArgs<A>)
where
    S: Load<E, A> + Store<E, A, R>,
    E: Cast<A> + Default,
    A: Arithmetic + Narrow<E, R>,
{
    let whole = args.len - args.len % S::LANES;
    for first in (0..whole).step_by(S::LANES) {
        let mut stored = [E::default(); 16];
        // SAFETY: whole vectors below `len`; LANES <= 16.
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
