//! Shows how far a question is, to a person at a terminal, until its answer is there.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use analyzer::query::Meter;

use crate::progress::Progress;

/// How often it is looked how far it is.
const PACE: Duration = Duration::from_millis(100);

/// What shows it, beside who asks; it ends when this is dropped.
pub(super) struct Watch {
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Begins to show it, on standard error where that is a terminal.
    pub(super) fn begin(meter: Meter) -> Watch {
        let is_over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&is_over);
        let show = move || {
            let progress = Progress::new("asking");
            while !seen.load(Ordering::Acquire) {
                match meter.read() {
                    (done, 0) => progress.working(done),
                    (done, total) => progress.at(done, total),
                }
                thread::park_timeout(PACE);
            }
        };
        Watch { is_over, thread: io::stderr().is_terminal().then(|| thread::spawn(show)) }
    }

    /// Ends it; nothing of it is left on the terminal.
    pub(super) fn end(&mut self) {
        self.is_over.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It only shows something.
            let _ = thread.join();
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end();
    }
}
