//! One or two terms, and the filter of each in one pass.

use gausstack_kernels::{Arithmetic, Kernels};

use crate::plan::axis_filter::AxisFilter;
use crate::plan::point_filter::PointFilter;

/// One thing for each term of a sweep: of one term, or of two that are joined.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms<T> {
    pub(crate) first: T,
    pub(crate) second: Option<T>,
}

impl<T> Terms<T> {
    /// Each term with its number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        std::iter::once(&self.first).chain(&self.second).enumerate()
    }

    pub(crate) fn map<U>(self, mut map: impl FnMut(T) -> U) -> Terms<U> {
        Terms { first: map(self.first), second: self.second.map(map) }
    }
}

/// The filter of a term along one axis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TermFilter<'p, A> {
    pub(crate) filter: &'p AxisFilter<A>,
    /// The value beyond a constant border.
    pub(crate) cval: A,
}

impl<A: Arithmetic> TermFilter<'_, A> {
    /// Whether filters along axes of one sample come before the pass.
    pub(crate) fn begins(&self) -> bool {
        !self.filter.before.is_empty()
    }

    /// Applies the filters before the pass to a row of samples.
    pub(crate) fn begin(&self, kernels: &Kernels<A>, row: &mut [A]) {
        for point in &self.filter.before {
            point.apply(kernels, self.cval, row);
            kernels.round_intermediate(row);
        }
    }

    /// Applies the filters after the pass to rows of its sums, of which `len` elements from each of
    /// `starts` on are meant, and rounds them if another pass follows: the last one is rounded where
    /// it is stored.
    pub(crate) fn finish(
        &self,
        kernels: &Kernels<A>,
        sums: &mut [A],
        (starts, len): (impl IntoIterator<Item = usize>, usize),
        followed: bool,
    ) {
        let rounds = followed && kernels.rounds_intermediate();
        if !rounds && self.filter.after.is_empty() {
            return;
        }
        for start in starts {
            let row = &mut sums[start..start + len];
            for point in &self.filter.after {
                kernels.round_intermediate(row);
                point.apply(kernels, self.cval, row);
            }
            if rounds {
                kernels.round_intermediate(row);
            }
        }
    }
}

/// The filters of one pass. Both terms have the same radius and mode, so that one window serves
/// them.
pub(crate) type PassFilters<'p, A> = Terms<TermFilter<'p, A>>;

impl<A: Arithmetic> PassFilters<'_, A> {
    /// Weights of a sum.
    pub(crate) fn weights(&self) -> usize {
        let AxisFilter { weights, .. } = self.first.filter;
        let points = self.first.filter.points().map(PointFilter::count);
        points.fold(weights.count(), usize::saturating_add)
    }

    /// The bits of the values beyond a constant border, which compare even if they are NaN.
    pub(crate) fn cval_bits(&self) -> [u64; 2] {
        let bits = |term: &TermFilter<'_, A>| term.cval.to_f64().to_bits();
        [bits(&self.first), self.second.as_ref().map_or(0, bits)]
    }
}
