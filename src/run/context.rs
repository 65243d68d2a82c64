//! Who works in a run, and who hears of it.

use crate::array::AnyView;
use crate::run::crew::Crew;
use crate::run::reporter::Reporter;

/// What all steps of a run share.
#[derive(Clone, Copy)]
pub(crate) struct Run<'r> {
    pub(crate) crew: &'r Crew,
    pub(crate) reporter: &'r Reporter<'r>,
    /// Which samples of the input are valid, as bytes, where a mask was handed in.
    pub(crate) mask: Option<&'r AnyView<'r>>,
}
