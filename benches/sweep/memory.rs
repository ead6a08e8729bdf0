//! How much memory is in use, counted where it is asked for: what the system says of a process holds what was freed and not
//! given back, too.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

#[global_allocator]
static COUNTING: Counting = Counting;

/// Bytes in use.
static IN_USE: AtomicUsize = AtomicUsize::new(0);
/// The most bytes in use since [`forget_peak`].
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, and a count.
struct Counting;

// SAFETY: every call is handed to the system's allocator as it came, and its answer handed back; only numbers are kept.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps to the contract of `alloc`.
        let given = unsafe { System.alloc(layout) };
        if !given.is_null() {
            add(layout.size());
        }
        given
    }

    unsafe fn dealloc(&self, given: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps to the contract of `dealloc`, and what this allocator gives is the system's.
        unsafe { System.dealloc(given, layout) };
        IN_USE.fetch_sub(layout.size(), Relaxed);
    }

    unsafe fn realloc(&self, given: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller keeps to the contract of `realloc`, and what this allocator gives is the system's.
        let moved = unsafe { System.realloc(given, layout, size) };
        if !moved.is_null() {
            IN_USE.fetch_sub(layout.size(), Relaxed);
            add(size);
        }
        moved
    }
}

fn add(bytes: usize) {
    let in_use = IN_USE.fetch_add(bytes, Relaxed) + bytes;
    PEAK.fetch_max(in_use, Relaxed);
}

/// Bytes in use now.
pub fn in_use() -> usize {
    IN_USE.load(Relaxed)
}

/// Begins to look for a new peak.
pub fn forget_peak() {
    PEAK.store(in_use(), Relaxed);
}

/// The most bytes in use since [`forget_peak`].
pub fn peak() -> usize {
    PEAK.load(Relaxed)
}
