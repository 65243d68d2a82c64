//! What the FIR is given: taps, rows to be summed, rows of sums.

use std::ops::Range;

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
        /// What the other half is.
        parity: Parity,
        /// As many weights as are on one side of the centre, and the centre.
        half: &'a [A],
        /// How many weights multiply samples in front of the output's own: `half.len() - 1` if that is at the centre.
        before: usize,
    },
    /// All of them, in the order of the samples.
    Listed {
        /// The weights.
        weights: &'a [A],
        /// How many multiply samples in front of the output's own.
        before: usize,
    },
}

impl<'a, A> Taps<'a, A> {
    /// Folded weights whose centre multiplies the output's own sample.
    #[must_use]
    pub fn centred(parity: Parity, half: &'a [A]) -> Self {
        Self::Folded { parity, half, before: half.len().saturating_sub(1) }
    }

    /// The half of folded weights whose centre multiplies the output's own sample, and whether they are odd.
    pub(crate) fn centred_half(&self) -> Option<(&'a [A], bool)> {
        match *self {
            Self::Folded { parity, half, before } if before + 1 == half.len() => {
                Some((half, parity == Parity::Odd))
            }
            _ => None,
        }
    }

    /// Weights, and how many are in front of the output's own sample.
    fn span(&self) -> (usize, usize) {
        match *self {
            Self::Folded { half, before, .. } => ((2 * half.len()).saturating_sub(1), before),
            Self::Listed { weights, before } => (weights.len(), before),
        }
    }

    /// The distance of the furthest sample; asserts that one weight is that of the output's own.
    pub(crate) fn radius(&self) -> usize {
        let (count, before) = self.span();
        assert!(before < count, "weights have a centre");
        before.max(count - 1 - before)
    }

    /// Input rows of the table in front of that of the first tap, where there are as many on both sides.
    pub(crate) fn first(&self) -> usize {
        self.radius() - self.span().1
    }
}

/// Rows to be summed.
#[derive(Clone, Debug)]
pub struct InRows<'a, A> {
    /// Where all of them are.
    pub values: &'a [A],
    /// Where in it each of them starts.
    pub table: &'a RowTable,
    /// The output rows: `2 radius` more input rows from `rows.start` on are read.
    pub rows: Range<usize>,
    /// Elements of a row: a multiple of the lanes.
    pub width: usize,
}

/// Rows of sums.
#[derive(Debug)]
pub struct OutRows<'a, A> {
    /// Where they go.
    pub values: &'a mut [A],
    /// Elements from one row to the next.
    pub pitch: usize,
}
