//! Who works in a run, and who hears of it.

use crate::array::AnyView;
use crate::run::reporter::ProgressReporter;
use crate::run::workers::Workers;

/// What all steps of a run share.
#[derive(Clone, Copy)]
pub(crate) struct Run<'r> {
    pub(crate) workers: &'r Workers,
    pub(crate) reporter: &'r ProgressReporter<'r>,
    /// Which samples of the input are valid, as bytes, where a mask was handed in.
    pub(crate) mask: Option<&'r AnyView<'r>>,
}
