//! Slabs as text.

use std::fmt;

use super::list::Slabs;

impl fmt::Display for Slabs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.count();
        match &self.cut {
            _ if count == 0 => write!(f, "no slabs of shape {:?}", self.shape)?,
            None if count == 1 => write!(f, "one slab of shape {:?}", self.shape)?,
            None => write!(f, "{count} slabs of shape {:?}", self.shape)?,
            Some(cut) => {
                let (axis, thickness) = (cut.axis, cut.thickness);
                write!(f, "{count} slabs of shape {:?}: ", self.shape)?;
                write!(f, "{thickness} of {} along axis {axis}", self.shape[axis])?;
                if cut.first != cut.thickness {
                    write!(f, ", {} at first", cut.first)?;
                }
            }
        }
        if !self.singles.is_empty() && count > 0 {
            write!(f, ", one along axes {:?}", self.singles)?;
        }
        match &self.cut {
            Some(cut) if cut.radius > 0 => write!(f, ", with a halo of {}", cut.radius)?,
            _ => {}
        }
        let [read, filtered] = self.costs.buffers.map(mib);
        let times = |passes: f64| match passes {
            passes if passes < 1.005 => "once".to_owned(),
            passes => format!("{passes:.2} times"),
        };
        let [reads, writes] = self.costs.passes.map(times);
        write!(f, "\ninput read {reads}, output written {writes}")?;
        let (total, allowed) = (mib(self.memory_bytes()), mib(self.costs.memory));
        write!(f, "\nmemory {total:.1} of {allowed:.1} MiB: {} x ", self.buffers())?;
        write!(f, "{read:.1} read and {filtered:.1} filtered, {:.1} kept, ", mib(self.costs.kept))?;
        write!(
            f,
            "{:.1} for the filter, {:.1} for files",
            mib(self.costs.plan),
            mib(self.costs.files)
        )
    }
}

fn mib(bytes: usize) -> f64 {
    bytes as f64 / (1 << 20) as f64
}
