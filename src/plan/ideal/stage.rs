//! One stage of a filter that resamples: each of its sums reads consecutive entries of an axis.

use crate::request::Mode;
use crate::request::weights::Form;

/// Sums along an axis, each of consecutive *entries*: samples of the axis, or what lies beyond its
/// ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stage<A> {
    /// The axis, of those that are kept.
    pub(crate) axis: usize,
    /// Samples of the axis before.
    pub(crate) len: usize,
    /// The place on the axis of the first entry.
    pub(crate) first: isize,
    /// The number of entries.
    pub(crate) entries: usize,
    /// What lies beyond the ends.
    pub(crate) mode: Mode,
    /// The number of sums.
    pub(crate) sums: usize,
    pub(crate) taps: StageTaps<A>,
}

/// Which entries a sum reads, and its weights.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum StageTaps<A> {
    /// The same weights, from one sum to the next a step further.
    Stepped { step: usize, weights: Form<A> },
    /// As many weights as there are phases, in turn; from one turn to the next an entry further.
    Phased(Vec<Phase<A>>),
}

/// One of the phases of the weights.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Phase<A> {
    /// The first entry of the first turn.
    pub(crate) start: usize,
    pub(crate) weights: Form<A>,
}

impl<A: Copy> Stage<A> {
    /// The sample at an entry; `None` is the constant beyond the border.
    pub(crate) fn source(&self, entry: usize) -> Option<usize> {
        self.mode.source(self.first + entry as isize, self.len)
    }

    /// Whether some entry is the constant.
    pub(crate) fn reads_constant(&self) -> bool {
        let end = self.first + self.entries as isize;
        self.mode == Mode::Constant && (self.first < 0 || end > self.len as isize)
    }

    /// The first entry of a sum, and its weights.
    pub(crate) fn sum(&self, number: usize) -> (usize, &Form<A>) {
        match &self.taps {
            StageTaps::Stepped { step, weights } => (number * step, weights),
            StageTaps::Phased(phases) => {
                let (turn, phase) = (number / phases.len(), &phases[number % phases.len()]);
                (turn + phase.start, &phase.weights)
            }
        }
    }

    /// Sums that follow each other with the same weights, an entry further each: so many of some.
    pub(crate) fn together(&self, sums: usize) -> usize {
        match &self.taps {
            StageTaps::Stepped { step: 1, .. } => sums,
            _ => 1,
        }
    }

    /// The most weights of a sum.
    pub(crate) fn span(&self) -> usize {
        match &self.taps {
            StageTaps::Stepped { weights, .. } => weights.count(),
            StageTaps::Phased(phases) => {
                phases.iter().map(|phase| phase.weights.count()).max().unwrap_or(0)
            }
        }
    }

    /// Entries from one sum to the next, at most.
    pub(crate) fn step(&self) -> usize {
        match &self.taps {
            StageTaps::Stepped { step, .. } => *step,
            StageTaps::Phased(_) => 1,
        }
    }

    /// The most entries that so many sums in a row read.
    pub(crate) fn reach(&self, sums: usize) -> usize {
        // (Of phases the next may even begin before the one before it.)
        (self.span() + 1 + (sums - 1) * self.step()).min(self.entries)
    }
}
