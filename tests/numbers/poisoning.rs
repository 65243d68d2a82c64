//! A global allocator whose new memory is full of a byte that no test expects: a pixel that a run
//! leaves out is found, whatever lay there before.
#![expect(unsafe_code, reason = "an allocator cannot be written without")]

use std::alloc::{GlobalAlloc, Layout, System};

/// NaN in either floating-point type, and no bool.
const POISON: u8 = 0xFF;

/// From so many bytes on memory is filled: below are names and lists of axes.
const LARGE: usize = 256;

/// The system's allocator; what it allocates without zeroing it is full of [`POISON`].
pub(crate) struct Poisoning;

// SAFETY: every call is handed on to the system's allocator as it is. What is not overridden goes
// through these.
unsafe impl GlobalAlloc for Poisoning {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises about the layout are the system allocator's.
        let memory = unsafe { System.alloc(layout) };
        if layout.size() >= LARGE && !memory.is_null() {
            // SAFETY: so many bytes were just allocated, and nobody else knows them.
            unsafe { memory.write_bytes(POISON, layout.size()) }
        }
        memory
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises about the layout are the system allocator's.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `alloc` above, which had it from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}
