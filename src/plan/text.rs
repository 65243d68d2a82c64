//! What a plan tells of itself.

use std::fmt;

use gausstack_kernels::{Element, Rounding};

use super::plan::Plan;
use crate::number::Number;
use crate::plan::engine::Engine;
use crate::request::StorePolicy;
use crate::request::TileShape;
use crate::request::filter::Pass;
use crate::request::missing::MissingData;
use crate::request::threads::available_cpus;

impl<In: Element, Out: Element> fmt::Display for Plan<In, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} slices of {:?} in {:?}", self.slices(), self.slice_shape, self.shape)?;
        for pass in &self.passes {
            let Pass { axis, mode, order, weights } = pass;
            writeln!(f, "  axis {axis}: radius {}, order {order}, {mode}", weights.radius())?;
        }
        let sums = match &self.engine {
            Engine::Copy(_) => "a copy",
            Engine::Single(_) => "f32 sums",
            Engine::Double(_) => "f64 sums in scipy's order",
        };
        let TileShape { panel, chunk, group } = self.tile();
        let rounded = match (Out::INTEGER_BITS, self.rounding) {
            _ if self.engine.copies().is_some() => "",
            (0, _) => "",
            (_, Rounding::Scipy) if self.missing.is_some() => ", cut toward zero once",
            (_, Rounding::Scipy) => ", cut toward zero after each axis",
            _ => ", rounded to nearest once",
        };
        writeln!(f, "  {sums}{rounded}, level {}, {}", self.level, self.workers_in_words())?;
        writeln!(f, "  panels of {panel} columns, chunks of {chunk}, groups of {group} rows")?;
        let stores = match self.stores() {
            StorePolicy::Cached => "through",
            StorePolicy::Streamed => "past",
        };
        writeln!(f, "  outputs stored {stores} the caches")?;
        if let Some(MissingData { nan, fill, stays }) = self.missing {
            let what = match (nan, self.masked) {
                (true, true) => "NaN and masked pixels",
                (true, false) => "NaN",
                _ => "masked pixels",
            };
            let stand = if stays { "in their places" } else { "where nothing is left" };
            writeln!(f, "  {what} left out, {} {stand}", Number(fill))?;
        }
        let ring = self.needs.ring;
        if ring.is_there() {
            writeln!(f, "  planes and stack in one sweep, groups of {} slices", ring.group)?;
        }
        if self.needs.stage > 0 {
            let otherwise =
                if ring.is_there() { "in place and in other orders than C, " } else { "" };
            writeln!(f, "  {otherwise}{} sums are kept between sweeps", self.needs.stage)?;
        }
        write!(f, "  scratch {} KiB a worker", self.scratch_bytes().div_ceil(1024))
    }
}

impl<In: Element, Out: Element> Plan<In, Out> {
    /// How many workers a run has, and how many more were asked for.
    fn workers_in_words(&self) -> String {
        let workers = match self.workers() {
            1 => "1 worker".to_owned(),
            workers => format!("{workers} workers"),
        };
        match self.beyond_cpus {
            Some(asked) => format!("{workers} ({asked} asked for, {} CPUs)", available_cpus()),
            None => workers,
        }
    }
}

impl<In: Element, Out: Element> fmt::Debug for Plan<In, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("shape", &self.shape)
            .field("passes", &self.passes)
            .field("level", &self.level)
            .field("precision", &self.precision())
            .finish_non_exhaustive()
    }
}
