//! What a plan is designed from beside its terms: what was asked for, and the machine.

use gausstack_kernels::{Level, Rounding};

use crate::error::Error;
use crate::plan::cache::CacheSizes;
use crate::plan::hardware::Overrides;
use crate::request::options::Settings;
use crate::request::{Precision, TileShape, Tuning};

/// The choices that all terms share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choices {
    pub(crate) precision: Precision,
    pub(crate) rounding: Rounding,
    pub(crate) cval: f64,
    pub(crate) level: Level,
    pub(crate) tuning: Tuning,
    pub(crate) overrides: Overrides,
    pub(crate) caches: CacheSizes,
}

impl Choices {
    /// What a request says, for a level, a tuning and a machine's caches.
    pub(crate) fn new(
        request: &Settings,
        (level, tuning): (Level, Tuning),
        caches: CacheSizes,
    ) -> Result<Self, Error> {
        let Settings { precision, rounding, cval, stores, .. } = *request;
        let tile = request.tile.map(TileShape::check).transpose()?;
        let overrides = Overrides { tile, stores };
        Ok(Self { precision, rounding, cval, level, tuning, overrides, caches })
    }
}
