//! What makes two filters the same.

use gausstack::{Missing, Mode};

use crate::weights::Identity;

/// All parameters of a filter, to be compared.
#[derive(PartialEq)]
pub(crate) struct Parameters {
    pub(crate) axes: Vec<isize>,
    /// Of each term the weights and the mode of each axis.
    pub(crate) terms: Vec<Vec<(Option<Identity>, Mode)>>,
    pub(crate) magnitude: bool,
    pub(crate) double: bool,
    pub(crate) nearest: bool,
    pub(crate) missing: Missing,
    /// The bits of the number.
    pub(crate) fill: Option<u64>,
}

impl Parameters {
    /// Whether filters with the same parameters are the same: all weights are short enough to be
    /// compared.
    pub(crate) fn is_comparable(&self) -> bool {
        self.terms.iter().flatten().all(|(identity, _)| identity.is_some())
    }
}
