//! Operands of the FIR: taps, rows to sum, rows of sums.

use std::ops::Range;

use crate::plane::Plane;
use crate::table::RowTable;

/// How the two halves of a kernel relate, and so how the FIR folds its pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Parity {
    /// `w[-k] == w[k]`, folded as `x[-k] + x[k]`: smoothing and even derivatives.
    Even,
    /// `w[-k] == -w[k]`, folded as `x[-k] - x[k]`: odd derivatives.
    Odd,
}

/// The weights of a kernel, as correlation takes them.
#[derive(Clone, Copy, Debug)]
pub enum Taps<'a, A> {
    /// One half: the centre, then outward.
    Folded {
        /// How the other half mirrors this one.
        parity: Parity,
        /// The centre's weight, then those on one side of it.
        half: &'a [A],
        /// How many weights multiply samples in front of the output's own: `half.len() - 1` where
        /// the centre multiplies the output's own sample.
        before: usize,
    },
    /// All weights, in the order of the samples.
    Listed {
        /// The weights.
        weights: &'a [A],
        /// How many weights multiply samples in front of the output's own.
        before: usize,
    },
}

impl<'a, A> Taps<'a, A> {
    /// Folded weights whose centre multiplies the output's own sample.
    #[must_use]
    pub fn centred(parity: Parity, half: &'a [A]) -> Self {
        Self::Folded { parity, half, before: half.len().saturating_sub(1) }
    }

    /// The half of folded weights whose centre multiplies the output's own sample, and whether they
    /// are odd.
    pub(crate) fn centred_half(&self) -> Option<(&'a [A], bool)> {
        match *self {
            Self::Folded { parity, half, before } if before + 1 == half.len() => {
                Some((half, parity == Parity::Odd))
            }
            _ => None,
        }
    }

    /// The number of weights, and how many multiply samples in front of the output's own.
    fn span(&self) -> (usize, usize) {
        match *self {
            Self::Folded { half, before, .. } => ((2 * half.len()).saturating_sub(1), before),
            Self::Listed { weights, before } => (weights.len(), before),
        }
    }

    /// The distance of the furthest sample; asserts that a weight multiplies the output's own.
    pub(crate) fn radius(&self) -> usize {
        let (count, before) = self.span();
        assert!(before < count, "weights have a centre");
        before.max(count - 1 - before)
    }

    /// How many of the `radius` input rows in front of the output's own come before the first
    /// tap's.
    pub(crate) fn first(&self) -> usize {
        self.radius() - self.span().1
    }
}

/// Rows to sum.
#[derive(Clone, Debug)]
pub struct InRows<'a, A> {
    /// The slice that holds all rows.
    pub values: &'a [A],
    /// Where each row starts in the slice.
    pub table: &'a RowTable,
    /// The output rows. Input rows are read from `rows.start` on, `2 radius` more than there are
    /// output rows.
    pub rows: Range<usize>,
    /// Elements of a row: a multiple of the lanes.
    pub width: usize,
}

/// Rows of a plane to sum.
#[derive(Clone, Debug)]
pub struct PlaneRows<'a> {
    /// The plane.
    pub plane: Plane<'a>,
    /// The plane's rows in the order in which the first taps of output rows multiply them, filled
    /// by [`RowTable::fill_rows`] with the plane's row stride.
    pub table: &'a RowTable,
    /// The output rows, as in [`InRows`].
    pub rows: Range<usize>,
    /// The columns of the plane: whole vectors.
    pub columns: Range<usize>,
}

/// Rows of sums.
#[derive(Debug)]
pub struct OutRows<'a, A> {
    /// The slice that the rows are written to.
    pub values: &'a mut [A],
    /// Elements from the start of one row to the next.
    pub pitch: usize,
}
