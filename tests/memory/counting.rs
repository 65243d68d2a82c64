//! A global allocator that counts, and that refuses on request.
#![expect(unsafe_code, reason = "an allocator cannot be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::Relaxed};

/// The system's allocator, watched. The counters are the process's: one test at a time.
pub(crate) struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static COUNT: AtomicUsize = AtomicUsize::new(0);
thread_local! {
    // Constant and without a destructor, so that reading it never allocates.
    static OWN_COUNT: Cell<usize> = const { Cell::new(0) };
}

/// How many large allocations may still succeed; below zero once one was refused. From its maximum
/// it never gets there, and nothing is refused.
static CREDIT: AtomicIsize = AtomicIsize::new(isize::MAX);

/// From this size on an allocation must be fallible: below are names, lists of axes and the like.
pub(crate) const LARGE: usize = 16 << 10;

impl Counting {
    /// Counts an allocation, or says that it is refused.
    fn grant(size: usize) -> bool {
        if size >= LARGE && CREDIT.fetch_sub(1, Relaxed) <= 0 {
            return false;
        }
        COUNT.fetch_add(1, Relaxed);
        OWN_COUNT.set(OWN_COUNT.get() + 1);
        let live = LIVE.fetch_add(size, Relaxed) + size;
        PEAK.fetch_max(live, Relaxed);
        true
    }
}

// SAFETY: every call is handed on to the system's allocator as it is, or answered by null, which is
// an allocator's way to say that there is no memory. What is not overridden goes through these.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !Self::grant(layout.size()) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promises about the layout are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if !Self::grant(layout.size()) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promises about the layout are the system allocator's.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the pointer came from `alloc` above, which had it from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// What a piece of work did to the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Bytes that were live at once, beyond those that were live before.
    pub(crate) peak: usize,
    /// Bytes more that are live afterwards.
    pub(crate) kept: usize,
    /// Number of allocations on the thread that did the work.
    pub(crate) own_count: usize,
    /// Number of allocations on any thread: also those of a former pool that is on its way out.
    pub(crate) count: usize,
}

/// Does the work and watches it.
pub(crate) fn watch<R>(work: impl FnOnce() -> R) -> (R, Usage) {
    let live = LIVE.load(Relaxed);
    PEAK.store(live, Relaxed);
    let (own_count, count) = (OWN_COUNT.get(), COUNT.load(Relaxed));
    let result = work();
    let usage = Usage {
        peak: PEAK.load(Relaxed).saturating_sub(live),
        kept: LIVE.load(Relaxed).saturating_sub(live),
        own_count: OWN_COUNT.get() - own_count,
        count: COUNT.load(Relaxed) - count,
    };
    (result, usage)
}

/// Does the work while all large allocations after the first `granted` are refused. Tells whether
/// any was.
pub(crate) fn starve<R>(granted: usize, work: impl FnOnce() -> R) -> (R, bool) {
    CREDIT.store(granted as isize, Relaxed);
    let result = work();
    let refused = CREDIT.swap(isize::MAX, Relaxed) < 0;
    (result, refused)
}
