//! The accumulators of a sum.

use crate::element::Arithmetic;
use crate::simd::Simd;

/// The sums of one output: a chain for even and one for odd taps, or where products are not fused one for both.
#[derive(Clone, Copy)]
pub(crate) struct Chains<V> {
    pub(crate) even: V,
    pub(crate) odd: V,
}

impl<V: Copy> Chains<V> {
    /// Adds the product of tap or distance `j`.
    #[inline(always)]
    pub(crate) fn add<S: Simd<A, V = V>, A: Arithmetic, const FUSED: bool>(
        &mut self,
        s: S,
        j: usize,
        sample: V,
        weight: V,
    ) {
        if !FUSED {
            self.even = s.add(self.even, s.mul(sample, weight));
        } else if j.is_multiple_of(2) {
            self.even = s.mul_add(sample, weight, self.even);
        } else {
            self.odd = s.mul_add(sample, weight, self.odd);
        }
    }

    #[inline(always)]
    pub(crate) fn sum<S: Simd<A, V = V>, A: Arithmetic, const FUSED: bool>(self, s: S) -> V {
        if FUSED { s.add(self.even, self.odd) } else { self.even }
    }

    /// The sum, the centre added last where products are fused; else it was the first.
    #[inline(always)]
    pub(crate) fn with_centre<S: Simd<A, V = V>, A: Arithmetic, const FUSED: bool>(
        mut self,
        s: S,
        own: V,
        weight: V,
    ) -> V {
        if FUSED {
            self.even = s.mul_add(own, weight, self.even);
        }
        self.sum::<S, A, FUSED>(s)
    }
}
