//! Which process this is. Every call asks, so that forks are counted: a system call took 0.6 us, as
//! long as all else that a small call does here beside its pixels.
#![cfg_attr(
    unix,
    expect(unsafe_code, reason = "the C library is told what to call in a forked process")
)]

use std::process;
#[cfg(unix)]
use std::sync::{
    OnceLock,
    atomic::{AtomicU32, Ordering},
};

/// A number that differs between a process and every process that it was forked from.
#[cfg(unix)]
pub(crate) fn generation() -> u32 {
    static FORKS: AtomicU32 = AtomicU32::new(0);
    static ARE_COUNTED: OnceLock<bool> = OnceLock::new();

    extern "C" fn count() {
        FORKS.fetch_add(1, Ordering::Relaxed);
    }

    // SAFETY: the function stays where it is, since Python never unloads an extension module, and
    // does what a function may do in a process that was just forked: it adds to an atomic number.
    let count_them = || unsafe { libc::pthread_atfork(None, None, Some(count)) } == 0;
    match *ARE_COUNTED.get_or_init(count_them) {
        true => FORKS.load(Ordering::Relaxed),
        // No memory for it: the system is asked.
        false => process::id(),
    }
}

/// Processes are not forked here.
#[cfg(not(unix))]
pub(crate) fn generation() -> u32 {
    process::id()
}
