//! Fresh memory, and the system's huge pages behind it.

#[cfg(target_os = "linux")]
use std::mem::MaybeUninit;

use gausstack_kernels::{
    LARGE_MEMORY, ReserveError, request_huge_pages, unwritten_vec, zeroed_vec,
};

#[test]
fn zeros_are_zeros_and_lengths_exact() {
    for len in [0, 1, 1000, (2 << 20) - 1, 2 << 20, 9_000_001] {
        let zeros = zeroed_vec::<u8>(len).unwrap();
        assert!(zeros.len() == len && zeros.iter().all(|&zero| zero == 0), "{len}");
        let unwritten = unwritten_vec::<f64>(len / 8).unwrap();
        assert_eq!(unwritten.len(), len / 8);
    }
}

#[test]
fn too_many_elements_are_an_error() {
    for len in [usize::MAX, usize::MAX / 8, isize::MAX as usize / 8] {
        let bytes = len.saturating_mul(8);
        assert_eq!(zeroed_vec::<u64>(len), Err(ReserveError { bytes }));
        assert_eq!(unwritten_vec::<u64>(len).unwrap_err(), ReserveError { bytes });
    }
}

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
    for len in [LARGE_MEMORY - 1, LARGE_MEMORY, 5 * LARGE_MEMORY + 12_345] {
        // Apart from other memory of the allocator's.
        let mut memory: Vec<MaybeUninit<u8>> = Vec::with_capacity(2 * len.max(64 << 20));
        let middle = memory.as_ptr().addr() + len / 2;
        request_huge_pages(&mut memory.spare_capacity_mut()[..len]);
        if let Some(flags) = flags_at(middle).filter(|_| transparent.exists()) {
            assert_eq!(flags.contains(" hg "), len >= LARGE_MEMORY, "{len} bytes: {flags}");
        }
    }
}

#[test]
fn contents_stay() {
    let mut memory: Vec<u16> = (0..LARGE_MEMORY).map(|i| i as u16).collect();
    request_huge_pages(&mut memory);
    assert!(memory.iter().enumerate().all(|(i, &x)| x == i as u16));
}
