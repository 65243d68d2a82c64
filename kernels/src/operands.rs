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

/// One half of a kernel: the centre, then outward.
#[derive(Clone, Copy, Debug)]
pub struct Taps<'a, A> {
    /// What the other half is.
    pub parity: Parity,
    /// `radius + 1` weights.
    pub weights: &'a [A],
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
