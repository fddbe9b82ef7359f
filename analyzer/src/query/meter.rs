//! How far a question is: told by the engine while it works, read by whoever shows it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a question costs, in units of the engine's own (steps, rows, bytes): done, and all that there is to do.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    done: AtomicU64,
    total: AtomicU64,
}

impl Meter {
    /// Begins at nothing, also without knowing how much there is.
    pub fn clear(&self) {
        self.set(0, 0);
    }

    /// More is done.
    pub fn add(&self, more: u64) {
        self.0.done.fetch_add(more, Ordering::Relaxed);
    }

    /// So much is done of so much; 0 when it is not known of how much.
    pub fn set(&self, done: u64, total: u64) {
        self.0.done.store(done, Ordering::Relaxed);
        self.0.total.store(total, Ordering::Relaxed);
    }

    /// What is done, and of how much; 0 when that is not known.
    pub fn read(&self) -> (u64, u64) {
        (self.0.done.load(Ordering::Relaxed), self.0.total.load(Ordering::Relaxed))
    }
}
