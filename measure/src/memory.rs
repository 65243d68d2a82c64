//! Peak memory of the process.

use crate::procfs;

/// The most physical memory that this process holds, watched from a moment on.
///
/// Linux only, and only where the process may reset its own peak (`/proc/self/clear_refs`).
#[derive(Clone, Copy, Debug)]
pub struct PeakMemory {
    before: u64,
}

impl PeakMemory {
    /// Begins to watch; `None` where the system does not allow it.
    #[must_use]
    pub fn begin() -> Option<Self> {
        // 5: the peak becomes what is held now.
        std::fs::write("/proc/self/clear_refs", "5").ok()?;
        Some(Self { before: held("VmRSS:")? })
    }

    /// Bytes by which the peak since then is above what was held in the beginning. Memory that was
    /// taken before but never written to counts once it is.
    #[must_use]
    pub fn grown(&self) -> Option<u64> {
        Some(held("VmHWM:")?.saturating_sub(self.before))
    }
}

fn held(topic: &str) -> Option<u64> {
    procfs::bytes_of(&std::fs::read_to_string("/proc/self/status").ok()?, topic)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn memory_that_was_freed_again_counts() {
        let Some(peak) = PeakMemory::begin() else {
            return eprintln!("skipped: this system does not let a process reset its peak");
        };
        let bytes = std::hint::black_box(vec![1_u8; 64 << 20]);
        drop(bytes);
        let grown = peak.grown().unwrap();
        // Other tests of this process may hold a little, too.
        assert!((60 << 20..256 << 20).contains(&grown), "{grown}");
    }
}
