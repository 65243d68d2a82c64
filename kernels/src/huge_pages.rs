//! Huge pages: a request to the system to back large memory with them.
//!
//! The first write to a page makes the system supply it, zeroed. For pages of 4 KiB that costs more
//! than a filter's own work; of 2 MiB there are 512 times fewer.

/// Bytes from which on huge pages are asked for: a whole one on most machines. (measured on Zen 4:
/// new memory of 2, 2.5, 3, 4 and 8 MiB is filled in 0.97, 0.83, 0.71, 0.57 and 0.38 times the time;
/// that of 1.5 MiB takes longer by the request.)
pub const LARGE_MEMORY: usize = 2 << 20;

/// Asks for huge pages behind memory of at least [`LARGE_MEMORY`] bytes. Its contents stay as they are, and
/// so they do where the system has no such pages or refuses.
pub fn request_huge_pages<T>(memory: &mut [T]) {
    if size_of_val(memory) >= LARGE_MEMORY {
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
