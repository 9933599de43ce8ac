//! How much memory a case takes: an allocator that counts, thread by thread.
//!
//! What must hold: nobody gets more than [`LIMIT`] for one case, so that a hog ends its own process and not the machine.

#![expect(unsafe_code, reason = "a global allocator cannot be written without")]

use std::{
    alloc::{GlobalAlloc, Layout},
    cell::Cell,
    ptr,
};

/// What one thread may have at a time, in bytes. Beyond that an allocation fails, which ends the process.
pub const LIMIT: usize = 512 * 1024 * 1024;

/// What a thread took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// The most that it had at a time, in bytes.
    pub peak: usize,
    /// All that it ever asked for, in bytes. As a measure of work it is the same each time.
    pub total: usize,
}

struct Meter {
    live: Cell<usize>,
    peak: Cell<usize>,
    total: Cell<usize>,
}

thread_local! {
    static METER: Meter = const { Meter { live: Cell::new(0), peak: Cell::new(0), total: Cell::new(0) } };
}

impl Meter {
    /// Whether so much more may be had.
    fn take(&self, bytes: usize) -> bool {
        let live = self.live.get().saturating_add(bytes);
        if live > LIMIT {
            return false;
        }
        self.live.set(live);
        self.peak.set(self.peak.get().max(live));
        self.total.set(self.total.get().saturating_add(bytes));
        true
    }

    /// What another thread took counts as nothing.
    fn give_back(&self, bytes: usize) {
        self.live.set(self.live.get().saturating_sub(bytes));
    }
}

/// Does something, and tells what it took on this thread beyond what was there.
pub fn measured<T>(work: impl FnOnce() -> T) -> (T, Usage) {
    let (before, total) = METER.with(|meter| {
        meter.peak.set(meter.live.get());
        (meter.live.get(), meter.total.get())
    });
    let done = work();
    let usage = METER.with(|meter| Usage {
        peak: meter.peak.get().saturating_sub(before),
        total: meter.total.get().saturating_sub(total),
    });
    (done, usage)
}

/// Another allocator, counted.
#[derive(Debug)]
pub struct Counting<A>(pub A);

// SAFETY: each call is passed on as it came, save those that are answered by null, as an allocator may.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Counting<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Where a thread ends and its meter is gone, nothing is counted.
        if !METER.try_with(|meter| meter.take(layout.size())).unwrap_or(true) {
            return ptr::null_mut();
        }
        // SAFETY: the caller's promises are the inner one's.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let _ = METER.try_with(|meter| meter.give_back(layout.size()));
        // SAFETY: the caller's promises are the inner one's.
        unsafe { self.0.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let grown = size.saturating_sub(layout.size());
        if !METER.try_with(|meter| meter.take(grown)).unwrap_or(true) {
            return ptr::null_mut();
        }
        let _ = METER.try_with(|meter| meter.give_back(layout.size().saturating_sub(size)));
        // SAFETY: the caller's promises are the inner one's.
        unsafe { self.0.realloc(block, layout, size) }
    }
}
