//! Huge pages: a request to the system to back large memory with them.
//!
//! The first write to a page makes the system supply it, zeroed. For pages of 4 KiB that costs more
//! than a filter's own work; of 2 MiB there are 512 times fewer.

/// Bytes from which on huge pages are asked for: a whole one on most machines. (measured on Zen 4:
/// new memory of 2, 2.5, 3, 4 and 8 MiB is filled in 0.97, 0.83, 0.71, 0.57 and 0.38 times the time;
/// that of 1.5 MiB takes longer by the request.)
const LARGE: usize = 2 << 20;

/// Asks for huge pages behind memory of at least [`LARGE`] bytes. Its contents stay as they are, and
/// so they do where the system has no such pages or refuses.
pub(crate) fn request<T>(memory: &mut [T]) {
    if size_of_val(memory) >= LARGE {
        advise(memory.as_mut_ptr_range());
    }
}

#[cfg(target_os = "linux")]
fn advise<T>(memory: std::ops::Range<*mut T>) {
    /// A multiple of every size of small pages, to which advice must be aligned.
    const GRANULE: usize = 64 << 10;
    let skipped = memory.start.addr().next_multiple_of(GRANULE) - memory.start.addr();
    let end = memory.end.addr() - memory.end.addr() % GRANULE;
    let first = memory.start.wrapping_byte_add(skipped);
    let len = end.saturating_sub(first.addr());
    // SAFETY: the range lies in memory that is borrowed mutably, and this advice changes neither
    // its contents nor who may use it. A refusal leaves small pages.
    let _ = unsafe { libc::madvise(first.cast(), len, libc::MADV_HUGEPAGE) };
}

#[cfg(not(target_os = "linux"))]
fn advise<T>(_: std::ops::Range<*mut T>) {}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    use std::mem::MaybeUninit;

    use super::*;

    /// The kernel's account of the mapping that holds an address, if it gives one.
    #[cfg(target_os = "linux")]
    fn flags_at(address: usize) -> Option<String> {
        let maps = std::fs::read_to_string("/proc/self/smaps").ok()?;
        let mut holds = false;
        for line in maps.lines() {
            let range = line.split(' ').next()?.split_once('-');
            let bound = |text| usize::from_str_radix(text, 16).ok();
            if let Some((Some(from), Some(to))) = range.map(|(a, b)| (bound(a), bound(b))) {
                holds = (from..to).contains(&address);
            } else if let Some(flags) = line.strip_prefix("VmFlags:")
                && holds
            {
                return Some(format!("{flags} "));
            }
        }
        None
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn large_memory_is_advised() {
        let transparent = std::path::Path::new("/sys/kernel/mm/transparent_hugepage");
        for len in [LARGE - 1, LARGE, 5 * LARGE + 12_345] {
            // Apart from other memory of the allocator's.
            let mut memory: Vec<MaybeUninit<u8>> = Vec::with_capacity(2 * len.max(64 << 20));
            let middle = memory.as_ptr().addr() + len / 2;
            request(&mut memory.spare_capacity_mut()[..len]);
            if let Some(flags) = flags_at(middle).filter(|_| transparent.exists()) {
                assert_eq!(flags.contains(" hg "), len >= LARGE, "{len} bytes: {flags}");
            }
        }
    }

    #[test]
    fn contents_stay() {
        let mut memory: Vec<u16> = (0..LARGE).map(|i| i as u16).collect();
        request(&mut memory);
        assert!(memory.iter().enumerate().all(|(i, &x)| x == i as u16));
    }
}
