//! The accumulators of a weighted sum, and the pairs that folded weights multiply.

use crate::element::Arithmetic;
use crate::simd::Simd;

/// The accumulators of one output vector: where multiply-add is fused, one for even and one for odd
/// taps, so that one hides the other's latency; else one for all, in `even`.
#[derive(Clone, Copy)]
pub(crate) struct Accumulators<V> {
    pub(crate) even: V,
    pub(crate) odd: V,
}

impl<V: Copy> Accumulators<V> {
    /// Adds the product of the tap, or of the pair at the distance, `j`.
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

    /// The sum of all products.
    #[inline(always)]
    pub(crate) fn sum<S: Simd<A, V = V>, A: Arithmetic, const FUSED: bool>(self, s: S) -> V {
        if FUSED { s.add(self.even, self.odd) } else { self.even }
    }

    /// The sum with the product of the centre, which is added last where multiply-add is fused.
    /// Where it is not, the centre was the first product and is in the sum already.
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

/// The pair of two samples: their sum, or if `ODD` their difference.
#[inline(always)]
pub(crate) fn pair<S: Simd<A>, A: Arithmetic, const ODD: bool>(
    s: S,
    before: S::V,
    after: S::V,
) -> S::V {
    if ODD { s.sub(before, after) } else { s.add(before, after) }
}

/// The pair as `before * 1 + after`, by the units that multiply: the same bits. Without fused
/// multiply-add those units do one of a tap's three operations and are idle half of the time; with
/// every second pair they do half of all operations.
///
/// LLVM must not know the value of `opaque_one`, or it turns the multiply-add into an addition.
#[inline(always)]
fn pair_by_fma<S: Simd<A>, A: Arithmetic, const ODD: bool>(
    s: S,
    opaque_one: S::V,
    before: S::V,
    after: S::V,
) -> S::V {
    if ODD { s.mul_sub(before, opaque_one, after) } else { s.mul_add(before, opaque_one, after) }
}

/// The pair of output `i` of those that are summed together, by the units that have less to do.
///
/// (With the addition to the accumulator in here too, LLVM spills: one instruction in eleven.)
#[inline(always)]
pub(crate) fn pair_of<S: Simd<A>, A: Arithmetic, const FUSED: bool, const ODD: bool>(
    s: S,
    i: usize,
    opaque_one: S::V,
    before: S::V,
    after: S::V,
) -> S::V {
    if !FUSED && S::LANES > 2 && i % 2 == 1 {
        pair_by_fma::<S, A, ODD>(s, opaque_one, before, after)
    } else {
        pair::<S, A, ODD>(s, before, after)
    }
}
