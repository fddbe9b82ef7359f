//! A bar on standard error while something takes long, when a person watches.

use std::io::{self, IsTerminal};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// What ends sooner than this shows no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// Progress of one task, in bytes or rows done of a known total.
pub(crate) struct Progress {
    task: &'static str,
    began: Instant,
    shown: bool,
    bar: OnceLock<ProgressBar>,
}

impl Progress {
    /// Begins; `task` is a word or two, like `loading`.
    pub(crate) fn new(task: &'static str) -> Progress {
        Progress { task, began: Instant::now(), shown: io::stderr().is_terminal(), bar: OnceLock::new() }
    }

    /// Says how far it is.
    pub(crate) fn at(&self, done: u64, total: u64) {
        if !self.shown || total == 0 || (self.bar.get().is_none() && self.began.elapsed() < PATIENCE) {
            return;
        }
        let bar = self.bar("{msg} {wide_bar} {percent}% {per_sec} {eta} left");
        bar.set_length(total);
        bar.set_position(done.min(total));
    }

    /// Says what is done, of nobody knows how much.
    #[cfg(feature = "analyze")]
    pub(crate) fn working(&self, done: u64) {
        if self.shown && (self.bar.get().is_some() || self.began.elapsed() >= PATIENCE) {
            self.bar("{msg} {elapsed} {human_pos} steps {per_sec}").set_position(done);
        }
    }

    /// The bar, which looks like this when it is new.
    fn bar(&self, template: &str) -> &ProgressBar {
        self.bar.get_or_init(|| {
            let style = ProgressStyle::with_template(template).unwrap_or(ProgressStyle::default_bar());
            ProgressBar::new(0).with_message(self.task).with_style(style)
        })
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
