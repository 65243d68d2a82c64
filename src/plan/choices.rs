//! What a plan is designed from beside its terms: what was asked for, and the machine.

use gausstack_kernels::{Level, Rounding};

use crate::plan::cache::CacheSizes;
use crate::plan::hardware::Overrides;
use crate::request::Precision;

/// The choices that all terms share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choices {
    pub(crate) precision: Precision,
    pub(crate) rounding: Rounding,
    pub(crate) cval: f64,
    pub(crate) level: Level,
    pub(crate) overrides: Overrides,
    pub(crate) caches: CacheSizes,
}
