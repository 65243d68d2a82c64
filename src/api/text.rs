//! Plans in words.

use std::fmt;

use gausstack_kernels::Rounding;

use crate::api::AnyPlan;
use crate::number::Number;
use crate::plan::ideal::method::Method;
use crate::plan::missing::MissingPixels;
use crate::request::threads::available_cpus;
use crate::request::{Pass, Precision, StorePolicy, TileShape};

impl fmt::Display for AnyPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} slices of {:?} in {:?}", self.slices(), self.slice_shape, self.shape)?;
        for pass in &self.passes {
            let Pass { axis, mode, order, ref weights, .. } = *pass;
            writeln!(f, "  axis {axis}: radius {}, order {order}, {mode}", weights.radius())?;
            if let (Some(ideal), Some(method)) =
                (weights.ideal_kernel(), Method::of(pass, self.shape[axis]))
            {
                writeln!(f, "    ideal to {:.1e}, {method}", ideal.tolerance)?;
            }
        }
        let copies = self.executor.copies();
        let sums = match self.precision() {
            _ if copies => "a copy",
            Precision::Native => "f32 sums",
            Precision::Double => "f64 sums in scipy's order",
        };
        let TileShape { panel, chunk, group } = self.tile();
        let rounded = match (self.types[1].is_float(), self.rounding) {
            _ if copies => "",
            (true, _) => "",
            (_, Rounding::Scipy) if self.missing.is_some() => ", cut toward zero once",
            (_, Rounding::Scipy) => ", cut toward zero after each axis",
            _ => ", rounded to nearest once",
        };
        let (level, tuning, workers) = (self.level, self.tuning, self.workers_in_words());
        writeln!(f, "  {sums}{rounded}, level {level}, tuning {tuning}, {workers}")?;
        writeln!(f, "  panels of {panel} columns, chunks of {chunk}, groups of {group} rows")?;
        let stores = match self.stores() {
            StorePolicy::Cached => "through",
            StorePolicy::Streamed => "past",
        };
        writeln!(f, "  outputs stored {stores} the caches")?;
        if let Some(MissingPixels { nan, fill, stays }) = self.missing {
            let what = match (nan, self.masked) {
                (true, true) => "NaN and masked pixels",
                (true, false) => "NaN",
                _ => "masked pixels",
            };
            let stand = if stays { "in their places" } else { "where nothing is left" };
            writeln!(f, "  {what} left out, {} {stand}", Number(fill))?;
        }
        write!(f, "{}", self.executor)?;
        write!(f, "  scratch {} KiB a worker", self.scratch_bytes().div_ceil(1024))
    }
}

impl AnyPlan {
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
