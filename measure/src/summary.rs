//! Median and spread.

use std::fmt;

/// The median of some values and the range they cover.
///
/// ```
/// let summary = gausstack_measure::Summary::of(&[3.0, 1.0, 2.0, 10.0]);
/// assert_eq!((summary.median, summary.low, summary.high, summary.count), (2.5, 1.0, 10.0, 4));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// The middle value; between two of them, their mean. NaN without values.
    pub median: f64,
    /// The smallest value.
    pub low: f64,
    /// The largest value.
    pub high: f64,
    /// How many values.
    pub count: usize,
}

impl Summary {
    /// Summarises values; NaN sorts above everything else.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let count = sorted.len();
        let (Some(&low), Some(&high)) = (sorted.first(), sorted.last()) else {
            return Self { median: f64::NAN, low: f64::NAN, high: f64::NAN, count };
        };
        let (left, right) = (sorted[(count - 1) / 2], sorted[count / 2]);
        // Not (left + right) / 2: equal neighbours must give themselves.
        Self { median: left + (right - left) / 2.0, low, high, count }
    }

    /// The summary of every value times `factor >= 0`.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self {
            median: self.median * factor,
            low: self.low * factor,
            high: self.high * factor,
            count: self.count,
        }
    }
}

impl fmt::Display for Summary {
    /// `median (low-high)`, every number with the formatter's precision.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        let Self { median, low, high, .. } = self;
        write!(f, "{median:.digits$} ({low:.digits$}-{high:.digits$})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_odd_and_even_counts() {
        assert_eq!(Summary::of(&[5.0]).median, 5.0);
        assert_eq!(Summary::of(&[9.0, 1.0, 4.0]).median, 4.0);
        assert_eq!(Summary::of(&[9.0, 1.0, 4.0, 6.0]).median, 5.0);
    }

    #[test]
    fn one_outlier_moves_the_range_and_not_the_median() {
        let summary = Summary::of(&[1.0, 1.0, 1.0, 1.0, 100.0]);
        assert_eq!((summary.median, summary.low, summary.high), (1.0, 1.0, 100.0));
    }

    #[test]
    fn no_values_are_nan_and_say_so() {
        let summary = Summary::of(&[]);
        assert!(summary.median.is_nan());
        assert_eq!(summary.count, 0);
    }

    #[test]
    fn display_follows_the_precision() {
        let summary = Summary::of(&[1.0, 2.0, 4.0]);
        assert_eq!(format!("{summary:.1}"), "2.0 (1.0-4.0)");
        assert_eq!(format!("{:.1}", summary.times(10.0)), "20.0 (10.0-40.0)");
    }
}
