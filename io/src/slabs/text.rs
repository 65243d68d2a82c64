//! Slabs as text.

use std::fmt;

use super::list::{Costs, Slabs};

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
        if let Some(passes) = self.costs.copied {
            write!(f, "\ninput copied to a scratch file, instead of being read {passes:.2} times")?;
        }
        let [read, filtered] = self.costs.buffers.map(mib);
        let Costs { passes: [reads, writes], chunks: [read_in, written_in], .. } = &self.costs;
        let mask = self.costs.mask.iter().map(|(passes, chunks)| ("mask read", passes, chunks));
        let input = if self.copies() { "copy read" } else { "input read" };
        let files = [(input, reads, read_in), ("output written", writes, written_in)].into_iter();
        for (what, &passes, chunks) in files.chain(mask) {
            write!(f, "\n{what} ")?;
            if chunks.is_empty() && !self.shape.is_empty() {
                write!(f, "once, and held")?;
                continue;
            }
            match passes {
                passes if passes < 1.005 => write!(f, "once")?,
                passes => write!(f, "{passes:.2} times")?,
            }
            write!(f, ", in chunks or pages of {chunks:?}")?;
            if passes >= 1.005 {
                write!(f, ": {}", self.why(chunks))?;
            }
        }
        let (total, allowed) = (mib(self.memory_bytes()), mib(self.costs.memory));
        write!(f, "\nmemory {total:.1} of {allowed:.1} MiB: {} x ", self.buffers())?;
        write!(
            f,
            "{read:.1} read and {filtered:.1} filtered, {:.1} kept, ",
            mib(self.costs.kept.iter().sum())
        )?;
        write!(
            f,
            "{:.1} for the filter, {:.1} for files",
            mib(self.costs.plan),
            mib(self.costs.files)
        )
    }
}

impl Slabs {
    /// Why chunks are read or written more than once.
    fn why(&self, chunks: &[usize]) -> String {
        let chunk = |axis: usize| chunks.get(axis).copied().unwrap_or(1);
        let single = self.singles.iter().find(|&&axis| chunk(axis) > 1);
        let (axis, thickness) = match (single, &self.cut) {
            (Some(&axis), _) => (axis, 1),
            (None, Some(cut)) if cut.thickness % chunk(cut.axis).max(1) != 0 => {
                (cut.axis, cut.thickness)
            }
            (None, Some(cut)) if cut.wraps => {
                return format!("axis {} wraps, so that both its ends are read again", cut.axis);
            }
            _ => return "slabs begin and end within them".to_owned(),
        };
        let len = chunk(axis);
        format!(
            "slabs of {thickness} cut through those of {len} along axis {axis}; \
             thicker slabs take more memory"
        )
    }
}

fn mib(bytes: usize) -> f64 {
    bytes as f64 / (1 << 20) as f64
}
